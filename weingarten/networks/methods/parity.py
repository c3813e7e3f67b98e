"""An odd number of factors: -W is distributed as W, so that the average vanishes."""

from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.slots import Integral, Job

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.degree % 2 == 0 or job.determinant:
        return None
    return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)


METHOD = Method(
    name="parity",
    words="an odd number of factors averages to zero",
    offer=_offer,
    preference=20,
)
