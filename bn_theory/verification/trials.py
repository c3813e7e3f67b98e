"""A statement at some values beside the networks sampled for it: what verdicts are made of."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from bn_theory.verification.checkpoints import Checkpoint
from bn_theory.verification.criteria import Criteria
from bn_theory.verification.identity import digest
from bn_theory.verification.montecarlo import Sampling
from bn_theory.verification.streams import Request, summarise
from bn_theory.verification.summaries import Summary
from bn_theory.verification.verdicts import Verdict, judge
from weingarten import __version__
from weingarten.sampled.sampling import Estimate

__all__ = ["Setup", "Trial", "run_trials", "summaries_of"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One statement and its draws, sampled once and judged as often as wanted.

    The attributes are those of :func:`bn_theory.verification.verdicts.judge`; ``summary`` is that
    of one draw per network, and ``seed`` reproduces them.
    """

    formula: str
    values: Mapping[str, object]
    predicted: sp.Expr
    summary: Summary
    seed: int
    criteria: Criteria
    looks: int = 1

    @property
    def estimate(self) -> Estimate:
        """Mean over the networks and its standard error."""
        return self.summary.estimate(self.seed)

    def verdict(self, level: float = 1e-3, factor: float = 1) -> Verdict:
        """Return the verdict on the statement, or on the statement times a factor."""
        predicted = self.predicted if factor == 1 else self.predicted * factor
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
    """

    formula: str
    values: Mapping[str, object]
    request: Request
    plain: Mapping[str, object]
    stated: Callable[[], tuple[sp.Expr, Criteria]]

    @cached_property
    def statement(self) -> tuple[sp.Expr, Criteria]:
        """The value of the statement, and by what it is judged."""
        return self.stated()

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
            looks=self.request.looks,
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
            own |= {"samples": self.request.networks, "rtol": digest(self.request.goal)}
        return own


def run_trials(setups: Sequence[Setup], sampling: Sampling) -> Iterator[Trial]:
    """Yield the trials in their order, sampled together.

    Whatever ends them early, what was drawn is in the checkpoint, if there is one.
    """
    summaries = summaries_of(setups, sampling, evaluate=True)
    try:
        for setup, summary in zip(setups, summaries, strict=True):
            yield setup.trial(summary)
    finally:
        summaries.close()


def summaries_of(
    setups: Sequence[Setup], sampling: Sampling, *, evaluate: bool = False
) -> Generator[Summary, None, None]:
    """Yield the summaries of draws, without the statements they are for unless asked to."""
    total, done = sum(setup.request.targets[0] for setup in setups), 0

    def gained(networks: int) -> None:
        nonlocal done
        done += networks
        if sampling.progress is not None and networks:
            sampling.progress(done, max(total, done))

    def requests() -> Iterator[Request]:
        for setup in setups:
            if evaluate:
                # what cannot be evaluated is not sampled
                _ = setup.statement
            yield setup.request

    store = None if sampling.checkpoint is None else _opened(setups, sampling)
    try:
        with nullcontext() if store is None else store:
            yield from summarise(requests(), executor=sampling.executor, store=store, gained=gained)
    except GeneratorExit:
        raise
    except BaseException as error:
        if store is not None:
            error.add_note(f"{done} networks are in {store.path}: run the same again to go on")
        raise


def _opened(setups: Sequence[Setup], sampling: Sampling) -> Checkpoint:
    assert sampling.checkpoint is not None
    request = {
        "version": __version__,
        "NumPy": ".".join(np.__version__.split(".")[:2]),
        "seed": setups[0].request.seed if setups else 0,
        "parts": [setup.identity() for setup in setups],
    }
    return Checkpoint(sampling.checkpoint, request, must_exist=sampling.resume)
