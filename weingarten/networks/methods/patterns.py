"""Averages by coincidence patterns: moments of entries and Möbius inversion.

Where few different indices occur, the average is a function of which of them are equal. One moment
of entries for each pattern gives it, and Möbius inversion on the lattice of set partitions writes
it in Kronecker deltas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import prod

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.set_partitions import Blocks, refinements, set_partitions
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.moments import moment_cost
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import entry_moment
from weingarten.networks.model import Label
from weingarten.networks.slots import (
    Averaged,
    Integral,
    Job,
    SlotSum,
    count_patterns,
    deltas_of,
    dimension_power,
    put,
    wild_labels,
)

__all__ = ["METHOD"]

#: One moment of entries, and one product of constants.
_SECONDS_A_PATTERN = 1e-3
#: The same for a permutation matrix, whose moments are no more than a number of indices.
_SECONDS_A_COINCIDENCE = 3e-4
_MEGABYTES_A_PATTERN = 2e-3
#: To write a matrix in Kronecker deltas, for each pattern.
_SECONDS_A_MATRIX = 2e-3
#: Up to this degree a product of single entries is nothing but a moment to look up.
_FEW_SLOTS = 24


def _offer(request: Job) -> Offer | None:
    if request.determinant or (request.degree % 2 and request.group != "permutation"):
        return None
    return Offer(
        partial(_cost, request),
        lambda: Integral(_average(request), request.product.holds_from),
        # nothing but a moment to look up, and long polynomials have thousands
        settles=request.group != "U" and request.is_plain and request.degree <= _FEW_SLOTS,
    )


def _number_of_patterns(job: SlotSum) -> float:
    sides = (job.labels(side) for side in (0, 1))
    return prod(count_patterns(len(wild_labels(labels)), labels) for labels in sides)


def _cost(request: Job) -> PredictedCost:
    """Predict one moment of entries, and one product of constants, for each pattern."""
    job = request.product
    patterns = _number_of_patterns(job)
    single = PredictedCost(_SECONDS_A_PATTERN, _MEGABYTES_A_PATTERN)
    if patterns == 1 or request.group != "O":
        single = _moment_cost(job)
    if patterns == 1:
        return single
    seconds = max(_seconds_a_pattern(request), single.seconds)
    return PredictedCost(seconds * patterns, _MEGABYTES_A_PATTERN * patterns)


def _seconds_a_pattern(request: Job) -> float:
    one = _SECONDS_A_COINCIDENCE if request.group == "permutation" else _SECONDS_A_PATTERN
    return one + _SECONDS_A_MATRIX * request.is_matrix


def _moment_cost(job: SlotSum) -> PredictedCost:
    """Predict the moment that is left where no two labels of a side coincide."""
    numbers = [
        {label: k for k, label in enumerate(dict.fromkeys(job.labels(side)))} for side in (0, 1)
    ]
    powers, *others = _powers(job, *numbers)
    group, conjugate = job.haar.ensemble.group, others[0] if others else None
    plan = moment_cost(powers, group=group, conjugate=conjugate)
    return plan.estimates[plan.method]


def _powers(
    job: SlotSum, rows: Mapping[Label, int], columns: Mapping[Label, int]
) -> list[PowerMatrix]:
    """Return the powers of entries at numbered labels, of a complex matrix also of conjugates."""
    height, width = (len(set(numbers.values())) for numbers in (rows, columns))
    tables = [[[0] * width for _ in range(height)] for _ in (0, 1)]
    slots = zip(job.labels(0), job.labels(1), job.conjugated, strict=True)
    for row, column, flag in slots:
        tables[flag][rows[row]][columns[column]] += 1
    kinds = tables[:1] if job.haar.is_real_matrix else tables
    return [tuple(map(tuple, table)) for table in kinds]


def _average(request: Job) -> Averaged:
    """Average by moments of entries: one for each pattern of coincidences among the labels."""
    job = request.product
    patterns = _number_of_patterns(job)
    words = f"{patterns:.6g} coincidence patterns of indices"
    foresee(words, _seconds_a_pattern(request) * patterns)
    sides = [job.labels(side) for side in (0, 1)]
    choices = [list(_coincidences(labels)) for labels in sides]
    moments: dict[tuple[Blocks, Blocks], Exact | None] = {}
    for rows in choices[0]:
        for columns in choices[1]:
            tick()
            moments[rows, columns] = _pattern_moment(job, sides, rows, columns)
    # Möbius inversion on one side after the other
    half: dict[tuple[Blocks, Blocks], Exact] = {}
    for rows in choices[0]:
        finer = list(refinements(rows))
        for columns in choices[1]:
            half[rows, columns] = _inverted(
                [(mu, moments.get((p, columns))) for p, mu in finer], job
            )
    result: Averaged = {}
    for columns in choices[1]:
        finer = list(refinements(columns))
        for rows in choices[0]:
            total = _inverted([(nu, half.get((rows, q))) for q, nu in finer], job)
            if not total:
                continue
            deltas = deltas_of(job, sides[0], rows) + deltas_of(job, sides[1], columns)
            value_here = canonical_product(job.constants, deltas, job.sizes, job.properties)
            if value_here is not None:
                power, factor, number = dimension_power(value_here[0], job.haar.dimension)
                scale = job.at.power(power) * number
                put(result, value_here[1], factor, total * scale)
    return result


def _inverted(terms: Iterable[tuple[int, Exact | None]], job: SlotSum) -> Exact:
    tick()
    return job.at.weighted_sum([(weight, value) for weight, value in terms if value])


def _coincidences(labels: Sequence[Label]) -> Iterable[Blocks]:
    """Yield the ways in which distinct labels can coincide; slots stand for labels."""
    first = {label: a for a, label in reversed(list(enumerate(labels)))}
    return set_partitions(first.values(), lambda a, b: _may_equal(labels[a], labels[b]))


def _may_equal(one: Label, two: Label) -> bool:
    if isinstance(one, int) or isinstance(two, int):
        return True
    return bool(sp.KroneckerDelta(one, two) != 0)


def _pattern_moment(
    job: SlotSum, sides: Sequence[Sequence[Label]], rows: Blocks, columns: Blocks
) -> Exact | None:
    if not (job.at.admits(len(rows)) and job.at.admits(len(columns))):
        return None  # more different indices than there are: this pattern never happens
    numbers = [
        {labels[a]: k for k, block in enumerate(blocks) for a in block}
        for labels, blocks in zip(sides, (rows, columns), strict=True)
    ]
    powers, *conjugated = _powers(job, *numbers)
    return entry_moment(job.haar.ensemble.group, powers, job.at, *conjugated)


METHOD = Method(
    name="patterns",
    words="moments of entries, by which indices coincide",
    offer=_offer,
    preference=30,
    groups=frozenset({"O", "U", "permutation"}),
)
