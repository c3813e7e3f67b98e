"""A formula: an exact statement with its values, and the networks it is tested on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.law.evaluation import Evaluated
from bn_theory.law.inputs import missing_values
from bn_theory.law.record import DEFAULT_SAMPLES, Case, Sampler
from bn_theory.law.spectrum import Spectrum
from bn_theory.verification import montecarlo
from bn_theory.verification.criteria import Criteria
from bn_theory.verification.montecarlo import Sampling
from bn_theory.verification.trials import Trial
from bn_theory.verification.verdicts import Campaign, Verdict, family_wise
from weingarten.budget import DEFAULT_MAX_COST, spending
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import Estimate

__all__ = ["Case", "Formula", "Sampler"]

# a few hundred roundings of a double
_NOISE = 1e-13


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Formula(Evaluated):
    """An exact statement about the BN-MLP, with its derivation and its sampled counterpart.

    The fields are those of :class:`~bn_theory.law.record.Record`.
    """

    @property
    def chosen_cases(self) -> tuple[Case, ...]:
        """The cases at the parameters chosen; those that these parameters do not fit are left out.

        Raises
        ------
        InvalidInputError
            If they fit none.
        """
        if not self.chosen:
            return self.cases
        found: list[Case] = []
        for case in self.cases:
            values = {**case.values, **self.chosen}
            if any(values == dict(other.values) for other in found):
                continue
            try:
                bound, read = self._read(values)
                if bound.in_range is not None:
                    bound.in_range(read)
            except InvalidInputError:
                continue
            found.append(Case(values, case.samples))
        if not found:
            raise InvalidInputError(
                ", ".join(self.chosen),
                f"must fit one of the {len(self.cases)} default cases of {self.name}",
                dict(self.chosen),
                f"pass values: {', '.join(self.sampled_at)}",
            )
        return tuple(found)

    def simulate(
        self,
        samples: int = DEFAULT_SAMPLES,
        seed: object = 0,
        *,
        executor: Executor | None = None,
        progress: montecarlo.Progress | None = None,
        max_seconds: float | None = 900.0,
        **values: Any,
    ) -> Estimate:
        """Return the average over independent sampled networks that the statement predicts.

        Parameters
        ----------
        samples : int
            Number of independent networks, at least 2.
        seed : int, numpy.random.Generator or None
            The result depends on it and the request only; None draws a fresh one.
        executor : concurrent.futures.Executor, optional
            Computes blocks of networks; changes no number.
        progress : callable, optional
            ``progress(done, samples)``.
        max_seconds : float or None
            Predicted time above which CostLimitError is raised; None for no limit.
        **values
            As for :meth:`evaluate`, all of them numbers.
        """
        sampling = Sampling(executor=executor, progress=progress, max_seconds=max_seconds)
        bound, read = self._read(values)
        number = montecarlo.resolve_seed(seed)
        return Estimate.from_samples(bound._draws(read, samples, number, sampling), number)

    def _draws(
        self, read: Mapping[str, Any], samples: object, seed: int, sampling: Sampling
    ) -> npt.NDArray[np.float64]:
        domains = {q.name: q.domain for q in self.quantities}
        missing = [name for name in self.sampled_at if name not in read]
        if missing:
            raise missing_values(self.name, missing, self.quantities)
        plain: dict[str, Any] = {
            name: domains[name].plain(name, value)
            for name, value in read.items()
            if name in domains
        }
        spectra = [len(value) for value in plain.values() if isinstance(value, np.ndarray)]
        width = int(plain.get("d", max(spectra, default=1)))
        size = (width, int(plain.get("n", width)))
        depth = int(plain.get("depth", 1))
        count = as_integer(samples, "samples", minimum=2)
        montecarlo.check_cost(count, *size, depth, sampling.max_seconds)
        return montecarlo.draw_networks(
            partial(self.sampler, plain),
            count,
            block=montecarlo.block_size(*size, depth),
            seed=seed,
            executor=sampling.executor,
            progress=sampling.progress,
        )

    def verify(
        self,
        samples: int | None = None,
        seed: object = 0,
        *,
        level: float = 1e-3,
        executor: Executor | None = None,
        progress: montecarlo.Progress | None = None,
        max_seconds: float | None = 900.0,
        **values: Any,
    ) -> Verdict:
        """Compare the statement with sampled networks.

        Without values, at all of the formula's own cases (with the parameters chosen, if any), as
        one family; the verdict is then that of the case that fits worst: one that is rejected, else
        one that is undecided.

        Parameters
        ----------
        level : float
            Probability with which a right formula may be rejected.

        Examples
        --------
        >>> import bn_theory
        >>> law = bn_theory.formula("backward.isometric_depth")
        >>> law.verify(samples=500, d=4, depth=3).passed
        True
        """
        sampling = Sampling(executor=executor, progress=progress, max_seconds=max_seconds)
        if any(name not in self.parameters for name in values):
            count = DEFAULT_SAMPLES if samples is None else samples
            return self.trial(count, seed, values=values, sampling=sampling).verdict(level)
        verdicts = self.at(**values)._at_its_cases(samples, seed, level, sampling)
        worst = min(verdicts, key=lambda verdict: verdict.severity)
        return replace(worst, comparisons=sum(verdict.comparisons for verdict in verdicts))

    def verdicts(
        self,
        samples: int | None = None,
        seed: object = 0,
        *,
        level: float = 1e-3,
        executor: Executor | None = None,
        progress: montecarlo.Progress | None = None,
        max_seconds: float | None = 900.0,
        **parameters: Any,
    ) -> Campaign:
        """Return one verdict for each of the formula's own cases, adjusted as one family."""
        sampling = Sampling(executor=executor, progress=progress, max_seconds=max_seconds)
        return self.at(**parameters)._at_its_cases(samples, seed, level, sampling)

    def _at_its_cases(
        self, samples: int | None, seed: object, level: float, sampling: Sampling
    ) -> Campaign:
        number = montecarlo.resolve_seed(seed)
        trials = [
            self.trial(
                case.samples if samples is None else samples,
                number,
                values=case.values,
                sampling=sampling,
            )
            for case in self.chosen_cases
        ]
        return family_wise([trial.verdict(level) for trial in trials], level)

    def trial(
        self,
        samples: int,
        seed: object,
        *,
        values: Mapping[str, Any],
        sampling: Sampling | None = None,
    ) -> Trial:
        """Return the statement at these values beside the networks sampled for it.

        Name, exact value, remainder and sampler get the parameters and values of one reading.
        """
        bound, read = self._read(values)
        with spending(DEFAULT_MAX_COST, self.name):
            predicted = bound._within_range(values, read)
            remainder = bound._remainder(read)
        number = montecarlo.resolve_seed(seed)
        hook, own = self.second_moment, replace(bound, conjecture=None)
        return Trial(
            formula=bound.name,
            values={**values, **bound.chosen},
            predicted=predicted,
            draws=bound._draws(read, samples, number, sampling or Sampling()),
            seed=number,
            criteria=Criteria(
                relation=self.relation,
                remainder=remainder,
                remainder_share=self.remainder_share,
                rounding=self.rounding,
                noise=bound._noise(read),
                every_draw=self.every_draw,
                second_moment=None if hook is None else partial(hook, own, read),
                conjecture=self.conjecture is not None,
            ),
        )

    def _noise(self, read: Mapping[str, Any]) -> float:
        """Return the rounding error of a draw of a quantity that vanishes."""
        spectra = [value for value in read.values() if isinstance(value, Spectrum)]
        degree = self.degree if isinstance(self.degree, int) else self.degree(**self.parameters)
        scale = float(spectra[0].as_array().max()) if spectra else 1.0
        return _NOISE * scale**degree
