"""Sums over pairs of pairings of the factors: the Weingarten formula for real matrices."""

from __future__ import annotations

from functools import partial

from weingarten.networks.choosing import Method, Offer
from weingarten.networks.join_sums import over_pairs_of_joins, pairs_of_joins_cost
from weingarten.networks.slots import Job

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.degree % 2 or job.determinant:
        return None
    return Offer(partial(pairs_of_joins_cost, job), lambda: over_pairs_of_joins(job.product))


METHOD = Method(
    name="pairings",
    words="pairs of pairings, counted by coset type",
    offer=_offer,
    preference=70,
)
