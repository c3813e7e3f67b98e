"""Some of the rows and columns of a matrix."""

from __future__ import annotations

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.networks.lowering.open_products import UNIT, Product, is_open, single, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random
from weingarten.networks.lowering.written_out import values
from weingarten.networks.model import Label
from weingarten.networks.selections import selection
from weingarten.networks.shapes import Shape, shape_of
from weingarten.symbols.indices import number_in

__all__ = ["RULES"]

#: Parts of so few rows or columns are written out; of larger ones a matrix chooses the indices.
_WRITTEN_OUT = 8


def _slice(low: Lowering, matrix: MatrixSlice, row: Label, column: Label) -> list[Product]:
    """Shift fixed labels; a bound one that starts above 0, of a random matrix, is chosen."""
    parent = matrix.parent
    shifts = [part[0] != 0 or part[2] != 1 for part in (matrix.rowslice, matrix.colslice)]
    if any(shifts) and not is_random(parent) and is_open(row, column):
        return single(matrix, row, column)
    bound = [isinstance(label, int) and s for label, s in zip((row, column), shifts, strict=True)]
    sizes = [size for size, written in zip(_shape(matrix), bound, strict=True) if written]
    if not all(size.is_Integer and size <= _WRITTEN_OUT for size in sizes):
        return _selected(low, matrix, [row, column], bound)
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


def _selected(
    low: Lowering, matrix: MatrixSlice, labels: list[Label], bound: list[bool]
) -> list[Product]:
    """Return the entry through the indices of the whole, of which the labels choose a part."""
    chosen = UNIT
    for side, part in enumerate((matrix.rowslice, matrix.colslice)):
        if bound[side]:
            size = shape_of(matrix.parent)[side]
            whole = low.fresh(size)
            selected = (selection(tuple(part), size), labels[side], whole)
            chosen = chosen._replace(tensors=(*chosen.tensors, selected))
            labels[side] = whole
        elif not isinstance(labels[side], int):
            labels[side] = sp.expand(part[0] + part[2] * labels[side])
    return times([chosen], low.entry(matrix.parent, *labels))


def _shape(matrix: MatrixSlice) -> Shape:
    return number_in(matrix.rowslice), number_in(matrix.colslice)


RULES = (MatrixRule((MatrixSlice,), _slice, _shape),)
