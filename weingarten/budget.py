"""The budget of a request: predicted before work starts, watched while it runs.

A public function opens its budget with ``with spending(max_cost):`` around its work. Whatever runs
inside calls :func:`foresee` before a step whose cost it can predict, and :func:`tick` in its inner
loops. The outermost budget governs: a public function called by another one spends the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from numbers import Real
from time import monotonic
from typing import Any

import sympy as sp

from weingarten.errors import CostLimitError, InvalidInputError

__all__ = ["DEFAULT_MAX_COST", "OVERRIDE", "Budget", "foresee", "spending", "tick"]

#: Seconds of work above which public functions refuse, unless told to go on.
DEFAULT_MAX_COST = 60.0
OVERRIDE = "pass max_cost=None to go on regardless"
#: Predictions are right within a factor: running work is stopped only well past the limit.
SLACK_FACTOR = 1.5
SLACK_SECONDS = 1.0


@dataclass
class Budget:
    """The seconds granted to one request (None: no limit), and when it began."""

    limit: float | None
    request: str = "the request"
    started: float = field(default_factory=monotonic)

    @property
    def stop_at(self) -> float | None:
        """The time, on the monotonic clock, at which running work is stopped."""
        if self.limit is None:
            return None
        return self.started + SLACK_FACTOR * self.limit + SLACK_SECONDS


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def as_limit(max_cost: Any) -> float | None:
    """Return a limit in seconds, or None, or raise :class:`InvalidInputError`."""
    if max_cost is None:
        return None
    number = isinstance(max_cost, Real | sp.Number) and not isinstance(max_cost, bool)
    if not number or not float(max_cost) >= 0:
        raise InvalidInputError(
            "max_cost", "must be a number of seconds >= 0, or None", max_cost, "pass max_cost=60"
        )
    return float(max_cost)


@contextmanager
def spending(max_cost: Any, request: str = "the request") -> Iterator[Budget]:
    """Grant ``max_cost`` seconds to the work inside, unless a caller has granted some already."""
    limit = as_limit(max_cost)
    outer = _CURRENT.get()
    if outer is not None:
        yield outer
        return
    budget = Budget(limit, request)
    token = _CURRENT.set(budget)
    try:
        yield budget
    finally:
        _CURRENT.reset(token)


def foresee(request: str, seconds: float) -> None:
    """Raise :class:`CostLimitError` if a step of ``seconds`` does not fit into what is left."""
    budget = _CURRENT.get()
    if budget is None or budget.limit is None:
        return
    total = monotonic() - budget.started + seconds
    if total > budget.limit:
        raise CostLimitError(request, total, budget.limit, "seconds", OVERRIDE)


def tick() -> None:
    """Raise :class:`CostLimitError` if the running request is well past its limit; inner loops."""
    budget = _CURRENT.get()
    if budget is None or budget.limit is None:
        return
    now = monotonic()
    if now > budget.stop_at:  # type: ignore[operator]
        raise CostLimitError(
            budget.request, now - budget.started, budget.limit, "seconds", OVERRIDE, spent=True
        )
