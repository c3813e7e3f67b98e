"""Sums of scalars and of matrices."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.open_products import Product
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule, ScalarRule
from weingarten.networks.lowering.refusals import check_shapes
from weingarten.networks.model import Label, Polynomial, add_to
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _scalars(low: Lowering, expr: sp.Add) -> Polynomial:
    total: Polynomial = {}
    for term in expr.args:
        for monomial, coefficient in low.scalar(term).items():
            add_to(total, monomial, coefficient)
    return total


def _matrices(low: Lowering, matrix: sp.MatAdd, row: Label, column: Label) -> list[Product]:
    check_shapes(matrix)
    return [term for arg in matrix.args for term in low.entry(arg, row, column)]


RULES = (
    ScalarRule((sp.Add,), _scalars, constant="opened"),
    MatrixRule((sp.MatAdd,), _matrices, lambda matrix: shape_of(matrix.args[0])),
)
