r"""What the series of the injected variance leaves out, computed from sampled pairs of rows.

In a draw the injected variance is φ(s) = (d-1) h_12²/(h_11 h_22), s = α², and its Taylor polynomial
in s is arithmetic of power series in that draw. The mean of φ minus its own polynomial is what the
averaged series leaves out. It is small and has a small spread where the series is of use, and its
sample needs none of the averages that the engine computes, so it excuses no wrong coefficient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.laws.common.activations import NumericActivation, shape_coefficients
from weingarten.budget import foresee
from weingarten.coerce import refuses_text

__all__ = ["leftover_at", "leftover_constant"]

Array = npt.NDArray[np.float64]
#: Power series in s, one array of draws for each power.
Series = list[Array]

# the mean is bounded by its estimate and this many standard errors
_ERRORS = 6.0
# gains at which the constant of a range of gains is looked for, relative to the largest
_GRID = (1.0, 0.85, 0.7, 0.5, 0.3)
_ROUNDING = 1e-14
#: Gain below which it is looked for at this one.
_SMALL = 1e-3


# sampled once for all gains and activations
@lru_cache(maxsize=4)
def _rows(d: int) -> tuple[Array, Array]:
    """Return pairs of rows of √d O, O Haar-distributed, the same in every run."""
    draws = min(max(400_000 // d, 500), 20_000)
    foresee(f"sampled rows of {d} entries", 1e-7 * draws * d, 2e-5 * draws * d)
    first, second = np.random.default_rng([d, draws]).standard_normal((2, draws, d))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    for _ in range(2):  # the second pass takes away what rounding left
        second -= np.sum(first * second, axis=1, keepdims=True) * first
        second /= np.linalg.norm(second, axis=1, keepdims=True)
    return first * math.sqrt(d), second * math.sqrt(d)


def _times(left: Series, right: Series) -> Series:
    return [
        np.sum([left[i] * right[m - i] for i in range(m + 1)], axis=0) for m in range(len(left))
    ]


def _reciprocal(series: Series) -> Series:
    """Return 1/(1 + …)."""
    result = [np.ones_like(series[0])]
    for m in range(1, len(series)):
        terms = [series[i] * result[m - i] for i in range(1, m + 1)]
        result.append(-np.sum(terms, axis=0))
    return result


# one series serves all gains
@lru_cache(maxsize=32)
def _taylor(d: int, activation: sp.Expr, order: int) -> tuple[Array, ...]:
    """Return the Taylor coefficients of φ in each draw, from s⁰ to the one after α^order."""
    size = order // 2 + 2
    shape = shape_coefficients(activation, 2 * size - 1)
    slopes = [1.0, *(float((-1) ** (r + 1) * c) for r, c in enumerate(shape))]
    first, second = _rows(d)

    def overlap(left: Array, right: Array, start: float) -> Series:
        powers = (
            [left ** (2 * r + 1) for r in range(size)],
            [right ** (2 * r + 1) for r in range(size)],
        )
        found: Series = [np.full(len(left), start)]
        for m in range(1, size):
            terms = [
                slopes[r] * slopes[m - r] * np.mean(powers[0][r] * powers[1][m - r], axis=1)
                for r in range(m + 1)
                if slopes[r] and slopes[m - r]
            ]
            found.append(np.asarray(sum(terms, np.zeros(len(left)))))
        return found

    across = overlap(first, second, 0.0)
    norms = _times(overlap(first, first, 1.0), overlap(second, second, 1.0))
    share = _times(_times(across, across), _reciprocal(norms))
    return tuple((d - 1) * term for term in share)


def _exact(d: int, activation: sp.Expr, alpha: float) -> Array:
    """Return φ in each draw."""
    numeric = NumericActivation(activation)
    scale = alpha * float(numeric.slope(0.0))
    first, second = (numeric(alpha * row) / scale for row in _rows(d))
    norms = np.mean(first**2, axis=1) * np.mean(second**2, axis=1)
    return np.asarray((d - 1) * np.mean(first * second, axis=1) ** 2 / norms)


def _bound(draws: Array) -> float:
    found = abs(draws.mean()) + _ERRORS * draws.std(ddof=1) / math.sqrt(len(draws))
    return float(found) if np.isfinite(found) else math.inf


# range, value and verdict ask at the same gain
@refuses_text("activation")
@lru_cache(maxsize=1024)
def leftover_at(d: int, activation: sp.Expr, order: int, alpha: float) -> float:
    """Return a bound on the mean of φ minus its Taylor polynomial to α^order, at one gain.

    Examples
    --------
    >>> u = sp.Symbol("u")
    >>> leftover_at(8, sp.tanh(u), 6, 0.1) < 1e-6 < leftover_at(8, sp.tanh(u), 6, 1.0)
    True
    """
    terms = _taylor(d, activation, order)[: order // 2 + 1]
    with np.errstate(all="ignore"):
        exact = _exact(d, activation, alpha)
        rest = exact - sum(term * alpha ** (2 * m) for m, term in enumerate(terms))
        return _bound(rest) + _ROUNDING * float(np.mean(exact))


# range, value and verdict ask at the same gain
@refuses_text("activation")
@lru_cache(maxsize=256)
def leftover_constant(d: int, activation: sp.Expr, order: int, alpha: float) -> float:
    """Return K such that the series to α^order leaves out at most K α'^(order+2), 0 < α' ≤ alpha.

    The largest of the bounds at gains up to ``alpha`` and of that of the next term, the limit for
    small gains.

    Examples
    --------
    >>> leftover_constant(8, sp.Symbol("u"), 6, 0.5)
    0.0
    """
    next_term = _bound(_taylor(d, activation, order)[-1])
    # at smaller gains rounding is more than what is left out: the bound at larger ones serves
    gain = max(alpha, _SMALL)
    bounds: Sequence[float] = [
        leftover_at(d, activation, order, gain * part) / (gain * part) ** (order + 2)
        for part in _GRID
    ]
    # what a linear activation leaves is rounding
    found = max(next_term, *bounds)
    return found if found * gain ** (order + 2) > 1e-25 else 0.0
