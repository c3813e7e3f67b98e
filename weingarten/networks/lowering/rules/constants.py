"""Identity, zeros, ones."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.open_products import Product, equal, ones
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _identity(low: Lowering, matrix: sp.Identity, row: Label, column: Label) -> list[Product]:
    return [equal(row, column, shape_of(matrix)[0])]


def _zero(low: Lowering, matrix: sp.ZeroMatrix, row: Label, column: Label) -> list[Product]:
    return []


def _one(low: Lowering, matrix: sp.OneMatrix, row: Label, column: Label) -> list[Product]:
    return [ones(low.sizes, row, column)]


RULES = (
    MatrixRule((sp.Identity,), _identity),
    MatrixRule((sp.ZeroMatrix,), _zero),
    MatrixRule((sp.OneMatrix,), _one),
)
