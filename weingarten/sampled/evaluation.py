"""Values of SymPy expressions at numbers and arrays: the evaluator behind the numeric side.

It walks the SymPy tree and shares nothing with the integration. Scalars without samples are exact
or carry many digits (:mod:`weingarten.exact.scalars`); matrices, and scalars with samples, are
arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from weingarten.coerce import as_integer
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.exact.scalars import DIGITS, entry_value, is_array, machine, to_sympy
from weingarten.expectations.averages import as_expression
from weingarten.sampled.matrix_rules import MATRIX_RULES
from weingarten.sampled.scalar_rules import SCALAR_RULES, unsupported
from weingarten.sampled.values import read_values

__all__ = ["Evaluator", "as_values", "evaluate"]

#: Size up to which a single matrix is written out.
_MAX_BYTES = 4e9


@dataclass
class Evaluator:
    """Evaluate SymPy expressions; leading axes of an array are samples.

    Scalars come back as numbers of :mod:`weingarten.exact.scalars`, or as arrays if there are
    samples.
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
        for kind, rule in (*MATRIX_RULES, *SCALAR_RULES):
            if isinstance(expr, kind):
                return rule
        raise unsupported(expr)

    def scalar(self, expr: sp.Basic) -> Any:
        """Return the value of a scalar; a matrix with one entry is that entry."""
        value = self(expr)
        if getattr(expr, "is_Matrix", False):
            return entry_value(value[..., 0, 0]) if value.shape[-2:] == (1, 1) else value
        return value

    def at(self, places: Mapping[sp.Basic, int], body: sp.Basic) -> Any:
        """Return the value of a body at values of its bound indices, which hide all others."""
        outer = {index: self.indices[index] for index in places if index in self.indices}
        self.indices |= {index: Fraction(k) for index, k in places.items()}
        try:
            return self.scalar(body)
        finally:
            for index in places:
                del self.indices[index]
            self.indices |= outer

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
        if 8 * rows * columns > _MAX_BYTES:
            raise CostLimitError(
                f"a {rows} x {columns} matrix",
                8 * rows * columns,
                _MAX_BYTES,
                "bytes",
                "give the sizes smaller values",
            )
        return rows, columns


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
    CostLimitError
        If a matrix does not fit into memory.

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
    evaluator = Evaluator(as_values(values))
    if not isinstance(expr, sp.Lambda):
        return machine(evaluator(as_expression(expr)))

    def entry(*indices: int) -> Any:
        if len(indices) != len(expr.variables):
            raise InvalidInputError(
                "indices",
                f"must be {len(expr.variables)}, one for each variable of the Lambda",
                indices,
                "pass one integer for each",
            )
        places = [as_integer(index, "indices", minimum=0) for index in indices]
        return machine(evaluator.at(dict(zip(expr.variables, places, strict=True)), expr.expr))

    return entry


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
