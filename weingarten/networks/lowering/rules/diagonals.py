"""Diagonals of matrices, as vectors and as diagonal matrices."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from weingarten.errors import InvalidInputError
from weingarten.networks.lowering.open_products import UNIT, Product, equal, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.model import Label
from weingarten.networks.shapes import Shape, shape_of

__all__ = ["RULES"]


def _diagonal_part(
    low: Lowering, matrix: DiagonalMatrix, row: Label, column: Label
) -> list[Product]:
    rows, columns = shape_of(matrix)
    if rows == columns:
        return times(low.entry(matrix.arg, row, row), [equal(row, column, rows)])
    shared = low.fresh(sp.Min(rows, columns))
    ends = UNIT._replace(deltas=((row, shared, rows), (column, shared, columns)))
    return times(low.entry(matrix.arg, shared, shared), [ends])


def _diagonal(low: Lowering, matrix: DiagonalOf, row: Label, column: Label) -> list[Product]:
    return low.entry(matrix.arg, row, row)


def _shape_of_diagonal(matrix: DiagonalOf) -> Shape:
    rows, columns = shape_of(matrix.arg)
    return (rows if rows == columns else sp.Min(rows, columns)), sp.Integer(1)


def _of_vector(low: Lowering, matrix: DiagMatrix, row: Label, column: Label) -> list[Product]:
    vector = matrix.args[0]
    rows, columns = shape_of(vector)
    zero = sp.Integer(0)
    if columns == 1:
        inner = low.entry(vector, row, zero)
    elif rows == 1:
        inner = low.entry(vector, zero, row)
    else:
        raise InvalidInputError(
            "expr",
            "must have vectors inside DiagMatrix",
            matrix,
            "use DiagonalMatrix for the diagonal part of a matrix",
        )
    return times(inner, [equal(row, column, shape_of(matrix)[0])])


def _shape_of_vector(matrix: DiagMatrix) -> Shape:
    rows, columns = shape_of(matrix.args[0])
    size = rows if columns == 1 else columns
    return size, size


RULES = (
    MatrixRule((DiagonalMatrix,), _diagonal_part, lambda matrix: shape_of(matrix.args[0])),
    MatrixRule((DiagonalOf,), _diagonal, _shape_of_diagonal),
    MatrixRule((DiagMatrix,), _of_vector, _shape_of_vector),
)
