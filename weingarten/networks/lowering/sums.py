"""Sums of polynomials over an index, by their structure; nothing is left to SymPy's simplification.

A Kronecker delta is used up, an index that only labels entries becomes a bound label, a polynomial
in the index is summed by Bernoulli polynomials, and what remains stays a sum as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import sympy as sp

from weingarten.networks.canonical import canonical_product
from weingarten.networks.factors import (
    BLOCK_PLACES,
    DeterminantSign,
    SummedBlock,
    block_depth,
    mentions,
    occurs_plainly,
    reduced,
)
from weingarten.networks.lowering.polynomials import Lowering
from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    Tensor,
    add_to,
    monomial_product,
    sort_key,
)
from weingarten.networks.naming import replaced
from weingarten.networks.ranges import indicator_of, is_indicator, slack_of

__all__ = ["Limits", "merged_indices", "sum_over", "with_value"]

_ONE: Monomial = frozenset()
#: Sums from a larger number on are not written as one from 0 minus the terms before.
_MAX_LOWER = 32

Term: TypeAlias = tuple[Monomial, sp.Expr]
Limits: TypeAlias = tuple[sp.Symbol, sp.Expr, sp.Expr]


def sum_over(low: Lowering, poly: Polynomial, limits: Limits) -> Polynomial:
    """Return the sum of a polynomial over an index from its lower to its upper limit."""
    total: Polynomial = {}
    for monomial, coefficient in poly.items():
        for summed, value in _sum_of_term(low, monomial, low.ranges.judged(coefficient), limits):
            add_to(total, reduced(summed), value)
    return total


def _sum_of_term(
    low: Lowering, monomial: Monomial, coefficient: sp.Expr, limits: Limits
) -> Iterator[Term]:
    touched = frozenset(x for x in monomial if mentions(x[0], limits[0]))
    others = frozenset(monomial - touched)
    pinned = _pinned(low, touched, limits)
    if pinned is not None:
        delta, value, inside = pinned
        rest = frozenset(x for x in touched if x[0] != delta)
        found = None
        if inside != 0:
            found = with_value(low, rest, coefficient * inside, limits[0], value)
        if found is not None:
            yield monomial_product(others, found[0]), found[1]
        return
    coefficient, limits = _tightened(low, coefficient, limits)
    index, lower, upper = limits
    if sp.expand(upper - lower) == 0:
        found = with_value(low, touched, coefficient, index, lower)
        if found is not None:
            yield monomial_product(others, found[0]), found[1]
        return
    outside, moving = coefficient.as_independent(index, as_Add=False)
    if not touched:
        total = _sum_of_polynomial(moving, limits)
        if total is not None:
            yield others, outside * total
            return
    elif moving == 1 and _is_plain(touched, index) and lower.is_Integer:
        if lower == 0:
            yield from _bound(low, touched, others, coefficient, limits)
            return
        if 0 < lower <= _MAX_LOWER:
            yield from _bound(low, touched, others, coefficient, (index, sp.Integer(0), upper))
            for k in range(int(lower)):
                found = with_value(low, touched, -coefficient, index, sp.Integer(k))
                if found is not None:
                    yield monomial_product(others, found[0]), found[1]
            return
    yield monomial_product(others, [(_block(low, touched, moving, limits), 1)]), outside


def _pinned(
    low: Lowering, touched: Iterable[tuple[object, int]], limits: Limits
) -> tuple[sp.KroneckerDelta, sp.Expr, sp.Expr] | None:
    """Return a delta that leaves the index one value, the value, and whether it is in the range."""
    index, lower, upper = limits
    found = []
    for item, _ in touched:
        if isinstance(item, sp.KroneckerDelta):
            difference = sp.expand(item.args[0] - item.args[1])
            slope = difference.coeff(index)
            rest = sp.expand(difference - slope * index)
            if slope in (1, -1) and not rest.has(index) and _is_integer(rest):
                value = sp.expand(-slope * rest)
                found.append((item, value, low.indicator(value, lower, upper)))
    # a value that is known to be in the range leaves no cases
    return min(found, key=lambda x: (not x[2].is_number, sort_key(x[0])), default=None)


def _is_integer(value: sp.Expr) -> bool:
    """Tell whether a value is an integer, as far as symbols without assumptions are indices."""
    undeclared = {s: sp.Dummy(integer=True) for s in value.free_symbols if s.is_integer is None}
    return bool(value.xreplace(undeclared).is_integer)


def _tightened(low: Lowering, coefficient: sp.Expr, limits: Limits) -> tuple[sp.Expr, Limits]:
    """Turn conditions on the index into limits, as long as those stay in order.

    SymPy would take a condition that depends on two indices out of the sum over one of them.
    """
    index, lower, upper = limits
    for factor in sp.Mul.make_args(coefficient):
        base, _ = factor.as_base_exp()
        if not (is_indicator(base) and base.has(index)):
            continue
        for condition in sp.And.make_args(base.args[0][1]):
            slack = slack_of(condition)
            slope = None if slack is None else sp.expand(slack).coeff(index)
            if slope not in (1, -1):
                continue
            end = sp.expand(index - slope * slack)
            if end.has(index):
                continue
            one, two = lower, upper
            if slope == 1:
                one = _later(low, lower, end)
            else:
                two = -_later(low, -upper, -end)
            if low.ranges.never_negative(two - one + 1):
                kept = [c for c in sp.And.make_args(base.args[0][1]) if c != condition]
                left = indicator_of(sp.And(*kept)) if kept else sp.Integer(1)
                rest = sp.Mul(*(x for x in sp.Mul.make_args(coefficient) if x != factor), left)
                return _tightened(low, rest, (index, one, two))
    return coefficient, limits


def _later(low: Lowering, one: sp.Expr, two: sp.Expr) -> sp.Expr:
    if low.ranges.never_negative(one - two):
        return one
    return two if low.ranges.never_negative(two - one) else sp.Max(one, two)


def _is_plain(touched: Iterable[tuple[object, int]], index: sp.Symbol) -> bool:
    return all(isinstance(item, Component) and occurs_plainly(item, index) for item, _ in touched)


def _bound(
    low: Lowering, touched: Monomial, others: Monomial, coefficient: sp.Expr, limits: Limits
) -> Iterator[Term]:
    """Sum by giving all places of the index one bound label."""
    index, _, upper = limits
    number = sp.expand(upper + 1)
    label = low.fresh(number)
    sizes = {label: number} if isinstance(label, int) else {}
    tensors: list[Tensor] = []
    for item, power in touched:
        assert isinstance(item, Component)
        for _ in range(power):
            copied, inner_sizes = low.instantiate(item)
            sizes |= inner_sizes
            tensors += [
                (m, label if r == index else r, label if c == index else c) for m, r, c in copied
            ]
    closed = canonical_product(tensors, (), sizes, low.properties)
    if closed is not None:
        yield monomial_product(others, closed[1]), coefficient * closed[0]


def _sum_of_polynomial(value: sp.Expr, limits: Limits) -> sp.Expr | None:
    """Return the sum of a polynomial in the index, None where it is none."""
    index, lower, upper = limits
    if not value.has(index):
        return value * sp.expand(upper - lower + 1)
    if not value.is_polynomial(index):
        return None
    poly = sp.Poly(value, index)
    if any(c.has(index) for c in poly.coeffs()):
        return None
    return sp.Add(*(c * _power_sum(n, lower, upper) for (n,), c in poly.terms()))


def _power_sum(n: int, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """Return Σ k^n for k from lower to upper, by Bernoulli polynomials."""
    top, bottom = (sp.bernoulli(n + 1, x) for x in (upper + 1, lower))
    return sp.factor(sp.expand(top - bottom) / (n + 1))


def _block(low: Lowering, touched: Monomial, moving: sp.Expr, limits: Limits) -> SummedBlock:
    """Return what stays a sum, over the canonical variable for its depth."""
    index, lower, upper = limits
    place = BLOCK_PLACES[block_depth(touched)]
    found = with_value(low, touched, moving, index, place)
    assert found is not None
    return SummedBlock(place, lower, upper, found[1], found[0])


def merged_indices(
    low: Lowering, monomial: Monomial, coefficient: sp.Expr
) -> tuple[Monomial, sp.Expr] | None:
    """Return a term in which Kronecker deltas have made indices equal; None if it vanishes."""
    deltas = [item for item, _ in monomial if isinstance(item, sp.KroneckerDelta)]
    if not deltas:
        return monomial, coefficient
    rest = frozenset(x for x in monomial if x[0] not in deltas)
    for delta in sorted(deltas, key=sort_key):
        one, two = delta.args[:2]
        index, value = (one, two) if isinstance(one, sp.Symbol) else (two, one)
        if isinstance(index, sp.Symbol) and not value.has(index):
            found = with_value(low, rest, coefficient, index, value)
            if found is None:
                return None
            rest, coefficient = found
    return monomial_product(rest, ((delta, 1) for delta in deltas)), coefficient


def with_value(
    low: Lowering, monomial: Monomial, coefficient: sp.Expr, index: sp.Symbol, value: sp.Expr
) -> tuple[Monomial, sp.Expr] | None:
    """Return a term with a value put in for an index, in canonical form; None if it vanishes."""
    put_in = {index: value}
    result: Monomial = _ONE
    coefficient = replaced(coefficient, index, value)
    for item, power in monomial:
        if not mentions(item, index):
            result = monomial_product(result, [(item, power)])
        elif isinstance(item, Component):
            copied, sizes = low.instantiate(item)
            tensors = [
                (
                    base.xreplace(put_in),
                    *(x if isinstance(x, int) else sp.expand(x.xreplace(put_in)) for x in ends),
                )
                for base, *ends in copied
            ]
            fixed = {label: size.xreplace(put_in) for label, size in sizes.items()}
            closed = canonical_product(tensors, (), fixed, low.properties)
            if closed is None:
                return None
            coefficient *= closed[0] ** power
            result = monomial_product(result, ((x, p * power) for x, p in closed[1]))
        elif isinstance(item, SummedBlock):
            inner = with_value(low, item.monomial, item.coefficient, index, value)
            if inner is None:
                return None
            block = SummedBlock(
                item.variable,
                item.lower.xreplace(put_in),
                item.upper.xreplace(put_in),
                inner[1],
                inner[0],
            )
            result = monomial_product(result, [(block, power)])
        elif isinstance(item, DeterminantSign):
            minor = DeterminantSign(item.haar.xreplace(put_in))
            result = monomial_product(result, [(minor, power)])
        else:
            assert isinstance(item, sp.Expr)
            changed = replaced(item, index, value)
            if changed == 0:
                return None
            if changed != 1:
                result = monomial_product(result, [(changed, power)])
    return reduced(result), coefficient
