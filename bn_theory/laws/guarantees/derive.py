r"""Bounds that hold at every G: what layers take off the isometry gap at least, at any depth.

Let b = a/m - 1 be the relative deviation of a squared row norm of W X from its mean m = tr G/d:
b > -1, E b = 0, and one layer takes D = -E log(1 + b) off the gap φ. The engine gives every moment
of b, a diagonal entry of W Δ Wᵀ with Δ = G/m - I, in t_k = tr Δ^k.

1. b - log(1 + b) = b² f(b) with f(x) = ∫_0^1 t/(1 + t x) dt. For every t in [0, 1] the even
   derivatives of 1/(1 + t x) in x are positive where x > -1, so Gauss quadrature of n nodes for
   the law b² dP, made of the moments E b², …, E b^(2n+1), lies below its mean:
   D ≥ ∫_0^1 t N(t)/H(t) dt with N and H from the Hankel matrices of these moments.
2. In t as well the even derivatives are positive, so Gauss quadrature with the weight t lies below
   the integral. One node for both gives log(1 + b) ≤ b (6 + b)/(6 + 4 b) for all b > -1, and
   D ≥ E b²/(2 + (4/3) E b³/E b²).
3. x - log(1 + x) ≤ dφ for every eigenvalue x of Δ, so t_3/t_2 ≤ λ_max/m - 1 ≤ min(d - 1, dφ + Q)
   with Q = √(2dφ), and t_2 ≥ Q²/(1 + Q)².

A layer never lets the gap grow (Hadamard's inequality for W G Wᵀ), so the factor of one layer at
φ_0 serves at every layer.

Gradients: the log of the Jacobian's operator norm of layer l is at most -½ log min_j a_j
≤ ½ (dD_l + √(2dD_l)) in every draw, where D_l is what layer l takes off the gap. With
τ_max ≥ φ/E[D_l | φ] at all gaps up to φ_0, and since √D_l ≤ (x √φ + D_l/(x √φ))/2 for every x > 0,
the sums of E √φ_l and of D_l/√φ_{l-1} telescope to at most 2 τ_max √φ_0 and 2 √φ_0, so that
Σ_l E √D_l ≤ 2 √(τ_max φ_0).
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from bn_theory.laws.common.asked import row_norm_power
from bn_theory.notation import CONSTANT, DEPTH, GAP, T, central_power_sum, power_sum
from weingarten.budget import foresee
from weingarten.coerce import refuses_text
from weingarten.costs import number_of_partitions

__all__ = [
    "contraction_constant",
    "deviation_moment",
    "gap_contraction_bound",
    "gap_depth_bound",
    "gap_never_grows",
    "jacobian_bound",
    "published_jacobian_bound",
    "uniform_constant",
]


@refuses_text("d")
def deviation_moment(k: int, d: int | sp.Expr) -> sp.Expr:
    """Return E b^k in the central power sums t_j = tr Δ^j, for b = (W Δ Wᵀ)_11.

    Examples
    --------
    >>> deviation_moment(3, sp.Symbol("d"))
    8*t3/(d*(d + 2)*(d + 4))
    """
    central = {
        power_sum(j): central_power_sum(j) if j > 1 else sp.Integer(0) for j in range(1, k + 1)
    }
    return sp.factor(row_norm_power(k, d).xreplace(central))


# every constant is made of it
@lru_cache(maxsize=1)
def _one_node() -> sp.Expr:
    """Return E b² r(E b³/E b²) in M2 and M3, r the rule of one node for f(x) = ∫ t/(1 + t x) dt."""
    second, third = sp.symbols("M2 M3")
    weight = sp.integrate(T, (T, 0, 1))
    node = sp.integrate(T**2, (T, 0, 1)) / weight
    return sp.cancel(second * weight / (1 + node * third / second))


# it serves all widths
@lru_cache(maxsize=4)
def _resolvent(nodes: int) -> sp.Expr:
    """Return Gauss's value of E b²/(1 + t b) by so many nodes, in t and M2, M3, ….

    With H_ij = E b^(2+i+j) and H'_ij = E b^(3+i+j) it is hᵀ (H + t H')^(-1) h, h the first column
    of H.
    """
    moments = sp.symbols(f"M2:{2 * nodes + 2}")
    pencil = sp.Matrix(nodes, nodes, lambda i, j: moments[i + j] + T * moments[i + j + 1])
    first = sp.Matrix(moments[:nodes])
    domain = sp.ZZ[(T, *moments)]
    adjugate, below = DomainMatrix.from_Matrix(pencil).convert_to(domain).adj_det()
    row = DomainMatrix.from_Matrix(first).convert_to(domain)
    above = (row.transpose() * adjugate * row).to_Matrix()[0]
    return sp.collect(above, T) / sp.collect(domain.to_sympy(below), T)


def _at_moments(expr: sp.Expr, d: int | sp.Expr, count: int) -> sp.Expr:
    return expr.xreplace({sp.Symbol(f"M{k}"): deviation_moment(k, d) for k in range(2, count + 1)})


def _spread(d: int | sp.Expr) -> sp.Expr:
    """Return Q = √(2dφ)."""
    return sp.sqrt(2 * sp.sympify(d) * GAP)


def _constant(d: int | sp.Expr, ratio: sp.Expr) -> sp.Expr:
    """Return τ at the least t_2 that a gap φ leaves, with ``ratio`` for t_3/t_2."""
    share, second = sp.Symbol("ratio"), central_power_sum(2)
    decrease = _at_moments(_one_node(), d, 3).xreplace({central_power_sum(3): share * second})
    # φ over the decrease, linear in the ratio, at t_2 = 2dφ/(1 + Q)²
    unit, slope = sp.Poly(sp.cancel(second / decrease / (2 * d)), share).all_coeffs()[::-1]
    return sp.factor(unit) * (1 + sp.factor(slope / unit) * ratio) * (1 + _spread(d)) ** 2


@refuses_text("d")
def contraction_constant(d: int | sp.Expr) -> sp.Expr:
    """Return τ with E φ(X') ≤ φ (1 - 1/τ): (d + 2)/2 where φ = 0, the exact rate near isometry.

    Examples
    --------
    >>> contraction_constant(6).subs(sp.Symbol("phi"), 0)
    4
    """
    return _constant(d, sp.Min(sp.sympify(d) - 1, d * GAP + _spread(d)))


@refuses_text("d")
def uniform_constant(d: int | sp.Expr) -> sp.Expr:
    """Return τ_max, at least τ at φ and at every smaller gap: t_3/t_2 ≤ d - 1 and its limit in d.

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
    """Return what E φ(X') is at most: φ (1 - 1/τ); for a higher order by 2·order moments of b.

    Examples
    --------
    >>> gap_contraction_bound(2).subs(sp.Symbol("phi"), sp.Rational(1, 100))
    1351/197600
    """
    if order == 1:
        return GAP * (1 - 1 / contraction_constant(d))
    last = 2 * int(order) + 1
    foresee(f"moments of a row norm to order {last}", 0.04 * number_of_partitions(last))
    integrand = T * _at_moments(_resolvent(order), d, last)
    return GAP - sp.Integral(integrand, (T, 0, 1))


@refuses_text("d")
def gap_depth_bound(d: int | sp.Expr) -> sp.Expr:
    """Return what E φ(X_L) is at most: φ (1 - 1/τ)^L with τ at φ = φ(X_0)."""
    return GAP * (1 - 1 / contraction_constant(d)) ** DEPTH


def gap_never_grows(d: int | sp.Expr) -> sp.Expr:
    """Return what φ(X_L) is at most, in every draw: φ(X_0).

    The diagonal of W G Wᵀ has the trace of G, and its product is at least the determinant
    (Hadamard); normalised rows bring the mean eigenvalue to 1, so φ(X') = φ + (1/d) Σ log(a_j/m),
    and the geometric mean of the a_j is at most their mean m.
    """
    del d
    return GAP


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
    # the sum of D_l is at most φ_0, that of √(2dD_l) at most 2 √(2d τ_max φ_0) = 2 Q √τ_max
    return sp.sympify(d) * GAP / 2 + sp.sqrt(unit) * spread * (1 + spread)


@refuses_text("d")
def published_jacobian_bound(d: int | sp.Expr) -> sp.Expr:
    """Return the bound of Meterez et al. on the mean log gradient norm at any depth: C d⁵ (φ³ + 1).

    Examples
    --------
    >>> published_jacobian_bound(2)
    32*C*(phi**3 + 1)
    """
    return CONSTANT * sp.sympify(d) ** 5 * (GAP**3 + 1)
