"""Orthonormal columns: points of the Stiefel manifold and of the sphere."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.assumptions.predicates.matrices import FullRankPredicate, RealElementsPredicate

from weingarten.coerce import as_dimension
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.errors import InvalidInputError
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["OrthonormalColumns", "Stiefel", "UniformSphere"]


class OrthonormalColumns(RandomMatrix):
    """The first columns of a Haar-distributed orthogonal matrix, of which averages are taken."""

    ensemble = ORTHOGONAL
    predicates = (RealElementsPredicate, FullRankPredicate)

    @property
    def whole(self) -> HaarOrthogonal:
        """The orthogonal matrix; no other symbol has its name."""
        whole: HaarOrthogonal = HaarOrthogonal(self.args[0], self.dimension)
        return whole

    @property
    def is_square(self) -> bool:  # type: ignore[override]
        """Whether there are as many rows as columns."""
        return bool(self.rows == self.cols)


class Stiefel(OrthonormalColumns):
    """A d × k matrix with orthonormal columns, uniform on the Stiefel manifold.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        The number of rows: a positive integer, or a SymPy expression with symbols.
    k : int or Expr
        The number of columns, at most d.

    Raises
    ------
    InvalidInputError
        If the name is empty, a size no positive integer or expression, or k larger than d.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> d, k = sympy.symbols("d k", integer=True, positive=True)
    >>> Q = Stiefel("Q", d, k)
    >>> expect(Q * Q.T), expect(Q.T * Q)
    ((k/d)*I, I)
    """

    @classmethod
    def _as_sizes(cls, d: Any, k: Any) -> tuple[sp.Basic, ...]:
        rows, columns = sp.sympify(as_dimension(d, "d")), sp.sympify(as_dimension(k, "k"))
        if sp.expand(columns - rows).is_positive:
            raise InvalidInputError(
                "k",
                f"must be at most {rows}, as columns are orthonormal",
                k,
                "ask for fewer columns",
            )
        return rows, columns

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (d, k)."""
        return self.args[1], self.args[2]

    @property
    def legs(self) -> tuple[sp.Expr, ...]:
        """One leg: the number of rows."""
        return (self.args[1],)

    def _sympyrepr(self, printer: Any) -> str:
        sizes = ", ".join(printer._print(arg) for arg in self.args[1:])
        return f"{type(self).__name__}({self.name!r}, {sizes})"


class UniformSphere(OrthonormalColumns):
    """A point of the unit sphere in d dimensions, as a d × 1 matrix.

    Parameters
    ----------
    name : str
        How the vector prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> d = sympy.Symbol("d", integer=True, positive=True)
    >>> x, A = UniformSphere("x", d), sympy.MatrixSymbol("A", d, d)
    >>> expect(x[0, 0] ** 4), expect(x * x.T)
    (3/(d*(d + 2)), 1/d*I)
    """

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (d, 1)."""
        return self.args[1], sp.S.One
