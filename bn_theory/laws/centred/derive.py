r"""Mean removal over depth, and ε.

With mean removal a layer sees X (I - 11ᵀ/n) only: n samples in the n - 1 directions orthogonal to
1. Every statement about a batch of n - 1 samples holds in an orthonormal basis of these, at any
depth, as far as the rank allows: n - 1 ≥ d, one sample more than units.

With ε a row is divided by (a_j + ε)^(1/2), and a_j + ε = Σ_i (λ_i + ε) u_i² for u on the sphere:
the means are those of the spectrum λ + ε.
"""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.common.sphere_means import mean_log
from bn_theory.laws.isometric_jacobian.derive import isometric_wide_batch
from bn_theory.laws.layer_gains.derive import mean_reciprocal
from bn_theory.notation import EPSILON, SAMPLES
from weingarten.coerce import refuses_text

__all__ = ["centred_depth", "epsilon_log_scale", "epsilon_reciprocal"]


@refuses_text("d")
def centred_depth(d: int | sp.Expr) -> sp.Expr:
    """Return E‖∂ℓ/∂X_0‖²/‖Γ_L‖² with mean removal, for Γ_L isotropic among matrices with Γ_L 1 = 0.

    Examples
    --------
    >>> d, n, depth = sp.symbols("d n L")
    >>> sp.factor(centred_depth(d).subs({n: d + 1, depth: 1}))
    (d - 1)/d
    """
    return isometric_wide_batch(d).subs(SAMPLES, SAMPLES - 1)


def _shifted(expr: sp.Expr) -> sp.Expr:
    """Return an integral over the spectrum at λ + ε."""
    eigenvalues = expr.atoms(sp.Indexed)
    return expr.xreplace({value: value + EPSILON for value in eigenvalues})


@refuses_text("d")
def epsilon_log_scale(d: int | sp.Expr) -> sp.Expr:
    """Return E log(a_j + ε).

    Examples
    --------
    >>> epsilon_log_scale(sp.Symbol("d")).subs(sp.Symbol("epsilon"), 0) == mean_log(sp.Symbol("d"))
    True
    """
    return _shifted(mean_log(d))


@refuses_text("d")
def epsilon_reciprocal(d: int | sp.Expr) -> sp.Expr:
    """Return E 1/(a_j + ε), for d > 2.

    Examples
    --------
    >>> epsilon_reciprocal(sp.Symbol("d")).free_symbols >= {sp.Symbol("d"), sp.Symbol("epsilon")}
    True
    """
    return _shifted(mean_reciprocal(d))
