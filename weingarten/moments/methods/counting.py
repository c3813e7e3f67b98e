"""Coset-type counting: the Collins–Śniady sum over pairs of pairings, grouped by coset type.

``E Π O_ij^{M_ij} = Σ_{p,q} Wg(ct(p,q); d) = Σ_μ N_μ Wg(μ; d)``, p over the pairings that pair equal
row indices and q over those that pair equal column indices. N_μ counts the pairs by the circuits
they form in the bipartite multigraph with M_ij edges between row i and column j: a circuit of 2k
edges is a part k (:mod:`weingarten.combinatorics.circuits`).

Reference: B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import sqrt
from types import MappingProxyType

from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import PredictedCost, value_seconds
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.moments.work_sizes import exp_of, log_pairings

__all__ = ["METHOD"]


# the counts are the same for every d
@lru_cache(maxsize=256)
def coset_type_counts(powers: PowerMatrix) -> Mapping[Partition, int]:
    """Return how many pairs of compatible pairings have each coset type.

    Examples
    --------
    >>> dict(coset_type_counts(((2,), (2,))))
    {(1, 1): 1, (2,): 2}
    """
    edges = [
        (("row", i), ("column", j))
        for i, row in enumerate(powers)
        for j, power in enumerate(row)
        for _ in range(power)
    ]
    return MappingProxyType(
        {
            tuple(length // 2 for length in lengths): ways
            for lengths, ways in circuit_counts(edges).items()
        }
    )


def _cost(job: MomentJob) -> PredictedCost:
    powers = job.plain
    half = sum(map(sum, powers)) // 2
    lines = [*powers, *zip(*powers, strict=True)]
    choices = sum(log_pairings(sum(line) // 2) for line in lines)
    width = sum(sum(map(bool, line)) for line in lines) / len(lines)
    steps = exp_of(-0.74 + 0.41 * half + 0.58 * width + 0.66 * sqrt(choices))
    return PredictedCost(8e-6 * steps + value_seconds(half), 1e-3 * steps)


def _value(job: MomentJob) -> Exact:
    weights = spherical_weights(coset_type_counts(job.plain), ORTHOGONAL)
    return spherical_sum(job.degree // 2, weights, job.d, ORTHOGONAL)


METHOD = MomentMethod(
    name="counting",
    words="Σ_μ N_μ Wg(μ; d): pairs of pairings counted by coset type",
    cost=_cost,
    value=_value,
    preference=30,
)
