"""Products of tensors that still have open labels: what entries of matrices lower to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.networks.merging import Delta
from weingarten.networks.model import COLUMN, ROW, Label, Monomial, Tensor, monomial_product

__all__ = ["UNIT", "Product", "equal", "is_open", "ones", "single", "times"]

_ONE: Monomial = frozenset()


class Product(NamedTuple):
    """A product of tensors that still has open labels."""

    coefficient: sp.Expr
    monomial: Monomial
    tensors: tuple[Tensor, ...] = ()
    deltas: tuple[Delta, ...] = ()


#: The empty product.
UNIT = Product(sp.Integer(1), _ONE)


def single(matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Return the entry of a matrix as one tensor."""
    return [UNIT._replace(tensors=((matrix, row, column),))]


def equal(row: Label, column: Label, size: sp.Expr) -> Product:
    """Return 1 where two labels are equal and 0 elsewhere, for an index of this range."""
    return UNIT._replace(deltas=((row, column, size),))


def ones(sizes: Mapping[int, sp.Expr], row: Label, column: Label) -> Product:
    """Return 1 in a way that keeps bound labels alive: each is equated with itself."""
    return UNIT._replace(
        deltas=tuple(
            (label, label, sizes[label]) for label in (row, column) if isinstance(label, int)
        )
    )


def is_open(row: Label, column: Label) -> bool:
    """Tell whether a label is summed over, or runs over the rows or columns of the result."""
    return any(isinstance(label, int) or label in (ROW, COLUMN) for label in (row, column))


def times(left: list[Product], right: list[Product]) -> list[Product]:
    """Return the product of two sums of products."""
    terms = len(left) * len(right)
    # what comes of a term later takes longer than writing it out
    foresee(f"multiplying matrices out to {terms} terms", 2e-4 * terms)
    return [_joined(a, b) for a in left for b in right]


def _joined(a: Product, b: Product) -> Product:
    tick()
    return Product(
        a.coefficient * b.coefficient,
        monomial_product(a.monomial, b.monomial),
        a.tensors + b.tensors,
        a.deltas + b.deltas,
    )
