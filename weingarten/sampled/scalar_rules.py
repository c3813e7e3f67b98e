"""Numerical values of scalar nodes: one rule per SymPy node."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.rv import RandomSymbol

from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import (
    add,
    apply,
    entry_value,
    from_sympy,
    is_array,
    machine,
    multiply,
    power,
    to_sympy,
)
from weingarten.sampled.evaluator import Evaluator, Rule, unsupported
from weingarten.symbols.normalised_traces import NormalizedTrace

__all__ = ["SCALAR_RULES"]


def _missing(ev: Evaluator, expr: sp.Basic) -> Any:
    twin = any(str(key) == str(expr) for key in ev.values)
    remedy = (
        f"use the {expr} of the expression as key: the one given has other assumptions or shape"
        if twin
        else f"add an entry for {expr}"
    )
    raise InvalidInputError("values", "must give a value to every symbol", expr, remedy)


def _number(ev: Evaluator, expr: sp.Expr) -> Any:
    value = from_sympy(expr)
    if value is None:
        raise InvalidInputError(
            "expr", "must be finite", expr, "choose an expression and values without poles"
        )
    return value


def _power(ev: Evaluator, expr: sp.Pow) -> Any:
    return power(ev.scalar(expr.base), ev.scalar(expr.exp))


def _element(ev: Evaluator, expr: MatrixElement) -> Any:
    i, j = (ev.integer(index) for index in expr.indices)
    matrix = ev(expr.parent)
    _check_index(expr, (i, j), matrix.shape[-2:])
    return entry_value(matrix[..., i, j])


def _indexed(ev: Evaluator, expr: sp.Indexed) -> Any:
    places = tuple(ev.integer(index) for index in expr.indices)
    array = ev(expr.base)
    if np.ndim(array) < len(places):
        raise InvalidInputError(
            "values",
            f"must give {expr.base} an array with {len(places)} axes",
            np.shape(array),
            "pass an array of that many axes",
        )
    _check_index(expr, places, array.shape[-len(places) :])
    return entry_value(array[(..., *places)])


def _check_index(expr: sp.Basic, places: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if not all(0 <= k < size for k, size in zip(places, shape, strict=True)):
        raise InvalidInputError(
            "values",
            "must keep indices inside the matrix",
            f"{expr} at {places}",
            "give smaller indices or a larger dimension",
        )


def _iterated(ev: Evaluator, expr: sp.Sum | sp.Product) -> tuple[list[Any], int]:
    """Return the values of a summand over its outermost index, and the sign of the range.

    Empty and reversed ranges follow SymPy: from a to b < a - 1 is minus from b + 1 to a - 1.
    """
    *inner, limit = expr.limits
    if len(limit) != 3:
        raise InvalidInputError(
            "expr", "must have sums with both limits", expr, "give a lower and an upper limit"
        )
    variable, lower, upper = limit
    body = expr.func(expr.function, *inner) if inner else expr.function
    start, stop, sign = ev.integer(lower), ev.integer(upper), 1
    if stop < start - 1:
        start, stop, sign = stop + 1, start - 1, -1
    values = [ev.at({variable: k}, body) for k in range(start, stop + 1)]
    return values, sign


def _summation(ev: Evaluator, expr: sp.Sum) -> Any:
    values, sign = _iterated(ev, expr)
    return multiply([Fraction(sign), add(values)])


def _product(ev: Evaluator, expr: sp.Product) -> Any:
    values, sign = _iterated(ev, expr)
    return power(multiply(values), Fraction(sign))


def _delta(ev: Evaluator, expr: sp.KroneckerDelta) -> Any:
    one, two = (ev.scalar(arg) for arg in expr.args[:2])
    if is_array(one) or is_array(two):
        return np.asarray(machine(one) == machine(two), dtype=float)
    return Fraction(int(one == two))


def _determinant(ev: Evaluator, expr: sp.Determinant) -> Any:
    matrix = ev(expr.arg)
    sign, logarithm = np.linalg.slogdet(matrix)
    with np.errstate(over="ignore"):
        value = sign * np.exp(logarithm)
    if np.ndim(value):
        return value
    # beyond the floating-point range the logarithm still tells the value
    plain = 1e-300 < abs(value) < np.inf or sign == 0
    return entry_value(value if plain else sign) * (1 if plain else mpmath.exp(float(logarithm)))


def _permanent(ev: Evaluator, expr: sp.Permanent) -> Any:
    """Return a permanent by Ryser's sum over sets of columns."""
    matrix = ev(expr.arg)
    size = matrix.shape[-1]
    total: Any = 0.0
    for chosen in product([False, True], repeat=size):
        sums = matrix[..., np.array(chosen, dtype=bool)].sum(axis=-1)
        total = total + (-1) ** (size - sum(chosen)) * sums.prod(axis=-1)
    return entry_value(total)


def _piecewise(ev: Evaluator, expr: sp.Piecewise) -> Any:
    branches: list[tuple[Any, Any]] = []
    for value, condition in expr.args:
        holds = _truth(ev, condition)
        if is_array(holds):
            branches.append((holds, machine(ev.scalar(value))))
        elif holds:
            branches.append((np.True_, ev.scalar(value)))
            break
    else:
        raise InvalidInputError(
            "values", "must decide every case", expr, "give all its symbols values"
        )
    *conditional, (_, result) = branches
    for holds, value in reversed(conditional):
        result = np.where(holds, value, machine(result))
    return result


def _truth(ev: Evaluator, condition: sp.Basic) -> Any:
    """Tell whether a condition holds, sample by sample if it has samples."""
    if condition in (sp.true, sp.false):
        return condition == sp.true
    if isinstance(condition, sp.Not):
        return np.logical_not(_truth(ev, condition.args[0]))
    if isinstance(condition, sp.And | sp.Or):
        combine = np.logical_and if isinstance(condition, sp.And) else np.logical_or
        return combine.reduce([_truth(ev, arg) for arg in condition.args])
    if isinstance(condition, sp.core.relational.Relational):
        gap = add([ev.scalar(condition.lhs), multiply([Fraction(-1), ev.scalar(condition.rhs)])])
        compare = _COMPARISONS[condition.func]
        if condition.func not in (sp.Eq, sp.Ne) and (
            np.iscomplexobj(gap) or isinstance(gap, mpmath.mpc)
        ):
            raise InvalidInputError(
                "values", "must be real where they are ordered", condition, "pass real numbers"
            )
        return compare(gap, 0)
    known = {s: to_sympy(ev(s)) for s in condition.free_symbols}
    decided = condition.subs(known)
    if decided not in (sp.true, sp.false):
        raise unsupported(condition)
    return decided == sp.true


_COMPARISONS: dict[Any, Callable[[Any, Any], Any]] = {
    sp.Eq: lambda a, b: a == b,
    sp.Ne: lambda a, b: a != b,
    sp.Lt: lambda a, b: a < b,
    sp.Le: lambda a, b: a <= b,
    sp.Gt: lambda a, b: a > b,
    sp.Ge: lambda a, b: a >= b,
}


def _function(ev: Evaluator, expr: sp.Function) -> Any:
    value = apply(expr.func, [ev.scalar(arg) for arg in expr.args])
    if value is None:
        raise unsupported(expr)
    return value


def _other(ev: Evaluator, expr: sp.Expr) -> Any:
    """Evaluate an integral, a derivative or the like of plain numbers."""
    known = {s: to_sympy(ev(s)) for s in expr.free_symbols if not is_array(ev(s))}
    value = from_sympy(expr.subs(known).doit()) if len(known) == len(expr.free_symbols) else None
    if value is None:
        raise unsupported(expr)
    return value


def _row_and_column(expr: DotProduct) -> list[sp.MatrixExpr]:
    first, second = (x if x.shape[1] == 1 else sp.Transpose(x) for x in expr.args)
    return [sp.Transpose(first), second]


SCALAR_RULES: list[tuple[tuple[type, ...], Rule]] = [
    ((sp.Number, sp.NumberSymbol), _number),
    ((sp.core.numbers.ImaginaryUnit, sp.core.numbers.ComplexInfinity), _number),
    ((sp.Add,), lambda ev, e: add([ev.scalar(x) for x in e.args])),
    ((sp.Mul,), lambda ev, e: multiply([ev.scalar(x) for x in e.args])),
    ((sp.Pow,), _power),
    ((MatrixElement,), _element),
    ((sp.Indexed,), _indexed),
    ((sp.Sum,), _summation),
    ((sp.Product,), _product),
    ((DotProduct,), lambda ev, e: ev(sp.Trace(sp.MatMul(*_row_and_column(e))))),
    ((NormalizedTrace,), lambda ev, e: ev(sp.Trace(e.arg) / e.arg.rows)),
    ((sp.Trace,), lambda ev, e: entry_value(np.trace(ev(e.arg), axis1=-2, axis2=-1))),
    ((sp.Determinant,), _determinant),
    ((sp.Permanent,), _permanent),
    ((sp.KroneckerDelta,), _delta),
    ((sp.Piecewise,), _piecewise),
    ((sp.Symbol, sp.MatrixSymbol, RandomSymbol), _missing),
    ((sp.IndexedBase, AppliedUndef), _missing),
    ((sp.Function, sp.Max, sp.Min), _function),
    ((sp.Integral, sp.Derivative, sp.Subs), _other),
]
