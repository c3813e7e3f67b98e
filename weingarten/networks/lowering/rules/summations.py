"""Sums over an index, one limit after another."""

from __future__ import annotations

import sympy as sp

from weingarten.budget import tick
from weingarten.errors import InvalidInputError
from weingarten.networks.factors import SummedBlock
from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import is_random, plainly_named, unsupported
from weingarten.networks.lowering.sums import sum_over
from weingarten.networks.model import Polynomial, add_to
from weingarten.networks.naming import distinct_indices, replaced

__all__ = ["RULES"]

#: Sums with more terms are averaged for a symbolic index, not term by term.
_MAX_WRITTEN_OUT = 32


def _sum(low: Lowering, expr: sp.Sum) -> Polynomial:
    """Sum over the outermost index; those listed before it are sums inside."""
    *inside, (index, *bounds) = expr.limits
    if len(bounds) != 2:
        raise unsupported(expr, "a sum needs a lower and an upper limit", "give both limits")
    lower, upper = map(sp.sympify, bounds)
    if is_random(lower) or is_random(upper):
        raise unsupported(expr, "a limit of a sum is random", "use constant limits")
    number = sp.expand(upper - lower + 1)
    if number.is_number and not number.is_Integer:
        raise InvalidInputError(
            "expr",
            "must have sums with finitely many terms",
            plainly_named(expr),
            "give integers or symbols as limits",
        )
    if number == 0:
        return {}
    if number.is_negative:  # the convention of SymPy's sums: the terms in between, subtracted
        between = sp.Sum(expr.function, *inside, (index, upper + 1, lower - 1))
        return {m: -c for m, c in low.scalar(between).items()}
    body = sp.Sum(expr.function, *inside) if inside else expr.function
    low.ranges[index] = (lower, upper)
    summed = sum_over(low, low.scalar(body), (index, lower, upper))
    stays = any(isinstance(item, SummedBlock) for monomial in summed for item, _ in monomial)
    if stays and number.is_Integer and number <= _MAX_WRITTEN_OUT:
        return _written_out(low, body, index, lower, int(number))
    return summed


def _written_out(
    low: Lowering, body: sp.Expr, index: sp.Symbol, lower: sp.Expr, number: int
) -> Polynomial:
    total: Polynomial = {}
    for k in range(number):
        tick()
        term = distinct_indices(replaced(body, index, lower + k))
        for monomial, coefficient in low.scalar(term).items():
            add_to(total, monomial, coefficient)
    return total


RULES = (ScalarRule((sp.Sum,), _sum, constant="taken apart"),)
