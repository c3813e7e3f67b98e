"""Records of the isometry gap: conservation, the published bound, Gaussian weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.status import BOUND
from bn_theory.laws.common.settings import (
    SPECTRA,
    SPHERE,
    SQUARE_LAYER,
    full_rank_cases,
)
from bn_theory.laws.common.shared import MEAN_OVER_LAYERS, METEREZ, depth, eigenvalues, width
from bn_theory.laws.common.spectral_values import (
    integral_error,
    spectral_value,
)
from bn_theory.laws.gaps import derive, sample
from bn_theory.notation import CONSTANT, DEPTH, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 40


_LAYERS = depth()

GAP_TELESCOPING = Formula(
    name="forward.gap_telescoping",
    title="Conservation law: the log scales of all layers add up to the loss of isometry gap",
    left=r"\phi(X_L) - \frac{1}{d} \sum_{l=1}^{L} \sum_{j=1}^{d} \log a_j^{(l)}",
    derivation=derive.gap_telescoping,
    quantities=(eigenvalues(), width(), _LAYERS),
    sampler=sample.conserved_gap,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "depth": 20}, samples=200),
        Case({"eigenvalues": SPECTRA[1], "depth": 5}, samples=100),
        Case({"eigenvalues": SPECTRA[2], "depth": 3}, samples=20),
    ),
    assumptions=("as many samples as units, n = d, and G_0 of full rank", "orthogonal weights"),
    validity="every d, every depth, every draw",
    reference="determinant of D^(-1/2) W G Wᵀ D^(-1/2)",
    rounding=1e-9,
    every_draw=True,
)


def _bound_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Evaluate the bound, with C = 1 where no constant is given: the paper names none."""
    if "depth" not in values:
        raise InvalidInputError("depth", "must be given", "nothing", "pass depth=")
    given = {DEPTH: values["depth"], CONSTANT: values.get("C", sp.Integer(1))}
    if {"d", "phi"} <= values.keys():  # all that the bound knows of the batch
        given |= {sp.Symbol(name): values[name] for name in ("d", "phi")}
        return expr.xreplace(given)
    return spectral_value(expr.xreplace(given), values)


GAP_BOUND = Formula(
    name="forward.gap_bound",
    title="The published bound on the isometry gap after L layers",
    left=rf"{MEAN_OVER_LAYERS}\,\phi(X_L)",
    derivation=derive.gap_bound,
    quantities=(
        eigenvalues(),
        width(),
        _LAYERS,
        Quantity("C", meaning_of(CONSTANT), RealDomain(0, strict=True), CONSTANT),
    ),
    sampler=sample.gap_after_depth,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "depth": 10, "C": 1}, samples=1000),
        Case({"eigenvalues": SPECTRA[1], "depth": 5, "C": 1}, samples=200),
        Case({"eigenvalues": SPECTRA[2], "depth": 2, "C": 1}, samples=50),
    ),
    assumptions=SQUARE_LAYER,
    validity="as published, for some absolute constant C; C = 1, the default, holds at the cases",
    status=BOUND,
    reference=METEREZ,
    relation="<=",
    evaluator=_bound_value,
)

GAUSSIAN_STEP = Formula(
    name="forward.gaussian_step",
    title="Mean isometry gap after one layer with Gaussian weights",
    left=r"\mathbb{E}_{W}\, \phi(X_1)",
    derivation=derive.gaussian_step,
    quantities=(eigenvalues(), width()),
    sampler=sample.gap_after_gaussian_layer,
    sampled_at=("eigenvalues",),
    cases=full_rank_cases(),
    assumptions=(
        "the entries of W are independent centred normal variables of one variance",
        "as many samples as units, n = d; no mean removal, linear activation",
    ),
    validity="every integer d >= 1 and every spectrum; oo for a singular G",
    reference=f"{SPHERE}; Bartlett's decomposition of a Wishart determinant",
    evaluator=spectral_value,
    remainder_bound=integral_error,
)


ENTRIES = (
    GAP_TELESCOPING,
    GAP_BOUND,
    GAUSSIAN_STEP,
)
