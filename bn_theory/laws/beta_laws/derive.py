"""Row norms where all non-zero eigenvalues of G are equal: Beta laws, derived from their moments.

If r of the N eigenvalues are 1 and the others 0, the moments of a_j have ratios
E a^{k+1}/E a^k = (r + 2k)/(N + 2k). Since a lies in [0, 1] they determine its law: Beta(r/2,
(N-r)/2), whose moments of any order are ratios of Gamma functions. This is the case of

- a batch of n = r < N orthonormal samples, or a semi-orthogonal first layer: with input width p and
  width d the weights are a block of a Haar matrix of size N = max(d, p), and X is padded by zeros;
- mean removal at isometry: X (I - 11ᵀ/n) Xᵀ is a projection of rank n - 1.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

import sympy as sp

from bn_theory.laws.common.asked import row_norm_power
from bn_theory.laws.common.digamma import digamma
from bn_theory.laws.common.sphere_means import statement_reaches
from bn_theory.notation import RANK, SAMPLES, overlap, power_sum
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.coerce import as_dimension, refuses_text
from weingarten.combinatorics.partitions import Partition
from weingarten.errors import WeingartenError
from weingarten.exact.dimension import Dimension
from weingarten.exact.rational import linear_combination
from weingarten.moments.conjugation import diagonal_moment_terms

__all__ = [
    "centred_moment",
    "centred_power_sums",
    "mean_removal",
    "mean_removal_log",
    "rectangular_log",
    "rectangular_step",
]

_CHECKED_MOMENTS = 5


def _isometric_moment(k: int, d: int | sp.Expr, rank: sp.Expr) -> sp.Expr:
    """Return E a^k, k ≥ 0, for a spectrum of ``rank`` ones and else zeros."""
    power_sums = {power_sum(j): rank for j in range(1, k + 1)}
    return sp.factor(row_norm_power(k, d).xreplace(power_sums))


# moments of all orders start from it
@lru_cache(maxsize=64)
def _first_ratio(d: int | sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Return (A, B) with E a^(k+1)/E a^k = (A + 2k)/(B + 2k), from the first moments."""
    moments = [_isometric_moment(k, d, RANK) for k in range(_CHECKED_MOMENTS + 1)]
    ratios = [sp.cancel(moments[k + 1] / moments[k]) for k in range(_CHECKED_MOMENTS)]
    k = sp.Symbol("k")
    upper, lower = ratios[0].as_numer_denom()
    candidate = (upper + 2 * k) / (lower + 2 * k)
    if any(sp.cancel(candidate.subs(k, i) - ratio) != 0 for i, ratio in enumerate(ratios)):
        raise WeingartenError("the moments of a row norm are not those of a Beta law")
    return upper, lower


def rectangular_step(d: int | sp.Expr, k: int) -> sp.Expr:
    """Return E a^k for any integer k, if r eigenvalues of G are 1 and the other d - r are 0.

    Negative moments are finite for r > -2k; an integer d that leaves no such r is refused.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> rectangular_step(d, 2), rectangular_step(d, -1)
    (r*(r + 2)/(d*(d + 2)), (d - 2)/(r - 2))
    """
    return _power(d, RANK, int(k))


def rectangular_log(d: int | sp.Expr) -> sp.Expr:
    """Return E log a if r eigenvalues of G are 1 and the other d - r are 0.

    Examples
    --------
    >>> rectangular_log(sp.Symbol("d"))
    -polygamma(0, d/2) + polygamma(0, r/2)
    """
    return _log(d, RANK)


def mean_removal(d: int | sp.Expr, k: int) -> sp.Expr:
    """Return E a^k for any integer k with mean removal, if XᵀX = I (n ≤ d samples).

    Examples
    --------
    >>> mean_removal(sp.Symbol("d"), 1), mean_removal(sp.Symbol("d"), -1)
    ((n - 1)/d, (d - 2)/(n - 3))
    """
    return _power(d, _centred_rank(), int(k))


def mean_removal_log(d: int | sp.Expr) -> sp.Expr:
    """Return E log a with mean removal, if XᵀX = I.

    Examples
    --------
    >>> mean_removal_log(sp.Symbol("d"))
    -polygamma(0, d/2) + polygamma(0, n/2 - 1/2)
    """
    return _log(d, _centred_rank())


def _power(d: int | sp.Expr, rank: sp.Expr, k: int) -> sp.Expr:
    """Return E a^k as a product of ratios of successive moments, upwards or downwards from 1."""
    foresee(f"a row norm's moment of order {k}", 1e-7 * k**2)
    statement_reaches(d, power=k)
    upper, lower = _first_ratio(as_dimension(d))
    above, below = upper.xreplace({RANK: rank}), lower
    steps = range(k) if k >= 0 else range(-1, k - 1, -1)
    tops, bottoms = [above + 2 * i for i in steps], [below + 2 * i for i in steps]
    if k < 0:
        tops, bottoms = bottoms, tops
    return sp.Mul(*tops) / sp.Mul(*bottoms)


def _log(d: int | sp.Expr, rank: sp.Expr) -> sp.Expr:
    """Return the derivative of log E a^s at 0, E a^s = Γ(A/2 + s) Γ(B/2) / (Γ(A/2) Γ(B/2 + s))."""
    upper, lower = _first_ratio(as_dimension(d))
    return digamma(upper.xreplace({RANK: rank}) / 2) - digamma(lower / 2)


def centred_power_sums(order: int) -> tuple[sp.Expr, ...]:
    """Return tr (X C Xᵀ)^j for j = 1 … order, C = I - 11ᵀ/n, in p_j = tr G^j and q_j.

    q_j = 1ᵀ K^j 1/n with K = XᵀX. Since det(I - t K C) = det(I - t K) · 1ᵀ(I - t K)^(-1)1/n,
    ``Σ_j tr (K C)^j t^j/j = Σ_j p_j t^j/j - log Σ_j q_j t^j``, q_0 = 1.

    Examples
    --------
    >>> centred_power_sums(2)
    (p1 - q1, p2 + q1**2 - 2*q2)
    """
    overlaps = [sp.Integer(1), *(overlap(j) for j in range(1, order + 1))]
    # j ℓ_j for the coefficients ℓ_j of the logarithm: j q_j = Σ_i (i ℓ_i) q_{j-i}
    scaled: list[sp.Expr] = [sp.Integer(0)]
    for j in range(1, order + 1):
        rest = sum(scaled[i] * overlaps[j - i] for i in range(1, j))
        scaled.append(sp.expand(j * overlaps[j] - rest))
    return tuple(power_sum(j) - scaled[j] for j in range(1, order + 1))


def _centred_rank() -> sp.Expr:
    """Return the rank of X C Xᵀ at isometry: its first power sum, with p_j = n and q_j = 1."""
    at_isometry = {power_sum(1): SAMPLES, overlap(1): sp.Integer(1)}
    return centred_power_sums(1)[0].xreplace(at_isometry)


@refuses_text("d")
@budgeted
def centred_moment(
    d: int | sp.Expr, k: int, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    """Return E a^k with mean removal for any batch, in p_k = tr G^k and q_k = 1ᵀ K^k 1/n.

    Examples
    --------
    >>> centred_moment(sp.Symbol("d"), 1)
    (p1 - q1)/d
    """
    order = int(k)
    foresee(f"the centred moment of order {order}", 1e-3 * 1.75**order)
    sums = centred_power_sums(order)
    names = sorted(set().union(*(value.free_symbols for value in sums)), key=lambda s: s.name)
    ring = sp.QQ[tuple(names)]
    values = [ring.from_sympy(value) for value in sums]
    # all coefficients are numbers times one function of d, that of p_1^k; d = 1 shows the numbers.
    # Asked for as coefficients: some 200 times as fast as `expect` at order 8
    shared = diagonal_moment_terms(order, Dimension.of(d))[-1][1]
    numbers: dict[Partition, Any] = dict(diagonal_moment_terms(order, Dimension(1)))
    total = ring.zero
    for nu, number in numbers.items():
        tick()
        ratio = number / numbers[(1,) * order]
        weight = ring.convert(ratio.numerator) / ring.convert(ratio.denominator)
        total += prod((values[part - 1] for part in nu), start=weight)
    content, polynomial = total.primitive()
    scale = Fraction(int(content.numerator), int(content.denominator))
    return linear_combination([(shared * scale, polynomial.as_expr())], sp.sympify(d))
