"""The budget of a request: predicted before work starts, watched while it runs, read afterwards.

A public function opens its budget, by ``with spending(max_cost):`` around its work or decorated
with :func:`budgeted`; ``max_cost`` is a number of seconds, None, or a :class:`Budget`. Whatever
runs inside calls :func:`foresee` before a step whose cost it can predict, and :func:`tick` in its
inner loops, which tells progress as well; ``with stage(name):`` names what the time goes to. The
outermost budget governs: a public function called by another one spends the caller's. Together
they keep the promise that a request ends, with a result or with a :class:`CostLimitError`, within
twice its limit and two seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from functools import wraps
from math import inf
from numbers import Real
from time import monotonic
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import sympy as sp

from weingarten.costs import PredictedCost
from weingarten.errors import CostLimitError, InvalidInputError

if sys.platform != "win32":
    import resource

__all__ = [
    "DEFAULT_MAX_COST",
    "MAX_MEGABYTES",
    "OVERRIDE",
    "Budget",
    "as_limit",
    "budgeted",
    "foresee",
    "foresee_digits",
    "most_megabytes",
    "spending",
    "stage",
    "tick",
]

P = ParamSpec("P")
R = TypeVar("R")

#: Seconds of work above which public functions refuse, unless told to go on.
DEFAULT_MAX_COST = 60.0
#: Memory above which a step is refused, unless told to go on.
MAX_MEGABYTES = 2000.0
OVERRIDE = "pass max_cost=None to go on regardless"
#: Seconds that nobody waits for, about a year: lifting the limit is no help there.
_ENDLESS = 3e7
#: Predictions are right within a factor: running work is stopped only well past the limit.
SLACK_FACTOR = 1.5
SLACK_SECONDS = 1.0
_SECONDS_BETWEEN_REPORTS = 1.0


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


class _Grant:
    """Time and memory granted to one request, of which nobody asks what became of it."""

    __slots__ = ("limit", "megabytes", "request", "started", "stop_at", "wake_at")

    def __init__(self, seconds: float, megabytes: float) -> None:
        self.limit, self.megabytes = seconds, megabytes

    def open(self, request: str) -> None:
        """Begin a request: from now on the clock runs."""
        self.request = request
        self.started = monotonic()
        self.stop_at = self.started + SLACK_FACTOR * self.limit + SLACK_SECONDS
        #: When :func:`tick` has something to do.
        self.wake_at = self.stop_at

    def wake(self, now: float) -> None:
        """Stop a request that is well past its limit."""
        if now > self.stop_at:
            spent = now - self.started
            raise CostLimitError(self.request, spent, self.limit, "seconds", OVERRIDE, spent=True)

    def close(self) -> None:
        """End a request."""

    def enter(self, stage: str) -> str:
        """Begin a stage, and return the one that was left."""
        return stage

    def note(self, seconds: float, megabytes: float) -> None:
        """Note a prediction for the stage under way."""


class Budget(_Grant):
    """Time and memory granted to requests; afterwards, what was predicted and what was spent.

    Pass it as ``max_cost=``. A budget that is passed to several requests is shared by them: what
    one has spent, the next lacks.

    Parameters
    ----------
    seconds : float or None, optional
        Time in all; None for no limit.
    megabytes : float or None, optional
        Memory that a single step may need; None for no limit.
    progress : callable, optional
        ``progress(stage, spent, predicted)`` is called about once a second while a request runs,
        with the stage under way, and the seconds that the stage has taken and was predicted to
        take, 0 where nothing was.

    Attributes
    ----------
    predicted : mapping
        For each stage the :class:`~weingarten.costs.PredictedCost`: seconds of its steps in all,
        and the largest memory of one. Steps that take no time are not predicted.
    spent : mapping
        For each stage the seconds that it took, what is in no stage under the name of the request.
    spent_megabytes : float or None
        How much the peak memory of the process grew; None where the system does not tell.

    Examples
    --------
    >>> from sympy import MatrixSymbol, Symbol, Trace
    >>> from weingarten import Budget, HaarOrthogonal, expect
    >>> d = Symbol("d")
    >>> W, A = HaarOrthogonal("W", d), MatrixSymbol("A", d, d)
    >>> budget = Budget(seconds=10)
    >>> expect(Trace(W * A) ** 4, max_cost=budget).free_symbols == {A, d}
    True
    >>> list(budget.spent)
    ['expect', 'reading the expression', 'averaging over W', 'writing the result']
    >>> sum(budget.spent.values()) < 10
    True
    """

    __slots__ = (
        "_mark", "_peak", "_predicted", "_spent", "_stage", "progress", "seconds",
        "spent_megabytes",
    )  # fmt: skip

    def __init__(
        self,
        seconds: float | None = DEFAULT_MAX_COST,
        megabytes: float | None = MAX_MEGABYTES,
        *,
        progress: Callable[[str, float, float], object] | None = None,
    ) -> None:
        if progress is not None and not callable(progress):
            raise InvalidInputError(
                "progress",
                "must be callable",
                progress,
                "pass a function of (stage, spent, predicted)",
            )
        self.progress = progress
        self.seconds = as_limit(seconds, "seconds")
        super().__init__(self.seconds, as_limit(megabytes, "megabytes", "megabytes"))
        self._predicted: dict[str, PredictedCost] = {}
        self._spent: dict[str, float] = {}
        self.spent_megabytes: float | None = None

    @property
    def predicted(self) -> Mapping[str, PredictedCost]:
        """The predicted costs by stage."""
        return MappingProxyType(self._predicted)

    @property
    def spent(self) -> Mapping[str, float]:
        """The seconds spent by stage."""
        return MappingProxyType(self._spent)

    def __repr__(self) -> str:
        return f"Budget(seconds={self.seconds:g}, megabytes={self.megabytes:g})"

    def __str__(self) -> str:
        stages = dict.fromkeys([*self._predicted, *self._spent])
        width = max(map(len, stages), default=0)
        lines = [f"a budget of {self.seconds:g} seconds and {self.megabytes:g} MB"]
        for name in stages:
            cost = self._predicted.get(name, PredictedCost(0.0))
            lines.append(
                f"  {name:{width}}  predicted {cost.seconds:8.2g} s {cost.megabytes:8.2g} MB, "
                f"spent {self._spent.get(name, 0.0):8.2g} s"
            )
        return "\n".join(lines)

    def open(self, request: str) -> None:
        """Begin a request, with what earlier ones have left."""
        self.limit = max(self.seconds - sum(self._spent.values()), 0.0)
        super().open(request)
        self._stage, self._mark = request, self.started
        self._peak = _peak_megabytes()
        self._sleep(self.started)

    def _sleep(self, now: float) -> None:
        if self.progress is not None:
            self.wake_at = min(now + _SECONDS_BETWEEN_REPORTS, self.stop_at)

    def wake(self, now: float) -> None:
        """Report what the request is at, or stop it."""
        super().wake(now)
        if self.progress is not None:
            known = self._predicted.get(self._stage, PredictedCost(0.0))
            spent = self._spent.get(self._stage, 0.0) + now - self._mark
            self.progress(self._stage, spent, known.seconds)
        self._sleep(now)

    def close(self) -> None:
        """End a request."""
        self.enter(self.request)
        peak = _peak_megabytes()
        if peak is not None and self._peak is not None:
            self.spent_megabytes = max(self.spent_megabytes or 0.0, peak - self._peak)

    def enter(self, stage: str) -> str:
        """Begin a stage, and return the one that was left."""
        now, left = monotonic(), self._stage
        self._spent[left] = self._spent.get(left, 0.0) + now - self._mark
        self._mark, self._stage = now, stage
        return left

    def note(self, seconds: float, megabytes: float) -> None:
        """Note a prediction for the stage under way."""
        known = self._predicted.get(self._stage)
        if known is not None:
            seconds, megabytes = known.seconds + seconds, max(known.megabytes, megabytes)
        self._predicted[self._stage] = PredictedCost(seconds, megabytes)


def _peak_megabytes() -> float | None:
    """Return the largest memory that the process ever had, None where the system does not tell."""
    if sys.platform == "win32":
        return None
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


_CURRENT: ContextVar[_Grant | None] = ContextVar("budget", default=None)


class spending:  # noqa: N801 - a context manager, used like a function
    """Grant ``max_cost`` seconds to the work inside, unless a caller has granted some already.

    Parameters
    ----------
    max_cost : float, Budget or None
        Seconds, or time and memory; None for no limit.
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

    __slots__ = ("budget", "request", "token")

    def __init__(self, max_cost: Any, request: str = "the request") -> None:
        self.budget = _as_grant(max_cost)
        self.request = request
        self.token: Token[_Grant | None] | None = None

    def __enter__(self) -> None:
        if _CURRENT.get() is None:
            self.budget.open(self.request)
            self.token = _CURRENT.set(self.budget)

    def __exit__(self, *_: object) -> None:
        if self.token is not None:
            _CURRENT.reset(self.token)
            self.budget.close()


def _as_grant(max_cost: Any) -> _Grant:
    if max_cost is DEFAULT_MAX_COST:  # as it nearly always is
        return _Grant(DEFAULT_MAX_COST, MAX_MEGABYTES)
    if isinstance(max_cost, Budget):
        return max_cost
    limit = as_limit(max_cost)
    return _Grant(limit, MAX_MEGABYTES if limit < inf else inf)


class stage:  # noqa: N801 - a context manager, used like a function
    """Name what the time inside goes to, for who reads the budget afterwards.

    Examples
    --------
    >>> budget = Budget()
    >>> with spending(budget, "a sum"), stage("its terms"):
    ...     foresee("a long sum", 0.25)
    >>> budget.predicted["its terms"].seconds, budget.spent.keys() == {"a sum", "its terms"}
    (0.25, True)
    """

    __slots__ = ("budget", "left", "name")

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self.budget = _CURRENT.get()
        if self.budget is not None:
            self.left = self.budget.enter(self.name)

    def __exit__(self, *_: object) -> None:
        if self.budget is not None:
            self.budget.enter(self.left)


def budgeted(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a public function whose keyword ``max_cost`` grants the seconds it may take."""
    name = function.__name__

    @wraps(function)
    def within(*args: P.args, **kwargs: P.kwargs) -> R:
        # what ``spending`` does, written out: a short answer takes no longer than this
        budget = _as_grant(kwargs.get("max_cost", DEFAULT_MAX_COST))
        if _CURRENT.get() is not None:
            return function(*args, **kwargs)
        budget.open(name)
        token = _CURRENT.set(budget)
        try:
            return function(*args, **kwargs)
        finally:
            _CURRENT.reset(token)
            budget.close()

    return within


def most_megabytes() -> float:
    """Return the memory that a step may need under the budget that governs."""
    budget = _CURRENT.get()
    return MAX_MEGABYTES if budget is None else budget.megabytes


def foresee(
    request: str, seconds: float, megabytes: float = 0.0, *, in_parts: bool = False
) -> None:
    """Raise :class:`CostLimitError` if a step exceeds the budget, alone or with what was spent.

    Parameters
    ----------
    request : str
        The step, for the message.
    seconds, megabytes : float
        Its predicted time on one core, and the memory that it needs at once.
    in_parts : bool, optional
        Whether its parts will be predicted, too: then only they are noted.
    """
    budget = _CURRENT.get()
    if budget is None:
        return
    if not in_parts:
        budget.note(seconds, megabytes)
    if budget.limit < inf:
        _check_seconds(budget, request, seconds)
    if megabytes > budget.megabytes:
        raise CostLimitError(request, megabytes, budget.megabytes, "MB", OVERRIDE)


def _check_seconds(budget: _Grant, request: str, seconds: float) -> None:
    end = monotonic() + seconds
    # a small step near the end of the budget may still be tried: tick() would stop it
    if seconds > budget.limit or end > budget.stop_at:
        whole = request if seconds > budget.limit else budget.request
        override = f"ask for less, or {OVERRIDE}" if seconds > _ENDLESS else OVERRIDE
        raise CostLimitError(whole, end - budget.started, budget.limit, "seconds", override)


def foresee_digits(request: str, digits: float) -> None:
    """Raise :class:`CostLimitError` if a number gets longer than Python is set to print."""
    budget = _CURRENT.get()
    limit = sys.get_int_max_str_digits()
    if budget is not None and budget.limit < inf and 0 < limit < digits:
        raise CostLimitError(request, digits, limit, "digits", OVERRIDE)


def tick() -> None:
    """Raise :class:`CostLimitError` if the running request is well past its limit; tell progress.

    It takes about a tenth of a microsecond: call it in loops whose step takes a few of these.
    """
    budget = _CURRENT.get()
    if budget is not None and (now := monotonic()) > budget.wake_at:
        budget.wake(now)
