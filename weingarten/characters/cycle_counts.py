r"""Averages of class functions of permutation matrices: E Π_k tr(P^k)^{a_k}.

With c_j cycles of length j, tr(P^k) = Σ_{j | k} j c_j, and the falling factorials of independent
Poisson variables with means 1/j are matched as far as there is room,

``E Π_j j^{m_j} c_j (c_j - 1) ⋯ (c_j - m_j + 1) = 1`` if Σ_j j m_j ≤ d, else 0

(the number of ways to place m_j labelled cycles of each length, times (d - Σ j m_j)!, over d!).
Multiplying by j c_j takes the product of falling factorials with m_j to that with m_j + 1, and to
j m_j times itself: a trace of powers is multiplied in one factor after the other.

Reference: P. Diaconis & M. Shahshahani, J. Appl. Probab. 31A (1994) 49.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from weingarten.budget import foresee, tick
from weingarten.exact.dimension import Dimension

__all__ = ["permutation_class_average"]

_MEGABYTES_A_STATE = 5e-4


def permutation_class_average(powers: Mapping[int, int], d: Dimension) -> int:
    """Return E Π_k tr(P^k)^{powers[k]} over the permutations of d things; symbolic: of many.

    Examples
    --------
    >>> from weingarten.exact.dimension import SYMBOLIC
    >>> [permutation_class_average({1: 4}, d) for d in (SYMBOLIC, Dimension(2))]
    [15, 8]
    """
    lengths = sorted({j for k, number in powers.items() if number for j in _divisors(k)})
    at = {j: place for place, j in enumerate(lengths)}
    states: dict[tuple[int, ...], int] = {(0,) * len(lengths): 1}
    for k, number in sorted(powers.items()):
        cycles = [at[j] for j in _divisors(k)]
        for _ in range(number):
            grown: defaultdict[tuple[int, ...], int] = defaultdict(int)
            for state, coefficient in states.items():
                tick()
                placed = sum(j * m for j, m in zip(lengths, state, strict=True))
                for place in cycles:
                    j, m = lengths[place], state[place]
                    if d.admits(placed + j):
                        grown[*state[:place], m + 1, *state[place + 1 :]] += coefficient
                    if m:
                        grown[state] += j * m * coefficient
            states = grown
            foresee("the average of a class function", 0.0, _MEGABYTES_A_STATE * len(states))
    return sum(states.values())


def _divisors(k: int) -> list[int]:
    return [j for j in range(1, k + 1) if k % j == 0]
