"""Matrices on several legs: Kronecker products, partial traces, partial transposes."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.legs import opened
from weingarten.networks.lowering.open_products import UNIT, Product, single, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random
from weingarten.networks.model import Label
from weingarten.networks.shapes import Shape, shape_of
from weingarten.symbols.partial import PartialTrace, PartialTranspose

__all__ = ["RULES"]


def _on_legs(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Return the factors on the legs; a constant is taken apart where it is put in form."""
    if not is_random(matrix):
        return single(matrix, row, column)
    parts = opened(matrix, row, column, low.fresh)
    total = [UNIT._replace(tensors=tuple(parts.readers))]
    for factor, left, right in parts.factors:
        total = times(total, low.entry(factor, left, right))
    return total


def _shape_of_kronecker(matrix: sp.KroneckerProduct) -> Shape:
    shapes = [shape_of(factor) for factor in matrix.args]
    return sp.Mul(*(rows for rows, _ in shapes)), sp.Mul(*(columns for _, columns in shapes))


RULES = (
    MatrixRule((sp.KroneckerProduct,), _on_legs, _shape_of_kronecker),
    MatrixRule((PartialTrace,), _on_legs),
    MatrixRule((PartialTranspose,), _on_legs, lambda matrix: shape_of(matrix.arg)),
)
