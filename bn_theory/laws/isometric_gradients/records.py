"""Records of the backward formulas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.quantities import Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.statement import Case, Formula
from bn_theory.laws.amplification import derive as amplification
from bn_theory.laws.common.choices import GradientDomain
from bn_theory.laws.common.second_moments import at_most_one
from bn_theory.laws.common.shared import LARGEST_SHARE, METEREZ, depth, eigenvalues, variance, width
from bn_theory.laws.common.spectral_values import normalised_value
from bn_theory.laws.isometric_gradients import derive
from bn_theory.laws.isometric_gradients import sample as draws
from bn_theory.laws.isometric_moments import derive as isometric_moments
from bn_theory.laws.layer_gains import records as gains
from weingarten.errors import CostLimitError, InvalidInputError

__all__ = ["ENTRIES"]

ISOMETRIC_DEPTH = Formula(
    name="backward.isometric_depth",
    title="Mean squared gradient norm at any depth, from an orthogonal batch",
    left=r"\mathbb{E}\,\|\partial\ell/\partial X_0\|^2 / \|\Gamma_L\|^2",
    derivation=derive.isometric_depth,
    quantities=(width(2), depth("number L of layers the gradient is carried back")),
    sampler=draws.isometric_gain,
    second_moment=at_most_one,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 2, "depth": 3}, samples=20_000),
        Case({"d": 4, "depth": 1}, samples=20_000),
        Case({"d": 4, "depth": 5}, samples=10_000),
        Case({"d": 16, "depth": 2}, samples=4_000),
        Case({"d": 16, "depth": 50}, samples=2_000),
        Case({"d": 32, "depth": 10}, samples=1_000),
    ),
    assumptions=(
        "the weights are independent and Haar-distributed on O(d)",
        "as many samples as units, n = d, and X_0 orthogonal: the states stay orthogonal",
        "linear activation, no mean removal",
        "the gradient Γ_L at the output is fixed, independent of the weights",
    ),
    validity="every integer d >= 2 and every L >= 1 (L = 0 is Γ_L itself, ratio 1)",
    reference=f"recursion of two trace invariants by conjugation moments; sharpens {METEREZ}",
)

_ISOMETRY = ISOMETRIC_DEPTH.assumptions
# no statement is evaluated by substituting a small d: each integer d is derived by itself
_NEVER_GENERIC = 10**9

WEIGHT_GRADIENT = Formula(
    name="backward.weight_gradient",
    title="Mean squared gradient with respect to the weights at any depth, orthogonal batch",
    left=r"\mathbb{E}\,\|\partial\ell/\partial W_1\|^2 / \|\Gamma_L\|^2",
    derivation=derive.weight_gradient,
    quantities=(width(2), depth("number L of layers down to and including that of W_1")),
    sampler=draws.weight_gradient,
    second_moment=at_most_one,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 1}, samples=10_000),
        Case({"d": 4, "depth": 5}, samples=10_000),
        Case({"d": 16, "depth": 50}, samples=1_000),
    ),
    assumptions=_ISOMETRY,
    validity="every integer d >= 2 and every L >= 1",
    reference="∂ℓ/∂W = B Xᵀ and ∂ℓ/∂X = Wᵀ B, B = ∂ℓ/∂(W X), have one norm for orthogonal X and W",
)

ISOMETRIC_INVARIANT = Formula(
    name="backward.isometric_invariant",
    title="In every draw ‖Anti A‖ is preserved, and ‖Anti A‖ ≤ ‖∂ℓ/∂X‖ ≤ ‖Γ_L‖",
    left=(
        r"\max_l \bigl(\bigl|\|B_l\|^2 - \|B_L\|^2\bigr|,\, "
        r"\|B_l\|^2 - \|\nabla_l\|^2,\, \|\nabla_l\|^2 - \|\Gamma_L\|^2\bigr)_+"
    ),
    derivation=derive.isometric_invariant,
    quantities=(width(2), depth("number L of layers")),
    sampler=draws.invariant_defects,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 50}, samples=100),
        Case({"d": 16, "depth": 50}, samples=20),
    ),
    assumptions=(*_ISOMETRY, "∇_l = ∂ℓ/∂X_l, and B_l the antisymmetric part of A_l = ∇_l X_lᵀ"),
    validity="every integer d >= 2, every depth, every draw; none of the three exceeds 0",
    reference="one layer maps A to Wᵀ offdiag(A) W, which touches only the symmetric part",
    rounding=1e-11,
    every_draw=True,
    relation="<=",
)


_D = sp.Symbol("d")
# up to these depths a symbolic d gives a rational function in seconds; then the closed form does
_RATIONAL_DEPTHS = {1: 1000, 2: 100, 3: 25}


def _moment_at(values: Mapping[str, Any]) -> sp.Expr | None:
    """Apply the recursion at an integer depth; None where the closed form serves."""
    d, steps, order = values.get("d"), values.get("depth"), int(values["k"])
    gradient = _checked_gradient(values)
    if not isinstance(steps, sp.Integer):
        return None
    if isinstance(d, sp.Integer):
        return isometric_moments.isometric_moment_at(int(d), order, int(steps), gradient)
    if steps <= _RATIONAL_DEPTHS[order]:
        iterated = isometric_moments.isometric_moment_at(_D, order, int(steps))
        return iterated if d is None else iterated.subs(_D, d)
    raise CostLimitError(
        f"the moment of order {order} as a rational function of d",
        int(steps),
        _RATIONAL_DEPTHS[order],
        "layers",
        "pass an integer d=, or leave depth= out for the closed form",
    )


def _moment_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Substitute into the closed form, or into a conjecture."""
    if "gradient" in values:
        raise InvalidInputError(
            "gradient",
            "must be left out of a conjecture",
            values["gradient"],
            "a conjecture is about an isotropic gradient",
        )
    names = {"d": sp.Symbol("d"), "depth": sp.Symbol("L")}
    result = expr.subs({symbol: values[name] for name, symbol in names.items() if name in values})
    return result if result.free_symbols else sp.N(result, 30)


def _checked_gradient(values: Mapping[str, Any]) -> sp.MatrixBase | None:
    gradient, d, steps = (values.get(name) for name in ("gradient", "d", "depth"))
    if gradient is None:
        return None
    if not (isinstance(d, sp.Integer) and isinstance(steps, sp.Integer)):
        raise InvalidInputError(
            "gradient", "needs numbers for d and depth", (d, steps), "pass d= and depth= as ints"
        )
    if gradient.shape != (d, d):
        raise InvalidInputError(
            "gradient",
            f"must be a d×d matrix for d = {d}",
            f"a matrix of shape {gradient.shape}",
            "pass as many rows and columns as d",
        )
    return gradient


def _moment_left(k: int) -> str:
    return (
        rf"\mathbb{{E}}\,\|\partial\ell/\partial X_0\|^{{{2 * int(k)}}}"
        rf" / \|\Gamma_L\|^{{{2 * int(k)}}}"
    )


ISOMETRIC_MOMENT = Formula(
    name="backward.isometric_moment",
    title="Moments of the squared gradient norm at any depth, from an orthogonal batch",
    left=_moment_left,
    derivation=isometric_moments.isometric_moment,
    quantities=(
        width(2),
        depth("number L of layers the gradient is carried back"),
        Quantity("k", "order of the moment of the squared norm", OrderDomain(1, 3), default=2),
        Quantity("gradient", "a fixed Γ_L (k <= 2); isotropic unless given", GradientDomain()),
    ),
    sampler=draws.isometric_norms,
    second_moment=at_most_one,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 1}, samples=20_000),
        Case({"d": 4, "depth": 2}, samples=20_000),
        Case({"d": 4, "depth": 5}, samples=20_000),
        Case({"d": 4, "depth": 50}, samples=8_000),
        Case({"d": 16, "depth": 1}, samples=4_000),
        Case({"d": 16, "depth": 2}, samples=4_000),
        Case({"d": 16, "depth": 5}, samples=4_000),
        Case({"d": 16, "depth": 50}, samples=1_000),
    ),
    assumptions=(
        *_ISOMETRY[:-1],
        "Γ_L isotropic, independent of the weights; or fixed, if gradient= is given",
    ),
    validity=(
        "the symbolic statement for d >= 2k; every integer d >= 2 is derived by itself. L >= 1"
    ),
    reference="linear recursion on trace words of degree 2k in the two parts of A, by the engine",
    generic_from=_NEVER_GENERIC,
    evaluator=_moment_value,
    direct=_moment_at,
    evaluates_conjectures=True,
)


def _full_rank(values: Mapping[str, Any]) -> None:
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        return
    rank = sum(value != 0 for value in spectrum.values())
    if rank < len(spectrum):
        raise InvalidInputError(
            "eigenvalues",
            f"must all be positive: the statement expands about full rank {len(spectrum)}",
            f"a spectrum of rank {rank}",
            "use backward.degenerate_input for rank-deficient batches",
        )


def _amplification_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    if isinstance(values.get("eigenvalues"), Spectrum):
        return normalised_value(expr, values)
    return expr.subs({sp.Symbol(name): values[name] for name in ("d", "v") if name in values})


def _amplification_remainder(values: Mapping[str, Any]) -> float:
    """Estimate the rest: tr Δ³/d, the one invariant of third order, and the square of v.

    The variance alone bounds no third order.
    """
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        return math.inf
    array = spectrum.as_array()
    deviation = array / array.mean() - 1
    return float(abs((deviation**3).mean()) + (deviation**2).mean() ** 2)


def _amplification_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum whose estimated rest exceeds a quarter of 1/2, the least gain's scale."""
    spectrum, v = values.get("eigenvalues"), values.get("v")
    if isinstance(spectrum, Spectrum):
        if any(x.free_symbols for x in spectrum.values()):
            return
        rest = _amplification_remainder(values)
    elif v is not None and not v.free_symbols:
        rest = float(v) ** 2
    else:
        return
    if rest > LARGEST_SHARE / 2:
        raise InvalidInputError(
            "eigenvalues",
            "must lie closer to their mean: second order in their deviations leaves out about "
            f"{rest:.2g} of a gain below 1",
            spectrum if isinstance(spectrum, Spectrum) else f"v = {v}",
            "sample the quantity: .simulate(...) with the same values",
        )


AMPLIFICATION = Formula(
    name="backward.amplification",
    title="Mean squared gradient through a whole network, from a nearly orthogonal batch",
    left=(
        r"\frac{\mathbb{E}\,\|\partial\ell/\partial X_0\|^2\,\|X_0\|^2}"
        r"{\|\Gamma_L\|^2\,\|X_L\|^2}"
    ),
    derivation=amplification.amplification,
    quantities=(
        eigenvalues(2),
        width(2),
        variance(relative=True),
        Quantity("depth", "number of layers", OrderDomain(1, 10_000), default=2),
    ),
    sampler=draws.near_isometric_gain,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": [1.2, 1.1, 0.9, 0.8], "depth": 1}, samples=40_000),
        Case({"eigenvalues": [1.2, 1.1, 0.9, 0.8], "depth": 10}, samples=10_000),
        Case({"eigenvalues": [1.1, 0.9] * 4, "depth": 5}, samples=10_000),
    ),
    assumptions=(
        *_ISOMETRY[:1],
        "n = d, full rank, linear activation, no mean removal; Γ_L isotropic",
        "near isometry: to second order in the relative deviations of the eigenvalues",
    ),
    validity=(
        "symbolic for d >= 4; every integer d >= 2 is derived by itself. Third order is left out: "
        "the remainder is an estimate of its size, |tr Δ³|/d + v²"
    ),
    reference="linear recursion on the equivariant second moments of A, to second order",
    generic_from=_NEVER_GENERIC,
    evaluator=_amplification_value,
    relative=True,
    evaluates_conjectures=True,
    remainder_bound=_amplification_remainder,
    in_range=_amplification_in_range,
    constraint=_full_rank,
)

ENTRIES = (
    *gains.ENTRIES,
    ISOMETRIC_DEPTH,
    WEIGHT_GRADIENT,
    ISOMETRIC_INVARIANT,
    ISOMETRIC_MOMENT,
    AMPLIFICATION,
)
