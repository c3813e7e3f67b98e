"""The determinant times a product: zero below a degree, else the determinant is written out.

det(W) is no constituent of the k-fold tensor power of the defining representation for k < d, nor
for k - d odd; det(U) U⊗…⊗U has a free phase unless enough conjugates stand by. So for a symbolic d
both average to zero from some d on.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import exp, lgamma

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Method, Offer, choose
from weingarten.networks.lowering.leibniz import leibniz, leibniz_seconds
from weingarten.networks.model import Component, Polynomial, is_conjugate, monomial_product
from weingarten.networks.slots import Averaged, Integral, Job, put

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if not job.determinants:
        return None
    needed, exact = _factors_needed(job)
    size = job.at.integer
    if size is None:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}, needed + 1))
    if needed < size or not exact:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}))
    return Offer(partial(_cost, job, size), partial(_average, job, size))


def _factors_needed(job: Job) -> tuple[int, bool]:
    """Return the largest d at which the average may differ from zero, and whether it may at d."""
    base, power = job.determinants[0]
    size = job.at.integer
    if job.group == "permutation":
        # two places that no factor fixes can be exchanged, which changes the sign
        return job.degree + 1, size is not None
    if job.haar.is_real_matrix:
        return job.degree, size is not None and (job.degree - size) % 2 == 0
    plain, conjugated = job.numbers
    missing = plain - conjugated if is_conjugate(base) else conjugated - plain
    return max(missing, 0) // power, size is not None and missing == power * size


def _cost(job: Job, size: int) -> PredictedCost:
    # an average of a millisecond for each permutation
    power = job.determinants[0][1]
    averages = exp(min(power * lgamma(size + 1), 700.0))
    return PredictedCost(leibniz_seconds(size) ** power + 1e-3 * averages)


def _average(job: Job, size: int) -> Integral:
    (base, power), *others = job.determinants
    request = f"the average of det({job.haar.name}) of size {size}"
    foresee(request, leibniz_seconds(size) ** power)
    entries: list[list[Polynomial]] = [
        [
            {frozenset([(Component(((base, sp.Integer(a), sp.Integer(b)),), ()), 1)]): sp.S.One}
            for b in range(size)
        ]
        for a in range(size)
    ]
    left_over = (*[(base, power - 1)] * (power > 1), *others)
    total: Averaged = {}
    for monomial, weight in leibniz(entries).items():
        tick()
        product = monomial_product(job.components, monomial)
        components = tuple((x, power) for x, power in product if isinstance(x, Component))
        part = replace(job, components=components, determinants=left_over)
        for left, inner in choose(part).offer.run().averaged.items():
            for factor, value in inner.items():
                put(total, left, factor, value * int(weight))
    return Integral(total)


METHOD = Method(
    name="determinant",
    words="the determinant written out in entries, or zero by its sign or phase",
    offer=_offer,
    preference=80,
    groups=frozenset({"O", "U", "permutation"}),
)
