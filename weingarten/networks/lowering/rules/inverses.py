"""Inverses of Haar matrices, and of their products with constants."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.open_products import Product, single
from weingarten.networks.lowering.polynomials import Lowering, MatrixRule
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import Label
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["RULES", "inverted"]


def _inverse(low: Lowering, matrix: sp.Inverse, row: Label, column: Label) -> list[Product]:
    if is_random(matrix):
        return low.entry(inverted(matrix), row, column)
    return single(matrix, row, column)


def inverted(matrix: sp.Inverse) -> sp.MatrixExpr:
    """Return the inverse of a product of Haar matrices and constants as such a product."""
    inner = matrix.arg
    if isinstance(inner, RandomMatrix) and inner.is_unitary_matrix:
        return inner.inverse()
    if isinstance(inner, sp.Inverse):
        return inner.arg
    if isinstance(inner, sp.Transpose | sp.Adjoint):
        return type(inner)(
            inverted(sp.Inverse(inner.arg)) if is_random(inner) else sp.Inverse(inner.arg)
        )
    if isinstance(inner, sp.MatPow) and inner.exp.is_Integer:
        return sp.MatPow(inverted(sp.Inverse(inner.base)), inner.exp, evaluate=False)
    if isinstance(inner, sp.MatMul):
        scale, factors = inner.as_coeff_matrices()
        if not is_random(scale) and all(shape_of(f)[0] == shape_of(f)[1] for f in factors):
            return sp.MatMul(
                1 / scale,
                *(
                    inverted(sp.Inverse(f)) if is_random(f) else sp.Inverse(f)
                    for f in reversed(factors)
                ),
            )
    raise unsupported(
        matrix,
        "the inverse of a sum or of a part of a random matrix is not",
        "invert only Haar matrices and their products with constants",
    )


RULES = (MatrixRule((sp.Inverse,), _inverse, lambda matrix: shape_of(matrix.arg)),)
