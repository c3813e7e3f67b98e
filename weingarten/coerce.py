"""Coercion at the edge: what users pass becomes one exact type before anything uses it.

Everything public calls these functions first, so that ``3``, ``Integer(3)`` and ``numpy.int64(3)``
are the same request everywhere below.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from difflib import get_close_matches
from functools import wraps
from typing import ParamSpec, TypeVar

import sympy as sp

from weingarten.errors import InvalidInputError

__all__ = [
    "as_dimension",
    "as_flag",
    "as_index",
    "as_integer",
    "as_one_of",
    "as_partition",
    "as_power_matrix",
    "refuses_text",
]

P = ParamSpec("P")
R = TypeVar("R")
#: Known without a question to the abstract classes, which takes longer than all else here.
_PLAIN = (list, tuple)


def as_integer(value: object, argument: str, *, minimum: int | None = None) -> int:
    """Return ``value`` as a Python int, or raise :class:`InvalidInputError` naming ``argument``.

    Python, NumPy and SymPy integers are accepted; booleans, floats and strings are not, whatever
    number they stand for.

    Examples
    --------
    >>> import sympy
    >>> as_integer(sympy.Integer(3), "n")
    3
    """
    if type(value) is int and (minimum is None or value >= minimum):
        return value
    bound = "an integer" if minimum is None else f"an integer >= {minimum}"
    remedy = "pass an int" if minimum is None else f"pass an int >= {minimum}"
    if isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}:
        raise InvalidInputError(argument, f"must be {bound}", value, remedy)
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        if not isinstance(value, sp.Integer):
            raise InvalidInputError(argument, f"must be {bound}", value, remedy) from None
        number = int(value)
    if minimum is not None and number < minimum:
        raise InvalidInputError(argument, f"must be {bound}", number, remedy)
    return number


def as_flag(value: object, argument: str) -> bool:
    """Return ``value`` as a bool, or raise :class:`InvalidInputError` naming ``argument``."""
    if not isinstance(value, bool) and type(value).__name__ not in {"bool", "bool_"}:
        raise InvalidInputError(argument, "must be True or False", value, "pass a bool")
    return bool(value)


def as_dimension(d: object, argument: str = "d") -> int | sp.Expr:
    """Return the dimension ``d`` as a positive Python int or as a SymPy expression with symbols.

    A symbolic dimension is any SymPy expression with free symbols that is not known to be
    non-positive or fractional: ``d``, ``2*d``, ``d + 1``.

    Raises
    ------
    InvalidInputError
        For zero, negative or non-integer numbers, floats and strings.

    Examples
    --------
    >>> import sympy
    >>> as_dimension(sympy.Integer(4)), as_dimension(2 * sympy.Symbol("d"))
    (4, 2*d)
    """
    if type(d) is int and d > 0:
        return d
    constraint = "must be a positive integer or a SymPy expression with symbols"
    remedy = 'pass an int >= 1 or, for a symbolic result, sympy.Symbol("d")'
    if isinstance(d, sp.Expr) and d.free_symbols:
        if d.is_integer is False or d.is_positive is False or d.is_commutative is False:
            why = "no integer" if d.is_integer is False else "no positive number"
            if d.is_commutative is False:
                why = "no number"
            raise InvalidInputError(argument, f"{constraint}, and {d} is {why}", d, remedy)
        return d
    if isinstance(d, sp.Expr) and not isinstance(d, sp.Integer):
        simplified = d.doit()
        if not isinstance(simplified, sp.Integer):
            raise InvalidInputError(argument, constraint, d, remedy)
        d = simplified
    try:
        return as_integer(d, argument, minimum=1)
    except InvalidInputError as error:
        raise InvalidInputError(argument, constraint, error.value, remedy) from None


def as_partition(parts: object, argument: str = "coset_type") -> tuple[int, ...]:
    """Return an integer partition as a tuple of Python ints in decreasing order.

    Parts may come in any order and as any integer type; the empty sequence is the partition of 0.

    Examples
    --------
    >>> as_partition([1, 2])
    (2, 1)
    """
    constraint = "must be a sequence of positive integers (an integer partition)"
    remedy = "pass a tuple such as (2, 1)"
    # a mapping (SymPy's {part: multiplicity}) or a set would lose repeated parts
    if type(parts) not in _PLAIN and (
        isinstance(parts, str | bytes | Mapping | Set) or not isinstance(parts, Iterable)
    ):
        raise InvalidInputError(argument, constraint, parts, remedy)
    given: tuple[object, ...] = tuple(parts)  # type: ignore[arg-type]
    try:
        numbers = [as_integer(part, argument, minimum=1) for part in given]
    except InvalidInputError:
        raise InvalidInputError(argument, constraint, given, remedy) from None
    return tuple(sorted(numbers, reverse=True))


def as_index(value: object, argument: str, dimension: int | sp.Expr) -> int:
    """Return a row or column label as an int in ``range(dimension)`` (any int >= 0 if symbolic)."""
    index = as_integer(value, argument, minimum=0)
    if isinstance(dimension, int) and index >= dimension:
        raise InvalidInputError(
            argument,
            f"must be smaller than the dimension {dimension}",
            index,
            "count indices from 0, or use a larger dimension",
        )
    return index


def as_one_of(value: object, argument: str, words: Sequence[str], such_as: str) -> str:
    """Return one of some words, or raise; what differs from one by capitals alone is told so.

    Examples
    --------
    >>> as_one_of("u", "group", ["O", "U"], "O")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: group must be one of 'O', 'U'; got 'u'; did you mean
    group='U'?
    """
    if isinstance(value, str) and value in words:
        return value
    text = value.casefold() if isinstance(value, str) else ""
    near = [word for word in words if word.casefold() == text] or get_close_matches(text, words)
    named = f"did you mean {argument}={near[0]!r}?" if near else ""
    raise InvalidInputError(
        argument,
        f"must be one of {', '.join(map(repr, words))}",
        value,
        named or f'pass for instance {argument}="{such_as}"',
    )


def as_power_matrix(powers: object, argument: str = "powers") -> tuple[tuple[int, ...], ...]:
    """Return a rectangular matrix of non-negative integers as a tuple of equally long tuples.

    Nested sequences, NumPy integer arrays and SymPy matrices are accepted.

    Examples
    --------
    >>> as_power_matrix([[2, 0], [0, 2]])
    ((2, 0), (0, 2))
    """
    constraint = "must be a rectangular matrix of non-negative integers"
    remedy = "pass a list of equally long rows such as [[2, 0], [0, 2]]"
    if hasattr(powers, "tolist"):
        powers = powers.tolist()
    if type(powers) not in _PLAIN and (
        isinstance(powers, str | bytes) or not isinstance(powers, Sequence)
    ):
        raise InvalidInputError(argument, constraint, powers, remedy)
    rows: list[tuple[int, ...]] = []
    for row in powers:  # type: ignore[attr-defined]
        if type(row) not in _PLAIN and (
            isinstance(row, str | bytes) or not isinstance(row, Iterable)
        ):
            raise InvalidInputError(argument, constraint, powers, remedy)
        entries = tuple(row)
        if set(map(type, entries)) == {int} and min(entries) >= 0:  # as they nearly always are
            rows.append(entries)
            continue
        try:
            rows.append(tuple(as_integer(power, argument, minimum=0) for power in entries))
        except InvalidInputError:
            raise InvalidInputError(argument, constraint, powers, remedy) from None
    if len({len(row) for row in rows}) > 1:
        raise InvalidInputError(
            argument, f"{constraint} (the rows differ in length)", powers, remedy
        )
    return tuple(rows)


def refuses_text(*names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function whose arguments of these names must be no text: SymPy evaluates text.

    Examples
    --------
    >>> @refuses_text("d")
    ... def double(d):
    ...     return 2 * d
    >>> double("3")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: d must not be text; got '3'; pass a number or a SymPy
    expression
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            given = signature.bind_partial(*args, **kwargs).arguments
            for name in names:
                if isinstance(given.get(name), str | bytes):
                    raise InvalidInputError(
                        name, "must not be text", given[name], "pass a number or a SymPy expression"
                    )
            return function(*args, **kwargs)

        return checked

    return decorate
