"""Record of the gain of the gradient through a whole network, near isometry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.status import asymptotic
from bn_theory.laws.amplification import derive, sample
from bn_theory.laws.common.settings import (
    ISOMETRY,
)
from bn_theory.laws.common.shared import LARGEST_SHARE, eigenvalues, variance, width
from bn_theory.laws.common.spectral_values import normalised_value
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 90


def _full_rank(values: Mapping[str, Any]) -> None:
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        return
    rank = sum(value != 0 for value in spectrum.values())
    if rank < len(spectrum):
        raise InvalidInputError(
            "eigenvalues",
            f"must all be positive: the statement expands about full rank {len(spectrum)}",
            f"a spectrum of rank {rank}",
            "use backward.degenerate_input for rank-deficient batches",
        )


def _amplification_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    if isinstance(values.get("eigenvalues"), Spectrum):
        return normalised_value(expr, values)
    return expr.subs({sp.Symbol(name): values[name] for name in ("d", "v") if name in values})


def _amplification_remainder(values: Mapping[str, Any]) -> float:
    """Estimate the rest: tr Δ³/d, the one invariant of third order, and the square of v.

    The variance alone bounds no third order.
    """
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        return math.inf
    array = spectrum.as_array()
    deviation = array / array.mean() - 1
    return float(abs((deviation**3).mean()) + (deviation**2).mean() ** 2)


def _amplification_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum whose estimated rest exceeds a quarter of 1/2, the least gain's scale."""
    spectrum, v = values.get("eigenvalues"), values.get("v")
    if isinstance(spectrum, Spectrum):
        if any(x.free_symbols for x in spectrum.values()):
            return
        rest = _amplification_remainder(values)
    elif v is not None and not v.free_symbols:
        rest = float(v) ** 2
    else:
        return
    if rest > LARGEST_SHARE / 2:
        raise InvalidInputError(
            "eigenvalues",
            "must lie closer to their mean: second order in their deviations leaves out about "
            f"{rest:.2g} of a gain below 1",
            spectrum if isinstance(spectrum, Spectrum) else f"v = {v}",
            "sample the quantity: .simulate(...) with the same values",
        )


AMPLIFICATION = Formula(
    name="backward.amplification",
    title="Mean squared gradient through a whole network, from a nearly orthogonal batch",
    left=(
        r"\frac{\mathbb{E}_{W_1,\dots,W_L,\Gamma_L}\,\|\partial\ell/\partial X_0\|^2\,\|X_0\|^2}"
        r"{\|\Gamma_L\|^2\,\|X_L\|^2}"
    ),
    derivation=derive.amplification,
    quantities=(
        eigenvalues(2),
        width(2),
        variance(relative=True),
        Quantity("depth", "number of layers", OrderDomain(1, 10_000), default=2),
    ),
    sampler=sample.near_isometric_gain,
    sampled_at=("eigenvalues",),
    cases=(
        Case({"eigenvalues": [1.2, 1.1, 0.9, 0.8], "depth": 1}, samples=40_000),
        Case({"eigenvalues": [1.2, 1.1, 0.9, 0.8], "depth": 10}, samples=10_000),
        Case({"eigenvalues": [1.1, 0.9] * 4, "depth": 5}, samples=10_000),
    ),
    assumptions=(
        *ISOMETRY[:1],
        "n = d, full rank, linear activation, no mean removal; Γ_L isotropic",
        "near isometry: to second order in the relative deviations of the eigenvalues",
    ),
    validity=(
        "symbolic for d >= 4; every integer d >= 2 is derived by itself. Third order is left out: "
        "the remainder is an estimate of its size, |tr Δ³|/d + v²"
    ),
    status=asymptotic("O(Δ^3)"),
    reference="linear recursion on the equivariant second moments of A, to second order",
    generic_from=None,
    evaluator=_amplification_value,
    relative=True,
    remainder_bound=_amplification_remainder,
    in_range=_amplification_in_range,
    constraint=_full_rank,
)


ENTRIES = (AMPLIFICATION,)
