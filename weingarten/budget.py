"""The budget of a request: predicted before work starts, watched while it runs.

A public function opens its budget, by ``with spending(max_cost):`` around its work or decorated
with :func:`budgeted`. Whatever runs inside calls :func:`foresee` before a step whose cost it can
predict, and :func:`tick` in its inner loops. The outermost budget governs: a public function called
by another one spends the caller's. Together they keep the promise that a request ends, with a
result or with a :class:`CostLimitError`, within twice its limit and two seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from math import inf
from numbers import Real
from time import monotonic
from typing import Any, NamedTuple, ParamSpec, TypeVar

import sympy as sp

from weingarten.errors import CostLimitError, InvalidInputError

__all__ = [
    "DEFAULT_MAX_COST",
    "MAX_MEGABYTES",
    "OVERRIDE",
    "as_limit",
    "budgeted",
    "foresee",
    "foresee_digits",
    "spending",
    "tick",
]

P = ParamSpec("P")
R = TypeVar("R")

#: Seconds of work above which public functions refuse, unless told to go on.
DEFAULT_MAX_COST = 60.0
#: Memory above which a step is refused, unless told to go on.
MAX_MEGABYTES = 2000.0
OVERRIDE = "pass max_cost=None to go on regardless"
#: Predictions are right within a factor: running work is stopped only well past the limit.
SLACK_FACTOR = 1.5
SLACK_SECONDS = 1.0


class Budget(NamedTuple):
    """The seconds granted to one request (infinitely many: no limit), when it began and ends."""

    request: str
    limit: float
    started: float
    stop_at: float


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def as_limit(limit: Any, argument: str = "max_cost", unit: str = "seconds") -> float:
    """Return a limit as a float, infinite for None, or raise :class:`InvalidInputError`."""
    if limit is None:
        return inf
    number = isinstance(limit, Real | sp.Number) and not isinstance(limit, bool)
    if not number or not float(limit) >= 0:
        raise InvalidInputError(
            argument, f"must be a number of {unit} >= 0, or None", limit, f"pass {argument}=60"
        )
    return float(limit)


class spending:  # noqa: N801 - a context manager, used like a function
    """Grant ``max_cost`` seconds to the work inside, unless a caller has granted some already.

    Parameters
    ----------
    max_cost : float or None
        Seconds; None for no limit.
    request : str, optional
        What is asked for, for the message of work that was stopped.

    Examples
    --------
    >>> with spending(0.5, "a long sum"):
    ...     foresee("a long sum", 0.25)
    >>> with spending(0.5, "a long sum"):
    ...     foresee("a long sum", 4)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    weingarten.errors.CostLimitError: a long sum needs about 4 seconds, over the limit of 0.5; ...
    """

    __slots__ = ("limit", "request", "token")

    def __init__(self, max_cost: Any, request: str = "the request") -> None:
        self.limit = as_limit(max_cost)
        self.request = request
        self.token: Token[Budget | None] | None = None

    def __enter__(self) -> None:
        if _CURRENT.get() is None:
            now = monotonic()
            stop_at = now + SLACK_FACTOR * self.limit + SLACK_SECONDS
            self.token = _CURRENT.set(Budget(self.request, self.limit, now, stop_at))

    def __exit__(self, *_: object) -> None:
        if self.token is not None:
            _CURRENT.reset(self.token)


def budgeted(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a public function whose keyword ``max_cost`` grants the seconds it may take."""
    name = function.__name__

    @wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        with spending(kwargs.get("max_cost", DEFAULT_MAX_COST), name):
            return function(*args, **kwargs)

    return within


def foresee(request: str, seconds: float, megabytes: float = 0.0) -> None:
    """Raise :class:`CostLimitError` if a step exceeds the budget, alone or with what was spent.

    Parameters
    ----------
    request : str
        The step, for the message.
    seconds, megabytes : float
        Its predicted time on one core, and the memory that it needs at once.
    """
    budget = _CURRENT.get()
    if budget is None or budget.limit == inf:
        return
    end = monotonic() + seconds
    # a small step near the end of the budget may still be tried: tick() would stop it
    if seconds > budget.limit or end > budget.stop_at:
        whole = request if seconds > budget.limit else budget.request
        raise CostLimitError(whole, end - budget.started, budget.limit, "seconds", OVERRIDE)
    if megabytes > MAX_MEGABYTES:
        raise CostLimitError(request, megabytes, MAX_MEGABYTES, "MB", OVERRIDE)


def foresee_digits(request: str, digits: float) -> None:
    """Raise :class:`CostLimitError` if a number gets longer than Python is set to print."""
    budget = _CURRENT.get()
    limit = sys.get_int_max_str_digits()
    if budget is not None and budget.limit < inf and 0 < limit < digits:
        raise CostLimitError(request, digits, limit, "digits", OVERRIDE)


def tick() -> None:
    """Raise :class:`CostLimitError` if the running request is well past its limit.

    It takes about a tenth of a microsecond: call it in loops whose step takes a few of these.
    """
    budget = _CURRENT.get()
    if budget is not None and monotonic() > budget.stop_at:
        spent = monotonic() - budget.started
        raise CostLimitError(budget.request, spent, budget.limit, "seconds", OVERRIDE, spent=True)
