"""Entries of matrices, and matrices of one entry where a number belongs."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import unsupported
from weingarten.networks.model import Polynomial
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _element(low: Lowering, expr: MatrixElement) -> Polynomial:
    return low.closed(low.entry(expr.parent, *map(sp.sympify, expr.indices)))


def _only_entry(low: Lowering, expr: sp.MatrixExpr) -> Polynomial:
    matrix = sp.ImmutableMatrix(expr) if isinstance(expr, sp.MatrixBase) else expr
    if shape_of(matrix) != (1, 1):
        raise unsupported(expr, "a matrix stands where a number belongs", "take one entry")
    return low.closed(low.entry(matrix, sp.Integer(0), sp.Integer(0)))


RULES = (
    ScalarRule((MatrixElement,), _element, constant="merged"),
    ScalarRule((sp.MatrixExpr, sp.MatrixBase), _only_entry, constant="opened"),
)
