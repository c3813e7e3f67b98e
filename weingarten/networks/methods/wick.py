r"""Gaussian matrices: integration by parts, E[G_ij f] = Σ E[G_ij G_kl] E[∂f/∂G_kl].

One factor is joined with every other one, which leaves products with two factors less. Products in
canonical form that are equal are averaged once, so that powers of traces take no sum over all
(2n-1)!! pairings: tr(G)^20 is ten steps. The covariances are, with q the conjugate of p,

* real entries: E G_ij G_kl = [i=k][j=l]; complex ones: E G_ij conj(G_kl) = [i=k][j=l];
* GOE: E H_ij H_kl = [i=k][j=l] + [i=l][j=k];
* GUE: E H_ij H_kl = [i=l][j=k].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from math import exp, gcd, inf, lgamma, log

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.networks.by_parts import ByParts
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

_SECONDS_A_JOIN = 2e-4
#: To join two factors among constants, for each factor that is there at first; to write a term.
_SECONDS_A_SLOT = 3.5e-5
_SECONDS_A_TERM = 2e-4
#: Joins that nobody waits for.
_OUT_OF_REACH = 1e12


def _offer(job: Job) -> Offer | None:
    numbers = job.numbers
    balanced = job.haar.is_real_matrix or job.haar.is_hermitian_matrix or numbers[0] == numbers[1]
    if job.degree % 2 or not balanced:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    return PredictedCost(2e-4 + _seconds(job))


def _seconds(job: Job) -> float:
    """Predict the time from the products that are met, and from what comes out."""
    half, degree = job.degree // 2, job.degree
    hermitian, real = job.haar.is_hermitian_matrix, job.haar.is_real_matrix
    bases = {base for component, _ in job.components for base, _, _ in component.tensors}
    constants = len(bases - set(job.kinds))
    if not constants and all(len(component.tensors) == 1 for component, _ in job.components):
        return _SECONDS_A_JOIN * degree  # tr H and tr H leave a constant
    if not constants and all(component.sizes for component, _ in job.components):
        # sets of traces: of all lengths if H and Hᵀ are joined, else of the even ones
        return (
            _SECONDS_A_JOIN * degree * number_of_partitions(degree if hermitian and real else half)
        )
    if job.is_plain:
        return _SECONDS_A_JOIN * degree * len(job.components)
    joins, terms = _joins(job)
    return _SECONDS_A_SLOT * degree * joins + _SECONDS_A_TERM * terms


def _joins(job: Job) -> tuple[float, float]:
    """Predict how often two factors are joined, and how many terms come out.

    Of each number of factors left, as many products are met as there are ways to get there, and no
    more than there are words of the constants between them. Equal components, and the turns of
    each, are told apart less and less the more there are.
    """
    real, hermitian = job.haar.is_real_matrix, job.haar.is_hermitian_matrix
    sides = _letters(job)
    letters, occurrences = sum(map(len, sides)), sum(sum(side.values()) for side in sides)
    alike, turns = 0.0, 1.0
    for component, power in job.components:
        bases = [base for base, _, _ in component.tensors]
        own = float(gcd(*Counter(bases).values()))
        alike += lgamma(power) + (power - 1) * log(max(own, 1.0))
        turns = max(turns, own)
    ways, met, joins = 0.0, 1.0, 0.0
    for left in range(job.degree, 0, -2):
        tick()
        here = (1 + (real and hermitian)) * float(left - 1 if real or hermitian else left // 2)
        joins += met * here
        if joins > _OUT_OF_REACH:
            return inf, inf
        ways += log(here)
        if left == job.degree and letters < occurrences:
            # the two ways round a trace, and more of them where one constant stands everywhere
            ways -= log(max(turns / 2, 2.0)) if letters == 1 else log(2)
        met = exp(min(ways - max(min(alike, 2 * ways / 3), 0.0), log(_OUT_OF_REACH)))
        met = max(min(met, _words(job, sides, left - 2)), 1.0)
    return joins, met / turns if letters < occurrences else met


def _letters(job: Job) -> list[Counter[sp.MatrixExpr]]:
    """Count the constants, those between rows and those between columns apart if they are."""
    counts: tuple[Counter[sp.MatrixExpr], Counter[sp.MatrixExpr]] = Counter(), Counter()
    for component, power in job.components:
        on_rows = {row for base, row, _ in component.tensors if base in job.kinds}
        for base, *ends in component.tensors:
            if base not in job.kinds:
                counts[any(end in on_rows for end in ends)][base] += power
    if job.haar.is_hermitian_matrix or counts[0].keys() & counts[1].keys():
        return [counts[0] + counts[1]]
    return list(counts)


def _words(job: Job, sides: Sequence[Counter[sp.MatrixExpr]], left: int) -> float:
    """Return about how many products of traces there are of some factors and all the constants."""
    links = left if len(sides) == 1 else left // 2
    total = 0.0
    if left and sum(sum(side.values()) for side in sides) >= job.degree:
        # no two factors get beside each other, and few traces come apart
        total -= log(
            left * (1 + job.haar.is_real_matrix) / (1 if job.haar.is_hermitian_matrix else 2)
        )
    for side in sides:
        number = sum(side.values())
        total += lgamma(number + links + 1) - lgamma(links + 1)
        total -= sum(lgamma(power + 1) for power in side.values())
        if job.haar.is_real_matrix:
            turned = (n for base, n in side.items() if not job.properties.symmetric(base))
            total += log(2) * sum(turned)
    return exp(min(total, log(_OUT_OF_REACH)))


def _average(job: Job) -> Integral:
    foresee(f"the average over {job.degree} factors of {job.haar.name}", _seconds(job))
    result: Averaged = {}
    for (monomial, factor), number in ByParts(job).mean(frozenset(job.components)).items():
        power, rest, integer = dimension_power(factor, job.haar.dimension)
        put(result, monomial, rest, job.at.power(power) * (number * integer))
    return Integral(result)


METHOD = Method(
    name="wick",
    words="integration by parts: Wick's theorem, equal products averaged once",
    offer=_offer,
    preference=70,
    groups=frozenset({"Gaussian", "GOE", "GUE"}),
)
