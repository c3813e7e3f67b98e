"""Symplectic forms J among the factors of a product: J² = -1, Jᵀ = -J, and most entries are 0."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from weingarten.networks.model import COLUMN, ROW, Label, Tensor
from weingarten.symbols.symplectic import SymplecticForm

__all__ = ["form_at", "form_value", "form_vanishes", "partner", "with_forms_of"]


def form_at(size: sp.Expr, row: Label, column: Label) -> Tensor:
    """Return the entry of J at two labels."""
    return SymplecticForm(size), row, column


def with_forms_of(size: sp.Expr, symbol: sp.Expr, tensors: Iterable[Tensor]) -> list[Tensor]:
    """Return tensors with an integer put in for the size of the forms."""
    return [
        form_at(size, *ends)
        if type(base) is SymplecticForm and base.args[0] == symbol
        else (base, *ends)
        for base, *ends in tensors
    ]


def partner(index: sp.Expr, size: sp.Expr) -> sp.Expr | None:
    """Return the other index of the entry of J that is not 0, for a symbolic size if large.

    None where it is not known in which half the index is.

    Examples
    --------
    >>> m = sp.Symbol("m")
    >>> partner(sp.Integer(1), 2 * m), partner(m + 1, 2 * m), partner(sp.Integer(3), sp.Integer(4))
    (m + 1, 1, 1)
    """
    after, before = sp.expand(index + size / 2), sp.expand(index - size / 2)
    if size.is_Integer and index.is_Integer:
        return after % size
    if index.is_Integer:
        return after
    return before if before.is_Integer else None


def form_vanishes(one: Label, two: Label, size: sp.Expr) -> bool:
    """Tell whether an entry of J at two labels is known to be zero, for a symbolic size if large.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> form_vanishes(sp.Integer(0), sp.Integer(2), sp.Integer(4))
    False
    >>> form_vanishes(sp.Integer(0), sp.Integer(2), d)
    True
    """
    if isinstance(one, int) or isinstance(two, int):
        return isinstance(one, int) and isinstance(two, int) and one == two
    if one.is_Integer and two.is_Integer:
        return not size.is_Integer or abs(one - two) != size / 2
    return bool(one == two)


def form_value(tensor: Tensor) -> sp.Expr | None:
    """Return the entry of a form at two fixed labels; None for any other tensor."""
    base, row, column = tensor
    fixed = not isinstance(row, int) and not isinstance(column, int)
    if type(base) is not SymplecticForm or not fixed or {row, column} & {ROW, COLUMN}:
        return None
    return sp.S.Zero if form_vanishes(row, column, base.args[0]) else base[row, column]
