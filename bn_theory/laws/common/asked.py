"""Questions to the engine about matrices of the width d, an integer or any expression."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

__all__ = ["WIDTH", "at_width"]

#: The size of the matrices in a question about any width.
WIDTH = sp.Symbol("d", integer=True, positive=True)


def at_width(ask: Callable[[sp.Expr], sp.Expr], d: int | sp.Expr) -> sp.Expr:
    """Return what the engine answers for matrices of this size: an integer, or any expression.

    Examples
    --------
    >>> at_width(lambda size: sp.Identity(size).rows, sp.Symbol("k") + 1)
    k + 1
    """
    if isinstance(d, int) or d.is_Integer:
        return ask(sp.Integer(int(d)))
    return ask(WIDTH).xreplace({WIDTH: d})
