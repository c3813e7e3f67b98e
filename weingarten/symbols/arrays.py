"""NumPy arrays as constant matrices, in products and sums with Haar matrices.

``W * A`` is the matrix product also where A is an array: left to itself, NumPy would multiply entry
by entry.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from weingarten.errors import InvalidInputError

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
            "a product of an array and an expression by * is taken entry by entry: write "
            "sympy.Matrix(A) for constants",
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
