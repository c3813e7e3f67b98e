"""Determinant 1: averages over SO(d) and SU(d) by means of O(d) and U(d).

Half of O(d) has determinant -1, so ``E_SO f = E_O (1 + det W) f``. U is a phase times a matrix of
SU(d): a product of p factors and q conjugates averages to zero over SU(d) unless p - q = k d, and
then to ``E_U f conj(det U)^k``. From some d on neither differs from the average over O(d) or U(d).

For a power of one trace tr(W A) no determinant is written out. Over U(d) the average is det(A)^k
times a number, as the only polynomial of this degree that is invariant under A → V A V', and A = 1
gives the number. Over O(d) ``E det(W) exp(tr W A)`` is det(A)/d! times the hypergeometric function
0F1(d/2 + 1; AAᵀ/4), where ``E exp(tr W A)`` is 0F1(d/2; AAᵀ/4): the average for d + 2,

``E det(W) tr(W A)^n = C(n, d) det(A) E_{O(d+2)} tr(W A)^{n-d}``,

in the traces of AAᵀ (C. S. Herz, Ann. of Math. 61 (1955) 474; R. J. Muirhead, Aspects of
Multivariate Statistical Theory (1982), section 7.4).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import comb

import sympy as sp

from weingarten.budget import tick
from weingarten.characters.group_class_functions import group_class_average
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Dimension
from weingarten.networks.choosing import Choice, Method, Offer, choose
from weingarten.networks.model import conjugate_of, random_of
from weingarten.networks.render import as_chain, matrix_product
from weingarten.networks.replacing import added, job_over
from weingarten.networks.slots import Averaged, Integral, Job, put
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.unitary import HaarUnitary

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    constant = _constant_of_one_trace(job)
    if constant is not None:
        if job.haar.is_real_matrix:
            return _orthogonal_trace(job, constant)
        if 0 in job.numbers:
            return Offer(lambda: PredictedCost(1e-3), partial(_unitary_trace, job, constant))
    choices, holds_from = _orthogonal(job) if job.haar.is_real_matrix else _unitary(job)
    return Offer(lambda: _cost(choices), lambda: _sum(choices, holds_from))


def _constant_of_one_trace(job: Job) -> sp.MatrixExpr | None:
    """Return A where, at an integer d, the product is a power of one tr(W A), else None.

    In the place of W may stand its transpose or conjugate.
    """
    if job.at.symbolic or len(job.components) != 1 or job.determinants:
        return None
    component = job.components[0][0]
    if sum(random_of(base) is not None for base, _, _ in component.tensors) != 1:
        return None
    chain = as_chain(component, job.properties)
    if chain is None or chain[1] is not None:
        return None
    word = chain[0]
    places = [at for at, matrix in enumerate(word) if _core(matrix) == job.haar]
    if len(places) != 1 or len(word) < 2:
        return None
    (at,) = places
    constant = matrix_product([*word[at + 1 :], *word[:at]])
    return constant if constant.shape == (job.haar.dimension, job.haar.dimension) else None


def _core(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return a matrix without transposition and conjugation."""
    while isinstance(matrix, sp.Transpose | sp.Adjoint):
        matrix = matrix.arg
    return matrix


def _orthogonal_trace(job: Job, constant: sp.MatrixExpr) -> Offer:
    matrix = HaarOrthogonal(job.haar.name, job.haar.dimension)
    plain = choose(job_over(job, matrix))
    component, power = job.components[0]
    size = job.at.integer
    assert size is not None
    if power < size or (power - size) % 2:
        return Offer(plain.offer.cost, lambda: _sum([plain], 1))
    wider = replace(job, components=((component, power - size),), at=Dimension.of(size + 2))
    rest = choose(job_over(wider, matrix)) if power > size else None

    def run() -> Integral:
        total = added({}, plain.offer.run().averaged)
        inner: Averaged = {frozenset(): {sp.S.One: job.at.coefficient(1)}}
        if rest is not None:
            inner = rest.offer.run().averaged
        for monomial, values in inner.items():
            for factor, value in values.items():
                scale = comb(power, size)
                put(total, monomial, factor * _determinant(constant), value * scale)
        return Integral(total)

    return Offer(lambda: _cost([plain] if rest is None else [plain, rest]), run)


def _unitary_trace(job: Job, constant: sp.MatrixExpr) -> Integral:
    plain, conjugated = job.numbers
    degree, size = plain + conjugated, job.at.integer
    assert size is not None
    if degree % size:
        return Integral({})
    number = group_class_average("SU", {1: degree}, {}, job.at)
    factor = _determinant(constant) ** (degree // size)
    return Integral({frozenset(): {factor: job.at.coefficient(number)}})


def _determinant(constant: sp.MatrixExpr) -> sp.Expr:
    if isinstance(constant, sp.MatrixBase):
        return constant.det()
    return sp.Determinant(constant)


def _orthogonal(job: Job) -> tuple[list[Choice], int]:
    matrix = HaarOrthogonal(job.haar.name, job.haar.dimension)
    return [choose(job_over(job, matrix)), choose(job_over(job, matrix, [(matrix, 1)]))], 1


def _unitary(job: Job) -> tuple[list[Choice], int]:
    matrix = HaarUnitary(job.haar.name, job.haar.dimension)
    plain, conjugated = job.numbers
    surplus, size = plain - conjugated, job.at.integer
    if not surplus:
        return [choose(job_over(job, matrix))], 1
    if size is None or surplus % size:
        return [], abs(surplus) + 1
    base = conjugate_of(matrix) if surplus > 0 else matrix
    return [choose(job_over(job, matrix, [(base, abs(surplus) // size)]))], 1


def _cost(choices: list[Choice]) -> PredictedCost:
    costs = [choice.offer.cost() for choice in choices]
    return PredictedCost(
        1e-4 + sum(cost.seconds for cost in costs),
        max((cost.megabytes for cost in costs), default=0.0),
    )


def _sum(choices: list[Choice], holds_from: int) -> Integral:
    total: Averaged = {}
    for choice in choices:
        tick()
        integral = choice.offer.run()
        total = added(total, integral.averaged)
        holds_from = max(holds_from, integral.holds_from)
    return Integral(total, holds_from)


METHOD = Method(
    name="determinant-one",
    words="the average over O(d) or U(d), with the determinants that tell it apart",
    offer=_offer,
    preference=70,
    groups=frozenset({"SO", "SU"}),
)
