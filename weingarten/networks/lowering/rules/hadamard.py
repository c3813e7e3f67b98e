"""Products and powers entry by entry: all factors stand on the same two labels."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.hadamard import HadamardPower

from weingarten.budget import foresee
from weingarten.networks.lowering.open_products import UNIT, Product, ones, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import check_shapes, is_random, unsupported
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _product(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    check_shapes(matrix)
    total = [UNIT]
    for arg in matrix.args:
        total = times(total, low.entry(arg, row, column))
    return total


def _power(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    if not (matrix.exp.is_Integer and matrix.exp.is_nonnegative):
        if not is_random(matrix):
            return low.constant_entry(matrix, row, column)
        raise unsupported(matrix, "an elementwise power must be a non-negative integer")
    foresee(f"an elementwise power {matrix.exp}", 1e-4 * float(matrix.exp))
    total = [ones(low.sizes, row, column)]
    for _ in range(int(matrix.exp)):
        total = times(total, low.entry(matrix.base, row, column))
    return total


RULES = (
    MatrixRule((sp.HadamardProduct,), _product, lambda matrix: shape_of(matrix.args[0])),
    MatrixRule((HadamardPower,), _power, lambda matrix: shape_of(matrix.args[0])),
)
