"""Records of mean removal over depth, and of ε."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity, RealDomain
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.status import HEURISTIC
from bn_theory.laws.centred import derive, derive_few_missing, sample
from bn_theory.laws.common.second_moments import at_most_one, layer_gain_square
from bn_theory.laws.common.settings import ISOMETRY, SPHERE
from bn_theory.laws.common.shared import MEAN_OVER_ALL, depth, eigenvalues, given_spectrum, width
from bn_theory.laws.common.spectral_values import integral_error, spectral_value
from bn_theory.laws.common.sphere_means import mean_log
from bn_theory.laws.layer_gains.gain_values import reciprocal_error, reciprocal_value
from bn_theory.notation import EPSILON, SAMPLES, D, meaning_of
from weingarten.errors import NOTHING, InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 86

Values = Mapping[str, Any]


def _wide_enough(values: Values) -> None:
    n, d = values.get("n"), values.get("d")
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and n <= d:
        raise InvalidInputError(
            "n",
            f"must be at least d + 1 = {d + 1}",
            n,
            "add samples: without means n = d leaves rank d - 1, and gradients grow",
        )


CENTRED_DEPTH = Formula(
    name="backward.centred_depth",
    title="Mean squared gradient norm at any depth, with mean removal",
    left=rf"{MEAN_OVER_ALL}\,\|\partial\ell/\partial X_0\|^2 / \|\Gamma_L\|^2",
    derivation=derive.centred_depth,
    quantities=(
        width(2),
        Quantity("n", meaning_of(SAMPLES), IntegerDomain(3), SAMPLES),
        depth("those the gradient is carried back"),
    ),
    sampler=sample.centred_gain,
    second_moment=at_most_one,
    sampled_at=("d", "n", "depth"),
    cases=(
        Case({"d": 6, "n": 7, "depth": 5}, samples=10_000),
        Case({"d": 4, "n": 9, "depth": 3}, samples=10_000),
        Case({"d": 16, "n": 17, "depth": 10}, samples=1_000),
    ),
    assumptions=(
        ISOMETRY[0],
        "every layer removes the mean of each row over the batch; linear activation",
        "n >= d + 1 samples with X_0 (I - 11ᵀ/n) X_0ᵀ = I: so it is for every state",
        "Γ_L isotropic on the centred subspace (Γ_L 1 = 0), independent of the weights",
    ),
    validity="every integer d >= 2, n >= d + 1 and L >= 1",
    reference="a batch of n - 1 samples, in an orthonormal basis of the centred subspace",
    constraint=_wide_enough,
)


def _few_enough(values: Values) -> None:
    n, d = values.get("n"), values.get("d")
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and n > d:
        raise InvalidInputError(
            "n", f"must be at most d = {d}: with more samples nothing grows", n, "pass n <= d"
        )


def _few_missing(values: Values) -> None:
    n, d = values.get("n"), values.get("d")
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and 2 * (n - 1) < d:
        raise InvalidInputError(
            "n",
            f"must be at least d/2 + 1 = {d / 2 + 1}, so that few directions are missing",
            n,
            "add samples, or ask backward.rank_deficient_growth for n - 1 samples",
        )


def _explosion_remainder(values: Values) -> float:
    """Return the orders that are left out, which lower the rate where few directions are missing.

    A little more than was measured: for 1, 2 and 4 missing directions the share
    (13 + k)/(d + 3 + 8k) at widths 16 to 128, and 2k/d for many.
    """
    d, n = int(values["d"]), int(values["n"])
    missing = d - n + 1
    relative = max((13 + missing) / (d + 3 + 8 * missing), 2 * missing / d)
    return relative * (missing + 1) / d**2


CENTRED_EXPLOSION = Formula(
    name="backward.centred_explosion",
    title="Growth of the gradient per layer with mean removal and no more samples than units",
    left=(
        rf"\lim_{{L \to \infty}} \frac{{1}}{{L}}\, {MEAN_OVER_ALL} \log "
        r"\frac{\|\partial\ell/\partial X_0\|}{\|\Gamma_L\|}"
    ),
    derivation=derive_few_missing.centred_explosion,
    quantities=(
        width(4),
        Quantity("n", meaning_of(SAMPLES), IntegerDomain(3), SAMPLES),
    ),
    sampler=sample.explosion_rate,
    layers_per_unit=12,
    sampled_at=("d", "n"),
    cases=(Case({"d": 24, "n": 21}, samples=100),),
    in_range=_few_missing,
    assumptions=(
        ISOMETRY[0],
        "every layer removes the mean of each row over the batch; linear activation",
        "n <= d samples, so that every state has rank n - 1; many layers have been passed",
        "large d: the mean over W to order 1/d² in the second moments, fluctuations left out",
    ),
    validity=(
        "large d, and few missing directions beside it: k = d - n + 1. The orders left out lower "
        "the rate. Measured at widths 16, 64 and 128, that was a share of 50, 18 and 9 % for one "
        "missing direction, of 27, 15 and 10 % for four; the remainder is (13 + k)/(d + 8k + 3) of "
        "the value, or twice the missing share if that is more. So no verdict tells an error of "
        "3 %. Where the rates at widths 16 to 128 extrapolate to depends on the form that is "
        "fitted: from 0.96 of what is stated to 1.02, and once, for four of them, to 1.27"
    ),
    reference="averages over one layer to order 1/d² at fixed d - n, by the engine",
    status=HEURISTIC,
    remainder_bound=_explosion_remainder,
    remainder_share=0.45,
    constraint=_few_enough,
)


def _shifted(values: Values) -> Spectrum:
    """Return the spectrum λ + ε."""
    spectrum = given_spectrum(values)
    if "epsilon" not in values:
        raise InvalidInputError("epsilon", "must be given", NOTHING, "pass epsilon=")
    return Spectrum([value + values["epsilon"] for value in spectrum.values()])


def _with_value(expr: sp.Expr, values: Values, known: sp.Basic, value: sp.Expr) -> sp.Expr:
    """Return an expression in an integral with a known value, and in symbols of the spectrum."""
    if expr == known:
        return value
    held = sp.Dummy()
    return spectral_value(expr.xreplace({known: held}), {**values, held.name: value})


def _log_value(expr: sp.Expr, values: Values) -> sp.Expr:
    value = spectral_value(mean_log(D), {"eigenvalues": _shifted(values)})
    return _with_value(expr, values, derive.epsilon_log_scale(D), value)


def _log_error(values: Values) -> float:
    return integral_error({"eigenvalues": _shifted(values)})


def _reciprocal_value(expr: sp.Expr, values: Values) -> sp.Expr:
    if values.get("epsilon", sp.S.Zero).free_symbols:
        raise InvalidInputError(
            "epsilon", "must be a number", values["epsilon"], "substitute its symbols"
        )
    statement, spectrum = derive.epsilon_reciprocal(D), _shifted(values)
    value = reciprocal_value(spectrum)
    if expr == statement:
        return value
    (integral,) = statement.atoms(sp.Integral)
    held = sp.Dummy()
    constant = statement.xreplace({integral: held}).coeff(held).subs(D, len(spectrum))
    return _with_value(expr, values, integral, value / constant)


def _reciprocal_error(values: Values) -> float:
    return reciprocal_error(_shifted(values))


def _reciprocal_square(formula: Formula, values: Values) -> float:
    """Bound the mean square of a draw by E (a + ε)^(-2)."""
    return layer_gain_square(formula, {"eigenvalues": _shifted(values)})


_WITH_EPSILON = (
    "W is Haar-distributed on O(d), independent of the batch X",
    "rows of W X are divided by (a_j + ε)^(1/2), a_j the squared norm of row j: the ε of batch "
    "normalisation, whose variances are a_j/n, is ε/n",
    "any batch: any number of samples, any spectrum of G = X Xᵀ, or of X (I - 11ᵀ/n) Xᵀ with mean "
    "removal",
)
_SHIFT = Quantity("epsilon", meaning_of(EPSILON), RealDomain(0), EPSILON)

EPSILON_LOG_SCALE = Formula(
    name="forward.epsilon_log_scale",
    title="Mean logarithm of a squared row norm with ε",
    left=r"\mathbb{E}_{W} \log (a_j + \epsilon)",
    derivation=derive.epsilon_log_scale,
    quantities=(eigenvalues(), width(), _SHIFT),
    sampler=sample.log_scale,
    sampled_at=("eigenvalues", "epsilon"),
    cases=(
        Case({"eigenvalues": [5, 3, 1, 1], "epsilon": 0.5}, samples=10_000),
        Case({"eigenvalues": [8] + [0] * 15, "epsilon": 0.01}, samples=10_000),
        Case({"eigenvalues": [4] * 16 + [1] * 48, "epsilon": 2}, samples=4_000),
    ),
    assumptions=_WITH_EPSILON,
    validity="every integer d >= 1, every spectrum and ε >= 0",
    reference=f"a + ε = Σ (λ_i + ε) u_i²; {SPHERE}",
    evaluator=_log_value,
    remainder_bound=_log_error,
)

EPSILON_RECIPROCAL = Formula(
    name="backward.epsilon_reciprocal",
    title="Mean factor that normalisation with ε puts on a squared gradient",
    left=r"\mathbb{E}_{W}\, \frac{1}{a_j + \epsilon}",
    derivation=derive.epsilon_reciprocal,
    quantities=(eigenvalues(), width(), _SHIFT),
    sampler=sample.reciprocal,
    second_moment=_reciprocal_square,
    sampled_at=("eigenvalues", "epsilon"),
    cases=(
        Case({"eigenvalues": [5, 3, 1, 1], "epsilon": 0.5}, samples=20_000),
        Case({"eigenvalues": [8] + [0] * 15, "epsilon": 0.5}, samples=20_000),
        Case({"eigenvalues": [4] * 16 + [1] * 48, "epsilon": 2}, samples=4_000),
    ),
    assumptions=_WITH_EPSILON,
    validity=(
        "every integer d >= 1, every spectrum and ε > 0; the integral stands for d > 2, d = 2 is "
        "evaluated in closed form"
    ),
    reference=f"a + ε = Σ (λ_i + ε) u_i²; {SPHERE}",
    evaluator=_reciprocal_value,
    remainder_bound=_reciprocal_error,
)

ENTRIES = (CENTRED_DEPTH, CENTRED_EXPLOSION, EPSILON_LOG_SCALE, EPSILON_RECIPROCAL)
