"""Σ_μ N_μ Wg(μ; d) over the circular orthogonal ensemble.

N_μ is the number of permutations of coset type μ that carry plain to conjugated indices.
"""

from __future__ import annotations

from weingarten.combinatorics.typed_circuits import typed_circuit_counts
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.typed_counting import counting_cost, typed_edges, weighted

__all__ = ["METHOD"]


def _value(job: MomentJob) -> Exact:
    return weighted(typed_circuit_counts(list(typed_edges(job)), sides=False), job)


METHOD = MomentMethod(
    name="counting",
    words="Σ_μ N_μ Wg(μ; d): permutations of indices counted by coset type",
    cost=counting_cost,
    value=_value,
    preference=30,
    groups=frozenset({"COE"}),
)
