"""Rational functions of d whose denominators are products of linear factors (d + c).

Every denominator of the Weingarten calculus has this form, so adding and cancelling need only
evaluations at integer roots and synthetic divisions, never a polynomial gcd. This is the only file
that imports python-flint; everything above it sees :class:`RationalFunction`, ints and SymPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce

import sympy as sp
from flint import fmpq, fmpq_poly, fmpz, fmpz_mat, fmpz_poly

from weingarten.errors import InvalidInputError

__all__ = ["RationalFunction", "common_shifts", "linear_product", "sum_table", "to_sympy_number"]

Shifts = Mapping[int, int]


def to_sympy_number(value: int | Fraction | fmpz | fmpq) -> sp.Rational:
    """Return an exact number as a SymPy Integer or Rational."""
    if isinstance(value, int):
        return sp.Integer(value)
    if isinstance(value, fmpz):
        return sp.Integer(int(value))
    return sp.Rational(int(value.numerator), int(value.denominator))


@lru_cache(maxsize=65536)
def _linear_product(shifts: tuple[tuple[int, int], ...]) -> fmpz_poly:
    return reduce(
        lambda product, item: product * fmpz_poly([item[0], 1]) ** item[1], shifts, fmpz_poly([1])
    )


def linear_product(shifts: Shifts) -> fmpz_poly:
    """Return the polynomial Π (d + c)^m over the items (c, m) of ``shifts``."""
    return _linear_product(tuple(sorted(shifts.items())))


def common_shifts(denominators: Iterable[Shifts]) -> Counter[int]:
    """Return the least common multiple of products of linear factors."""
    common: Counter[int] = Counter()
    for shifts in denominators:
        common |= Counter(shifts)
    return common


class RationalFunction:
    """A rational function of d in lowest terms, ``numerator(d) / Π (d + c)^m``.

    Parameters
    ----------
    numerator : sequence of int or fmpq_poly
        Coefficients from the constant term up.
    shifts : mapping or iterable of int
        The integers c of the factors (d + c), with multiplicities.

    Examples
    --------
    >>> import sympy
    >>> f = RationalFunction([2, 2], [0, 1, 2])
    >>> f.to_sympy(sympy.Symbol("d"))
    2/(d*(d + 2))
    >>> f(2), f.poles
    (1/4, (-2, 0))
    """

    __slots__ = ("numerator", "shifts")

    def __init__(
        self, numerator: fmpq_poly | fmpz_poly | Sequence[int], shifts: Shifts | Iterable[int] = ()
    ) -> None:
        polynomial = fmpq_poly(
            [int(c) for c in numerator] if isinstance(numerator, Sequence) else numerator
        )
        self.numerator, self.shifts = _reduced(polynomial, Counter(shifts))

    @classmethod
    def constant(cls, value: int | Fraction) -> RationalFunction:
        """Return a constant function."""
        return cls(fmpq_poly([fmpq(value.numerator, value.denominator)]))

    @classmethod
    def sum_of(
        cls, terms: Iterable[tuple[int | Fraction, Iterable[int] | Shifts]]
    ) -> RationalFunction:
        """Return Σ coefficient / Π (d + c) for terms ``(coefficient, shifts)``.

        Terms with equal denominators are collected before anything is multiplied out.

        Examples
        --------
        >>> import sympy
        >>> RationalFunction.sum_of([(1, [0]), (-1, [2])]).to_sympy(sympy.Symbol("d"))
        2/(d*(d + 2))
        """
        collected: dict[tuple[tuple[int, int], ...], int | Fraction] = {}
        for coefficient, shifts in terms:
            key = tuple(sorted(Counter(shifts).items()))
            collected[key] = collected.get(key, 0) + coefficient
        common = common_shifts(dict(key) for key in collected)
        top = linear_product(common)
        numerator = fmpq_poly([0])
        for key, coefficient in collected.items():
            scale = fmpq(coefficient.numerator, coefficient.denominator)
            numerator += scale * fmpq_poly(top // _linear_product(key))
        return cls(numerator, common)

    @property
    def poles(self) -> tuple[int, ...]:
        """The integers at which the function has a pole, in increasing order."""
        return tuple(sorted(-c for c in self.shifts))

    def __call__(self, d: int) -> sp.Rational:
        """Return the exact value at an integer, raising ZeroDivisionError at a pole."""
        bottom = fmpz(1)
        for c, m in self.shifts.items():
            bottom *= fmpz(d + c) ** m
        return to_sympy_number(self.numerator(fmpz(d)) / fmpq(bottom))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RationalFunction):
            return NotImplemented
        return bool(self.numerator == other.numerator) and self.shifts == other.shifts

    def __hash__(self) -> int:
        return hash((str(self.numerator), frozenset(self.shifts.items())))

    def __bool__(self) -> bool:
        return bool(self.numerator != 0)

    def __neg__(self) -> RationalFunction:
        return RationalFunction(-self.numerator, self.shifts)

    def __add__(self, other: RationalFunction) -> RationalFunction:
        common = self.shifts | other.shifts
        return RationalFunction(
            self.numerator * linear_product(common - self.shifts)
            + other.numerator * linear_product(common - other.shifts),
            common,
        )

    def __sub__(self, other: RationalFunction) -> RationalFunction:
        return self + (-other)

    def __mul__(self, other: RationalFunction | int | Fraction) -> RationalFunction:
        if not isinstance(other, RationalFunction):
            return RationalFunction(
                self.numerator * fmpq(other.numerator, other.denominator), self.shifts
            )
        return RationalFunction(self.numerator * other.numerator, self.shifts + other.shifts)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"RationalFunction({self.to_sympy(sp.Symbol('d'))})"

    def to_sympy(self, d: sp.Expr) -> sp.Expr:
        """Return the function at ``d``, with numerator and denominator in factored form."""
        if not self:
            return sp.Integer(0)
        content, factors = self.numerator.factor()
        pieces = [_polynomial_to_sympy(factor, d) ** m for factor, m in factors]
        pieces += [(d + c) ** (-m) for c, m in self.shifts.items()]
        rest = sp.Mul(*pieces)
        coefficient = to_sympy_number(content)
        # a number times a lone sum would be multiplied out by SymPy, losing the factored form
        if rest.is_Add and coefficient not in (1, 0):
            return sp.Mul(coefficient, rest, evaluate=False)
        return coefficient * rest

    @classmethod
    def from_sympy(cls, expression: sp.Expr, d: sp.Symbol) -> RationalFunction:
        """Return a SymPy rational function of ``d`` with linear integer-root denominator.

        Raises
        ------
        InvalidInputError
            If the expression is no rational function of ``d`` alone with such a denominator.
        """
        top, bottom = sp.fraction(sp.cancel(expression))
        try:
            above, below = sp.Poly(top, d, domain="QQ"), sp.Poly(bottom, d, domain="QQ")
        except (sp.PolynomialError, sp.CoercionFailed):
            raise InvalidInputError(
                "expression", f"must be rational in {d}", expression, "remove other symbols"
            ) from None
        lead, factors = below.factor_list()
        shifts: Counter[int] = Counter()
        for factor, multiplicity in factors:
            slope, *constant = factor.all_coeffs()
            if len(constant) != 1 or not (constant[0] / slope).is_Integer:
                raise InvalidInputError(
                    "expression",
                    "must have a denominator of factors d + c with integer c",
                    expression,
                    "only functions of the Weingarten calculus are supported",
                )
            shifts[int(constant[0] / slope)] += multiplicity
            lead *= slope**multiplicity
        coefficients = [c / lead for c in reversed(above.all_coeffs())]
        return cls(fmpq_poly([fmpq(int(c.p), int(c.q)) for c in coefficients]), shifts)


def _reduced(numerator: fmpq_poly, shifts: Counter[int]) -> tuple[fmpq_poly, Counter[int]]:
    """Divide out the linear factors that numerator and denominator share."""
    if numerator == 0:
        return numerator, Counter()
    left: Counter[int] = Counter()
    for c, multiplicity in shifts.items():
        if multiplicity < 0:
            raise ValueError(f"negative multiplicity of d + {c}")
        root = fmpz(-c)
        while multiplicity and numerator(root) == 0:
            numerator = numerator // fmpq_poly([c, 1])
            multiplicity -= 1
        if multiplicity:
            left[c] = multiplicity
    return numerator, left


def _polynomial_to_sympy(polynomial: fmpq_poly, d: sp.Expr) -> sp.Expr:
    return sp.Add(
        *(to_sympy_number(c) * d**k for k, c in enumerate(polynomial.coeffs()) if c != 0)
    )


def sum_table(
    weights: Sequence[Sequence[int]], denominators: Sequence[Shifts]
) -> tuple[list[fmpz_poly], Counter[int]]:
    """Return the numerators of Σ_j weights[i][j] / denominators[j] over one common denominator.

    One integer matrix product does all rows at once. The rows come back unreduced, as integer
    polynomials with their common denominator; pass one to :class:`RationalFunction` to reduce it.
    """
    common = common_shifts(denominators)
    top = linear_product(common)
    cofactors = [(top // linear_product(shifts)).coeffs() for shifts in denominators]
    width = max(map(len, cofactors), default=0)
    padded = fmpz_mat([row + [fmpz(0)] * (width - len(row)) for row in cofactors])
    product = fmpz_mat([list(row) for row in weights]) * padded
    return [fmpz_poly(row) for row in product.tolist()], common
