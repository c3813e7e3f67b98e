"""Predicted costs of what many requests share: characters, values, tables."""

from math import exp, inf, lgamma, log, pi, sqrt
from typing import NamedTuple

__all__ = [
    "PredictedCost",
    "about_factorial",
    "about_pairings",
    "characters_seconds",
    "number_of_partitions",
    "number_of_set_partitions",
    "table_seconds",
    "value_seconds",
]


#: exp of more than this counts as infinite.
_LARGEST_LOG = 700.0
#: Bell numbers from here on are beyond any list.
_LARGEST_BELL = 100


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


def number_of_set_partitions(n: int) -> float:
    """Return the Bell number B_n, by the triangle of its differences; inf where it is huge.

    Examples
    --------
    >>> [number_of_set_partitions(n) for n in range(6)], number_of_set_partitions(10**9)
    ([1, 1, 2, 5, 15, 52], inf)
    """
    if n > _LARGEST_BELL:
        return inf
    row = [1]
    for _ in range(n):
        following = [row[-1]]
        for entry in row:
            following.append(following[-1] + entry)
        row = following
    return row[0]


def characters_seconds(n: int) -> float:
    """Predict the time of the characters of one coset type: the box removals of every level."""
    return 2e-5 * number_of_partitions(n) * (sqrt(6 * n) / pi + 1)


def value_seconds(n: int) -> float:
    """Predict the time of one function: its characters, and one sum over all λ |- n."""
    return characters_seconds(n) + 2e-4 * number_of_partitions(n)


def table_seconds(n: int) -> float:
    """Predict the time of a symbolic table: linear in its number of characters, p(n)^2."""
    return 2.5e-6 * number_of_partitions(n) * number_of_partitions(n)
