"""Determinants and permanents of polynomials, written out."""

from __future__ import annotations

from math import factorial

import sympy as sp

from weingarten.budget import tick
from weingarten.networks.model import Monomial, Polynomial, add_to, polynomial_product

__all__ = ["leibniz", "leibniz_seconds"]

_ONE: Monomial = frozenset()


def leibniz(entries: list[list[Polynomial]], sign: int = -1) -> Polynomial:
    """Return a determinant of polynomials by expansion along the first row; sign 1: a permanent."""
    if not entries:
        return {_ONE: sp.Integer(1)}
    total: Polynomial = {}
    for column, head in enumerate(entries[0]):
        tick()
        minor = leibniz([line[:column] + line[column + 1 :] for line in entries[1:]], sign)
        for monomial, coefficient in polynomial_product(head, minor).items():
            add_to(total, monomial, sign**column * coefficient)
    return total


def leibniz_seconds(size: int) -> float:
    """Predict the time of :func:`leibniz` for entries of one term each: all permutations."""
    return 1e-5 * factorial(min(size, 150))
