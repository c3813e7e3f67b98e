"""Traces: the two labels of a matrix are one, summed over."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.dotproduct import DotProduct

from weingarten.networks.lowering.blocks import diagonal_blocks
from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.lowering.refusals import check_equal
from weingarten.networks.model import Polynomial
from weingarten.networks.shapes import shape_of
from weingarten.symbols.normalised_traces import NormalizedTrace

__all__ = ["RULES"]


def _trace(low: Lowering, expr: sp.Trace) -> Polynomial:
    blocks = diagonal_blocks(expr.arg)
    if blocks is not None:
        return low.scalar(sp.Add(*(sp.Trace(block) for block in blocks)))
    rows, columns = shape_of(expr.arg)
    check_equal(expr, rows, columns)
    label = low.fresh(rows)
    return low.closed(low.entry(expr.arg, label, label))


def _normalised(low: Lowering, expr: NormalizedTrace) -> Polynomial:
    return low.scalar(sp.Trace(expr.arg) / shape_of(expr.arg)[0])


def _dot(low: Lowering, expr: DotProduct) -> Polynomial:
    """Lower xᵀy of two vectors, each a column or a row."""
    columns = [x if shape_of(x)[1] == 1 else sp.Transpose(x) for x in expr.args]
    return low.scalar(sp.Trace(sp.MatMul(sp.Transpose(columns[0]), columns[1])))


RULES = (
    ScalarRule((sp.Trace,), _trace, constant="merged"),
    ScalarRule((NormalizedTrace,), _normalised, constant="taken apart"),
    ScalarRule((DotProduct,), _dot, constant="taken apart"),
)
