"""Gains by layer: what they inject in all, and the largest that keeps it below a budget."""

from __future__ import annotations

import sympy as sp

from bn_theory.laws.shaping.derive_growth import log_growth, memory
from bn_theory.laws.shaping.derive_injection import injection_coefficients
from bn_theory.notation import ALPHA, DEPTH, EXPONENT, LAYER, coefficient
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError

__all__ = ["explosion_rate", "gain_schedule", "largest_gain"]


@refuses_text("d")
def gain_schedule(d: int | sp.Expr, order: int = 4) -> sp.Expr:
    """Return the spectrum variance that L layers with gains α l^(-p) inject, to order α^order.

    The generalised harmonic numbers H(L, jp) = Σ_{l≤L} l^(-jp) tend to ζ(jp) for jp > 1, and to
    infinity otherwise. So for d > 2 the total at infinite depth is finite iff 4jp > 1, where
    2j + 1 is the first power after u in the activation: 4p > 1 if c3 ≠ 0. At d = 2 it is 0.

    Examples
    --------
    >>> gain_schedule(3).subs({sp.Symbol("L"): 2, sp.Symbol("p"): 1})
    51*alpha**4*c3**2/280
    """
    coefficients = injection_coefficients(int(order), d)
    return sp.Add(
        *(
            c * ALPHA ** (4 + 2 * i) * sp.harmonic(DEPTH, (4 + 2 * i) * EXPONENT)
            for i, c in enumerate(coefficients)
        )
    )


@refuses_text("d")
def explosion_rate(d: int | sp.Expr, order: int = 4) -> sp.Expr:
    """Return the growth of log‖Anti(Xᵀ ∂ℓ/∂X)‖ per layer, mean over L layers, to order α⁴.

    Activation l, with L - l + 1 normalisations above it, adds κ_l² ((g - 2h + r)/2 - r c^(L-l+1)/2)
    with κ_l = c3 d α² l^(-2p); g, h, r, c as in :mod:`bn_theory.laws.shaping.derive_growth`.

    Examples
    --------
    >>> rate = explosion_rate(8).subs({sp.Symbol("p"): 0, sp.Symbol("L"): 1}).doit()
    >>> rate
    416*alpha**4*c3**2/175
    """
    if int(order) != 4:
        raise InvalidInputError("order", "must be 4", order, "leave order= out")
    layer = LAYER
    added, base = memory(d)
    steady = sp.factor(log_growth(d) + added / 2)
    edge = sp.Sum(layer ** (-4 * EXPONENT) * base ** (DEPTH - layer + 1), (layer, 1, DEPTH))
    scale = (coefficient(3) * sp.sympify(d)) ** 2 * ALPHA**4 / DEPTH
    return scale * (steady * sp.harmonic(DEPTH, 4 * EXPONENT) - sp.factor(added / 2) * edge)


def largest_gain(total: sp.Expr, budget: sp.Expr) -> sp.Expr:
    """Return the largest α for which a total c α^k stays below a budget.

    Examples
    --------
    >>> largest_gain(sp.Symbol("alpha") ** 4 * 2, sp.Integer(32))
    2
    """
    if total.has(sp.oo):
        raise InvalidInputError(
            "exponent",
            "must be above 1/4 for a bounded total at infinite depth (above 1/(4j) if 2j + 1 is "
            "the first power after u in the activation)",
            "a divergent total",
            "use gains that decay faster, or pass a finite depth=",
        )
    if total.is_zero:
        return sp.oo
    coefficient, power = total.as_independent(ALPHA)
    base, exponent = power.as_base_exp()
    if base != ALPHA or not exponent.is_Integer:
        raise InvalidInputError("order", "must be 4 for a budget", total, "leave order out")
    return sp.root(budget / coefficient, exponent)
