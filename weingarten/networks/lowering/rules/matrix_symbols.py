"""Matrices that are symbols, random or not: one tensor."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.open_products import Product, single
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.model import Label
from weingarten.symbols.points import OrthonormalColumns
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["RULES"]


def _constant(low: Lowering, matrix: sp.MatrixSymbol, row: Label, column: Label) -> list[Product]:
    return single(matrix, row, column)


def _random(low: Lowering, matrix: RandomMatrix, row: Label, column: Label) -> list[Product]:
    for side, label in enumerate((row, column)):
        if not isinstance(label, int):
            matrix.check_index(label, side)
    return single(matrix, row, column)


def _columns(low: Lowering, matrix: OrthonormalColumns, row: Label, column: Label) -> list[Product]:
    """Return the entry of the orthogonal matrix whose first columns these are."""
    _random(low, matrix, row, column)
    return single(matrix.whole, row, column)


RULES = (
    MatrixRule((sp.MatrixSymbol,), _constant),
    MatrixRule((RandomMatrix,), _random),
    MatrixRule((OrthonormalColumns,), _columns),
)
