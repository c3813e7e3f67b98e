"""Records of the gradients by the weights at isometry, and of the neural tangent kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.status import Status, asymptotic
from bn_theory.laws.common.second_moments import at_most_one
from bn_theory.laws.common.settings import ISOMETRY
from bn_theory.laws.common.shared import (
    LARGEST_SHARE,
    MEAN_OVER_ALL,
    MEAN_OVER_LAYERS,
    depth,
    width,
)
from bn_theory.laws.isometric_weights import derive, sample
from bn_theory.notation import STEP, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 82

Values = Mapping[str, Any]

_ISOTROPIC = (*ISOMETRY[:-1], "Γ_L isotropic, independent of the weights")
_KERNEL = (
    *ISOMETRY[:-1],
    "Θ is the tangent kernel of X_L over all L weight matrices: ⟨Γ_L, ΘΓ_L⟩ = Σ_l ‖∂ℓ/∂W_l‖² for "
    "ℓ = ⟨Γ_L, X_L⟩",
)


def _numbers(values: Values, *names: str) -> list[Any] | None:
    """Return values that are all numbers, or None."""
    found = [values.get(name) for name in names]
    if any(value is None or value.free_symbols for value in found):
        return None
    return found


ORTHOGONALITY_BIAS = Formula(
    name="backward.orthogonality_bias",
    title="How far the gradient by a weight matrix lies along the orthogonal group",
    left=(
        rf"{MEAN_OVER_LAYERS}\|(\mathrm{{Sym}}, \mathrm{{Anti}})\, "
        r"W_1^{\top} \partial\ell/\partial W_1\|^2 / \|\Gamma_L\|^2"
    ),
    derivation=derive.orthogonality_bias,
    quantities=(width(2), depth("those down to and including that of W_1")),
    sampler=sample.parts_of_weight_gradient,
    second_moment=at_most_one,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 2, "depth": 2}, samples=10_000),
        Case({"d": 8, "depth": 1}, samples=10_000),
        Case({"d": 8, "depth": 12}, samples=4_000),
        Case({"d": 16, "depth": 4}, samples=2_000),
    ),
    assumptions=ISOMETRY,
    validity="every integer d >= 2 and every L >= 1; Anti is what is tangent to O(d)",
    reference="Wᵀ ∂ℓ/∂W = A one layer down; the recursion of tr A Aᵀ and tr A²",
)


def _step_order(order: int) -> Status:
    return asymptotic(f"O(η^{2 * (int(order) // 2) + 2})")


def _step_at(values: Values) -> sp.Expr | None:
    found = _numbers(values, "d", "depth", "eta")
    if found is None:
        return None
    d, layers, step = found
    return derive.gap_after_step_at(int(d), int(layers), step, int(values["order"]))


def _step_remainder(values: Values) -> float:
    found = _numbers(values, "d", "eta")
    if found is None:
        return math.inf
    return derive.gap_after_step_remainder(int(found[0]), float(found[1]), int(values["order"]))


def _step_in_range(values: Values) -> None:
    """Refuse a step of which more than a quarter may be left out."""
    value, rest = _step_at(values), _step_remainder(values)
    if value is not None and rest > LARGEST_SHARE * abs(float(value)):
        raise InvalidInputError(
            "eta",
            f"must be smaller: order {values['order']} may leave out {rest:.2g} of "
            f"{float(value):.2g}",
            values["eta"],
            ("pass order=4, or " if int(values["order"]) < 4 else "take a smaller step, or ")
            + "sample the quantity: .simulate(...) with the same values",
        )


GAP_AFTER_STEP = Formula(
    name="backward.gap_after_step",
    title="Isometry gap of a weight matrix after one step of gradient descent",
    left=(
        rf"{MEAN_OVER_ALL}\, \phi(W'),"
        r"\quad W' = W_1 - \eta\, \partial\ell/\partial W_1"
    ),
    derivation=derive.gap_after_step,
    quantities=(
        width(2),
        depth("those down to and including that of W_1"),
        Quantity("eta", f"{meaning_of(STEP)}, for ‖Γ_L‖ = 1", RealDomain(0), STEP),
        Quantity(
            "order",
            "degree in η up to which the gap is written; odd ones vanish",
            OrderDomain(2, 5),
            default=2,
        ),
    ),
    sampler=sample.gap_after_step,
    sampled_at=("d", "depth", "eta"),
    cases=(
        Case({"d": 4, "depth": 3, "eta": 0.05}, samples=10_000),
        Case({"d": 8, "depth": 4, "eta": 0.05}, samples=4_000),
        Case({"d": 8, "depth": 12, "eta": 0.2, "order": 4}, samples=4_000),
        Case({"d": 4, "depth": 2, "eta": 0.3, "order": 4}, samples=10_000),
    ),
    assumptions=(*_ISOTROPIC, "at order 2 a fixed Γ_L gives the same"),
    validity=(
        "η‖Γ_L‖ < 1; the remainder bounds what is left out. At order 4 the symbolic statement is "
        "for d >= 4; every integer d >= 2 is derived by itself"
    ),
    reference="φ of I - ηA in trace words of A, and their recursion over layers",
    status_at=_step_order,
    generic_from=None,
    direct=_step_at,
    remainder_bound=_step_remainder,
    in_range=_step_in_range,
)

TANGENT_KERNEL_MEAN = Formula(
    name="backward.tangent_kernel_mean",
    title="Mean of the neural tangent kernel over all weight matrices, orthogonal batch",
    left=rf"{MEAN_OVER_LAYERS}\, \langle \Gamma_L, \Theta\, \Gamma_L \rangle / \|\Gamma_L\|^2",
    derivation=derive.tangent_kernel_mean,
    quantities=(width(2), depth()),
    sampler=sample.kernel_form,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 2, "depth": 3}, samples=10_000),
        Case({"d": 8, "depth": 12}, samples=4_000),
        Case({"d": 16, "depth": 4}, samples=2_000),
    ),
    assumptions=(*_KERNEL, "Γ_L fixed, independent of the weights"),
    validity="every integer d >= 2 and every L >= 1",
    reference="mean squared gradients by the weights, summed over layers",
)


def _variance_at(values: Values) -> sp.Expr | None:
    found = _numbers(values, "d", "depth")
    return None if found is None else derive.tangent_kernel_variance_at(*map(int, found))


TANGENT_KERNEL_VARIANCE = Formula(
    name="backward.tangent_kernel_variance",
    title="Variance of the neural tangent kernel over all weight matrices, orthogonal batch",
    left=r"\mathrm{Var}\, \langle \Gamma_L, \Theta\, \Gamma_L \rangle / \|\Gamma_L\|^4",
    derivation=derive.tangent_kernel_variance,
    quantities=(width(2), depth()),
    sampler=sample.kernel_spread,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 3, "depth": 2}, samples=10_000),
        Case({"d": 6, "depth": 6}, samples=10_000),
        Case({"d": 12, "depth": 20}, samples=1_000),
    ),
    assumptions=(*_KERNEL, "Γ_L isotropic, independent of the weights"),
    validity=(
        "the symbolic statement for d >= 4; every integer d >= 2 is derived by itself. L >= 1"
    ),
    reference="means of ‖Sym A_l‖²‖Sym A_l'‖², layer after layer; trace words of degree 4",
    generic_from=None,
    direct=_variance_at,
)

TANGENT_KERNEL_SPECTRUM = Formula(
    name="backward.tangent_kernel_spectrum",
    title="Both ends of the spectrum of the neural tangent kernel, in every draw",
    left=r"\theta_i,\quad i = 1,\ \frac{d(d-1)}{2},\ d^2 - d + 1,\ d^2",
    derivation=derive.tangent_kernel_spectrum,
    quantities=(width(2), depth()),
    sampler=sample.kernel_eigenvalues,
    whole_jacobian=True,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 2, "depth": 4}, samples=50),
        Case({"d": 4, "depth": 10}, samples=50),
        Case({"d": 7, "depth": 5}, samples=20),
    ),
    assumptions=(*_KERNEL, "θ_i are the d² eigenvalues of Θ, falling"),
    validity=(
        "every integer d >= 2, every depth, every draw: L on A = Γ X_Lᵀ antisymmetric, 0 on A "
        "diagonal; the others lie between, (d-1)(d/2-L+1) of them at L as well while that is "
        "positive"
    ),
    reference="no layer takes from an antisymmetric A; the first takes all of a diagonal one",
    every_draw=True,
    rounding=1e-9,
)

ENTRIES = (
    ORTHOGONALITY_BIAS,
    GAP_AFTER_STEP,
    TANGENT_KERNEL_MEAN,
    TANGENT_KERNEL_VARIANCE,
    TANGENT_KERNEL_SPECTRUM,
)
