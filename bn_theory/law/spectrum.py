"""A spectrum of eigenvalues, exact or in floating point, and the symbols it gives values to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import sympy as sp

from weingarten.errors import InvalidInputError

__all__ = ["Spectrum", "as_number"]

_POWER_SUM = re.compile(r"([pt])([1-9]\d*)")
_KNOWN = ("d", "m", "v", "phi", "lambda")


def as_number(name: str, value: object) -> sp.Expr:
    """Return a finite real number as SymPy: exact if it is exact, else a Float.

    SymPy expressions pass unless they are known not to be real and finite.

    Examples
    --------
    >>> from fractions import Fraction
    >>> as_number("v", Fraction(1, 3)), as_number("v", 0.5)
    (1/3, 0.500000000000000)
    """
    remedy = "pass a finite real number (int, Fraction, float or SymPy)"
    number: sp.Expr | None = None
    if isinstance(value, sp.Expr):
        number = value
    elif isinstance(value, bool | np.bool_ | str | bytes):
        number = None
    elif isinstance(value, int | np.integer):
        number = sp.Integer(int(value))
    elif isinstance(value, Fraction):
        number = sp.Rational(value.numerator, value.denominator)
    elif isinstance(value, float | np.floating):
        number = sp.Float(float(value)) if math.isfinite(value) else None
    if number is None or number is sp.nan or number.is_finite is False or number.is_real is False:
        raise InvalidInputError(name, "must be a finite real number", value, remedy)
    return number


class Spectrum:
    """The eigenvalues of a Gram matrix G, as exact SymPy numbers or as float64.

    Moments of floats are summed without cancellation and without overflow: central ones from the
    deviations, all of them on the scale of the largest eigenvalue.

    Examples
    --------
    >>> spectrum = Spectrum([2, 1, 1])
    >>> spectrum.mean, spectrum.variance, spectrum.power_sum(2), spectrum.central_power_sum(2)
    (4/3, 2/9, 6, 2/3)
    """

    def __init__(self, eigenvalues: Iterable[object], name: str = "eigenvalues") -> None:
        self.exact, self.floats = _read_eigenvalues(eigenvalues, name)

    def __len__(self) -> int:
        return len(self.exact) if self.floats is None else len(self.floats)

    def __repr__(self) -> str:
        return f"Spectrum({list(self.exact) if self.floats is None else self.floats.tolist()})"

    def as_array(self, name: str = "eigenvalues") -> npt.NDArray[np.float64]:
        """Return the eigenvalues as float64, or raise if they have free symbols."""
        if self.floats is not None:
            return self.floats
        if any(value.free_symbols for value in self.exact):
            raise InvalidInputError(
                name, "must be numbers to be computed with", list(self.exact), "substitute symbols"
            )
        return _within_span(np.array([float(value) for value in self.exact]), name)

    def values(self) -> tuple[sp.Expr, ...]:
        """Return the eigenvalues as SymPy numbers."""
        if self.floats is None:
            return self.exact
        return tuple(sp.Float(value) for value in self.floats.tolist())

    @property
    def mean(self) -> sp.Expr:
        """Mean eigenvalue tr G/d."""
        return self.power_sum(1) / len(self)

    @property
    def variance(self) -> sp.Expr:
        """Population variance of the eigenvalues."""
        return self.central_power_sum(2) / len(self)

    @property
    def isometry_gap(self) -> sp.Expr:
        """Isometry gap log m - (1/d) Σ log λ_i; oo if an eigenvalue is 0."""
        if self.floats is None:
            if any(value.is_zero for value in self.exact):
                return sp.oo
            return sp.log(self.mean) - sp.Add(*map(sp.log, self.exact)) / len(self)
        if not np.all(self.floats):
            return sp.oo
        # a power of two as the scale is exact; then φ is the mean of δ - log(1+δ)
        scaled = np.ldexp(self.floats, -int(np.frexp(self.floats.max())[1]))
        mean = math.fsum(scaled) / len(scaled)
        deviation = (scaled - mean) / mean
        terms = np.where(
            np.abs(deviation) < 0.1,
            deviation - np.log1p(np.maximum(deviation, -0.5)),
            deviation - np.log(scaled / mean),
        )
        return sp.Float(math.fsum(terms) / len(scaled))

    def power_sum(self, k: int) -> sp.Expr:
        """Return tr G^k."""
        if self.floats is None:
            return sp.expand(sp.Add(*(value**k for value in self.exact)))
        scale = float(self.floats.max())
        return sp.Float(scale) ** k * sp.Float(math.fsum((self.floats / scale) ** k))

    def central_power_sum(self, k: int) -> sp.Expr:
        """Return tr (G - m I)^k with m the mean eigenvalue."""
        if self.floats is None:
            mean = self.mean
            return sp.expand(sp.Add(*((value - mean) ** k for value in self.exact)))
        scale = float(self.floats.max())
        relative = self.floats / scale
        deviation = relative - math.fsum(relative) / len(relative)
        return sp.Float(scale) ** k * sp.Float(math.fsum(deviation**k))

    def value_of(self, symbol: sp.Symbol, *, relative: bool = False) -> sp.Expr | None:
        """Return what a symbol means for this spectrum, or None if it means nothing.

        ``d`` is the number of eigenvalues, ``m`` their mean, ``v`` their population variance,
        ``pk`` the power sum tr G^k, ``tk`` the central power sum tr (G - m I)^k, ``phi`` the
        isometry gap. With ``relative`` all but ``d`` and ``phi`` are those of G/m.
        """
        value = self._absolute(symbol)
        if value is None or not relative or symbol.name == "phi":
            return value
        found = _POWER_SUM.fullmatch(symbol.name)
        degree = {"m": 1, "v": 2}.get(symbol.name, 0) if found is None else int(found[2])
        return value / self.mean**degree

    def _absolute(self, symbol: sp.Symbol) -> sp.Expr | None:
        if symbol.name == "d":
            return sp.Integer(len(self))
        if symbol.name in ("m", "v"):
            return self.mean if symbol.name == "m" else self.variance
        if symbol.name == "phi":
            return self.isometry_gap
        found = _POWER_SUM.fullmatch(symbol.name)
        if found is None:
            return None
        order = int(found[2])
        return self.power_sum(order) if found[1] == "p" else self.central_power_sum(order)

    @staticmethod
    def knows(symbol: sp.Symbol) -> bool:
        """Whether :meth:`value_of` gives this symbol a value."""
        return symbol.name in _KNOWN or _POWER_SUM.fullmatch(symbol.name) is not None


#: The range in which sums, quotients and reciprocals of eigenvalues are floats.
_LARGEST = 1e300


def _within_span(floats: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Return eigenvalues to compute with, or raise where they or their quotients are no floats."""
    least, largest = floats[floats > 0].min(initial=np.inf), floats.max()
    if least < 1 / _LARGEST or largest > _LARGEST or least < largest / _LARGEST:
        raise InvalidInputError(
            name,
            f"must be 0 or lie between {1 / _LARGEST:g} and {_LARGEST:g}, and differ by a smaller "
            "factor than that, to be computed with",
            f"values from {least:.3g} to {largest:.3g}",
            "rescale them, and pass 0 for what is negligible",
        )
    return floats


def _read_eigenvalues(
    eigenvalues: Iterable[object], name: str
) -> tuple[tuple[sp.Expr, ...], npt.NDArray[np.float64] | None]:
    constraint = "must be a non-empty sequence of finite non-negative numbers, not all zero"
    remedy = "pass the eigenvalues of G, for instance [2, 1, 1]"
    if isinstance(eigenvalues, str | bytes) or not isinstance(eigenvalues, Iterable):
        raise InvalidInputError(name, constraint, eigenvalues, remedy)
    if isinstance(eigenvalues, np.ndarray):
        if eigenvalues.ndim != 1:
            raise InvalidInputError(
                name, "must be one-dimensional", f"an array of shape {eigenvalues.shape}", remedy
            )
        eigenvalues = eigenvalues.tolist()
    given = list(eigenvalues)
    if given and all(type(value) is float for value in given):
        floats = np.array(given, dtype=float)
        if not (np.all(np.isfinite(floats)) and np.all(floats >= 0) and np.any(floats)):
            wrong = floats[~(np.isfinite(floats) & (floats >= 0))].tolist()
            raise InvalidInputError(name, constraint, wrong[0] if wrong else given, remedy)
        return (), _within_span(floats, name)
    numbers = [as_number(f"{name}[{index}]", value) for index, value in enumerate(given)]
    for value in numbers:
        if value.is_negative:
            raise InvalidInputError(name, constraint, value, remedy)
    if not numbers or all(value.is_zero for value in numbers):
        raise InvalidInputError(name, constraint, given, remedy)
    if any(isinstance(value, sp.Float) for value in numbers) and not any(
        value.free_symbols for value in numbers
    ):
        return (), _within_span(np.array([float(value) for value in numbers]), name)
    return tuple(numbers), None
