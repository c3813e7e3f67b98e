r"""Bounds that hold at every G: what layers take off the isometry gap at least, at any depth.

Let b = a/m - 1 be the relative deviation of a squared row norm of W X from its mean m = tr G/d:
b > -1, E b = 0, and one layer takes D = -E log(1 + b) off the gap φ. The engine gives every moment
of b, a diagonal entry of W Δ Wᵀ with Δ = G/m - I, in t_k = tr Δ^k.

1. b - log(1 + b) = b² f(b) with f(x) = ∫_0^1 s/(1 + s x) ds. For every s in [0, 1] the even
   derivatives of 1/(1 + s x) in x are positive where x > -1, so Gauss quadrature of n nodes for
   the law b² dP, made of the moments E b², …, E b^(2n+1), lies below its mean:
   D ≥ ∫_0^1 s N(s)/Δ(s) ds with N and Δ from the Hankel matrices of these moments.
2. In s as well the even derivatives are positive, so Gauss quadrature with the weight s lies below
   the integral. One node for both gives log(1 + b) ≤ b (6 + b)/(6 + 4 b) for all b > -1, and
   D ≥ E b²/(2 + (4/3) E b³/E b²).
3. x - log(1 + x) ≤ dφ for every eigenvalue x of Δ, so t_3/t_2 ≤ λ_max/m - 1 ≤ min(d - 1, dφ + Q)
   with Q = √(2dφ), and t_2 ≥ Q²/(1 + Q)².

A layer never lets the gap grow (Hadamard's inequality for W G Wᵀ), so the factor of one layer at
φ_0 serves at every layer.

Gradients: log‖J_l‖_op ≤ -½ log min_j a_j ≤ ½ (dδ_l + √(2dδ_l)) in every draw, where δ_l is what
layer l takes off the gap. With K ≥ φ/E[δ | φ] at all gaps up to φ_0, and since
√δ ≤ (c √φ + δ/(c √φ))/2 for every c > 0, the sums of E √φ_l and of δ_l/√φ_{l-1} telescope to at
most 2K √φ_0 and 2 √φ_0, so that Σ_l E √δ_l ≤ 2 √(K φ_0).
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from weingarten.coerce import refuses_text
from weingarten.moments.conjugation import diagonal_moment

__all__ = [
    "contraction_constant",
    "deviation_moment",
    "gap_contraction_bound",
    "gap_depth_bound",
    "gap_never_grows",
    "jacobian_bound",
    "uniform_constant",
]

_PHI, _LAYERS = sp.Symbol("phi"), sp.Symbol("L")
_S = sp.Symbol("s", positive=True)


@refuses_text("d")
def deviation_moment(k: int, d: int | sp.Expr) -> sp.Expr:
    """Return E b^k in the central power sums t_j = tr Δ^j, for b = (W Δ Wᵀ)_11.

    Examples
    --------
    >>> deviation_moment(3, sp.Symbol("d"))
    8*t3/(d*(d + 2)*(d + 4))
    """
    moment = diagonal_moment(k, d)
    central = {
        sp.Symbol(f"p{j}"): sp.Symbol(f"t{j}") if j > 1 else sp.Integer(0) for j in range(1, k + 1)
    }
    return sp.factor(moment.subs(central))


@lru_cache(maxsize=1)
def _one_node() -> sp.Expr:
    """Return E b² r(E b³/E b²) in M2 and M3, r the rule of one node for f(x) = ∫ s/(1 + s x) ds."""
    second, third = sp.symbols("M2 M3")
    weight = sp.integrate(_S, (_S, 0, 1))
    node = sp.integrate(_S**2, (_S, 0, 1)) / weight
    return sp.cancel(second * weight / (1 + node * third / second))


@lru_cache(maxsize=4)
def _resolvent(nodes: int) -> sp.Expr:
    """Return Gauss's value of E b²/(1 + s b) by so many nodes, in s and M2, M3, ….

    With H_ij = E b^(2+i+j) and H'_ij = E b^(3+i+j) it is hᵀ (H + s H')^(-1) h, h the first column
    of H.
    """
    moments = sp.symbols(f"M2:{2 * nodes + 2}")
    pencil = sp.Matrix(nodes, nodes, lambda i, j: moments[i + j] + _S * moments[i + j + 1])
    first = sp.Matrix(moments[:nodes])
    above = sp.expand((first.T * pencil.adjugate() * first)[0])
    below = sp.expand(pencil.det(method="berkowitz"))
    return sp.collect(above, _S) / sp.collect(below, _S)


def _at_moments(expr: sp.Expr, d: int | sp.Expr, count: int) -> sp.Expr:
    return expr.xreplace({sp.Symbol(f"M{k}"): deviation_moment(k, d) for k in range(2, count + 1)})


def _spread(d: int | sp.Expr) -> sp.Expr:
    """Return Q = √(2dφ)."""
    return sp.sqrt(2 * sp.sympify(d) * _PHI)


def _constant(d: int | sp.Expr, ratio: sp.Expr) -> sp.Expr:
    """Return k at the least t_2 that a gap φ leaves, with ``ratio`` for t_3/t_2."""
    share, second = sp.Symbol("ratio"), sp.Symbol("t2")
    decrease = _at_moments(_one_node(), d, 3).xreplace({sp.Symbol("t3"): share * second})
    # φ over the decrease, linear in the ratio, at t_2 = 2dφ/(1 + Q)²
    unit, slope = sp.Poly(sp.cancel(second / decrease / (2 * d)), share).all_coeffs()[::-1]
    return sp.factor(unit) * (1 + sp.factor(slope / unit) * ratio) * (1 + _spread(d)) ** 2


@refuses_text("d")
def contraction_constant(d: int | sp.Expr) -> sp.Expr:
    """Return k with E φ(X') ≤ φ (1 - 1/k): (d + 2)/2 where φ = 0, the exact rate near isometry.

    Examples
    --------
    >>> contraction_constant(6).subs(sp.Symbol("phi"), 0)
    4
    """
    return _constant(d, sp.Min(sp.sympify(d) - 1, d * _PHI + _spread(d)))


@refuses_text("d")
def uniform_constant(d: int | sp.Expr) -> sp.Expr:
    """Return K, at least k at φ and at every smaller gap: with t_3/t_2 ≤ d - 1 and its limit in d.

    Examples
    --------
    >>> uniform_constant(sp.Symbol("d")).subs(sp.Symbol("phi"), 0)
    11*d/6 + 11/3
    """
    symbol = sp.Symbol("d", positive=True)
    exact = sp.cancel(_constant(symbol, symbol - 1) / (1 + _spread(symbol)) ** 2)
    growing = sp.cancel(exact / (symbol + 2))  # grows with d
    return sp.limit(growing, symbol, sp.oo) * (sp.sympify(d) + 2) * (1 + _spread(d)) ** 2


@refuses_text("d")
def gap_contraction_bound(d: int | sp.Expr, order: int = 1) -> sp.Expr:
    """Return what E φ(X') is at most: φ (1 - 1/k); for a higher order by 2·order moments of b.

    Examples
    --------
    >>> gap_contraction_bound(2).subs(sp.Symbol("phi"), sp.Rational(1, 100))
    1351/197600
    """
    if order == 1:
        return _PHI * (1 - 1 / contraction_constant(d))
    integrand = _S * _at_moments(_resolvent(order), d, 2 * order + 1)
    return _PHI - sp.Integral(integrand, (_S, 0, 1))


@refuses_text("d")
def gap_depth_bound(d: int | sp.Expr) -> sp.Expr:
    """Return what E φ(X_L) is at most: φ (1 - 1/k)^L with k at φ = φ(X_0)."""
    return _PHI * (1 - 1 / contraction_constant(d)) ** _LAYERS


def gap_never_grows(d: int | sp.Expr) -> sp.Expr:
    """Return what φ(X_L) is at most, in every draw: φ(X_0).

    The diagonal of W G Wᵀ has the trace of G, and its product is at least the determinant
    (Hadamard); normalised rows bring the mean eigenvalue to 1, so φ(X') = φ + (1/d) Σ log(a_j/m),
    and the geometric mean of the a_j is at most their mean m.
    """
    del d
    return _PHI


@refuses_text("d")
def jacobian_bound(d: int | sp.Expr) -> sp.Expr:
    """Return what E log‖∂X_L/∂X_0‖_op is at most at any depth, for tr G_0 = d.

    Examples
    --------
    >>> sp.N(jacobian_bound(16).subs(sp.Symbol("phi"), 0.67), 3)
    155.
    """
    spread = _spread(d)
    unit = uniform_constant(d) / (1 + spread) ** 2
    # the sum of δ_l is at most φ_0, that of √(2dδ_l) at most 2 √(2d K φ_0) = 2 Q √K
    return sp.sympify(d) * _PHI / 2 + sp.sqrt(unit) * spread * (1 + spread)
