r"""Permutation matrices: sums over pairs of set partitions of the factors.

``E Π_a P_{i_a j_a} = Σ_{π,σ} δ_π(i) δ_σ(j) Wg(π, σ; d)`` over the set partitions of the factors,
with the Weingarten function of :mod:`weingarten.calculus.set_partition_functions`: by Möbius
inversion it says that rows and columns coincide at the same places, b in number, which
has the weight 1/(d (d-1) ⋯ (d-b+1)).
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.set_partitions import Blocks, refinements, set_partitions
from weingarten.costs import PredictedCost
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Label, Monomial, Tensor
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
)

__all__ = ["METHOD"]

_SECONDS_A_PAIR = 1e-4


def _offer(job: Job) -> Offer | None:
    if job.determinant:
        return None
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    partitions = count_patterns(job.degree, [])
    if job.is_plain:
        partitions = 1.0
    return PredictedCost(2e-4 + _SECONDS_A_PAIR * partitions**2)


def _average(job: Job) -> Integral:
    whole = job.product
    slots = list(dict.fromkeys(whole.tensors[at] for at in whole.slots))  # entries are 0 or 1
    rows = _partitions([row for _, row, _ in slots])
    columns = _partitions([column for _, _, column in slots])
    foresee(
        f"the average over {len(slots)} factors of {job.haar.name}",
        _SECONDS_A_PAIR * len(rows) * len(columns),
    )
    finer = {blocks: dict(refinements(blocks)) for blocks in {*rows, *columns}}
    totals: defaultdict[tuple[Monomial, sp.Expr], defaultdict[int, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for one in rows:
        for two in columns:
            tick()
            weights = _weights(finer[one], finer[two])
            if not weights:
                continue
            closed = _closed(whole, slots, one, two)
            if closed is not None:
                for size, weight in weights.items():
                    totals[closed[1], closed[0]][size] += weight
    result: Averaged = {}
    for (monomial, factor), numbers in totals.items():
        power, rest, integer = dimension_power(factor, job.haar.dimension)
        terms = [
            (weight * integer, dict.fromkeys(range(1 - size, 1), 1))
            for size, weight in numbers.items()
            if weight and job.at.admits(size)
        ]
        if terms:
            put(result, monomial, rest, job.at.power(power) * job.at.sum_of(terms))
    return Integral(result, max(len(slots), 1))


def _partitions(labels: list[Label]) -> list[Blocks]:
    masks = compatible(labels)
    return list(set_partitions(range(len(labels)), lambda a, b: bool(masks[a] >> b & 1)))


def _weights(one: dict[Blocks, int], two: dict[Blocks, int]) -> dict[int, int]:
    """Return the weights of 1/(d)_b for each b: products of Möbius functions."""
    weights: defaultdict[int, int] = defaultdict(int)
    for blocks, weight in one.items():
        if blocks in two:
            weights[len(blocks)] += weight * two[blocks]
    return weights


def _closed(
    job: SlotSum, slots: list[Tensor], one: Blocks, two: Blocks
) -> tuple[sp.Expr, Monomial] | None:
    deltas = deltas_of(job, [row for _, row, _ in slots], one)
    deltas += deltas_of(job, [column for _, _, column in slots], two)
    return canonical_product(job.constants, deltas, job.sizes, job.properties)


METHOD = Method(
    name="kernels",
    words="pairs of set partitions: rows and columns coincide at the same places",
    offer=_offer,
    preference=70,
    groups=frozenset({"permutation"}),
)
