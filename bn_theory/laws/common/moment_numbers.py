"""Moments of a row norm at a given spectrum, by recursions in numbers.

Their statements are polynomials with one term for each partition of the order; their values need
only the power sums, in steps that grow with the square of the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick

__all__ = [
    "as_exact",
    "centred_sums",
    "cumulants_from_moments",
    "from_exact",
    "log_series",
    "moments_from_sums",
]

#: A Fraction, or a SymPy Float where the spectrum is one of floats.
Number = Any
#: Seconds of a step between fractions, for each bit of theirs.
_PRODUCT = 5e-9


def as_exact(values: Sequence[sp.Expr]) -> list[Number] | None:
    """Return numbers to compute with: Fractions and Floats; None if there is anything else.

    Examples
    --------
    >>> as_exact([sp.Rational(1, 2), sp.Integer(3)]), as_exact([sp.sqrt(2)])
    ([Fraction(1, 2), Fraction(3, 1)], None)
    """
    if not all(isinstance(value, sp.Rational | sp.Float) for value in values):
        return None
    return [
        Fraction(int(value.p), int(value.q)) if isinstance(value, sp.Rational) else value
        for value in values
    ]


def from_exact(value: Number) -> sp.Expr:
    """Return a number that was computed with as SymPy."""
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    return sp.sympify(value, strict=True)


def moments_from_sums(sums: Sequence[Number], d: int) -> list[Number]:
    """Return E a^k, k = 0 … K, from the power sums tr G^j, j = 1 … K.

    E a^k = k!/(d/2)_k · c_k with Σ c_k t^k = exp(½ Σ_j p_j t^j/j), so 2k c_k = Σ_j p_j c_{k-j}.

    Examples
    --------
    >>> moments_from_sums([Fraction(4), Fraction(6)], 3)
    [Fraction(1, 1), Fraction(4, 3), Fraction(28, 15)]
    """
    if any(isinstance(value, sp.Float) for value in sums):
        return _float_moments(sums, d)
    order = len(sums)
    digits = max((f.numerator.bit_length() + f.denominator.bit_length() for f in sums), default=0)
    foresee(f"exact moments of a row norm to order {order}", _PRODUCT * order**2 * (1 + digits))
    coefficients, moments, scale = [Fraction(1)], [Fraction(1)], Fraction(1)
    for k in range(1, order + 1):
        tick()
        terms = (sums[j - 1] * coefficients[k - j] for j in range(1, k + 1))
        coefficients.append(sum(terms) / (2 * k))
        scale *= Fraction(2 * k, d + 2 * (k - 1))
        moments.append(coefficients[k] * scale)
    return moments


def _float_moments(sums: Sequence[Number], d: int) -> list[Number]:
    """Return the same of floats, c_k in units of ρ^k, which neither overflow nor vanish.

    ρ is the larger of the last two of the roots |p_j|^(1/j): about the largest eigenvalue, of
    either sign.
    """
    # SymPy's exponents have no limits: p_j = mantissa · 2^exponent
    parts = [mpmath.frexp(mpmath.mpmathify(value)) for value in sums]
    orders = np.arange(1, len(sums) + 1)
    mantissas = np.array([float(mantissa) for mantissa, _ in parts])
    exponents = np.array([float(exponent) for _, exponent in parts])
    roots = np.where(mantissas == 0, -np.inf, exponents / orders)
    largest = float(roots[-2:].max(initial=-np.inf))
    power = math.floor(largest) if math.isfinite(largest) else 0
    ratio = round(2 ** (largest - power) * 1024) / 1024 if math.isfinite(largest) else 1.0
    units = exponents - orders * power - orders * math.log2(ratio)
    relative = mantissas * np.exp2(np.where(mantissas == 0, 0.0, units))
    coefficients = np.ones(len(sums) + 1)
    moments: list[Number] = [Fraction(1)]
    unit, scale = sp.Float(ratio) * sp.Integer(2) ** power, sp.Float(1)
    for k in range(1, len(sums) + 1):
        tick()
        coefficients[k] = relative[:k] @ coefficients[k - 1 :: -1] / (2 * k)
        scale *= unit * sp.Rational(2 * k, d + 2 * (k - 1))
        moments.append(sp.Float(float(coefficients[k])) * scale)
    return moments


def cumulants_from_moments(moments: Sequence[Number]) -> list[Number]:
    """Return κ_0 = 0, κ_1, κ_2, …: κ_k = μ_k - Σ_{0<j<k} C(k-1, j-1) κ_j μ_{k-j}.

    Examples
    --------
    >>> cumulants_from_moments([Fraction(1), Fraction(1), Fraction(3)])
    [Fraction(0, 1), Fraction(1, 1), Fraction(2, 1)]
    """
    cumulants: list[Number] = [Fraction(0)]
    for n in range(1, len(moments)):
        tick()
        terms = (comb(n - 1, j - 1) * cumulants[j] * moments[n - j] for j in range(1, n))
        cumulants.append(moments[n] - sum(terms))
    return cumulants


def log_series(moments: Sequence[Number]) -> Number:
    """Return Σ_{k≥2} (-1)^(k+1) E b^k/k from the moments of b, up to the last one given.

    Examples
    --------
    >>> log_series([Fraction(1), Fraction(0), Fraction(1, 2), Fraction(3)])
    Fraction(3, 4)
    """
    # SymPy remembers products, and Floats below the range of double precision share one hash
    terms = ((_divided(moments[k], k), k % 2) for k in range(2, len(moments)))
    return sum((term if odd else -term for term, odd in terms), 0)


def centred_sums(sums: Sequence[Number], overlaps: Sequence[Number]) -> list[Number]:
    """Return tr (X C Xᵀ)^j from tr G^j and q_j = 1ᵀ K^j 1/n, j = 1, 2, ….

    As :func:`~bn_theory.laws.beta_laws.derive.centred_power_sums`, in numbers.

    Examples
    --------
    >>> centred_sums([Fraction(3), Fraction(5)], [Fraction(1), Fraction(1)])
    [Fraction(2, 1), Fraction(4, 1)]
    """
    scaled: list[Number] = [Fraction(0)]
    for j in range(1, len(sums) + 1):
        rest = sum(scaled[i] * overlaps[j - i - 1] for i in range(1, j))
        scaled.append(j * overlaps[j - 1] - rest)
    return [p - s for p, s in zip(sums, scaled[1:], strict=True)]


def _divided(value: Number, by: int) -> Number:
    return value / by if isinstance(value, sp.Basic) else Fraction(value) / by
