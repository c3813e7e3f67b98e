"""Records of the formulas about row norms, the entries of Ĝ = W G Wᵀ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from bn_theory.law.domains import IndicesDomain, OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.layout import symbol_latex
from bn_theory.law.quantities import IntegerDomain, PowersDomain, Quantity, RealDomain
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common import moment_numbers as numbers
from bn_theory.laws.common.second_moments import Twice
from bn_theory.laws.common.settings import (
    HAAR_LAYER,
    SPECTRA,
    moment_latex,
    spectral_cases,
)
from bn_theory.laws.common.shared import METEREZ, eigenvalues, variance, width
from bn_theory.laws.row_norms import derive, sample, squares
from bn_theory.notation import INDICES, MEAN, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 10

_CONJUGATION = f"conjugation moments of W G Wᵀ; setting of {METEREZ}"


def _one_eigenvalue_has_no_variance(values: Mapping[str, Any]) -> None:
    if values.get("d") == 1 and "v" in values and values["v"].is_zero is False:
        raise InvalidInputError(
            "v", "must be 0 for d = 1", values["v"], "one eigenvalue has no variance; take d >= 2"
        )


def _enough_rows(values: Mapping[str, Any]) -> None:
    powers, d = values["k"], values.get("d")
    if isinstance(d, sp.Integer) and len(powers) > d:
        raise InvalidInputError(
            "k", f"must name at most d = {d} rows", powers, "leave out the last powers"
        )


def _rows_exist(values: Mapping[str, Any]) -> None:
    d = values.get("d")
    if not isinstance(d, sp.Integer):
        return
    labels = [("indices", label) for pair in values.get("indices", ()) for label in pair]
    labels += [(name, values[name]) for name in map(str, INDICES) if name in values]
    for name, label in labels:
        if isinstance(label, int | sp.Integer) and label >= d:
            raise InvalidInputError(
                name, f"must be smaller than d = {d}", int(label), "count rows from 0"
            )


def _index(symbol: sp.Symbol) -> Quantity:
    former = {"i2": ("k",), "j2": ("l",)}.get(symbol.name, ())
    return Quantity(symbol.name, meaning_of(symbol), IntegerDomain(0), symbol, aliases=former)


def _power(k: int) -> int:
    return k


def _joint_order(k: tuple[int, ...]) -> int:
    return sum(k)


def _gram_order(indices: tuple[tuple[object, object], ...]) -> int:
    return len(indices)


def _moment_at(values: Mapping[str, Any]) -> sp.Expr | None:
    spectrum, order = values.get("eigenvalues"), values["k"]
    if not isinstance(spectrum, Spectrum):
        return None
    sums = numbers.as_exact([spectrum.power_sum(j) for j in range(1, order + 1)])
    if sums is None:
        return None
    return numbers.from_exact(numbers.moments_from_sums(sums, len(spectrum))[order])


def _cumulant_at(values: Mapping[str, Any]) -> sp.Expr | None:
    spectrum, order = values.get("eigenvalues"), values["k"]
    if not isinstance(spectrum, Spectrum):
        return None
    sums = numbers.as_exact([spectrum.central_power_sum(j) for j in range(1, order + 1)])
    if sums is None:
        return None
    moments = numbers.moments_from_sums([Fraction(0), *sums[1:]], len(spectrum))
    return numbers.from_exact(numbers.cumulants_from_moments(moments)[order])


def _cumulant_latex(k: int) -> str:
    return rf"\kappa_{{{k}}}(a_j)"


def _joint_latex(k: tuple[int, ...]) -> str:
    powers = [rf"a_{{{i}}}" + (f"^{{{p}}}" if p > 1 else "") for i, p in enumerate(k, 1) if p]
    return r"\mathbb{E}_{W}\, " + " ".join(powers)


def _gram_latex(indices: tuple[tuple[object, object], ...]) -> str:
    names = {str(symbol): symbol_latex(symbol) for symbol in INDICES}
    pairs = ([names.get(str(index), str(index)) for index in pair] for pair in indices)
    return r"\mathbb{E}_{W}\, " + " ".join(rf"\hat{{G}}_{{{i} {j}}}" for i, j in pairs)


_I, _J, _I2, _J2 = INDICES

GRAM_MEAN = Formula(
    name="forward.gram_mean",
    title="Mean of the Gram matrix Ĝ = W G Wᵀ before normalisation",
    left=r"\mathbb{E}_{W}\, \hat{G}_{ij}",
    derivation=derive.gram_mean,
    degree=1,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("m", meaning_of(MEAN), RealDomain(0), MEAN),
        _index(INDICES[0]),
        _index(INDICES[1]),
    ),
    sampler=sample.gram_entry,
    exact_square=squares.gram_mean_square,
    sampled_at=("eigenvalues", "i", "j"),
    cases=(*spectral_cases(i=0, j=0), *spectral_cases(i=0, j=1)[:1]),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=_CONJUGATION,
    constraint=_rows_exist,
)

GRAM_COVARIANCE = Formula(
    name="forward.gram_covariance",
    title="Covariance of any two entries of Ĝ = W G Wᵀ",
    left=r"\mathrm{Cov}(\hat{G}_{ij}, \hat{G}_{i'j'})",
    derivation=derive.gram_covariance,
    degree=2,
    quantities=(eigenvalues(2), width(2), variance(), *map(_index, INDICES)),
    sampler=sample.gram_deviation_product,
    exact_square=squares.gram_covariance_square,
    sampled_at=("eigenvalues", "i", "j", "i2", "j2"),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "i": 0, "j": 1, "i2": 1, "j2": 0}, samples=40_000),
        *spectral_cases(i=0, j=1, i2=1, j2=0)[1:],
        *spectral_cases(i=0, j=0, i2=1, j2=1),
        *spectral_cases(i=0, j=1, i2=0, j2=2)[:1],
    ),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 2 and every spectrum",
    reference=_CONJUGATION,
    constraint=_rows_exist,
)

GRAM_MOMENTS = Formula(
    name="forward.gram_moments",
    title="Mean of any product of entries of Ĝ = W G Wᵀ",
    left=_gram_latex,
    derivation=derive.gram_moment,
    degree=_gram_order,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("indices", "index pairs", IndicesDomain(), default=((_I, _J), (_I2, _J2))),
        *map(_index, INDICES),
    ),
    sampler=sample.gram_product,
    exact_square=squares.gram_product_square,
    second_moment=Twice("indices"),
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "i": 0, "j": 0, "i2": 1, "j2": 1}, samples=20_000),
        *spectral_cases(indices=((0, 0), (1, 1)))[1:],
        *spectral_cases(indices=((0, 1), (1, 2), (2, 0), (0, 0))),
        *spectral_cases(i=0, j=1, i2=0, j2=1),
    ),
    assumptions=HAAR_LAYER,
    validity="symbolic d: every integer d >= the number of factors; an integer d: always",
    reference=_CONJUGATION,
    generic_from=_gram_order,
    constraint=_rows_exist,
)

ROW_NORM_VARIANCE = Formula(
    name="forward.row_norm_variance",
    title="Variance of the squared row norm that a layer divides by",
    left=r"\mathrm{Var}(a_j)",
    derivation=derive.row_norm_variance,
    degree=2,
    quantities=(eigenvalues(), width(), variance()),
    sampler=sample.row_norm_spread,
    exact_square=squares.row_norm_spread_square,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": [2, 1, 1]}, samples=20_000),
        Case({"eigenvalues": [4, 3, 2, 1, 1, 1, 0, 0]}, samples=10_000),
        Case({"eigenvalues": [8] + [1] * 15}, samples=10_000),
        Case({"eigenvalues": [2] * 16 + [1] * 16}, samples=4_000),
    ),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=f"second moment of W G Wᵀ, a conjugation moment; setting of {METEREZ}",
    constraint=_one_eigenvalue_has_no_variance,
)

ROW_NORM_COVARIANCE = Formula(
    name="forward.row_norm_covariance",
    title="Covariance of two squared row norms of one layer",
    left=r"\mathrm{Cov}(a_i, a_j)",
    derivation=derive.row_norm_covariance,
    degree=2,
    quantities=(eigenvalues(2), width(2), variance()),
    sampler=sample.row_norm_product,
    exact_square=squares.row_norm_product_square,
    sampled_at=("eigenvalues",),
    cases=spectral_cases(),
    assumptions=(*HAAR_LAYER, "i ≠ j"),
    validity="every integer d >= 2 and every spectrum",
    reference=_CONJUGATION,
)

ROW_NORM_MOMENT = Formula(
    name="forward.row_norm_moment",
    title="Moment of any order of a squared row norm",
    left=moment_latex,
    derivation=derive.row_norm_moment,
    degree=_power,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("k", "order of the moment", OrderDomain(0), default=2),
    ),
    sampler=sample.row_norm_power,
    exact_square=squares.row_norm_power_square,
    second_moment=Twice("k"),
    sampled_at=("eigenvalues",),
    cases=(*spectral_cases(k=2), *spectral_cases(k=4)),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=f"diagonal conjugation moments; setting of {METEREZ}",
    direct=_moment_at,
)

ROW_NORM_JOINT = Formula(
    name="forward.row_norm_joint",
    title="Joint moment of the squared norms of different rows",
    left=_joint_latex,
    derivation=derive.row_norm_joint,
    degree=_joint_order,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("k", "powers of a_1, a_2, …", PowersDomain(0), default=(1, 1)),
    ),
    sampler=sample.row_norm_joint,
    exact_square=squares.row_norm_joint_square,
    second_moment=Twice("k"),
    sampled_at=("eigenvalues",),
    cases=(*spectral_cases(k=(2, 1)), *spectral_cases(k=(2, 1, 1))),
    assumptions=HAAR_LAYER,
    validity="symbolic d: every integer d >= k_1 + k_2 + …; an integer d >= number of rows: always",
    reference=_CONJUGATION,
    generic_from=_joint_order,
    constraint=_enough_rows,
)

ROW_NORM_CUMULANT = Formula(
    name="forward.row_norm_cumulant",
    title="Cumulant of a squared row norm",
    left=_cumulant_latex,
    derivation=derive.row_norm_cumulant,
    degree=_power,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("k", "order of the cumulant", OrderDomain(2), default=3),
    ),
    sampler=sample.row_norm_cumulant,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": SPECTRA[0], "k": 3}, samples=100_000),
        *spectral_cases(k=3)[1:],
        Case({"eigenvalues": SPECTRA[0], "k": 4}, samples=100_000),
        Case({"eigenvalues": [3, 2, 1, 1, 1, 1, 0, 0], "k": 4}, samples=100_000),
        Case({"eigenvalues": [2, 1, 1], "k": 4}, samples=40_000),
    ),
    assumptions=HAAR_LAYER,
    validity="every integer d >= 1 and every spectrum",
    reference=f"moments of a traceless conjugated matrix; setting of {METEREZ}",
    direct=_cumulant_at,
)

OFFDIAGONAL_SECOND_MOMENT = replace(
    ROW_NORM_COVARIANCE,
    name="forward.offdiagonal_second_moment",
    title="Mean squared overlap of two rows before normalisation",
    left=r"\mathbb{E}_{W}\, \hat{G}_{ij}^2",
    derivation=derive.offdiagonal_second_moment,
    sampler=sample.offdiagonal_square,
    exact_square=squares.offdiagonal_square,
)

ENTRIES = (
    GRAM_MEAN,
    GRAM_COVARIANCE,
    GRAM_MOMENTS,
    ROW_NORM_VARIANCE,
    ROW_NORM_COVARIANCE,
    ROW_NORM_MOMENT,
    ROW_NORM_JOINT,
    ROW_NORM_CUMULANT,
    OFFDIAGONAL_SECOND_MOMENT,
)
