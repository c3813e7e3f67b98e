"""Integer partitions: enumeration, contents, hooks and the sizes attached to them.

Partitions are tuples of Python ints in decreasing order; ``()`` is the partition of 0.
Conventions (Macdonald, Symmetric Functions and Hall Polynomials, I.1 and VI.10): the box in row i,
column j (both counted from 1) of a diagram has alpha-content ``alpha*(j-1) - (i-1)``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from math import factorial, prod

from weingarten.budget import tick

__all__ = [
    "conjugate",
    "contents",
    "integer_partitions",
    "pairings_of_coset_type",
    "partition_index",
    "partitions_of",
    "standard_tableaux",
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


@lru_cache(maxsize=64)
def partitions_of(n: int) -> tuple[Partition, ...]:
    """Return all partitions of ``n`` in reverse lexicographic order, cached."""
    return tuple(integer_partitions(n))


@lru_cache(maxsize=64)
def partition_index(n: int) -> dict[Partition, int]:
    """Return the position of each partition of ``n`` in :func:`partitions_of`."""
    return {partition: position for position, partition in enumerate(partitions_of(n))}


def conjugate(partition: Partition) -> Partition:
    """Return the transposed diagram.

    Examples
    --------
    >>> conjugate((3, 1))
    (2, 1, 1)
    """
    return tuple(
        sum(part > column for part in partition)
        for column in range(partition[0] if partition else 0)
    )


def contents(partition: Partition) -> list[int]:
    """Return the contents ``2(j-1) - (i-1)`` of the boxes (alpha = 2, the orthogonal group).

    Examples
    --------
    >>> contents((2, 1))
    [0, 2, -1]
    """
    return [2 * column - row for row, part in enumerate(partition) for column in range(part)]


def z_factor(partition: Partition) -> int:
    """Return the order of the centraliser of a permutation of this cycle type, Π i^m_i m_i!.

    Examples
    --------
    >>> z_factor((2, 1, 1))
    4
    """
    return prod(
        part**multiplicity * factorial(multiplicity)
        for part, multiplicity in Counter(partition).items()
    )


def pairings_of_coset_type(partition: Partition) -> int:
    """Return how many pairings of 2n points have this coset type with a fixed one.

    It is ``2^n n! / (2^l z)`` with l the number of parts.

    Examples
    --------
    >>> [pairings_of_coset_type(mu) for mu in [(3,), (2, 1), (1, 1, 1)]]
    [8, 6, 1]
    """
    n = sum(partition)
    return 2**n * factorial(n) // (2 ** len(partition) * z_factor(partition))


def standard_tableaux(partition: Partition) -> int:
    """Return the number of standard Young tableaux of this shape, by the hook length formula.

    Examples
    --------
    >>> standard_tableaux((4, 2))
    9
    """
    columns = conjugate(partition)
    hooks = prod(
        part - column + columns[column] - row - 1
        for row, part in enumerate(partition)
        for column in range(part)
    )
    return factorial(sum(partition)) // hooks
