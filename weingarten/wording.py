"""Words for messages: what looks alike is told apart, and a command line hears of its flags."""

from __future__ import annotations

import re

import sympy as sp

__all__ = ["on_command_line", "told_apart"]

#: What Python is told, and what is typed instead.
_SPOKEN = (
    (
        re.compile(r"pass max_\w+=None(?: to go on regardless)?"),
        "give --no-limit to go on regardless",
    ),
    (re.compile(r"pass checkpoint=FILE"), "give --checkpoint FILE"),
    (re.compile(r"; pass an int\b"), "; give an integer"),
    (re.compile(r"; pass a bool\b"), "; give True or False"),
    (re.compile(r"; pass "), "; give "),
    (re.compile(r", or SymPy: .*$"), ""),
)


def on_command_line(message: str) -> str:
    """Return a message in the words of a command line: flags, and text instead of objects.

    Examples
    --------
    >>> on_command_line("it needs about 99 seconds; ask for less, or pass max_seconds=None")
    'it needs about 99 seconds; ask for less, or give --no-limit to go on regardless'
    >>> on_command_line("k must be an integer >= 0; got -1; pass an int >= 0")
    'k must be an integer >= 0; got -1; give an integer >= 0'
    """
    for pattern, words in _SPOKEN:
        message = pattern.sub(words, message)
    return message


def told_apart(*items: object) -> tuple[str, ...]:
    """Return the texts of objects, with what tells unequal ones apart that print alike.

    SymPy symbols of one name and other assumptions are other symbols, and print the same.

    Examples
    --------
    >>> told_apart(sp.Symbol("d"), sp.Symbol("k"))
    ('d', 'k')
    >>> told_apart(sp.Symbol("d"), sp.Symbol("d", integer=True))
    ("Symbol('d')", "Symbol('d', integer=True)")
    >>> told_apart(2 * sp.Symbol("d"), 2 * sp.Symbol("d", real=True))
    ("2*d with Symbol('d')", "2*d with Symbol('d', real=True)")
    """
    texts = [str(item) for item in items]
    return tuple(
        _in_full(item, [twin for twin in items if twin != item and str(twin) == text])
        for item, text in zip(items, texts, strict=True)
    )


def _in_full(item: object, twins: list[object]) -> str:
    """Return a text that none of the unequal objects that print like ``item`` has."""
    if not twins:
        return str(item)
    own = _symbols(item)
    others = [_symbols(twin) for twin in twins]
    unclear = own.difference(set.intersection(*others))
    if isinstance(item, sp.Symbol) or own in others or not unclear:
        return str(sp.srepr(item))
    return f"{item} with {', '.join(sorted(map(sp.srepr, unclear)))}"


def _symbols(item: object) -> set[sp.Basic]:
    return set(item.atoms(sp.Symbol)) if isinstance(item, sp.Basic) else set()
