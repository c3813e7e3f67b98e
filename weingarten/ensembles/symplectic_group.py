r"""The unitary symplectic group Sp(d), d = 2m: unitary S with S J Sᵀ = J, under the Haar measure.

J = [[0, 1], [-1, 0]] in m×m blocks. Pairings join the slots, with signs,
``E Π_a S_{i_a j_a} = Σ_{p,q} J_p(i) J_q(j) ε(p) ε(q) Wg(ct(p,q); d)``, where J_p(i) is the product
of J_{i_a i_b} over the pairs a < b of p and ε(p) the sign of the permutation that lists them,
(-1) to the number of crossing pairs. In this convention the value of a coset type is

``Wg(μ; d) = (-1)^n Wg^O(μ; -d)``:

the duality of Sp(2m) with O(-2m), by which C_λ(d) = Π (d - 2(j-1) + (i-1)), and λ_1 ≤ m is what
remains at a small m. Read along the transposed shapes this is the Jack family at α = 1/2 with
C_λ = Π (2m - 2i + j + 1) and l(λ) ≤ m (Matsumoto, Random Matrices Theory Appl. 2 (2013) 1350001).
"""

from __future__ import annotations

import sympy as sp

from weingarten.combinatorics.joins import PAIRINGS
from weingarten.ensembles.base import Ensemble, even_dimension

__all__ = ["SYMPLECTIC"]


class _Symplectic(Ensemble):
    group = "Sp"
    place = 3
    title = "symplectic group Sp(d)"
    real = False
    drawn = "signed pairings"
    joins = PAIRINGS
    slope = -1
    determinant = "1"
    minors = True

    def dimension(self, d: object, argument: str = "d") -> int | sp.Expr:
        return even_dimension(super().dimension(d, argument), argument)

    def holds_from(self, n: int, rows: int | None = None) -> int:
        return max(2 * n, 2)

    def minors_end(self, d: sp.Expr) -> sp.Expr:
        # beyond the middle the wedge of the columns has a part in the form
        return d / 2


#: The symplectic group.
SYMPLECTIC: Ensemble = _Symplectic()
