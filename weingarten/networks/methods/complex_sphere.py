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

from collections import Counter, defaultdict
from functools import partial
from math import factorial, prod

import sympy as sp

from weingarten.budget import foresee
from weingarten.costs import PredictedCost, about_factorial, number_of_partitions
from weingarten.exact.dimension import Exact
from weingarten.networks.by_parts import ByParts
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Label
from weingarten.networks.replacing import job_over
from weingarten.networks.selections import Leg, leg_of
from weingarten.networks.slots import Averaged, Integral, Job, SlotSum, dimension_power, put
from weingarten.symbols.gaussian import GaussianMatrix

__all__ = ["METHOD"]

#: To read and to write the shortest product; to join two factors, more where indices have legs; to
#: write a term.
_START = 4e-3
_SECONDS_A_JOIN = 2e-4
_SECONDS_A_TERM = 5e-4
#: Numbers that are small enough for a prediction.
_FEW = 40


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
    return PredictedCost(1e-4 if _all_integers(job.product, side) else _seconds(job))


def _seconds(job: Job) -> float:
    """Predict the time from the products that are met.

    Pure states with their legs joined in two ways are told apart by a partition. Otherwise about as
    many products are met as there are bijections, up to an exchange of equal components and, where
    constants repeat, a turn of a trace.
    """
    n = job.degree // 2
    bases = {base for component, _ in job.components for base, _, _ in component.tensors}
    legs = sum(leg_of(base) is not None for base in bases)
    constants = len(bases) - legs - len(bases & set(job.kinds))
    each = _SECONDS_A_JOIN * (1 + n * legs / 2)
    if legs and not constants and _ways_of_legs(job) <= 2:
        return _START + each * n * number_of_partitions(n)
    ways, different = about_factorial(n), 0
    for component, power in job.components:
        ways /= about_factorial(min(power, _FEW))
        plain = sum(base == job.haar for base, _, _ in component.tensors)
        different += plain
        ways /= max(plain / max(constants, 1), 1.0) ** min(power, _FEW)
    met = (3 * n / max(different, 1) - 1) * max(ways, 1.0)
    return _START + each * met + _SECONDS_A_TERM * ways


def _ways_of_legs(job: Job) -> int:
    """Count the different ways in which legs of one number join the factors."""
    ways: defaultdict[Leg, set[tuple[int, tuple[int, ...]]]] = defaultdict(set)
    for number, (component, _) in enumerate(job.components):
        factor_of = {
            label: at
            for at, (base, *ends) in enumerate(component.tensors)
            if base in job.kinds
            for label in ends
        }
        joined: defaultdict[tuple[Leg, Label], list[int]] = defaultdict(list)
        for base, leg_label, index in component.tensors:
            leg = leg_of(base)
            if leg is not None and index in factor_of:
                joined[leg, leg_label].append(factor_of[index])
        for (leg, _), factors in joined.items():
            ways[leg].add((number, tuple(sorted(factors))))
    return len({frozenset(way) for way in ways.values()})


def _all_integers(job: SlotSum, side: int) -> bool:
    return all(not isinstance(label, int) and label.is_Integer for label in job.labels(side))


def _average(request: Job, side: int) -> Integral:
    foresee(
        f"the average over {request.degree} factors of {request.haar.name}", _cost(request, side)[0]
    )
    scale = request.at.quotient(1, range(request.degree // 2))
    if _all_integers(request.product, side):
        return Integral(_of_entries(request.product, side, scale))
    haar = request.haar
    vector = GaussianMatrix(haar.name, *haar.shape, field="complex")
    gaussian = job_over(request, vector)
    result: Averaged = {}
    for (monomial, factor), number in (
        ByParts(gaussian).mean(frozenset(gaussian.components)).items()
    ):
        power, rest, integer = dimension_power(factor, haar.dimension)
        put(result, monomial, rest, request.at.power(power) * scale * (number * integer))
    return Integral(result)


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
