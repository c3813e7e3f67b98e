"""One-dimensional integrals over the spectrum, in floating point with an error estimate.

For u uniform on the sphere and a = Σ λ_i u_i², every E log a and E a^(-q) is an integral over
t > 0 of powers of t and of Π (1 + λ_i t)^(-1/2) (see
:mod:`bn_theory.laws.sphere_integrals.derive`). With t = e^s the integrand is analytic for
|Im s| < π/2 and decays exponentially at both ends, so the trapezoidal rule converges geometrically,
whatever the ratio of the eigenvalues; products are summed as logarithms on the scale of the mean,
so nothing overflows. Near isometry the integrands are formed from the deviations δ_i = λ_i/m - 1:
results keep their relative accuracy however small they are.

Reference: L. N. Trefethen & J. A. C. Weideman, The exponentially convergent trapezoidal rule, SIAM
Review 56 (2014) 385–458.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from weingarten.errors import InvalidInputError

__all__ = [
    "ROUNDING",
    "Quadrature",
    "log_sensitivities",
    "mean_log_ratio",
    "negative_moment",
    "negative_moment_sensitivities",
]

Array = npt.NDArray[Any]

_EPS = float(np.finfo(float).eps)
#: Relative rounding of a value that a few operations in double precision give.
ROUNDING = 8 * _EPS
# integrands are cut where their logarithm falls below this
_CUT = -70.0
_COARSEST, _FINEST = 0.5, 1 / 32


@dataclass(frozen=True)
class Quadrature:
    """A value (a float or an array) and an estimate of its absolute error, of the same shape."""

    value: Any
    error: Any


def _relative(eigenvalues: npt.ArrayLike) -> tuple[Array, Array, float]:
    """Return λ_i/m, the deviations λ_i/m - 1 to full relative accuracy, and the mean m."""
    values = np.asarray(eigenvalues, dtype=float)
    usable = values.ndim == 1 and values.size > 0 and bool(np.all(np.isfinite(values)))
    if not usable or np.any(values < 0) or not np.any(values):
        raise InvalidInputError(
            "eigenvalues",
            "must be a non-empty sequence of finite non-negative numbers, not all zero",
            eigenvalues,
            "pass the eigenvalues of G, for instance [2, 1, 1]",
        )
    # a power of two as the scale: exact, and no sum overflows
    exponent = int(np.frexp(values.max())[1])
    scaled = np.ldexp(values, -exponent)
    mean = math.fsum(scaled) / len(scaled)
    return scaled / mean, (scaled - mean) / mean, math.ldexp(mean, exponent)


def _log_product(ratios: Array, s: Array, weights: Array | None = None) -> Array:
    """Return -½ Σ log(1 + λ_i e^s), each term as often as its weight says."""
    positive = ratios > 0
    logs = np.logaddexp(0.0, s[:, None] + np.log(ratios[positive]))
    return -0.5 * (logs.sum(axis=-1) if weights is None else logs @ weights[positive])


def _log_minus_linear(x: Array) -> Array:
    """Return log(1+x) - x for |x| ≤ 1/4 to full relative accuracy: a series in z = x/(2+x)."""
    z = x / (2 + x)
    square = z * z
    series = np.zeros_like(x)
    for k in range(10, 0, -1):
        series = square * (1 / (2 * k + 1) + series)
    # log(1+x) = 2 (z + z³/3 + …) and 2z - x = -x z
    return -x * z + 2 * z * series


def _trapezoid(
    integrand: Callable[[Array], Array], low: float, high: float, roughness: float
) -> Quadrature:
    """Integrate over the real line what is negligible outside [low, high].

    ``integrand(s)`` has the points on its first axis. The step is halved until two results agree
    to rounding; the error is their difference, plus rounding: ``roughness`` units in the last
    place of the summed absolute values.
    """
    count, step = math.ceil((high - low) / _COARSEST), _COARSEST
    values = integrand(low + step * np.arange(count + 1))
    total, absolute = values.sum(axis=0), np.abs(values).sum(axis=0)
    while True:
        values = integrand(low + step * (np.arange(count) + 0.5))
        finer, absolute = total + values.sum(axis=0), absolute + np.abs(values).sum(axis=0)
        difference = np.abs(finer * step / 2 - total * step)
        total, step, count = finer, step / 2, 2 * count
        if step <= _FINEST or np.all(difference <= 8 * _EPS * absolute * step):
            return Quadrature(total * step, difference + roughness * _EPS * absolute * step)


def _upper_end(logarithm: Callable[[Array], Array], start: float = 4.0, peak: float = 0.0) -> float:
    """Return a point from which on a logarithm that decreases stays below the cut."""
    high = start
    while logarithm(np.array([high]))[0] > peak + _CUT:
        high += 4.0
    return high


def _roughness(ratios: Array, constant: float) -> float:
    """Return how many units in the last place an integrand may be off: t^q and the λ_i t."""
    return 16.0 + abs(constant) + float(np.max(np.abs(np.log(ratios[ratios > 0]))))


def mean_log_ratio(eigenvalues: npt.ArrayLike) -> Quadrature:
    """Return E log(a/m) for a = Σ λ_i u_i², u uniform on the sphere, m the mean of the λ_i.

    ``E log(a/m) = ∫_0^∞ [(1+t)^(-d/2) - Π (1 + λ_i t/m)^(-1/2)] dt/t``. It is never positive, and
    exactly 0 where all eigenvalues are equal.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
        Non-negative, not all zero; their ratios may be anything.

    Examples
    --------
    >>> import math
    >>> result = mean_log_ratio([9.0, 1.0])
    >>> abs(result.value - 2 * math.log(2) + math.log(5)) < result.error < 1e-13
    True
    """
    ratios, deviations, _ = _relative(eigenvalues)
    if not np.any(deviations):
        return Quadrature(0.0, 0.0)
    width = len(ratios)
    # equal eigenvalues are one, with a weight; all that are small have the deviation -1
    ratios, places, weights = np.unique(ratios, return_index=True, return_counts=True)
    deviations = deviations[places]
    small = np.abs(deviations) <= 0.25
    near, far = deviations[small], deviations[~small]
    near_weights, far_weights = weights[small], weights[~small]
    with np.errstate(divide="ignore"):
        far_logs = np.log(ratios[~small])

    def integrand(s: Array) -> Array:
        column = s[:, None]
        fraction = special.expit(column)
        base = np.logaddexp(0.0, column)
        # the deviations sum to zero, so their linear terms drop out
        spread = -0.5 * (
            _log_minus_linear(near * fraction) @ near_weights
            + (np.logaddexp(0.0, column + far_logs) - base - far * fraction) @ far_weights
        )
        isotropic = -0.5 * width * base[:, 0]
        close = np.minimum(spread, 1.0)
        return np.where(
            spread < 1,
            -np.exp(isotropic) * np.expm1(close),
            np.exp(isotropic) - np.exp(np.minimum(isotropic + spread, 0.0)),
        )

    low = -math.log(width * float(ratios.max())) - 24
    high = _upper_end(
        lambda s: np.maximum(_log_product(ratios, s, weights), -0.5 * width * np.log1p(np.exp(s)))
    )
    result = _trapezoid(integrand, low, high, 16.0)
    return Quadrature(float(result.value), float(result.error))


def log_sensitivities(eigenvalues: npt.ArrayLike) -> Quadrature:
    """Return λ_k ∂E[log a]/∂λ_k for every k, as arrays; they add up to 1.

    ``λ_k ∂E[log a]/∂λ_k = ½ ∫_0^∞ λ_k (1 + λ_k t)^(-1) Π (1 + λ_i t)^(-1/2) dt``.

    Examples
    --------
    >>> log_sensitivities([4.0, 1.0]).value.round(12).tolist()
    [0.666666666667, 0.333333333333]
    """
    return _sensitivities(eigenvalues, 0.0, 0.5)


def negative_moment(eigenvalues: npt.ArrayLike, q: float = 1.0) -> Quadrature:
    """Return E a^(-q), infinite unless there are more than 2q non-zero eigenvalues.

    ``E a^(-q) = B(q, d/2 - q)^(-1) ∫_0^∞ t^(q-1) Π (1 + λ_i t)^(-1/2) dt``.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
    q : float
        Positive.

    Examples
    --------
    >>> result = negative_moment([1.0, 1.0, 1.0, 0.0])
    >>> abs(result.value - 2) < result.error < 1e-12
    True
    """
    ratios, _, mean = _relative(eigenvalues)
    _check_power(q)
    if np.count_nonzero(ratios) <= 2 * q:
        return Quadrature(math.inf, 0.0)
    if np.all(ratios == ratios[0]):
        return Quadrature(mean**-q, 0.0)
    constant = float(special.betaln(q, len(ratios) / 2 - q))

    def integrand(s: Array) -> Array:
        return np.exp(_log_product(ratios, s) + q * s - constant)

    low, high = _ends(ratios, q, constant)
    result = _trapezoid(integrand, low, high, _roughness(ratios, constant))
    return Quadrature(float(result.value) * mean**-q, float(result.error) * mean**-q)


def negative_moment_sensitivities(eigenvalues: npt.ArrayLike, q: float = 1.0) -> Quadrature:
    """Return λ_k ∂E[a^(-q)]/∂λ_k for every k, as arrays; they add up to -q E a^(-q).

    Examples
    --------
    >>> negative_moment_sensitivities([1.0, 1.0, 1.0, 1.0]).value.round(12).tolist()
    [-0.25, -0.25, -0.25, -0.25]
    """
    _check_power(q)
    ratios, _, mean = _relative(eigenvalues)
    if np.count_nonzero(ratios) <= 2 * q:
        raise InvalidInputError(
            "eigenvalues",
            f"must have more than {2 * q:g} non-zero entries for a finite moment",
            np.count_nonzero(ratios),
            "add eigenvalues",
        )
    scale = -0.5 * mean**-q
    return _sensitivities(eigenvalues, q, scale, float(special.betaln(q, len(ratios) / 2 - q)))


def _check_power(q: float) -> None:
    if not q > 0:
        raise InvalidInputError("q", "must be positive", q, "pass q > 0")


def _sensitivities(
    eigenvalues: npt.ArrayLike, q: float, scale: float, constant: float = 0.0
) -> Quadrature:
    """Return scale · ∫ t^q λ_k (1+λ_k t)^(-1) Π (1+λ_i t)^(-1/2) dt · e^(-constant), in λ_k/m."""
    ratios, _, _ = _relative(eigenvalues)
    with np.errstate(divide="ignore"):
        logs = np.log(ratios)

    def integrand(s: Array) -> Array:
        envelope = np.exp(_log_product(ratios, s) + q * s - constant)
        return envelope[:, None] * special.expit(s[:, None] + logs)

    def least(s: Array) -> Array:
        """Return the logarithm of the integrand for the smallest eigenvalue, the last to fall."""
        smallest = float(logs[ratios > 0].min())
        return _log_product(ratios, s) + q * s - constant + special.log_expit(s + smallest)

    low, _ = _ends(ratios, q, constant)
    low = low if q else low - 24
    places = np.arange(low, 8 - float(logs[ratios > 0].min()), _COARSEST)
    heights = least(places)
    top = int(np.argmax(heights))
    high = _upper_end(least, max(4.0, float(places[top])), float(heights[top]))
    result = _trapezoid(integrand, low, high, _roughness(ratios, constant))
    return Quadrature(scale * result.value, abs(scale) * result.error)


def _ends(ratios: Array, q: float, constant: float) -> tuple[float, float]:
    scale = -math.log(len(ratios) * float(ratios.max()))
    low = scale - (50 / q if q else 50)
    high = _upper_end(lambda s: _log_product(ratios, s) + q * s - constant)
    return low, high
