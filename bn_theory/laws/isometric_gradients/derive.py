"""Derivations of the backward formulas at isometry (n = d, X Xᵀ = I).

With A = Γ X'ᵀ for the gradient Γ at the output of a layer, ∂ℓ/∂X = Wᵀ offdiag(A) X', so the same
matrix one layer further down is Wᵀ offdiag(A) W. Every average over W that appears is computed by
the engine; nothing here is typed in as a result.
"""

from __future__ import annotations

import sympy as sp
from sympy import MatrixSymbol, Q, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from bn_theory.laws.common.asked import at_width
from bn_theory.laws.common.invariants import layer_map
from bn_theory.laws.common.recursions import solve_recursion
from bn_theory.notation import DEPTH
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text

__all__ = [
    "first_step",
    "isometric_depth",
    "isometric_invariant",
    "isometric_recursion",
    "weight_gradient",
]


def _lost(d: int | sp.Expr) -> sp.Expr:
    """Return E Σ_i H_ii² for H = W S Wᵀ, tr S = 0 and tr S² = 1."""

    def ask(size: sp.Expr) -> sp.Expr:
        haar, matrix = HaarOrthogonal("W", size), MatrixSymbol("S", size, size)
        diagonal = DiagonalMatrix(haar * matrix * haar.T)
        found = expect(Trace(diagonal**2), Q.symmetric(matrix))
        return found.xreplace({Trace(matrix): sp.Integer(0), Trace(matrix**2): sp.Integer(1)})

    return at_width(ask, d)


def isometric_recursion(d: int | sp.Expr) -> sp.Matrix:
    """Return the matrix that one layer applies to (E tr A Aᵀ, E tr A²), for traceless A.

    Removing the diagonal of W A Wᵀ lowers both traces by D = E Σ_i (W A Wᵀ)_ii², which sees only
    the symmetric part S of A, tr S = 0 and tr S² = (tr A Aᵀ + tr A²)/2.

    Examples
    --------
    >>> isometric_recursion(sp.Symbol("d"))
    Matrix([
    [(d + 1)/(d + 2),      -1/(d + 2)],
    [     -1/(d + 2), (d + 1)/(d + 2)]])
    """
    lost = _lost(d) / 2
    return sp.Matrix(2, 2, lambda i, j: sp.factor(sp.Integer(i == j) - lost))


def first_step(d: int | sp.Expr) -> sp.Matrix:
    """Return (E tr A Aᵀ, E tr A²)/‖Γ‖² one layer below a fixed Γ, where X' = O is Haar.

    A = Γ Oᵀ loses its diagonal, and with it E Σ_i A_ii² from both.

    Examples
    --------
    >>> first_step(sp.Symbol("d"))
    Matrix([
    [(d - 1)/d],
    [        0]])
    """

    def ask(size: sp.Expr) -> sp.Matrix:
        haar, gradient = HaarOrthogonal("O", size), MatrixSymbol("Gamma", size, size)
        top = gradient * haar.T
        diagonal = expect(Trace(DiagonalMatrix(top) ** 2))
        both = [expect(Trace(top * top.T)) - diagonal, expect(Trace(top * top)) - diagonal]
        return sp.Matrix([sp.factor(value / Trace(gradient * gradient.T)) for value in both])

    return at_width(ask, d)


def isometric_depth(d: int | sp.Expr) -> sp.Expr:
    """Return E‖∂ℓ/∂X_0‖²/‖Γ_L‖² for a fixed Γ_L, L ≥ 1 layers back.

    Examples
    --------
    >>> isometric_depth(sp.Symbol("d"))
    (d - 1)*((d/(d + 2))**(L - 1) + 1)/(2*d)
    """
    observe = sp.Matrix([[1, 0]])
    return solve_recursion(isometric_recursion(d), first_step(d), observe, DEPTH - 1)


def weight_gradient(d: int | sp.Expr) -> sp.Expr:
    """Return E‖∂ℓ/∂W‖²/‖Γ_L‖² for the weights of the first of L layers.

    ∂ℓ/∂W = Γ̃ Xᵀ and ∂ℓ/∂X = Wᵀ Γ̃: with X and W orthogonal both have the norm of Γ̃.
    """
    return isometric_depth(d)


@refuses_text("d")
def isometric_invariant(d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return how far three statements fail in a draw: 0, 0, 0.

    The recursion on tr B², B the antisymmetric part of A, is the identity, W only rotates B; the
    other two are ‖∇‖² - ‖Anti‖² = tr S² ≥ 0, and that removing a diagonal never adds to tr S².

    Examples
    --------
    >>> list(isometric_invariant(sp.Symbol("d")))
    [0, 0, 0]
    """
    _, matrix = layer_map(0, 2, d)
    drift = sp.factor(matrix[0, 0] - 1)
    return sp.ImmutableDenseMatrix([drift, 0, 0])
