"""Determinants and permanents: of Haar matrices, of products, and small ones written out."""

from __future__ import annotations

from math import factorial, prod

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import foresee
from weingarten.networks.factors import DeterminantSign, reduced_polynomial
from weingarten.networks.lowering.conjugates import conjugate_polynomial
from weingarten.networks.lowering.inversion import inverse_of_sign
from weingarten.networks.lowering.leibniz import leibniz, leibniz_seconds
from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import Monomial, Polynomial, polynomial_product
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix, RandomSlice

__all__ = ["RULES"]

_ONE: Monomial = frozenset()
#: The laws whose minors of symbolic size have moments in closed form.
_WITH_MINORS = ("O", "U", "SO", "SU", "Sp", "COE")


def _determinant(low: Lowering, expr: sp.Determinant) -> Polynomial:
    return _of(low, expr.arg)


def _of(low: Lowering, matrix: sp.MatrixExpr) -> Polynomial:
    """Return the determinant of a matrix expression as a polynomial."""
    if not is_random(matrix):
        return {_ONE: sp.Determinant(matrix)}
    if isinstance(matrix, RandomMatrix) and matrix.ensemble.determinant == "1":
        return {_ONE: sp.Integer(1)}
    if isinstance(matrix, RandomMatrix) and matrix.is_unitary_matrix:
        return {frozenset([(DeterminantSign(matrix), 1)]): sp.Integer(1)}
    if isinstance(matrix, sp.Transpose):
        return _of(low, matrix.arg)
    if isinstance(matrix, sp.Adjoint):
        return conjugate_polynomial(low, _of(low, matrix.arg))
    if isinstance(matrix, sp.Inverse):
        inverse = inverse_of_sign(_of(low, matrix.arg))
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
                product = polynomial_product(product, _of(low, factor))
            return reduced_polynomial(product)
    if _is_minor(matrix) and not rows.is_Integer and sp.expand(rows - columns) == 0:
        part = MatrixSlice(matrix.parent, matrix.rowslice, matrix.colslice)
        return {frozenset([(DeterminantSign(part), 1)]): sp.Integer(1)}
    if rows.is_Integer and rows == columns:
        return leibniz(_entries(low, matrix, int(rows)))
    if isinstance(matrix, RandomSlice) and not rows.is_Integer:
        raise unsupported(
            sp.Determinant(matrix),
            f"a minor of symbolic size has no closed form for {matrix.parent.ensemble.title}",
            "use a minor of integer size",
        )
    raise unsupported(
        sp.Determinant(matrix),
        "this determinant is no polynomial of known degree",
        "use products, or matrices of integer size",
    )


def _is_minor(matrix: sp.MatrixExpr) -> bool:
    """Tell whether a matrix is a part of one whose minors have moments in closed form."""
    return isinstance(matrix, RandomSlice) and matrix.parent.ensemble.group in _WITH_MINORS


def _permanent(low: Lowering, expr: sp.Permanent) -> Polynomial:
    matrix = sp.ImmutableMatrix(expr.arg)
    rows, columns = shape_of(matrix)
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


RULES = (
    ScalarRule((sp.Determinant,), _determinant),
    ScalarRule((sp.Permanent,), _permanent),
)
