"""Record of the moments of the gradient norm at isometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity
from bn_theory.laws.common.choices import GradientDomain
from bn_theory.laws.common.second_moments import at_most_one
from bn_theory.laws.common.settings import (
    ISOMETRY,
)
from bn_theory.laws.common.shared import MEAN_OVER_ALL, depth, width
from bn_theory.laws.isometric_moments import derive, sample
from bn_theory.notation import DEPTH, D
from weingarten.errors import CostLimitError, InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 80


# up to these depths a symbolic d gives a rational function in seconds; then the closed form does
_RATIONAL_DEPTHS = {1: 1000, 2: 100, 3: 25}


def _moment_at(values: Mapping[str, Any]) -> sp.Expr | None:
    """Apply the recursion at an integer depth; None where the closed form serves."""
    d, steps, order = values.get("d"), values.get("depth"), int(values["k"])
    gradient = _checked_gradient(values)
    if not isinstance(steps, sp.Integer):
        return None
    if isinstance(d, sp.Integer):
        return derive.isometric_moment_at(int(d), order, int(steps), gradient)
    if steps <= _RATIONAL_DEPTHS[order]:
        iterated = derive.isometric_moment_at(D, order, int(steps))
        return iterated if d is None else iterated.subs(D, d)
    raise CostLimitError(
        f"the moment of order {order} as a rational function of d",
        int(steps),
        _RATIONAL_DEPTHS[order],
        "layers",
        "pass an integer d=, or leave depth= out for the closed form",
    )


def _moment_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Substitute into the closed form, or into a conjecture."""
    if "gradient" in values:
        raise InvalidInputError(
            "gradient",
            "must be left out of a conjecture",
            values["gradient"],
            "a conjecture is about an isotropic gradient",
        )
    names = {"d": D, "depth": DEPTH}
    result = expr.subs({symbol: values[name] for name, symbol in names.items() if name in values})
    return result if result.free_symbols else sp.N(result, 30)


def _checked_gradient(values: Mapping[str, Any]) -> sp.MatrixBase | None:
    gradient, d, steps = (values.get(name) for name in ("gradient", "d", "depth"))
    if gradient is None:
        return None
    if not (isinstance(d, sp.Integer) and isinstance(steps, sp.Integer)):
        raise InvalidInputError(
            "gradient", "needs numbers for d and depth", (d, steps), "pass d= and depth= as ints"
        )
    if gradient.shape != (d, d):
        raise InvalidInputError(
            "gradient",
            f"must be a d×d matrix for d = {d}",
            f"a matrix of shape {gradient.shape}",
            "pass as many rows and columns as d",
        )
    return gradient


def _exact_square(law: Formula, values: Mapping[str, Any]) -> sp.Expr | None:
    """Return the mean square of the squared norm itself, its second moment; None for its powers."""
    return law.evaluate(**{**values, "k": 2}) if values["k"] == 1 else None


def _moment_left(k: int) -> str:
    return (
        rf"{MEAN_OVER_ALL}\,\|\partial\ell/\partial X_0\|^{{{2 * int(k)}}}"
        rf" / \|\Gamma_L\|^{{{2 * int(k)}}}"
    )


ISOMETRIC_MOMENT = Formula(
    name="backward.isometric_moment",
    title="Moments of the squared gradient norm at any depth, from an orthogonal batch",
    left=_moment_left,
    derivation=derive.isometric_moment,
    quantities=(
        width(2),
        depth("those the gradient is carried back"),
        Quantity("k", "order of the moment of the squared norm", OrderDomain(1, 3), default=2),
        Quantity("gradient", "a fixed Γ_L (k <= 2); isotropic unless given", GradientDomain()),
    ),
    sampler=sample.isometric_norms,
    second_moment=at_most_one,
    exact_square=_exact_square,
    sampled_at=("d", "depth"),
    cases=(
        Case({"d": 4, "depth": 1}, samples=20_000),
        Case({"d": 4, "depth": 2}, samples=20_000),
        Case({"d": 4, "depth": 5}, samples=20_000),
        Case({"d": 4, "depth": 50}, samples=8_000),
        Case({"d": 16, "depth": 1}, samples=4_000),
        Case({"d": 16, "depth": 2}, samples=4_000),
        Case({"d": 16, "depth": 5}, samples=4_000),
        Case({"d": 16, "depth": 50}, samples=1_000),
    ),
    assumptions=(
        *ISOMETRY[:-1],
        "Γ_L isotropic, independent of the weights; or fixed, if gradient= is given",
    ),
    validity=(
        "the symbolic statement for d >= 2k; every integer d >= 2 is derived by itself. L >= 1"
    ),
    reference="linear recursion on trace words of degree 2k in the two parts of A, by the engine",
    generic_from=None,
    evaluator=_moment_value,
    direct=_moment_at,
)


ENTRIES = (ISOMETRIC_MOMENT,)
