"""Records of means of row norms and of the spectrum after one layer, as integrals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.status import EXACT, HEURISTIC, Status, asymptotic
from bn_theory.laws.common import moment_numbers as numbers
from bn_theory.laws.common.second_moments import at_most_width
from bn_theory.laws.common.settings import (
    HAAR_LAYER,
    SPECTRA,
    SPHERE,
    SQUARE_LAYER,
    deviations,
    far_from_isometry,
    full_rank_cases,
    is_numeric,
    near_cases,
    spectral_cases,
)
from bn_theory.laws.common.shared import LARGEST_SHARE, eigenvalues, mean_over, width
from bn_theory.laws.common.spectral_values import integral_error, ratio_error
from bn_theory.laws.gaps.derive import near_gaps
from bn_theory.laws.sphere_integrals import derive, sample
from bn_theory.laws.sphere_integrals.gap_over_layers import (
    gap_and_error,
    gap_over_layers,
    gap_value,
    log_norm_over_layers,
    log_norm_value,
    loss_and_error,
)
from bn_theory.laws.sphere_integrals.map_values import map_error, map_over_layers, map_value
from bn_theory.notation import EIGENVALUE, meaning_of

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 20


def _series_at(values: Mapping[str, Any]) -> sp.Expr | None:
    spectrum, order = values.get("eigenvalues"), values["order"]
    if not isinstance(spectrum, Spectrum):
        return None
    if values["depth"] > 1 and spectrum.isometry_gap == sp.oo:
        return sp.oo
    if values["depth"] > 1 and order is sp.oo:
        return sp.Float(gap_and_error(values)[0])
    if values["depth"] > 1 or order is sp.oo:
        return None
    gap = spectrum.isometry_gap
    sums = numbers.as_exact(
        [spectrum.mean, *(spectrum.central_power_sum(j) for j in range(2, order + 1))]
    )
    if sums is None:
        return None
    mean, *central = sums
    relative = [t / mean**j for j, t in enumerate(central, 2)]
    moments = numbers.moments_from_sums([Fraction(0), *relative], len(spectrum))
    return gap + numbers.from_exact(numbers.log_series(moments))


def _series_remainder(values: Mapping[str, Any]) -> float:
    depth, order = values["depth"], values["order"]
    if depth > 1 and order is sp.oo:
        return gap_and_error(values)[1]
    if depth > 1:
        relative = np.array(deviations(values))
        near = np.max(np.abs(relative)) < 1
        return float(near_gaps(relative, depth, order)[1][-1]) if near else math.inf
    if order is sp.oo:
        return ratio_error(values)
    return derive.log_ratio_remainder(deviations(values), values["order"])


def _series_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the series may leave out more than a quarter of its value."""
    if values["order"] is sp.oo or not is_numeric(values):
        return
    rest = _series_remainder(values)
    if values["depth"] > 1 and math.isfinite(rest):
        relative = np.array(deviations(values))
        value: Any = near_gaps(relative, values["depth"], values["order"])[0][-1]
    else:
        value = _series_at({**values, "depth": 1})
    if value is None or not math.isfinite(value):
        return
    if rest > LARGEST_SHARE * abs(float(value)):
        left_out = f"the series may leave out {rest:.2g} of {float(value):.2g}"
        raise far_from_isometry(
            values, left_out, "leave order= out for the integral, or pass a higher order="
        )


def _to_order(order: int | sp.Expr, depth: int) -> Status:
    if order is sp.oo:
        return EXACT if depth == 1 else HEURISTIC
    return asymptotic(f"O(Δ^{order + 1})")


def _gap_latex(order: int | sp.Expr, depth: int) -> str:
    del order
    mean = mean_over(depth)
    return rf"{mean}\, \phi(X_{{{depth}}})" if depth > 1 else rf"{mean}\, \phi(X_1)"


def _derived_from(order: int | sp.Expr, depth: int) -> int | None:
    del order
    return 1 if depth == 1 else None


_DEPTH = Quantity("depth", "number of layers", OrderDomain(1, 10_000), default=1)
#: Of what is stated for any batch, over layers; and how it is found.
_OVER_LAYERS = "over several layers: n = d and full rank, linear activation, no mean removal"
_FOLLOWED = (
    "by following the mean of the spectrum, whose scatter is left out; the remainder is an "
    "estimate of the error from sampled networks"
)
#: A spectrum far from isometry, over layers.
_DEEP = Case({"eigenvalues": SPECTRA[2], "depth": 6}, samples=100)


def _followed_status(depth: int) -> Status:
    return EXACT if depth == 1 else HEURISTIC


def _log_latex(depth: int) -> str:
    if depth == 1:
        return r"\mathbb{E}_{W} \log a_j"
    return rf"{mean_over(depth)} \log a_j^{{({depth})}}"


def _log_error(values: Mapping[str, Any]) -> float:
    return integral_error(values) if values["depth"] == 1 else loss_and_error(values)[1]


def _map_latex(depth: int) -> str:
    return rf"{mean_over(depth)}\, (X_{{{depth}}}^{{\top}} X_{{{depth}}})_{{ss}}"


LOG_ROW_NORM = Formula(
    name="forward.log_row_norm",
    title="Mean logarithm of a squared row norm, in the first layer or a later one",
    left=_log_latex,
    derivation=log_norm_over_layers,
    quantities=(eigenvalues(), width(), _DEPTH),
    sampler=sample.log_row_norm,
    sampled_at=("eigenvalues",),
    cases=(*spectral_cases(), _DEEP),
    assumptions=(*HAAR_LAYER, _OVER_LAYERS),
    validity="one layer: every integer d >= 1 and every spectrum; closed forms for equal or "
    "pairwise equal non-zero eigenvalues and for two simple ones. In layer L, a Float: minus what "
    "layer L takes off the isometry gap, near isometry by the recursion of the contraction, "
    f"elsewhere {_FOLLOWED}",
    status_at=_followed_status,
    reference=SPHERE,
    evaluator=log_norm_value,
    remainder_bound=_log_error,
)

ISOMETRY_GAP_STEP = Formula(
    name="forward.isometry_gap_step",
    title="Mean isometry gap after one layer, or after several",
    left=_gap_latex,
    derivation=gap_over_layers,
    quantities=(
        eigenvalues(),
        width(),
        Quantity(
            "order", "degree of the series, oo: exact", OrderDomain(1, None, True), None, sp.oo
        ),
        _DEPTH,
    ),
    sampler=sample.gap_after_layer,
    sampled_at=("eigenvalues",),
    cases=(
        *full_rank_cases(),
        *near_cases(order=6)[:2],
        Case({"eigenvalues": near_cases()[1].values["eigenvalues"], "depth": 8}, samples=1_000),
        Case({"eigenvalues": [4] * 8 + [1] * 24, "depth": 12}, samples=200),
    ),
    assumptions=SQUARE_LAYER,
    validity=(
        "one layer: every integer d >= 1 and every spectrum; oo for a singular G. More layers, a "
        "Float: near isometry by the recursion of the contraction, with the last terms kept for "
        f"the remainder, elsewhere {_FOLLOWED}"
    ),
    status_at=_to_order,
    reference=SPHERE,
    generic_from=_derived_from,
    evaluator=gap_value,
    direct=_series_at,
    remainder_bound=_series_remainder,
    in_range=_series_in_range,
)

SPECTRUM_MAP = Formula(
    name="forward.spectrum_map",
    title="Mean Gram matrix of the samples after one layer or several, diagonal in the eigenbasis "
    "of K = XᵀX",
    left=_map_latex,
    derivation=map_over_layers,
    quantities=(
        eigenvalues(),
        width(),
        Quantity(
            "s",
            f"{meaning_of(EIGENVALUE)}; all if left out",
            IntegerDomain(1),
            EIGENVALUE,
            aliases=("k",),
        ),
        _DEPTH,
    ),
    sampler=sample.next_gram_diagonal,
    second_moment=at_most_width,
    sampled_at=("eigenvalues",),
    cases=(*spectral_cases(), _DEEP),
    assumptions=(*HAAR_LAYER, _OVER_LAYERS),
    validity="one layer: every integer d >= 1 and every spectrum. After L layers: λ_s/(m + τ λ_s) "
    f"over its mean, with a number τ found {_FOLLOWED}, and by the exact map of one layer",
    status_at=_followed_status,
    reference=SPHERE,
    evaluator=map_value,
    remainder_bound=map_error,
)


ENTRIES = (
    LOG_ROW_NORM,
    ISOMETRY_GAP_STEP,
    SPECTRUM_MAP,
)
