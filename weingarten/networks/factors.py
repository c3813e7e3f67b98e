"""Factors of monomials beside components: determinants and sums that stay sums."""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import sympy as sp

from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    add_to,
    polynomial_product,
)
from weingarten.symbols import HaarOrthogonal

__all__ = [
    "DeterminantSign",
    "SummedBlock",
    "leibniz",
    "leibniz_seconds",
    "mentions",
    "occurs_plainly",
    "reduce_signs",
    "rename",
    "rename_item",
]

_ONE: Monomial = frozenset()


class DeterminantSign(NamedTuple):
    """The determinant of a Haar matrix, a random sign."""

    haar: HaarOrthogonal


class SummedBlock(NamedTuple):
    """A sum that no bound label can stand for, kept until the expectation is known."""

    variable: sp.Symbol
    lower: sp.Expr
    upper: sp.Expr
    coefficient: sp.Expr
    monomial: Monomial


def leibniz(entries: list[list[Polynomial]]) -> Polynomial:
    """Return a determinant of polynomials by expansion along the first row."""
    if not entries:
        return {_ONE: sp.Integer(1)}
    total: Polynomial = {}
    for column, head in enumerate(entries[0]):
        minor = leibniz([line[:column] + line[column + 1 :] for line in entries[1:]])
        for monomial, coefficient in polynomial_product(head, minor).items():
            add_to(total, monomial, (-1) ** column * coefficient)
    return total


def leibniz_seconds(size: int) -> float:
    """Predict the time of :func:`leibniz` for entries of one term each: all permutations."""
    return 1e-5 * factorial(min(size, 150))


def reduce_signs(monomial: Monomial) -> Monomial:
    """Use det(W)² = 1."""
    return frozenset(
        (item, power % 2 if isinstance(item, DeterminantSign) else power)
        for item, power in monomial
        if not (isinstance(item, DeterminantSign) and power % 2 == 0)
    )


def mentions(item: object, index: sp.Symbol) -> bool:
    """Tell whether a factor depends on an index."""
    if isinstance(item, Component):
        return any(
            place.has(index)
            for place in (*item.sizes, *(x for tensor in item.tensors for x in tensor))
            if not isinstance(place, int)
        )
    if isinstance(item, SummedBlock):
        return any(x.has(index) for x in (item.lower, item.upper, item.coefficient)) or any(
            mentions(inner, index) for inner, _ in item.monomial
        )
    return isinstance(item, sp.Basic) and item.has(index)


def occurs_plainly(component: Component, index: sp.Symbol) -> bool:
    """Tell whether the index occurs only as itself, never inside i + 1, a range or a matrix."""
    return all(
        label == index or not label.has(index)
        for _, r, c in component.tensors
        for label in (r, c)
        if not isinstance(label, int)
    ) and not any(
        place.has(index) for place in (*component.sizes, *(t[0] for t in component.tensors))
    )


def rename_item(item: object, old: sp.Symbol, new: sp.Symbol) -> object:
    """Return a factor with one index renamed."""
    if isinstance(item, Component):
        return Component(
            tuple(
                (m, *(x if isinstance(x, int) else x.subs(old, new) for x in (r, c)))
                for m, r, c in item.tensors
            ),
            tuple(size.subs(old, new) for size in item.sizes),
        )
    if isinstance(item, SummedBlock):
        return SummedBlock(
            item.variable,
            item.lower.subs(old, new),
            item.upper.subs(old, new),
            item.coefficient.subs(old, new),
            frozenset((rename_item(inner, old, new), p) for inner, p in item.monomial),
        )
    return item.subs(old, new) if isinstance(item, sp.Basic) else item


def rename(poly: Polynomial, old: sp.Symbol, new: sp.Symbol) -> Polynomial:
    """Return a polynomial with one index renamed."""
    return {
        frozenset((rename_item(item, old, new), power) for item, power in monomial): c.subs(
            old, new
        )
        for monomial, c in poly.items()
    }
