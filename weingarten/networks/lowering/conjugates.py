"""Complex conjugates: of real random matrices they are these, of others and of constants not."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.canonical import canonical_product
from weingarten.networks.factors import DeterminantSign, SummedBlock
from weingarten.networks.lowering.polynomials import Lowering
from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    Properties,
    Tensor,
    add_to,
    conjugate_of,
    monomial_product,
    random_of,
)

__all__ = ["conjugate_polynomial", "conjugate_tensor", "conjugate_term"]

_ONE: Monomial = frozenset()


def conjugate_tensor(tensor: Tensor, properties: Properties) -> Tensor:
    """Return the conjugate of an entry: of a complex constant A it is one of its adjoint, or of A.

    That of a random matrix keeps its row and column: see :mod:`weingarten.networks.model`.
    """
    base, row, column = tensor
    random = random_of(base)
    if random is not None:
        if random.is_hermitian_matrix:
            return base, column, row
        return conjugate_of(base), row, column
    if properties.real(base):
        return tensor
    if isinstance(base, sp.MatrixBase):
        return sp.ImmutableMatrix(base.conjugate()), row, column
    if isinstance(base, sp.Adjoint):
        return base.arg, column, row
    if properties.hermitian(base):
        return base, column, row
    return sp.Adjoint(base), column, row


def conjugate_term(low: Lowering, monomial: Monomial) -> tuple[Monomial, sp.Expr]:
    """Return the conjugate of a monomial in canonical form, with a coefficient."""
    result: Monomial = _ONE
    coefficient: sp.Expr = sp.Integer(1)
    for item, power in monomial:
        if isinstance(item, Component):
            copied, sizes = low.instantiate(item)
            tensors = [conjugate_tensor(tensor, low.properties) for tensor in copied]
            closed = canonical_product(tensors, (), sizes, low.properties)
            assert closed is not None  # a product of entries with distinct labels
            coefficient *= closed[0] ** power
            result = monomial_product(result, ((x, p * power) for x, p in closed[1]))
        elif isinstance(item, SummedBlock):
            inner, factor = conjugate_term(low, item.monomial)
            block = item._replace(
                coefficient=low.conjugate(item.coefficient) * factor, monomial=inner
            )
            result = monomial_product(result, [(block, power)])
        elif isinstance(item, sp.Expr):
            result = monomial_product(result, [(low.conjugate(item), power)])
        else:
            assert isinstance(item, DeterminantSign)
            conjugate = item.conjugate()
            result = monomial_product(result, [(conjugate, power)])
    return result, coefficient


def conjugate_polynomial(low: Lowering, poly: Polynomial) -> Polynomial:
    """Return the complex conjugate of a polynomial."""
    total: Polynomial = {}
    for monomial, coefficient in poly.items():
        conjugated, factor = conjugate_term(low, monomial)
        add_to(total, conjugated, low.conjugate(coefficient) * factor)
    return total
