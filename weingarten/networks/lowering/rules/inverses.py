"""Inverses of Haar matrices, and of their products with constants."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.inversion import inverted
from weingarten.networks.lowering.open_products import Product, single
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _inverse(low: Lowering, matrix: sp.Inverse, row: Label, column: Label) -> list[Product]:
    if is_random(matrix):
        return low.entry(inverted(matrix), row, column)
    return single(matrix, row, column)


RULES = (MatrixRule((sp.Inverse,), _inverse, lambda matrix: shape_of(matrix.arg)),)
