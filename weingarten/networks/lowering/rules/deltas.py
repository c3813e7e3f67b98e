"""Kronecker deltas of indices."""

from __future__ import annotations

import sympy as sp

from weingarten.networks.lowering.polynomials import Lowering, ScalarRule
from weingarten.networks.model import Monomial, Polynomial

__all__ = ["RULES"]

_ONE: Monomial = frozenset()


def _delta(low: Lowering, expr: sp.KroneckerDelta) -> Polynomial:
    delta = sp.KroneckerDelta(*expr.args[:2])
    return {_ONE: delta} if delta.is_number else {frozenset([(delta, 1)]): sp.S.One}


RULES = (ScalarRule((sp.KroneckerDelta,), _delta, constant="merged"),)
