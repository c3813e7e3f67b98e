"""Sums over pairs of bijections of plain with conjugated factors: the Weingarten formula of U(d).

``E[Π_a U_{i_a j_a} Π_b conj(U_{k_b l_b})] = Σ_{σ,τ} δ_σ(i,k) δ_τ(j,l) Wg(type(σ τ^{-1}); d)`` over
the bijections σ, τ of the plain with the conjugated factors.
"""

from __future__ import annotations

from functools import partial

from weingarten.networks.choosing import Method, Offer
from weingarten.networks.join_sums import over_pairs_of_joins, pairs_of_joins_cost
from weingarten.networks.slots import Job

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.determinant:
        return None
    return Offer(partial(pairs_of_joins_cost, job), lambda: over_pairs_of_joins(job.product))


METHOD = Method(
    name="bijections",
    words="pairs of bijections of plain with conjugated factors, counted by cycle type",
    offer=_offer,
    preference=70,
    groups=frozenset({"U"}),
)
