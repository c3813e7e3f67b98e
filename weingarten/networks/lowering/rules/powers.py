"""Integer powers of scalars and of matrices."""

from __future__ import annotations

from math import comb

import sympy as sp

from weingarten.budget import foresee
from weingarten.networks.factors import reduced, reduced_polynomial
from weingarten.networks.lowering.conjugates import conjugate_polynomial
from weingarten.networks.lowering.inversion import inverse_of_sign, inverted
from weingarten.networks.lowering.open_products import UNIT, Product, equal, single, times
from weingarten.networks.lowering.polynomials import (
    Lowering,
    MatrixRule,
    ScalarRule,
    foresee_expansion,
)
from weingarten.networks.lowering.refusals import check_equal, is_random, unsupported
from weingarten.networks.model import Label, Monomial, Polynomial, polynomial_product
from weingarten.networks.shapes import shape_of

__all__ = ["RULES"]

_ONE: Monomial = frozenset()


def _scalars(low: Lowering, expr: sp.Pow) -> Polynomial:
    base, exponent = expr.args
    if not exponent.is_Integer:
        raise unsupported(expr, "an exponent must be an integer", "use an integer exponent")
    power = int(exponent)
    if isinstance(base, sp.Abs) and power > 0 and power % 2 == 0:
        inner = low.scalar(base.args[0])
        squared = polynomial_product(inner, conjugate_polynomial(low, inner))
        return _repeated(reduced_polynomial(squared), power // 2)
    inner = low.scalar(base)
    if power < 0:
        inverse = inverse_of_sign(inner)
        if inverse is None:
            raise unsupported(
                expr, "a random scalar stands in the denominator", "use non-negative powers"
            )
        inner, power = inverse, -power
    return _repeated(inner, power)


def _repeated(base: Polynomial, exponent: int) -> Polynomial:
    if exponent == 0:
        return {_ONE: sp.Integer(1)}
    if len(base) == 1:
        ((monomial, coefficient),) = base.items()
        powered = frozenset((item, power * exponent) for item, power in monomial)
        return {reduced(powered): coefficient**exponent}
    foresee_expansion(comb(len(base) + exponent - 1, exponent))
    product: Polynomial = {_ONE: sp.Integer(1)}
    for _ in range(exponent):
        product = polynomial_product(product, base)
    return reduced_polynomial(product)


def _matrices(low: Lowering, matrix: sp.MatPow, row: Label, column: Label) -> list[Product]:
    base, exponent = matrix.args
    if not exponent.is_Integer:
        if not is_random(matrix):
            return single(matrix, row, column)
        raise unsupported(matrix, "the exponent of a matrix must be an integer", "use an integer")
    if exponent < 0:
        base = inverted(sp.Inverse(base)) if is_random(base) else sp.Inverse(base)
    power = abs(int(exponent))
    size = shape_of(base)[0]
    check_equal(matrix, *shape_of(base))
    foresee(f"a matrix power {power}", 1e-5 * power**2)
    if power == 0:
        return [equal(row, column, size)]
    total, here = [UNIT], row
    for step in range(power):
        there = column if step == power - 1 else low.fresh(size)
        total = times(total, low.entry(base, here, there))
        here = there
    return total


RULES = (
    ScalarRule((sp.Pow,), _scalars, constant="opened"),
    MatrixRule((sp.MatPow,), _matrices, lambda matrix: shape_of(matrix.args[0])),
)
