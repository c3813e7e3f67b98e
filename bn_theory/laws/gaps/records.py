"""Records of the formulas about the spectrum: one layer, near isometry, and over depth."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.quantities import IntegerDomain, Quantity, RealDomain
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.statement import Case, Formula
from bn_theory.laws.common import moment_numbers as numbers
from bn_theory.laws.common.second_moments import at_most_width
from bn_theory.laws.common.shared import LARGEST_SHARE, METEREZ, eigenvalues, width
from bn_theory.laws.common.spectral_values import (
    integral_error,
    map_error,
    map_value,
    normalised_value,
    ratio_error,
    spectral_value,
)
from bn_theory.laws.contraction import derive as contraction
from bn_theory.laws.gaps import derive
from bn_theory.laws.gaps import sample as depth_draws
from bn_theory.laws.row_norms import sample as draws
from bn_theory.laws.row_norms.records import HAAR_LAYER, SPECTRA, spectral_cases
from bn_theory.laws.sphere_integrals import derive as sphere_integrals
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES"]

_SQUARE = (
    "W is Haar-distributed on O(d), independent of the batch X",
    "as many samples as units, n = d; no mean removal, linear activation",
)
_SPHERE = f"integral over the sphere by the moments of a row norm; setting of {METEREZ}"
_LAYERS = Quantity("depth", "number L of layers", IntegerDomain(1), sp.Symbol("L"))

# spectra close to isometry at the three widths, where the series converge fast
_NEAR: tuple[list[float], ...] = tuple(
    [1.15] * (d // 4) + [0.95] * (d - d // 4) for d in (4, 16, 64)
)
_NEAR_SAMPLES = (10_000, 2_000, 300)


def _near_cases(**values: object) -> tuple[Case, ...]:
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(_NEAR, _NEAR_SAMPLES, strict=True)
    )


def _full_rank_cases(**values: object) -> tuple[Case, ...]:
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(SPECTRA, (10_000, 2_000, 300), strict=True)
    )


def _deviations(values: Mapping[str, Any]) -> list[float]:
    floats = values["eigenvalues"].as_array()
    return list(floats / floats.mean() - 1)


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
    return sphere_integrals.log_ratio_remainder(_deviations(values), values["order"])


def _contraction_remainder(values: Mapping[str, Any]) -> float:
    return contraction.contraction_remainder(_deviations(values), values["order"], values["k"])


def _far(values: Mapping[str, Any], left_out: str, remedy: str) -> InvalidInputError:
    largest = max(map(abs, _deviations(values)))
    return InvalidInputError(
        "eigenvalues",
        f"must lie closer to their mean: at order {values['order']} {left_out}",
        f"deviations up to {largest:.2g} of the mean",
        remedy,
    )


def _numeric_spectrum(values: Mapping[str, Any]) -> bool:
    spectrum = values.get("eigenvalues")
    return isinstance(spectrum, Spectrum) and not any(x.free_symbols for x in spectrum.values())


def _series_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the series may leave out more than a quarter of its value."""
    value = _series_at(values) if _numeric_spectrum(values) else None
    if value is None or not value.is_finite:
        return
    rest = _series_remainder(values)
    if rest > LARGEST_SHARE * abs(float(value)):
        left_out = f"the series may leave out {rest:.2g} of {float(value):.2g}"
        raise _far(values, left_out, "leave order= out for the integral, or pass a higher order=")


def _contraction_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the bound on the rest exceeds a quarter of (tr Δ²)^(k/2)."""
    if not _numeric_spectrum(values):
        return
    deviations, k = np.array(_deviations(values)), values["k"]
    scale = float(np.sum(deviations**2)) ** (k / 2) / (len(deviations) if k == 2 else 1)
    if scale and _contraction_remainder(values) > LARGEST_SHARE * scale:
        left_out = f"the terms left out may exceed a quarter of (tr Δ²)^({k}/2)"
        raise _far(values, left_out, "sample the quantity: .simulate(...) with the same values")


def _largest_order(order: int, k: int) -> int:
    return max(order, k)


def _spectrum_latex(order: int, k: int) -> str:
    del order
    return (
        r"\mathbb{E}_{W}\, v(G_1)"
        if k == 2
        else rf"\mathbb{{E}}_{{W}}\,\mathrm{{Tr}}(\Delta_1^{{{k}}})"
    )


LOG_ROW_NORM = Formula(
    name="forward.log_row_norm",
    title="Mean logarithm of a squared row norm",
    left=r"\mathbb{E}_{W} \log a_j",
    derivation=sphere_integrals.log_row_norm,
    quantities=(eigenvalues(), width()),
    sampler=draws.log_row_norm,
    sampled_at=("eigenvalues",),
    cases=spectral_cases(),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum; closed forms for equal or pairwise equal "
    "non-zero eigenvalues and for two simple ones",
    reference=_SPHERE,
    evaluator=spectral_value,
    remainder_bound=integral_error,
)

ISOMETRY_GAP_STEP = Formula(
    name="forward.isometry_gap_step",
    title="Mean isometry gap after one layer",
    left=r"\mathbb{E}_{W}\, \phi(X_1)",
    derivation=sphere_integrals.isometry_gap_step,
    quantities=(
        eigenvalues(),
        width(),
        Quantity(
            "order", "degree of the series, oo: exact", OrderDomain(1, None, True), None, sp.oo
        ),
    ),
    sampler=depth_draws.gap_after_layer,
    sampled_at=("eigenvalues",),
    cases=(*_full_rank_cases(), *_near_cases(order=6)[:2]),
    assumptions=_SQUARE,
    validity="every integer d >= 1 and every spectrum; oo for a singular G",
    reference=_SPHERE,
    evaluator=spectral_value,
    direct=_series_at,
    remainder_bound=_series_remainder,
    in_range=_series_in_range,
)

SPECTRUM_MAP = Formula(
    name="forward.spectrum_map",
    title="Mean Gram matrix of the samples after one layer, diagonal in the eigenbasis of K = XᵀX",
    left=r"\mathbb{E}_{W}\, (X_1^{\top} X_1)_{kk}",
    derivation=sphere_integrals.spectrum_map,
    quantities=(
        eigenvalues(),
        width(),
        Quantity(
            "k", "which eigenvalue, from 1; all if left out", IntegerDomain(1), sp.Symbol("k")
        ),
    ),
    sampler=draws.next_gram_diagonal,
    second_moment=at_most_width,
    sampled_at=("eigenvalues",),
    cases=spectral_cases(),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=_SPHERE,
    evaluator=map_value,
    remainder_bound=map_error,
)

CONTRACTION = Formula(
    name="forward.contraction",
    title="Spectrum after one layer near isometry, as a series in Δ = G/m - I",
    left=_spectrum_latex,
    derivation=contraction.contraction,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("order", "total degree in Δ that is kept", OrderDomain(2), default=4),
        Quantity("k", "2: variance of the spectrum; else tr Δ'^k", OrderDomain(2), default=2),
    ),
    sampler=depth_draws.next_spectrum,
    sampled_at=("eigenvalues",),
    cases=(*_near_cases(order=8), *_near_cases(order=9, k=3)[:2], *_near_cases(order=10, k=4)[:2]),
    assumptions=(*_SQUARE, "t_j = tr Δ^j; the series converges where no |δ_i| reaches 1"),
    validity="symbolic d: every integer d >= order; an integer d: always",
    reference=f"conjugation moments of a traceless matrix; sharpens {METEREZ}",
    generic_from=_largest_order,
    evaluator=normalised_value,
    relative=True,
    remainder_bound=_contraction_remainder,
    in_range=_contraction_in_range,
)

GAP_TELESCOPING = Formula(
    name="forward.gap_telescoping",
    title="Conservation law: the log scales of all layers add up to the loss of isometry gap",
    left=r"\phi(X_L) - \frac{1}{d} \sum_{l=1}^{L} \sum_{j=1}^{d} \log a_j^{(l)}",
    derivation=derive.gap_telescoping,
    quantities=(eigenvalues(), width(), _LAYERS),
    sampler=depth_draws.conserved_gap,
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
    given = {sp.Symbol("L"): values["depth"], sp.Symbol("C"): values.get("C", sp.Integer(1))}
    if {"d", "phi"} <= values.keys():  # all that the bound knows of the batch
        given |= {sp.Symbol(name): values[name] for name in ("d", "phi")}
        return expr.xreplace(given)
    return spectral_value(expr.xreplace(given), values)


GAP_BOUND = Formula(
    name="forward.gap_bound",
    title="The published bound on the isometry gap after L layers",
    left=r"\mathbb{E}\,\phi(X_L)",
    derivation=derive.gap_bound,
    quantities=(
        eigenvalues(),
        width(),
        _LAYERS,
        Quantity("C", "absolute constant of the bound", RealDomain(0, strict=True), sp.Symbol("C")),
    ),
    sampler=depth_draws.gap_after_depth,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "depth": 10, "C": 1}, samples=1000),
        Case({"eigenvalues": SPECTRA[1], "depth": 5, "C": 1}, samples=200),
        Case({"eigenvalues": SPECTRA[2], "depth": 2, "C": 1}, samples=50),
    ),
    assumptions=_SQUARE,
    validity="as published, for some absolute constant C; C = 1, the default, holds at the cases",
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
    sampler=depth_draws.gap_after_gaussian_layer,
    sampled_at=("eigenvalues",),
    cases=_full_rank_cases(),
    assumptions=(
        "the entries of W are independent centred normal variables of one variance",
        "as many samples as units, n = d; no mean removal, linear activation",
    ),
    validity="every integer d >= 1 and every spectrum; oo for a singular G",
    reference=f"{_SPHERE}; Bartlett's decomposition of a Wishart determinant",
    evaluator=spectral_value,
    remainder_bound=integral_error,
)

ENTRIES = (
    LOG_ROW_NORM,
    ISOMETRY_GAP_STEP,
    SPECTRUM_MAP,
    CONTRACTION,
    GAP_TELESCOPING,
    GAP_BOUND,
    GAUSSIAN_STEP,
)
