"""The average of one product of tensors over one Haar matrix.

``E[Π W_{r_a c_a}] = Σ_{p,q} δ_p(r) δ_q(c) Wg(ct(p,q); d)``. The labels that p merges depend on p
alone and those that q merges on q alone, so each side is contracted once per distinct merging and
pairs are only *counted*, by coset type. Where few different labels occur, moments of entries by
coincidence pattern and Möbius inversion replace the pairings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import foresee, tick
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import table_seconds
from weingarten.moments.conjugation import circuit_moment_terms
from weingarten.networks.canonical import canonical_product
from weingarten.networks.exact import exact_sum
from weingarten.networks.methods.pairing_sums import (
    coset_type_codes,
    multiplicities,
    orbits,
    partner_rows,
)
from weingarten.networks.methods.patterns import by_patterns, pattern_seconds
from weingarten.networks.methods.zonal_words import (
    by_zonal_polynomials,
    joints,
    power_sum,
    zonal_seconds,
)
from weingarten.networks.model import Label, Monomial, Tensor, monomial_product
from weingarten.networks.slots import (
    Averaged,
    Counts,
    Integral,
    SlotSum,
    Value,
    compatible,
    count_pairings,
    count_patterns,
    deltas_of,
    dimension_power,
    exact_power,
    put,
    wild_labels,
)
from weingarten.networks.symmetry import slot_symmetries

__all__ = ["integrate"]

#: Which labels a pairing makes equal: blocks of slot numbers, one slot for each label.
Merging = tuple[tuple[int, ...], ...]
Codes = NDArray[np.int64]


def integrate(job: SlotSum) -> Integral:
    """Return the average of one product as a sum of monomials of what is left."""
    if len(job.slots) % 2:
        return Integral({}, "parity")
    size = len(job.slots)
    patterns = prod(
        count_patterns(len(wild_labels(job.labels(side))), job.labels(side)) for side in (0, 1)
    )
    pairs = prod(count_pairings(job.labels(side)) for side in (0, 1))
    few = patterns == 1 or 100 * patterns < pairs
    if size >= 8 and not (few and pattern_seconds(patterns) < zonal_seconds(size // 2)):
        quick = by_zonal_polynomials(job)
        if quick is not None:
            return Integral(quick, "zonal")
        quick = _one_sided(job)
        if quick is not None:
            return Integral(quick, "one-sided")
    if few:
        return Integral(by_patterns(job, patterns), "patterns")
    return _by_pairings(job)


# sums over pairings -----------------------------------------------------------------------


def _by_pairings(job: SlotSum) -> Integral:
    size = len(job.slots)
    sides = [job.labels(side) for side in (0, 1)]
    counts = [count_pairings(labels) for labels in sides]
    request = f"the average over {size} factors of {job.haar.name}"
    foresee(request, 2e-5 * sum(counts), 5e-5 * size * sum(counts))
    rows, columns = (partner_rows(compatible(labels)) for labels in sides)
    if not len(rows) or not len(columns):
        return Integral({}, "pairings")
    representatives, weights = list(range(len(rows))), [1] * len(rows)
    if len(rows) * len(columns) > 2_000:
        generators = slot_symmetries(job.tensors, job.slots, job.sizes, job.properties)
        representatives, weights = orbits(rows, generators)
    foresee(request, 5e-8 * size * len(representatives) * len(columns))
    merged_rows = [_merging(rows[at], sides[0]) for at in representatives]
    column_group, mergings = _grouped(columns, sides[1])
    contraction = _Contraction(job, sides, mergings)
    foresee(request, contraction.seconds(len(set(merged_rows))))
    contraction.contract_columns()
    column_group = contraction.renumber[column_group]
    totals: Counts = defaultdict(Counter)
    for at, weight, merging in zip(representatives, weights, merged_rows, strict=True):
        tick()
        found = multiplicities(coset_type_codes(rows[at], columns), column_group, size // 2)
        for group, types in found.items():
            tick()
            value = contraction.value(merging, group)
            if value is not None:
                _count_types(job, totals, value, types, weight)
    result: Averaged = defaultdict(dict)
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, number) for (power, mu), number in numbers.items() if number)
        coefficient = exact_sum(items, job.at) if items else None
        if coefficient:
            put(result, monomial, factor, coefficient)
    return Integral(dict(result), "pairings", (len(rows), len(columns)), dict(totals))


def _one_sided(job: SlotSum) -> Averaged | None:
    """Return the average if one symmetric matrix joins all slots on one side, else None.

    The sum over the pairings of that side is a function of the coset type of the pairing on the
    other side with the joints (:mod:`weingarten.moments.conjugation`): one side is left to list.
    """
    split = _split_sides(job)
    side = next((side for side in (0, 1) if split and joints(job, side)), None)
    if split is None or side is None:
        return None
    found = joints(job, side)
    assert found is not None
    partner, joint = found
    if len(split[side][0]) != (len(partner) // 2 if joint[0] is not None else 0):
        return None
    labels, half = job.labels(1 - side), len(partner) // 2
    listed = count_pairings(labels)
    request = f"the average over {2 * half} factors of {job.haar.name}"
    foresee(request, 3e-5 * listed + table_seconds(half), 1e-4 * half * listed)
    pairings = partner_rows(compatible(labels))
    groups, mergings = _grouped(pairings, labels)
    codes = coset_type_codes(np.array(partner), pairings)
    totals: dict[Value, Counter[Partition]] = defaultdict(Counter)
    for group, types in multiplicities(codes, groups, half).items():
        value = _side_value(job, split[1 - side], labels, mergings[group])
        if value is not None:
            totals[value].update(types)
    result: Averaged = {}
    for value, types in totals.items():
        assert value is not None
        for shape, coefficient in circuit_moment_terms(types, job.at):
            tick()
            factor, monomial = power_sum(job, joint, shape)
            power, rest, number = dimension_power(value[0] * factor, job.haar.dimension)
            scaled = exact_power(power, job.at) * coefficient * number
            put(result, monomial_product(value[1], monomial), rest, scaled)
    return result


class _Contraction:
    """What is left of the constants for each merging of rows and of columns, computed once.

    Where no constant ties a row to a column, the two sides are contracted separately.
    """

    def __init__(
        self, job: SlotSum, sides: Sequence[Sequence[Label]], mergings: Sequence[Merging]
    ) -> None:
        self.job = job
        self.sides = sides
        self.mergings = mergings
        self.split = _split_sides(job)
        self.renumber = np.arange(len(mergings))
        self.column_values: list[Value] = []
        self.row_values: dict[Merging, Value] = {}
        self.joint: dict[tuple[Merging, int], Value] = {}

    def seconds(self, row_mergings: int) -> float:
        """Predict the time from the contractions to do and the terms that may come out."""
        pairs = row_mergings * len(self.mergings)
        if self.split is None:
            return 2e-4 * pairs
        return 2e-4 * (row_mergings + len(self.mergings)) + self._terms() * pairs

    def _terms(self) -> float:
        """Return the seconds a term costs: few are different where constants repeat."""
        bases = [base for base, _, _ in self.job.constants]
        return 1e-4 if len(set(bases)) == len(bases) else 1e-6

    def contract_columns(self) -> None:
        """Contract the column side, and number its distinct values."""
        if self.split is not None:
            values = [_side_value(self.job, self.split[1], self.sides[1], m) for m in self.mergings]
            names = {value: k for k, value in enumerate(dict.fromkeys(values))}
            self.renumber = np.array([names[value] for value in values])
            self.column_values = list(names)

    def value(self, merging: Merging, group: int) -> tuple[sp.Expr, Monomial, Monomial] | None:
        """Return (label ranges, monomials) for a merging of rows and a group of columns."""
        if self.split is None:
            key = (merging, group)
            if key not in self.joint:
                deltas = deltas_of(self.job, self.sides[0], merging)
                deltas += deltas_of(self.job, self.sides[1], self.mergings[group])
                self.joint[key] = canonical_product(
                    self.job.constants, deltas, self.job.sizes, self.job.properties
                )
            both = self.joint[key]
            return None if both is None else (*both, frozenset())
        if merging not in self.row_values:
            self.row_values[merging] = _side_value(self.job, self.split[0], self.sides[0], merging)
        left, right = self.row_values[merging], self.column_values[group]
        if left is None or right is None:
            return None
        return left[0] * right[0], left[1], right[1]


def _count_types(
    job: SlotSum,
    totals: Counts,
    value: tuple[sp.Expr, Monomial, Monomial],
    types: Mapping[Partition, int],
    weight: int,
) -> None:
    power, factor, number = dimension_power(value[0], job.haar.dimension)
    monomial = monomial_product(value[1], value[2]) if value[2] else value[1]
    counter = totals[factor, monomial]
    for mu, count in types.items():
        counter[power, mu] += weight * count * number


def _merging(partner: Sequence[int], labels: Sequence[Label]) -> Merging:
    """Return the blocks of slot numbers whose labels a pairing makes equal, one slot per label."""
    tick()
    head: dict[Label, int] = {}
    leader = [head.setdefault(label, a) for a, label in enumerate(labels)]
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


def _grouped(pairings: Codes, labels: Sequence[Label]) -> tuple[Codes, list[Merging]]:
    """Give numbers to the distinct mergings of a list of pairings."""
    numbers: dict[Merging, int] = {}
    group = np.array(
        [
            numbers.setdefault(_merging(partner, labels), len(numbers))
            for partner in pairings.tolist()
        ]
    )
    return group, list(numbers)


Side = tuple[list[Tensor], dict[int, sp.Expr]]


def _side_value(job: SlotSum, side: Side, labels: Sequence[Label], merging: Merging) -> Value:
    tick()
    return canonical_product(side[0], deltas_of(job, labels, merging), side[1], job.properties)


def _split_sides(job: SlotSum) -> tuple[Side, Side] | None:
    """Split constants and labels into what hangs on rows and what on columns, if they separate."""
    parent: dict[Label, Label] = {}

    def find(label: Label) -> Label:
        while parent.setdefault(label, label) != label:
            label = parent[label]
        return label

    for _, row, column in job.constants:
        if isinstance(row, int) and isinstance(column, int):
            parent[find(row)] = find(column)
    on_rows = {find(x) for x in job.labels(0) if isinstance(x, int)}
    on_columns = {find(x) for x in job.labels(1) if isinstance(x, int)}
    if on_rows & on_columns:
        return None
    sides: tuple[Side, Side] = ([], {}), ([], {})
    for label, size in job.sizes.items():
        sides[find(label) in on_columns][1][label] = size
    for tensor in job.constants:
        bound = [x for x in tensor[1:] if isinstance(x, int)]
        if not bound:
            # fixed labels are merged with others on either side: only the joint sum renames them
            return None
        sides[find(bound[0]) in on_columns][0].append(tensor)
    return sides
