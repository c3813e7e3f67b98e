"""Sums over pairs of pairings, counted by coset type with NumPy.

A pairing of 2n slots is a row of partners: ``row[a]`` is the slot paired with a. Two pairings p, q
give a permutation p∘q whose cycles come in equal pairs; their lengths are the coset type, and the
numbers of fixed points of its powers determine them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from weingarten.budget import tick
from weingarten.partitions import Partition, partitions_of

__all__ = [
    "coset_type_codes",
    "multiplicities",
    "orbits",
    "pairings_between",
    "partner_rows",
    "type_codes",
]

Rows = NDArray[np.int64]


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


@lru_cache(maxsize=16)
def type_codes(n: int) -> dict[int, int]:
    """Return the code of each coset type: Σ_k (fixed points of σ^k) · (2n+1)^(k-1)."""
    base = 2 * n + 1
    return {
        sum(
            2 * sum(part for part in shape if k % part == 0) * base ** (k - 1)
            for k in range(1, n + 1)
        ): position
        for position, shape in enumerate(partitions_of(n))
    }


def coset_type_codes(one: NDArray[np.int64], many: Rows) -> NDArray[np.int64]:
    """Return the coset types of ``one`` with each of ``many``, as positions in partitions_of(n)."""
    size = len(one)
    n = size // 2
    if n == 0:
        return np.zeros(len(many), dtype=np.int64)
    permutation = one[many]
    here = np.arange(size)
    power = permutation
    code = (power == here).sum(axis=1)
    scale = 1
    for _ in range(n - 1):
        power = np.take_along_axis(permutation, power, axis=1)
        scale *= size + 1
        code = code + scale * (power == here).sum(axis=1)
    table = type_codes(n)
    keys = np.array(sorted(table), dtype=np.int64)
    values = np.array([table[int(key)] for key in keys], dtype=np.int64)
    return values[np.searchsorted(keys, code)]


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
    labels = np.arange(count)
    images = []
    for generator in generators:
        g = np.asarray(generator)
        moved = np.empty_like(rows)
        moved[:, g] = g[rows]
        image = order[np.searchsorted(ordered, digest(moved)) % count]
        if not np.array_equal(rows[image], moved):  # no symmetry of this set after all
            continue
        images.append(image)
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
