"""Cases that do not depend on a random matrix."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import Polynomial, add_to
from weingarten.networks.ranges import indicator_of

__all__ = ["RULES"]


def _cases(low: Lowering, expr: sp.Piecewise) -> Polynomial:
    """Return the sum of the cases, each with the indicator that it is the one that holds."""
    total: Polynomial = {}
    before: sp.Basic = sp.false
    if expr.args[-1][1] != sp.true:
        raise unsupported(expr, "no case holds everywhere else", "end with (0, True)")
    for value, condition in expr.args:
        if is_random(condition):
            raise unsupported(expr, "a case depends on a random matrix")
        indicator = indicator_of(sp.And(condition, sp.Not(before)))
        for monomial, coefficient in low.scalar(value).items():
            add_to(total, monomial, coefficient * indicator)
        before = sp.Or(before, condition)
    return total


RULES = (ScalarRule((sp.Piecewise,), _cases),)
