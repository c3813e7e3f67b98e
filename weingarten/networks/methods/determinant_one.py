"""Determinant 1: averages over SO(d) and SU(d) by means of O(d) and U(d).

Half of O(d) has determinant -1, so ``E_SO f = E_O (1 + det W) f``. U is a phase times a matrix of
SU(d): a product of p factors and q conjugates averages to zero over SU(d) unless p - q = k d, and
then to ``E_U f conj(det U)^k``. From some d on neither differs from the average over O(d) or U(d).
"""

from __future__ import annotations

from weingarten.budget import tick
from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Choice, Method, Offer, choose
from weingarten.networks.model import conjugate_of
from weingarten.networks.replacing import added, job_over
from weingarten.networks.slots import Averaged, Integral, Job
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.unitary import HaarUnitary

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    choices, holds_from = _orthogonal(job) if job.haar.is_real_matrix else _unitary(job)
    return Offer(lambda: _cost(choices), lambda: _sum(choices, holds_from))


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
