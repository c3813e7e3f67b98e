"""SymPy nodes for random matrices: no integration happens here.

:class:`HaarOrthogonal` is a matrix symbol that knows it is orthogonal. It derives from SymPy's
``RandomMatrixSymbol``, so ``sympy.stats`` recognises it as random and hands expectations to this
package (:mod:`weingarten.probability`).
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
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.rv import RandomMatrixSymbol

from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError

__all__ = ["HaarElement", "HaarOrthogonal", "haar_symbols"]


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

    def _eval_conjugate(self) -> HaarElement:
        return self

    def _eval_is_extended_real(self) -> bool:
        return True


class HaarOrthogonal(RandomMatrixSymbol):
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
    distributed point of the Stiefel manifold.

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

    def __new__(cls, name: str | Str, d: Any) -> HaarOrthogonal:
        """Check name and size; SymPy rebuilds nodes through here as well."""
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
        from weingarten.probability import HaarOrthogonalPSpace  # noqa: PLC0415 - imports expect

        return HaarOrthogonalPSpace(self.symbol)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The matrix itself and the symbols of its size, so that ``subs`` reaches them in sums."""
        return {self} | self.dimension.free_symbols

    def check_index(self, index: Any, argument: str) -> None:
        """Raise :class:`InvalidInputError` if ``index`` cannot be an index of this matrix."""
        index = sp.sympify(index, strict=True)
        bad = index.is_integer is False or index.is_negative is True or index.is_real is False
        past_end = sp.Ge(index, self.dimension) == sp.true if not bad else False
        if bad or past_end:
            raise InvalidInputError(
                f"{argument} of {self.name}",
                f"must be an integer from 0 to {self.dimension - 1}",
                index,
                "count indices from 0, or use a larger dimension",
            )

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
    found = sorted(sp.sympify(expr).atoms(HaarOrthogonal), key=lambda w: (w.name, str(w.dimension)))
    for first, second in pairwise(found):
        if first.name == second.name:
            raise InvalidInputError(
                "expr",
                f"must not use the name {first.name} for Haar matrices of different sizes",
                f"sizes {first.dimension} and {second.dimension}",
                "give each matrix its own name",
            )
    return found
