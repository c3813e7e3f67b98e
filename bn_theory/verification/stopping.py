"""When draws are enough: a relative error, how many networks may be drawn for it, and a clock."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from numbers import Real

import sympy as sp

from bn_theory.verification.findings import is_constant
from bn_theory.verification.summaries import Summary
from weingarten.budget import as_limit
from weingarten.errors import InvalidInputError

__all__ = ["Clock", "Precise", "most_networks", "needed_networks"]

_TIMES = 100
#: A standard error known to fewer degrees of freedom is that of a heavy tail.
_FREEDOM = 30


@dataclass(frozen=True)
class Precise:
    """Whether the standard errors are at most a share of the mean.

    Of a vector, each error is compared with the largest mean. An error is believed only where its
    own variance is known well enough, so that a heavy tail that has not shown itself does not end
    the sampling early.

    Parameters
    ----------
    rtol : float
        Between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> draws = Summary.of(np.random.default_rng(0).exponential(size=1000))
    >>> Precise(0.1)(draws), Precise(0.001)(draws)
    (True, False)
    """

    rtol: float

    def __post_init__(self) -> None:
        number = isinstance(self.rtol, Real | sp.Number) and not isinstance(self.rtol, bool)
        if not number or not 0 < float(self.rtol) < 1:
            raise InvalidInputError(
                "rtol", "must lie between 0 and 1", self.rtol, "pass for instance 0.01"
            )
        object.__setattr__(self, "rtol", float(self.rtol))

    def __call__(self, summary: Summary) -> bool:
        """Return whether these draws are enough."""
        columns = [summary.column(i) for i in range(len(summary.mean))]
        scale = max(abs(column.mean) for column in columns)
        return all(
            is_constant(column)
            or (
                math.sqrt(column.variance / column.samples) <= self.rtol * scale
                and column.freedom >= _FREEDOM
            )
            for column in columns
        )

    def __repr__(self) -> str:
        return f"Precise({self.rtol!r})"


class Clock:
    """Shares a time among the parts of a request: what one leaves over, the next ones have.

    Parameters
    ----------
    seconds : float, optional
        From now on; without it the time is never up.
    parts : int
        How many there are.

    Examples
    --------
    >>> Clock(None, 3)(0), Clock(0.0, 3)(2)
    (False, True)
    """

    def __init__(self, seconds: float | None, parts: int) -> None:
        self._begun, self._parts = time.monotonic(), max(parts, 1)
        self._seconds = None if seconds is None else float(seconds)

    def __call__(self, part: int) -> bool:
        """Return whether the time of part 0, 1, … is up."""
        if self._seconds is None:
            return False
        return time.monotonic() >= self._begun + self._seconds * (part + 1) / self._parts


def most_networks(
    networks: int, seconds: float, max_seconds: float | None, most: int | None = None
) -> int:
    """Return how many networks may be drawn where so many are asked for to begin with.

    Examples
    --------
    >>> most_networks(1000, 0.001, None), most_networks(1000, 0.01, 60)
    (100000, 6000)
    >>> most_networks(1000, 0.001, None, most=5000)
    5000
    """
    if most is not None and most < networks:
        raise InvalidInputError(
            "most", f"must be at least the {networks} networks to begin with", most, "raise it"
        )
    limit = as_limit(max_seconds, "max_seconds")
    affordable = limit / seconds if math.isfinite(limit) else math.inf
    return int(min(_TIMES * networks if most is None else most, affordable))


def needed_networks(variance: float, mean: float, rtol: float) -> float:
    """Return how many networks a relative error takes at a variance; oo if none are enough.

    Examples
    --------
    >>> needed_networks(4.0, 1.0, 0.01)
    40000
    """
    if mean == 0 or not math.isfinite(variance):
        return math.inf
    # a share of a network is no network, and rounding is no share
    return math.ceil(variance / (rtol * mean) ** 2 * (1 - 1e-9))
