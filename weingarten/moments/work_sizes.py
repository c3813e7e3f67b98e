"""Sizes of what the methods for moments of entries work on, from the shape of the powers alone.

The estimates are products of binomial coefficients, a few microseconds each, with constants fitted
to measured runs on random and on dense power matrices: within a factor of a few for anything that
takes between a millisecond and a minute, and large where the work explodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, inf, lgamma, log

__all__ = [
    "PASSED_ON",
    "column_sums",
    "exp_of",
    "log_binomial",
    "log_monomials",
    "log_pairings",
    "reading_seconds",
]

#: Share of a column's power that its integration hands on to the columns left, on average.
PASSED_ON = 0.6
#: exp of more than this is taken for an infinite cost.
LARGEST_LOG = 300.0


def column_sums(powers: Iterable[Iterable[int]]) -> list[float]:
    """Return the sums of the columns."""
    return [float(sum(column)) for column in zip(*powers, strict=True)]


def log_binomial(n: float, k: float) -> float:
    """Return the log of a binomial coefficient, also of numbers that are no integers."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def log_pairings(pairs: int) -> float:
    """Return the log of the number of pairings of so many pairs of points."""
    return max(0.0, lgamma(2 * pairs + 1) - lgamma(pairs + 1) - pairs * log(2))


def exp_of(value: float) -> float:
    """Return the exponential, infinite where it is large."""
    return exp(value) if value < LARGEST_LOG else inf


def log_monomials(sums: list[float], stop: int = 1) -> float:
    """Return the log of the number of monomials in the t_kj, k < j, stop ≤ j, for column sums.

    ``sums`` is left holding the sums of the first ``stop`` columns after the others are gone.
    """
    total = 0.0
    while len(sums) > stop:
        last, left = sums.pop(), len(sums)
        total += log_binomial(last + left, left)
        for k in range(left):
            sums[k] += PASSED_ON * last / left
    return total


def reading_seconds(log_monomials: float) -> float:
    """Return the time of turning an expansion into a rational function."""
    return 4e-5 * exp_of(0.44 * log_monomials)
