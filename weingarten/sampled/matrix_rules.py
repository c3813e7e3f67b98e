"""Numerical values of matrix nodes: one rule per SymPy node, samples on the leading axes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as index_product
from math import prod
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import add, apply, is_array, machine, multiply, power
from weingarten.sampled.evaluator import Evaluator, Rule
from weingarten.symbols.partial import PartialTrace, PartialTranspose
from weingarten.symbols.symplectic import SymplecticForm

__all__ = ["MATRIX_RULES"]

Array = NDArray[Any]


def _spread(scalar: Any) -> Any:
    """Return a scalar such that its samples line up with those of a matrix."""
    return scalar[..., None, None] if is_array(scalar) else scalar


def _matmul(ev: Evaluator, expr: sp.MatMul) -> Array:
    scale, factors = expr.as_coeff_matrices()
    total = ev(factors[0])
    for factor in factors[1:]:
        total = total @ ev(factor)
    return np.asarray(multiply([_spread(ev.scalar(scale)), total]))


def _matrix_power(ev: Evaluator, expr: sp.MatPow) -> Array:
    return np.asarray(np.linalg.matrix_power(ev(expr.base), ev.integer(expr.exp)))


def _conjugate(ev: Evaluator, expr: Any) -> Any:
    value = ev(expr.args[0])
    return np.conj(value) if is_array(value) else apply(sp.conjugate, [value])


def _transpose(ev: Evaluator, expr: Any) -> Any:
    value = ev(expr.args[0])
    return np.swapaxes(value, -1, -2) if getattr(expr.args[0], "is_Matrix", False) else value


def _adjoint(ev: Evaluator, expr: Any) -> Any:
    value = _conjugate(ev, expr)
    return np.swapaxes(value, -1, -2) if getattr(expr.args[0], "is_Matrix", False) else value


def _hadamard_power(ev: Evaluator, expr: HadamardPower) -> Array:
    return np.asarray(power(*(ev(x) if x.is_Matrix else _spread(ev(x)) for x in expr.args)))


def _diagonal_of(ev: Evaluator, expr: DiagonalOf) -> Array:
    return np.asarray(np.diagonal(ev(expr.arg), axis1=-2, axis2=-1)[..., None])


def _diagonal_matrix(ev: Evaluator, expr: DiagonalMatrix) -> Array:
    matrix = ev(expr.arg)
    return np.asarray(matrix * np.eye(matrix.shape[-2], matrix.shape[-1]))


def _diag_matrix(ev: Evaluator, expr: DiagMatrix) -> Array:
    vector = ev(expr.args[0])
    if 1 not in vector.shape[-2:]:
        raise InvalidInputError(
            "expr", "must have vectors in DiagMatrix", expr, "use DiagonalMatrix for a matrix"
        )
    flat = vector[..., 0] if vector.shape[-1] == 1 else vector[..., 0, :]
    return np.asarray(flat[..., None] * np.eye(flat.shape[-1]))


def _slice(ev: Evaluator, expr: MatrixSlice) -> Array:
    """Return a slice as NumPy takes it: every step-th row before the end, a last one included."""
    parts = []
    for part in (expr.rowslice, expr.colslice):
        start, stop, step = (ev.integer(x) for x in part)
        if step < 1 or start < 0:
            raise InvalidInputError(
                "expr", "must have slices with steps >= 1", expr, "reverse by a permutation matrix"
            )
        parts.append(slice(start, stop, step))
    return np.asarray(ev(expr.parent)[(..., *parts)])


def _stacked(entries: list[Any], height: int, width: int) -> Array:
    """Return scalars, row by row, as a matrix."""
    flat = np.broadcast_arrays(*(np.asarray(machine(x)) for x in entries))
    return np.stack(flat, axis=-1).reshape(*flat[0].shape, height, width)


def _explicit(ev: Evaluator, expr: Any) -> Array:
    return _stacked([ev.scalar(x) for x in expr], *map(int, expr.shape))


def _function_matrix(ev: Evaluator, expr: sp.FunctionMatrix) -> Array:
    height, width = ev.shape(expr)
    (row, column), body = expr.lamda.variables, expr.lamda.expr
    places = index_product(range(height), range(width))
    return _stacked([ev.at({row: a, column: b}, body) for a, b in places], height, width)


def _blocks(ev: Evaluator, expr: sp.BlockMatrix) -> Array:
    rows, columns = expr.blockshape
    grid = [[ev(expr.blocks[a, b]) for b in range(columns)] for a in range(rows)]
    samples = np.broadcast_shapes(*(block.shape[:-2] for line in grid for block in line))
    return np.concatenate(
        [
            np.concatenate([np.broadcast_to(b, samples + b.shape[-2:]) for b in line], axis=-1)
            for line in grid
        ],
        axis=-2,
    )


def _kronecker(ev: Evaluator, expr: sp.KroneckerProduct) -> Array:
    total = np.ones((1, 1))
    for arg in expr.args:
        factor = ev(arg)
        total = total[..., :, None, :, None] * factor[..., None, :, None, :]
        *samples, a, b, c, e = total.shape
        total = total.reshape(*samples, a * b, c * e)
    return total


def _partial_trace(ev: Evaluator, expr: PartialTrace) -> Array:
    return _on_legs(ev, expr, lambda k: k in expr.legs, lambda k: False)


def _partial_transpose(ev: Evaluator, expr: PartialTranspose) -> Array:
    return _on_legs(ev, expr, lambda k: True, lambda k: k in expr.legs)


def _on_legs(
    ev: Evaluator, expr: Any, kept: Callable[[int], bool], flipped: Callable[[int], bool]
) -> Array:
    """Return a matrix with one axis a leg summed, or its two axes exchanged."""
    matrix = ev(expr.arg)
    dims = [ev.integer(size) for size in expr.dims]
    number = len(dims)
    rows = list(range(1, number + 1))
    columns = [k + number if kept(k - 1) else k for k in rows]
    samples = matrix.shape[:-2]
    whole = matrix.reshape(*samples, *dims, *dims)
    left = [k for k in range(number) if kept(k)]
    above = [columns[k] if flipped(k) else rows[k] for k in left]
    below = [rows[k] if flipped(k) else columns[k] for k in left]
    summed = np.einsum(whole, [..., *rows, *columns], [..., *above, *below])
    size = prod(dims[k] for k in left)
    return np.asarray(summed.reshape(*samples, size, size))


MATRIX_RULES: list[tuple[tuple[type, ...], Rule]] = [
    ((sp.MatrixBase,), _explicit),
    ((sp.MatMul,), _matmul),
    ((sp.MatAdd,), lambda ev, e: add([ev(x) for x in e.args])),
    ((sp.Transpose, sp.transpose), _transpose),
    ((sp.Adjoint, sp.adjoint), _adjoint),
    ((sp.conjugate,), _conjugate),
    ((sp.Inverse,), lambda ev, e: np.linalg.inv(ev(e.arg))),
    ((sp.MatPow,), _matrix_power),
    ((sp.HadamardProduct,), lambda ev, e: multiply([ev(x) for x in e.args])),
    ((HadamardPower,), _hadamard_power),
    ((sp.Identity,), lambda ev, e: np.eye(ev.shape(e)[0])),
    (
        (SymplecticForm,),
        lambda ev, e: np.kron([[0.0, 1.0], [-1.0, 0.0]], np.eye(ev.shape(e)[0] // 2)),
    ),
    ((sp.ZeroMatrix,), lambda ev, e: np.zeros(ev.shape(e))),
    ((sp.OneMatrix,), lambda ev, e: np.ones(ev.shape(e))),
    ((DiagonalMatrix,), _diagonal_matrix),
    ((DiagonalOf,), _diagonal_of),
    ((DiagMatrix,), _diag_matrix),
    ((MatrixSlice,), _slice),
    ((sp.FunctionMatrix,), _function_matrix),
    ((sp.BlockMatrix,), _blocks),
    ((sp.KroneckerProduct,), _kronecker),
    ((PartialTrace,), _partial_trace),
    ((PartialTranspose,), _partial_transpose),
]
