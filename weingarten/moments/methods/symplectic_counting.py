"""Σ_μ N_μ Wg(μ; d) over Sp(d), with the signs of J: conj(S) = Jᵀ S J leaves an average of S alone.

For an integer d = 2m the indices i and i + m belong together; for a symbolic d every index listed
is one of the first m.
"""

from __future__ import annotations

from weingarten.combinatorics.typed_circuits import TypedEdge, typed_circuit_counts
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.typed_counting import counting_cost, half_of, weighted

__all__ = ["METHOD"]


def _cost(job: MomentJob) -> PredictedCost:
    return counting_cost(job, half_of(job))


def _value(job: MomentJob) -> Exact:
    half = half_of(job)
    edges: list[TypedEdge] = []
    sign = 1
    for powers, flip in ((job.plain, 0), (job.conjugated, 1)):
        for i, row in enumerate(powers):
            for j, power in enumerate(row):
                kinds = int(i >= half), int(j >= half)
                if flip and kinds[0] != kinds[1] and power % 2:
                    sign = -sign
                ends = [
                    (k if k < half else k - int(half), kind ^ flip)
                    for k, kind in zip((i, j), kinds, strict=True)
                ]
                edges += [(ends[0], ends[1])] * power
    return sign * weighted(typed_circuit_counts(edges, signs="symplectic"), job)


METHOD = MomentMethod(
    name="counting",
    words="Σ_μ N_μ Wg(μ; d): pairs of pairings counted by coset type, with the signs of J",
    cost=_cost,
    value=_value,
    preference=30,
    groups=frozenset({"Sp"}),
)
