"""Indices and slices of matrices, checked: what is known to be wrong is refused, by name.

An index may be symbolic: only what is certainly wrong, such as ``d + 1`` of d rows, is refused.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from weingarten.errors import InvalidInputError

__all__ = ["Range", "as_range", "check_index", "number_in", "within"]

#: Start, stop and step of the rows or columns chosen, as SymPy's ``MatrixSlice`` holds them.
Range = tuple[sp.Expr, sp.Expr, sp.Expr]


def check_index(index: Any, size: sp.Expr, argument: str) -> None:
    """Raise :class:`InvalidInputError` if ``index`` cannot be an index below ``size``.

    Examples
    --------
    >>> check_index(3, sp.Integer(3), "row index of W")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: row index of W must be an integer from 0 to 2; got 3;
    count indices from 0, or use a larger dimension
    """
    number = _as_whole(index)
    if number is None or number.is_negative or sp.expand(number - size).is_nonnegative:
        raise InvalidInputError(
            argument,
            f"must be an integer from 0 to {size - 1}",
            index,
            "count indices from 0, or use a larger dimension",
        )


def as_range(piece: Any, size: sp.Expr, axis: str, name: str) -> Range:
    """Return the range that a slice, its three numbers, or one index chooses.

    Negative bounds count from the end, as in Python.

    Examples
    --------
    >>> as_range(slice(None, None, 2), sp.Integer(5), "row", "W")
    (0, 5, 2)
    >>> as_range(slice(5), sp.Integer(3), "row", "W")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: row slice of W must lie within the 3 rows; got ':5';
    give bounds from 0 to 3, or use a larger dimension
    """
    if isinstance(piece, slice):
        piece = (piece.start, piece.stop, piece.step)
    elif not isinstance(piece, tuple | sp.Tuple):
        check_index(piece, size, f"{axis} index of {name}")
        return sp.sympify(piece), sp.sympify(piece) + 1, sp.S.One
    argument, given = f"{axis} slice of {name}", _text(*piece)
    defaults = (sp.S.Zero, size, sp.S.One)
    bounds = [
        default if bound is None else _as_whole(bound)
        for bound, default in zip(piece, defaults, strict=True)
    ]
    if any(bound is None for bound in bounds):
        raise InvalidInputError(
            argument, "must have integer bounds", given, "pass integers or symbols for them"
        )
    start, stop, step = bounds
    if step.is_nonpositive:
        raise InvalidInputError(
            argument, "must have a positive step", given, "reorder by a constant permutation matrix"
        )
    start, stop = (bound + size if bound.is_negative else bound for bound in (start, stop))
    if start.is_negative or sp.expand(stop - size).is_positive:
        raise InvalidInputError(
            argument,
            f"must lie within the {size} {axis}s",
            given,
            f"give bounds from 0 to {size}, or use a larger dimension",
        )
    if sp.expand(stop - start).is_nonpositive:
        raise InvalidInputError(
            argument, f"must choose at least one {axis}", given, "give start < stop"
        )
    return start, stop, step


def number_in(chosen: Range) -> sp.Expr:
    """Return how many indices a range has, the one of a last, incomplete step included.

    Examples
    --------
    >>> number_in((sp.Integer(0), sp.Integer(5), sp.Integer(2)))
    3
    """
    start, stop, step = chosen
    return stop - start if step == 1 else sp.ceiling((stop - start) / step)


def within(outer: Range, inner: Range) -> Range:
    """Return the range that ``inner`` chooses among the indices of ``outer``.

    Examples
    --------
    >>> within((1, 6, 2), (1, 3, 1))  # the second and third of 1, 3, 5
    (3, 6, 2)
    """
    start, stop, step = inner
    return outer[0] + outer[2] * start, outer[0] + outer[2] * (stop - 1) + 1, outer[2] * step


def _as_whole(index: Any) -> Any:
    """Return an index or a bound as SymPy, None if it cannot be an integer."""
    try:
        number = sp.sympify(index, strict=True)
    except sp.SympifyError:
        return None
    if isinstance(number, sp.Integer):
        return number
    fits = (
        isinstance(number, sp.Expr)
        and number.is_commutative
        and number.is_integer is not False
        and number.is_real is not False
        and not number.has(sp.Float, sp.nan, sp.MatrixSymbol)
    )
    return number if fits else None


def _text(start: Any, stop: Any, step: Any) -> str:
    shown = (start, stop) if step in (None, 1) else (start, stop, step)
    return ":".join("" if bound is None else str(bound) for bound in shown)
