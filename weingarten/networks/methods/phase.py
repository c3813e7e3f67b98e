"""Factors and conjugated factors in unequal numbers: a free phase makes the average vanish."""

from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.slots import Integral, Job

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    plain, conjugated = job.numbers
    if plain == conjugated or job.determinant:
        return None
    return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)


METHOD = Method(
    name="phase",
    words="unequal numbers of plain and conjugated factors average to zero",
    offer=_offer,
    preference=5,
    groups=frozenset({"U"}),
)
