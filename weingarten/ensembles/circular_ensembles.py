r"""The circular ensembles: the symmetric and the self-dual unitary matrices.

* COE(d) is the law of V = U Uᵀ with U Haar on U(d). A plain factor V_{ij} is joined with conjugated
  ones at both of its indices: ``E Π_a V_{i_{2a-1} i_{2a}} conj(V_{j_{2a-1} j_{2a}}) =
  Σ_{σ∈S_2n} [i = jσ] Wg(ct(σ); d)`` with ``Wg(μ; d) = Wg^O(μ; d+1)``, ct(σ) the coset type of the
  pairings {2a-1, 2a} and their image under σ.
* CSE(d), d = 2m, is the law of V = M Jᵀ, M = U J Uᵀ, with J as in
  :mod:`weingarten.ensembles.symplectic_group`. ``E Π_a M_{i_{2a-1} i_{2a}} conj(M_{j_{2a-1}
  j_{2a}}) = Σ_{σ∈S_2n} sgn(σ) [i = jσ] Wg(ct(σ); d)`` with ``Wg(μ; d) = (-1)^n Wg^O(μ; -(d-1))``,
  the function of Sp at d - 1.

Reference: S. Matsumoto, Random Matrices Theory Appl. 1 (2012) 1250005 and 2 (2013) 1350001.
"""

from __future__ import annotations

import sympy as sp

from weingarten.combinatorics.joins import PAIRINGS
from weingarten.ensembles.base import Ensemble, even_dimension

__all__ = ["CIRCULAR_ORTHOGONAL", "CIRCULAR_SYMPLECTIC"]


class _CircularOrthogonal(Ensemble):
    group = "COE"
    place = 4
    title = "circular orthogonal ensemble COE(d)"
    real = False
    drawn = "ends"
    joins = PAIRINGS
    shift = 1
    determinant = "modulus 1"
    minors = True


class _CircularSymplectic(Ensemble):
    group = "CSE"
    place = 5
    title = "circular symplectic ensemble CSE(d)"
    real = False
    drawn = "ends"
    joins = PAIRINGS
    slope = -1
    shift = -1
    determinant = "modulus 1"

    def dimension(self, d: object, argument: str = "d") -> int | sp.Expr:
        return even_dimension(super().dimension(d, argument), argument)


#: The circular orthogonal ensemble.
CIRCULAR_ORTHOGONAL: Ensemble = _CircularOrthogonal()
#: The circular symplectic ensemble.
CIRCULAR_SYMPLECTIC: Ensemble = _CircularSymplectic()
