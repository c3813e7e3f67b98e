"""Multiplying polynomials out: what it will take, and the inverses that exist."""

from __future__ import annotations

from weingarten.budget import foresee
from weingarten.networks.factors import DeterminantSign
from weingarten.networks.model import Monomial, Polynomial, conjugate_of, monomial_product

__all__ = ["foresee_expansion", "inverse_of_sign"]

_ONE: Monomial = frozenset()


def foresee_expansion(monomials: int) -> None:
    """Predict the time of writing out monomials, and of averaging them one by one afterwards."""
    monomials = min(monomials, 10**300)
    foresee(f"expanding the expression to {monomials:.2g} monomials", 1e-3 * monomials)


def inverse_of_sign(poly: Polynomial) -> Polynomial | None:
    """Return 1/p for a constant times determinants of Haar matrices, None for anything else."""
    if len(poly) != 1:
        return None
    ((monomial, coefficient),) = poly.items()
    if not all(isinstance(item, DeterminantSign) for item, _ in monomial):
        return None
    inverse: Monomial = _ONE
    for item, power in monomial:
        assert isinstance(item, DeterminantSign)
        inverse = monomial_product(inverse, [(DeterminantSign(conjugate_of(item.haar)), power)])
    return {inverse: 1 / coefficient}
