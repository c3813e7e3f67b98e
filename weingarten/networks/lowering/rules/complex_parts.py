"""Conjugates, real and imaginary parts, adjoints."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.conjugates import (
    conjugate_polynomial,
    conjugate_tensor,
    conjugate_term,
)
from weingarten.networks.lowering.open_products import Product
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule, ScalarRule
from weingarten.networks.model import Label, Polynomial, add_to
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]


def _conjugate(low: Lowering, expr: sp.conjugate) -> Polynomial:
    return conjugate_polynomial(low, low.scalar(expr.args[0]))


def _part(low: Lowering, expr: sp.Expr) -> Polynomial:
    """Return the real or the imaginary part as half of x ± its conjugate."""
    inner = low.scalar(expr.args[0])
    sign, scale = (1, sp.S.Half) if isinstance(expr, sp.re) else (-1, 1 / (2 * sp.I))
    total = {monomial: scale * c for monomial, c in inner.items()}
    for monomial, coefficient in conjugate_polynomial(low, inner).items():
        add_to(total, monomial, sign * scale * coefficient)
    return total


def _adjoint(low: Lowering, matrix: sp.Adjoint, row: Label, column: Label) -> list[Product]:
    """Conjugate the products that make up the entry of the transpose."""
    total = []
    for product in low.entry(matrix.arg, column, row):
        monomial, factor = conjugate_term(low, product.monomial)
        total.append(
            Product(
                low.conjugate(product.coefficient) * factor,
                monomial,
                tuple(conjugate_tensor(tensor, low.properties) for tensor in product.tensors),
                product.deltas,
            )
        )
    return total


RULES = (
    ScalarRule((sp.conjugate,), _conjugate, constant="opened"),
    ScalarRule((sp.re, sp.im), _part),
    MatrixRule((sp.Adjoint,), _adjoint, lambda matrix: shape_of(matrix.arg)[::-1]),
)
