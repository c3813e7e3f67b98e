"""Words for messages that print several objects: what looks alike is told apart."""

from __future__ import annotations

import sympy as sp

__all__ = ["told_apart"]


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
