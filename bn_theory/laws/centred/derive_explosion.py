r"""How fast gradients grow where mean removal leaves less than full rank, n ≤ d, for large d.

Every state then has rank n - 1: the share ε = (d - n + 1)/d of its directions is missing. A change
of X is carried up by the Jacobians that carry gradients down, so that both grow alike; it changes G
by Δ. Let ν be the measure with ∫ f(x) g(y) dν = ⟨Δ f(G) Δ g(G)⟩, ⟨·⟩ = tr/d, and μ that of the
eigenvalues of G, as it stands still after many layers. A layer maps G to D^(-1/2) H D^(-1/2) and

Δ to D^(-1/2) (Δ_H - ½ (β D^(-1) H + H β D^(-1))) D^(-1/2),  H = W G Wᵀ, Δ_H = W Δ Wᵀ,

with b = diag(H) - 1 and β = diag(Δ_H). To leading order in 1/d two diagonals at a time are averaged
over W, as in :mod:`bn_theory.laws.stationary.derive`, by the same three numbers (there α, β, δ;
here c_1, c_2, c_3). With v = ∫ (x - 1)² dμ, u = ∫∫ dν and the time L/d,

``∂ ∫ f g dν = ∫ (T f) g + f (T g) dν + (c_3 u/4) [2 ∫ x f ∫ x g + ∫ x² f ∫ g + ∫ f ∫ x² g]``,
``T f = -c_1 ((x - 1) (x f)' + x f) + (c_2 - c_3) v (x f)'
       + c_3 v (x ∫ (x f(x) - ξ f(ξ))/(x - ξ) dμ(ξ))'``,

the single integrals by μ. μ has the weight ε at 0, the rest near 1, and so has ν: the part S near
(1, 1), and at (0, y) with y near 1 the moments P_j = ∫ (y - 1)^j, of order ε^(j/2) P_0 and less. At
ε = 0 nothing of P_0 grows or shrinks. To first order in ε the system of P_0, P_1, P_2 and S is
closed, and one of its eigenvalues starts at 0: twice the rate, for ν is quadratic.

The next order in 1/d of the average over W adds to the rate another number over d², whatever ε:
where few directions are missing, :mod:`bn_theory.laws.centred.derive_few_missing` has both.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from bn_theory.laws.stationary.derive import flow, limits, stationary_variance
from bn_theory.notation import SAMPLES, D

__all__ = ["missing_direction_growth"]

_E, _Y, _X = sp.symbols("e y xi")
_KEPT = 3


def _first_order(expr: sp.Expr) -> sp.Expr:
    """Return the terms up to the first degree in ε."""
    return sum((sp.diff(expr, _E, k).subs(_E, 0) * _E**k for k in range(2)), start=sp.Integer(0))


def _moments(count: int) -> list[sp.Expr]:
    """Return ∫ x^k dμ without the weight at 0, to first order in ε: moments that no layer moves."""
    variance = sp.cancel(stationary_variance(D).subs(SAMPLES, D * (1 - _E)))
    found = [1 - _E, sp.Integer(1), _first_order(1 + variance)]
    for k in range(2, count):
        known = {sp.Symbol(f"m{j}"): found[j] for j in range(2, k + 1)}
        linear = sp.Poly(flow(k).xreplace(known), sp.Symbol(f"m{k + 1}"))
        found.append(_first_order(sp.cancel(-linear.nth(0) / linear.nth(1))))
    return found


def _transported(g: sp.Expr, moments: list[sp.Expr]) -> sp.Expr:
    """Return T g for a polynomial g in y near 1, which is 0 at the eigenvalue 0."""
    c1, c2, c3 = limits()
    variance = moments[2] - 1
    inner = sp.Poly(sp.cancel((_Y * g - _X * g.subs(_Y, _X)) / (_Y - _X)), _X)
    averaged = sum((c * moments[k] for (k,), c in inner.terms()), start=sp.Integer(0))
    lifted = sp.diff(_Y * g, _Y)
    drift = -c1 * ((_Y - 1) * lifted + _Y * g) + (c2 - c3) * variance * lifted
    return sp.expand(drift + c3 * variance * sp.diff(_Y * (averaged + _E * g), _Y))


def _on_missing(moments: list[sp.Expr]) -> sp.Expr:
    """Return T f at 0 for f = 1 there and 0 near 1: of the integral, ε is what μ has at 0."""
    c1, c2, c3 = limits()
    return c1 + (c2 - c3) * (moments[2] - 1) + c3 * (moments[2] - 1) * _E


# statement, cases and values at every width start from it
@lru_cache(maxsize=1)
def missing_direction_growth() -> sp.Expr:
    """Return the rate of log‖∇‖ per layer, in units of ε/d, for a missing share ε of directions.

    Examples
    --------
    >>> missing_direction_growth()
    1
    """
    c1, _, c3 = limits()
    moments = _moments(_KEPT + 1)
    size = _KEPT + 1
    system = sp.zeros(size, size)
    for j in range(_KEPT):
        g = (_Y - 1) ** j
        row = sp.Poly(_transported(g, moments).subs(_Y, 1 + _Y), _Y)
        for (k,), coefficient in row.terms():
            if k < _KEPT:
                system[j, k] += coefficient
        system[j, j] += _on_missing(moments)
        square = sp.Poly(sp.expand(_Y**2 * g), _Y)
        source = c3 * _E / 4 * sum(c * moments[k] for (k,), c in square.terms() if k < len(moments))
        system[j, 0] += 2 * source  # u = S + 2 P_0
        system[j, -1] += source
    system[-1, -1] = -2 * c1 + c3
    system[-1, 0] = 2 * c3
    rate = sp.Symbol("rate")
    characteristic = (system.applyfunc(_first_order) - rate * sp.eye(size)).det()
    at_zero = {_E: 0, rate: 0}
    if characteristic.subs(at_zero) != 0:
        raise AssertionError("something grows though no direction is missing")
    slope = -sp.diff(characteristic, _E) / sp.diff(characteristic, rate)
    return slope.subs(at_zero) / 2
