"""Partial traces and partial transposes of matrices whose index is made of several: SymPy nodes.

An index of ``dims = (d_0, d_1, …)`` legs is numbered as in a Kronecker product, the last leg
fastest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from weingarten.errors import InvalidInputError

__all__ = ["PartialTrace", "PartialTranspose", "as_legs"]


def as_legs(dims: Any, argument: str = "dims") -> sp.Tuple:
    """Return the sizes of legs, checked: positive integers, or expressions with symbols.

    Examples
    --------
    >>> as_legs((2, 3))
    (2, 3)
    >>> as_legs((0, 3))
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: dims must be one or more positive sizes; got (0, 3); pass
    for instance (2, 3), or symbols
    """
    sizes = tuple(dims) if isinstance(dims, tuple | list | sp.Tuple) else ()
    try:
        legs = sp.Tuple(*(sp.sympify(size, strict=True) for size in sizes))
    except sp.SympifyError:
        legs = sp.Tuple()
    wrong = any(
        not isinstance(leg, sp.Expr)
        or leg.is_integer is False
        or leg.is_positive is False
        or not leg.is_commutative
        for leg in legs
    )
    if wrong or not legs:
        raise InvalidInputError(
            argument,
            "must be one or more positive sizes",
            dims,
            "pass for instance (2, 3), or symbols",
        )
    return legs


class _OnLegs(sp.MatrixExpr):
    """A square matrix with an index of several legs, and some of these legs."""

    #: The argument that lists legs.
    _argument = "legs"

    def __new__(cls, expr: Any, dims: Any, legs: Any) -> Any:
        """Check the legs whenever a node is built, also by ``func(*args)`` and ``subs``."""
        matrix = sp.ImmutableMatrix(expr) if isinstance(expr, sp.MatrixBase) else expr
        sizes = as_legs(dims)
        if not getattr(matrix, "is_Matrix", False):
            raise InvalidInputError("expr", "must be a matrix", expr, "pass a matrix expression")
        whole = sp.Mul(*sizes)
        if any(sp.expand(size - whole) != 0 for size in map(sp.sympify, matrix.shape)):
            raise InvalidInputError(
                "dims",
                "must multiply to the numbers of rows and of columns of expr",
                f"{tuple(sizes)} for a matrix of shape {matrix.shape}",
                "give the size of every leg",
            )
        chosen = [legs] if isinstance(legs, int | sp.Integer) else legs
        if not isinstance(chosen, Iterable) or isinstance(chosen, str):
            raise InvalidInputError(
                cls._argument, "must be numbers of legs", legs, "count legs from 0"
            )
        numbers = list(chosen)
        for leg in numbers:
            if not isinstance(leg, int | sp.Integer) or isinstance(leg, bool):
                raise InvalidInputError(
                    cls._argument, "must be numbers of legs", legs, "count legs from 0"
                )
            if not 0 <= leg < len(sizes):
                raise InvalidInputError(
                    cls._argument,
                    f"must be numbers of legs, from 0 to {len(sizes) - 1}",
                    legs,
                    "count legs from 0, in the order of dims",
                )
        if len(set(numbers)) < len(numbers):
            raise InvalidInputError(
                cls._argument, "must name each leg once", legs, "leave out what is named again"
            )
        return sp.Basic.__new__(cls, matrix, sizes, sp.Tuple(*sorted(map(sp.Integer, numbers))))

    @property
    def arg(self) -> sp.MatrixExpr:
        """The matrix."""
        return self.args[0]

    @property
    def dims(self) -> tuple[sp.Expr, ...]:
        """The sizes of the legs."""
        return tuple(self.args[1])

    @property
    def legs(self) -> tuple[int, ...]:
        """The numbers of the legs that are kept, or transposed."""
        return tuple(int(leg) for leg in self.args[2])

    def _place(self, index: Any, dims: tuple[sp.Expr, ...]) -> list[sp.Expr]:
        """Return an index taken apart into legs, the last one fastest."""
        digits: list[sp.Expr] = []
        for size in reversed(dims):
            digits.insert(0, sp.Mod(index, size))
            index = sp.floor(index / size)
        return digits

    def _whole(self, digits: list[sp.Expr]) -> sp.Expr:
        total: sp.Expr = sp.S.Zero
        for digit, size in zip(digits, self.dims, strict=True):
            total = total * size + digit
        return total


class PartialTrace(_OnLegs):
    """The partial trace of a square matrix: all legs but those in ``keep`` are summed over.

    Parameters
    ----------
    expr : MatrixExpr or Matrix
        A square matrix.
    dims : sequence of int or Expr
        The sizes of its legs, which multiply to its size; the last leg counts fastest, as in
        ``KroneckerProduct``.
    keep : int or sequence of int
        The legs that are left, counted from 0; they keep their order, in whichever one they are
        listed.

    Raises
    ------
    InvalidInputError
        If the sizes do not multiply to that of the matrix, or a leg does not exist or is named
        twice.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarUnitary, expect
    >>> a, b = sympy.symbols("a b", integer=True, positive=True)
    >>> U = HaarUnitary("U", (a, b))
    >>> state = U[:, 0] * U[:, 0].H
    >>> sympy.factor(expect(sympy.Trace(PartialTrace(state, (a, b), keep=0) ** 2)))
    (a + b)/(a*b + 1)
    """

    _argument = "keep"

    def __new__(cls, expr: Any, dims: Any, keep: Any) -> Any:
        """Check the legs whenever a node is built."""
        return super().__new__(cls, expr, dims, keep)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The product of the sizes of the legs that are kept, twice."""
        size = sp.Mul(*(self.dims[k] for k in self.legs))
        return size, size

    def _latex(self, printer: Any) -> str:
        """Name the legs that are summed over, as Tr_B does."""
        summed = ",".join(str(k) for k in range(len(self.dims)) if k not in self.legs)
        return rf"\mathrm{{Tr}}_{{{summed}}}\left({printer._print(self.arg)}\right)"

    def _entry(self, i: Any, j: Any, **_: Any) -> sp.Expr:
        kept = tuple(self.dims[k] for k in self.legs)
        rows = dict(zip(self.legs, self._place(i, kept), strict=True))
        columns = dict(zip(self.legs, self._place(j, kept), strict=True))
        summed = {k: sp.Dummy(f"k{k}") for k in range(len(self.dims)) if k not in self.legs}
        entry = self.arg[
            self._whole([rows.get(k, summed.get(k)) for k in range(len(self.dims))]),
            self._whole([columns.get(k, summed.get(k)) for k in range(len(self.dims))]),
        ]
        if not summed:
            return entry
        total = sp.Sum(entry, *((x, 0, self.dims[k] - 1) for k, x in summed.items()))
        return total.doit() if all(self.dims[k].is_Integer for k in summed) else total


class PartialTranspose(_OnLegs):
    """The partial transpose of a square matrix: rows and columns of some legs are exchanged.

    Parameters
    ----------
    expr, dims
        As for :class:`PartialTrace`.
    which : int or sequence of int
        The legs that are transposed, counted from 0.

    Raises
    ------
    InvalidInputError
        If the sizes do not multiply to that of the matrix, or a leg does not exist or is named
        twice.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarUnitary, expect
    >>> a, b = sympy.symbols("a b", integer=True, positive=True)
    >>> U = HaarUnitary("U", (a, b))
    >>> state = PartialTranspose(U[:, 0] * U[:, 0].H, (a, b), which=1)
    >>> sympy.factor(expect(sympy.Trace(state**3)))
    (a**2 + 3*a*b + b**2 + 1)/((a*b + 1)*(a*b + 2))
    """

    _argument = "which"

    def __new__(cls, expr: Any, dims: Any, which: Any) -> Any:
        """Check the legs whenever a node is built."""
        return super().__new__(cls, expr, dims, which)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape of the matrix."""
        return self.arg.shape

    def _latex(self, printer: Any) -> str:
        legs = ",".join(map(str, self.legs))
        inner = printer._print(self.arg)
        base = inner if isinstance(self.arg, sp.MatrixSymbol) else rf"\left({inner}\right)"
        return rf"{base}^{{\top_{{{legs}}}}}"

    def _entry(self, i: Any, j: Any, **_: Any) -> sp.Expr:
        rows, columns = self._place(i, self.dims), self._place(j, self.dims)
        for k in self.legs:
            rows[k], columns[k] = columns[k], rows[k]
        return self.arg[self._whole(rows), self._whole(columns)]
