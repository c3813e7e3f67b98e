"""Records of LayerNorm and RMSNorm: what they do to the gap of the samples, beside BatchNorm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import IntegerDomain, Quantity
from bn_theory.laws.common.choices import FlagDomain
from bn_theory.laws.common.digamma import digammas_at
from bn_theory.laws.common.shared import width
from bn_theory.laws.normalisations import derive, sample
from bn_theory.notation import SAMPLES, D, meaning_of
from weingarten.budget import foresee
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 48

_LEFT = r"\mathbb{E}_{W}\, \phi_K(X_1) - \phi_K(X_0)"
_LAYER = (
    "X_0 has columns (samples) of norm 1 and rank n, otherwise any; linear activation",
    "φ_K(X) is the isometry gap of the samples: log of the mean eigenvalue of K = XᵀX "
    "less the mean logarithm of its eigenvalues",
)


def _gaussian(default: bool) -> Quantity:
    return Quantity("gaussian", "whether weights are Gaussian", FlagDomain(), default=default)


_SAMPLES = Quantity("n", meaning_of(SAMPLES), IntegerDomain(1), SAMPLES)


def _fits(values: Mapping[str, Any], dimensions: int, where: str) -> None:
    d, n = values.get("d"), values.get("n")
    if isinstance(d, sp.Integer) and isinstance(n, sp.Integer) and n > d - dimensions:
        raise InvalidInputError("n", f"must be at most {where}", n, "pass fewer samples")


def _rms_fits(values: Mapping[str, Any]) -> None:
    _fits(values, 0, "d")


def _layer_fits(values: Mapping[str, Any]) -> None:
    _fits(values, 1, "d - 1: features are centred")


def _value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Substitute, and write sums of logarithms out."""
    given = {symbol: values[symbol.name] for symbol in (D, SAMPLES) if symbol.name in values}
    held = {total: _written_out(total, given) for total in expr.atoms(sp.Sum)}
    return sp.expand(digammas_at(expr.xreplace(held), given))


def _written_out(total: sp.Sum, given: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Return a sum over the samples term by term, if it is known how many there are."""
    index, first, last = total.limits[0]
    last = last.xreplace(given)
    if not isinstance(last, sp.Integer):
        return total
    foresee(f"a sum over {last} samples", 2e-3 * int(last))
    terms = (digammas_at(total.function, {index: sp.Integer(k)}) for k in range(first, last + 1))
    return sp.Add(*(digammas_at(term, given) for term in terms))


RMS_NORM_GROWTH = Formula(
    name="forward.rms_norm_growth",
    title="Growth of the samples' gap in one layer with RMSNorm",
    left=_LEFT,
    derivation=derive.rms_norm_growth,
    quantities=(width(), _SAMPLES, _gaussian(True)),
    sampler=sample.rms_norm,
    sampled_at=("d", "n"),
    cases=(
        Case({"d": 10, "n": 4}, samples=40_000),
        Case({"d": 6, "n": 6}, samples=8_000),
        Case({"d": 10, "n": 4, "gaussian": False}, samples=200),
    ),
    assumptions=(
        "W has independent normal entries, by default (gaussian=True), or is Haar-distributed on "
        "O(d) (gaussian=False), which keeps the gap in every draw",
        *_LAYER,
    ),
    validity="1 <= n <= d, every input",
    reference="Bartlett's decomposition of a Wishart determinant",
    evaluator=_value,
    constraint=_rms_fits,
    rounding=1e-12,
)

LAYER_NORM_GROWTH = Formula(
    name="forward.layer_norm_growth",
    title="Growth of the samples' gap in one layer with LayerNorm",
    left=_LEFT,
    derivation=derive.layer_norm_growth,
    quantities=(width(2), _SAMPLES, _gaussian(False)),
    sampler=sample.layer_norm,
    sampled_at=("d", "n"),
    cases=(
        Case({"d": 16, "n": 15}, samples=16_000),
        Case({"d": 10, "n": 4}, samples=40_000),
        Case({"d": 10, "n": 4, "gaussian": True}, samples=8_000),
    ),
    assumptions=(
        "W is Haar-distributed on O(d), by default (gaussian=False), or has independent normal "
        "entries (gaussian=True)",
        *_LAYER,
    ),
    validity="1 <= n <= d - 1, every input",
    reference="norms and determinants of projections of a uniform vector",
    evaluator=_value,
    constraint=_layer_fits,
)

ENTRIES = (RMS_NORM_GROWTH, LAYER_NORM_GROWTH)
