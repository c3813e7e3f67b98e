"""Records of gradients at any depth from an orthogonal batch."""

from __future__ import annotations

from bn_theory.law.formula import Case, Formula
from bn_theory.laws.common.second_moments import at_most_one
from bn_theory.laws.common.settings import (
    ISOMETRY,
)
from bn_theory.laws.common.shared import MEAN_OVER_LAYERS, METEREZ, depth, width
from bn_theory.laws.isometric_gradients import derive, sample

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 70


ISOMETRIC_DEPTH = Formula(
    name="backward.isometric_depth",
    title="Mean squared gradient norm at any depth, from an orthogonal batch",
    left=rf"{MEAN_OVER_LAYERS}\,\|\partial\ell/\partial X_0\|^2 / \|\Gamma_L\|^2",
    derivation=derive.isometric_depth,
    quantities=(width(2), depth("those the gradient is carried back")),
    sampler=sample.isometric_gain,
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
    assumptions=ISOMETRY,
    validity="every integer d >= 2 and every L >= 1 (L = 0 is Γ_L itself, ratio 1)",
    reference=f"recursion of two trace invariants by conjugation moments; sharpens {METEREZ}",
)

WEIGHT_GRADIENT = Formula(
    name="backward.weight_gradient",
    title="Mean squared gradient with respect to the weights at any depth, orthogonal batch",
    left=rf"{MEAN_OVER_LAYERS}\,\|\partial\ell/\partial W_1\|^2 / \|\Gamma_L\|^2",
    derivation=derive.weight_gradient,
    quantities=(width(2), depth("those down to and including that of W_1")),
    sampler=sample.weight_gradient,
    second_moment=at_most_one,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 1}, samples=10_000),
        Case({"d": 4, "depth": 5}, samples=10_000),
        Case({"d": 16, "depth": 50}, samples=1_000),
    ),
    assumptions=ISOMETRY,
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
    quantities=(width(2), depth()),
    sampler=sample.invariant_defects,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 50}, samples=100),
        Case({"d": 16, "depth": 50}, samples=20),
    ),
    assumptions=(*ISOMETRY, "∇_l = ∂ℓ/∂X_l, and B_l the antisymmetric part of A_l = ∇_l X_lᵀ"),
    validity="every integer d >= 2, every depth, every draw; none of the three exceeds 0",
    reference="one layer maps A to Wᵀ offdiag(A) W, which touches only the symmetric part",
    rounding=1e-11,
    every_draw=True,
    relation="<=",
)


ENTRIES = (
    ISOMETRIC_DEPTH,
    WEIGHT_GRADIENT,
    ISOMETRIC_INVARIANT,
)
