r"""Fewer samples than units: the spectrum that many layers settle on, for large d at n/d = γ.

With Ĝ = W G Wᵀ, tr G = d, and b_j = Ĝ_jj - 1, a layer maps G to D^(-1/2) Ĝ D^(-1/2), D = 1 + b.
The deviations b_j are of order d^(-1/2), so to leading order

``tr G'^k = tr Ĝ^k - k Σ_j b_j (Ĝ^k)_jj + k Σ_j b_j² (Ĝ^k)_jj
           + (k/2) Σ_{0<p<k} Σ_ij b_i b_j (Ĝ^p)_ij (Ĝ^(k-p))_ji``

whose averages over W the engine gives in traces of words in G and G - I. With m_k = tr G^k/d and
v = m_2 - 1, their limits are α (m_{k+1} - m_k), β v m_k and, for each p, δ v m_p m_{k-p}:

``d (E m'_k - m_k) = -k α (m_{k+1} - m_k) + k β v m_k + (k/2) δ v Σ_{0<p<k} m_p m_{k-p}``.

Where the moments stand still, M(z) = Σ m_k z^k solves a quadratic equation. At z → -∞ it tends to
the weight 1 - γ that G, of rank n, has at zero, and Σ_k m_{k+1} z^k to -1; that fixes v.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from sympy import MatrixSymbol, Q, Trace

from bn_theory.laws.common.wide import limit_at_infinity
from bn_theory.laws.guarantees.derive import deviation_moment
from bn_theory.notation import SAMPLES, VARIANCE, central_power_sum
from weingarten import HaarOrthogonal, expect
from weingarten.coerce import refuses_text

__all__ = [
    "flow",
    "limits",
    "log_scale_correction",
    "stationary_log_scale",
    "stationary_variance",
]

_N = sp.Symbol("N", integer=True, positive=True)


# flows, scales and growth start from them
@lru_cache(maxsize=1)
def limits() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Return α, β, δ: limits of averages over W of entries of A = G - I and of powers of G.

    Examples
    --------
    >>> limits()
    (2, 2, 2)
    """
    haar = HaarOrthogonal("W", _N)
    deviation, left, right = (MatrixSymbol(name, _N, _N) for name in "ABC")
    facts = Q.symmetric(deviation) & Q.symmetric(left) & Q.symmetric(right)
    b, first, second = (haar * matrix * haar.T for matrix in (deviation, left, right))
    linear = _N * expect(b[0, 0] * first[0, 0], facts)
    square = _N * expect(b[0, 0] ** 2 * first[0, 0], facts)
    pair = _N * expect(b[0, 0] ** 2 * first[0, 0] * second[0, 0], facts)
    pair += _N**2 * expect(b[0, 0] * b[1, 1] * first[0, 1] * second[1, 0], facts)
    return (
        _coefficient(linear, deviation, Trace(deviation * left)),
        _coefficient(square, deviation, Trace(deviation**2), Trace(left)),
        _coefficient(pair, deviation, Trace(deviation**2), Trace(left), Trace(right)),
    )


def _coefficient(average: sp.Expr, deviation: sp.MatrixExpr, *kept: sp.Expr) -> sp.Expr:
    """Return the limit of an average as a multiple of Π tr X/N over the traces ``kept``.

    Every trace is of order N but for tr A, which is zero; whatever else survives is an error.
    """
    sizes: dict[sp.Expr, sp.Expr] = {
        trace: _N * sp.Dummy() for trace in average.atoms(Trace) - {Trace(deviation)}
    }
    limit = limit_at_infinity(average.xreplace({Trace(deviation): 0, **sizes}), _N)
    coefficient = sp.cancel(limit / sp.Mul(*(sizes[trace] / _N for trace in kept)))
    if not coefficient.is_number:
        raise AssertionError(f"the limit {limit} has other terms than {kept}")
    return coefficient


def flow(k: int) -> sp.Expr:
    """Return the limit of d (E m'_k - m_k) in m_2, m_3, …, with m_0 = m_1 = 1.

    Examples
    --------
    >>> sp.factor(flow(1)), flow(2)
    (0, 4*m2**2 + 2*m2 - 4*m3 - 2)
    """
    alpha, beta, delta = limits()
    m = [sp.Integer(1), sp.Integer(1), *(sp.Symbol(f"m{j}") for j in range(2, k + 2))]
    v = sp.Symbol("m2") - 1
    pairs = sum((m[p] * m[k - p] for p in range(1, k)), sp.Integer(0))
    change = -k * alpha * (m[k + 1] - m[k]) + k * beta * v * m[k] + k * delta * v * pairs / 2
    return sp.expand(change)


@refuses_text("d")
def stationary_variance(d: int | sp.Expr) -> sp.Expr:
    """Return the variance of the eigenvalues of G after many layers, for n < d samples.

    Examples
    --------
    >>> stationary_variance(sp.Symbol("d"))
    2*d*(d - n)/(n*(2*d - n))
    """
    alpha, beta, delta = limits()
    share = SAMPLES / sp.sympify(d)
    zero = 1 - share  # M at -∞; Σ_{k≥1} m_k z^k there is one less
    balance = (
        alpha * (1 + zero - 1)
        + beta * VARIANCE * (zero - 1)
        + delta * VARIANCE * (zero - 1) ** 2 / 2
    )
    linear = sp.Poly(balance, VARIANCE)
    return sp.factor(-linear.nth(0) / linear.nth(1))


@refuses_text("d")
def stationary_log_scale(d: int | sp.Expr) -> sp.Expr:
    """Return ½ E log(1/a_j) there: half of E b²/2, to leading order.

    Examples
    --------
    >>> stationary_log_scale(sp.Symbol("d"))
    (d - n)/(n*(2*d - n))
    """
    _, beta, _ = limits()
    return sp.factor(beta * stationary_variance(d) / (4 * sp.sympify(d)))


# the remainder at every share starts from it
@lru_cache(maxsize=1)
def log_scale_correction() -> sp.Expr:
    """Return what the next order adds to :func:`stationary_log_scale`, as a share times d.

    E log a to fourth order in b, in moments of the spectrum: the third is where the second stands
    still, and the fourth enters an order later. How the spectrum itself differs is left out.

    Examples
    --------
    >>> log_scale_correction()
    v/3 - 2/3
    """
    v, third = VARIANCE, sp.Symbol("m3")
    (m3,) = sp.solve(flow(2).subs(sp.Symbol("m2"), 1 + v), third)
    central = {2: v, 3: sp.expand(m3 - 3 * (1 + v) + 2), 4: sp.Symbol("m4")}
    sums = {central_power_sum(k): _N * moment for k, moment in central.items()}
    logarithm = sum(
        sp.Rational((-1) ** (k + 1), k) * deviation_moment(k, _N).xreplace(sums) for k in central
    )
    _, beta, _ = limits()
    leading = -beta * v / (2 * _N)
    return sp.expand(limit_at_infinity(_N * (logarithm / leading - 1), _N))
