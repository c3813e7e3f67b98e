"""Predicted costs of what many requests share: characters, values, tables."""

from math import exp, inf, lgamma, log, pi, sqrt
from typing import NamedTuple

__all__ = [
    "PredictedCost",
    "about_factorial",
    "about_pairings",
    "characters_seconds",
    "number_of_partitions",
    "table_seconds",
    "value_seconds",
]


#: exp of more than this counts as infinite.
_LARGEST_LOG = 700.0


class PredictedCost(NamedTuple):
    """Predicted time on one core, in seconds, and memory, in megabytes."""

    seconds: float
    megabytes: float = 0.0


def about_factorial(n: int) -> float:
    """Return about n!, the number of permutations of n points; instant for any n.

    Examples
    --------
    >>> about_factorial(3), about_factorial(10**9)
    (6, inf)
    """
    value = lgamma(n + 1)
    return round(exp(value)) if value < _LARGEST_LOG else inf


def about_pairings(n: int) -> float:
    """Return about (2n-1)!!, the number of pairings of 2n points; instant for any n.

    Examples
    --------
    >>> about_pairings(3), about_pairings(10**9)
    (15, inf)
    """
    value = lgamma(2 * n + 1) - lgamma(n + 1) - n * log(2)
    return round(exp(value)) if value < _LARGEST_LOG else inf


def number_of_partitions(n: int) -> float:
    """Return about p(n), by the leading term of Hardy and Ramanujan; instant for any n.

    Examples
    --------
    >>> round(number_of_partitions(20)), number_of_partitions(10**9)
    (692, inf)
    """
    exponent = pi * sqrt(2 * n / 3)
    return (
        exp(exponent) / (4 * sqrt(3) * n) if 0 < exponent < _LARGEST_LOG else 1.0 if n == 0 else inf
    )


def characters_seconds(n: int) -> float:
    """Predict the time of the characters of one coset type: the box removals of every level."""
    return 2e-5 * number_of_partitions(n) * (sqrt(6 * n) / pi + 1)


def value_seconds(n: int) -> float:
    """Predict the time of one function: its characters, and one sum over all λ |- n."""
    return characters_seconds(n) + 2e-4 * number_of_partitions(n)


def table_seconds(n: int) -> float:
    """Predict the time of a symbolic table: linear in its number of characters, p(n)^2."""
    return 2.5e-6 * number_of_partitions(n) * number_of_partitions(n)
