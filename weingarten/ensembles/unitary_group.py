r"""The unitary group U(d): complex matrices with U U* = 1, under the Haar measure.

Bijections join plain with conjugated slots,
``E Π_a U_{i_a j_a} conj(U_{i'_a j'_a}) = Σ_{σ,τ∈S_n} [i = i'σ] [j = j'τ] Wg(type(σ τ^{-1}); d)``,
with Jack characters at α = 1, which are central characters of S_n: C_λ(d) = Π (d + j - i),
l(λ) ≤ d and ``Wg(μ; d) = (1/n!) Σ_λ f^λ χ^λ(μ) / C_λ(d)`` (Collins, Int. Math. Res. Not. 17 (2003)
953; Collins & Śniady, Comm. Math. Phys. 264 (2006) 773).
"""

from __future__ import annotations

from weingarten.combinatorics.joins import BIJECTIONS
from weingarten.ensembles.base import Ensemble

__all__ = ["UNITARY"]


class _Unitary(Ensemble):
    group = "U"
    place = 2
    title = "unitary group U(d)"
    real = False
    drawn = "factors"
    joins = BIJECTIONS
    determinant = "modulus 1"
    minors = volumes = True


#: The unitary group.
UNITARY: Ensemble = _Unitary()
