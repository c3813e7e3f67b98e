"""Exact numbers that are too long to be written out, and print all the same.

The value of a recursion after a thousand layers is a fraction of thousands of digits. Python
refuses to write integers of more than 4300 of them, and nobody reads them: such a number prints its
leading digits and how long it is. In calculations it is the number that it is. A sum or a product
with such numbers in it prints their leading digits.
"""

from __future__ import annotations

import sys
from typing import Any

import sympy as sp
from sympy.polys.domains import EXRAW
from sympy.polys.matrices import DomainMatrix
from sympy.printing.pretty.stringpict import prettyForm

__all__ = ["LongAdd", "LongInteger", "LongMul", "LongRational", "readable"]

_SHOWN = 15


def _digits(number: int) -> int:
    """Return about how many decimal digits an integer has."""
    return int(abs(number).bit_length() * 0.30103) + 1


class _Long:
    """How long numbers print; ``srepr`` writes all of them, in base 16."""

    p: int
    q: int

    def _words(self) -> str:
        length = f"{_digits(self.p)} digits"
        return length if self.q == 1 else f"{length} over {_digits(self.q)}"

    def _leading(self) -> sp.Expr:
        return sp.N(self, _SHOWN)

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self._leading())}... (exact: {self._words()})"

    def _latex(self, printer: Any) -> str:
        return rf"{printer._print(self._leading())}\ldots"

    def _pretty(self, printer: Any) -> prettyForm:
        return prettyForm(f"{self._leading()}...")

    def _sympyrepr(self, _: Any) -> str:
        top, bottom = (f"int('{number:x}', 16)" for number in (self.p, self.q))
        return f"Integer({top})" if self.q == 1 else f"Rational({top}, {bottom})"


class LongRational(_Long, sp.Rational):
    """A rational number that prints its leading digits.

    Examples
    --------
    >>> third = LongRational(10**5000 + 1, 3 * 10**5000)
    >>> third
    0.333333333333333... (exact: 5001 digits over 5001)
    >>> third - sp.Rational(1, 3) > 0, third == sp.Rational(10**5000 + 1, 3 * 10**5000)
    (True, True)
    """

    __slots__ = ()

    def __new__(cls, p: int, q: int = 1) -> LongRational:
        """Return p/q, in lowest terms already."""
        number = sp.Expr.__new__(cls)
        number.p, number.q = int(p), int(q)
        return number

    def __hash__(self) -> int:
        return hash((sp.Rational.__name__, *self._hashable_content()))  # of an equal Rational


class LongInteger(_Long, sp.Integer):
    """An integer that prints its leading digits."""

    __slots__ = ()

    def __new__(cls, p: int) -> LongInteger:
        """Return the integer p."""
        number = sp.Expr.__new__(cls)
        number.p = int(p)
        return number


class _Leading(sp.Symbol):
    """What stands for a long number while an expression is printed: its leading digits."""

    __slots__ = ()

    def _sympystr(self, _: Any) -> str:
        return f"{self.name}..."

    def _latex(self, printer: Any) -> str:
        return rf"{printer._print(sp.Float(self.name))}\ldots"

    def _pretty(self, _: Any) -> prettyForm:
        return prettyForm(f"{self.name}...")


class _Spelled:
    """How sums and products with long numbers in them print; everything else is as it was."""

    func: Any
    args: Any
    xreplace: Any
    _hashable_content: Any

    def _shown(self) -> sp.Expr:
        given: dict[sp.Basic, sp.Expr] = {}
        for number in _long_numbers(self.func(*self.args)):
            name = str(sp.N(abs(number), _SHOWN))
            given[number] = sp.sign(number) * _Leading(name, positive=True)
        return self.func(*self.args).xreplace(given)

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print(self._shown()))

    def _latex(self, printer: Any) -> str:
        return str(printer._print(self._shown()))

    def _pretty(self, printer: Any) -> prettyForm:
        return printer._print(self._shown())

    def _sympyrepr(self, printer: Any) -> str:
        parts = (
            f"{readable(arg)._sympyrepr(printer)}" if _has_long(arg) else printer._print(arg)
            for arg in self.args
        )
        return f"{self.func.__name__}({', '.join(parts)})"

    def __eq__(self, other: object) -> bool:
        plain = other.func(*other.args) if isinstance(other, _Spelled) else other
        return bool(self.func(*self.args) == plain)

    def __hash__(self) -> int:
        return hash((self.func.__name__, *self._hashable_content()))  # of an equal expression


class LongAdd(_Spelled, sp.Add):
    """A sum with numbers in it that print their leading digits."""

    __slots__ = ()
    func = sp.Add
    __eq__, __hash__ = _Spelled.__eq__, _Spelled.__hash__


class LongMul(_Spelled, sp.Mul):
    """A product with numbers in it that print their leading digits."""

    __slots__ = ()
    func = sp.Mul
    __eq__, __hash__ = _Spelled.__eq__, _Spelled.__hash__


def readable(value: Any) -> Any:
    """Return an expression with those numbers replaced that Python would not write out.

    Examples
    --------
    >>> readable(sp.Integer(3)), readable(sp.Integer(7) ** 9000)
    (3, 7.62711207897999e+7605... (exact: 7607 digits))
    >>> x = sp.Symbol("x")
    >>> readable(1 - x * sp.Integer(7) ** 9000)
    -x*7.62711207897999e+7605... + 1
    """
    if isinstance(value, sp.MatrixBase):
        if not any(map(_has_long, value)):
            return value
        rows = [list(map(readable, row)) for row in value.tolist()]
        # entries of another domain would become plain rationals again
        return sp.ImmutableDenseMatrix._fromrep(DomainMatrix(rows, value.shape, EXRAW))
    for plain, spelled in ((sp.Add, LongAdd), (sp.Mul, LongMul)):
        if isinstance(value, plain) and _has_long(value):
            return spelled._from_args(value.args)
    if not _is_long(value):
        return value
    return LongInteger(value.p) if value.q == 1 else LongRational(value.p, value.q)


def _is_long(value: Any) -> bool:
    most = sys.get_int_max_str_digits()
    if not most or not isinstance(value, sp.Rational):
        return False
    return max(_digits(value.p), _digits(value.q)) >= most


def _long_numbers(value: Any) -> list[sp.Rational]:
    """Return the long numbers in an expression."""
    return [number for number in value.atoms(sp.Rational) if _is_long(number)]


def _has_long(value: Any) -> bool:
    return isinstance(value, sp.Basic) and bool(_long_numbers(value))
