"""When draws are enough: a relative error, and how many networks may be drawn for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import sympy as sp

from bn_theory.verification.findings import is_constant
from bn_theory.verification.summaries import Summary
from weingarten.budget import as_limit
from weingarten.errors import InvalidInputError

__all__ = ["Precise", "most_networks"]

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


def most_networks(networks: int, seconds: float, max_seconds: float | None) -> int:
    """Return how many networks may be drawn where so many are asked for to begin with.

    Examples
    --------
    >>> most_networks(1000, 0.001, None), most_networks(1000, 0.01, 60)
    (100000, 6000)
    """
    limit = as_limit(max_seconds, "max_seconds")
    affordable = limit / seconds if math.isfinite(limit) else math.inf
    return int(min(_TIMES * networks, affordable))
