"""Record of the spectrum after one layer near isometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Formula
from bn_theory.law.quantities import Quantity
from bn_theory.law.status import Status, asymptotic
from bn_theory.laws.common.settings import (
    SQUARE_LAYER,
    deviations,
    far_from_isometry,
    is_numeric,
    near_cases,
)
from bn_theory.laws.common.shared import (
    LARGEST_SHARE,
    METEREZ,
    eigenvalues,
    width,
)
from bn_theory.laws.common.spectral_values import (
    normalised_value,
)
from bn_theory.laws.contraction import derive, sample

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 30


def _contraction_remainder(values: Mapping[str, Any]) -> float:
    return derive.contraction_remainder(deviations(values), values["order"], values["k"])


def _contraction_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the bound on the rest exceeds a quarter of (tr Δ²)^(k/2)."""
    if not is_numeric(values):
        return
    relative, k = np.array(deviations(values)), values["k"]
    scale = float(np.sum(relative**2)) ** (k / 2) / (len(relative) if k == 2 else 1)
    if scale and _contraction_remainder(values) > LARGEST_SHARE * scale:
        left_out = f"the terms left out may exceed a quarter of (tr Δ²)^({k}/2)"
        raise far_from_isometry(
            values, left_out, "sample the quantity: .simulate(...) with the same values"
        )


def _largest_order(order: int, k: int) -> int:
    return max(order, k)


def _to_order(order: int, k: int) -> Status:
    del k
    return asymptotic(f"O(Δ^{order + 1})")


def _spectrum_latex(order: int, k: int) -> str:
    del order
    return (
        r"\mathbb{E}_{W}\, v(G_1)"
        if k == 2
        else rf"\mathbb{{E}}_{{W}}\,\mathrm{{Tr}}(\Delta_1^{{{k}}})"
    )


CONTRACTION = Formula(
    name="forward.contraction",
    title="Spectrum after one layer near isometry, as a series in Δ = G/m - I",
    left=_spectrum_latex,
    derivation=derive.contraction,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("order", "total degree in Δ that is kept", OrderDomain(2), default=4),
        Quantity("k", "2: variance of the spectrum; else tr Δ'^k", OrderDomain(2), default=2),
    ),
    sampler=sample.next_spectrum,
    sampled_at=("eigenvalues",),
    cases=(*near_cases(order=8), *near_cases(order=9, k=3)[:2], *near_cases(order=10, k=4)[:2]),
    assumptions=(*SQUARE_LAYER, "t_k = tr Δ^k; the series converges where no |δ_i| reaches 1"),
    validity="symbolic d: every integer d >= order; an integer d: always",
    status=_to_order,
    reference=f"conjugation moments of a traceless matrix; sharpens {METEREZ}",
    generic_from=_largest_order,
    evaluator=normalised_value,
    relative=True,
    remainder_bound=_contraction_remainder,
    in_range=_contraction_in_range,
)


ENTRIES = (CONTRACTION,)
