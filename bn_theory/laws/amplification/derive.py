"""The whole-depth gain of E‖∇‖² for a nearly orthogonal batch, to second order."""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.common.perturbation import layer_tensor_map, observable, start_tensor
from bn_theory.laws.common.recursions import iterate, resolvent
from bn_theory.notation import VARIANCE
from weingarten.budget import DEFAULT_MAX_COST, budgeted
from weingarten.coerce import refuses_text

__all__ = ["amplification", "amplification_limit"]


@refuses_text("d")
@budgeted
def amplification(
    d: int | sp.Expr, depth: int = 2, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    """Return E‖∂ℓ/∂X_0‖²/‖Γ_L‖² for G_0 of mean eigenvalue 1 and small variance v.

    The first order in Δ = G_0 - I vanishes with tr Δ; the second is linear in v = tr Δ²/d.

    Examples
    --------
    >>> amplification(4, 1)
    v/4 + 3/4
    """
    constant, second = observable(d)
    rows = sp.Matrix.vstack(constant, sp.sympify(d) * second)
    mean, slope = iterate(layer_tensor_map(d), start_tensor(d), rows, int(depth))
    return mean + slope * VARIANCE


@refuses_text("d")
def amplification_limit(d: int) -> sp.Expr:
    """Return the limit of :func:`amplification` for infinite depth, exactly, at an integer d >= 4.

    The recursion keeps what its eigenvalue 1 carries and forgets the rest: the limit of the
    iterates is x times the resolvent at x → 1.

    Examples
    --------
    >>> amplification_limit(4)
    355*v/1344 + 3/8
    """
    x = sp.Symbol("x")
    matrix, start = layer_tensor_map(d), start_tensor(d)
    constant, second = observable(d)
    total = sp.Integer(0)
    for row, factor in ((constant, sp.Integer(1)), (second, d * VARIANCE)):
        total += factor * _limit(matrix, start, row, x)
    return sp.expand(total)


def _limit(matrix: sp.Matrix, start: sp.Matrix, row: sp.Matrix, x: sp.Symbol) -> sp.Expr:
    numerator, denominator = resolvent(matrix, start, row, x)
    one = sp.Poly(x - 1, x)
    rest = denominator.quo(one)
    return sp.factor(numerator.eval(1) / rest.eval(1))
