"""Records of what many layers settle on with fewer samples than units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from bn_theory.law.formula import Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.law.record import Case
from bn_theory.law.status import HEURISTIC
from bn_theory.laws.common.shared import MEAN_OVER_LAYERS, METEREZ, width
from bn_theory.laws.stationary import derive, derive_perturbations, sample
from bn_theory.notation import RATE, SAMPLES, VARIANCE, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 42

_ASSUMPTIONS = (
    "Haar-distributed weights, linear activation, no mean removal; n < d samples, of rank n",
    "many layers have been passed, so many that nothing is left of the input: a few d",
    "d → ∞ at fixed n/d: what the next order in 1/d adds is left out",
)
_REFERENCE = f"moments of one layer by the engine, their limit for large d; setting of {METEREZ}"
_SAMPLES = Quantity("n", meaning_of(SAMPLES), IntegerDomain(1), SAMPLES)
#: What extrapolating the growth from widths d and 2d leaves, as a share: multiples of the squares
#: of 1/(d-n), 1/n and 1/d, a little more than was measured.
_SECOND_ORDER = (1.0, 0.8, 8.0)


def _fewer_samples(values: Mapping[str, Any]) -> None:
    d, n = values.get("d"), values.get("n")
    if isinstance(d, sp.Integer) and isinstance(n, sp.Integer) and n >= d:
        raise InvalidInputError(
            "n", f"must be below d = {d}: with n >= d layers settle at isometry", n, "pass n < d"
        )


def _correction(value: sp.Expr, d: Any) -> float:
    return abs(float(value)) / int(d)


def _variance_remainder(values: Mapping[str, Any]) -> float:
    d = values["d"]
    # one sample has v = d - 1, half of 1/d less than stated; more samples are nearer
    return _correction(derive.stationary_variance(d).subs(SAMPLES, values["n"]), 2 * d)


def _scale_remainder(values: Mapping[str, Any]) -> float:
    """Return the next order with a margin, how the spectrum differs, and the order after."""
    d, n = int(values["d"]), int(values["n"])
    variance = float(derive.stationary_variance(d).subs(SAMPLES, n))
    added = abs(float(derive.log_scale_correction().subs(VARIANCE, variance)))
    share = (1.25 * added + 0.2) / d + 0.5 / n**2
    return share * float(derive.stationary_log_scale(d).subs(SAMPLES, n))


STATIONARY_VARIANCE = Formula(
    name="forward.stationary_variance",
    title="Variance of the spectrum after many layers, fewer samples than units",
    left=rf"\lim_{{L \to \infty}} {MEAN_OVER_LAYERS}\, v(G_L)",
    derivation=derive.stationary_variance,
    quantities=(width(2), _SAMPLES),
    sampler=sample.spectrum_variance,
    layers_per_unit=9,
    sampled_at=("d", "n"),
    cases=(
        Case({"d": 24, "n": 12}, samples=200),
        Case({"d": 32, "n": 16}, samples=100),
        Case({"d": 32, "n": 24}, samples=100),
    ),
    assumptions=_ASSUMPTIONS,
    validity=(
        "large d at fixed n/d < 1; the relative correction is of order 1/d, taken as 1/(2d), which "
        "is what it is for one sample and more than was seen for any other number"
    ),
    reference=_REFERENCE,
    status=HEURISTIC,
    constraint=_fewer_samples,
    remainder_bound=_variance_remainder,
)

STATIONARY_LOG_SCALE = replace(
    STATIONARY_VARIANCE,
    name="forward.stationary_log_scale",
    title="Mean logarithm by which a layer rescales rows, after many layers with n < d",
    left=rf"\lim_{{L \to \infty}} \frac{{1}}{{2}} {MEAN_OVER_LAYERS}\, \log \frac{{1}}{{a_j}}",
    derivation=derive.stationary_log_scale,
    sampler=sample.log_scale,
    layers_per_unit=9,
    cases=(
        Case({"d": 24, "n": 12}, samples=200),
        Case({"d": 48, "n": 18}, samples=100),
        Case({"d": 32, "n": 24}, samples=100),
    ),
    validity=(
        "large d at fixed n/d < 1; the next order, (v - 2)/(3d) of the value for the variance v of "
        "the spectrum, is the remainder, with a quarter more and what is known of the order after"
    ),
    remainder_bound=_scale_remainder,
)


def _growth_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    given = {sp.Symbol(name): values[name] for name in ("d", "n") if name in values}

    def rate(share: sp.Expr) -> sp.Expr:
        found = sp.cancel(share.xreplace(given))
        return (
            RATE(found) if found.free_symbols else sp.Float(derive_perturbations.growth_rate(found))
        )

    return expr.replace(RATE, rate).xreplace(given)


def _growth_remainder(values: Mapping[str, Any]) -> float:
    """Return what extrapolating from widths d and 2d leaves: the order after the next."""
    d, n = int(values["d"]), int(values["n"])
    missing, few, wide = _SECOND_ORDER
    share = missing / (d - n) ** 2 + few / n**2 + wide / d**2
    return share * derive_perturbations.growth_rate(sp.Rational(n, d)) / d


RANK_DEFICIENT_GROWTH = Formula(
    name="backward.rank_deficient_growth",
    title="Growth of the log gradient norm per layer, fewer samples than units",
    left=r"\lim_{k \to \infty} k \lim_{L \to \infty} \frac{1}{L} "
    rf"{MEAN_OVER_LAYERS}\, \log "
    r"\left.\frac{\|\partial\ell/\partial X_0\|}{\|\partial\ell/\partial X_L\|}"
    r"\right|_{k d,\, k n}",
    derivation=derive_perturbations.rank_deficient_growth,
    quantities=(width(3), replace(_SAMPLES, domain=IntegerDomain(2))),
    sampler=sample.gradient_growth,
    layers_per_unit=8,
    sampled_at=("d", "n"),
    cases=(
        Case({"d": 48, "n": 12}, samples=400),
        Case({"d": 48, "n": 24}, samples=30),
        Case({"d": 32, "n": 24}, samples=40),
    ),
    assumptions=(
        *_ASSUMPTIONS[:2],
        "width k d and k n samples, k → ∞: what a finite width adds is left out",
    ),
    validity=(
        "large d at fixed γ = n/d < 1, n >= 2 (one sample alone has a gradient of zero, as rows of "
        "norm 1 are ±1); ρ(γ) is the top root of the equation of the linear flow "
        "of perturbations of the Gram matrix: about 1/(2γ) for few samples, 1 - γ for nearly d of "
        "them. At width d itself gradients grow faster, by a share below 1/(d-n) + 2/n - 1/d "
        "(0.1 to 0.9 of that in sampled networks of widths 16 to 256). It is about proportional to "
        "1/d and drops out where sampled networks of widths d and 2d are extrapolated to 1/d = 0; "
        "the remainder is what that leaves, 1/(d-n)² + 0.8/n² + 8/d²"
    ),
    reference=_REFERENCE,
    status=HEURISTIC,
    constraint=_fewer_samples,
    evaluator=_growth_value,
    remainder_bound=_growth_remainder,
    remainder_share=0.25,
)

ENTRIES = (STATIONARY_VARIANCE, STATIONARY_LOG_SCALE, RANK_DEFICIENT_GROWTH)
