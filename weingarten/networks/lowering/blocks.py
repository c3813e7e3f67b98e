"""Block matrices of any size: products and sums of them, one block at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import sympy as sp

from weingarten.networks.lowering.refusals import check_equal, is_random
from weingarten.networks.shapes import shape_of

__all__ = ["as_blocks", "diagonal_blocks"]

Grid = list[list[sp.MatrixExpr]]


def as_blocks(matrix: sp.MatrixExpr) -> sp.BlockMatrix | None:
    """Return an expression in block matrices as one block matrix, None if it holds none.

    Sums, products (also Hadamard's), scalar multiples and transposes are taken apart; a matrix
    that is no block matrix is cut to fit its neighbours.
    """
    grid = None if _only_constant_blocks(matrix) else _grid(matrix)
    return None if grid is None else sp.BlockMatrix(grid)


def diagonal_blocks(matrix: sp.MatrixExpr) -> list[sp.MatrixExpr] | None:
    """Return the blocks on the diagonal, whose traces add up to the trace; None without blocks."""
    grid = None if _only_constant_blocks(matrix) else _grid(matrix)
    if grid is None or len(grid) != len(grid[0]):
        return None
    blocks = [grid[k][k] for k in range(len(grid))]
    return blocks if all(_is_square(block) for block in blocks) else None


def _only_constant_blocks(matrix: sp.Basic) -> bool:
    """Tell whether what is random is no block: the block matrices are constants like others."""
    return is_random(matrix) and not any(map(is_random, matrix.atoms(sp.BlockMatrix)))


def _is_square(matrix: sp.MatrixExpr) -> bool:
    rows, columns = shape_of(matrix)
    return bool(sp.expand(rows - columns) == 0)


def _grid(matrix: sp.MatrixExpr) -> Grid | None:
    if not isinstance(matrix, sp.MatrixExpr) or not matrix.has(
        sp.BlockMatrix, sp.matrices.expressions.blockmatrix.BlockDiagMatrix
    ):
        return None
    if isinstance(matrix, sp.BlockMatrix):
        rows, columns = matrix.blockshape
        return [[matrix.blocks[a, b] for b in range(columns)] for a in range(rows)]
    if isinstance(matrix, sp.Transpose):
        grid = _grid(matrix.arg)
        if grid is None:
            return None
        return [[sp.Transpose(block) for block in column] for column in zip(*grid, strict=True)]
    if isinstance(matrix, sp.Adjoint):
        grid = _grid(sp.Transpose(matrix.arg))
        return None if grid is None else [[sp.Adjoint(x.T) for x in row] for row in grid]
    if isinstance(matrix, sp.MatAdd | sp.HadamardProduct):
        return _entrywise(matrix)
    if isinstance(matrix, sp.MatMul):
        return _product(matrix)
    if isinstance(matrix, sp.MatPow) and matrix.exp.is_Integer and matrix.exp > 0:
        return _product(sp.MatMul(*[matrix.base] * int(matrix.exp)))
    return None


def _flat(matrix: sp.MatMul) -> tuple[sp.Expr, list[sp.MatrixExpr]]:
    """Return the scalar and the matrices of a product, those of products inside it too.

    What a factor is cut like is then seen on both its sides.
    """
    scale, factors = matrix.as_coeff_matrices()
    flat: list[sp.MatrixExpr] = []
    for factor in factors:
        base, times = factor, 1
        if isinstance(factor, sp.MatPow) and factor.exp.is_Integer and factor.exp > 0:
            base, times = factor.base, int(factor.exp)
        inner_scale, inner = _flat(base) if isinstance(base, sp.MatMul) else (1, [base])
        scale *= inner_scale**times
        flat += inner * times
    return scale, flat


def _entrywise(matrix: sp.MatAdd | sp.HadamardProduct) -> Grid | None:
    """Combine sums and Hadamard products block by block."""
    grids = [_grid(arg) for arg in matrix.args]
    model = next((grid for grid in grids if grid is not None), None)
    if model is None:
        return None
    heights = [shape_of(row[0])[0] for row in model]
    widths = [shape_of(block)[1] for block in model[0]]
    parts = [
        _cut(arg, heights, widths) if grid is None else grid
        for arg, grid in zip(matrix.args, grids, strict=True)
    ]
    for part in parts:
        _check_partition(matrix, [shape_of(row[0])[0] for row in part], heights)
        _check_partition(matrix, [shape_of(block)[1] for block in part[0]], widths)
    return [
        [type(matrix)(*(part[a][b] for part in parts)) for b in range(len(widths))]
        for a in range(len(heights))
    ]


def _product(matrix: sp.MatMul) -> Grid | None:
    scale, factors = _flat(matrix)
    grids = [_grid(factor) for factor in factors]
    if all(grid is None for grid in grids):
        return None
    # a plain factor is cut along its neighbours' partitions
    heights = [None if g is None else [shape_of(row[0])[0] for row in g] for g in grids]
    widths = [None if g is None else [shape_of(block)[1] for block in g[0]] for g in grids]
    for at, (factor, grid) in enumerate(zip(factors, grids, strict=True)):
        if grid is None:
            rows, columns = shape_of(factor)
            before = widths[at - 1] if at else None
            after = heights[at + 1] if at + 1 < len(factors) else None
            heights[at], widths[at] = before or [rows], after or [columns]
            grids[at] = _cut(factor, heights[at], widths[at])  # type: ignore[arg-type]
    total, *rest = [grid for grid in grids if grid is not None]
    for (_, left), (right, _) in pairwise(zip(heights, widths, strict=True)):
        _check_partition(matrix, left or [], right or [])
    for grid in rest:
        total = [
            [
                _added([sp.MatMul(row[k], grid[k][b]) for k in range(len(grid))])
                for b in range(len(grid[0]))
            ]
            for row in total
        ]
    if len(total) == 1 and len(total[0]) == 1:
        return None  # cut inside only: one matrix
    if scale == 1:
        return total
    return [[sp.MatMul(scale, block) for block in row] for row in total]


def _added(products: list[sp.MatMul]) -> sp.MatrixExpr:
    """Add up products, without those that a zero matrix stands in."""
    kept = [x for x in products if not any(isinstance(y, sp.ZeroMatrix) for y in x.args)]
    return sp.MatAdd(*kept) if kept else sp.ZeroMatrix(*shape_of(products[0]))


def _check_partition(
    matrix: sp.MatrixExpr, left: Sequence[sp.Expr], right: Sequence[sp.Expr]
) -> None:
    check_equal(matrix, sp.Integer(len(left)), sp.Integer(len(right)))
    for one, two in zip(left, right, strict=True):
        check_equal(matrix, one, two)


def _cut(matrix: sp.MatrixExpr, heights: Sequence[sp.Expr], widths: Sequence[sp.Expr]) -> Grid:
    if len(heights) == 1 and len(widths) == 1:
        return [[matrix]]
    if isinstance(matrix, sp.Identity):
        return [
            [sp.Identity(h) if a == b else sp.ZeroMatrix(h, w) for b, w in enumerate(widths)]
            for a, h in enumerate(heights)
        ]
    if isinstance(matrix, sp.ZeroMatrix):
        return [[sp.ZeroMatrix(h, w) for w in widths] for h in heights]
    grid: Grid = []
    top = sp.Integer(0)
    for height in heights:
        left = sp.Integer(0)
        grid.append([])
        for width in widths:
            grid[-1].append(matrix[top : top + height, left : left + width])
            left += width
        top += height
    return grid
