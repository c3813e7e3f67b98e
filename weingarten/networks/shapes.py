"""Shapes of matrix expressions, read off their structure.

SymPy rounds the length of a slice with a step down; this module counts its elements.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.symbols.indices import number_in

__all__ = ["Shape", "shape_of"]

Shape = tuple[sp.Expr, sp.Expr]

_LIKE_FIRST = (
    sp.MatAdd,
    sp.HadamardProduct,
    HadamardPower,
    DiagonalMatrix,
    sp.MatPow,
    sp.conjugate,
)


@lru_cache(maxsize=8192)
def shape_of(matrix: sp.MatrixExpr) -> Shape:
    """Return (rows, columns) of a matrix expression.

    Examples
    --------
    >>> from sympy import MatrixSymbol
    >>> odd = MatrixSymbol("A", 5, 5)[::2, :]
    >>> odd.shape, shape_of(odd * odd.T)
    ((2, 5), (3, 3))
    """
    if isinstance(matrix, MatrixSlice):
        return number_in(matrix.rowslice), number_in(matrix.colslice)
    if isinstance(matrix, sp.MatMul):
        _, factors = matrix.as_coeff_matrices()
        return shape_of(factors[0])[0], shape_of(factors[-1])[1]
    if isinstance(matrix, sp.Transpose | sp.Adjoint):
        rows, columns = shape_of(matrix.arg)
        return columns, rows
    if isinstance(matrix, _LIKE_FIRST):
        return shape_of(matrix.args[0])
    if isinstance(matrix, DiagonalOf):
        rows, columns = shape_of(matrix.arg)
        return (rows if rows == columns else sp.Min(rows, columns)), sp.Integer(1)
    if isinstance(matrix, DiagMatrix):
        rows, columns = shape_of(matrix.args[0])
        size = rows if columns == 1 else columns
        return size, size
    if isinstance(matrix, sp.KroneckerProduct):
        shapes = [shape_of(factor) for factor in matrix.args]
        return sp.Mul(*(rows for rows, _ in shapes)), sp.Mul(*(columns for _, columns in shapes))
    if isinstance(matrix, sp.BlockMatrix):
        heights, widths = matrix.blockshape
        return (
            sp.Add(*(shape_of(matrix.blocks[a, 0])[0] for a in range(heights))),
            sp.Add(*(shape_of(matrix.blocks[0, b])[1] for b in range(widths))),
        )
    rows, columns = map(sp.sympify, matrix.shape)  # some SymPy nodes have Python ints here
    return rows, columns
