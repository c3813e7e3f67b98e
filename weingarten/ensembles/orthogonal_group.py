r"""The orthogonal group O(d): real matrices with W Wᵀ = 1, under the Haar measure.

Slots are joined by pairings, ``E Π W_{i_a j_a} = Σ_{p,q} δ_p(i) δ_q(j) Wg(ct(p,q); d)``, with Jack
characters at α = 2, ``C_λ(d) = Π (d + 2(j-1) - (i-1))`` and l(λ) ≤ d, which is the pseudo-inverse
of the Gram matrix d^{loops(p,q)} (Collins & Matsumoto, J. Math. Phys. 50 (2009) 113516).
"""

from __future__ import annotations

from weingarten.combinatorics.joins import PAIRINGS
from weingarten.ensembles.base import Ensemble

__all__ = ["ORTHOGONAL"]


class _Orthogonal(Ensemble):
    group = "O"
    place = 1
    title = "orthogonal group O(d)"
    real = True
    drawn = "factors"
    joins = PAIRINGS
    determinant = "±1"
    minors = volumes = True


#: The orthogonal group.
ORTHOGONAL: Ensemble = _Orthogonal()
