"""Sums over pairs of ways to join the slots: the Weingarten formula for any product.

``E[Π W_{r_a c_a}] = Σ_{p,q} δ_p(r) δ_q(c) Wg(type(p,q); d)`` over the pairings p, q of the slots,
or over the bijections of plain with conjugated slots, which are pairings as well. The labels that
p merges depend on p alone and those that q merges on q alone, so each side is contracted once per
distinct merging and pairs are only *counted*, by type.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import (
    coset_type_codes,
    multiplicities,
    orbits,
    partner_rows,
)
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import PredictedCost, about_factorial, number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.networks.canonical import canonical_product
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.model import Label, Monomial, monomial_product
from weingarten.networks.sides import (
    Merging,
    grouped,
    merging_of,
    number_of_values,
    side_value,
    split_sides,
)
from weingarten.networks.slots import (
    Averaged,
    Counts,
    Integral,
    Job,
    SlotSum,
    Value,
    count_patterns,
    deltas_of,
    dimension_power,
    put,
    wild_labels,
)
from weingarten.networks.symmetry import slot_symmetries

__all__ = ["over_pairs_of_joins", "pairs_of_joins_cost"]


#: Pairs from which on symmetries are looked for.
_MANY_PAIRS = 2_000
#: Seconds: before anything is listed, for one contraction, for one slot of a pair.
_START = 1e-3
_SECONDS_A_CONTRACTION = 3e-4
_SECONDS_A_SLOT = 5e-8
#: To count one way to join rows with a group of columns; to collect and write a term.
_SECONDS_A_GROUP = 1.5e-5
_SECONDS_A_TERM = 1e-4
_MEGABYTES_A_TERM = 3e-3


def pairs_of_joins_cost(request: Job) -> PredictedCost:
    """Predict from the numbers of joins, of ways in which they merge labels, and of terms."""
    job = request.product
    sides = [job.labels(side) for side in (0, 1)]
    rows, columns = (job.count_joins(side) for side in (0, 1))
    if not rows or not columns:
        return PredictedCost(_START)
    merged = [
        min(listed / _alike(job, labels), count_patterns(len(wild_labels(labels)), labels))
        for listed, labels in zip((rows, columns), sides, strict=True)
    ]
    listed = 2e-5 * (rows + columns)
    if rows * columns > _MANY_PAIRS:
        # at least one orbit for each type
        orbits_left = max(rows / request.symmetries, number_of_partitions(request.degree // 2))
        rows, merged[0] = min(rows, orbits_left), min(merged[0], orbits_left)
    parts = split_sides(job)
    terms, groups, contractions = 0.0, merged[1], merged[0] * merged[1]
    # products of several traces and entries are longer to write
    written = sum(power for _, power in request.components)
    if parts is not None:
        contractions = sum(merged)
        groups = number_of_values(job, parts[1], merged[1])
        terms = number_of_values(job, parts[0], merged[0]) * groups
    return PredictedCost(
        _START
        + listed
        + _SECONDS_A_CONTRACTION * contractions
        + _SECONDS_A_SLOT * request.degree * rows * columns
        + _SECONDS_A_GROUP * rows * groups
        + _SECONDS_A_TERM * written * terms,
        5e-5 * request.degree * (rows + columns) + _MEGABYTES_A_TERM * terms,
    )


def _alike(job: SlotSum, labels: Sequence[Label]) -> float:
    """Return how many joins merge labels in one way: those with the same numbers among others."""
    if job.haar.is_real_matrix:
        return 1.0
    counts = Counter(
        (label, flag)
        for label, flag in zip(labels, job.conjugated, strict=True)
        if not isinstance(label, int) and label.is_Integer
    )
    return prod(
        about_factorial(number)
        for (label, flag), number in counts.items()
        if (label, not flag) not in counts
    )


def over_pairs_of_joins(job: SlotSum) -> Integral:
    """Return the average by the Weingarten functions of the ensemble."""
    size = len(job.slots)
    ensemble = job.haar.ensemble
    assert isinstance(ensemble, Ensemble)
    sides = [job.labels(side) for side in (0, 1)]
    counts = [job.count_joins(side) for side in (0, 1)]
    request = f"the average over {size} factors of {job.haar.name}"
    foresee(request, 2e-5 * sum(counts), 5e-5 * size * sum(counts))
    rows, columns = (partner_rows(job.joinable(side)) for side in (0, 1))
    if not len(rows) or not len(columns):
        return Integral({}, job.holds_from)
    representatives, weights = list(range(len(rows))), [1] * len(rows)
    if len(rows) * len(columns) > _MANY_PAIRS:
        generators = slot_symmetries(job.tensors, job.slots, job.sizes, job.properties)
        representatives, weights = orbits(rows, generators)
    foresee(request, _SECONDS_A_SLOT * size * len(representatives) * len(columns))
    merged_rows = [merging_of(rows[at], sides[0]) for at in representatives]
    column_group, mergings = grouped(columns, sides[1])
    contraction = _Contraction(job, sides, mergings)
    foresee(request, contraction.seconds(len(set(merged_rows))))
    contraction.contract(merged_rows)
    foresee(
        request,
        _SECONDS_A_GROUP * len(representatives) * contraction.groups
        + _SECONDS_A_TERM * contraction.terms,
        _MEGABYTES_A_TERM * contraction.terms,
    )
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
        coefficient = exact_sum(items, job.at, ensemble) if items else None
        if coefficient:
            put(result, monomial, factor, coefficient)
    return Integral(dict(result), job.holds_from, (len(rows), len(columns)), dict(totals))


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
        self.split = split_sides(job)
        self.renumber = np.arange(len(mergings))
        self.column_values: list[Value] = []
        self.row_values: dict[Merging, Value] = {}
        self.joint: dict[tuple[Merging, int], Value] = {}

    def seconds(self, row_mergings: int) -> float:
        """Predict the time of the contractions to do."""
        columns = len(self.mergings)
        together = row_mergings * columns if self.split is None else row_mergings + columns
        return _SECONDS_A_CONTRACTION * together

    @property
    def groups(self) -> int:
        """The number of groups of ways to join columns that are told apart."""
        return len(self.mergings if self.split is None else self.column_values)

    @property
    def terms(self) -> int:
        """The number of terms that may come out of sides that were contracted separately."""
        return len(set(self.row_values.values())) * len(self.column_values)

    def contract(self, row_mergings: Iterable[Merging]) -> None:
        """Contract both sides where they separate, and number the distinct values of columns."""
        if self.split is None:
            return
        values = [side_value(self.job, self.split[1], self.sides[1], m) for m in self.mergings]
        names = {value: k for k, value in enumerate(dict.fromkeys(values))}
        self.renumber = np.array([names[value] for value in values])
        self.column_values = list(names)
        self.row_values = {
            merging: side_value(self.job, self.split[0], self.sides[0], merging)
            for merging in dict.fromkeys(row_mergings)
        }

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
