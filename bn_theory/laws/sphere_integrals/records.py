"""Records of means of row norms and of the spectrum after one layer, as integrals."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.status import EXACT, Status, asymptotic
from bn_theory.laws.common import moment_numbers as numbers
from bn_theory.laws.common.second_moments import at_most_width
from bn_theory.laws.common.settings import (
    HAAR_LAYER,
    SPHERE,
    SQUARE_LAYER,
    deviations,
    far_from_isometry,
    full_rank_cases,
    is_numeric,
    near_cases,
    spectral_cases,
)
from bn_theory.laws.common.shared import LARGEST_SHARE, eigenvalues, width
from bn_theory.laws.common.spectral_values import integral_error, ratio_error, spectral_value
from bn_theory.laws.sphere_integrals import derive, sample
from bn_theory.laws.sphere_integrals.map_values import map_error, map_value
from bn_theory.notation import EIGENVALUE, meaning_of

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 20


def _series_at(values: Mapping[str, Any]) -> sp.Expr | None:
    spectrum, order = values.get("eigenvalues"), values["order"]
    if order is sp.oo or not isinstance(spectrum, Spectrum):
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
    if values["order"] is sp.oo:
        return ratio_error(values)
    return derive.log_ratio_remainder(deviations(values), values["order"])


def _series_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the series may leave out more than a quarter of its value."""
    value = _series_at(values) if is_numeric(values) else None
    if value is None or not value.is_finite:
        return
    rest = _series_remainder(values)
    if rest > LARGEST_SHARE * abs(float(value)):
        left_out = f"the series may leave out {rest:.2g} of {float(value):.2g}"
        raise far_from_isometry(
            values, left_out, "leave order= out for the integral, or pass a higher order="
        )


def _to_order(order: int | sp.Expr) -> Status:
    return EXACT if order is sp.oo else asymptotic(f"O(Δ^{order + 1})")


LOG_ROW_NORM = Formula(
    name="forward.log_row_norm",
    title="Mean logarithm of a squared row norm",
    left=r"\mathbb{E}_{W} \log a_j",
    derivation=derive.log_row_norm,
    quantities=(eigenvalues(), width()),
    sampler=sample.log_row_norm,
    sampled_at=("eigenvalues",),
    cases=spectral_cases(),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum; closed forms for equal or pairwise equal "
    "non-zero eigenvalues and for two simple ones",
    reference=SPHERE,
    evaluator=spectral_value,
    remainder_bound=integral_error,
)

ISOMETRY_GAP_STEP = Formula(
    name="forward.isometry_gap_step",
    title="Mean isometry gap after one layer",
    left=r"\mathbb{E}_{W}\, \phi(X_1)",
    derivation=derive.isometry_gap_step,
    quantities=(
        eigenvalues(),
        width(),
        Quantity(
            "order", "degree of the series, oo: exact", OrderDomain(1, None, True), None, sp.oo
        ),
    ),
    sampler=sample.gap_after_layer,
    sampled_at=("eigenvalues",),
    cases=(*full_rank_cases(), *near_cases(order=6)[:2]),
    assumptions=SQUARE_LAYER,
    validity="every integer d >= 1 and every spectrum; oo for a singular G",
    status=_to_order,
    reference=SPHERE,
    evaluator=spectral_value,
    direct=_series_at,
    remainder_bound=_series_remainder,
    in_range=_series_in_range,
)

SPECTRUM_MAP = Formula(
    name="forward.spectrum_map",
    title="Mean Gram matrix of the samples after one layer, diagonal in the eigenbasis of K = XᵀX",
    left=r"\mathbb{E}_{W}\, (X_1^{\top} X_1)_{ss}",
    derivation=derive.spectrum_map,
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
    ),
    sampler=sample.next_gram_diagonal,
    second_moment=at_most_width,
    sampled_at=("eigenvalues",),
    cases=spectral_cases(),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=SPHERE,
    evaluator=map_value,
    remainder_bound=map_error,
)


ENTRIES = (
    LOG_ROW_NORM,
    ISOMETRY_GAP_STEP,
    SPECTRUM_MAP,
)
