"""Arithmetic of single numbers, exact or with many digits, beside arrays of samples.

A value is an exact ``Fraction``, an mpmath number, or a NumPy array. Numbers are combined with each
other before they meet an array, and turn into machine numbers last: 399!!/(5·7⋯803) is a quotient
of numbers beyond the floating-point range, and an ordinary number.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.errors import InvalidInputError

__all__ = [
    "DIGITS",
    "add",
    "apply",
    "entry_value",
    "from_sympy",
    "is_array",
    "machine",
    "multiply",
    "power",
    "to_sympy",
]

#: Decimal digits of numbers that are not exact.
DIGITS = 50
#: Bits up to which a fraction stays exact: more costs time, and ``DIGITS`` digits do.
_MAX_BITS = 20_000
#: Functions that are exact at exact numbers, and those that are so for a while.
_EXACT = (sp.floor, sp.ceiling, sp.Max, sp.Min, sp.Mod, sp.Abs, sp.sign, sp.re, sp.im, sp.conjugate)
_COUNTING = (sp.factorial, sp.binomial, sp.RisingFactorial, sp.FallingFactorial)
_MAX_COUNTED = 1000

Array = NDArray[Any]
Number = Any


def is_array(value: object) -> bool:
    """Tell whether a value is an array of samples, and no single number."""
    return isinstance(value, np.ndarray)


def add(values: Iterable[Any]) -> Any:
    """Return the sum of numbers and arrays."""
    number: Number = Fraction(0)
    arrays: list[Array] = []
    for value in values:
        if is_array(value):
            arrays.append(value)
        else:
            number = _bounded(number + value)
    if not arrays:
        return number
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total if number == 0 else total + machine(number)


def multiply(values: Iterable[Any]) -> Any:
    """Return the product of numbers and arrays."""
    number: Number = Fraction(1)
    arrays: list[Array] = []
    for value in values:
        if is_array(value):
            arrays.append(value)
        else:
            number = _bounded(number * value)
    if not arrays:
        return number
    total = arrays[0]
    for array in arrays[1:]:
        total = total * array
    return _scaled(total, number)


def _scaled(array: Array, number: Number) -> Array:
    """Return a multiple of an array, also by a number beyond the floating-point range."""
    if isinstance(number, Fraction) and number == 1:
        return array
    factor = machine(number)
    if np.isfinite(factor) and (factor != 0 or number == 0):
        return np.asarray(array * factor)
    size = abs(_inexact(number))
    if not mpmath.isfinite(size):
        return np.asarray(array * factor)
    shift = int(mpmath.mag(size))
    return _shifted(array * machine(_inexact(number) / mpmath.ldexp(1, shift)), shift)


def _shifted(array: Array, shift: int) -> Array:
    """Return array · 2^shift, where 2.0**shift alone would overflow."""
    result = np.array(array)
    if np.iscomplexobj(result):
        result.real, result.imag = _shifted(array.real, shift), _shifted(array.imag, shift)
        return result
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(result, int(np.clip(shift, -5000, 5000))))


def power(base: Any, exponent: Any) -> Any:
    """Return a power, principal and complex where it has to be."""
    if is_array(base) or is_array(exponent):
        plain = exponent if is_array(exponent) else machine(exponent)
        if not is_array(exponent) and isinstance(plain, float) and plain.is_integer():
            return np.asarray(base ** int(plain)) if plain >= 0 else 1 / base ** int(-plain)
        return np.asarray(np.emath.power(base if is_array(base) else machine(base), plain))
    if base == 0 and (mpmath.re(exponent) if not isinstance(exponent, Fraction) else exponent) < 0:
        raise InvalidInputError(
            "values", "must not divide by zero", exponent, "choose values away from the pole"
        )
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        n = exponent.numerator
        if isinstance(base, Fraction) and abs(n) * _bits(base) <= _MAX_BITS:
            return base**n
        return _inexact(base) ** n
    return mpmath.power(_inexact(base), _inexact(exponent))


def _bits(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())


def _bounded(number: Number) -> Number:
    if isinstance(number, Fraction) and number.denominator.bit_length() > _MAX_BITS:
        return _inexact(number)
    return number


def _inexact(number: Number) -> Any:
    """Return a number as an mpmath number."""
    if isinstance(number, Fraction):
        return mpmath.mpf(number.numerator) / number.denominator
    return number


def machine(value: Any) -> Any:
    """Return a number as a float or complex, infinite only if it is beyond their range."""
    if is_array(value):
        return value
    number = _inexact(value)
    return complex(number) if isinstance(number, mpmath.mpc) else float(number)


def to_sympy(number: Number) -> sp.Expr:
    """Return a number as a SymPy number, exact if it is exact."""
    if isinstance(number, Fraction):
        return sp.Rational(number.numerator, number.denominator)
    if isinstance(number, mpmath.mpc):
        return to_sympy(number.real) + sp.I * to_sympy(number.imag)
    return sp.Float(number, DIGITS)


def from_sympy(expr: sp.Expr) -> Number | None:
    """Return a constant SymPy expression as a number, None if it has no finite value."""
    if isinstance(expr, sp.Rational):
        return Fraction(int(expr.p), int(expr.q))
    real, imaginary = expr.evalf(DIGITS, maxn=1000).as_real_imag()
    if not (real.is_Number and imaginary.is_Number and real.is_finite and imaginary.is_finite):
        return None
    if imaginary == 0 and not expr.has(sp.I):
        return mpmath.mpf(real._to_mpmath(int(mpmath.mp.prec)))
    return mpmath.mpc(*(part._to_mpmath(int(mpmath.mp.prec)) for part in (real, imaginary)))


# compiling takes longer than a thousand values
@lru_cache(maxsize=256)
def _compiled(function: Any, count: int, modules: tuple[str, ...]) -> Any:
    arguments = [sp.Dummy() for _ in range(count)]
    return sp.lambdify(arguments, function(*arguments), list(modules))


def apply(function: Any, arguments: list[Any]) -> Any:
    """Return the value of a SymPy function at numbers and arrays, None if it has none here."""
    if any(is_array(x) for x in arguments):
        try:
            compiled = _compiled(function, len(arguments), ("numpy", "scipy"))
            with np.errstate(all="ignore"):
                return np.asarray(compiled(*map(machine, arguments)))
        except (NameError, TypeError, AttributeError):
            return None
    if all(isinstance(x, Fraction) for x in arguments) and (
        function in _EXACT or (function in _COUNTING and max(map(abs, arguments)) <= _MAX_COUNTED)
    ):
        return from_sympy(function(*map(to_sympy, arguments)))
    try:
        return mpmath.mpmathify(
            _compiled(function, len(arguments), ("mpmath",))(*map(_inexact, arguments))
        )
    except (NameError, TypeError, ValueError, AttributeError):
        # poles of a quotient of gammas, functions that mpmath does not know
        return from_sympy(function(*map(to_sympy, arguments)))


def entry_value(value: Any) -> Any:
    """Return an entry, trace or determinant as a number unless it has samples."""
    if np.ndim(value):
        return value
    value = complex(value) if np.iscomplexobj(value) else float(value)
    return mpmath.mpmathify(value)
