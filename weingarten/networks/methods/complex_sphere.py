r"""Polynomials in one row or column of a unitary or symplectic matrix: over the complex sphere.

If the row of every factor, plain or conjugated, has the same fixed index, the average depends on
one vector only, uniform on the complex sphere. A complex Gaussian vector is such a vector times an
independent length, so that of n plain and n conjugated factors a Gaussian average is left,

``E Π_a u_{j_a} conj(u_{l_a}) = Σ_σ δ_σ(j, l) / (d (d+1) ⋯ (d+n-1))``,

for every d ≥ 1, without any Weingarten function. The sum over the n! bijections σ is done by parts
(:mod:`weingarten.networks.by_parts`): of the purity of a part of a pure state, and of the traces of
higher powers, one product is left for each partition. Sp(d) acts transitively on the same sphere.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from math import factorial, prod

import sympy as sp

from weingarten.budget import foresee
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.one_vector import side_of_vector, vector_average, vector_seconds
from weingarten.networks.slots import Averaged, Integral, Job, SlotSum

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.determinant or not job.degree:
        return None
    side = side_of_vector(job)
    if side is None:
        return None
    return Offer(partial(_cost, job, side), partial(_average, job, side), settles=True)


def _cost(job: Job, side: int) -> PredictedCost:
    return PredictedCost(1e-4 if _all_integers(job.product, side) else vector_seconds(job))


def _all_integers(job: SlotSum, side: int) -> bool:
    return all(not isinstance(label, int) and label.is_Integer for label in job.labels(side))


def _average(request: Job, side: int) -> Integral:
    foresee(
        f"the average over {request.degree} factors of {request.haar.name}", _cost(request, side)[0]
    )
    scale = request.at.quotient(1, range(request.degree // 2))
    if _all_integers(request.product, side):
        return Integral(_of_entries(request.product, side, scale))
    return Integral(vector_average(request, scale))


def _of_entries(job: SlotSum, side: int, scale: Exact) -> Averaged:
    """Return the average of entries with integer indices: each class of equal ones by itself."""
    classes: tuple[Counter[object], Counter[object]] = Counter(), Counter()
    for label, flag in zip(job.labels(side), job.conjugated, strict=True):
        classes[flag][label] += 1
    if classes[0] != classes[1]:
        return {}
    return {frozenset(): {sp.S.One: scale * prod(map(factorial, classes[0].values()))}}


METHOD = Method(
    name="complex-sphere",
    words="one row or column, uniform on the complex sphere: bijections of the other side",
    offer=_offer,
    preference=30,
    groups=frozenset({"Sp", "U"}),
)
