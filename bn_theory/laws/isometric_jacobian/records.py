"""Records of the Jacobian of a whole network at isometry, of infinite depth and wide batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.second_moments import at_most_one
from bn_theory.laws.common.settings import ISOMETRY
from bn_theory.laws.common.shared import MEAN_OVER_ALL, depth, width
from bn_theory.laws.isometric_jacobian import derive, sample
from bn_theory.notation import SAMPLES, D, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 84

_NETWORK = ISOMETRY[:-1]
_ISOTROPIC = (*_NETWORK, "Γ_L isotropic, independent of the weights")
_WIDE = (
    ISOMETRY[0],
    "at least as many samples as units, n >= d, and X_0 X_0ᵀ = I: so it is for every state",
    *_ISOTROPIC[2:],
)

JACOBIAN_SPECTRUM = Formula(
    name="backward.jacobian_spectrum",
    title="Both ends of the spectrum of the whole network's Jacobian, in every draw",
    left=(
        r"\sigma_i\Bigl(\frac{\partial X_L}{\partial X_0}\Bigr),\quad "
        r"i = 1,\ \frac{d(d-1)}{2},\ d^2 - d + 1,\ d^2"
    ),
    derivation=derive.jacobian_spectrum,
    quantities=(width(2), depth()),
    sampler=sample.end_singular_values,
    whole_jacobian=True,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 2, "depth": 4}, samples=50),
        Case({"d": 4, "depth": 20}, samples=50),
        Case({"d": 7, "depth": 5}, samples=20),
    ),
    assumptions=(*_NETWORK, "singular values in falling order, d² of them"),
    validity=(
        "every integer d >= 2, every depth, every draw: d(d-1)/2 are exactly 1 and d exactly 0; "
        "the others lie between, (d-1)(d/2-L+1) of them at 1 as well while that is positive"
    ),
    reference="one layer maps A to Wᵀ offdiag(A) W: antisymmetric ones are kept, diagonals lost",
    every_draw=True,
    rounding=1e-9,
)

JACOBIAN_VOLUME = Formula(
    name="backward.jacobian_volume",
    title="The volume that a network's Jacobian keeps is set by its weights, in every draw",
    left=(
        r"\Bigl| \sum_{\sigma_i > 0} \log \sigma_i\Bigl(\frac{\partial X_L}{\partial X_0}\Bigr) - "
        r"\sum_{l=2}^{L} \log \bigl|\det (W_l \circ W_l)\bigr| \Bigr|"
    ),
    derivation=derive.jacobian_volume,
    quantities=(width(2), depth()),
    sampler=sample.volume_defect,
    whole_jacobian=True,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 3, "depth": 1}, samples=50),
        Case({"d": 3, "depth": 4}, samples=50),
        Case({"d": 5, "depth": 5}, samples=50),
    ),
    assumptions=(
        "orthogonal weights, whatever their law",
        *_NETWORK[1:],
        "W∘W has the squared entries of W",
    ),
    validity="every integer d >= 2, every depth, every draw; it does not exceed 0",
    reference="Jacobi's identity for complementary minors of the rotation of symmetric matrices",
    every_draw=True,
    rounding=1e-7,
    relation="<=",
)


def _limit_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    return digammas_at(expr, {D: values["d"]} if "d" in values else {})


ISOMETRIC_LOG_LIMIT = Formula(
    name="backward.isometric_log_limit",
    title="Mean log squared gradient at infinite depth, orthogonal batch",
    left=(
        rf"\lim_{{L \to \infty}} {MEAN_OVER_ALL}\, "
        r"\log(\|\partial\ell/\partial X_0\|^2 / \|\Gamma_L\|^2)"
    ),
    derivation=derive.isometric_log_limit,
    quantities=(width(2),),
    sampler=sample.deep_log_gain,
    layers_per_unit=12,
    sampled_at=("d",),
    cases=(
        Case({"d": 2}, samples=10_000),
        Case({"d": 4}, samples=10_000),
        Case({"d": 8}, samples=2_000),
    ),
    assumptions=_ISOTROPIC,
    validity="every integer d >= 2; what finite depth adds is of the order (d/(d+2))^L",
    reference="the antisymmetric part of an isotropic matrix has a Beta law",
    evaluator=_limit_value,
)


def _wide_enough(values: Mapping[str, Any]) -> None:
    n, d = values.get("n"), values.get("d")
    if isinstance(n, sp.Integer) and isinstance(d, sp.Integer) and n < d:
        raise InvalidInputError(
            "n",
            f"must be at least d = {d}",
            n,
            "add samples: with fewer the states do not stay isometric",
        )


ISOMETRIC_WIDE_BATCH = Formula(
    name="backward.isometric_wide_batch",
    title="Mean squared gradient norm at any depth, at least as many samples as units",
    left=rf"{MEAN_OVER_ALL}\,\|\partial\ell/\partial X_0\|^2 / \|\Gamma_L\|^2",
    derivation=derive.isometric_wide_batch,
    quantities=(
        width(2),
        Quantity("n", meaning_of(SAMPLES), IntegerDomain(2), SAMPLES),
        depth("those the gradient is carried back"),
    ),
    sampler=sample.wide_batch_gain,
    second_moment=at_most_one,
    sampled_at=("d", "n", "depth"),
    cases=(
        Case({"d": 4, "n": 9, "depth": 3}, samples=10_000),
        Case({"d": 4, "n": 4, "depth": 5}, samples=10_000),
        Case({"d": 16, "n": 20, "depth": 10}, samples=1_000),
    ),
    assumptions=_WIDE,
    validity="every integer d >= 2, n >= d and L >= 1",
    reference="what Γ_L has outside of the rows of X_0 passes unchanged; the rest as for n = d",
    constraint=_wide_enough,
)

ENTRIES = (JACOBIAN_SPECTRUM, JACOBIAN_VOLUME, ISOMETRIC_LOG_LIMIT, ISOMETRIC_WIDE_BATCH)
