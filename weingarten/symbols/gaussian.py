"""Gaussian random matrices: independent entries, and the symmetric and Hermitian ensembles."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.assumptions.predicates.matrices import RealElementsPredicate, SymmetricPredicate
from sympy.assumptions.predicates.sets import HermitianPredicate
from sympy.core.symbol import Str

from weingarten.coerce import as_dimension
from weingarten.ensembles.other_laws import GAUSSIAN, GAUSSIAN_ORTHOGONAL, GAUSSIAN_UNITARY
from weingarten.errors import InvalidInputError
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["GaussianMatrix", "GaussianOrthogonal", "GaussianUnitary"]


class GaussianMatrix(RandomMatrix):
    """A matrix of independent standard normal entries.

    Parameters
    ----------
    name : str
        How the matrix prints.
    rows, columns : int or Expr
        Its sizes: positive integers, or SymPy expressions with symbols.
    field : {"real", "complex"}, optional
        Real entries with variance 1, or complex ones, G = (X + iY)/√2, with E|G_ij|² = 1 and
        E G_ij² = 0.

    Raises
    ------
    InvalidInputError
        If the name is empty, a size no positive integer or expression, or the field another one.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> n, k = sympy.symbols("n k", integer=True, positive=True)
    >>> G = GaussianMatrix("G", n, k)
    >>> expect(G * G.T), expect(sympy.Trace(G * G.T) ** 2)
    (k*I, k*n*(k*n + 2))
    >>> Z = GaussianMatrix("Z", n, k, field="complex")
    >>> expect(sympy.Trace(Z * Z.H) ** 2), expect(Z[0, 0] ** 2)
    (k*n*(k*n + 1), 0)
    """

    ensemble = GAUSSIAN

    @classmethod
    def _as_sizes(cls, rows: Any, columns: Any, field: Any = "real") -> tuple[sp.Basic, ...]:
        field = field.name if isinstance(field, Str) else field
        if not isinstance(field, str) or field not in ("real", "complex"):
            raise InvalidInputError(
                "field", "must be 'real' or 'complex'", field, 'pass field="real"'
            )
        found = (as_dimension(rows, "rows"), as_dimension(columns, "columns"))
        return *map(sp.sympify, found), Str(field)

    @property
    def is_square(self) -> bool:  # type: ignore[override]
        """Whether there are as many rows as columns."""
        return bool(self.args[1] == self.args[2])

    @property
    def is_real_matrix(self) -> bool:
        """Whether the entries are real."""
        return bool(self.args[3].name == "real")

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (rows, columns)."""
        return self.args[1], self.args[2]

    @property
    def legs(self) -> tuple[sp.Expr, ...]:
        """One leg: the number of rows."""
        return (self.args[1],)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The matrix itself and the symbols of its sizes."""
        return {self}.union(*(size.free_symbols for size in self.args[1:3]))

    def _sympyrepr(self, printer: Any) -> str:
        sizes = ", ".join(printer._print(arg) for arg in self.args[1:3])
        return f"{type(self).__name__}({self.name!r}, {sizes}, {self.args[3].name!r})"


def _has_real_elements(expr: GaussianMatrix, assumptions: Any) -> bool | None:
    return True if expr.is_real_matrix else None


RealElementsPredicate.register(GaussianMatrix)(_has_real_elements)


class GaussianOrthogonal(RandomMatrix):
    """A member of the Gaussian orthogonal ensemble: real symmetric.

    Entries off the diagonal have variance 1, those on it variance 2; up to H_ij = H_ji they are
    independent. The law is invariant under H → O H Oᵀ.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> H = GaussianOrthogonal("H", sympy.Symbol("d"))
    >>> expect(H[0, 0] ** 2), expect(H[0, 1] ** 2), expect(sympy.Trace(H**2))
    (2, 1, d*(d + 1))
    >>> H.T == H
    True
    """

    ensemble = GAUSSIAN_ORTHOGONAL
    is_hermitian_matrix = True
    predicates = (SymmetricPredicate, HermitianPredicate, RealElementsPredicate)

    def _eval_transpose(self) -> sp.MatrixExpr:
        return self

    def _eval_adjoint(self) -> sp.MatrixExpr:
        return self


class GaussianUnitary(RandomMatrix):
    """A member of the Gaussian unitary ensemble: complex Hermitian, with E|H_ij|² = 1.

    The diagonal is real with variance 1; off it real and imaginary parts have variance 1/2. The
    law is invariant under H → U H U*. The conjugate of H is its transpose.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> H = GaussianUnitary("H", sympy.Symbol("d"))
    >>> expect(sympy.Trace(H**4)), expect(H[0, 1] ** 2)
    (d*(2*d**2 + 1), 0)
    >>> H.H == H, H.C
    (True, H.T)
    """

    ensemble = GAUSSIAN_UNITARY
    is_hermitian_matrix = True
    predicates = (HermitianPredicate,)

    def _eval_adjoint(self) -> sp.MatrixExpr:
        return self

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return sp.Transpose(self)
