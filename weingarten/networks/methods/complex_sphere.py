r"""Polynomials in one row or column of a unitary or symplectic matrix: over the complex sphere.

If the row of every factor, plain or conjugated, has the same fixed index, the average depends on
one vector only, uniform on the complex sphere. A complex Gaussian vector is such a vector times an
independent length, so that of n plain and n conjugated factors one sum over bijections is left,

``E Π_a u_{j_a} conj(u_{l_a}) = Σ_σ δ_σ(j, l) / (d (d+1) ⋯ (d+n-1))``,

for every d ≥ 1, without any Weingarten function. Sp(d) acts transitively on the same sphere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from math import factorial, prod

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import pairings_between
from weingarten.costs import PredictedCost
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.sides import Merging, merging_of
from weingarten.networks.slots import (
    Averaged,
    Integral,
    Job,
    SlotSum,
    deltas_of,
    dimension_power,
    put,
)

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.determinant or not job.degree:
        return None
    for side in (0, 1):
        labels = {
            tensor[1 + side]
            for component, _ in job.components
            for tensor in component.tensors
            if tensor[0] in job.kinds
        }
        if len(labels) == 1 and not any(isinstance(label, int) for label in labels):
            run = partial(_average, job, 1 - side)
            return Offer(partial(_cost, job, 1 - side), run, settles=True)
    return None


def _cost(job: Job, side: int) -> PredictedCost:
    if _all_integers(job.product, side):
        return PredictedCost(1e-4)
    return PredictedCost(2e-4 * job.product.count_joins(side))


def _all_integers(job: SlotSum, side: int) -> bool:
    return all(not isinstance(label, int) and label.is_Integer for label in job.labels(side))


def _average(request: Job, side: int) -> Integral:
    job = request.product
    foresee(
        f"the average over {request.degree} factors of {job.haar.name}", _cost(request, side)[0]
    )
    scale = job.at.quotient(1, range(request.degree // 2))
    result: Averaged = {}
    for merging, ways in _mergings(job, side):
        tick()
        deltas = deltas_of(job, job.labels(side), merging)
        found = canonical_product(job.constants, deltas, job.sizes, job.properties)
        if found is not None:
            power, factor, number = dimension_power(found[0], job.haar.dimension)
            put(result, found[1], factor, job.at.power(power) * scale * (ways * number))
    return Integral(result)


def _mergings(job: SlotSum, side: int) -> Iterator[tuple[Merging, int]]:
    """Yield what bijections make equal on a side, and how many of them do so."""
    labels = job.labels(side)
    if _all_integers(job, side):  # each class of equal indices by itself
        classes: tuple[Counter[object], Counter[object]] = Counter(), Counter()
        for label, flag in zip(labels, job.conjugated, strict=True):
            classes[flag][label] += 1
        if classes[0] == classes[1]:
            yield (), prod(factorial(number) for number in classes[0].values())
        return
    counts = Counter(merging_of(x, labels) for x in pairings_between(job.joinable(side)))
    yield from counts.items()


METHOD = Method(
    name="complex-sphere",
    words="one row or column, uniform on the complex sphere: bijections of the other side",
    offer=_offer,
    preference=30,
    groups=frozenset({"Sp", "U"}),
)
