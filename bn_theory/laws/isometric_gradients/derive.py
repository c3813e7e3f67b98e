"""Derivations of the backward formulas at isometry (n = d, X Xᵀ = I).

With A = Γ X'ᵀ for the gradient Γ at the output of a layer, ∂ℓ/∂X = Wᵀ offdiag(A) X', so the same
matrix one layer further down is Wᵀ offdiag(A) W. Every average over W that appears is computed by
the engine; nothing here is typed in as a result.
"""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.common.invariants import layer_map
from bn_theory.laws.common.recursions import solve_recursion
from bn_theory.notation import DEPTH, power_sum
from weingarten.coerce import refuses_text
from weingarten.moments import moment
from weingarten.moments.conjugation import conjugation_moment

__all__ = [
    "first_step",
    "isometric_depth",
    "isometric_invariant",
    "isometric_recursion",
    "weight_gradient",
]


def isometric_recursion(d: int | sp.Expr) -> sp.Matrix:
    """Return the matrix that one layer applies to (E tr A Aᵀ, E tr A²), for traceless A.

    Removing the diagonal of W A Wᵀ lowers both traces by D = E Σ_i (W A Wᵀ)_ii², which sees only
    the symmetric part S of A: D = d E[(W S Wᵀ)_11²] with tr S = 0, tr S² = (tr A Aᵀ + tr A²)/2.

    Examples
    --------
    >>> isometric_recursion(sp.Symbol("d"))
    Matrix([
    [(d + 1)/(d + 2),      -1/(d + 2)],
    [     -1/(d + 2), (d + 1)/(d + 2)]])
    """
    p1, p2 = power_sum(1), power_sum(2)
    lost = d * conjugation_moment([(0, 0), (0, 0)], d).subs({p1: 0, p2: sp.Rational(1, 2)})
    return sp.Matrix(2, 2, lambda i, j: sp.factor(sp.Integer(i == j) - lost))


def first_step(d: int | sp.Expr) -> sp.Matrix:
    """Return (E tr A Aᵀ, E tr A²)/‖Γ‖² one layer below a fixed Γ, where X' = O is Haar.

    A = Γ Oᵀ has tr A Aᵀ = ‖Γ‖², E tr A² = Σ Γ_ik Γ_jl E[O_jk O_il] and
    E Σ_i A_ii² = Σ Γ_ik Γ_il E[O_ik O_il]; the averages vanish unless the two entries coincide,
    and then each is ‖Γ‖² E[O_11²].

    Examples
    --------
    >>> first_step(sp.Symbol("d"))
    Matrix([
    [(d - 1)/d],
    [        0]])
    """
    square = moment([[2]], d)
    trace_of_square = square  # the terms i = j, k = l
    diagonal = square  # the terms k = l
    return sp.Matrix([sp.factor(1 - diagonal), sp.factor(trace_of_square - diagonal)])


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
