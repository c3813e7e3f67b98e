r"""How far a sampled mean may be trusted: the tail of the draws, and p-values that allow for it.

A mean of N draws is compared with a predicted value in one of two ways.

*Student's t, corrected for skewness.* If the draws are skewed the t statistic is skewed the other
way, and the more so in the tail. Hall's transformation
T + g T²/3 + g² T³/27 + g/6, with g the third central moment over the cube of the standard
deviation and √N, removes that to order 1/N; of T and its transform the less extreme one counts.
It is used where the draws have a tail light enough: Hill's estimate of the index α of
P(\|x - median\| > y) ~ y^(-α), from the k = √N largest deviations, exceeds 2, the limit of a finite
variance. Nothing is rejected by it unless that is clear (:func:`needed_index`).

*A bound from the exact variance.* With σ² the exact variance of a draw (or an upper bound of it),
E exp(λ S - λ² (Σ x_i²/6 + N σ²/3)) ≤ 1 for centred independent draws with sum S, any N, any tail
and any λ, because exp(x - x²/6) ≤ 1 + x + x²/3. The mean over several λ is then a bet that a right
formula wins against with the stated probability: its inverse is a p-value, by Markov's inequality.

References
----------
P. Hall, On the removal of skewness by transformation, J. R. Stat. Soc. B 54 (1992) 221–228.
B. M. Hill, A simple general approach to inference about the tail of a distribution, Ann. Stat. 3
(1975) 1163–1174.
B. Delyon, Exponential inequalities for sums of weakly dependent variables, Electron. J. Probab. 14
(2009) 752–779.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from bn_theory.verification.summaries import EXTREMES, Column

__all__ = [
    "bounded_p_value",
    "detectable",
    "needed_index",
    "normal_p_value",
    "student_p_value",
    "tail_index",
]

# the bets λ, in units of 1/(σ √N): one of them is near the observed z, wherever that matters
_BETS = np.arange(2.0, 10.0)


def _tail_size(samples: int) -> int:
    return min(max(math.isqrt(samples), 5), EXTREMES - 1)


def tail_index(draws: Column) -> float:
    """Return Hill's estimate of the index α of the tail, from the √N largest deviations.

    Examples
    --------
    >>> from bn_theory.verification.summaries import Summary
    >>> rng = np.random.default_rng(0)
    >>> normal, pareto = rng.standard_normal(10_000), rng.pareto(1.5, 10_000)
    >>> tail_index(Summary.of(normal).column(0)) > 6, tail_index(Summary.of(pareto).column(0)) < 2
    (True, True)
    """
    first, *rest = draws.deviations
    if first == 0:
        return math.inf if not rest or rest[-1] == 0 else 0.0
    mean = float(np.mean(np.log(np.array(rest) / first)))
    return 1 / mean if mean > 0 else math.inf


def needed_index(samples: int, p_value: float) -> float:
    """Return the index that a tail must exceed for a rejection at this p-value to stand.

    It is 2, below which there is no variance, and as many standard errors 2/√k of its estimate as
    the p-value has decimals beyond the first, from one to three: where there is no variance,
    Student's t is extreme in some hundredths of all samples, and the index has to exclude the rest.

    Examples
    --------
    >>> needed_index(10_000, 0.01), needed_index(10_000, 1e-9)
    (2.2, 2.6)
    """
    decimals = -math.log10(max(p_value, 1e-300)) - 1
    return 2 * (1 + min(max(decimals, 1.0), 3.0) / math.sqrt(_tail_size(samples)))


def student_p_value(z: float, samples: int, skewness: float, *, two_sided: bool) -> float:
    """Return the p-value of a studentised difference z of draws with this relative skewness.

    Examples
    --------
    >>> round(student_p_value(2.0, 11, 0.0, two_sided=True), 4)
    0.0734
    >>> student_p_value(-4.0, 1000, 0.1, two_sided=True) > 5e-4
    True
    """
    if math.isfinite(z):
        moved = z + skewness * z**2 / 3 + skewness**2 * z**3 / 27 + skewness / 6
        z = min(z, moved, key=abs) if two_sided else min(z, moved)
    tail = float(special.stdtr(samples - 1, -abs(z) if two_sided else -z))
    return min(1.0, 2 * tail) if two_sided else tail


def normal_p_value(z: float, skewness: float, *, two_sided: bool) -> float:
    """Return the p-value of a difference z in exact standard errors, at this relative skewness.

    Without a sampled spread the mean is skewed as its draws are; of z and its transform to a
    normal number (Cornish and Fisher) the less extreme one counts.

    Examples
    --------
    >>> round(normal_p_value(2.0, 0.0, two_sided=True), 4)
    0.0455
    >>> normal_p_value(4.0, 0.1, two_sided=True) > 1e-4
    True
    """
    if math.isfinite(z):
        moved = z - skewness * (z**2 - 1) / 6
        z = min(z, moved, key=abs) if two_sided else min(z, moved)
    tail = float(special.ndtr(-abs(z) if two_sided else -z))
    return min(1.0, 2 * tail) if two_sided else tail


def bounded_p_value(
    draws: Column, value: float, variance: float, *, granted: float = 0.0, relation: str = "=="
) -> float:
    """Return a p-value for a mean that is no more than ``granted`` off, for any number and tail.

    Parameters
    ----------
    draws : Column
    value : float
        The mean if the statement is right.
    variance : float
        The exact variance of one draw, or more.
    granted : float
        By how much every draw may be moved towards the value.
    relation : {"==", "<=", ">="}
        Which side counts.

    Examples
    --------
    >>> from bn_theory.verification.summaries import Summary
    >>> draws = Summary.of(np.random.default_rng(0).exponential(size=1000)).column(0)
    >>> bounded_p_value(draws, 1, 1.0) > 0.01, bounded_p_value(draws, 1.3, 1.0) < 1e-6
    (True, True)
    """
    sign = -1 if relation == ">=" else 1
    moved = value - sign * granted
    unit = math.sqrt(draws.samples * variance)
    total = sign * draws.samples * (draws.mean - moved) / unit
    cost = draws.squares_about(moved) / (unit * unit) / 6 + 1 / 3

    def inverse(side: int) -> float:
        wins = special.logsumexp(side * _BETS * total - _BETS**2 * cost) - math.log(len(_BETS))
        return float(np.exp(min(0.0, -wins)))

    return min(1.0, 2 * min(inverse(1), inverse(-1))) if relation == "==" else inverse(1)


def detectable(variance: float, samples: int, level: float) -> float:
    """Return about the difference that :func:`bounded_p_value` rejects at a level."""
    needed = math.log(2 * len(_BETS) / level)
    return math.sqrt(2 * needed * variance / samples)
