"""Checked values of symbols: exact numbers, numbers with many digits, arrays."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from numbers import Complex, Rational, Real
from typing import Any

import mpmath
import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.rv import RandomSymbol

from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import from_sympy, is_array, to_sympy

__all__ = ["read_values"]

_KEYS = (
    sp.Symbol,
    sp.MatrixSymbol,
    MatrixElement,
    sp.Indexed,
    sp.IndexedBase,
    AppliedUndef,
    RandomSymbol,
)
_ARRAYS = (sp.MatrixSymbol, sp.IndexedBase)


def read_values(values: Mapping[Any, Any] | None) -> dict[sp.Basic, Any]:
    """Return values as numbers and as arrays of floats or complex numbers, each of them checked.

    Raises
    ------
    InvalidInputError
        If ``values`` is no mapping, a key no symbol, or a value no finite number or array.
    """
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise InvalidInputError(
            "values",
            "must be a mapping from symbols to numbers and arrays",
            values,
            "pass for instance {d: 8, A: array}",
        )
    for key in values:
        if not isinstance(key, _KEYS):
            raise InvalidInputError(
                "values",
                "must have SymPy symbols as keys",
                key,
                "use the symbols of the expression",
            )
    return {key: _read(key, value) for key, value in values.items()}


def _read(key: sp.Basic, value: Any) -> Any:
    shaped = isinstance(key, _ARRAYS)
    try:
        result = _array(value) if shaped or _has_axes(value) else _number(value)
    except (TypeError, ValueError, OverflowError):
        result = None
    if result is None or (shaped and result.ndim == 0):
        constraint, remedy = (
            ("an array of numbers", "pass a numpy.ndarray")
            if shaped
            else ("a number", "pass an int, a float, a complex number or a SymPy number")
        )
        raise InvalidInputError("values", f"must give {key} {constraint}", value, remedy)
    if is_array(result):
        finite = bool(np.isfinite(result).all())
    else:
        finite = isinstance(result, Fraction) or bool(mpmath.isfinite(result))
        if finite:
            _check_assumptions(key, result, value)
    if not finite:
        raise InvalidInputError("values", "must be finite", value, f"check the value of {key}")
    return result


def _has_axes(value: Any) -> bool:
    return isinstance(value, list | tuple | sp.MatrixBase | sp.NDimArray) or (
        isinstance(value, np.ndarray) and value.ndim > 0
    )


def _number(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if isinstance(value, bool | sp.logic.boolalg.BooleanAtom):
        return None
    if isinstance(value, sp.Expr):
        if value.free_symbols:
            return None
        if value.is_infinite or value is sp.nan:
            return mpmath.nan
        return from_sympy(value)
    if isinstance(value, mpmath.mpf | mpmath.mpc):
        return value
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, Real):
        return mpmath.mpf(float(value))
    return mpmath.mpc(complex(value)) if isinstance(value, Complex) else None


def _array(value: Any) -> NDArray[Any] | None:
    array = np.asarray(value.tolist() if isinstance(value, sp.MatrixBase) else value)
    if array.dtype.kind == "O":
        numbers = [_number(item) for item in array.ravel()]
        if any(x is None for x in numbers):
            return None
        real = not any(isinstance(x, mpmath.mpc) for x in numbers)
        array = np.array([float(x) if real else complex(x) for x in numbers]).reshape(array.shape)
    if array.dtype.kind not in "iufc":
        return None
    return array.astype(complex if array.dtype.kind == "c" else float)


def _check_assumptions(key: sp.Basic, number: Any, given: Any) -> None:
    """Raise where a number contradicts what its symbol is assumed to be."""
    if not isinstance(key, sp.Symbol):
        return
    exact = isinstance(number, Fraction)
    value = to_sympy(number)
    for name, meaning in (
        ("integer", "an exact integer"),
        ("real", "a real number"),
        ("positive", "a positive number"),
        ("negative", "a negative number"),
        ("nonnegative", "a number >= 0"),
        ("nonpositive", "a number <= 0"),
        ("nonzero", "a number other than 0"),
    ):
        assumed = getattr(key, f"is_{name}")
        holds = (exact and value.is_Integer) if name == "integer" else getattr(value, f"is_{name}")
        if assumed and not holds:
            remedy = "pass an int" if name == "integer" else f"pass {meaning}"
            raise InvalidInputError(
                "values", f"must give {key} {meaning}, as it is assumed", given, remedy
            )
