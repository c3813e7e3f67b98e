r"""The Jacobian ∂X_L/∂X_0 at isometry, what infinite depth leaves of a gradient, and wide batches.

One layer maps A = Γ X'ᵀ to Wᵀ offdiag(A) W: the antisymmetric part is rotated, the diagonal is
lost, and what a symmetric A without diagonal keeps is decided by the next layer alone. In the
space of symmetric matrices A → Wᵀ A W is orthogonal; between the diagonal matrices it acts as
W∘W. By Jacobi's identity for complementary minors of an orthogonal matrix, its determinant between
the matrices without diagonal is det(W∘W) as well, up to sign.
"""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.invariants import layer_map
from bn_theory.laws.common.sphere_means import chi_square_log
from bn_theory.laws.isometric_gradients.derive import isometric_depth
from bn_theory.laws.isometric_moments.derive import isometric_moment_limit
from bn_theory.notation import SAMPLES
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text
from weingarten.errors import WeingartenError

__all__ = [
    "isometric_log_limit",
    "isometric_wide_batch",
    "jacobian_spectrum",
    "jacobian_volume",
]


@refuses_text("d")
def jacobian_spectrum(d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return the singular values of ∂X_L/∂X_0, falling, number 1, d(d-1)/2, d² - d + 1 and d².

    Examples
    --------
    >>> list(jacobian_spectrum(sp.Symbol("d")))
    [1, 1, 0, 0]
    """
    _, matrix = layer_map(0, 2, d)
    kept = sp.sqrt(sp.factor(matrix[0, 0]))
    return sp.ImmutableDenseMatrix([kept, kept, 0, 0])


@refuses_text("d")
def jacobian_volume(d: int | sp.Expr) -> sp.Expr:
    """Return Σ log σ_i over the singular values that are not 0, less Σ_(l≥2) log|det(W_l∘W_l)|: 0.

    Complementary blocks of an orthogonal matrix have the same singular values but for ones, so
    that Σ (1 - σ²) agrees too: the engine's mean of that difference is what is returned.

    Examples
    --------
    >>> jacobian_volume(sp.Symbol("d"))
    0
    """
    dimension = sp.sympify(d)
    shrinking = layer_map(2, 0, d)[1][0, 0]
    without_diagonal = dimension * (dimension - 1) / 2 * (1 - shrinking)
    haar = HaarOrthogonal("W", dimension)
    between_diagonals = dimension - dimension**2 * expect(haar[0, 0] ** 4)
    return sp.factor(without_diagonal - between_diagonals)


@refuses_text("d")
def isometric_log_limit(d: int | sp.Expr) -> sp.Expr:
    """Return the limit of E log(‖∂ℓ/∂X_0‖²/‖Γ_L‖²) for L → ∞ and an isotropic Γ_L.

    Only the antisymmetric part of A is left. Its first two moments are those of the share that k
    among d² squared normal variables have in their sum; that gives k.

    Examples
    --------
    >>> isometric_log_limit(sp.Symbol("d"))
    -polygamma(0, d**2/2) + polygamma(0, d*(d - 1)/4)
    """
    k, dimension = sp.Symbol("k", positive=True), sp.sympify(d)
    total = dimension**2
    kept = sp.factor(total * isometric_moment_limit(d, 1))
    second = kept * (kept + 2) / (total * (total + 2))
    if sp.factor(isometric_moment_limit(d, 2) - second) != 0:
        raise WeingartenError("the squared norm of the antisymmetric part has no Beta law")
    law = chi_square_log(k)
    return digammas_at(law, {k: kept}) - digammas_at(law, {k: total})


@refuses_text("d")
def isometric_wide_batch(d: int | sp.Expr) -> sp.Expr:
    """Return E‖∂ℓ/∂X_0‖²/‖Γ_L‖² for n ≥ d samples with X_0 X_0ᵀ = I and an isotropic Γ_L.

    The rows of all states lie in the d directions that those of X_0 span. What Γ_L has in the
    others passes every layer unchanged; the rest, the share d/n, is a square batch's.

    Examples
    --------
    >>> d, n, depth = sp.symbols("d n L")
    >>> sp.factor(isometric_wide_batch(d).subs(n, d) - isometric_depth(d))
    0
    >>> sp.limit(isometric_wide_batch(d), n, sp.oo)
    1
    """
    n = SAMPLES
    inside = sp.sympify(d) * expect(HaarOrthogonal("V", n)[0, 0] ** 2)
    return 1 - inside + inside * isometric_depth(d)
