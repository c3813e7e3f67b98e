"""The inverses that exist: of random matrices and of their determinants."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.factors import DeterminantSign
from weingarten.networks.lowering.refusals import is_random, unsupported
from weingarten.networks.model import Monomial, Polynomial, conjugate_of, monomial_product
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["inverse_of_sign", "inverted"]

_ONE: Monomial = frozenset()


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


def inverse_of_sign(poly: Polynomial) -> Polynomial | None:
    """Return 1/p for a constant times determinants of Haar matrices, None for anything else."""
    if len(poly) != 1:
        return None
    ((monomial, coefficient),) = poly.items()
    if not all(isinstance(x, DeterminantSign) and not x.is_minor for x, _ in monomial):
        return None
    inverse: Monomial = _ONE
    for item, power in monomial:
        assert isinstance(item, DeterminantSign)
        inverse = monomial_product(inverse, [(DeterminantSign(conjugate_of(item.haar)), power)])
    return {inverse: 1 / coefficient}
