"""Averages by coincidence patterns: moments of entries and Möbius inversion.

Where few different indices occur, the average is a function of which of them are equal. One moment
of entries for each pattern gives it, and Möbius inversion on the lattice of set partitions writes
it in Kronecker deltas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import factorial, prod

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.networks.canonical import canonical_product
from weingarten.networks.exact import Exact, entry_moment, plus
from weingarten.networks.model import Label
from weingarten.networks.slots import (
    Averaged,
    SlotSum,
    deltas_of,
    dimension_power,
    exact_power,
    put,
)

__all__ = ["by_patterns"]

Blocks = tuple[tuple[int, ...], ...]


def by_patterns(job: SlotSum, patterns: float) -> Averaged:
    """Average by moments of entries: one for each pattern of coincidences among the labels."""
    foresee(f"{patterns:.6g} coincidence patterns of indices", 1e-3 * patterns)
    sides = [job.labels(side) for side in (0, 1)]
    choices = [list(_set_partitions(labels)) for labels in sides]
    moments: dict[tuple[object, object], Exact | None] = {}
    for rows in choices[0]:
        for columns in choices[1]:
            tick()
            moments[rows, columns] = _pattern_moment(job, sides, rows, columns)
    result: Averaged = {}
    for rows in choices[0]:
        finer_rows = [(p, _moebius(p, rows)) for p in choices[0]]
        for columns in choices[1]:
            total: Exact | None = None
            for p, mu in finer_rows:
                if not mu:
                    continue
                tick()
                for q in choices[1]:
                    nu = _moebius(q, columns)
                    value = moments[p, q] if nu else None
                    if value:
                        term = value * (mu * nu)
                        total = term if total is None else plus(total, term)
            if not total:
                continue
            deltas = deltas_of(job, sides[0], rows) + deltas_of(job, sides[1], columns)
            value_here = canonical_product(job.constants, deltas, job.sizes, job.properties)
            if value_here is not None:
                power, factor, number = dimension_power(value_here[0], job.haar.dimension)
                scale = exact_power(power, job.at) * number
                put(result, value_here[1], factor, total * scale)
    return result


def _set_partitions(labels: Sequence[Label]) -> Iterable[Blocks]:
    """Yield the ways in which distinct labels can coincide; slots stand for labels."""
    heads = list({label: a for a, label in reversed(list(enumerate(labels)))}.values())
    heads.sort()

    def grow(rest: Sequence[int], blocks: list[list[int]]) -> Iterable[Blocks]:
        tick()
        if not rest:
            yield tuple(sorted(tuple(block) for block in blocks))
            return
        head, tail = rest[0], rest[1:]
        for block in blocks:
            if all(_may_equal(labels[head], labels[b]) for b in block):
                block.append(head)
                yield from grow(tail, blocks)
                block.pop()
        yield from grow(tail, [*blocks, [head]])

    yield from grow(heads, [])


def _may_equal(one: Label, two: Label) -> bool:
    if isinstance(one, int) or isinstance(two, int):
        return True
    return bool(sp.KroneckerDelta(one, two) != 0)


def _moebius(finer: Blocks, coarser: Blocks) -> int:
    """Return the Möbius function of set partitions, 0 where ``finer`` is not finer."""
    where = {a: k for k, block in enumerate(coarser) for a in block}
    merged: Counter[int] = Counter()
    for block in finer:
        targets = {where[a] for a in block}
        if len(targets) > 1:
            return 0
        merged[targets.pop()] += 1
    return prod((-1) ** (m - 1) * factorial(m - 1) for m in merged.values())


def _pattern_moment(
    job: SlotSum, sides: Sequence[Sequence[Label]], rows: Blocks, columns: Blocks
) -> Exact | None:
    if job.at is not None and (len(rows) > job.at or len(columns) > job.at):
        return None  # more different indices than there are: this pattern never happens
    place = []
    for labels, blocks in zip(sides, (rows, columns), strict=True):
        number = {labels[a]: k for k, block in enumerate(blocks) for a in block}
        place.append([number[label] for label in labels])
    powers = [[0] * len(columns) for _ in rows]
    for a, b in zip(*place, strict=True):
        powers[a][b] += 1
    return entry_moment(powers, job.at)
