"""Records of the isometry gap: conservation, the published bound, Gaussian weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.status import BOUND, EXACT, HEURISTIC, Status
from bn_theory.laws.common.settings import (
    SPECTRA,
    SPHERE,
    SQUARE_LAYER,
    full_rank_cases,
    is_numeric,
)
from bn_theory.laws.common.shared import (
    LARGEST_SHARE,
    MEAN_OVER_LAYERS,
    METEREZ,
    depth,
    eigenvalues,
    given_spectrum,
    mean_over,
    width,
)
from bn_theory.laws.common.spectral_values import (
    integral_error,
    spectral_value,
)
from bn_theory.laws.gaps import derive, gaussian_flow, sample
from bn_theory.notation import CONSTANT, DEPTH, GAP, LAYER, D, meaning_of
from weingarten.errors import NOTHING, InvalidInputError

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
    """Evaluate the bound, with C = 1 where no constant is given: the paper names none.

    What comes out is not multiplied out: SymPy would look for logarithms in the exponent, and write
    powers of theirs with as many digits as d³ C.
    """
    if "depth" not in values:
        raise InvalidInputError("depth", "must be given", NOTHING, "pass depth=")
    given = {DEPTH: values["depth"], CONSTANT: values.get("C", sp.Integer(1))}
    if {"d", "phi"} <= values.keys():  # all that the bound knows of the batch
        given |= {D: values["d"], GAP: values["phi"]}
    else:
        spectrum = given_spectrum(values)
        known = {symbol: spectrum.value_of(symbol) for symbol in expr.free_symbols - set(given)}
        given |= {symbol: value for symbol, value in known.items() if value is not None}
    if sp.oo in given.values():
        return sp.oo
    return expr.xreplace(given)


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


def _gaussian_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    depth, spectrum = int(values["depth"]), given_spectrum(values)
    if depth == 1:
        return spectral_value(expr, values)
    if spectrum.isometry_gap == sp.oo:
        return sp.oo
    taken = math.fsum(gaussian_flow.gaussian_losses(spectrum.as_array(), depth))
    stated = sp.Sum(derive.TAKEN(LAYER), (LAYER, 1, depth))
    return spectral_value(expr.xreplace({stated: sp.Float(taken)}), values)


def _gaussian_error(values: Mapping[str, Any]) -> float:
    if values["depth"] == 1:
        return integral_error(values)
    spectrum = given_spectrum(values)
    if spectrum.isometry_gap == sp.oo:
        return 0.0
    rounding = int(values["depth"]) * integral_error({**values, "depth": 1})
    return gaussian_flow.missed_after(spectrum.as_array(), int(values["depth"])) + rounding


def _shallow(values: Mapping[str, Any]) -> None:
    """Refuse so many layers that a quarter of the gap may be left out."""
    depth = values["depth"]
    if depth == 1 or not is_numeric(values):
        return
    spectrum = given_spectrum(values)
    gap, missed = spectrum.isometry_gap, gaussian_flow.missed_after(spectrum.as_array(), depth)
    # a layer adds about 1
    if gap != sp.oo and missed > LARGEST_SHARE * (float(gap) + depth):
        raise InvalidInputError(
            "depth",
            f"must be small beside the width {len(spectrum)}: about {missed:.2g} is left out",
            depth,
            "sample the quantity: .simulate(...) with the same values",
        )


def _gaussian_latex(depth: int) -> str:
    return (
        rf"{mean_over(depth)}\, \phi(X_{{{depth}}})" if depth > 1 else r"\mathbb{E}_{W}\, \phi(X_1)"
    )


def _gaussian_status(depth: int) -> Status:
    return EXACT if depth == 1 else HEURISTIC


GAUSSIAN_STEP = Formula(
    name="forward.gaussian_step",
    title="Mean isometry gap after one layer with Gaussian weights, or after several",
    left=_gaussian_latex,
    derivation=derive.gaussian_step,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("depth", "number of layers", OrderDomain(1, 10_000), default=1),
    ),
    sampler=sample.gap_after_gaussian_layer,
    sampled_at=("eigenvalues",),
    cases=(*full_rank_cases(), Case({"eigenvalues": SPECTRA[2], "depth": 4}, samples=100)),
    assumptions=(
        "the entries of W are independent centred normal variables of one variance",
        "as many samples as units, n = d; no mean removal, linear activation",
    ),
    validity=(
        "one layer: every integer d >= 1 and every spectrum; oo for a singular G. More layers, a "
        "Float for a depth that is small beside d: what layers take off is that of a spectrum that "
        "each of them multiplies, freely, by a Marchenko-Pastur law; the remainder is an estimate "
        "of the error from sampled networks"
    ),
    status_at=_gaussian_status,
    reference=f"{SPHERE}; Bartlett's decomposition of a Wishart determinant",
    evaluator=_gaussian_value,
    remainder_bound=_gaussian_error,
    in_range=_shallow,
)


ENTRIES = (
    GAP_TELESCOPING,
    GAP_BOUND,
    GAUSSIAN_STEP,
)
