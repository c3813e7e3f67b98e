"""SymPy sums and products put together at once, where it is known that nothing in them combines.

SymPy's search for what could combine takes ten times as long as everything else here, and what is
left of the time goes into sorting: SymPy compares two arguments part by part each time that they
meet. A :data:`Keyed` expression carries a key that orders it as SymPy does, made once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import sympy as sp

__all__ = ["Keyed", "assemble", "assembled", "keyed", "linear_power", "number_key"]


class _Rank:
    """The place of a class of nodes in SymPy's order of classes, shown by one of them."""

    __slots__ = ("example",)

    def __init__(self, example: sp.Basic) -> None:
        self.example = example

    def __lt__(self, other: _Rank) -> bool:
        return bool(self.example.compare(other.example) < 0)


#: One for each class of nodes that ever occurs, by name: it needs no bound.
_ranks: dict[str, _Rank] = {}

#: The key of an expression in SymPy's order, and the expression.
Keyed: TypeAlias = tuple[tuple[Any, ...], sp.Expr]


def _rank(example: sp.Basic) -> _Rank:
    name = type(example).__name__
    found = _ranks.get(name)
    if found is None:
        found = _ranks[name] = _Rank(example)
    return found


def _key(expr: sp.Basic) -> tuple[Any, ...]:
    content = expr._hashable_content()
    parts = (_key(part) if isinstance(part, sp.Basic) else part for part in content)
    return (_rank(expr), len(content), *parts)


def keyed(expr: sp.Expr) -> Keyed:
    """Return an expression with its key.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> (keyed(x)[0] < keyed(y)[0]) == (x.compare(y) < 0)
    True
    """
    return _key(expr), expr


def number_key(number: sp.Rational) -> Keyed:
    """Return a number with its key."""
    content = number._hashable_content()
    return (_rank(number), len(content), *content), number


def assembled(operation: type[sp.Expr], pieces: list[Keyed]) -> Keyed:
    """Build an Add or a Mul whose arguments are known not to combine, with its key."""
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return keyed(operation.identity)
    numbers = [piece for piece in pieces if piece[1].is_Rational]
    others = [piece for piece in pieces if not piece[1].is_Rational]
    others.sort()
    ordered = numbers + others
    # dimensions commute (as_dimension sees to it): asking every argument takes as long as the rest
    expr = operation._from_args([expr for _, expr in ordered], is_commutative=True)
    return (_rank(expr), len(ordered), *[key for key, _ in ordered]), expr


def assemble(operation: type[sp.Expr], args: list[sp.Expr]) -> sp.Expr:
    """Build an Add or a Mul whose arguments are known not to combine.

    Sorting the arguments as SymPy does makes the same object that ``operation(*args)`` returns.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> assemble(sp.Mul, [y, sp.Integer(2), x**2]) == 2 * x**2 * y
    True
    """
    return assembled(operation, [keyed(arg) for arg in args])[1]


# printed results share their linear factors
@lru_cache(maxsize=4096)
def linear_power(d: sp.Symbol, c: int, exponent: int) -> Keyed:
    """Return (d + c)^exponent with its key.

    Examples
    --------
    >>> linear_power(sp.Symbol("d"), 1, -2)[1]
    (d + 1)**(-2)
    """
    if exponent == 0:
        return keyed(sp.S.One)
    if exponent == 1:
        symbol = linear_power(d, 0, 1) if c else keyed(d)
        return assembled(sp.Add, [number_key(sp.Integer(c)), symbol]) if c else symbol
    key, base = linear_power(d, c, 1)
    times = number_key(sp.Integer(exponent))
    power = sp.Pow(base, times[1], evaluate=False)
    return (_rank(power), 2, key, times[0]), power
