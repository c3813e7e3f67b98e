"""Σ_μ N_μ Wg(μ; d) over the circular symplectic ensemble.

The entries of C = M Jᵀ are, up to their sign, those of the antisymmetric M = U J Uᵀ: C_ij = M_ij'
with j' = j + m, and C_ij = -M_ij' with j' = j - m. N_μ counts the permutations of coset type μ that
carry the indices of plain to those of conjugated entries of M, with their signs.

For an integer d = 2m the indices i and i + m belong together; for a symbolic d every index listed
is one of the first m.
"""

from __future__ import annotations

from collections.abc import Hashable

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

    def index(i: int) -> tuple[int, int]:
        return (i, 0) if i < half else (i - int(half), 1)

    edges: list[TypedEdge] = []
    sign = 1
    for kind, powers in enumerate((job.plain, job.conjugated)):
        for i, row in enumerate(powers):
            for j, power in enumerate(row):
                column, upper = index(j)
                if upper and power % 2:
                    sign = -sign
                ends: tuple[Hashable, Hashable] = index(i), (column, 1 - upper)
                edges += [((ends[0], kind), (ends[1], kind))] * power
    counts = typed_circuit_counts(edges, signs="antisymmetric", sides=False)
    return sign * weighted(counts, job)


METHOD = MomentMethod(
    name="counting",
    words="Σ_μ N_μ Wg(μ; d): permutations of indices with their signs, counted by coset type",
    cost=_cost,
    value=_value,
    preference=30,
    groups=frozenset({"CSE"}),
)
