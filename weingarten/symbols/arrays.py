"""NumPy arrays as constant matrices, in products and sums with Haar matrices.

``W * A`` and ``(W + W.T) * A`` are matrix products also where A is an array: left to itself, NumPy
would multiply entry by entry. Random matrices and their slices say so in their own operators;
transposes, products and sums of them are SymPy's, so SymPy's base class is told what NumPy asks of
it. Without a random matrix in an expression, NumPy does what it does anyway.
"""

from __future__ import annotations

import operator
from typing import Any

import sympy as sp

from weingarten.errors import InvalidInputError
from weingarten.nodes import nodes_of

__all__ = ["ArrayOperators", "as_constant", "is_numpy_array"]


def is_numpy_array(value: object) -> bool:
    """Tell whether a value is an array with axes (a NumPy scalar is a number)."""
    return hasattr(value, "dtype") and hasattr(value, "tolist") and getattr(value, "ndim", 0) > 0


def as_constant(value: Any, argument: str = "array") -> Any:
    """Return an array as a constant SymPy matrix, anything else as it is.

    Integers stay exact, floats become SymPy's.

    Raises
    ------
    InvalidInputError
        If an array has not two axes, or its entries are no finite numbers.

    Examples
    --------
    >>> import numpy
    >>> as_constant(numpy.array([[1, 2], [3, 4]]))
    Matrix([
    [1, 2],
    [3, 4]])
    """
    if not is_numpy_array(value):
        return value
    if value.ndim != 2:
        raise InvalidInputError(
            argument, "must have two axes", value.shape, "pass v[:, None] for a column vector"
        )
    if value.dtype.kind not in "iufc":
        raise InvalidInputError(
            argument,
            "must hold numbers",
            value,
            "write sympy.Matrix(A) for a constant with symbols in it",
        )
    if not (abs(value) < float("inf")).all():
        raise InvalidInputError(argument, "must be finite", value, "look for nan and infinity")
    return sp.ImmutableMatrix(*value.shape, value.ravel().tolist())


class ArrayOperators:
    """The operators of a matrix expression, which take an array for a constant matrix."""

    #: NumPy leaves operators with an array on the left to this class.
    __array_ufunc__ = None

    def __add__(self, other: Any) -> Any:
        return super().__add__(as_constant(other))  # type: ignore[misc]

    def __radd__(self, other: Any) -> Any:
        return super().__radd__(as_constant(other))  # type: ignore[misc]

    def __sub__(self, other: Any) -> Any:
        return super().__sub__(as_constant(other))  # type: ignore[misc]

    def __rsub__(self, other: Any) -> Any:
        return super().__rsub__(as_constant(other))  # type: ignore[misc]

    def __mul__(self, other: Any) -> Any:
        return super().__mul__(as_constant(other))  # type: ignore[misc]

    def __rmul__(self, other: Any) -> Any:
        return super().__rmul__(as_constant(other))  # type: ignore[misc]

    def __matmul__(self, other: Any) -> Any:
        return super().__matmul__(as_constant(other))  # type: ignore[misc]

    def __rmatmul__(self, other: Any) -> Any:
        return super().__rmatmul__(as_constant(other))  # type: ignore[misc]


_OPERATORS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "matmul": operator.matmul,
}
_COMPARISONS = ("equal", "not_equal")


def _is_random(value: object) -> bool:
    return isinstance(value, sp.MatrixExpr) and any(
        isinstance(node, ArrayOperators) for node in nodes_of(value)
    )


def _as_operand(value: Any) -> Any:
    constant = as_constant(value)
    return constant if isinstance(constant, sp.Basic) else sp.sympify(value.item())


def _with_arrays(self: sp.MatrixExpr, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Do what NumPy is asked to do with an array and a matrix expression.

    Raises
    ------
    InvalidInputError
        If it is anything but a sum or a product, and a random matrix stands in the expression.
    """
    name = ufunc.__name__
    if name in _COMPARISONS or not any(map(_is_random, inputs)):
        explicit = [x.__array__() if isinstance(x, sp.MatrixExpr) else x for x in inputs]
        return getattr(ufunc, method)(*explicit, **options)
    if name not in _OPERATORS or method != "__call__" or options:
        raise InvalidInputError(
            "array",
            "must be added to, or multiplied by, an expression with a random matrix",
            f"numpy.{name}",
            "write sympy.Matrix(A), and use the operators +, -, * or @ of SymPy",
        )
    left, right = map(_as_operand, inputs)
    return _OPERATORS[name](left, right)


sp.MatrixExpr.__array_ufunc__ = _with_arrays
# as for entries of random matrices: a number is its own transpose
sp.Trace.T = property(lambda trace: trace)
# SymPy's explicit matrices know .H and .C, its expressions do not: U.H works, and so does (U*A).H
sp.MatrixExpr.H = property(sp.adjoint)
sp.MatrixExpr.C = property(sp.conjugate)
# Abs(Trace(A - U)) fails in SymPy, which writes A - U as a scalar product -1 (U - A) there
sp.MatAdd.could_extract_minus_sign = lambda _: False
