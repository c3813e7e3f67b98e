r"""How fast gradients grow where k directions are missing, for large d at fixed k: order 1/d².

As in :mod:`bn_theory.laws.centred.derive_explosion` a change Δ of G is followed up. Let w be one of
k orthonormal vectors with G w = 0, after many layers: then E tr (G - 1)² = 2k, of which k is that
of the missing directions themselves. What grows is Δ = w sᵀ + s wᵀ + S, s and S in the range of G.
With H = W G Wᵀ, a = diag H = 1 + b, ω = W w and σ = W s one layer maps s, exactly, to

``s' = D^(-1/2) (σ - H D^(-1) (ω ω σ + ½ diag(W S Wᵀ) ω))/(ωᵀ D ω)^(1/2)``

(products of vectors by entries) along the new missing direction w' = D^(1/2) ω/(ωᵀ D ω)^(1/2), and
the like without σ along the others. b is of order 1/d, so to order 1/d² the growth of |s|² is a sum
of means over W that the engine gives. It depends on δ = sᵀ(G - 1)s/|s|², which settles at a value
of order 1/d, and on |S|², which layers fill from s, as diag(2 ω σ), and contract at a known rate.

What is left out are the next order, and fluctuations, whose effect is of that order too.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy import MatrixSymbol, Q, Trace

from bn_theory.laws.centred.derive_explosion import missing_direction_growth
from bn_theory.laws.common.wide import limit_at_infinity
from bn_theory.laws.contraction.derive import contraction_rate
from bn_theory.laws.stationary.derive import stationary_variance
from bn_theory.notation import SAMPLES
from weingarten import HaarOrthogonal, expect
from weingarten.budget import foresee
from weingarten.coerce import refuses_text

__all__ = ["centred_explosion", "few_missing_growth"]

_N = sp.Symbol("N", integer=True, positive=True)
_MISSING, _DELTA, _SIZE = sp.Symbol("k"), sp.Symbol("delta"), sp.Symbol("S2")
_W, _S, _OTHER = (MatrixSymbol(name, _N, 1) for name in "wsc")
_A, _REST = (MatrixSymbol(name, _N, _N) for name in "AS")


# used at every number of missing directions
@lru_cache(maxsize=1)
def _spread() -> sp.Expr:
    """Return the limit of tr (G - 1)² where k directions are missing: 2k."""
    variance = stationary_variance(_N).subs(SAMPLES, _N - _MISSING)
    return limit_at_infinity(_N * variance, _N)


def _value(trace: Trace) -> sp.Expr:
    """Return a trace of a chain of w, s or c, with powers of A = G - 1 and of S between."""
    factors = trace.arg.args if isinstance(trace.arg, sp.MatMul) else (trace.arg,)
    powers, ends = {_A: 0, _REST: 0}, []
    for factor in factors:
        base, power = factor.args if isinstance(factor, sp.MatPow) else (factor, 1)
        if base in powers:
            powers[base] += int(power)
        else:
            ends.append(base.args[0] if isinstance(base, sp.Transpose) else base)
    of_a, of_rest = powers.values()
    if not ends:
        if of_a and of_rest:
            return sp.Symbol("AS")
        return {1: sp.Integer(0), 2: _spread() if of_a else _SIZE}[of_a or of_rest]
    if ends[0] != ends[1]:
        return sp.Integer(0)
    if ends[0] != _S:  # S vanishes on the missing directions, and A is -1
        return sp.Integer(0) if of_rest else sp.Integer(-1) ** of_a
    # the rest of the spectrum has tr A² less k, and s lies anywhere in it
    return {0: sp.Integer(1), 1: _DELTA, 2: (_spread() - _MISSING) / _N}[of_a]


def _mean(quantity: sp.Expr) -> sp.Expr:
    found = expect(quantity, Q.symmetric(_A) & Q.symmetric(_REST))
    return sp.cancel(found.xreplace({trace: _value(trace) for trace in found.atoms(Trace)}))


# statement, cases and values at every width start from it
@lru_cache(maxsize=1)
def few_missing_growth() -> sp.Expr:
    """Return the limit of d² times the growth of log‖∇‖ per layer, in the number k of directions.

    Examples
    --------
    >>> few_missing_growth()
    k + 1
    """
    foresee("the growth where few directions are missing", 2.0)
    haar = HaarOrthogonal("W", _N)
    omega, sigma, other = haar * _W, haar * _S, haar * _OTHER
    b, rest = haar * _A * haar.T, haar * _REST * haar.T
    o, s, diagonal = omega[0, 0], sigma[0, 0], b[0, 0]
    pairs, triples = _N * (_N - 1), _N * (_N - 1) * (_N - 2)
    overlap = _N * _mean(s**2 * o**2)
    # |s'|² without S is (1 + above)/(1 + below), whose fluctuations do not count
    above = -2 * overlap + _N * _mean(s**2 * o**4)
    above += _N * (_mean(s**2 * (diagonal**2 - diagonal)) + 2 * _mean(s**2 * o**2 * diagonal))
    above -= 2 * pairs * _mean(s * sigma[1, 0] * omega[1, 0] ** 2 * b[0, 1])
    below = _N * _mean(o**2 * diagonal)
    own = above - below + below**2 - above * below
    # s'ᵀ(G' - 1)s' is a sum over pairs of rows, as the diagonal of G' is 1
    near = pairs * _mean(s * sigma[1, 0] * b[0, 1] * (1 - 2 * o**2 - 2 * diagonal))
    near -= 2 * triples * _mean(s * b[0, 1] * b[1, 2] * omega[2, 0] ** 2 * sigma[2, 0])
    near -= 2 * pairs * _mean(s**2 * o**2 * b[0, 1] ** 2)
    balance = sp.Poly(sp.cancel(near * (1 - below) - _DELTA), _DELTA)
    settled = -balance.nth(0) / balance.nth(1)
    # along the other missing directions, from s and from S
    leaked = (_MISSING - 1) * _N * _mean(s**2 * o**2 * other[0, 0] ** 2)
    size = 4 * overlap / (1 - contraction_rate(_N))
    fed = _MISSING * _N * _mean(rest[0, 0] ** 2 * o**2).subs(_SIZE, size) / 4
    square = sp.cancel(own.subs(_DELTA, settled) + leaked + fed)
    found = sp.expand(limit_at_infinity(_N**2 * square, _N) / 2)
    if found.free_symbols != {_MISSING}:
        raise AssertionError(f"the growth depends on {found.free_symbols}")
    return found


@refuses_text("d")
def centred_explosion(d: int | sp.Expr) -> sp.Expr:
    """Return the rate of log‖∂ℓ/∂X‖ per layer with mean removal and n ≤ d samples, for large d.

    Examples
    --------
    >>> sp.factor(centred_explosion(sp.Symbol("d")))
    (d - n + 2)/d**2
    """
    dimension, growth = sp.sympify(d), few_missing_growth()
    if growth.coeff(_MISSING) != missing_direction_growth():
        raise AssertionError("many missing directions grow otherwise than each of a few")
    return sp.factor(growth.subs(_MISSING, dimension - SAMPLES + 1) / dimension**2)
