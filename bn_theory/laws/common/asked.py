"""Questions to the engine about matrices of the width d, an integer or any expression."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp
from sympy import MatrixSymbol, Q, Trace

from bn_theory.notation import power_sum
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text

__all__ = ["WIDTH", "at_width", "row_norm_power"]

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


@refuses_text("d")
def row_norm_power(k: int, d: int | sp.Expr) -> sp.Expr:
    """Return E (W G Wᵀ)_11^k in the power sums p_j = tr G^j, G symmetric.

    What holds for any width is used at each: a row of W is a normal vector over its norm, so the
    moment is rational in d with no exceptions. (At a small width the traces are not independent,
    and the engine's answer there need not be the one in which they can be replaced.)

    Examples
    --------
    >>> row_norm_power(2, sp.Symbol("d"))
    (p1**2 + 2*p2)/(d*(d + 2))
    """
    return _row_norm_power(k).xreplace({WIDTH: sp.sympify(d)})


# several subjects ask for the first few
@lru_cache(maxsize=64)
def _row_norm_power(k: int) -> sp.Expr:
    haar, gram = HaarOrthogonal("W", WIDTH), MatrixSymbol("G", WIDTH, WIDTH)
    found = expect((haar * gram * haar.T)[0, 0] ** k, Q.symmetric(gram))
    return sp.factor(found.xreplace({Trace(gram**j): power_sum(j) for j in range(1, k + 1)}))
