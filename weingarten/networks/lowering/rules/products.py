"""Products of scalars and of matrices, and scalar products over an index."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp

from weingarten.budget import foresee
from weingarten.networks.factors import reduced_polynomial
from weingarten.networks.lowering.open_products import Product, times
from weingarten.networks.lowering.polynomials import (
    Lowering,
    MatrixRule,
    ScalarRule,
    foresee_expansion,
)
from weingarten.networks.lowering.refusals import check_equal, unsupported
from weingarten.networks.model import Label, Monomial, Polynomial, polynomial_product
from weingarten.networks.naming import distinct_indices, replaced
from weingarten.networks.shapes import Shape, shape_of

__all__ = ["RULES"]

_ONE: Monomial = frozenset()


def _scalars(low: Lowering, expr: sp.Mul) -> Polynomial:
    product: Polynomial = {_ONE: sp.Integer(1)}
    for factor in sorted((low.scalar(arg) for arg in expr.args), key=len):
        foresee_expansion(len(product) * len(factor))
        product = polynomial_product(product, factor)
    return reduced_polynomial(product)


def _over_an_index(low: Lowering, expr: sp.Product) -> Polynomial:
    """Write out a product over an index with integer limits."""
    *inside, (index, lower, upper) = expr.limits
    if not (lower.is_Integer and upper.is_Integer):
        raise unsupported(expr, "a product runs to a symbolic limit", "use integer limits")
    foresee(f"a product of {upper - lower + 1} factors", 1e-4 * float(upper - lower))
    body = sp.Product(expr.function, *inside) if inside else expr.function
    factors = [
        distinct_indices(replaced(body, index, sp.Integer(k)))
        for k in range(int(lower), int(upper) + 1)
    ]
    return low.scalar(sp.Mul(*factors))


def _matrices(low: Lowering, matrix: sp.MatMul, row: Label, column: Label) -> list[Product]:
    scale, factors = matrix.as_coeff_matrices()
    for left, right in pairwise(factors):
        check_equal(matrix, shape_of(left)[1], shape_of(right)[0])
    total = low.products(scale)
    here = row
    for position, factor in enumerate(factors):
        there = column if position == len(factors) - 1 else low.fresh(shape_of(factor)[1])
        total = times(total, low.entry(factor, here, there))
        here = there
    return total


def _shape(matrix: sp.MatMul) -> Shape:
    _, factors = matrix.as_coeff_matrices()
    return shape_of(factors[0])[0], shape_of(factors[-1])[1]


RULES = (
    ScalarRule((sp.Mul,), _scalars, constant="opened"),
    ScalarRule((sp.Product,), _over_an_index),
    MatrixRule((sp.MatMul,), _matrices, _shape),
)
