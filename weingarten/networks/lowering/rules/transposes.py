"""Transposes: the two labels change places."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.open_products import Product
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _transpose(low: Lowering, matrix: sp.Transpose, row: Label, column: Label) -> list[Product]:
    return low.entry(matrix.arg, column, row)


RULES = (MatrixRule((sp.Transpose,), _transpose, lambda matrix: shape_of(matrix.arg)[::-1]),)
