"""Values of SymPy expressions at numbers and arrays: the evaluator behind the numeric side.

It walks the SymPy tree and shares nothing with the integration. Scalars without samples are exact
or carry many digits (:mod:`weingarten.scalars`); matrices, and scalars with samples, are arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product as index_product
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.stats.rv import RandomSymbol

from weingarten.averages import as_expression
from weingarten.errors import InvalidInputError
from weingarten.scalars import (
    DIGITS,
    add,
    apply,
    from_sympy,
    is_array,
    machine,
    multiply,
    power,
    to_sympy,
)
from weingarten.values import read_values

__all__ = ["Evaluator", "as_values", "evaluate"]

Array = NDArray[Any]


@dataclass
class Evaluator:
    """Evaluate SymPy expressions; leading axes of an array are samples.

    Scalars come back as numbers of :mod:`weingarten.scalars`, or as arrays if there are samples.
    """

    values: Mapping[sp.Basic, Any]
    indices: dict[sp.Basic, Fraction] = field(default_factory=dict)
    memo: dict[sp.Basic, Any] = field(default_factory=dict)
    free: dict[sp.Basic, frozenset[sp.Basic]] = field(default_factory=dict)

    def __call__(self, expr: sp.Basic) -> Any:
        """Return the value of an expression."""
        if expr in self.indices:
            return self.indices[expr]
        if expr in self.values:
            return self.values[expr]
        depends = bool(self.indices) and not self.indices.keys().isdisjoint(self._free(expr))
        if not depends and expr in self.memo:
            return self.memo[expr]
        if mpmath.mp.dps == DIGITS:
            result = self._rule(expr)(self, expr)
        else:
            with mpmath.workdps(DIGITS):
                result = self._rule(expr)(self, expr)
        if not depends:
            self.memo[expr] = result
        return result

    def _free(self, expr: sp.Basic) -> frozenset[sp.Basic]:
        if expr not in self.free:
            self.free[expr] = frozenset(expr.free_symbols)
        return self.free[expr]

    def _rule(self, expr: sp.Basic) -> Callable[[Evaluator, Any], Any]:
        for kind, rule in _RULES:
            if isinstance(expr, kind):
                return rule
        raise _unsupported(expr)

    def scalar(self, expr: sp.Basic) -> Any:
        """Return the value of a scalar; a matrix with one entry is that entry."""
        value = self(expr)
        if getattr(expr, "is_Matrix", False):
            return _entry_value(value[..., 0, 0]) if value.shape[-2:] == (1, 1) else value
        return value

    def integer(self, expr: Any, *, minimum: int | None = None) -> int:
        """Return the value of a shape, an index or a limit, which has to be an exact integer."""
        expr = sp.sympify(expr)
        value = self.scalar(expr)
        exact = isinstance(value, Fraction) and value.denominator == 1
        if not exact or (minimum is not None and value < minimum):
            bound = "an exact integer" if minimum is None else f"an exact integer >= {minimum}"
            raise InvalidInputError(
                "values",
                f"must make {expr} {bound}",
                value if is_array(value) else to_sympy(value).n(17),
                "pass ints for the symbols in sizes, indices and limits",
            )
        return int(value)

    def shape(self, matrix: sp.Basic) -> tuple[int, int]:
        """Return the shape of a matrix expression."""
        rows, columns = (self.integer(s, minimum=1) for s in matrix.shape)
        return rows, columns


def _unsupported(expr: sp.Basic) -> InvalidInputError:
    return InvalidInputError(
        "expr",
        f"must be built from nodes with a numerical rule; {type(expr).__name__} has none",
        expr,
        "see weingarten.expect for what is supported",
    )


def _missing(ev: Evaluator, expr: sp.Basic) -> Any:
    twin = any(str(key) == str(expr) for key in ev.values)
    remedy = (
        f"use the {expr} of the expression as key: the one given has other assumptions or shape"
        if twin
        else f"add an entry for {expr}"
    )
    raise InvalidInputError("values", "must give a value to every symbol", expr, remedy)


# scalars ----------------------------------------------------------------------------------


def _entry_value(value: Any) -> Any:
    """Return an entry, trace or determinant as a number unless it has samples."""
    if np.ndim(value):
        return value
    value = complex(value) if np.iscomplexobj(value) else float(value)
    return mpmath.mpmathify(value)


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
    return _entry_value(matrix[..., i, j])


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
    return _entry_value(array[(..., *places)])


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
    outer = ev.indices.get(variable)
    values = []
    try:
        for k in range(start, stop + 1):
            ev.indices[variable] = Fraction(k)
            values.append(ev.scalar(body) if not body.is_Matrix else ev(body))
    finally:
        ev.indices.pop(variable, None)
        if outer is not None:
            ev.indices[variable] = outer
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
    return _entry_value(value if plain else sign) * (1 if plain else mpmath.exp(float(logarithm)))


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
        raise _unsupported(condition)
    return decided == sp.true


_COMPARISONS: dict[Any, Callable[[Any, Any], Any]] = {
    sp.Eq: lambda a, b: a == b,
    sp.Ne: lambda a, b: a != b,
    sp.Lt: lambda a, b: a < b,
    sp.Le: lambda a, b: a <= b,
    sp.Gt: lambda a, b: a > b,
    sp.Ge: lambda a, b: a >= b,
}


def _conjugate(ev: Evaluator, expr: Any) -> Any:
    value = ev(expr.args[0])
    return np.conj(value) if is_array(value) else apply(sp.conjugate, [value])


def _function(ev: Evaluator, expr: sp.Function) -> Any:
    value = apply(expr.func, [ev.scalar(arg) for arg in expr.args])
    if value is None:
        raise _unsupported(expr)
    return value


def _other(ev: Evaluator, expr: sp.Expr) -> Any:
    """Evaluate an integral, a derivative or the like of plain numbers."""
    known = {s: to_sympy(ev(s)) for s in expr.free_symbols if not is_array(ev(s))}
    value = from_sympy(expr.subs(known).doit()) if len(known) == len(expr.free_symbols) else None
    if value is None:
        raise _unsupported(expr)
    return value


# matrices ---------------------------------------------------------------------------------


def _spread(scalar: Any) -> Any:
    """Return a scalar such that its samples line up with those of a matrix."""
    return scalar[..., None, None] if is_array(scalar) else scalar


def _matmul(ev: Evaluator, expr: sp.MatMul) -> Array:
    scale, factors = expr.as_coeff_matrices()
    total = ev(factors[0])
    for factor in factors[1:]:
        total = total @ ev(factor)
    return np.asarray(multiply([_spread(ev.scalar(scale)), total]))


def _matrix_power(ev: Evaluator, expr: sp.MatPow) -> Array:
    return np.asarray(np.linalg.matrix_power(ev(expr.base), ev.integer(expr.exp)))


def _transpose(ev: Evaluator, expr: Any) -> Any:
    value = ev(expr.args[0])
    return np.swapaxes(value, -1, -2) if getattr(expr.args[0], "is_Matrix", False) else value


def _adjoint(ev: Evaluator, expr: Any) -> Any:
    value = _conjugate(ev, expr)
    return np.swapaxes(value, -1, -2) if getattr(expr.args[0], "is_Matrix", False) else value


def _hadamard_power(ev: Evaluator, expr: HadamardPower) -> Array:
    return np.asarray(power(*(ev(x) if x.is_Matrix else _spread(ev(x)) for x in expr.args)))


def _diagonal_of(ev: Evaluator, expr: DiagonalOf) -> Array:
    return np.asarray(np.diagonal(ev(expr.arg), axis1=-2, axis2=-1)[..., None])


def _diagonal_matrix(ev: Evaluator, expr: DiagonalMatrix) -> Array:
    matrix = ev(expr.arg)
    return np.asarray(matrix * np.eye(matrix.shape[-2], matrix.shape[-1]))


def _diag_matrix(ev: Evaluator, expr: DiagMatrix) -> Array:
    vector = ev(expr.args[0])
    if 1 not in vector.shape[-2:]:
        raise InvalidInputError(
            "expr", "must have vectors in DiagMatrix", expr, "use DiagonalMatrix for a matrix"
        )
    flat = vector[..., 0] if vector.shape[-1] == 1 else vector[..., 0, :]
    return np.asarray(flat[..., None] * np.eye(flat.shape[-1]))


def _slice(ev: Evaluator, expr: MatrixSlice) -> Array:
    """Return a slice as NumPy takes it: every step-th row before the end, a last one included."""
    parts = []
    for part in (expr.rowslice, expr.colslice):
        start, stop, step = (ev.integer(x) for x in part)
        if step < 1 or start < 0:
            raise InvalidInputError(
                "expr", "must have slices with steps >= 1", expr, "reverse by a permutation matrix"
            )
        parts.append(slice(start, stop, step))
    return np.asarray(ev(expr.parent)[(..., *parts)])


def _stacked(entries: list[Any], height: int, width: int) -> Array:
    """Return scalars, row by row, as a matrix."""
    flat = np.broadcast_arrays(*(np.asarray(machine(x)) for x in entries))
    return np.stack(flat, axis=-1).reshape(*flat[0].shape, height, width)


def _explicit(ev: Evaluator, expr: Any) -> Array:
    return _stacked([ev.scalar(x) for x in expr], *map(int, expr.shape))


def _function_matrix(ev: Evaluator, expr: sp.FunctionMatrix) -> Array:
    height, width = ev.shape(expr)
    places = index_product(range(height), range(width))
    return _stacked([ev.scalar(expr.lamda(a, b)) for a, b in places], height, width)


def _blocks(ev: Evaluator, expr: sp.BlockMatrix) -> Array:
    rows, columns = expr.blockshape
    grid = [[ev(expr.blocks[a, b]) for b in range(columns)] for a in range(rows)]
    samples = np.broadcast_shapes(*(block.shape[:-2] for line in grid for block in line))
    return np.concatenate(
        [
            np.concatenate([np.broadcast_to(b, samples + b.shape[-2:]) for b in line], axis=-1)
            for line in grid
        ],
        axis=-2,
    )


def _kronecker(ev: Evaluator, expr: sp.KroneckerProduct) -> Array:
    total = np.ones((1, 1))
    for arg in expr.args:
        factor = ev(arg)
        total = total[..., :, None, :, None] * factor[..., None, :, None, :]
        *samples, a, b, c, e = total.shape
        total = total.reshape(*samples, a * b, c * e)
    return total


def _callable(ev: Evaluator, expr: sp.Lambda) -> Callable[..., Any]:
    """Return the function of indices behind a Lambda."""

    def entry(*indices: int) -> Any:
        if len(indices) != len(expr.variables):
            raise InvalidInputError(
                "indices",
                f"must be {len(expr.variables)}, one for each variable of the Lambda",
                indices,
                "pass one integer for each",
            )
        places = dict(zip(expr.variables, map(sp.sympify, indices), strict=True))
        return _finished(ev(expr.expr.xreplace(places)))

    return entry


def _finished(value: Any) -> Any:
    """Return a value as users see it."""
    return value if callable(value) else machine(value)


_RULES: list[tuple[Any, Callable[[Evaluator, Any], Any]]] = [
    (
        sp.Number
        | sp.NumberSymbol
        | sp.core.numbers.ImaginaryUnit
        | sp.core.numbers.ComplexInfinity,
        _number,
    ),
    (sp.MatrixBase, _explicit),
    (sp.MatMul, _matmul),
    (sp.MatAdd, lambda ev, e: add([ev(x) for x in e.args])),
    (sp.Add, lambda ev, e: add([ev.scalar(x) for x in e.args])),
    (sp.Mul, lambda ev, e: multiply([ev.scalar(x) for x in e.args])),
    (MatrixElement, _element),
    (sp.Indexed, _indexed),
    (sp.Trace, lambda ev, e: _entry_value(np.trace(ev(e.arg), axis1=-2, axis2=-1))),
    (sp.Sum, _summation),
    (sp.Product, _product),
    (sp.Determinant, _determinant),
    (sp.KroneckerDelta, _delta),
    (sp.Piecewise, _piecewise),
    (sp.Transpose | sp.transpose, _transpose),
    (sp.Adjoint | sp.adjoint, _adjoint),
    (sp.conjugate, _conjugate),
    (sp.Inverse, lambda ev, e: np.linalg.inv(ev(e.arg))),
    (sp.MatPow, _matrix_power),
    (sp.Pow, _power),
    (sp.HadamardProduct, lambda ev, e: multiply([ev(x) for x in e.args])),
    (HadamardPower, _hadamard_power),
    (sp.Identity, lambda ev, e: np.eye(ev.shape(e)[0])),
    (sp.ZeroMatrix, lambda ev, e: np.zeros(ev.shape(e))),
    (sp.OneMatrix, lambda ev, e: np.ones(ev.shape(e))),
    (DiagonalMatrix, _diagonal_matrix),
    (DiagonalOf, _diagonal_of),
    (DiagMatrix, _diag_matrix),
    (MatrixSlice, _slice),
    (sp.FunctionMatrix, _function_matrix),
    (sp.BlockMatrix, _blocks),
    (sp.KroneckerProduct, _kronecker),
    (sp.Lambda, _callable),
    (sp.Symbol | sp.MatrixSymbol | RandomSymbol, _missing),
    (sp.IndexedBase | sp.core.function.AppliedUndef, _missing),
    (sp.Function | sp.Max | sp.Min, _function),
    (sp.Integral | sp.Derivative | sp.Subs, _other),
]


def evaluate(expr: Any, values: Mapping[Any, Any]) -> Any:
    """Return an expression at numbers and arrays, in floating point.

    Parameters
    ----------
    expr : Expr, MatrixExpr, Matrix or Lambda
        What :func:`weingarten.expect` or :func:`weingarten.expect_einsum` accepts or returns.
    values : mapping
        Numbers for symbols, arrays for matrix symbols (Haar matrices included), real or complex;
        leading axes of an array count samples. Sizes, indices and limits of sums have to come out
        as exact integers.

    Returns
    -------
    float, complex, ndarray or callable
        Samples first, then the shape of the expression; complex only if something complex enters.
        A Lambda gives the function from its indices to the entry.

    Raises
    ------
    InvalidInputError
        If a value is missing, no number, not finite, of another shape than its symbol, or against
        the assumptions of its symbol.

    Notes
    -----
    Scalars without samples are computed exactly or with 50 digits and rounded at the end: a result
    is infinite only if its value is beyond the range of floating point.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> evaluate(x**2 + 1, {x: 3})
    10.0
    >>> evaluate(sympy.conjugate(x) * x, {x: 1 + 2j})
    (5+0j)
    """
    node = expr if isinstance(expr, sp.Lambda) else as_expression(expr)
    return _finished(Evaluator(as_values(values))(node))


def as_values(values: Mapping[Any, Any] | None) -> dict[sp.Basic, Any]:
    """Return checked values: finite numbers, and arrays of the shape of their symbol."""
    result = read_values(values)
    for key, value in result.items():
        if isinstance(key, sp.MatrixSymbol):
            shape = Evaluator(result).shape(key)
            if np.shape(value)[-2:] != shape:
                raise InvalidInputError(
                    "values",
                    f"must give {key} the shape {shape}",
                    np.shape(value),
                    "pass an array of that shape",
                )
    return result
