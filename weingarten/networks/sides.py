"""The two sides of a product over one random matrix: what hangs on its rows, and on its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import tick
from weingarten.combinatorics.set_partitions import Blocks, DisjointSets
from weingarten.costs import about_factorial
from weingarten.networks.canonical import canonical_product
from weingarten.networks.model import Label, Monomial, Tensor
from weingarten.networks.slots import SlotSum, Value, deltas_of
from weingarten.symbols.symplectic import SymplecticForm

__all__ = [
    "Codes",
    "Joint",
    "Merging",
    "Side",
    "grouped",
    "joints",
    "merging_of",
    "number_of_values",
    "power_sum",
    "side_value",
    "split_sides",
]

#: Numbers that are small enough for a prediction.
_FEW = 40
#: Which labels a way to join the slots makes equal: blocks of slot numbers, one slot a label.
Merging = Blocks
Codes = NDArray[np.int64]
#: Constants, and the ranges of their labels.
Side = tuple[list[Tensor], dict[int, sp.Expr]]


def merging_of(partner: Sequence[int], labels: Sequence[Label]) -> Merging:
    """Return the blocks of slot numbers whose labels become equal, one slot per label."""
    tick()
    head: dict[Label, int] = {}
    leader = [head.setdefault(label, a) for a, label in enumerate(labels)]
    # as a list, not as DisjointSets: this runs for every way
    parent = list(range(len(labels)))

    def find(a: int) -> int:
        while parent[a] != a:
            a = parent[a]
        return a

    for a, b in enumerate(partner):
        if a < b:
            x, y = find(leader[a]), find(leader[b])
            parent[max(x, y)] = min(x, y)
    blocks: dict[int, list[int]] = {}
    for a in sorted(set(leader)):
        blocks.setdefault(find(a), []).append(a)
    return tuple(tuple(block) for block in blocks.values())


def grouped(ways: Codes, labels: Sequence[Label]) -> tuple[Codes, list[Merging]]:
    """Give numbers to the distinct mergings of a list of ways, as rows of partners."""
    numbers: dict[Merging, int] = {}
    group = np.array(
        [numbers.setdefault(merging_of(partner, labels), len(numbers)) for partner in ways.tolist()]
    )
    return group, list(numbers)


def side_value(job: SlotSum, side: Side, labels: Sequence[Label], merging: Merging) -> Value:
    """Return what is left of one side when labels become equal, None if that is zero."""
    tick()
    return canonical_product(side[0], deltas_of(job, labels, merging), side[1], job.properties)


def number_of_values(job: SlotSum, side: Side, ways: float) -> float:
    """Return about how many products of traces so many ways to join leave of one side."""
    for base, number in Counter(base for base, _, _ in side[0]).items():
        if isinstance(base, SymplecticForm):
            continue  # of one pair of indices each
        ways /= about_factorial(min(number, _FEW))
        if job.haar.is_real_matrix and job.properties.symmetric(base):
            ways /= 2.0 ** min(number, _FEW)
    return max(ways, 1.0)


def split_sides(job: SlotSum) -> tuple[Side, Side] | None:
    """Split constants and labels into what hangs on rows and what on columns, if they separate."""
    joined: DisjointSets[Label] = DisjointSets()
    for _, row, column in job.constants:
        if isinstance(row, int) and isinstance(column, int):
            joined.join(row, column)
    on_rows = {joined.find(x) for x in job.labels(0) if isinstance(x, int)}
    on_columns = {joined.find(x) for x in job.labels(1) if isinstance(x, int)}
    if on_rows & on_columns:
        return None
    sides: tuple[Side, Side] = ([], {}), ([], {})
    for label, size in job.sizes.items():
        sides[joined.find(label) in on_columns][1][label] = size
    for tensor in job.constants:
        bound = [x for x in tensor[1:] if isinstance(x, int)]
        if not bound:
            # fixed labels are merged with others on either side: only the joint sum renames them
            return None
        sides[joined.find(bound[0]) in on_columns][0].append(tensor)
    return sides


#: The common matrix of a side (None: a shared label) and the range of the labels.
Joint = tuple[sp.MatrixExpr | None, sp.Expr]


def joints(job: SlotSum, side: int) -> tuple[list[int], Joint] | None:
    """Return which slots one matrix, or one shared label, joins in pairs on a side.

    The matrix is symmetric, or the random matrix is complex and every joint leads from a plain to a
    conjugated slot, or every one back.
    """
    real, flags = job.haar.is_real_matrix, job.conjugated
    labels = job.labels(side)
    if not all(isinstance(label, int) for label in labels):
        return None
    if set(labels) & set(job.labels(1 - side)):
        return None
    ranges = {job.sizes[label] for label in labels}
    if len(ranges) != 1:
        return None
    size = ranges.pop()
    touching = [t for t in job.constants if t[1] in set(labels) or t[2] in set(labels)]
    where: dict[Label, list[int]] = {}
    for a, label in enumerate(labels):
        where.setdefault(label, []).append(a)
    partner = [-1] * len(labels)
    if not touching:
        if any(len(members) != 2 for members in where.values()):
            return None
        for first, second in where.values():
            if not real and flags[first] == flags[second]:
                return None
            partner[first], partner[second] = second, first
        return partner, (None, size)
    bases = {t[0] for t in touching}
    base = bases.pop()
    symmetric = job.properties.symmetric(base)
    if bases or not (symmetric or not real) or base.shape != (size, size):
        return None
    directions: set[bool] = set()
    for _, row, column in touching:
        if row == column and not job.properties.diagonal(base):
            return None
        # a diagonal matrix has its two slots on one label, any other on two
        ends = [where.get(label, []) for label in dict.fromkeys((row, column))]
        if any(len(members) != 2 // len(ends) for members in ends):
            return None
        first, second = (slot for members in ends for slot in members)
        if partner[first] != -1 or partner[second] != -1:
            return None
        if not real and flags[first] == flags[second]:
            return None
        directions.add(flags[first])
        partner[first], partner[second] = second, first
    if -1 in partner or not (symmetric or len(directions) == 1):
        return None
    return partner, (base, size)


def power_sum(job: SlotSum, joint: Joint, mu: tuple[int, ...]) -> tuple[sp.Expr, Monomial]:
    """Return p_μ of the eigenvalues of a joint: traces of powers, or the range to the l(μ)."""
    base, size = joint
    if base is None:
        return size ** len(mu), frozenset()
    tensors: list[Tensor] = []
    sizes: dict[int, sp.Expr] = {}
    for part in mu:
        start = -1 - len(sizes)
        sizes |= {start - k: size for k in range(part)}
        tensors += [(base, start - k, start - (k + 1) % part) for k in range(part)]
    value = canonical_product(tensors, (), sizes, job.properties)
    assert value is not None
    return value
