r"""How fast gradients of a shaped network grow: the antisymmetric part, to order α⁴.

Put C = Xᵀ ∂ℓ/∂X, a matrix over pairs of samples. Weights leave C as it is; normalisation takes the
symmetric matrix Σ_j γ_j x_j x_jᵀ from it, γ_j = (X^{-ᵀ} C Xᵀ)_jj. So the antisymmetric part B of C
changes in activations only. There, with Y = X - κ X^{∘3} + …, κ = c3 α² d, and X = O orthogonal,

``C → Xᵀ ((1 - 3κ X^{∘2} + …) ∘ (Y^{-ᵀ} C)) = C + κ L1(C) + κ² L1(Q C) + …``,
``L1(C) = Q C - 3 Oᵀ(O^{∘2} ∘ (O C))``  with  ``Q = (O^{∘3})ᵀ O``.

The mean of L1 on B vanishes over O, and so does that of the c5 terms. The activation also deforms
the Gram matrix, XᵀX = I + E with E = -κ(Q + Qᵀ). The mean effect of E on L1 is zero, but the k-th
normalisation above turns B and what is left of E into a symmetric part of C, -½ Δ[B, E] with Δ the
diagonal part in the frame of that layer, which comes down to the same activation and meets the same
O. With share = 2/(d+2) the mean of Δ, every layer between multiplies by c = (1 - share) - share.
All that is left are averages of traces of words in O and B, which the engine is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp
from sympy import Eq, HadamardProduct, MatrixExpr, MatrixSymbol, Q, Trace
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from bn_theory.laws.common.asked import WIDTH
from weingarten import GaussianMatrix, HaarOrthogonal, expect
from weingarten.budget import foresee
from weingarten.coerce import refuses_text

__all__ = ["drift", "growth_coefficients", "log_growth", "memory"]

#: From this width on the answer for any width holds: the averages have degree 8 in O.
_ANY_WIDTH = 8
#: What an average takes.
_SECONDS = 0.3


def _at(ask: Callable[[sp.Expr], sp.Expr], d: int | sp.Expr) -> sp.Expr:
    """Return what the engine answers at a width, asked anew for small ones only."""
    width = sp.sympify(d)
    if width.is_Integer and width < _ANY_WIDTH:
        return ask(width)
    return sp.factor(ask(WIDTH).xreplace({WIDTH: width}))


class _Activation:
    """One activation at isometry, X = O: Q and L1 as expressions in O, for matrices of one size."""

    def __init__(self, size: sp.Expr) -> None:
        foresee("an average over the activation of one layer", _SECONDS)
        self.haar = HaarOrthogonal("O", size)
        self.overlaps = HadamardProduct(self.haar, self.haar, self.haar).T * self.haar
        self.skew = MatrixSymbol("B", size, size)

    def first_order(self, matrix: MatrixExpr) -> MatrixExpr:
        """Return L1(C) = Q C - 3 Oᵀ(O^{∘2} ∘ (O C))."""
        haar = self.haar
        return self.overlaps * matrix - 3 * haar.T * HadamardProduct(haar, haar, haar * matrix)

    def per_norm(self, trace: sp.Expr) -> sp.Expr:
        """Return the mean over O of an expression of degree 2 in B, over ‖B‖² = -tr B²."""
        average = expect(trace, Eq(self.skew.T, -self.skew))
        return sp.factor(-average / Trace(self.skew**2))


# derived for a symbol, and taken at every width
@lru_cache(maxsize=8)
def _drift(size: sp.Expr) -> sp.Expr:
    step = _Activation(size)
    return step.per_norm(Trace(step.skew.T * step.first_order(step.skew)))


@refuses_text("d")
def drift(d: int | sp.Expr) -> sp.Expr:
    """Return the mean of L1 on antisymmetric matrices, as a multiple of the matrix: 0.

    Examples
    --------
    >>> drift(sp.Symbol("d"))
    0
    """
    return _at(_drift, d)


# derived for a symbol, and taken at every width
@lru_cache(maxsize=8)
def _growth(size: sp.Expr) -> sp.Expr:
    """Return E[2⟨B, L2 B⟩ + ‖Anti L1 B‖²]/‖B‖², the second half (‖L1 B‖² - tr (L1 B)²)/2."""
    step = _Activation(size)
    once = step.first_order(step.skew)
    twice = step.first_order(step.overlaps * step.skew)
    return step.per_norm(
        2 * Trace(step.skew.T * twice) + (Trace(once.T * once) - Trace(once * once)) / 2
    )


# derived for a symbol, and taken at every width
@lru_cache(maxsize=8)
def _spread(size: sp.Expr) -> sp.Expr:
    """Return E⟨B, L1 B⟩² for uniform B of norm 1: of a Gaussian B, over its E‖B‖⁴."""
    step = _Activation(size)
    gaussian = GaussianMatrix("G", size, size)
    skew = gaussian - gaussian.T
    square = expect(Trace(skew.T * step.first_order(skew)) ** 2)
    return sp.factor(square / expect(Trace(skew.T * skew) ** 2))


@refuses_text("d")
def growth_coefficients(d: int | sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return (g, h): E‖B‖² grows by 1 + κ²g, and E⟨B, L1 B⟩² = h, for uniform B of norm 1.

    Examples
    --------
    >>> growth_coefficients(2)
    (1/2, 1/2)
    """
    return _at(_growth, d), _at(_spread, d)


# derived for a symbol, and taken at every width
@lru_cache(maxsize=8)
def _share(size: sp.Expr) -> sp.Expr:
    """Return the share of a traceless symmetric matrix on the diagonal of a random frame."""
    haar, matrix = HaarOrthogonal("O", size), MatrixSymbol("S", size, size)
    found = expect(Trace(DiagonalMatrix(haar * matrix * haar.T) ** 2), Q.symmetric(matrix))
    return found.xreplace({Trace(matrix): sp.Integer(0), Trace(matrix**2): sp.Integer(1)})


# derived for a symbol, and taken at every width
@lru_cache(maxsize=8)
def _answer(size: sp.Expr) -> sp.Expr:
    """Return E⟨B, L1 [B, Q + Qᵀ]⟩/‖B‖², what meets the same O again."""
    step = _Activation(size)
    both = step.overlaps + step.overlaps.T
    bracket = step.skew * both - both * step.skew
    return step.per_norm(Trace(step.skew.T * step.first_order(bracket)))


@refuses_text("d")
def memory(d: int | sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return (r, c): what normalisations above add, E‖B‖² growing by κ² r (1 - c^j) more.

    Examples
    --------
    >>> memory(sp.Symbol("d"))[1]
    (d - 2)/(d + 2)
    """
    # Σ_k c^(k-1) of (share/2) [B, κ (Q + Qᵀ)], c = 1 - 2 share; twice, as ‖B‖² is a square
    return sp.factor(_at(_answer, d) / 2), sp.factor(1 - 2 * _at(_share, d))


@refuses_text("d")
def log_growth(d: int | sp.Expr) -> sp.Expr:
    """Return the mean growth of log‖B‖ per layer over κ²: half of g - 2h."""
    g, h = growth_coefficients(d)
    return sp.factor((g - 2 * h) / 2)
