"""The growth of the antisymmetric part by hand: entry by entry, in sums of monomials over rows."""

from functools import lru_cache

import sympy as sp

from weingarten.combinatorics.set_partitions import set_partitions
from weingarten.moments import moment

__all__ = ["drift", "growth_coefficients", "memory"]

#: Exponents of the entries of a row of O in columns 1, 2, 3: a monomial to be summed over rows.
Exponents = tuple[int, int, int]


@lru_cache(maxsize=1024)
def pair_moment(sums, d):
    """Return E Π_t Σ_i O_i1^{a_t} O_i2^{b_t} O_i3^{c_t}."""
    total = []
    for blocks in set_partitions(range(len(sums))):
        if isinstance(d, int) and len(blocks) > d:
            continue
        powers = [[sum(sums[t][k] for t in block) for block in blocks] for k in range(3)]
        ways = sp.ff(sp.sympify(d), len(blocks))
        total.append(ways * moment([row for row in powers if any(row)], d))
    return sp.factor(sp.Add(*total))


#: A combination of column sums.
Combination = dict[Exponents, int]


def _product(left, right, d):
    return sp.Add(
        *(
            x * y * pair_moment(tuple(sorted((a, b))), d)
            for a, x in left.items()
            for b, y in right.items()
        )
    )


def _q(a, b):
    """Return Q_ab = Σ_i O_ia³ O_ib as exponents."""
    powers = [0, 0, 0]
    powers[a] += 3
    powers[b] += 1
    return (powers[0], powers[1], powers[2])


def _p(a, c, b):
    """Return P = Σ_i O_ia O_ic O_ib² as exponents."""
    powers = [0, 0, 0]
    for index in (a, c, b, b):
        powers[index] += 1
    return (powers[0], powers[1], powers[2])


def _entry(a, c, b):
    """Return the entry (a, b) of L1 of the matrix with a single 1, at (c, b)."""
    whole = {_q(a, c): 1}
    other = _p(a, c, b)
    whole[other] = whole.get(other, 0) - 3
    return whole


def drift(d):
    """Return the mean of L1 on antisymmetric matrices: 0."""
    return sp.factor(sp.Add(*(x * pair_moment((e,), d) for e, x in _entry(0, 0, 1).items())))


def growth_coefficients(d):
    """Return (g, h): E‖B‖² grows by 1 + κ²g, and E⟨B, L1 B⟩² = h, for uniform B of norm 1."""
    dimension = sp.sympify(d)
    others = dimension - 2  # columns besides 1 and 2, all alike
    # ⟨B, L2 B⟩ for B on the pair (1, 2): Σ_c (Q_1c - 3 P_1c) Q_c1
    second = sp.Add(
        *(
            count * _product(_entry(0, c, 1), {_q(c, 0): 1}, d)
            for c, count in ((0, 1), (1, 1), (2, others))
            if count != 0
        )
    )
    # the part of L1 B on the pair (1, 2) is (own + its mirror)/2
    own, mirror = _entry(0, 0, 1), _entry(1, 1, 0)
    stays = (_product(own, own, d) + _product(own, mirror, d)) / 2
    across, back = _entry(2, 0, 1), _entry(0, 2, 1)
    moves = others * _product(across, across, d) / 2 if others != 0 else sp.Integer(0)
    returns = others * _product(across, back, d) / 2 if others != 0 else sp.Integer(0)
    size = dimension * (dimension - 1) / 2
    square = size * (stays + moves)  # tr M Mᵀ
    trace_of_square = size * (stays + returns)
    # tr M = ((d + 2) Σ O⁴ - 3d)/2, as Σ_b O_ib² = 1
    fourth = {(4, 0, 0): 1}
    cross = {(0, 4, 0): 1}
    total = dimension * (_product(fourth, fourth, d) + (dimension - 1) * _product(fourth, cross, d))
    mean = dimension * pair_moment(((4, 0, 0),), d)
    trace = ((dimension + 2) ** 2 * total - 6 * dimension * (dimension + 2) * mean) / 4
    trace += 9 * dimension**2 / 4
    spread = (trace + square + trace_of_square) / (size * (size + 2))
    return sp.factor(2 * second + stays + moves), sp.factor(spread)


def memory(d):
    """Return (r, c): what normalisations above add, E‖B‖² growing by κ² r (1 - c^j) more."""
    dimension = sp.sympify(d)
    # the mean share of a traceless symmetric matrix that sits on the diagonal of a random frame
    share = pair_moment(((4, 0, 0),), d) - pair_moment(((2, 2, 0),), d)
    # ⟨B, L1[B, Q + Qᵀ]⟩ for B on the pair (1, 2), as twice its entry (1, 2)
    total = _product(_entry(0, 0, 1), {_q(1, 1): 2, _q(0, 0): -2}, d)
    total -= 2 * _product(_entry(0, 1, 1), {_q(0, 1): 1, _q(1, 0): 1}, d)
    if dimension != 2:
        others = {_q(2, 0): 1, _q(0, 2): 1}
        total -= (dimension - 2) * _product(_entry(0, 2, 1), others, d)
    # Σ_k c^(k-1) of (share/2) [B, κ (Q + Qᵀ)], c = 1 - 2 share; twice, as ‖B‖² is a square
    return sp.factor(total / 2), sp.factor(1 - 2 * share)
