"""Floating-point values of SymPy expressions at arrays: the evaluator behind the numeric side.

It walks the SymPy tree with NumPy arrays and shares nothing with the integration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.averages import as_expression
from weingarten.errors import InvalidInputError

__all__ = ["Evaluator", "as_values", "evaluate"]

Array = NDArray[Any]


@dataclass
class Evaluator:
    """Evaluate SymPy expressions at arrays; leading axes of an array are samples."""

    values: Mapping[sp.Basic, Any]
    indices: dict[sp.Basic, int] = field(default_factory=dict)
    memo: dict[sp.Basic, Any] = field(default_factory=dict)

    def __call__(self, expr: sp.Basic) -> Any:
        """Return the value of an expression."""
        if expr in self.indices:
            return self.indices[expr]
        if expr in self.values:
            return self.values[expr]
        depends = bool(self.indices) and expr.has(*self.indices)
        if not depends and expr in self.memo:
            return self.memo[expr]
        result = self._rule(expr)(expr)
        if not depends:
            self.memo[expr] = result
        return result

    def _rule(self, expr: sp.Basic) -> Callable[[Any], Any]:
        for kind, rule in _RULES:
            if isinstance(expr, kind):
                return lambda e: rule(self, e)
        return self._plain

    def _plain(self, expr: sp.Basic) -> Any:
        """Evaluate any other scalar function after its arguments."""
        if isinstance(expr, sp.MatrixSymbol | sp.Symbol):
            raise InvalidInputError(
                "values", "must give a value to every symbol", expr, f"add an entry for {expr}"
            )
        if isinstance(expr, sp.Expr) and not isinstance(expr, sp.MatrixExpr):
            arguments = [self(arg) for arg in expr.args]
            if all(np.ndim(a) == 0 for a in arguments):
                return float(expr.func(*(sp.sympify(a) for a in arguments)).evalf())
        raise InvalidInputError(
            "expr", "must be built from supported SymPy nodes", expr, "see weingarten.expect"
        )

    def size(self, expr: sp.Basic) -> int:
        """Return a shape or a limit as an int."""
        return round(float(self(sp.sympify(expr))))


def _scale(matrix: Array, scalar: Any) -> Array:
    scalar = np.asarray(scalar)
    return matrix * (scalar[..., None, None] if scalar.ndim else scalar)


def _mul(ev: Evaluator, expr: sp.Mul) -> Any:
    total: Any = 1.0
    for arg in expr.args:
        total = total * ev(arg)
    return total


def _matmul(ev: Evaluator, expr: sp.MatMul) -> Any:
    scale, factors = expr.as_coeff_matrices()
    total = ev(factors[0])
    for factor in factors[1:]:
        total = total @ ev(factor)
    return _scale(total, ev(scale))


def _sum_args(ev: Evaluator, expr: sp.Basic) -> Any:
    total = ev(expr.args[0])
    for arg in expr.args[1:]:
        total = total + ev(arg)
    return total


def _product_args(ev: Evaluator, expr: sp.Basic) -> Any:
    total = ev(expr.args[0])
    for arg in expr.args[1:]:
        total = total * ev(arg)
    return total


def _power(ev: Evaluator, expr: sp.Pow) -> Any:
    base, exponent = ev(expr.base), ev(expr.exp)
    if np.ndim(exponent) == 0 and float(exponent).is_integer():
        return np.asarray(base, dtype=float) ** int(exponent)
    return np.asarray(base, dtype=float) ** exponent


def _matrix_power(ev: Evaluator, expr: sp.MatPow) -> Any:
    return np.linalg.matrix_power(ev(expr.base), ev.size(expr.exp))


def _element(ev: Evaluator, expr: MatrixElement) -> Any:
    i, j = (ev.size(index) for index in expr.indices)
    matrix = ev(expr.parent)
    if not (0 <= i < matrix.shape[-2] and 0 <= j < matrix.shape[-1]):
        raise InvalidInputError(
            "values",
            "must keep indices inside the matrix",
            f"{expr} at ({i}, {j})",
            "give smaller indices or a larger dimension",
        )
    return matrix[..., i, j]


def _summation(ev: Evaluator, expr: sp.Sum) -> Any:
    *inner, (variable, lower, upper) = expr.limits
    body = sp.Sum(expr.function, *inner) if inner else expr.function
    total: Any = 0.0
    outer = ev.indices.get(variable)
    for k in range(ev.size(lower), ev.size(upper) + 1):
        ev.indices[variable] = k
        total = total + ev(body)
    if outer is None:
        ev.indices.pop(variable, None)
    else:
        ev.indices[variable] = outer
    return total


def _piecewise(ev: Evaluator, expr: sp.Piecewise) -> Any:
    known = {s: ev(s) for s in expr.free_symbols if s in ev.values or s in ev.indices}
    for value, condition in expr.args:
        if condition == sp.true or condition.subs(known) == sp.true:
            return ev(value)
    raise InvalidInputError("values", "must decide every case", expr, "give all its symbols values")


def _delta(ev: Evaluator, expr: sp.KroneckerDelta) -> float:
    return float(ev(expr.args[0]) == ev(expr.args[1]))


def _diagonal_of(ev: Evaluator, expr: DiagonalOf) -> Array:
    return np.asarray(np.diagonal(ev(expr.arg), axis1=-2, axis2=-1)[..., None])


def _diagonal_matrix(ev: Evaluator, expr: DiagonalMatrix) -> Array:
    matrix = ev(expr.arg)
    return np.asarray(matrix * np.eye(matrix.shape[-2], matrix.shape[-1]))


def _diag_matrix(ev: Evaluator, expr: DiagMatrix) -> Array:
    vector = ev(expr.args[0])
    flat = vector[..., 0] if vector.shape[-1] == 1 else vector[..., 0, :]
    return np.asarray(flat[..., None] * np.eye(flat.shape[-1]))


def _slice(ev: Evaluator, expr: MatrixSlice) -> Array:
    rows, columns = (slice(*(ev.size(x) for x in part)) for part in (expr.rowslice, expr.colslice))
    return np.asarray(ev(expr.parent)[..., rows, columns])


def _explicit(ev: Evaluator, expr: Any) -> Array:
    height, width = expr.shape
    rows = [[np.asarray(ev(expr[a, b])) for b in range(int(width))] for a in range(int(height))]
    flat = np.broadcast_arrays(*(x for row in rows for x in row))
    return np.stack(flat, axis=-1).reshape(*flat[0].shape, int(height), int(width))


def _function_matrix(ev: Evaluator, expr: sp.FunctionMatrix) -> Array:
    height, width = (ev.size(s) for s in expr.shape)
    function = expr.lamda
    rows = [[ev(function(a, b)) for b in range(width)] for a in range(height)]
    return np.asarray(rows, dtype=float)


_RULES: list[tuple[Any, Callable[[Evaluator, Any], Any]]] = [
    (sp.Number | sp.NumberSymbol, lambda ev, e: float(e)),
    (sp.MatrixBase, _explicit),
    (sp.MatMul, _matmul),
    (sp.MatAdd, _sum_args),
    (sp.Add, _sum_args),
    (sp.Mul, _mul),
    (MatrixElement, _element),
    (sp.Trace, lambda ev, e: np.trace(ev(e.arg), axis1=-2, axis2=-1)),
    (sp.Sum, _summation),
    (sp.Determinant, lambda ev, e: np.linalg.det(ev(e.arg))),
    (sp.KroneckerDelta, _delta),
    (sp.Piecewise, _piecewise),
    (sp.Transpose, lambda ev, e: np.swapaxes(ev(e.arg), -1, -2)),
    (sp.Adjoint, lambda ev, e: np.swapaxes(ev(e.arg), -1, -2)),
    (sp.Inverse, lambda ev, e: np.linalg.inv(ev(e.arg))),
    (sp.MatPow, _matrix_power),
    (sp.Pow, _power),
    (sp.HadamardProduct, _product_args),
    (HadamardPower, lambda ev, e: ev(e.base) ** ev.size(e.exp)),
    (sp.Identity, lambda ev, e: np.eye(ev.size(e.shape[0]))),
    (sp.ZeroMatrix, lambda ev, e: np.zeros([ev.size(s) for s in e.shape])),
    (sp.OneMatrix, lambda ev, e: np.ones([ev.size(s) for s in e.shape])),
    (DiagonalMatrix, _diagonal_matrix),
    (DiagonalOf, _diagonal_of),
    (DiagMatrix, _diag_matrix),
    (MatrixSlice, _slice),
    (sp.FunctionMatrix, _function_matrix),
    (sp.BlockMatrix | sp.KroneckerProduct, _explicit),
]


def evaluate(expr: Any, values: Mapping[Any, Any]) -> Any:
    """Return an expression at numbers and arrays, in floating point.

    Parameters
    ----------
    expr : Expr, MatrixExpr or Matrix
        What :func:`weingarten.expect` accepts or returns.
    values : mapping
        Numbers for symbols, arrays for matrix symbols (Haar matrices included); leading axes of
        an array count samples.

    Returns
    -------
    ndarray or float
        Samples first, then the shape of the expression.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> float(evaluate(x**2 + 1, {x: 3}))
    10.0
    """
    return Evaluator(as_values(values))(as_expression(expr))


def as_values(values: Mapping[Any, Any] | None) -> dict[sp.Basic, Any]:
    """Return checked values: finite floats, and arrays of the shape of their symbol."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidInputError(
            "values",
            "must be a mapping from symbols to numbers and arrays",
            values,
            "pass for instance {d: 8, A: array}",
        )
    result: dict[sp.Basic, Any] = {}
    for key, value in values.items():
        if not isinstance(key, sp.Basic):
            raise InvalidInputError(
                "values",
                "must have SymPy symbols as keys",
                key,
                "use the symbols of the expression",
            )
        array = np.asarray(
            value.tolist() if isinstance(value, sp.MatrixBase) else value, dtype=float
        )
        if not np.isfinite(array).all():
            raise InvalidInputError("values", "must be finite", value, f"check the value of {key}")
        result[key] = array if array.ndim else float(array)
    for key, value in result.items():
        if isinstance(key, sp.MatrixSymbol):
            shape = tuple(Evaluator(result).size(s) for s in key.shape)
            if np.shape(value)[-2:] != shape:
                raise InvalidInputError(
                    "values",
                    f"must give {key} the shape {shape}",
                    np.shape(value),
                    "pass an array of that shape",
                )
    return result
