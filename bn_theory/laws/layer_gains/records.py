"""Records of the one-layer gains: any spectrum, small and degenerate batches, Gaussian weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from bn_theory.law.formula import Case, Formula
from bn_theory.law.inputs import missing_values
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common.choices import FlagDomain, GradientDomain
from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.second_moments import layer_gain_square
from bn_theory.laws.common.shared import METEREZ, eigenvalues, given_spectrum, place_of, width
from bn_theory.laws.common.spectral_values import integral_error, spectral_value
from bn_theory.laws.layer_gains import derive, sample
from bn_theory.laws.layer_gains import gain_values as gains
from bn_theory.notation import EIGENVALUE, RANK, SAMPLES, D, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 60

_YANG = (
    "G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein, S. S. Schoenholz, A Mean Field Theory of "
    "Batch Normalization, ICLR 2019 (d → ∞)"
)
_LAYER = (
    "W is Haar-distributed on O(d), independent of the batch X and of Γ = ∂ℓ/∂X'",
    "linear activation",
)


def _with_integral(expr: sp.Expr, statement: sp.Expr, value: sp.Expr, width_: int) -> sp.Expr:
    """Return an expression in the integral of the statement, where the statement has this value."""
    (integral,) = statement.atoms(sp.Integral)
    held = sp.Dummy()
    constant = statement.xreplace({integral: held}).coeff(held).subs(D, width_)
    return expr.xreplace({integral: value / constant, D: sp.Integer(width_)}).doit()


def _gains_at(values: Mapping[str, Any]) -> sp.Expr:
    return _of_gradient(gains.layer_gains(given_spectrum(values)), values)


def _conjectured_gains(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    spectrum = given_spectrum(values)
    statement = derive.layer_gain(D)
    found = [
        _with_integral(expr, statement, gain, len(spectrum)) for gain in gains.layer_gains(spectrum)
    ]
    return _of_gradient(found, values)


def _of_gradient(found: Sequence[sp.Expr], values: Mapping[str, Any]) -> sp.Expr:
    """Return the gain of the gradient given, or that of an eigenvector, or of all of them."""
    spectrum = given_spectrum(values)
    gradient, index = values.get("gradient"), values.get("s")
    if gradient is not None:
        if gradient.cols != len(spectrum):
            raise InvalidInputError(
                "gradient",
                f"must have a column for each of the {len(spectrum)} eigenvalues",
                f"a matrix of shape {gradient.shape}",
                "write Γ in the eigenbasis of K = XᵀX",
            )
        weights = [
            sum(gradient[j, k] ** 2 for j in range(gradient.rows)) for k in range(gradient.cols)
        ]
        return sp.Add(*(w * g for w, g in zip(weights, found, strict=True) if w != 0))
    if index is None:
        return sp.ImmutableDenseMatrix(found)
    return found[place_of(index, spectrum)]


def _gain_error(values: Mapping[str, Any]) -> float:
    error, gradient = gains.layer_gains_error(given_spectrum(values)), values.get("gradient")
    if gradient is None:
        return error
    return error * float(sum(x**2 for x in gradient))


def _isotropic_error(values: Mapping[str, Any]) -> float:
    return gains.reciprocal_error(given_spectrum(values))


def _gaussian_error(values: Mapping[str, Any]) -> float:
    return integral_error(values) if "eigenvalues" in values else 0.0


def _isotropic_at(values: Mapping[str, Any]) -> sp.Expr:
    spectrum = given_spectrum(values)
    return (1 - sp.Rational(1, len(spectrum))) * gains.reciprocal_value(spectrum)


def _conjectured_isotropic(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    width_ = len(given_spectrum(values))
    return _with_integral(expr, derive.isotropic_gain(D), _isotropic_at(values), width_)


def _some_gradient_survives(values: Mapping[str, Any]) -> None:
    if "eigenvalues" in values and len(values["eigenvalues"]) < 2:
        raise InvalidInputError(
            "eigenvalues", "must be at least two", "one", "a single unit passes no gradient"
        )


def _one_of_both(values: Mapping[str, Any]) -> None:
    if "s" in values and "gradient" in values:
        raise InvalidInputError(
            "s", "must be left out where gradient is given", values["s"], "pass one of the two"
        )


LAYER_GAIN = Formula(
    name="backward.layer_gain",
    title="Mean squared gradient below one layer, by eigenvector of the sample Gram matrix",
    left=r"g_s",
    derivation=derive.layer_gain,
    quantities=(
        eigenvalues(2),
        width(2),
        Quantity(
            "s",
            f"{meaning_of(EIGENVALUE)}, as given; all without",
            IntegerDomain(1),
            EIGENVALUE,
            aliases=("k",),
        ),
        Quantity(
            "gradient",
            "a fixed Γ in the eigenbasis of K: the value is then E‖∂ℓ/∂X‖² = Σ Γ_js² g_s",
            GradientDomain(),
        ),
    ),
    sampler=sample.layer_gains,
    second_moment=layer_gain_square,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": [4, 3, 2, 1]}, samples=20_000),
        Case({"eigenvalues": [3, 2, 1, 1, 1, 0]}, samples=20_000),
        Case({"eigenvalues": [4] + [1] * 15}, samples=4_000),
        Case(
            {
                "eigenvalues": [2, 2, 1, 1, 1],
                "gradient": [[1, 2, 0, 0, 1], [0, 1, 0, 3, 0]] + [[0] * 5] * 3,
            },
            samples=20_000,
        ),
    ),
    assumptions=(
        *_LAYER,
        "Γ fixed: E‖∂ℓ/∂X‖² = Σ_js Γ_js² g_s in the eigenbasis of K = XᵀX",
        "as many samples as units, so that K has the eigenvalues of G",
    ),
    validity=(
        "every spectrum; infinite where at most two eigenvalues among d > 2 are not zero (E[1/a] "
        "diverges). The integral stands for d > 2; d = 2 is evaluated in closed form"
    ),
    reference=f"mean over the sphere of (1 - x'_s²)/a as one integral; setting of {METEREZ}",
    evaluator=_conjectured_gains,
    direct=_gains_at,
    remainder_bound=_gain_error,
    constraint=_one_of_both,
)

ISOTROPIC_GAIN = Formula(
    name="backward.isotropic_gain",
    title="Mean squared gradient below one layer for an isotropic gradient above it",
    left=r"\mathbb{E}_{W,\Gamma_1}\,\|\partial\ell/\partial X_0\|^2 / \|\Gamma_1\|^2",
    derivation=derive.isotropic_gain,
    quantities=(eigenvalues(2), width(2)),
    sampler=sample.isotropic_gain,
    second_moment=layer_gain_square,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": [4, 3, 2, 1]}, samples=20_000),
        Case({"eigenvalues": [4] + [1] * 15}, samples=4_000),
    ),
    assumptions=(*_LAYER, "Γ isotropic, n = d"),
    validity="as for backward.layer_gain",
    reference="mean of the gains; E[1/a] is homogeneous of degree -1",
    evaluator=_conjectured_isotropic,
    direct=_isotropic_at,
    remainder_bound=_isotropic_error,
    constraint=_some_gradient_survives,
)


def _log_gain_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    return digammas_at(expr, {D: values["d"]} if "d" in values else {})


ISOMETRIC_LOG_GAIN = Formula(
    name="backward.isometric_log_gain",
    title="Mean log squared gradient below one layer, orthogonal batch, isotropic gradient",
    left=r"\mathbb{E}_{W,\Gamma_1}\log(\|\partial\ell/\partial X_0\|^2 / \|\Gamma_1\|^2)",
    derivation=derive.isometric_log_gain,
    quantities=(width(2),),
    sampler=sample.isometric_log_gain,
    sampled_at=("d",),
    cases=(
        Case({"d": 2}, samples=40_000),
        Case({"d": 4}, samples=40_000),
        Case({"d": 16}, samples=10_000),
    ),
    assumptions=(*_LAYER, "XXᵀ ∝ I, n = d, Γ isotropic"),
    validity="every integer d >= 2",
    reference="‖offdiag A‖² / ‖A‖² for an isotropic matrix A: χ² laws",
    evaluator=_log_gain_value,
)


def _batch_fits(values: Mapping[str, Any]) -> None:
    n, d = values.get("n"), values.get("d")
    removed = 1 if values["mean_removal"] else 0
    if isinstance(n, sp.Integer) and n - removed <= 2:
        raise InvalidInputError(
            "n",
            f"must be at least {3 + removed} for a finite mean gain",
            n,
            "two directions or fewer make E[1/a] infinite; add samples",
        )
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and n - removed > d:
        raise InvalidInputError(
            "n",
            f"must be at most {d + removed}, so that the samples can be orthogonal",
            n,
            "use fewer samples, or a wider layer",
        )


BATCH_GAIN = Formula(
    name="backward.batch_gain",
    title="Gain of one layer for fewer samples than units",
    left=(
        r"\frac{\mathbb{E}_{W,\Gamma_1}\,\|\partial\ell/\partial X_0\|^2\,\|X_0\|^2}"
        r"{\|\Gamma_1\|^2\,\|X_1\|^2}"
    ),
    derivation=derive.batch_gain,
    quantities=(
        width(3),
        Quantity("n", meaning_of(SAMPLES), IntegerDomain(1), SAMPLES),
        Quantity("mean_removal", "whether rows are centred first", FlagDomain(), default=False),
    ),
    sampler=sample.batch_gain,
    second_moment=gains.projector_gain_square,
    sampled_at=("d", "n"),
    cases=(
        Case({"d": 8, "n": 8}, samples=4_000),
        Case({"d": 16, "n": 8}, samples=8_000),
        Case({"d": 64, "n": 12}, samples=4_000),
        Case({"d": 16, "n": 9, "mean_removal": True}, samples=8_000),
        Case({"d": 64, "n": 12, "mean_removal": True}, samples=4_000),
    ),
    assumptions=(
        *_LAYER,
        "orthogonal samples, XᵀX ∝ I (∝ I - 11ᵀ/n with mean removal)",
        "Γ isotropic (on the centred subspace with mean removal)",
    ),
    validity="3 <= n <= d (4 <= n <= d + 1 with mean removal)",
    reference=f"E[1/a] for a projector; n = d gives 1 - 1/d, d → ∞ agrees with {_YANG}",
    constraint=_batch_fits,
)


def _rank_fits(values: Mapping[str, Any]) -> None:
    rank, d, n = values.get("rank"), values.get("d"), values.get("n", values.get("d"))
    for name, bound in (("d", d), ("n", n)):
        if isinstance(rank, sp.Integer) and isinstance(bound, sp.Integer) and rank > bound:
            raise InvalidInputError(
                "rank", f"must be at most {name} = {bound}", rank, "use a smaller rank"
            )


def _degenerate_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    missing = [name for name in ("d", "rank") if name not in values]
    if missing:
        raise missing_values(DEGENERATE_INPUT.name, missing, DEGENERATE_INPUT.quantities)
    d, rank = values["d"], values["rank"]
    if rank.is_Integer and rank <= 2 and not (rank == 2 and d == 2):
        return sp.oo
    n = values.get("n", d)
    if d == 2:
        return expr.subs(RANK, D).cancel().subs({D: d, SAMPLES: n})
    return expr.subs({D: d, RANK: rank, SAMPLES: n})


DEGENERATE_INPUT = Formula(
    name="backward.degenerate_input",
    title="Gain of one layer for a rank-deficient batch (repeated or dependent samples)",
    left=(
        r"\frac{\mathbb{E}_{W,\Gamma_1}\,\|\partial\ell/\partial X_0\|^2\,\|X_0\|^2}"
        r"{\|\Gamma_1\|^2\,\|X_1\|^2}"
    ),
    derivation=derive.degenerate_gain,
    quantities=(
        width(2),
        Quantity("rank", meaning_of(RANK), IntegerDomain(1), RANK),
        Quantity("n", f"{meaning_of(SAMPLES)}; d unless given", IntegerDomain(2), SAMPLES),
    ),
    sampler=sample.degenerate_gain,
    second_moment=gains.projector_gain_square,
    sampled_at=("d", "rank"),
    cases=(
        Case({"d": 16, "rank": 16}, samples=4_000),
        Case({"d": 16, "rank": 12}, samples=8_000),
        Case({"d": 32, "rank": 16}, samples=4_000),
        Case({"d": 16, "rank": 10, "n": 24}, samples=8_000),
    ),
    assumptions=(
        *_LAYER,
        "XXᵀ ∝ a projector of rank r; n samples in r directions",
        "Γ isotropic over all n samples",
    ),
    validity="3 <= r <= min(d, n); infinite for r = 1 and 2 (but for d = 2)",
    reference="E[1/a] for a projector, averaged over the n gains",
    evaluator=_degenerate_value,
    constraint=_rank_fits,
)


def _gaussian_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    if "eigenvalues" in values:
        return spectral_value(expr, values)
    d = values.get("d")
    if isinstance(d, sp.Integer):
        flat = Spectrum([1] * int(d))
        return spectral_value(expr, {"d": d, "eigenvalues": flat})
    dimension = D if d is None else d
    # at isometry the law of a_j depends on d alone
    return expr.replace(lambda e: isinstance(e, sp.Integral), lambda _: sp.Integer(0)).subs(
        D, dimension
    )


GAUSSIAN_GROWTH = Formula(
    name="backward.gaussian_growth",
    title="Log scale that normalisation puts on gradients per layer, Gaussian weights",
    left=r"- \frac{1}{d} \sum_{j=1}^{d} \mathbb{E}_{W} \log a_j",
    derivation=derive.gaussian_log_scale,
    quantities=(eigenvalues(), width()),
    sampler=sample.gaussian_log_scale,
    sampled_at=("d",),
    cases=(
        Case({"eigenvalues": [8] + [1] * 15}, samples=20_000),
        Case({"d": 8}, samples=8_000),
        Case({"d": 32}, samples=4_000),
        Case({"d": 128}, samples=400),
        Case({"eigenvalues": [4, 3, 2, 1]}, samples=20_000),
    ),
    assumptions=(
        "independent N(0, 1/d) weights; no mean removal",
        "eigenvalues of G, or d alone for G = I",
    ),
    validity="every d >= 1 and every spectrum",
    reference="E log of a χ² variable plus the mean over the sphere",
    evaluator=_gaussian_value,
    remainder_bound=_gaussian_error,
)

ENTRIES = (
    LAYER_GAIN,
    ISOTROPIC_GAIN,
    ISOMETRIC_LOG_GAIN,
    BATCH_GAIN,
    DEGENERATE_INPUT,
    GAUSSIAN_GROWTH,
)
