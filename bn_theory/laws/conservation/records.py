"""The record of the conservation law of gradients."""

from __future__ import annotations

from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity, RealDomain
from bn_theory.laws.common.choices import FlagDomain
from bn_theory.laws.common.shared import depth, width
from bn_theory.laws.conservation import derive, sample
from bn_theory.notation import EPSILON, SAMPLES, meaning_of

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 46

ROTATION_LAW = Formula(
    name="backward.rotation_law",
    title="In every draw, and all through training, what rotates the samples is conserved",
    left=(
        r"\max_l \Bigl(\frac{\|M_l - M_L\|}{\|M_L\|},\, "
        r"1 - \frac{\|X_l\|_{\mathrm{op}} \|\nabla_l\|}{\|M_L\|}\Bigr)_+"
    ),
    derivation=derive.rotation_law,
    quantities=(
        width(2),
        Quantity("n", meaning_of(SAMPLES), IntegerDomain(3), SAMPLES),
        depth(),
        Quantity("mean_removal", "whether rows are centred", FlagDomain()),
        Quantity("epsilon", meaning_of(EPSILON), RealDomain(0), EPSILON),
        Quantity("affine", "whether rows have gains and biases", FlagDomain()),
    ),
    sampler=sample.rotation_defects,
    sampled_at=("d", "n", "depth"),
    cases=(
        Case({"d": 4, "n": 7, "depth": 20}, samples=50),
        Case({"d": 8, "n": 5, "depth": 20}, samples=50),
        Case({"d": 8, "n": 8, "depth": 20, "mean_removal": True, "epsilon": 0.01}, samples=50),
        Case({"d": 16, "n": 8, "depth": 10, "mean_removal": True, "affine": True}, samples=20),
        Case({"d": 6, "n": 9, "depth": 10, "affine": True}, samples=50),
    ),
    assumptions=(
        "any weights, linear activation; any d and n, ε >= 0, gains and biases",
        "M_l = Anti(P X_lᵀ ∇_l P), ∇_l = ∂ℓ/∂X_l; P = I, or I - 11ᵀ/n with mean removal or biases",
    ),
    validity="every d, n, every depth, every draw, and so after every step of training; "
    "neither of the two exceeds 0",
    reference="f(X R) = f(X) R for R ∈ O(n), R 1 = 1 where means are removed or biases added",
    rounding=1e-9,
    every_draw=True,
    relation="<=",
)

ENTRIES = (ROTATION_LAW,)
