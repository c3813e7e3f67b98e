"""Rational functions of d whose denominators are products of linear factors (d + c).

Every denominator of the Weingarten calculus has this form, so adding and cancelling need only
evaluations at integer roots and synthetic divisions, never a polynomial gcd. This is the only file
that imports python-flint; everything above it sees :class:`RationalFunction`, ints and SymPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd, lcm, prod
from typing import TYPE_CHECKING

import sympy as sp
import sympy.tensor.tensor  # SymPy's first sum loads it: pay here, not in a result
from flint import Ordering, fmpq, fmpq_poly, fmpz, fmpz_mat, fmpz_mpoly_ctx, fmpz_poly

from weingarten.errors import InvalidInputError
from weingarten.exact.assembling import Keyed, assembled, keyed, linear_power, number_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "IntegerMatrix",
    "RationalFunction",
    "common_shifts",
    "linear_combination",
    "linear_product",
    "polynomial_ring",
    "sum_of_powers",
    "to_sympy_number",
    "to_sympy_quotient",
    "weighted_cofactors",
]

Shifts = Mapping[int, int]


# not to look for a common divisor again saves most of the time; SymPy 1.13 cannot be told so
_coprime: Callable[[int, int], sp.Rational] = getattr(sp.Rational, "from_coprime_ints", sp.Rational)


def to_sympy_number(value: int | Fraction | fmpz | fmpq) -> sp.Rational:
    """Return an exact number as a SymPy Integer or Rational."""
    if type(value) is Fraction:  # as it mostly is
        return _coprime(value.numerator, value.denominator)
    if isinstance(value, int | fmpz):
        return sp.Integer(int(value))
    return _coprime(int(value.numerator), int(value.denominator))


def to_sympy_quotient(numerator: int, denominator: int) -> sp.Rational:
    """Return a quotient of two integers, the second positive, as a SymPy Integer or Rational.

    Examples
    --------
    >>> to_sympy_quotient(8, 840)
    1/105
    """
    common = gcd(numerator, denominator)
    return _coprime(numerator // common, denominator // common)


# sums have few different denominators
@lru_cache(maxsize=65536)
def _linear_product(shifts: tuple[tuple[int, int], ...]) -> fmpz_poly:
    return reduce(
        lambda product, item: product * fmpz_poly([item[0], 1]) ** item[1], shifts, fmpz_poly([1])
    )


def linear_product(shifts: Shifts) -> fmpz_poly:
    """Return the polynomial Π (d + c)^m over the items (c, m) of ``shifts``."""
    return _linear_product(tuple(sorted(shifts.items())))


def polynomial_ring(variables: int) -> fmpz_mpoly_ctx:
    """Return the ring of sparse integer polynomials in this many variables.

    Examples
    --------
    >>> ring = polynomial_ring(2)
    >>> square = ring.from_dict({(1, 0): 1, (0, 1): 2}) ** 2
    >>> {tuple(map(int, powers)): int(c) for powers, c in square.to_dict().items()}
    {(2, 0): 1, (1, 1): 4, (0, 2): 4}
    """
    return fmpz_mpoly_ctx.get([f"x{k}" for k in range(variables)], Ordering.lex)


def common_shifts(denominators: Iterable[Shifts]) -> Counter[int]:
    """Return the least common multiple of products of linear factors."""
    common: Counter[int] = Counter()
    for shifts in denominators:
        for c, multiplicity in shifts.items():
            if multiplicity > common.get(c, 0):
                common[c] = multiplicity
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
    >>> f(2)
    1/4
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
        scale = lcm(*(coefficient.denominator for coefficient in collected.values()))
        common = common_shifts(dict(key) for key in collected)
        top = linear_product(common)
        numerator = fmpz_poly([0])
        for key, coefficient in collected.items():
            numerator += int(coefficient * scale) * (top // _linear_product(key))
        return cls(fmpq_poly(numerator, scale), common)

    @classmethod
    def weighted_sum(cls, terms: Sequence[tuple[int, RationalFunction]]) -> RationalFunction:
        """Return Σ weight · function, brought to lowest terms once.

        Examples
        --------
        >>> import sympy
        >>> f, g = RationalFunction([1], [0]), RationalFunction([1], [2])
        >>> RationalFunction.weighted_sum([(1, f), (-1, g)]).to_sympy(sympy.Symbol("d"))
        2/(d*(d + 2))
        """
        common = common_shifts(function.shifts for _, function in terms)
        numerator = fmpq_poly([])
        for weight, function in terms:
            missing = linear_product(common - function.shifts)
            numerator += weight * function.numerator * missing
        return cls(numerator, common)

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
        top = self.numerator.leading_coefficient() if self else fmpq(0)
        return hash(
            (self.numerator.degree(), int(top.p), int(top.q), frozenset(self.shifts.items()))
        )

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
        coefficient = to_sympy_number(content)
        if not isinstance(d, sp.Symbol):
            return coefficient * sp.Mul(
                *(_polynomial_at(factor, d) ** m for factor, m in factors),
                *((d + c) ** -m for c, m in self.shifts.items()),
            )
        # this also keeps a number from being multiplied into a lone sum
        pieces = [] if content == 1 else [number_key(coefficient)]
        for factor, m in factors:
            piece = _keyed_polynomial(factor, d)
            pieces.append(piece if m == 1 else keyed(piece[1] ** m))
        pieces += [linear_power(d, c, -m) for c, m in self.shifts.items()]
        return assembled(sp.Mul, pieces)[1]

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
        kept, root = multiplicity, fmpz(-c)
        while kept and numerator(root) == 0:
            numerator = numerator // fmpq_poly([c, 1])
            kept -= 1
        if kept:
            left[c] = kept
    return numerator, left


def _polynomial_at(polynomial: fmpq_poly, d: sp.Expr) -> sp.Expr:
    return sp.Add(*(to_sympy_number(c) * d**k for k, c in enumerate(polynomial.coeffs()) if c != 0))


def _keyed_polynomial(polynomial: fmpq_poly, d: sp.Symbol) -> Keyed:
    terms = [(to_sympy_number(c), k) for k, c in enumerate(polynomial.coeffs()) if c != 0]
    return _keyed_sum(terms, d)


def _keyed_sum(terms: Iterable[tuple[sp.Rational, int]], d: sp.Symbol) -> Keyed:
    """Return Σ c · d^k for numbers c ≠ 0 and distinct k."""
    monomials = []
    for c, k in terms:
        if k == 0:
            monomials.append(number_key(c))
        elif c is sp.S.One:
            monomials.append(linear_power(d, 0, k))
        else:
            monomials.append(assembled(sp.Mul, [number_key(c), linear_power(d, 0, k)]))
    return assembled(sp.Add, monomials)


def sum_of_powers(coefficients: Mapping[int, sp.Rational], d: sp.Expr) -> sp.Expr:
    """Return Σ coefficient · d^k over the items (k, coefficient); k may be negative.

    Examples
    --------
    >>> sum_of_powers({-1: sp.Integer(2), 0: sp.Integer(3), 2: sp.Integer(0)}, sp.Symbol("d"))
    3 + 2/d
    """
    terms = [(c, k) for k, c in coefficients.items() if c != 0]
    if not isinstance(d, sp.Symbol):
        return sp.Add(*(c * d**k for c, k in terms))
    return _keyed_sum(terms, d)[1]


def linear_combination(
    terms: Sequence[tuple[RationalFunction | Fraction, sp.Expr]], d: sp.Expr
) -> sp.Expr:
    """Return Σ coefficient · monomial as one factored coefficient times a polynomial.

    The coefficients are all functions of d, or all numbers; the monomials are free of d.

    Examples
    --------
    >>> d, x, y = sp.symbols("d x y")
    >>> f, g = RationalFunction([2], [0]), RationalFunction([0, 4], [0, 1])
    >>> linear_combination([(f, x), (g, y)], d)
    2*(2*d*y + x*(d + 1))/(d*(d + 1))
    """
    if not terms:
        return sp.Integer(0)
    functions = [
        c if isinstance(c, RationalFunction) else RationalFunction.constant(c) for c, _ in terms
    ]
    common = common_shifts(f.shifts for f in functions)
    numerators = [f.numerator * linear_product(common - f.shifts) for f in functions]
    shared = reduce(lambda g, numerator: g.gcd(numerator), numerators)
    # the content: a common rational factor that leaves coprime integer polynomials
    scale = lcm(*(int((n // shared).denom()) for n in numerators))
    integral = [(n // shared * scale).numer() for n in numerators]
    content = reduce(lambda g, p: g.gcd(p.content()), integral, fmpz(0))
    front = RationalFunction(shared * fmpq(content, scale), common).to_sympy(d)
    inner = sp.Add(
        *(
            RationalFunction(polynomial // content).to_sympy(d) * monomial
            for polynomial, (_, monomial) in zip(integral, terms, strict=True)
        )
    )
    if inner.is_Add and front.is_Rational and front != 1:
        return sp.Mul(front, inner, evaluate=False)
    return front * inner


class IntegerMatrix:
    """An immutable matrix of exact integers of any size."""

    # the matrix is Σ radix · words: products need no big integers until the words are added
    __slots__ = ("_words",)

    def __init__(self, words: Sequence[tuple[int, fmpz_mat]]) -> None:
        self._words = tuple(words)

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[int]]) -> IntegerMatrix:
        """Return the matrix with these rows of Python ints."""
        return cls([(1, fmpz_mat([list(row) for row in rows]))])

    @classmethod
    def from_residues(
        cls, residues: Sequence[NDArray[np.int64]], primes: Sequence[int]
    ) -> IntegerMatrix:
        """Return the matrix with entries of absolute value below Π primes / 2 and these residues.

        The digits of Garner's mixed radix representation, taken symmetric about zero, stay in
        machine words, two to a word. Primes must be odd and below 2^30.
        """
        shape = residues[0].shape
        digits: list[NDArray[np.int64]] = []
        for prime, residue in zip(primes, residues, strict=True):
            digit = residue % prime
            radix = 1
            for earlier, smaller in zip(digits, primes, strict=False):
                digit = (digit - earlier % prime * (radix % prime)) % prime
                radix *= smaller
            digit = digit * pow(radix, -1, prime) % prime
            digits.append((digit + prime // 2) % prime - prime // 2)
        words = []
        radix = 1
        for i in range(0, len(digits), 2):
            word = digits[i]
            if i + 1 < len(digits):
                word = word + digits[i + 1] * primes[i]
            words.append((radix, fmpz_mat(*shape, word.ravel().tolist())))
            radix *= prod(primes[i : i + 2])
        return cls(words)

    def row(self, i: int) -> list[int]:
        """Return row ``i`` as Python ints."""
        return [
            sum(radix * int(word[i, j]) for radix, word in self._words) for j in range(self.ncols)
        ]

    def __matmul__(self, other: IntegerMatrix) -> IntegerMatrix:
        products = (
            left * right * (scale * radix)
            for scale, left in self._words
            for radix, right in other._words
        )
        return IntegerMatrix([(1, sum(products, fmpz_mat(self.nrows, other.ncols)))])

    @property
    def nrows(self) -> int:
        """The number of rows."""
        return int(self._words[0][1].nrows())

    @property
    def ncols(self) -> int:
        """The number of columns."""
        return int(self._words[0][1].ncols())


def weighted_cofactors(
    weights: Sequence[int], denominators: Sequence[Shifts], common: Shifts
) -> IntegerMatrix:
    """Return the matrix with rows weights[j] · L/denominators[j], L their common multiple.

    The rows hold polynomial coefficients from the constant term up. A matrix of coefficients times
    this one is a whole table of sums over j, with numerators over the one denominator L.
    """
    top = linear_product(common)
    width = top.degree() + 1
    rows = []
    for weight, shifts in zip(weights, denominators, strict=True):
        coefficients = (weight * (top // linear_product(shifts))).coeffs()
        rows.append(coefficients + [fmpz(0)] * (width - len(coefficients)))
    return IntegerMatrix([(1, fmpz_mat(rows))])
