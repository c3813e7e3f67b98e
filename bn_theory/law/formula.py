"""A formula: an exact statement with its values, and the networks it is tested on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import sympy as sp

from bn_theory.law.record import DEFAULT_SAMPLES, Case, Sampler
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.verified_cases import Cased
from bn_theory.verification import montecarlo
from bn_theory.verification.criteria import Criteria
from bn_theory.verification.families import Campaign, family_wise
from bn_theory.verification.findings import known_variance
from bn_theory.verification.montecarlo import Sampling
from bn_theory.verification.stopping import Precise, most_networks, needed_networks
from bn_theory.verification.streams import Request
from bn_theory.verification.trials import Run, Setup, Trial, run_trials, seed_of
from bn_theory.verification.verdicts import Verdict, as_level, components_of
from weingarten.budget import DEFAULT_MAX_COST, spending
from weingarten.coerce import as_integer
from weingarten.errors import NOTHING, InvalidInputError
from weingarten.sampled.running_means import Estimate

__all__ = ["Case", "Formula", "Sampler"]

# a few hundred roundings of a double
_NOISE = 1e-13


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Formula(Cased):
    """An exact statement about the BN-MLP, with its derivation and its sampled counterpart.

    The fields are those of :class:`~bn_theory.law.record.Record`.
    """

    def with_sampler(self, sampler: Sampler) -> Self:
        """Return a copy that is tested on networks of your own.

        What the catalogue knows of the spread of its own draws is not used for them.

        Parameters
        ----------
        sampler : callable
            ``sampler(values, networks, rng)`` returns an array with one draw of the quantity on
            the left side for each of ``networks`` independent networks (and each component on a
            second axis, where the formula states several). ``values`` maps the names in
            :attr:`sampled_at` to plain numbers, ``rng`` is a ``numpy.random.Generator`` from which
            all randomness has to come. With a process pool it is defined in a module.

        Examples
        --------
        >>> import numpy as np
        >>> import bn_theory
        >>> def mine(values, networks, rng):
        ...     d, draws = values["d"], []
        ...     for _ in range(networks):
        ...         weight = rng.standard_normal((d, d))
        ...         draws.append(np.linalg.norm(weight[0] / np.linalg.norm(weight)) ** 2)
        ...     return np.array(draws)
        >>> mean = bn_theory.formula("forward.rectangular_step").at(k=1)
        >>> mean.with_sampler(mine).verify(samples=200, d=4, rank=1).word
        'pass'
        """
        if not callable(sampler):
            raise InvalidInputError(
                "sampler",
                "must be callable",
                sampler,
                "pass a function of (values, networks, rng)",
            )
        return replace(self, sampler=sampler, second_moment=None, exact_square=None)

    def simulate(
        self,
        samples: int = DEFAULT_SAMPLES,
        seed: object = 0,
        *,
        rtol: float | None = None,
        most: int | None = None,
        seconds: float | None = None,
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
        rtol : float, optional
            Draw more than ``samples``, up to ``most`` (and what ``max_seconds`` is predicted to
            allow), until the standard error is at most this share of the mean (of a vector: that
            of each component, of the largest one).
        most : int, optional
            How many networks may be drawn for ``rtol``; 100 times ``samples`` by default.
        seconds : float, optional
            Time after which no more networks are begun; one block is drawn in any case.
        executor : concurrent.futures.Executor, optional
            Computes blocks of networks; changes no number.
        progress : callable, optional
            ``progress(done, samples)``.
        max_seconds : float or None
            Predicted time above which CostLimitError is raised; None for no limit.
        **values
            As for :meth:`evaluate`, all of them numbers.
        """
        sampling = Sampling(
            rtol=rtol,
            most=most,
            seconds=seconds,
            executor=executor,
            progress=progress,
            max_seconds=max_seconds,
        )
        setup = self.setup(samples, montecarlo.resolve_seed(seed), values=values, sampling=sampling)
        with Run([setup], sampling, evaluate=False) as run:
            (summary,) = run.summaries()
        return summary.estimate(setup.request.seed)

    def verify(
        self,
        samples: int | None = None,
        seed: object = 0,
        *,
        level: float = 1e-3,
        rtol: float | None = None,
        most: int | None = None,
        seconds: float | None = None,
        executor: Executor | None = None,
        progress: montecarlo.Progress | None = None,
        max_seconds: float | None = 900.0,
        checkpoint: str | Path | None = None,
        resume: bool = False,
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
        rtol : float, optional
            As for :meth:`simulate`. Where the variance of a draw is known exactly, as many networks
            as it takes are drawn at once, or ``samples`` of them if it takes more than ``most``.
            Elsewhere the draws are looked at after ``samples`` networks, twice as many, and so on;
            each look that there might be has an equal share of the level, which therefore holds
            whatever makes the sampling stop. A statement that would pass is undecided if its error
            is larger than asked for, and the reason says how many networks it needs.
        most : int, optional
            How many networks may be drawn for ``rtol``; 100 times ``samples`` by default.
        seconds : float, optional
            Time after which no more networks are begun: what is drawn by then, one block at least,
            is judged.
        checkpoint : path, optional
            A file that keeps what was drawn; the same request goes on from it.
        resume : bool
            Whether the file has to exist.

        Examples
        --------
        >>> import bn_theory
        >>> law = bn_theory.formula("backward.isometric_depth")
        >>> law.verify(samples=500, d=4, depth=3).passed
        True
        """
        sampling = Sampling(
            rtol=rtol,
            most=most,
            seconds=seconds,
            executor=executor,
            progress=progress,
            max_seconds=max_seconds,
            checkpoint=checkpoint,
            resume=resume,
        )
        as_level(level)
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
        rtol: float | None = None,
        most: int | None = None,
        seconds: float | None = None,
        executor: Executor | None = None,
        progress: montecarlo.Progress | None = None,
        max_seconds: float | None = 900.0,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        **parameters: Any,
    ) -> Campaign:
        """Return one verdict for each of the formula's own cases, adjusted as one family.

        The arguments are those of :meth:`verify`.
        """
        sampling = Sampling(
            rtol=rtol,
            most=most,
            seconds=seconds,
            executor=executor,
            progress=progress,
            max_seconds=max_seconds,
            checkpoint=checkpoint,
            resume=resume,
        )
        as_level(level)
        return self.at(**parameters)._at_its_cases(samples, seed, level, sampling)

    def _at_its_cases(
        self, samples: int | None, seed: object, level: float, sampling: Sampling
    ) -> Campaign:
        number = seed_of(seed, sampling.checkpoint)
        setups = [
            self.setup(
                case.samples if samples is None else samples,
                number,
                values=case.values,
                sampling=sampling,
            )
            for case in self.chosen_cases
        ]
        if not setups:
            named = ", ".join(f"{name}=…" for name in self.sampled_at)
            raise InvalidInputError(
                "values", f"must be given: {self.name} has no case", NOTHING, f"pass {named}"
            )
        return family_wise([t.verdict(level) for t in run_trials(setups, sampling)], level)

    def trial(
        self,
        samples: int,
        seed: object,
        *,
        values: Mapping[str, Any],
        sampling: Sampling | None = None,
    ) -> Trial:
        """Return the statement at these values beside the networks sampled for it."""
        how = sampling or Sampling()
        setup = self.setup(samples, seed_of(seed, how.checkpoint), values=values, sampling=how)
        (found,) = run_trials([setup], how)
        return found

    def setup(
        self, samples: int, seed: int, *, values: Mapping[str, Any], sampling: Sampling
    ) -> Setup:
        """Return what a trial needs, before anything is evaluated or sampled.

        Name, exact value, remainder and sampler get the parameters and values of one reading.
        """
        bound, read = self._read(values)
        stated = partial(bound._stated, values, read)
        try:
            plain = bound._plain(read)
            request = bound._request(plain, samples, seed, sampling)
        except InvalidInputError:
            # what is wrong with the values is said by the statement, if it sees it too
            stated()
            raise
        return Setup(
            formula=bound.name,
            values={**values, **bound.chosen},
            request=request,
            plain=plain,
            stated=stated,
            rtol=sampling.rtol,
        )

    def networks_needed(self, rtol: float, **values: Any) -> float | None:
        """Return how many networks a relative error takes, before any is sampled.

        Parameters
        ----------
        rtol : float
            The standard error as a share of the value.
        **values
            As for :meth:`evaluate`, all of them numbers.

        Returns
        -------
        int, inf or None
            By the variance of a draw where that is known exactly; where a bound on it is, at most
            so many are needed. ``inf`` if no number is enough, None if nothing is known.

        Examples
        --------
        >>> import bn_theory
        >>> moment = bn_theory.formula("forward.row_norm_moment(2)")
        >>> moment.networks_needed(0.01, eigenvalues=[5, 3, 1, 1])
        59
        """
        goal = Precise(rtol)
        bound, read = self._read(values)
        predicted, criteria = bound._stated(values, read)
        numbers = components_of(predicted)
        if criteria.every_draw or len(numbers) > 1:
            return None
        mean = float(numbers[0])
        for hook in (criteria.exact_square, criteria.second_moment):
            variance = known_variance(mean, hook)
            if variance is not None:
                return needed_networks(variance, mean, goal.rtol)
        return None

    def _request(
        self, plain: dict[str, Any], samples: object, seed: int, sampling: Sampling
    ) -> Request:
        width, batch, depth = self._size(plain)
        count = as_integer(samples, "samples", minimum=2)
        each = self._each(plain)
        montecarlo.check_cost(count, width, batch, depth, sampling.max_seconds, each=each)
        return Request(
            draw=partial(self.sampler, plain),
            networks=count,
            block=montecarlo.block_size(width, batch, depth, each=each),
            seed=seed,
            goal=None if sampling.rtol is None else Precise(sampling.rtol),
            most=most_networks(count, each, sampling.max_seconds, sampling.most),
            open=sampling.further is not None,
            timed=sampling.seconds is not None,
            each=each,
        )

    def _stated(
        self, values: Mapping[str, Any], read: Mapping[str, Any]
    ) -> tuple[sp.Expr, Criteria]:
        with spending(DEFAULT_MAX_COST, self.name):
            predicted = self._within_range(values, read)
            if any(number.is_extended_real is False for number in components_of(predicted)):
                raise InvalidInputError(
                    "expr", "must be real to be compared with networks", predicted, "correct it"
                )
            remainder = self._remainder(read)
        own = replace(self, conjecture=None)
        bound, exact = self.second_moment, self.exact_square
        return predicted, Criteria(
            relation=self.relation,
            remainder=remainder,
            remainder_share=self.remainder_share,
            rounding=self.rounding,
            noise=self._noise(read),
            every_draw=self.every_draw,
            second_moment=None if bound is None else partial(bound, own, read),
            exact_square=None if exact is None else partial(exact, own, read),
            conjecture=self.conjecture is not None,
        )

    def _noise(self, read: Mapping[str, Any]) -> float:
        """Return the rounding error of a draw of a quantity that vanishes."""
        spectra = [value for value in read.values() if isinstance(value, Spectrum)]
        degree = self.degree if isinstance(self.degree, int) else self.degree(**self.parameters)
        scale = float(spectra[0].as_array().max()) if spectra else 1.0
        return _NOISE * scale**degree
