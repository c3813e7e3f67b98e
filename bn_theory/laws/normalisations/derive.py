r"""Growth of the gap of the samples' Gram matrix K = XᵀX where samples are normalised.

RMSNorm divides each column of W X by its norm; LayerNorm takes the mean over the d features off
first, a projection C of rank d - 1. With φ_K for the gap of K, n ≤ d,

``φ_K(X') - φ_K(X) = (1/n) Σ_i log(‖C W x_i‖²/‖x_i‖²) - (1/n) log(det XᵀWᵀC W X/det XᵀX)``

once columns are of norm 1. Haar weights: C W x/‖x‖ is a uniform vector projected to d - 1
dimensions, and the determinant loses the squared norm of a uniform vector outside an n-dimensional
space, projected to d - n dimensions. Gaussian weights: C W has independent normal columns in d - 1
dimensions, and Bartlett's decomposition gives the determinant as a product of independent χ².
"""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.beta_laws.derive import rectangular_log
from bn_theory.laws.common.sphere_means import chi_square_log
from bn_theory.notation import RANK, RUNNING, SAMPLES
from weingarten.coerce import refuses_text

__all__ = ["layer_norm_growth", "rms_norm_growth"]


def _projected_log(d: int | sp.Expr, rank: sp.Expr) -> sp.Expr:
    """Return E log of the squared norm of a uniform unit vector's ``rank`` first entries."""
    return rectangular_log(d).subs(RANK, rank)


def _gaussian_growth(dimensions: sp.Expr) -> sp.Expr:
    index = RUNNING
    determinant = sp.Sum(chi_square_log(dimensions - index + 1), (index, 1, SAMPLES))
    return chi_square_log(dimensions) - determinant / SAMPLES


@refuses_text("d")
def rms_norm_growth(d: int | sp.Expr, *, gaussian: bool = True) -> sp.Expr:
    """Return the mean growth of the samples' gap per layer with RMSNorm: 0 for Haar weights.

    Examples
    --------
    >>> growth = rms_norm_growth(10).subs(SAMPLES, 4).doit()
    >>> growth.evalf(4)
    0.1926
    >>> rms_norm_growth(10, gaussian=False)
    0
    """
    dimension = sp.sympify(d)
    if gaussian:
        return _gaussian_growth(dimension)
    # nothing is projected: norms and determinant stay as they are
    kept = _projected_log(d, dimension)
    return kept - kept / SAMPLES


@refuses_text("d")
def layer_norm_growth(d: int | sp.Expr, *, gaussian: bool = False) -> sp.Expr:
    """Return the mean growth of the samples' gap per layer with LayerNorm.

    Examples
    --------
    >>> layer_norm_growth(10).subs(SAMPLES, 4).evalf(4)
    0.02859
    """
    dimension = sp.sympify(d)
    if gaussian:
        return _gaussian_growth(dimension - 1)
    determinant = _projected_log(d, dimension - SAMPLES)
    return _projected_log(d, dimension - 1) - determinant / SAMPLES
