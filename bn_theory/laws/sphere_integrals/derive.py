"""Means of non-polynomial functions of a row norm, as one-dimensional integrals.

With u uniform on the sphere, a = Σ λ_i u_i². The moments of a that the engine gives single out one
function of a whose mean is a product over the spectrum (:func:`sphere_kernel`),

``E (1 + t a)^(-d/2) = Π (1 + λ_i t)^(-1/2)``,   t ≥ 0,

and Mellin transforms in t turn it into every other mean: by Frullani's integral
``log a = ∫ [(1+t)^(-d/2) - (1+ta)^(-d/2)] dt/t``, and with Euler's Beta function
``a^(-q) B(q, d/2-q) = ∫ t^(q-1) (1+ta)^(-d/2) dt``.

The integrals are stated with SymPy, for d of any kind; :mod:`bn_theory.laws.common.quadrature`
computes them, :mod:`bn_theory.laws.sphere_integrals.closed_forms` gives closed forms where there
are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

import sympy as sp

from bn_theory.laws.contraction.derive import monomial
from weingarten.budget import foresee, tick
from weingarten.coerce import refuses_text
from weingarten.costs import number_of_partitions
from weingarten.errors import WeingartenError
from weingarten.exact.dimension import Dimension
from weingarten.exact.rational import linear_combination
from weingarten.moments.conjugation import diagonal_moment, diagonal_moment_terms

__all__ = [
    "chi_square_log",
    "eigenvalue",
    "isometry_gap_step",
    "log_ratio_remainder",
    "log_ratio_series",
    "log_row_norm",
    "mean_log",
    "mean_log_ratio",
    "spectrum_map",
    "sphere_kernel",
]


_CHECKED_MOMENTS = 5
_T = sp.Symbol("t", positive=True)


@refuses_text("index")
def eigenvalue(index: sp.Expr) -> sp.Expr:
    """Return λ_index as SymPy writes it; indices count from 1."""
    return sp.Indexed(sp.IndexedBase("lambda", positive=True), index)


def _index() -> sp.Symbol:
    return sp.Symbol("i", integer=True, positive=True)


def _product(d: int | sp.Expr, scale: sp.Expr) -> sp.Expr:
    """Return Π (1 + λ_i t/scale)^(-1/2)."""
    i = _index()
    return sp.Product((1 + eigenvalue(i) * _T / scale) ** sp.Rational(-1, 2), (i, 1, d))


@lru_cache(maxsize=64)
def sphere_kernel(d: int | sp.Expr) -> sp.Lambda:
    """Return the function f with E f(t a) = Π (1 + λ_i t)^(-1/2) for every spectrum.

    Its Taylor coefficients are those of the product over the moments of a. They do not depend on
    the spectrum, and the ratio of successive ones is (A + B k)/(k + 1): a binomial series.

    Examples
    --------
    >>> x = sp.Symbol("x", positive=True)
    >>> sphere_kernel(sp.Symbol("d"))(x)
    (x + 1)**(-d/2)
    """
    ratios, previous = [], sp.Integer(1)
    for k in range(1, _CHECKED_MOMENTS + 1):
        coefficient = sp.cancel(_product_coefficient(k) / diagonal_moment(k, d))
        ratios.append(sp.cancel(k * coefficient / previous))
        previous = coefficient
    start, slope = ratios[0], sp.cancel(ratios[1] - ratios[0])
    linear = all(sp.cancel(start + k * slope - ratio) == 0 for k, ratio in enumerate(ratios))
    if not linear or any(sp.Symbol("p1") in ratio.free_symbols for ratio in ratios):
        raise WeingartenError("the moments of a row norm do not form a binomial series")
    x = sp.Symbol("x", positive=True)
    return sp.Lambda(x, sp.hyperexpand(sp.hyper((start / slope,), (), -slope * x)))


def _product_coefficient(k: int) -> sp.Expr:
    """Return [t^k] Π (1 - λ_i t)^(-1/2) = [t^k] exp(½ Σ_j p_j t^j / j) in the power sums."""
    coefficients = [sp.Integer(1)]
    for n in range(1, k + 1):
        total = sum(sp.Symbol(f"p{j}") * coefficients[n - j] for j in range(1, n + 1))
        coefficients.append(sp.expand(total / (2 * n)))
    return coefficients[k]


def mean_log(d: int | sp.Expr) -> sp.Integral:
    """Return E log a_j as an integral over the spectrum.

    Examples
    --------
    >>> mean_log(sp.Symbol("d")).limits
    ((t, 0, oo),)
    """
    return _frullani(d, sp.Integer(1))


def mean_log_ratio(d: int | sp.Expr) -> sp.Integral:
    """Return E log(a_j/m), the same integral on the scale of the mean m of the spectrum."""
    return _frullani(d, sp.Symbol("m"))


def _frullani(d: int | sp.Expr, scale: sp.Expr) -> sp.Integral:
    return sp.Integral((sphere_kernel(d)(_T) - _product(d, scale)) / _T, (_T, 0, sp.oo))


def log_row_norm(d: int | sp.Expr) -> sp.Expr:
    """Return E log a_j."""
    return mean_log(d)


@refuses_text("d")
def log_ratio_series(d: int | sp.Expr, order: int) -> sp.Expr:
    """Return E log(a/m) up to degree ``order`` in the deviations of the spectrum from its mean m.

    ``Σ_{k=2}^{order} (-1)^{k+1} E[(a/m - 1)^k]/k``, in t_j = tr (G - m I)^j.

    Examples
    --------
    >>> log_ratio_series(sp.Symbol("d"), 2)
    -t2/(d*m**2*(d + 2))
    """
    m, dimension = sp.Symbol("m"), Dimension.of(d)
    total = sp.Integer(0)
    foresee(f"the series to order {order}", 2.5e-4 * number_of_partitions(int(order)))
    for k in range(2, int(order) + 1):
        tick()
        terms = diagonal_moment_terms(k, dimension, smallest_part=2)
        moment = linear_combination([(c, monomial(nu)) for nu, c in terms], sp.sympify(d))
        total += sp.Rational((-1) ** (k + 1), k) * moment / m**k
    return total


def log_ratio_remainder(deviations: Sequence[float], order: int) -> float:
    """Return a bound on what :func:`log_ratio_series` leaves out.

    With b = a/m - 1 ≥ min δ_i > -1, log(1+b) minus its Taylor polynomial is ∫_0^b (-x)^K/(1+x) dx,
    at most ``|b|^(K+1)/((K+1) (1 + min δ))``; for odd K+1 the mean of ``|b|^(K+1)`` is bounded by
    those of the neighbouring even powers (Cauchy and Schwarz). Infinite for a singular G.

    Parameters
    ----------
    deviations : sequence of float
        δ_i = λ_i/m - 1.
    order : int
        The degree K of the series.

    Examples
    --------
    >>> log_ratio_remainder([0.1, -0.1], 3) < 1.2e-5
    True
    """
    smallest = 1 + min(deviations)
    if smallest <= 0:
        return float("inf")
    even = order + 1 if order % 2 else order
    low, high = (_even_moment(deviations, k) for k in (even, even + (0 if order % 2 else 2)))
    return (low * high) ** 0.5 / ((order + 1) * smallest)


def _even_moment(deviations: Sequence[float], k: int) -> float:
    """Return E (Σ δ_i u_i²)^k for an even k = k!/(d/2)_k · [t^k] Π (1 - δ_i t)^(-1/2)."""
    sums = [0.0, *(sum(delta**j for delta in deviations) for j in range(1, k + 1))]
    coefficients = [1.0]
    for n in range(1, k + 1):
        coefficients.append(sum(sums[j] * coefficients[n - j] for j in range(1, n + 1)) / (2 * n))
    half = len(deviations) / 2
    return coefficients[k] * prod((j + 1) / (half + j) for j in range(k))


def isometry_gap_step(d: int | sp.Expr, order: int | sp.Expr = sp.oo) -> sp.Expr:
    """Return E[φ(X') | X], for n = d, with φ(X) written as the symbol phi.

    det G' = det G / Π a_j and tr G' = d, so φ(X') - φ(X) = (1/d) Σ_j log(a_j/m); the rows are
    exchangeable.

    Parameters
    ----------
    d : int or Expr
    order : int or oo
        ``oo`` for the exact statement, an integral; else the degree to which the drift is expanded.
    """
    exact = order is sp.oo
    drift = mean_log_ratio(d) if exact else log_ratio_series(d, int(order))
    return sp.Symbol("phi") + drift


@refuses_text("d")
def spectrum_map(d: int | sp.Expr) -> sp.Expr:
    """Return E (X'ᵀX')_kk in the eigenbasis of K = XᵀX, k counted from 1.

    X'ᵀX' = Σ_j x'_j x'_jᵀ, and row j contributes λ_k u_k²/a_j = ∂ log a_j/∂ log λ_k for u = row j
    of W; the off-diagonal entries are odd in u_k and vanish.

    Examples
    --------
    >>> spectrum_map(sp.Symbol("d")).has(sp.Integral)
    True
    """
    k = sp.Symbol("k")
    # only the product depends on the spectrum, and only its factor k on λ_k
    x = sp.Symbol("x", positive=True)
    logarithmic = sp.diff(sp.log((1 + x * _T) ** sp.Rational(-1, 2)), x)
    gradient = -sp.simplify(logarithmic).subs(x, eigenvalue(k)) * _product(d, sp.Integer(1)) / _T
    return d * eigenvalue(k) * sp.Integral(gradient, (_T, 0, sp.oo))


@refuses_text("k")
def chi_square_log(k: int | sp.Expr) -> sp.Expr:
    """Return E log χ²_k from E (χ²_k)^s = ∫ x^s density(x) dx.

    Examples
    --------
    >>> chi_square_log(sp.Symbol("k", positive=True))
    polygamma(0, k/2) + log(2)
    """
    x, s = sp.symbols("x s", positive=True)
    half = sp.sympify(k) / 2
    shape = sp.Symbol("h", positive=True)
    weight = sp.integrate(x ** (shape + s - 1) * sp.exp(-x / 2), (x, 0, sp.oo))
    moment = sp.gammasimp(weight / weight.subs(s, 0))
    return sp.simplify(sp.diff(sp.log(moment), s).subs(s, 0)).subs(shape, half)
