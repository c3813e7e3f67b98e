"""Means of the logarithm of a row norm, and what follows from them.

Every mean is an integral over the spectrum (:mod:`bn_theory.laws.common.sphere_means`), or a
series in the deviations of the spectrum from its mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import sympy as sp

from bn_theory.laws.common.power_sums import monomial
from bn_theory.laws.common.sphere_means import (
    eigenvalue,
    mean_log,
    mean_log_ratio,
    spectrum_product,
)
from bn_theory.notation import EIGENVALUE, GAP, MEAN, T
from weingarten.budget import foresee, tick
from weingarten.coerce import refuses_text
from weingarten.costs import number_of_partitions
from weingarten.exact.dimension import Dimension
from weingarten.exact.rational import linear_combination
from weingarten.moments.conjugation import diagonal_moment_terms

__all__ = [
    "isometry_gap_step",
    "log_ratio_remainder",
    "log_ratio_series",
    "log_row_norm",
    "spectrum_map",
]


def log_row_norm(d: int | sp.Expr) -> sp.Expr:
    """Return E log a_j."""
    return mean_log(d)


@refuses_text("d")
def log_ratio_series(d: int | sp.Expr, order: int) -> sp.Expr:
    """Return E log(a/m) up to degree ``order`` in the deviations of the spectrum from its mean m.

    ``Σ_{k=2}^{order} (-1)^{k+1} E[(a/m - 1)^k]/k``, in t_k = tr (G - m I)^k.

    Examples
    --------
    >>> log_ratio_series(sp.Symbol("d"), 2)
    -t2/(d*m**2*(d + 2))
    """
    m, dimension = MEAN, Dimension.of(d)
    total = sp.Integer(0)
    foresee(f"the series to order {order}", 2.5e-4 * number_of_partitions(int(order)))
    for k in range(2, int(order) + 1):
        tick()
        # all coefficients of E Ĝ_jj^k at once: some 200 times as fast as `expect` at k = 8
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
    powers = np.asarray(deviations, dtype=float) ** np.arange(1, k + 1)[:, None]
    sums, coefficients = powers.sum(axis=1), np.ones(k + 1)
    for n in range(1, k + 1):
        coefficients[n] = sums[:n] @ coefficients[n - 1 :: -1] / (2 * n)
    half = len(deviations) / 2
    return float(coefficients[k]) * prod((j + 1) / (half + j) for j in range(k))


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
    return GAP + drift


@refuses_text("d")
def spectrum_map(d: int | sp.Expr) -> sp.Expr:
    """Return E (X'ᵀX')_ss in the eigenbasis of K = XᵀX, s counted from 1.

    X'ᵀX' = Σ_j x'_j x'_jᵀ, and row j contributes λ_s u_s²/a_j = ∂ log a_j/∂ log λ_s for u = row j
    of W; the off-diagonal entries are odd in u_s and vanish.

    Examples
    --------
    >>> spectrum_map(sp.Symbol("d")).has(sp.Integral)
    True
    """
    s = EIGENVALUE
    # only the product depends on the spectrum, and only its factor s on λ_s
    x = sp.Symbol("x", positive=True)
    logarithmic = sp.diff(sp.log((1 + x * T) ** sp.Rational(-1, 2)), x)
    gradient = -sp.simplify(logarithmic).subs(x, eigenvalue(s)) * spectrum_product(d) / T
    return d * eigenvalue(s) * sp.Integral(gradient, (T, 0, sp.oo))
