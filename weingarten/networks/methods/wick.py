r"""Gaussian matrices: integration by parts, E[G_ij f] = Σ E[G_ij G_kl] E[∂f/∂G_kl].

One factor is joined with every other one, which leaves products with two factors less. Products in
canonical form that are equal are averaged once, so that powers of traces take no sum over all
(2n-1)!! pairings: tr(G)^20 is ten steps. The covariances are, with q the conjugate of p,

* real entries: E G_ij G_kl = [i=k][j=l]; complex ones: E G_ij conj(G_kl) = [i=k][j=l];
* GOE: E H_ij H_kl = [i=k][j=l] + [i=l][j=k];
* GUE: E H_ij H_kl = [i=l][j=k].
"""

from __future__ import annotations

from functools import partial

from weingarten.budget import foresee
from weingarten.costs import (
    PredictedCost,
    about_factorial,
    about_pairings,
    number_of_partitions,
)
from weingarten.networks.by_parts import ByParts
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

_SECONDS_A_JOIN = 2e-4
#: A term with one or two constants, and one whose constants are all different.
_SECONDS_A_TERM = 8e-4
_SECONDS_A_DISTINCT_TERM = 2e-3
#: Numbers that are small enough for a prediction.
_FEW = 40


def _offer(job: Job) -> Offer | None:
    numbers = job.numbers
    balanced = job.haar.is_real_matrix or job.haar.is_hermitian_matrix or numbers[0] == numbers[1]
    if job.degree % 2 or not balanced:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    return PredictedCost(2e-4 + _seconds(job))


def _seconds(job: Job) -> float:
    """Predict the time from the products that are met: as many as come out, where constants are.

    Equal components may be exchanged, a trace may be read from each of its factors, and from the
    other end where all of its constants are equal. That is little help where real factors turn
    constants that are not symmetric: what is left after the first joins is different each time.
    """
    half, degree = job.degree // 2, job.degree
    hermitian, real = job.haar.is_hermitian_matrix, job.haar.is_real_matrix
    bases = {base for component, _ in job.components for base, _, _ in component.tensors}
    fixed = bases - set(job.kinds)
    constants = len(fixed)
    turned = real and constants == 2 and not all(job.properties.symmetric(base) for base in fixed)
    if not constants and all(len(component.tensors) == 1 for component, _ in job.components):
        return _SECONDS_A_JOIN * degree  # tr H and tr H leave a constant
    if not constants and all(component.sizes for component, _ in job.components):
        # sets of traces: of all lengths if H and Hᵀ are joined, else of the even ones
        return (
            _SECONDS_A_JOIN * degree * number_of_partitions(degree if hermitian and real else half)
        )
    if job.is_plain:
        return _SECONDS_A_JOIN * degree * len(job.components)
    ways = about_pairings(half) if real or hermitian else about_factorial(half)
    if hermitian and real:
        ways *= 2.0**half
    for component, power in job.components:
        ways /= about_factorial(min(power, _FEW))
        if constants <= 2 and not turned:
            turns = 2.0 * sum(base in job.kinds for base, _, _ in component.tensors)
            ways /= min(turns, _FEW) ** min(power, _FEW)
    each = _SECONDS_A_TERM if constants <= 2 else _SECONDS_A_DISTINCT_TERM
    least = degree * number_of_partitions(degree) if constants <= 2 else number_of_partitions(half)
    return each * max(ways, least)


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
