"""The circular ensembles by means of U(d): C = U Uᵀ, or C = U J Uᵀ Jᵀ, and det C = det(U)²."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from weingarten.costs import PredictedCost, about_factorial
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer, choose
from weingarten.networks.forms import form_at, with_forms_of
from weingarten.networks.model import (
    Component,
    Monomial,
    Tensor,
    bases_of,
    monomial_product,
)
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put
from weingarten.symbols.unitary import HaarUnitary

__all__ = ["METHOD"]

#: For each pair of bijections, without forms and with them.
_SECONDS_A_PAIR = {"COE": 2e-5, "CSE": 1e-4}


def _offer(job: Job) -> Offer | None:
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    # as many bijections of rows, and of columns, as there are of the factors
    pairs = about_factorial(job.degree) ** 2
    return PredictedCost(1e-3 + _SECONDS_A_PAIR[job.group] * pairs, 1e-4 * pairs)


def _average(job: Job) -> Integral:
    matrix = HaarUnitary(job.haar.name, job.haar.dimension)
    kinds = bases_of(matrix)
    whole, size = job.product, job.dimension
    sizes = dict(whole.sizes)
    tensors: list[Tensor] = with_forms_of(size, job.haar.dimension, whole.constants)
    for at, conjugated in zip(whole.slots, whole.conjugated, strict=True):
        _, row, column = whole.tensors[at]
        base = kinds[conjugated]
        first, second, third = (min(sizes, default=0) - k for k in (1, 2, 3))
        if job.group == "COE":
            sizes[first] = size
            tensors += [(base, row, first), (base, column, first)]
            continue
        sizes |= dict.fromkeys((first, second, third), size)
        tensors += [(base, row, first), form_at(size, first, second), (base, third, second)]
        tensors.append(form_at(size, column, third))
    closed = canonical_product(tensors, (), sizes, job.properties)
    if closed is None:
        return Integral({})
    random = tuple(
        (item, power)
        for item, power in closed[1]
        if isinstance(item, Component) and any(base in kinds for base, _, _ in item.tensors)
    )
    constant: Monomial = closed[1].difference(random)
    names = dict(zip(job.kinds, kinds, strict=True))
    determinants = tuple((names[base], 2 * power) for base, power in job.determinants)
    lowered = replace(job, components=random, haar=matrix, determinants=determinants)
    if not random and not determinants:
        return Integral({constant: {closed[0]: job.at.coefficient(1)}})
    integral = choose(lowered).offer.run()
    power, factor, number = dimension_power(closed[0], job.haar.dimension)
    result: Averaged = {}
    for monomial, inner in integral.averaged.items():
        for extra, value in inner.items():
            scaled = job.at.power(power) * (value * number)
            put(result, monomial_product(monomial, constant), factor * extra, scaled)
    return Integral(result, integral.holds_from)


METHOD = Method(
    name="unitary-factors",
    words="the unitary factors of the matrix: averages over U(d)",
    offer=_offer,
    preference=75,
    groups=frozenset({"COE", "CSE"}),
)
