"""Integer partitions: enumeration, contents, hooks and the sizes attached to them.

Partitions are tuples of Python ints in decreasing order; ``()`` is the partition of 0.
Conventions (Macdonald, Symmetric Functions and Hall Polynomials, I.1 and VI.10): the box in row i,
column j (both counted from 1) of a diagram has alpha-content ``alpha*(j-1) - (i-1)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import factorial, prod

from weingarten.budget import tick

__all__ = [
    "class_scale",
    "class_size",
    "conjugate",
    "contents",
    "integer_partitions",
    "pairings_of_coset_type",
    "partition_index",
    "partitions_of",
    "sign_of_type",
    "z_factor",
]

Partition = tuple[int, ...]


def integer_partitions(n: int, largest: int | None = None) -> Iterator[Partition]:
    """Yield the partitions of ``n`` with parts at most ``largest``, in reverse lexicographic order.

    Examples
    --------
    >>> list(integer_partitions(3))
    [(3,), (2, 1), (1, 1, 1)]
    """
    if n == 0:
        tick()
        yield ()
        return
    for first in range(n if largest is None else min(n, largest), 0, -1):
        for rest in integer_partitions(n - first, first):
            yield (first, *rest)


# a list that everything of this order uses
@lru_cache(maxsize=64)
def partitions_of(n: int) -> tuple[Partition, ...]:
    """Return all partitions of ``n`` in reverse lexicographic order, cached."""
    listed: list[Partition] = [(n,) if n else ()]
    while len(last := listed[-1]) < n:
        # the last part above 1 loses one, which goes with the ones behind it into its like
        tick()
        ones = last.count(1)
        *head, part = last[: len(last) - ones]
        parts, rest = divmod(ones + 1, part - 1)
        tail = (part - 1,) * (parts + 1) + ((rest,) if rest else ())
        listed.append((*head, *tail))
    return tuple(listed)


# a list that everything of this order uses
@lru_cache(maxsize=64)
def partition_index(n: int) -> Mapping[Partition, int]:
    """Return the position of each partition of ``n`` in :func:`partitions_of`."""
    return {partition: position for position, partition in enumerate(partitions_of(n))}


def conjugate(partition: Partition) -> Partition:
    """Return the transposed diagram.

    Examples
    --------
    >>> conjugate((3, 1))
    (2, 1, 1)
    """
    columns: list[int] = []
    for rows, part in zip(range(len(partition), 0, -1), reversed(partition), strict=True):
        columns += [rows] * (part - len(columns))
    return tuple(columns)


def contents(partition: Partition, alpha: int) -> list[int]:
    """Return the alpha-contents ``alpha*(j-1) - (i-1)`` of the boxes, for an integer alpha.

    Examples
    --------
    >>> contents((2, 1), 2), contents((2, 1), 1)
    ([0, 2, -1], [0, 1, -1])
    """
    return [alpha * column - row for row, part in enumerate(partition) for column in range(part)]


def sign_of_type(powers: Mapping[int, int]) -> int:
    """Return the sign of a permutation with ``powers[k]`` cycles of each length k.

    Examples
    --------
    >>> sign_of_type({2: 1}), sign_of_type({3: 1, 2: 2})
    (-1, 1)
    """
    return (-1) ** sum(number for part, number in powers.items() if part % 2 == 0)


def z_factor(partition: Partition) -> int:
    """Return the order of the centraliser of a permutation of this cycle type, Π i^m_i m_i!.

    Examples
    --------
    >>> z_factor((2, 1, 1))
    4
    """
    return prod(partition) * prod([factorial(partition.count(part)) for part in set(partition)])


def class_scale(partition: Partition, alpha: int) -> int:
    """Return ``alpha^l z`` with l the number of parts: the norm of a power sum at this alpha.

    Examples
    --------
    >>> class_scale((2, 1), 1), class_scale((2, 1), 2)
    (2, 8)
    """
    return alpha ** len(partition) * z_factor(partition)


def class_size(partition: Partition, alpha: int) -> int:
    """Return ``alpha^n n! / (alpha^l z)``: how many ways to join 2n slots have this type.

    For alpha = 1 these are the permutations of this cycle type, for alpha = 2 the pairings of this
    coset type with a fixed one (:mod:`weingarten.combinatorics.joins`).

    Examples
    --------
    >>> [class_size(mu, 1) for mu in [(3,), (2, 1), (1, 1, 1)]]
    [2, 3, 1]
    """
    n = sum(partition)
    return alpha**n * factorial(n) // class_scale(partition, alpha)


def pairings_of_coset_type(partition: Partition) -> int:
    """Return how many pairings of 2n points have this coset type with a fixed one.

    It is ``2^n n! / (2^l z)`` with l the number of parts.

    Examples
    --------
    >>> [pairings_of_coset_type(mu) for mu in [(3,), (2, 1), (1, 1, 1)]]
    [8, 6, 1]
    """
    return class_size(partition, 2)
