"""The normalised trace of a matrix, tr(A)/d: of order one where d grows and A stays bounded."""

from __future__ import annotations

from typing import Any

import sympy as sp

from weingarten.errors import InvalidInputError

__all__ = ["NormalizedTrace"]


class NormalizedTrace(sp.Expr):
    """The trace of a square matrix over its size.

    Parameters
    ----------
    matrix : MatrixExpr or Matrix
        A square matrix.

    Raises
    ------
    InvalidInputError
        If it is no square matrix.

    Examples
    --------
    >>> import sympy
    >>> A = sympy.MatrixSymbol("A", sympy.Symbol("d"), sympy.Symbol("d"))
    >>> NormalizedTrace(A).doit()
    Trace(A)/d
    >>> NormalizedTrace(sympy.Identity(3)).doit()
    1
    """

    is_commutative = True

    def __new__(cls, matrix: Any) -> Any:
        """Check the shape."""
        value = sp.ImmutableMatrix(matrix) if isinstance(matrix, sp.MatrixBase) else matrix
        if not getattr(value, "is_Matrix", False) or sp.expand(value.rows - value.cols) != 0:
            raise InvalidInputError("matrix", "must be a square matrix", matrix, "pass one")
        return sp.Basic.__new__(cls, value)

    @property
    def arg(self) -> sp.MatrixExpr:
        """The matrix."""
        return self.args[0]

    def doit(self, **hints: Any) -> sp.Expr:
        """Return the trace over the size."""
        return sp.Trace(self.arg).doit(**hints) / self.arg.rows

    def _latex(self, printer: Any) -> str:
        rows = printer._print(sp.sympify(self.arg.rows))
        inner = printer._print(self.arg)
        return rf"\frac{{1}}{{{rows}}} \operatorname{{tr}}\left({inner}\right)"
