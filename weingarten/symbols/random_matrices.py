"""What all symbols of random matrices share; no integration happens here.

:class:`RandomMatrix` derives from SymPy's ``RandomMatrixSymbol``, so ``sympy.stats`` recognises its
members as random and hands expectations to this package. A member is a small file: it names its
law, its sizes, and what SymPy may know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from itertools import pairwise
from typing import Any, ClassVar

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions import MatrixSlice
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.rv import RandomMatrixSymbol

from weingarten.ensembles.base import Law
from weingarten.errors import NOTHING, InvalidInputError
from weingarten.nodes import nodes_of
from weingarten.symbols.arrays import ArrayOperators
from weingarten.symbols.indices import as_range, check_index, number_in, within
from weingarten.symbols.partial import as_legs
from weingarten.symbols.spaces import probability_space
from weingarten.wording import told_apart

__all__ = ["RandomEntry", "RandomMatrix", "RandomSlice", "random_matrices"]


class RandomEntry(MatrixElement):
    """One entry ``W[i, j]`` of a random matrix: a number, real where the matrix is."""

    is_complex = True

    def __new__(cls, name: Any, n: Any, m: Any) -> Any:
        """Check the indices whenever a node is built, also by ``func(*args)`` and ``subs``."""
        if not isinstance(name, RandomMatrix):  # a constant was put in
            return MatrixElement(name, n, m)
        name.check_index(n, 0)
        name.check_index(m, 1)
        return super().__new__(cls, name, n, m)

    @property
    def T(self) -> RandomEntry:
        """The transpose of a number, which is the number."""
        return self

    def _eval_conjugate(self) -> RandomEntry | None:
        return self if self.parent.is_real_matrix else None

    def _eval_is_real(self) -> bool | None:
        return True if self.parent.is_real_matrix else None

    _eval_is_extended_real = _eval_is_real


class RandomSlice(ArrayOperators, MatrixSlice):
    """Rows and columns ``W[a:b, c:d]`` of a random matrix, with steps if wanted."""

    def __new__(cls, parent: Any, rowslice: Any, colslice: Any) -> RandomSlice:
        """Check the bounds whenever a node is built, also by ``func(*args)`` and ``subs``."""
        if isinstance(parent, RandomMatrix | RandomSlice):
            name = parent.name
            rowslice = as_range(rowslice, parent.rows, "row", name)
            colslice = as_range(colslice, parent.cols, "column", name)
        if isinstance(parent, RandomSlice):
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

    @property
    def H(self) -> sp.MatrixExpr:
        """The conjugate transpose."""
        return sp.adjoint(self)

    @property
    def C(self) -> sp.MatrixExpr:
        """The complex conjugate."""
        return sp.conjugate(self)

    def __getitem__(self, key: Any) -> sp.Expr:
        """Return an entry, or some of the rows and columns."""
        return _item(self, key)


class RandomMatrix(ArrayOperators, RandomMatrixSymbol):
    """A random matrix as a SymPy matrix symbol: the base class of the symbols of all laws.

    Two symbols of the same law, name and sizes are the same matrix; different names are
    independent. A member states the attributes below and, where it is no square matrix with one
    size, overrides ``_as_sizes`` and ``shape``.

    Attributes
    ----------
    ensemble : Law
        Its law: what joins its factors in an average, and with which weights.
    is_unitary_matrix : bool
        Whether its adjoint is its inverse.
    is_hermitian_matrix : bool
        Whether it is its adjoint.
    predicates : tuple
        The predicates of SymPy's ``ask`` that hold for it.
    """

    is_commutative = False
    is_symbol = True
    is_Atom = False  # noqa: N815 - SymPy's name
    is_square = True

    ensemble: ClassVar[Law]
    is_unitary_matrix: ClassVar[bool] = False
    is_hermitian_matrix: ClassVar[bool] = False
    predicates: ClassVar[tuple[Any, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for predicate in cls.predicates:
            predicate.register(cls)(_always)

    def __new__(cls, name: str | Str = "", *sizes: Any, **named: Any) -> Any:
        """Check name and sizes; SymPy rebuilds nodes through here as well."""
        if isinstance(name, sp.Symbol):
            name = name.name
        if isinstance(name, str) and name:
            name = Str(name)
        if not isinstance(name, Str):
            raise InvalidInputError(
                "name", "must be a non-empty string", name, 'pass a name such as "W"'
            )
        try:
            found = cls._as_sizes(*sizes, **named)
        except TypeError:
            _refuse_sizes(cls, sizes, named)
            raise
        return sp.Basic.__new__(cls, name, *found)

    @classmethod
    def _as_sizes(cls, d: Any, *more: Any) -> tuple[sp.Basic, ...]:
        """Return the arguments after the name, checked: one size, and its legs if it has some."""
        if isinstance(d, tuple | list | sp.Tuple) and not more:
            legs = as_legs(d, "d")
            return (sp.sympify(cls.ensemble.dimension(sp.Mul(*legs))), legs)
        if len(more) == 1 and isinstance(more[0], tuple | sp.Tuple):
            legs = as_legs(more[0], "legs")
            if sp.expand(sp.Mul(*legs) - d) == 0:
                return cls._as_sizes(legs)
        if more:
            raise InvalidInputError(
                "d",
                "must be one size, as a Haar matrix is square",
                (d, *more),
                "pass it once, and take rows and columns as W[:k, :r]",
            )
        return (sp.sympify(cls.ensemble.dimension(d)),)

    @property
    def is_real_matrix(self) -> bool:
        """Whether the entries are real; the matrix and its conjugate are the same then."""
        return self.ensemble.real

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
        """The size d on which its law depends."""
        return self.args[1]

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (d, d)."""
        return self.args[1], self.args[1]

    @property
    def legs(self) -> tuple[sp.Expr, ...]:
        """The sizes of the legs that rows and columns are made of, the size where there is one."""
        return tuple(self.args[2]) if len(self.args) > 2 else (self.args[1],)

    @property
    def pspace(self) -> Any:
        """The probability space that ``sympy.stats`` asks for expectations."""
        return probability_space(self)

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The matrix itself and the symbols of its size, so that ``subs`` reaches them in sums."""
        return {self}.union(*(size.free_symbols for size in self.args[1:]))

    @property
    def H(self) -> sp.MatrixExpr:
        """The conjugate transpose."""
        return self._eval_adjoint()

    @property
    def C(self) -> sp.MatrixExpr:
        """The complex conjugate."""
        return self._eval_conjugate()

    def __getitem__(self, key: Any) -> sp.Expr:
        """Return an entry ``W[i, j]``, or rows and columns ``W[a:b, c:d]``."""
        return _item(self, key)

    def check_index(self, index: Any, side: int) -> None:
        """Raise :class:`InvalidInputError` if ``index`` can be none of a row (0) or column (1)."""
        axis = ("row", "column")[side]
        check_index(index, self.shape[side], f"{axis} index of {self.name}")

    def valid_index(self, i: Any, j: Any) -> bool:
        """Return True, or raise :class:`InvalidInputError` for an index out of range."""
        self.check_index(i, 0)
        self.check_index(j, 1)
        return True

    def inverse(self) -> sp.MatrixExpr:
        """Return the inverse, the adjoint where it is that."""
        return self._eval_inverse()

    def _entry(self, i: Any, j: Any, **_: Any) -> RandomEntry:
        return RandomEntry(self, i, j)

    def _eval_inverse(self, **_: Any) -> sp.MatrixExpr:
        return self._eval_adjoint() if self.is_unitary_matrix else sp.Inverse(self)

    def _eval_adjoint(self) -> sp.MatrixExpr:
        return sp.Transpose(self) if self.is_real_matrix else sp.Adjoint(self)

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return self if self.is_real_matrix else sp.Adjoint(sp.Transpose(self))

    def _eval_is_real(self) -> bool | None:
        return True if self.is_real_matrix else None

    def _latex(self, printer: Any) -> str:
        return str(printer._deal_with_super_sub(self.name))

    def _sympystr(self, printer: Any) -> str:
        return self.name

    def _sympyrepr(self, printer: Any) -> str:
        sizes = self.args[1:] if len(self.args) < 3 else (tuple(self.args[2]),)
        rest = ", ".join(printer._print(arg) for arg in sizes)
        return f"{type(self).__name__}({self.name!r}, {rest})"

    def _pretty(self, printer: Any) -> Any:
        return printer._print(self.symbol)


def _item(matrix: RandomMatrix | RandomSlice, key: Any) -> sp.Expr:
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
        return RandomSlice(matrix, *key)
    for index, size, axis in zip(key, matrix.shape, ("row", "column"), strict=True):
        check_index(index, size, f"{axis} index of {matrix.name}")
    return matrix._entry(*map(sp.sympify, key))


def _refuse_sizes(law: type[RandomMatrix], sizes: Sequence[Any], named: dict[str, Any]) -> None:
    """Raise where a law has not these arguments: too few, too many, or others."""
    expected = signature(law._as_sizes)
    try:
        expected.bind(*sizes, **named)
    except TypeError as error:
        words = [
            x.name
            for x in expected.parameters.values()
            if x.kind is not x.VAR_POSITIONAL and x.default is x.empty
        ]
        raise InvalidInputError(
            f"sizes of {law.__name__}",
            f"must be {', '.join(words)}, after the name",
            ", ".join([*map(str, sizes), *(f"{key}={value}" for key, value in named.items())])
            or NOTHING,
            f'write {law.__name__}("{law.__name__[0]}", {", ".join(words)})',
        ) from error


def _always(expr: Any, assumptions: Any) -> bool:
    return True


def _sizes(first: RandomMatrix, second: RandomMatrix) -> Sequence[str]:
    """Return the sizes of two matrices of one law in words that tell them apart."""
    if len(first.args) == 2:
        return told_apart(first.dimension, second.dimension)
    return [str(tuple(matrix.args[1:])) for matrix in (first, second)]


def random_matrices(expr: Any) -> list[RandomMatrix]:
    """Return the random matrices in an expression, by name.

    Raises
    ------
    InvalidInputError
        If two of them share a name but not a law and its sizes.
    """
    found = sorted(
        {x for x in nodes_of(sp.sympify(expr, strict=True)) if isinstance(x, RandomMatrix)},
        key=lambda w: (w.name, type(w).__name__, str(w.args[1:])),
    )
    for first, second in pairwise(found):
        if first.name != second.name:
            continue
        if type(first) is not type(second):
            raise InvalidInputError(
                "expr",
                f"must not use the name {first.name} for random matrices of different laws",
                f"{type(first).__name__} and {type(second).__name__}",
                "give each matrix its own name",
            )
        raise InvalidInputError(
            "expr",
            f"must not use the name {first.name} for Haar matrices of different sizes",
            "sizes {} and {}".format(*_sizes(first, second)),
            "give each matrix its own name",
        )
    return found
