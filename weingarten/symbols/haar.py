"""SymPy nodes for random matrices: no integration happens here.

:class:`HaarOrthogonal` is a matrix symbol that knows it is orthogonal. It derives from SymPy's
``RandomMatrixSymbol``, so ``sympy.stats`` recognises it as random and hands expectations to this
package (:mod:`weingarten.expectations.probability`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    OrthogonalPredicate,
    RealElementsPredicate,
    UnitaryPredicate,
)
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatrixSlice
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.rv import RandomMatrixSymbol

from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError
from weingarten.symbols.arrays import ArrayOperators
from weingarten.symbols.indices import as_range, check_index, number_in, within
from weingarten.symbols.spaces import probability_space
from weingarten.wording import told_apart

__all__ = ["HaarElement", "HaarOrthogonal", "HaarSlice", "haar_symbols"]


class HaarElement(MatrixElement):
    """One entry ``W[i, j]`` of a Haar matrix: a real number between -1 and 1."""

    is_real = True
    is_finite = True

    def __new__(cls, name: Any, n: Any, m: Any) -> HaarElement:
        """Check the indices whenever a node is built, also by ``func(*args)`` and ``subs``."""
        if isinstance(name, HaarOrthogonal):
            name.check_index(n, "row index")
            name.check_index(m, "column index")
        return super().__new__(cls, name, n, m)

    @property
    def T(self) -> HaarElement:
        """The transpose of a number, which is the number."""
        return self

    def _eval_conjugate(self) -> HaarElement:
        return self

    def _eval_is_extended_real(self) -> bool:
        return True


class HaarSlice(ArrayOperators, MatrixSlice):
    """Rows and columns ``W[a:b, c:d]`` of a Haar matrix, with steps if wanted."""

    def __new__(cls, parent: Any, rowslice: Any, colslice: Any) -> HaarSlice:
        """Check the bounds whenever a node is built, also by ``func(*args)`` and ``subs``."""
        if isinstance(parent, HaarOrthogonal | HaarSlice):
            name = parent.name
            rowslice = as_range(rowslice, parent.rows, "row", name)
            colslice = as_range(colslice, parent.cols, "column", name)
        if isinstance(parent, HaarSlice):
            rowslice = within(parent.rowslice, rowslice)
            colslice = within(parent.colslice, colslice)
            parent = parent.parent
        return super().__new__(cls, parent, rowslice, colslice)

    @property
    def name(self) -> str:
        """How the matrix prints."""
        return str(self)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Numbers of rows and columns; SymPy leaves out the index of an incomplete last step."""
        return number_in(self.rowslice), number_in(self.colslice)

    def __getitem__(self, key: Any) -> sp.Expr:
        """Return an entry, or some of the rows and columns."""
        return _item(self, key)


class HaarOrthogonal(ArrayOperators, RandomMatrixSymbol):
    """A Haar-distributed random orthogonal matrix W, as a SymPy matrix symbol.

    Two symbols of the same name and size are the same matrix; different names are independent.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Raises
    ------
    InvalidInputError
        If ``name`` is empty or no string, or ``d`` is no positive integer or symbolic expression.

    Notes
    -----
    The matrix is real, invertible and orthogonal: ``W.I`` is ``W.T``. Entries are ``W[i, j]`` with
    integer or symbolic indices counted from 0, and ``W[:k, :]`` is its first k rows, a uniformly
    distributed point of the Stiefel manifold. In sums and products with W, NumPy arrays stand for
    constant matrices.

    Examples
    --------
    >>> import sympy
    >>> W = HaarOrthogonal("W", sympy.Symbol("d"))
    >>> W.I
    W.T
    >>> W[0, 1], W.shape
    (W[0, 1], (d, d))
    >>> W.subs(sympy.Symbol("d"), 3).shape
    (3, 3)
    """

    is_commutative = False
    is_symbol = True
    is_Atom = False  # noqa: N815 - SymPy's name
    is_square = True

    def __new__(cls, name: str | Str, d: Any, *more: Any) -> HaarOrthogonal:
        """Check name and size; SymPy rebuilds nodes through here as well."""
        if more:
            raise InvalidInputError(
                "d",
                "must be one size, as a Haar matrix is square",
                (d, *more),
                "pass it once, and take rows and columns as W[:k, :r]",
            )
        if isinstance(name, sp.Symbol):
            name = name.name
        if isinstance(name, str) and name:
            name = Str(name)
        if not isinstance(name, Str):
            raise InvalidInputError(
                "name", "must be a non-empty string", name, 'pass a name such as "W"'
            )
        return sp.Basic.__new__(cls, name, sp.sympify(as_dimension(d)))

    @property
    def name(self) -> str:
        """The name, as a string."""
        return str(self.args[0].name)

    @property
    def symbol(self) -> sp.Symbol:
        """The name as a plain symbol, as ``sympy.stats`` asks for it."""
        return sp.Symbol(self.name)

    @property
    def dimension(self) -> sp.Expr:
        """The size d of the d × d matrix."""
        return self.args[1]

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (d, d)."""
        return self.args[1], self.args[1]

    @property
    def pspace(self) -> Any:
        """The probability space that ``sympy.stats`` asks for expectations."""
        return probability_space(self)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The matrix itself and the symbols of its size, so that ``subs`` reaches them in sums."""
        return {self} | self.dimension.free_symbols

    def __getitem__(self, key: Any) -> sp.Expr:
        """Return an entry ``W[i, j]``, or rows and columns ``W[a:b, c:d]``."""
        return _item(self, key)

    def check_index(self, index: Any, argument: str) -> None:
        """Raise :class:`InvalidInputError` if ``index`` cannot be an index of this matrix."""
        check_index(index, self.dimension, f"{argument} of {self.name}")

    def valid_index(self, i: Any, j: Any) -> bool:
        """Return True, or raise :class:`InvalidInputError` for an index out of range."""
        self.check_index(i, "row index")
        self.check_index(j, "column index")
        return True

    def _entry(self, i: Any, j: Any, **_: Any) -> HaarElement:
        return HaarElement(self, i, j)

    def _eval_inverse(self, **_: Any) -> sp.MatrixExpr:
        return sp.Transpose(self)

    def inverse(self) -> sp.MatrixExpr:
        """Return the inverse, which is the transpose."""
        return sp.Transpose(self)

    def _eval_adjoint(self) -> sp.MatrixExpr:
        return sp.Transpose(self)

    def _eval_conjugate(self) -> HaarOrthogonal:
        return self

    def _eval_is_real(self) -> bool:
        return True

    def _latex(self, printer: Any) -> str:
        return str(printer._deal_with_super_sub(self.name))

    def _sympystr(self, printer: Any) -> str:
        return self.name

    def _sympyrepr(self, printer: Any) -> str:
        return f"HaarOrthogonal({self.name!r}, {printer._print(self.dimension)})"

    def _pretty(self, printer: Any) -> Any:
        return printer._print(self.symbol)


def _item(matrix: HaarOrthogonal | HaarSlice, key: Any) -> sp.Expr:
    """Return an entry or a slice; a single number counts entries along the rows, as in SymPy."""
    if isinstance(key, slice):
        key = (key, slice(None))
    elif isinstance(key, int | sp.Integer) and not isinstance(key, bool):
        rows, columns = matrix.shape
        if columns.is_Integer and 0 <= key < rows * columns:
            key = tuple(divmod(sp.Integer(key), columns))
    if not isinstance(key, tuple) or len(key) != 2:
        raise InvalidInputError(
            f"index of {matrix.name}",
            "must be a pair",
            key,
            "write W[i, j] for an entry, counted from 0, and W[:k, :] for the first k rows",
        )
    if any(isinstance(part, slice) for part in key):
        return HaarSlice(matrix, *key)
    for index, size, axis in zip(key, matrix.shape, ("row", "column"), strict=True):
        check_index(index, size, f"{axis} index of {matrix.name}")
    return matrix._entry(*map(sp.sympify, key))


def _always(expr: Any, assumptions: Any) -> bool:
    return True


for _predicate in (
    OrthogonalPredicate,
    UnitaryPredicate,
    InvertiblePredicate,
    FullRankPredicate,
    RealElementsPredicate,
):
    _predicate.register(HaarOrthogonal)(_always)


def haar_symbols(expr: Any) -> list[HaarOrthogonal]:
    """Return the Haar matrices in an expression, by name.

    Raises
    ------
    InvalidInputError
        If two of them share a name but not a size.
    """
    found = sorted(
        sp.sympify(expr, strict=True).atoms(HaarOrthogonal),
        key=lambda w: (w.name, str(w.dimension)),
    )
    for first, second in pairwise(found):
        if first.name == second.name:
            raise InvalidInputError(
                "expr",
                f"must not use the name {first.name} for Haar matrices of different sizes",
                "sizes {} and {}".format(*told_apart(first.dimension, second.dimension)),
                "give each matrix its own name",
            )
    return found
