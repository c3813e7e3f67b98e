"""The size d of a random matrix, as exact coefficients see it: an integer, or their variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import ClassVar, TypeAlias

import sympy as sp

from weingarten.exact.rational import (
    RationalFunction,
    Shifts,
    to_sympy_number,
)

__all__ = ["SYMBOLIC", "Dimension", "Exact", "exact_to_sympy"]

#: A rational function of the dimension, or a number where the dimension is an integer.
Exact: TypeAlias = RationalFunction | Fraction


class Dimension:
    """An integer d, whose coefficients are fractions, or the variable of rational functions.

    The symbol that stands for d is no part of it, and is put in last (:func:`exact_to_sympy`): a
    coefficient is the same whatever d is called, so it is remembered once. There is one object for
    each dimension; it is compared as fast as an integer.

    Parameters
    ----------
    integer : int or None
        None for the variable.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> for size in (3, d):
    ...     dimension = Dimension.of(size)
    ...     exact_to_sympy(dimension.power(2) * dimension.quotient(2, [0, 1]), size)
    3/2
    2*d/(d + 1)
    """

    __slots__ = ("integer",)

    integer: int | None
    _known: ClassVar[dict[int | None, Dimension]] = {}

    def __new__(cls, integer: int | None) -> Dimension:
        """Return the one object for this dimension."""
        known = cls._known.get(integer)
        if known is None:
            known = cls._known[integer] = super().__new__(cls)
            known.integer = integer
        return known

    @classmethod
    def of(cls, size: int | sp.Expr) -> Dimension:
        """Return the dimension for a size: an integer, or an expression with symbols.

        Examples
        --------
        >>> Dimension.of(sp.Integer(3)), Dimension.of(sp.Symbol("N"))
        (Dimension(3), Dimension(None))
        """
        if isinstance(size, int) or size.is_Integer:
            return cls(int(size))
        return SYMBOLIC

    @property
    def symbolic(self) -> bool:
        """Whether it is the variable."""
        return self.integer is None

    def admits(self, number: int) -> bool:
        """Tell whether there are so many different indices; for the variable there always are."""
        return self.integer is None or number <= self.integer

    def coefficient(self, value: Exact | int) -> Exact:
        """Return a number as a coefficient of the kind that belongs to this dimension."""
        if isinstance(value, RationalFunction):
            return value
        number = Fraction(value)
        return RationalFunction.constant(number) if self.integer is None else number

    def power(self, exponent: int) -> Exact:
        """Return d^exponent, for an exponent of at least 0."""
        if self.integer is None:
            return RationalFunction([0] * exponent + [1])
        return Fraction(self.integer**exponent)

    def vanishes(self, shifts: Iterable[int]) -> bool:
        """Tell whether Π (d + c) over the shifts c is zero."""
        return self.integer is not None and -self.integer in shifts

    def quotient(self, numerator: int, shifts: Iterable[int]) -> Exact:
        """Return numerator / Π (d + c) over the shifts c."""
        if self.integer is None:
            return RationalFunction([numerator], shifts)
        return Fraction(numerator, prod(map(self.integer.__add__, shifts)))

    def sum_of(self, terms: Sequence[tuple[int, Shifts]], below: int = 1) -> Exact:
        """Return Σ coefficient / Π (d + c)^m / below for terms ``(coefficient, {c: m})``."""
        if self.integer is None:
            return RationalFunction.sum_of(terms) * Fraction(1, below)
        d = self.integer
        bottoms = [prod([(d + c) ** m for c, m in shifts.items()]) for _, shifts in terms]
        common = lcm(*bottoms)
        top = sum([n * (common // bottom) for (n, _), bottom in zip(terms, bottoms, strict=True)])
        return Fraction(top, below * common)

    def product(self, shifts: Iterable[int]) -> Exact:
        """Return Π (d + c) over the shifts c."""
        if self.integer is not None:
            d = self.integer
            return Fraction(prod(d + c for c in shifts))
        total = RationalFunction([1])
        for c in shifts:
            total = total * RationalFunction([c, 1])
        return total

    def weighted_sum(self, terms: Sequence[tuple[int, Exact]]) -> Exact:
        """Return Σ weight · value, brought to lowest terms once."""
        if self.integer is not None:
            return sum((weight * value for weight, value in terms), Fraction(0))
        return RationalFunction.weighted_sum(
            [(weight, self.coefficient(value)) for weight, value in terms]  # type: ignore[misc]
        )

    def __reduce__(self) -> tuple[type[Dimension], tuple[int | None]]:
        return Dimension, (self.integer,)

    def __repr__(self) -> str:
        return f"Dimension({self.integer})"


#: The variable.
SYMBOLIC = Dimension(None)


def exact_to_sympy(value: Exact, d: int | sp.Expr) -> sp.Expr:
    """Return an exact function of d, or its value at an integer d, as SymPy."""
    if isinstance(value, RationalFunction):
        return value.to_sympy(sp.sympify(d))
    return to_sympy_number(value)
