"""Rounds of random questions, with what fails made small and kept."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyFailure

from tests.fuzz.cases import Case
from tests.fuzz.harness import FailureError, Tally, judge
from tests.fuzz.kinds import KINDS
from tests.strategies import questions

__all__ = ["Hunt"]

_SHRINK_SECONDS = 20.0


@dataclass
class Hunt:
    """The questions of one kind: what happened to them, and the smallest failure of each sort."""

    kind: str
    tally: Tally = field(default_factory=Tally)
    failures: dict[str, FailureError] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def least_share(self) -> float:
        """The least share of the questions that has to be answered."""
        return KINDS[self.kind].answered if self.kind in KINDS else 0.9

    def round(self, examples: int, number: int | None = None) -> None:
        """Ask some questions; the same ones every time unless a number says otherwise."""
        known = set(self.failures)
        deadline: list[float] = []

        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=number is None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        @given(questions(self.kind))
        def ask(case: Case) -> None:
            try:
                judge(case, self.tally)
            except FailureError as failure:
                self.counts[failure.where] += 1
                smallest = self.failures.get(failure.where)
                if smallest is None or len(failure.code) < len(smallest.code):
                    self.failures[failure.where] = failure
                deadline[:] = deadline or [time.monotonic() + _SHRINK_SECONDS]
                # a second failure of one sort is counted only, and so is what is slow to make small
                if failure.where not in known | {"time"} and time.monotonic() < deadline[0]:
                    raise

        with suppress(FailureError, FlakyFailure):
            (ask if number is None else seed(number)(ask))()
