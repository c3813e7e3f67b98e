"""A statement at some values beside the networks sampled for it: what verdicts are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import sympy as sp

from bn_theory.verification.criteria import Criteria
from bn_theory.verification.findings import known_variance
from bn_theory.verification.identity import digest
from bn_theory.verification.montecarlo import Sampling, resolve_seed
from bn_theory.verification.stopping import Clock, Precise, needed_networks
from bn_theory.verification.streams import Request, summarise
from bn_theory.verification.summaries import Summary
from bn_theory.verification.verdicts import Verdict, components_of, judge
from weingarten import __version__
from weingarten.sampled.checkpoints import Checkpoint, Memory, stored_seed
from weingarten.sampled.running_means import Estimate

__all__ = ["Run", "Setup", "Trial", "run_trials", "seed_of"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One statement and its draws, sampled once and judged as often as wanted.

    The attributes are those of :func:`bn_theory.verification.verdicts.judge`; ``summary`` is that
    of one draw per network, ``seed`` reproduces them, and ``rtol`` is what was asked for.
    """

    formula: str
    values: Mapping[str, object]
    predicted: sp.Expr
    summary: Summary
    seed: int
    criteria: Criteria
    looks: int = 1
    rtol: float | None = None

    @property
    def estimate(self) -> Estimate:
        """Mean over the networks and its standard error."""
        return self.summary.estimate(self.seed)

    def verdict(self, level: float = 1e-3, factor: float = 1) -> Verdict:
        """Return the verdict on the statement, or on the statement times a factor."""
        found = self.judged(self.predicted if factor == 1 else self.predicted * factor, level)
        if found.word != "pass" or not (reason := self._imprecise()):
            return found
        return replace(found, p_value=1.0, adjusted_p_value=1.0, reason=reason)

    def judged(self, predicted: sp.Expr | Sequence[sp.Expr], level: float) -> Verdict:
        """Return the verdict on another statement about the same draws."""
        return judge(
            self.formula,
            self.values,
            predicted,
            self.estimate,
            self.criteria,
            level=level,
            draws=self.summary,
            looks=self.looks,
        )

    def _imprecise(self) -> str:
        """Say why the draws are less precise than asked for; nothing if they are not."""
        if self.rtol is None or self.criteria.every_draw:
            return ""
        samples, asked = self.summary.samples, f"rtol = {self.rtol:g}"
        needed = planned_networks(self.predicted, self.criteria, self.rtol)
        if needed is not None:
            if needed <= samples:
                return ""
            return f"{asked} needs {needed:.2g} networks by their exact variance, not {samples}"
        if Precise(self.rtol)(self.summary):
            return ""
        columns = [self.summary.column(i) for i in range(len(self.summary.mean))]
        scale = max(abs(column.mean) for column in columns)
        needed = max(needed_networks(column.variance, scale, self.rtol) for column in columns)
        if needed <= samples or math.isinf(needed):
            return f"{asked} needs more than {samples} networks"
        return f"{asked} needs about {needed:.2g} networks, not {samples}"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A trial before it: values as read, and the draws that are asked for.

    Attributes
    ----------
    formula : str
    values : mapping
    request : Request
    plain : mapping
        What the sampler is given.
    stated : callable
        Evaluates the statement: its value, and by what it is judged.
    rtol : float, optional
        The relative error asked for.
    """

    formula: str
    values: Mapping[str, object]
    request: Request
    plain: Mapping[str, object]
    stated: Callable[[], tuple[sp.Expr, Criteria]]
    rtol: float | None = None

    @cached_property
    def statement(self) -> tuple[sp.Expr, Criteria]:
        """The value of the statement, and by what it is judged."""
        return self.stated()

    @cached_property
    def planned(self) -> Request:
        """The request by what the statement knows of its draws: with an exact variance, one look.

        What holds in every draw, or would take more networks than there may be, is drawn as often
        as without a relative error.
        """
        asked = self.request
        if self.rtol is None:
            return asked
        predicted, criteria = self.statement
        if criteria.every_draw:
            return replace(asked, goal=None)
        needed = planned_networks(predicted, criteria, self.rtol)
        if needed is None:
            return asked
        most = max(asked.most, asked.networks)
        enough = max(asked.networks, int(needed)) if needed <= most else asked.networks
        return replace(asked, goal=None, networks=enough)

    def trial(self, summary: Summary) -> Trial:
        """Return the statement beside its draws."""
        predicted, criteria = self.statement
        return Trial(
            formula=self.formula,
            values=self.values,
            predicted=predicted,
            summary=summary,
            seed=self.request.seed,
            criteria=criteria,
            looks=self.planned.looks,
            rtol=self.rtol,
        )

    def identity(self) -> dict[str, object]:
        """Return what the draws depend on, for a checkpoint."""
        own: dict[str, object] = {
            "name": self.formula,
            "values": digest(dict(self.plain)),
            "sampler": digest(self.request.draw),
            "seed": self.request.seed,
            "block": self.request.block,
        }
        if self.request.goal is not None:
            own["rtol"] = digest(self.request.goal)
        if self.request.goal is not None or self.request.open:
            own["samples"] = self.request.networks
        return own


def planned_networks(predicted: sp.Expr, criteria: Criteria, rtol: float) -> float | None:
    """Return how many networks a relative error takes by the exact variance, None without one."""
    numbers = components_of(predicted)
    if len(numbers) > 1:
        return None
    mean = float(numbers[0])
    variance = known_variance(mean, criteria.exact_square)
    return None if variance is None else needed_networks(variance, mean, rtol)


class Run:
    """The draws of several setups: one store, one clock, one count of what is drawn.

    Parameters
    ----------
    setups : sequence of Setup
    sampling : Sampling
    evaluate : bool
        Whether the statements are evaluated before their networks are drawn.
    """

    def __init__(
        self, setups: Sequence[Setup], sampling: Sampling, *, evaluate: bool = True
    ) -> None:
        self.setups, self.sampling, self.evaluate = setups, sampling, evaluate
        self.total = sum(setup.request.targets[0] for setup in setups)
        self.done = 0
        self.clock = Clock(sampling.seconds, len(setups))
        named = sampling.checkpoint is not None
        self.store: Memory[Summary] = _opened(setups, sampling) if named else Memory()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if not isinstance(self.store, Checkpoint):
            return
        self.store.close()
        if error is not None and not isinstance(error, GeneratorExit):
            held = sum(map(self._held, range(len(self.setups))))
            error.add_note(f"{held} networks are in {self.store.path}: run the same again to go on")

    def summaries(self, parts: Iterable[int] | None = None) -> Generator[Summary, None, None]:
        """Yield the summaries of the draws that setups ask for, of all or of some of them."""
        chosen = range(len(self.setups)) if parts is None else list(parts)
        return self._drawn(chosen, map(self._request, chosen), {})

    def further(self, requests: Mapping[int, Request]) -> Generator[Summary, None, None]:
        """Yield the summaries of more draws for some setups, by their numbers."""
        held = {part: self._held(part) for part in requests}
        self.total += sum(asked.targets[0] - held[part] for part, asked in requests.items())
        return self._drawn(requests, iter(requests.values()), held)

    def _held(self, part: int) -> int:
        blocks, _, others = self.store.drawn(part)
        return blocks * self.setups[part].request.block + sum(s.samples for s in others.values())

    def _request(self, part: int) -> Request:
        setup = self.setups[part]
        if not self.evaluate:
            return setup.request
        # what cannot be evaluated is not sampled
        _ = setup.statement
        self.total += setup.planned.targets[0] - setup.request.targets[0]
        return setup.planned

    def _drawn(
        self, parts: Iterable[int], requests: Iterator[Request], counted: Mapping[int, int]
    ) -> Generator[Summary, None, None]:
        before = sum(counted.values())

        def gained(networks: int, more: int) -> None:
            nonlocal before
            # what an earlier pass counted is not counted again
            known = min(before, networks)
            before -= known
            self.done, self.total = self.done + networks - known, self.total + more
            if self.sampling.progress is not None and networks > known:
                self.sampling.progress(self.done, max(self.total, self.done))

        yield from summarise(
            requests,
            executor=self.sampling.executor,
            store=self.store,
            gained=gained,
            over=self.clock,
            parts=parts,
        )


def seed_of(seed: object, checkpoint: str | Path | None) -> int:
    """Return a seed as an int; None takes that of the checkpoint, if there is one."""
    if seed is None and checkpoint is not None and (found := stored_seed(checkpoint)) is not None:
        return found
    return resolve_seed(seed)


def run_trials(setups: Sequence[Setup], sampling: Sampling) -> Iterator[Trial]:
    """Yield the trials in their order, sampled together.

    Whatever ends them early, what was drawn is in the checkpoint, if there is one.
    """
    with Run(setups, sampling) as run, closing(run.summaries()) as summaries:
        for setup, summary in zip(setups, summaries, strict=True):
            yield setup.trial(summary)


def _opened(setups: Sequence[Setup], sampling: Sampling) -> Checkpoint[Summary]:
    assert sampling.checkpoint is not None
    request = {
        "version": __version__,
        "NumPy": ".".join(np.__version__.split(".")[:2]),
        "seed": setups[0].request.seed if setups else 0,
        **(sampling.further or {}),
        "parts": [setup.identity() for setup in setups],
    }
    return Checkpoint(sampling.checkpoint, request, Summary, must_exist=sampling.resume)
