"""Sums over pairs of pairings, counted by coset type with NumPy.

A pairing of 2n slots is a row of partners: ``row[a]`` is the slot paired with a. Two pairings p, q
give a permutation p∘q whose cycles come in equal pairs; their lengths are the coset type, and the
numbers of fixed points of its powers determine them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from weingarten.budget import tick
from weingarten.combinatorics.partitions import Partition, partitions_of

__all__ = [
    "coset_type_codes",
    "multiplicities",
    "orbits",
    "orbits_of",
    "pairings_between",
    "partner_rows",
]

Rows = NDArray[np.int64]

#: An odd number with mixed digits.
_ODD = 0x9E3779B97F4A7C15


def pairings_between(compatible: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the pairings of slots 0..2n-1, as partner tuples, whose pairs are all compatible.

    ``compatible[a]`` is a bit mask of the slots that slot a may be paired with.
    """
    size = len(compatible)
    partner = [0] * size

    def extend(free: int) -> Iterator[tuple[int, ...]]:
        if not free:
            tick()
            yield tuple(partner)
            return
        first = (free & -free).bit_length() - 1
        rest = free & ~(1 << first)
        choices = rest & compatible[first]
        while choices:
            low = choices & -choices
            choices ^= low
            second = low.bit_length() - 1
            partner[first], partner[second] = second, first
            yield from extend(rest ^ low)

    yield from extend((1 << size) - 1)


def partner_rows(compatible: Sequence[int]) -> Rows:
    """Return :func:`pairings_between` as an array with one pairing a row."""
    rows = list(pairings_between(compatible))
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(compatible))


class _TypeCodes(NamedTuple):
    """A number modulo 2^64 for each coset type, linear in the fixed points of its powers."""

    #: The factor of the fixed points of σ^k, k = 1, 2, ….
    factors: list[np.uint64]
    #: The numbers in increasing order, and the positions of their types in partitions_of(n).
    codes: NDArray[np.uint64]
    positions: NDArray[np.int64]


# a table that every sum of this order uses
@lru_cache(maxsize=16)
def _type_codes(n: int) -> _TypeCodes:
    types = [
        [2 * sum(part for part in shape if k % part == 0) for k in range(1, n + 1)]
        for shape in partitions_of(n)
    ]
    for attempt in count():  # the first nearly always tells all types apart
        factors = [pow(_ODD + 2 * attempt, k, 2**64) for k in range(1, n + 1)]
        codes = [sum(f * x for f, x in zip(factors, fixed, strict=True)) % 2**64 for fixed in types]
        if len(set(codes)) == len(codes):
            break
    order = sorted(range(len(codes)), key=codes.__getitem__)
    return _TypeCodes(
        [np.uint64(factor) for factor in factors],
        np.array([codes[at] for at in order], dtype=np.uint64),
        np.array(order, dtype=np.int64),
    )


def coset_type_codes(one: NDArray[np.int64], many: Rows) -> NDArray[np.int64]:
    """Return the coset types of ``one`` with each of ``many``, as positions in partitions_of(n)."""
    size = len(one)
    if size == 0:
        return np.zeros(len(many), dtype=np.int64)
    known = _type_codes(size // 2)
    permutation = one[many]
    here = np.arange(size)
    power = permutation
    code = np.zeros(len(many), dtype=np.uint64)
    for k, factor in enumerate(known.factors):
        if k:
            power = np.take_along_axis(permutation, power, axis=1)
        code += factor * (power == here).sum(axis=1).astype(np.uint64)  # modulo 2^64
    return known.positions[np.searchsorted(known.codes, code)]


def orbits(rows: Rows, generators: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Return representatives and sizes of the orbits of slot permutations on a set of pairings.

    The set has to be closed under the permutations ``generators`` (each maps slot a to ``g[a]``).
    """
    count, size = rows.shape
    if not generators or count == 0:
        return list(range(count)), [1] * count
    mixer = np.random.default_rng(20060612).integers(1, 2**61, size=(size, size), dtype=np.int64)

    def digest(table: Rows) -> NDArray[np.int64]:
        return np.bitwise_xor.reduce(
            np.stack([mixer[a, table[:, a]] for a in range(size)], axis=0), axis=0
        )

    keys = digest(rows)
    order = np.argsort(keys)
    ordered = keys[order]
    images = []
    for generator in generators:
        g = np.asarray(generator)
        moved = np.empty_like(rows)
        moved[:, g] = g[rows]
        image = order[np.searchsorted(ordered, digest(moved)) % count]
        if not np.array_equal(rows[image], moved):  # no symmetry of this set after all
            continue
        images.append(image)
    return orbits_of(count, images)


def orbits_of(count: int, images: Sequence[Rows]) -> tuple[list[int], list[int]]:
    """Return representatives and sizes of the orbits on 0 … count-1 of permutations of these.

    Examples
    --------
    >>> orbits_of(4, [np.array([1, 0, 2, 3]), np.array([0, 2, 1, 3])])
    ([0, 3], [3, 1])
    """
    labels = np.arange(count)
    if not images:
        return labels.tolist(), [1] * count
    while True:
        before = labels.copy()
        for image in images:
            low = np.minimum(labels, labels[image])
            labels = low.copy()
            np.minimum.at(labels, image, low)
        labels = labels[labels]
        if np.array_equal(labels, before):
            break
    representatives, sizes = np.unique(labels, return_counts=True)
    return [int(r) for r in representatives], [int(s) for s in sizes]


def multiplicities(
    codes: NDArray[np.int64], groups: NDArray[np.int64], n: int
) -> dict[int, dict[Partition, int]]:
    """Count, for each group number, how often each coset type occurs."""
    shapes = partitions_of(n)
    width = len(shapes)
    counts = np.bincount(groups * width + codes)
    result: dict[int, dict[Partition, int]] = {}
    for flat in np.flatnonzero(counts):
        group, position = divmod(int(flat), width)
        result.setdefault(group, {})[shapes[position]] = int(counts[flat])
    return result
