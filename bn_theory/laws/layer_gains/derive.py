r"""Gains of one layer: any spectrum, small batches, repeated samples, Gaussian weights.

For fixed Γ = ∂ℓ/∂X' and K = XᵀX diagonal with entries λ_s, row j of ∂ℓ/∂X before the rotation is
a_j^{-1/2}(Γ_j - (Γ_j·x'_j) x'_j), so E‖∂ℓ/∂X‖² = Σ_js Γ_js² g_s with
g_s = E[(1 - x'_s²)/a] = E[1/a] + λ_s ∂E[1/a]/∂λ_s; the mixed terms are odd in an entry of W.
"""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.sphere_means import (
    chi_square_log,
    eigenvalue,
    mean_log,
    spectrum_product,
    sphere_kernel,
    statement_reaches,
)
from bn_theory.notation import EIGENVALUE, RANK, SAMPLES, D, T
from weingarten.coerce import refuses_text

__all__ = [
    "batch_gain",
    "batch_gain_crossing",
    "degenerate_gain",
    "gaussian_log_scale",
    "isometric_log_gain",
    "isotropic_gain",
    "layer_gain",
    "mean_reciprocal",
    "projector_reciprocal",
]


def _area(d: int | sp.Expr) -> sp.Expr:
    """Return ∫ f(x) dx from 0 on, for the kernel f of the sphere, d > 2."""
    x, above_two = sp.symbols("x e", positive=True)
    # a power of 1 + x, below -1: its primitive vanishes at infinity
    power = sphere_kernel(D)(x - 1).subs(D, above_two + 2)
    primitive = sp.integrate(power, x)
    return sp.cancel(-primitive.subs(x, 1)).subs(above_two, sp.sympify(d) - 2)


def _reciprocal_constant(d: int | sp.Expr) -> sp.Expr:
    """Return c with a^{-1} = c ∫ f(t a) dt for the kernel f of the sphere: 1/c = ∫ f(x) dx."""
    statement_reaches(d, power=-1)
    return sp.factor(1 / _area(d))


@refuses_text("d")
def mean_reciprocal(d: int | sp.Expr) -> sp.Expr:
    """Return E[1/a] as an integral over the spectrum, for d > 2.

    E (1+ta)^(-d/2) is a product over the spectrum; integrating over t leaves 1/a.

    Raises
    ------
    InvalidInputError
        For an integer d of 1 or 2, where the integral diverges and its factor vanishes.

    Examples
    --------
    >>> mean_reciprocal(sp.Symbol("d")).args[0].args
    (1/2, d - 2)
    """
    return sp.Mul(
        _reciprocal_constant(d), sp.Integral(spectrum_product(d), (T, 0, sp.oo)), evaluate=False
    )


@refuses_text("d")
def layer_gain(d: int | sp.Expr) -> sp.Expr:
    """Return the gain g_s of eigenvector s of K, an integral over the spectrum.

    Examples
    --------
    >>> layer_gain(sp.Symbol("d")).has(sp.Product, sp.Integral)
    True
    """
    s = EIGENVALUE
    x = sp.Symbol("x", positive=True)
    # only factor s of the product depends on λ_s
    logarithmic = x * sp.diff(sp.log((1 + x * T) ** sp.Rational(-1, 2)), x)
    share = sp.factor(sp.simplify(1 + logarithmic)).subs(x, eigenvalue(s))
    return _reciprocal_constant(d) * sp.Integral(share * spectrum_product(d), (T, 0, sp.oo))


@refuses_text("d")
def isotropic_gain(d: int | sp.Expr) -> sp.Expr:
    """Return the mean of the d gains: E[1/a] is homogeneous of degree -1 in the spectrum.

    Hence Σ_k λ_k ∂E[1/a]/∂λ_k = -E[1/a].
    """
    scale = sp.Symbol("s", positive=True)
    euler = sp.diff(scale**-1, scale).subs(scale, 1)  # Σ λ_k ∂_k of a function of degree -1
    return (1 + euler / sp.sympify(d)) * mean_reciprocal(d)


@refuses_text("d", "rank")
def projector_reciprocal(d: int | sp.Expr, rank: int | sp.Expr) -> sp.Expr:
    """Return E[1/a] when G is a projector of this rank > 2.

    Examples
    --------
    >>> projector_reciprocal(*sp.symbols("d r"))
    (d - 2)/(r - 2)
    """
    return sp.factor(_reciprocal_constant(d) * _area(rank))


@refuses_text("d")
def degenerate_gain(d: int | sp.Expr) -> sp.Expr:
    """Return the scale-free gain of an n-sample batch with XXᵀ ∝ a projector of rank r.

    (E‖∂ℓ/∂X‖² ‖X‖²)/(‖Γ‖² ‖X'‖²) for isotropic Γ: the n gains average to (1 - 1/n) E[1/a], and
    ‖X‖² = r, ‖X'‖² = d.

    Examples
    --------
    >>> degenerate_gain(sp.Symbol("d"))
    r*(d - 2)*(n - 1)/(d*n*(r - 2))
    """
    n, r = SAMPLES, RANK
    dimension = sp.sympify(d)
    return sp.factor((1 - 1 / n) * projector_reciprocal(d, r) * r / dimension)


@refuses_text("d")
def batch_gain(d: int | sp.Expr, mean_removal: bool = False) -> sp.Expr:
    """Return the scale-free gain of one layer for n < d orthogonal samples and isotropic Γ.

    With mean removal XᵀX ∝ I - 11ᵀ/n and Γ lives on the centred subspace: n - 1 for n.

    Examples
    --------
    >>> d, n = sp.symbols("d n")
    >>> batch_gain(d), sp.limit(batch_gain(d), d, sp.oo)
    ((d - 2)*(n - 1)/(d*(n - 2)), (n - 1)/(n - 2))
    """
    n, r = SAMPLES, RANK
    effective = n - 1 if mean_removal else n
    same = degenerate_gain(d).subs({r: n}).subs(n, effective)
    return sp.factor(same)


@refuses_text("d")
def batch_gain_crossing(d: int | sp.Expr, mean_removal: bool = False) -> sp.Expr:
    """Return the batch size at which the one-layer gain is 1; smaller batches have a larger gain.

    Examples
    --------
    >>> batch_gain_crossing(sp.Symbol("d"))
    d/2 + 1
    """
    n = SAMPLES
    (crossing,) = sp.solve(sp.numer(sp.together(batch_gain(d, mean_removal) - 1)), n)
    return sp.expand(crossing)


@refuses_text("d")
def gaussian_log_scale(d: int | sp.Expr) -> sp.Expr:
    """Return E log(1/a_j) for Gaussian weights of variance 1/d, any spectrum.

    A Gaussian row is a uniform direction times a norm with d‖w‖² ~ χ²_d, so to the spherical mean
    it adds E log χ²_d - log d.

    Examples
    --------
    >>> gaussian_log_scale(sp.Symbol("d")).has(sp.polygamma)
    True
    """
    dimension = sp.Symbol("d", positive=True)
    norm = chi_square_log(dimension).subs(dimension, d) - sp.log(sp.sympify(d))
    return -norm - mean_log(d)


@refuses_text("d")
def isometric_log_gain(d: int | sp.Expr) -> sp.Expr:
    """Return E log(‖∂ℓ/∂X‖²/‖Γ‖²) at isometry for isotropic Γ, one layer.

    A = ΓX'ᵀ is then an isotropic d×d matrix, of which the layer keeps the d(d-1) entries off the
    diagonal: a ratio of two χ² norms.

    Examples
    --------
    >>> isometric_log_gain(sp.Symbol("d"))
    -polygamma(0, d**2/2) + polygamma(0, d*(d - 1)/2)
    """
    k, dimension = sp.Symbol("k", positive=True), sp.sympify(d)
    law = chi_square_log(k)
    kept, all_entries = sp.factor(dimension**2 - dimension), dimension**2
    return digammas_at(law, {k: kept}) - digammas_at(law, {k: all_entries})
