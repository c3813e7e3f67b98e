"""Determinants: signs of Haar matrices, products, and small ones written out."""

from __future__ import annotations

from math import factorial, prod
from typing import TYPE_CHECKING

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.networks.factors import DeterminantSign, reduced_polynomial
from weingarten.networks.lowering.conjugates import conjugate_polynomial
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import (
    Monomial,
    Polynomial,
    add_to,
    conjugate_of,
    monomial_product,
    polynomial_product,
)
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix

if TYPE_CHECKING:
    from weingarten.networks.lowering.polynomials import Lowering

__all__ = ["determinant", "inverse_of_sign", "leibniz", "leibniz_seconds", "permanent"]

_ONE: Monomial = frozenset()


def determinant(low: Lowering, matrix: sp.MatrixExpr) -> Polynomial:
    """Return the determinant of a matrix expression as a polynomial."""
    if not is_random(matrix):
        return {_ONE: sp.Determinant(matrix)}
    if isinstance(matrix, RandomMatrix) and matrix.is_unitary_matrix:
        return {frozenset([(DeterminantSign(matrix), 1)]): sp.Integer(1)}
    if isinstance(matrix, sp.Transpose):
        return determinant(low, matrix.arg)
    if isinstance(matrix, sp.Adjoint):
        return conjugate_polynomial(low, determinant(low, matrix.arg))
    if isinstance(matrix, sp.Inverse):
        inverse = inverse_of_sign(determinant(low, matrix.arg))
        if inverse is not None:
            return inverse
    if isinstance(matrix, sp.MatPow) and matrix.exp.is_Integer:
        return low.scalar(sp.Pow(sp.Determinant(matrix.base), matrix.exp, evaluate=False))
    rows, columns = shape_of(matrix)
    if isinstance(matrix, sp.MatMul):
        scale, factors = matrix.as_coeff_matrices()
        if all(shape_of(factor) == (rows, rows) for factor in factors):
            product = low.scalar(sp.Pow(scale, rows, evaluate=False) if scale != 1 else scale)
            for factor in factors:
                product = polynomial_product(product, determinant(low, factor))
            return reduced_polynomial(product)
    if rows.is_Integer and rows == columns:
        return leibniz(_entries(low, matrix, int(rows)))
    raise unsupported(
        sp.Determinant(matrix),
        "this determinant is no polynomial of known degree",
        "use products, or matrices of integer size",
    )


def permanent(low: Lowering, matrix: sp.MatrixExpr) -> Polynomial:
    """Return the permanent of a matrix of integer size as a polynomial."""
    rows, columns = shape_of(sp.ImmutableMatrix(matrix))
    if rows != columns:
        raise unsupported(sp.Permanent(matrix), "a permanent needs a square matrix")
    return leibniz(_entries(low, matrix, int(rows)), sign=1)


def _entries(low: Lowering, matrix: sp.MatrixExpr, size: int) -> list[list[Polynomial]]:
    request = f"writing out a determinant of size {size}"
    foresee(request, leibniz_seconds(size))
    entries = [
        [low.closed(low.entry(matrix, sp.Integer(a), sp.Integer(b))) for b in range(size)]
        for a in range(size)
    ]
    terms = factorial(size) * prod(sum(map(len, line)) / size for line in entries)
    # what comes of a term later takes longer than writing it out
    foresee(request, 1e-3 * terms, 3e-3 * terms)
    return entries


def inverse_of_sign(poly: Polynomial) -> Polynomial | None:
    """Return 1/p for a constant times determinants of Haar matrices, None for anything else."""
    if len(poly) != 1:
        return None
    ((monomial, coefficient),) = poly.items()
    if not all(isinstance(item, DeterminantSign) for item, _ in monomial):
        return None
    inverse: Monomial = _ONE
    for item, power in monomial:
        assert isinstance(item, DeterminantSign)
        inverse = monomial_product(inverse, [(DeterminantSign(conjugate_of(item.haar)), power)])
    return {inverse: 1 / coefficient}


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
