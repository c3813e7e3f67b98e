"""Averages over O(1), O(2) and O(3) by exact quadrature: what the engine's answers must equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import NamedTuple

import numpy as np
import sympy as sp
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.hadamard import HadamardPower

from tests.fuzz.nodes import node_count, product_nodes
from tests.fuzz.reader import Reader, TooLongError, UndefinedError
from weingarten import HaarOrthogonal

__all__ = ["MAX_NODES", "Mean", "average", "degree", "mean_of"]

#: Nodes above which an average is left out: arrays of some hundred megabytes.
MAX_NODES = 60_000


class Mean(NamedTuple):
    """An average with the size of what was averaged, the scale of its rounding errors."""

    value: np.ndarray
    scale: float


def degree(expr: sp.Basic, haar: HaarOrthogonal, size: int) -> int:
    """Return a bound on the degree of a polynomial in the entries of a Haar matrix."""
    if expr == haar:
        return 1
    if not expr.has(haar):
        return 0
    below = [degree(arg, haar, size) for arg in expr.args]
    if isinstance(expr, sp.Inverse):  # of an orthogonal matrix, or of a product of them
        return below[0]
    if isinstance(expr, sp.Pow | sp.MatPow | HadamardPower):
        return below[0] * abs(int(expr.exp))
    if isinstance(expr, sp.Determinant):
        return below[0] * size
    if isinstance(expr, sp.Permanent):
        return below[0] * int(expr.arg.rows)
    if isinstance(expr, sp.Product):
        return below[0] * prod(int(upper - lower) + 1 for _, lower, upper in expr.limits)
    if isinstance(expr, sp.Mul | sp.MatMul | sp.HadamardProduct | sp.KroneckerProduct | DotProduct):
        return sum(below)
    return max(below)


def average(
    compute: Callable[[Reader], np.ndarray],
    degrees: Mapping[HaarOrthogonal, int],
    sizes: Mapping[HaarOrthogonal, int],
    constants: Mapping[sp.Basic, np.ndarray],
    scope: Mapping[sp.Basic, complex],
) -> Mean:
    """Average what ``compute`` returns at the nodes of the given degrees."""
    demands = [(sizes[haar], number) for haar, number in degrees.items()]
    if prod(node_count(*demand) for demand in demands) > MAX_NODES:
        raise TooLongError
    matrices: dict[sp.Basic, np.ndarray] = {
        symbol: np.asarray(array, dtype=complex)[None] for symbol, array in constants.items()
    }
    weights = np.ones(1)
    if demands:
        nodes, weights = product_nodes(demands)
        matrices |= {h: m.astype(complex) for h, m in zip(degrees, nodes, strict=True)}
    values = compute(Reader(matrices, scope))
    if not values.size:
        raise UndefinedError("a matrix without entries")
    if len(values) == 1:
        return Mean(values[0], float(np.max(np.abs(values))))
    return Mean(
        np.tensordot(weights, values, axes=1),
        float(np.max(np.tensordot(weights, np.abs(values), axes=1))),
    )


def mean_of(
    expr: sp.Basic,
    sizes: Mapping[HaarOrthogonal, int],
    constants: Mapping[sp.Basic, np.ndarray],
    scope: Mapping[sp.Basic, complex],
) -> Mean:
    """Return the average of an expression over its Haar matrices."""
    degrees = {haar: degree(expr, haar, size) for haar, size in sizes.items() if expr.has(haar)}
    return average(lambda read: read(expr), degrees, sizes, constants, scope)
