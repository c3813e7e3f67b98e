"""Determinants and permanents: of Haar matrices, of products, and small ones written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import factorial, prod

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import foresee
from weingarten.networks.factors import DeterminantSign, is_long_minor, reduced_polynomial
from weingarten.networks.lowering.conjugates import conjugate_polynomial
from weingarten.networks.lowering.inversion import inverse_of_sign
from weingarten.networks.lowering.leibniz import leibniz, leibniz_seconds
from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import Monomial, Polynomial, polynomial_product
from weingarten.networks.shapes import shape_of
from weingarten.symbols.gaussian import GaussianMatrix
from weingarten.symbols.points import OrthonormalColumns
from weingarten.symbols.random_matrices import RandomMatrix, RandomSlice

__all__ = ["RULES"]

_ONE: Monomial = frozenset()


def _determinant(low: Lowering, expr: sp.Determinant) -> Polynomial:
    return _of(low, expr.arg)


def _of(low: Lowering, matrix: sp.MatrixExpr) -> Polynomial:
    """Return the determinant of a matrix expression as a polynomial."""
    if isinstance(matrix, sp.Transpose):
        return _of(low, matrix.arg)
    if not is_random(matrix):
        return {_ONE: sp.Determinant(matrix)}
    if isinstance(matrix, RandomSlice) and _is_whole(matrix):
        return _of(low, matrix.parent)
    if isinstance(matrix, RandomMatrix) and matrix.ensemble.determinant == "1":
        return {_ONE: sp.Integer(1)}
    if isinstance(matrix, RandomMatrix) and matrix.is_unitary_matrix:
        return {frozenset([(DeterminantSign(matrix), 1)]): sp.Integer(1)}
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
        groups = _square_groups(factors, rows)
        if len(groups) > 1 or (groups and scale != 1):
            product = low.scalar(sp.Pow(scale, rows))
            for group in groups:
                product = polynomial_product(
                    product, _of(low, group[0] if len(group) == 1 else sp.MatMul(*group))
                )
            return reduced_polynomial(product)
    if is_long_minor(rows) and sp.expand(rows - columns) == 0:
        part = _minor(matrix)
        if part is not None:
            return {frozenset([(DeterminantSign(part), 1)]): sp.Integer(1)}
        volume = _volume(matrix)
        if volume is not None:
            signs = Counter([volume, volume.conjugate()])
            return {frozenset(signs.items()): sp.Integer(1)}
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


def _is_whole(part: RandomSlice) -> bool:
    """Tell whether a slice is the whole matrix, like W[:, :]."""
    whole = [(0, size, 1) for size in shape_of(part.parent)]
    return [tuple(part.rowslice), tuple(part.colslice)] == whole


def _square_groups(
    factors: Sequence[sp.MatrixExpr], size: sp.Expr
) -> list[tuple[sp.MatrixExpr, ...]]:
    """Return the shortest square products that a product is made of, nothing if it is of none."""
    groups: list[tuple[sp.MatrixExpr, ...]] = [()]
    for factor in factors:
        groups[-1] += (factor,)
        if sp.expand(shape_of(factor)[1] - size) == 0:
            groups.append(())
    return groups[:-1] if not groups[-1] else []


def _minor(matrix: sp.MatrixExpr) -> sp.MatrixExpr | None:
    """Return a part of a matrix whose minors have moments in closed form as a slice, else None."""
    if not isinstance(matrix, RandomSlice | GaussianMatrix):
        return None
    whole = matrix.parent if isinstance(matrix, RandomSlice) else matrix
    if not whole.ensemble.minors:
        return None
    slices = [(0, size, 1) for size in shape_of(matrix)]
    if isinstance(matrix, RandomSlice):
        slices = [matrix.rowslice, matrix.colslice]
    return MatrixSlice(whole.whole if isinstance(whole, OrthonormalColumns) else whole, *slices)


def _volume(matrix: sp.MatrixExpr) -> DeterminantSign | None:
    """Return the volume √det(M*M) for a product M*M with a part M of a random matrix, else None."""
    if not isinstance(matrix, sp.MatMul) or len(matrix.args) != 2:
        return None
    (left, *one), (right, *two) = map(_core, matrix.args)
    if left != right or not isinstance(left, RandomSlice | GaussianMatrix | OrthonormalColumns):
        return None
    whole = left.parent if isinstance(left, RandomSlice) else left
    if not whole.ensemble.volumes or one[0] == two[0]:
        return None
    if one[1] == two[1] and not whole.is_real_matrix:
        return None
    part = _minor(left if isinstance(left, RandomSlice | GaussianMatrix) else left[:, :])
    return DeterminantSign(sp.Transpose(part) if two[0] else part)


def _core(matrix: sp.MatrixExpr) -> tuple[sp.MatrixExpr, bool, bool]:
    """Return a matrix without transposition and conjugation, and whether there are any."""
    is_transposed = is_conjugated = False
    while isinstance(matrix, sp.Transpose | sp.Adjoint):
        is_transposed = not is_transposed
        is_conjugated ^= isinstance(matrix, sp.Adjoint)
        matrix = matrix.arg
    return matrix, is_transposed, is_conjugated


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
