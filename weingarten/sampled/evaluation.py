"""Values of SymPy expressions at numbers and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import machine
from weingarten.expectations.problems import as_expression
from weingarten.sampled.evaluator import NODES, Evaluator
from weingarten.sampled.matrix_rules import MATRIX_RULES
from weingarten.sampled.scalar_rules import SCALAR_RULES
from weingarten.sampled.values import read_values

__all__ = ["Evaluator", "as_values", "evaluate"]

for _nodes, _rule in (*SCALAR_RULES, *MATRIX_RULES):
    NODES.add(_nodes, _rule)


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
