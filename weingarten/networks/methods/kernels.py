r"""Permutation matrices: sums over pairs of set partitions of the labels of rows and of columns.

``E Π_a P_{i_a j_a} = Σ_{π,σ} δ_π(i) δ_σ(j) Wg(π, σ; d)`` over the set partitions of the factors,
with the Weingarten function of :mod:`weingarten.calculus.set_partition_functions`: by Möbius
inversion it says that rows and columns coincide at the same places, b in number, which
has the weight 1/(d (d-1) ⋯ (d-b+1)).

Factors with one label are in one block anyway, so that labels are partitioned, not factors. What a
partition of one side leaves is contracted once where no constant ties a row to a column; else
one pair of partitions of each orbit of the symmetries of the product is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from math import inf, prod
from typing import NamedTuple, TypeAlias

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import orbits_of
from weingarten.combinatorics.set_partitions import Blocks, refinements, set_partitions
from weingarten.costs import PredictedCost
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Label, Monomial, Tensor, monomial_product
from weingarten.networks.sides import number_of_values, side_value, split_sides
from weingarten.networks.slots import (
    Averaged,
    Integral,
    Job,
    SlotSum,
    compatible,
    count_patterns,
    deltas_of,
    dimension_power,
    put,
    wild_labels,
)
from weingarten.networks.symmetry import slot_symmetries

__all__ = ["METHOD"]

#: Pairs of partitions from which on symmetries are looked for.
_MANY_PAIRS = 200
#: Seconds: to contract a product, to weigh a pair of partitions.
_SECONDS_A_CONTRACTION = 2.5e-4
_SECONDS_A_PAIR = 3e-5
#: To list a finer partition of one of the labels of a side.
_SECONDS_A_REFINEMENT = 2e-5
#: To find, to weigh and to write a term, which has sums over indices.
_SECONDS_A_TERM = 2e-3
#: Factors whose labels are looked at before the cost is known.
_FEW = 24

#: What is left of the constants: a number, a product of label ranges, and traces.
Value: TypeAlias = tuple[Monomial, sp.Expr]
#: Weights of 1/(d)_b by b.
Weights: TypeAlias = Counter[int]


class _Side(NamedTuple):
    """The partitions of the labels of one side.

    Attributes
    ----------
    labels : list
        The label of each factor.
    partitions : list of Blocks
        Blocks of factors, one for each label.
    finer : list of dict
        For each, the partitions of factors that finer ones induce, with Möbius functions.
    """

    labels: list[Label]
    partitions: list[Blocks]
    finer: list[dict[Blocks, int]]


def _offer(job: Job) -> Offer | None:
    if job.determinant:
        return None
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    rows, columns = _numbers_of_partitions(job)
    if _is_long(job):
        return PredictedCost(_SECONDS_A_CONTRACTION * rows * columns, 1e-3 * rows * columns)
    return PredictedCost(2e-4 + _seconds(job, rows, columns))


def _is_long(job: Job) -> bool:
    """Tell whether a product is too long to be written out for a prediction."""
    return job.degree > _FEW and not job.is_plain


def _numbers_of_partitions(job: Job, most: float = inf) -> tuple[float, float]:
    """Return how many partitions of the row labels there are, and of the column labels.

    Those with more than ``most`` blocks are left out.
    """
    if _is_long(job):
        ways = count_patterns(job.degree, [], most)
        return ways, ways
    whole = job.product
    slots = list(dict.fromkeys(whole.tensors[at] for at in whole.slots))
    rows, columns = (
        count_patterns(len(wild_labels(labels)), labels, most)
        for labels in ([slot[side] for slot in slots] for side in (1, 2))
    )
    return rows, columns


def _seconds(job: Job, rows: float, columns: float) -> float:
    """Predict the time: as many different values come out as orbits are contracted."""
    alike, pairs = job.symmetries, rows * columns
    contracted = pairs if pairs < _MANY_PAIRS else max(pairs / alike, rows + columns)
    listed = _seconds_to_list(rows, columns)
    # more different indices than there are never occur
    occurring = _numbers_of_partitions(job, job.at.integer or inf)
    parts = split_sides(job.product)
    if parts is not None:
        left, right = (
            number_of_values(job.product, part, ways)
            for part, ways in zip(parts, occurring, strict=True)
        )
        contracted = rows + columns
        return listed + _SECONDS_A_CONTRACTION * contracted + _SECONDS_A_TERM * left * right
    return (
        listed
        + (_SECONDS_A_CONTRACTION + _SECONDS_A_PAIR) * contracted
        + _SECONDS_A_TERM * prod(occurring) / alike
        + 1e-7 * pairs
    )


def _seconds_to_list(*sides: float) -> float:
    """Predict from the numbers of partitions of n labels: with finer ones, about that^1.45."""
    return _SECONDS_A_REFINEMENT * sum(ways**1.45 for ways in sides)


def _average(job: Job) -> Integral:
    request = f"the average over {job.degree} factors of {job.haar.name}"
    # before anything is listed: there are too many partitions of twenty factors to look at
    foresee(request, _seconds_to_list(*_numbers_of_partitions(job)))
    whole = job.product
    slots = list(dict.fromkeys(whole.tensors[at] for at in whole.slots))  # entries are 0 or 1
    rows, columns = (_side([slot[side] for slot in slots]) for side in (1, 2))
    pairs = len(rows.partitions) * len(columns.partitions)
    foresee(
        request,
        _SECONDS_A_PAIR * (len(rows.partitions) + len(columns.partitions)),
        1e-4 * pairs,
    )
    sizes = len(rows.partitions), len(columns.partitions)
    foresee(request, _seconds(job, *sizes))
    parts = split_sides(whole)
    totals: defaultdict[Value, Weights] = defaultdict(Counter)
    terms = _apart(whole, rows, columns) if parts is not None else _together(
        whole, slots, rows, columns)  # fmt: skip
    for value, weights in terms:
        tick()
        totals[value].update(weights)
    result: Averaged = {}
    for (monomial, factor), numbers in totals.items():
        power, rest, integer = dimension_power(factor, job.haar.dimension)
        admitted = [
            (weight * integer, dict.fromkeys(range(1 - size, 1), 1))
            for size, weight in numbers.items()
            if weight and job.at.admits(size)
        ]
        if admitted:
            put(result, monomial, rest, job.at.power(power) * job.at.sum_of(admitted))
    blocks = min(len(set(side.labels)) for side in (rows, columns))
    return Integral(result, max(blocks, 1))


def _side(labels: list[Label]) -> _Side:
    masks = compatible(labels)
    first = {label: a for a, label in reversed(list(enumerate(labels)))}
    members: defaultdict[int, list[int]] = defaultdict(list)
    for a, label in enumerate(labels):
        members[first[label]].append(a)
    partitions = list(set_partitions(first.values(), lambda a, b: bool(masks[a] >> b & 1)))

    def induced(blocks: Blocks) -> Blocks:
        return tuple(
            sorted(tuple(sorted(x for a in block for x in members[a])) for block in blocks)
        )

    finer: list[dict[Blocks, int]] = []
    for blocks in partitions:
        tick()
        finer.append({induced(tau): weight for tau, weight in refinements(blocks)})
    return _Side(labels, partitions, finer)


def _weights(one: dict[Blocks, int], two: dict[Blocks, int]) -> Weights:
    """Return the weights of 1/(d)_b for each b: products of Möbius functions."""
    weights: Weights = Counter()
    if len(two) < len(one):
        one, two = two, one
    for blocks, weight in one.items():
        if blocks in two:
            weights[len(blocks)] += weight * two[blocks]
    return weights


def _apart(whole: SlotSum, rows: _Side, columns: _Side) -> Iterator[tuple[Value, Weights]]:
    """Yield the products of what is left of the two sides, each contracted by itself."""
    parts = split_sides(whole)
    assert parts is not None
    sides: list[dict[tuple[sp.Expr, Monomial], Counter[Blocks]]] = []
    for side, part in zip((rows, columns), parts, strict=True):
        found: defaultdict[tuple[sp.Expr, Monomial], Counter[Blocks]] = defaultdict(Counter)
        for blocks, finer in zip(side.partitions, side.finer, strict=True):
            value = side_value(whole, part, side.labels, blocks)
            if value is not None:
                found[value].update(finer)
        sides.append(found)
    foresee(
        f"{len(sides[0]) * len(sides[1])} products of sums", 1e-4 * len(sides[0]) * len(sides[1])
    )
    for (left, first), one in sides[0].items():
        for (right, second), two in sides[1].items():
            weights = _weights(one, two)
            if any(weights.values()):
                yield (monomial_product(first, second), left * right), weights


def _together(
    whole: SlotSum, slots: list[Tensor], rows: _Side, columns: _Side
) -> Iterator[tuple[Value, Weights]]:
    """Yield what is left of one pair of partitions of each orbit, with the size of the orbit."""
    for at, other, number in _pairs(whole, slots, rows, columns):
        weights = _weights(rows.finer[at], columns.finer[other])
        if not any(weights.values()):
            continue
        deltas = deltas_of(whole, rows.labels, rows.partitions[at])
        deltas += deltas_of(whole, columns.labels, columns.partitions[other])
        closed = canonical_product(whole.constants, deltas, whole.sizes, whole.properties)
        if closed is not None:
            yield (
                (closed[1], closed[0]),
                Counter({size: number * weight for size, weight in weights.items()}),
            )


def _pairs(
    whole: SlotSum, slots: list[Tensor], rows: _Side, columns: _Side
) -> list[tuple[int, int, int]]:
    """Return one pair of positions of each orbit of the symmetries, with the size of the orbit."""
    sizes = (len(rows.partitions), len(columns.partitions))
    images = []
    if sizes[0] * sizes[1] >= _MANY_PAIRS:
        product = [*slots, *whole.constants]
        for generator in slot_symmetries(product, range(len(slots)), whole.sizes, whole.properties):
            moved = [_moved(side, generator) for side in (rows, columns)]
            if moved[0] is not None and moved[1] is not None:
                images.append((moved[0][:, None] * sizes[1] + moved[1][None, :]).ravel())
    found, numbers = orbits_of(sizes[0] * sizes[1], images)
    foresee(
        f"the average over {len(slots)} factors of {whole.haar.name}",
        (_SECONDS_A_CONTRACTION + _SECONDS_A_PAIR) * len(found),
    )
    return [(*divmod(at, sizes[1]), number) for at, number in zip(found, numbers, strict=True)]


def _moved(side: _Side, generator: Sequence[int]) -> np.ndarray | None:
    """Return where a permutation of the factors takes each partition, None if it keeps them not."""
    first = {label: a for a, label in reversed(list(enumerate(side.labels)))}
    leader = [first[label] for label in side.labels]
    numbers = {blocks: k for k, blocks in enumerate(side.partitions)}
    images = []
    for blocks in side.partitions:
        moved = tuple(
            sorted(tuple(sorted(leader[generator[a]] for a in block)) for block in blocks)
        )
        if moved not in numbers:
            return None
        images.append(numbers[moved])
    return np.array(images, dtype=np.int64)


METHOD = Method(
    name="kernels",
    words="pairs of set partitions: rows and columns coincide at the same places",
    offer=_offer,
    preference=70,
    groups=frozenset({"permutation"}),
)
