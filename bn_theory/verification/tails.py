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
import numpy.typing as npt
from scipy import special

__all__ = [
    "bounded_p_value",
    "detectable",
    "needed_index",
    "relative_skewness",
    "student_p_value",
    "tail_index",
]

Array = npt.NDArray[np.float64]

# the bets λ, in units of 1/(σ √N): one of them is near the observed z, wherever that matters
_BETS = np.arange(2.0, 10.0)


def _tail_size(samples: int) -> int:
    return max(math.isqrt(samples), 5)


def _deviations_in_the_tail(draws: Array) -> Array:
    """Return the k + 1 largest deviations from the median, the smallest of them first, k = √N.

    One large draw moves the mean so far that all others deviate from it alike; not the median.
    """
    count = _tail_size(len(draws))
    deviations = np.abs(draws - np.median(draws))
    if len(deviations) <= count:
        return np.sort(deviations)
    return np.sort(np.partition(deviations, -count - 1)[-count - 1 :])


def tail_index(draws: Array) -> float:
    """Return Hill's estimate of the index α of the tail, from the √N largest deviations.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tail_index(rng.standard_normal(10_000)) > 6, tail_index(rng.pareto(1.5, 10_000)) < 2
    (True, True)
    """
    first, *rest = _deviations_in_the_tail(draws)
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


def relative_skewness(draws: Array) -> float:
    """Return the skewness of the draws over √N, between -1 and 1; 0 if all draws are equal."""
    deviations = draws - draws.mean()
    scale = float(np.abs(deviations).max())
    if scale == 0:
        return 0.0
    scaled = deviations / scale
    return float(np.sum(scaled**3) / np.sum(scaled**2) ** 1.5)


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


def bounded_p_value(deviations: Array, variance: float, *, two_sided: bool) -> float:
    """Return a p-value for E x = 0 that holds for any number of draws x and any tail.

    Parameters
    ----------
    deviations : ndarray of shape (N,)
        Draws minus the predicted value.
    variance : float
        The exact variance of one draw, or more.

    Examples
    --------
    >>> draws = np.random.default_rng(0).exponential(size=1000)
    >>> bounded_p_value(draws - 1, 1.0, two_sided=True) > 0.01
    True
    >>> bounded_p_value(draws - 1.3, 1.0, two_sided=True) < 1e-6
    True
    """
    unit = math.sqrt(len(deviations) * variance)
    total = float(np.sum(deviations)) / unit
    cost = float(np.sum((deviations / unit) ** 2)) / 6 + 1 / 3

    def inverse(sign: int) -> float:
        wins = special.logsumexp(sign * _BETS * total - _BETS**2 * cost) - math.log(len(_BETS))
        return float(np.exp(min(0.0, -wins)))

    return min(1.0, 2 * min(inverse(1), inverse(-1))) if two_sided else inverse(1)


def detectable(variance: float, samples: int, level: float) -> float:
    """Return about the difference that :func:`bounded_p_value` rejects at a level."""
    needed = math.log(2 * len(_BETS) / level)
    return math.sqrt(2 * needed * variance / samples)
