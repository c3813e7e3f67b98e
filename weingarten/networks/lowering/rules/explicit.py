"""Matrices that are written out: explicit ones, block matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import sympy as sp

from weingarten.networks.lowering.open_products import UNIT, Product, times
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.lowering.written_out import values
from weingarten.networks.model import Label, Tensor
from weingarten.networks.selections import selection
from weingarten.networks.shapes import Shape, shape_of

__all__ = ["RULES"]

#: The entry of a matrix at two integers.
At: TypeAlias = Callable[[Lowering, Any, sp.Integer, sp.Integer], list[Product]]


def _by_entries(at: At) -> Callable[[Lowering, Any, Label, Label], list[Product]]:
    """Return the rule for a matrix that is written out, one value of each label at a time."""

    def entry(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
        if not is_random(matrix):
            if not isinstance(matrix, sp.MatrixBase) and all(
                size.is_Integer for size in shape_of(matrix)
            ):
                matrix = sp.ImmutableMatrix(matrix.as_explicit())
            return low.constant_entry(matrix, row, column)
        written = [isinstance(x, int) or not x.is_Integer for x in (row, column)]
        total: list[Product] = []
        for (a, b), deltas in values(low, matrix, (row, column), written):
            total += times(at(low, matrix, a, b), [UNIT._replace(deltas=deltas)])
        return total

    return entry


def _of_matrix(low: Lowering, matrix: Any, row: sp.Integer, column: sp.Integer) -> list[Product]:
    return low.products(sp.sympify(matrix[row, column]))


def _blocks(low: Lowering, matrix: sp.BlockMatrix, row: Label, column: Label) -> list[Product]:
    """Return the sum over the blocks of symbolic sizes that bound labels run through."""
    sizes = shape_of(matrix)
    symbolic = [
        size for label, size in zip((row, column), sizes, strict=True) if not _is_known(label)
    ]
    bound = all(isinstance(label, int) or _is_known(label) for label in (row, column))
    if not is_random(matrix) or not bound or all(size.is_Integer for size in symbolic):
        return _BLOCKS_BY_ENTRIES(low, matrix, row, column)
    heights, widths = matrix.blockshape
    first_column = [matrix.blocks[a, 0] for a in range(heights)]
    first_row = [matrix.blocks[0, b] for b in range(widths)]
    rows = list(_runs(low, matrix, row, first_column, 0))
    columns = list(_runs(low, matrix, column, first_row, 1))
    total: list[Product] = []
    for down, inner_row, above in rows:
        for along, inner_column, below in columns:
            chosen = [UNIT._replace(tensors=(*above, *below))]
            block = matrix.blocks[down, along]
            total += times(chosen, low.entry(block, inner_row, inner_column))
    return total


def _is_known(label: Label) -> bool:
    return not isinstance(label, int) and bool(label.is_Integer)


def _runs(
    low: Lowering, matrix: sp.BlockMatrix, label: Label, blocks: list[sp.MatrixExpr], side: int
) -> Iterator[tuple[int, Label, tuple[Tensor, ...]]]:
    """Yield each block along a side, the label inside it, and what chooses it."""
    if not isinstance(label, int):
        number, inside = _place(matrix, label, blocks, side)
        yield number, inside, ()
        return
    start: sp.Expr = sp.S.Zero
    for number, block in enumerate(blocks):
        size = shape_of(block)[side]
        inner = low.fresh(size)
        part = (start, start + size, sp.S.One)
        yield number, inner, ((selection(part, shape_of(matrix)[side]), inner, label),)
        start += size


def _of_block(
    low: Lowering, matrix: sp.BlockMatrix, row: sp.Integer, column: sp.Integer
) -> list[Product]:
    """Return the entry of the block that it is in; SymPy would multiply the block out first."""
    heights, widths = matrix.blockshape
    down, inner_row = _place(matrix, row, [matrix.blocks[a, 0] for a in range(heights)], 0)
    along, inner_column = _place(matrix, column, [matrix.blocks[0, b] for b in range(widths)], 1)
    return low.entry(matrix.blocks[down, along], inner_row, inner_column)


def _place(
    matrix: sp.BlockMatrix, label: sp.Integer, blocks: list[sp.MatrixExpr], side: int
) -> tuple[int, sp.Integer]:
    """Return the block that an index falls into, and its position there."""
    for number, block in enumerate(blocks):
        size = shape_of(block)[side]
        if label == 0 or (size.is_Integer and label < size):
            return number, label
        if not size.is_Integer:
            break
        label -= size
    raise unsupported(
        matrix, f"the block of its index {label} depends on the sizes", "take an entry of one block"
    )


def _shape_of_blocks(matrix: sp.BlockMatrix) -> Shape:
    heights, widths = matrix.blockshape
    return (
        sp.Add(*(shape_of(matrix.blocks[a, 0])[0] for a in range(heights))),
        sp.Add(*(shape_of(matrix.blocks[0, b])[1] for b in range(widths))),
    )


_BLOCKS_BY_ENTRIES = _by_entries(_of_block)

RULES = (
    MatrixRule((sp.MatrixBase,), _by_entries(_of_matrix)),
    MatrixRule((sp.BlockMatrix,), _blocks, _shape_of_blocks),
)
