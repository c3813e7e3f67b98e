"""ψ at rational numbers: written out while that is shorter than its name."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from weingarten.coerce import refuses_text

__all__ = ["digamma", "digammas_at"]

# above, ψ of an integer or half-integer is a fraction of more digits than anybody reads
_LONGEST = 128


@refuses_text("x")
def digamma(x: sp.Expr) -> sp.Expr:
    """Return ψ(x), as a rational number, γ and log 2 for integers and half-integers up to 128.

    Examples
    --------
    >>> digamma(sp.Integer(3)), digamma(sp.Rational(1, 2)), digamma(sp.Integer(80000))
    (3/2 - EulerGamma, -2*log(2) - EulerGamma, polygamma(0, 80000))
    """
    if not isinstance(x, sp.Rational):
        return sp.polygamma(0, x)
    if x > _LONGEST:
        return sp.polygamma(0, x, evaluate=False)
    return sp.expand(sp.expand_func(sp.polygamma(0, x)))


def digammas_at(expr: sp.Expr, given: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Return an expression at these values, every ψ in it by :func:`digamma`.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> digammas_at(sp.polygamma(0, 2 * x) + x, {x: sp.Integer(1000)})
    polygamma(0, 2000) + 1000
    """
    held = {
        part: digamma(part.args[1].xreplace(given))
        for part in expr.atoms(sp.polygamma)
        if part.args[0] == 0
    }
    return expr.xreplace(held).xreplace(given)
