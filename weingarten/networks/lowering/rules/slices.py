"""Some of the rows and columns of a matrix."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.networks.lowering.open_products import UNIT, Product, is_open, single, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random
from weingarten.networks.lowering.written_out import values
from weingarten.networks.model import Label
from weingarten.networks.shapes import Shape
from weingarten.symbols.indices import number_in

__all__ = ["RULES"]


def _slice(low: Lowering, matrix: MatrixSlice, row: Label, column: Label) -> list[Product]:
    """Shift fixed labels; a bound one that starts above 0, of a random matrix, is written out."""
    parent = matrix.parent
    shifts = [part[0] != 0 or part[2] != 1 for part in (matrix.rowslice, matrix.colslice)]
    if any(shifts) and not is_random(parent) and is_open(row, column):
        return single(matrix, row, column)
    bound = [isinstance(label, int) and s for label, s in zip((row, column), shifts, strict=True)]
    total: list[Product] = []
    for ends, deltas in values(low, matrix, (row, column), bound):
        places = [
            sp.expand(start + step * end) if shifted else end
            for end, shifted, (start, _, step) in zip(
                ends, shifts, (matrix.rowslice, matrix.colslice), strict=True
            )
        ]
        total += times(low.entry(parent, *places), [UNIT._replace(deltas=deltas)])
    return total


def _shape(matrix: MatrixSlice) -> Shape:
    return number_in(matrix.rowslice), number_in(matrix.colslice)


RULES = (MatrixRule((MatrixSlice,), _slice, _shape),)
