"""Coset-type counting: the Collins–Śniady sum over pairs of pairings, grouped by coset type.

``E Π O_ij^{M_ij} = Σ_{p,q} Wg(ct(p,q); d) = Σ_μ N_μ Wg(μ; d)``, p over the pairings that pair equal
row indices and q over those that pair equal column indices. N_μ counts the pairs by the circuits
they form in the bipartite multigraph with M_ij edges between row i and column j: a circuit of 2k
edges is a part k (:mod:`weingarten.combinatorics.circuits`).

Reference: B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773.
"""

from __future__ import annotations

from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.partitions import Partition
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["coset_type_counts"]


def coset_type_counts(powers: PowerMatrix) -> dict[Partition, int]:
    """Return how many pairs of compatible pairings have each coset type.

    Examples
    --------
    >>> coset_type_counts(((2,), (2,)))
    {(1, 1): 1, (2,): 2}
    """
    edges = [
        (("row", i), ("column", j))
        for i, row in enumerate(powers)
        for j, power in enumerate(row)
        for _ in range(power)
    ]
    return {
        tuple(length // 2 for length in lengths): ways
        for lengths, ways in circuit_counts(edges).items()
    }
