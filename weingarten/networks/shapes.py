"""Shapes of matrix expressions, read off their structure.

SymPy rounds the length of a slice with a step down; this module counts its elements.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import sympy as sp

from weingarten.dispatch import ByType

__all__ = ["SHAPES", "Shape", "ShapeRule", "shape_of"]

Shape = tuple[sp.Expr, sp.Expr]
ShapeRule: TypeAlias = Callable[[Any], Shape]

#: How to read off the shape of a node, for those whose own ``shape`` will not do. The rules of
#: :mod:`weingarten.networks.lowering.rules` hand them in, each beside what the node lowers to.
SHAPES: ByType[ShapeRule] = ByType()


# asked at every entry, of matrices whose parts are asked in turn
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
    rule = SHAPES.find(type(matrix))
    if rule is not None:
        return rule(matrix)
    rows, columns = map(sp.sympify, matrix.shape)  # some SymPy nodes have Python ints here
    return rows, columns
