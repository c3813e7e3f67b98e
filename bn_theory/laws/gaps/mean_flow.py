r"""The isometry gap over many layers from any spectrum: the mean of one layer, again and again.

One layer takes D = -E log(a/m) off the gap, an integral over the spectrum. After many layers the
spectrum is random; for large d it follows its mean, the flow of moments of
:mod:`bn_theory.laws.stationary.derive`, in which c stands for the limits α = β = δ. With
M(t) = tr (1 + tG)^(-1)/d on t > 0 and R = (1 - M)/t, points move along

``dM = c R,  dR = c R (1 + ε + ν M),  t = (1 - M)/R``

in the time that makes the gap shrink by the exact rate of the contraction near isometry. ν is the
strength of the random part and ε = v - ν keeps tr G = d. The integral D needs K(t) = tr log(1+tG)/d
- log(1 + t), which is carried along: dK = (c/2)(ν (1 - M)² + 2 (ε + ν M) t/(1 + t)); K(∞) = -φ.

In every layer ν is chosen so that the gap loses D, the exact mean at the spectrum that has been
reached. What is left out is that spectra scatter about their mean, and what the next order in 1/d
adds to the shape of the spectrum: nothing after one layer, and little after many (the estimate that
goes with each value is that seen in sampled networks of widths 2 to 64; nothing proves it).

The mean Gram matrix of the samples, K = XᵀX, needs no more than the same points. A power of it
changes as that of G does, but that only one side of a pair of deviations is closed by a trace:
d · ΔK^k = -2k (K^{k+1} - K^k) + 2v Σ_{q<k} (k - q) m_q K^{k-q}, whose trace is the flow of m_k. So
O = E (1 + tK)^(-1) has dO = c (1 - O)/t along the points, as M has; (1 - O)/t over R = (1 - M)/t
stays what it was, and E K_L, at t = 0, is K_0 (1 + τ K_0)^(-1) over its mean, τ the origin of the
point that has reached 0.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import sympy as sp
from scipy.interpolate import CubicSpline

from bn_theory.laws.common.quadrature import mean_log_ratio
from bn_theory.laws.contraction.derive import contraction_rate
from bn_theory.laws.stationary.derive import flow, limits
from weingarten.budget import tick
from weingarten.errors import InvalidInputError

__all__ = ["SMALLEST", "Followed", "followed", "mean_flow"]

Array = npt.NDArray[np.float64]

#: Step of the grid in log t: the integrands are analytic in a strip, and the splines smooth.
_STEP = 0.1
#: The grid goes from this over d to this over the least eigenvalue.
_LOW, _HIGH = 1e-4, 1e6
#: Points nearer to t = 0 than this over d are filled in: there the mean eigenvalue, 1, is a
#: difference of large numbers.
_NEAREST = 0.2
#: Variance of the spectrum below which a layer just multiplies the gap by its rate.
_NEAR = 0.002
#: Least eigenvalue, relative to the mean, that the grid reaches.
SMALLEST = 1e-60
#: What has been seen to be left out, at most, as logarithms of the gap: over d for each factor e
#: that the gap has lost, by the scatter, and the same in units of φ_0, where few slow draws make up
#: the mean; over d in units of v, by steps of layers that are not small; and by the grid.
_SCATTER, _SLOW, _STEPS, _GRID = 0.5, 0.25, 0.35, 2e-4
#: Share of the gap that layers near isometry take off by t_3, over t_3/t_2, at most.
_SKEWNESS = 0.4


class Followed(NamedTuple):
    """What is known after 0, 1, …, L layers, each an array of shape (L + 1,).

    ``gaps`` are mean isometry gaps, ``losses`` what the layer has taken off, -E log a in it (0 for
    layer 0), ``origins`` the τ of the mean Gram matrix of the samples, for G_0 of mean 1;
    ``shares`` and ``loss_shares`` estimate the relative errors of gaps and losses.
    """

    gaps: Array
    losses: Array
    origins: Array
    shares: Array
    loss_shares: Array


def mean_flow(eigenvalues: npt.ArrayLike, depth: int) -> tuple[Array, Array]:
    """Return the gap after 0, 1, …, depth layers, and an estimate of the error of each.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
        Of G_0, all positive.
    depth : int

    Returns
    -------
    gaps, errors : ndarray of shape (depth + 1,)

    Examples
    --------
    >>> gaps, errors = mean_flow([4.0] * 16 + [1.0] * 48, 60)
    >>> gaps[[0, 30, 60]].round(4).tolist(), errors[60].round(4).tolist()
    ([0.213, 0.0771, 0.0316], 0.0006)
    """
    found = followed(eigenvalues, depth)
    return found.gaps, found.gaps * found.shares


def followed(eigenvalues: npt.ArrayLike, depth: int) -> Followed:
    """Return all that the flow gives, and how far each may be off.

    Examples
    --------
    >>> found = followed([4.0] * 4 + [1.0] * 12, 5)
    >>> found.origins.round(3).tolist()
    [0.0, 0.129, 0.28, 0.454, 0.653, 0.878]
    """
    values = np.sort(np.asarray(eigenvalues, dtype=float))
    if len(values) == 1:  # always at isometry
        return Followed(*np.zeros((5, depth + 1)))
    relative = values / values.mean()
    if relative[0] < SMALLEST:
        raise InvalidInputError(
            "eigenvalues",
            f"must be above {SMALLEST:g} of their mean to be followed over layers",
            float(values[0]),
            "sample the quantity: .simulate(...) with the same values",
        )
    d, (gaps, losses, origins, skewed) = len(values), _followed(relative.tobytes(), int(depth))
    # near isometry the recursion is linear, and its mean the exact one: nothing more is left out
    near = np.flatnonzero(gaps < _NEAR / 2)
    least = gaps[near[0]] if near.size else gaps[-1]
    lost = np.log(gaps[0] / np.maximum(gaps, least)) if least > 0 else np.zeros_like(gaps)
    scatter = max(_SCATTER, _SLOW * gaps[0])
    off = scatter * lost / d + _STEPS * float(np.var(relative)) / d + skewed + _GRID
    off[0], off[1:2] = 0.0, _GRID
    shares, loss_shares = (
        # no draw has a larger gap than at first
        np.minimum(np.expm1(np.minimum(part, 600.0)), gaps[0] / np.maximum(values, 1e-300))
        for part, values in ((off, gaps), (off + scatter / d, losses))
    )
    return Followed(gaps, losses, origins, shares, loss_shares)


# a value is asked for with its error
@lru_cache(maxsize=8)
def _followed(eigenvalues: bytes, depth: int) -> tuple[Array, ...]:
    """Return gaps, losses and origins, and the share that skewness adds where it is left out."""
    relative = np.frombuffer(eigenvalues)
    spectrum = _Spectrum(relative)
    gaps, losses, origins, skewed = np.zeros((4, depth + 1))
    gaps[0] = float(np.mean(-np.log(relative)))
    rate = float(contraction_rate(len(relative)))
    for layer in range(1, depth + 1):
        tick()
        if spectrum.variance < _NEAR:
            powers = rate ** np.arange(1, depth + 2 - layer)
            gaps[layer:] = gaps[layer - 1] * powers
            losses[layer:] = gaps[layer:] * (1 / rate - 1)
            origins[layer:] = spectrum.origins_of(1 / np.maximum(powers, 1e-300) - 1)
            ratio = spectrum.third / spectrum.variance if spectrum.variance > 0 else 0.0
            skewed[layer:] = _SKEWNESS * abs(ratio)
            break
        losses[layer] = spectrum.pass_layer()
        gaps[layer], origins[layer] = spectrum.gap, spectrum.origin
    if depth:  # without the grid
        losses[1] = abs(mean_log_ratio(relative).value)
        gaps[1] = gaps[0] - losses[1]
    return gaps, losses, origins, skewed


class _Spectrum:
    """The mean spectrum of G, mean 1, as functions of t on a grid in log t.

    ``dispersion`` is (M - 1/(1+t)) (1+t)³/t², from v at 0 to tr G^(-1)/d - 1 at infinity, and
    ``gaps`` is -K (1+t)²/t², from v/2 to φ: positive, and to full relative accuracy near isometry.
    """

    def __init__(self, relative: Array) -> None:
        self.width = len(relative)
        low, high = np.log(_LOW / self.width), np.log(_HIGH / relative[0])
        self.t = np.exp(np.arange(low, high, _STEP))
        self.square = (self.t / (1 + self.t)) ** 2
        self.weight = _STEP * np.exp(-self.width / 2 * np.log1p(self.t))
        values, counts = np.unique(relative, return_counts=True)
        weights, deviation, t = counts / self.width, values - 1, self.t[:, None]
        self.dispersion = (deviation**2 * (1 + t) / (1 + values * t)) @ weights
        self.origins = self.t.copy()
        self.origin = 0.0
        self.gaps = -(_log_beyond_linear(values, t) @ weights) / self.square
        limit, *others = {float(x) for x in limits()}
        if others:
            raise AssertionError("the limits of the averages differ: no layer keeps tr G = d")
        self.speed = limit
        self.time = -float(sp.log(contraction_rate(self.width))) / limit

    @property
    def gap(self) -> float:
        """The isometry gap."""
        return float(self.gaps[-1])

    @property
    def variance(self) -> float:
        """The variance of the eigenvalues."""
        return float(self.dispersion[0])

    @property
    def third(self) -> float:
        """The third central moment of the eigenvalues: less the slope of the dispersion at 0."""
        near = int(np.searchsorted(self.t, 0.1 / self.width))
        fallen = self.dispersion[0] - self.dispersion[near]
        return float(fallen / (self.t[near] - self.t[0]))

    def origins_of(self, points: Array) -> Array:
        """Return where points have come from, those beyond the grid in proportion."""
        at = np.arcsinh(self.t * self.width / 10)
        inside = np.minimum(points, self.t[-1])
        found = np.exp(CubicSpline(at, np.log(self.origins))(np.arcsinh(inside * self.width / 10)))
        return found * np.maximum(1.0, points / self.t[-1])

    def pass_layer(self) -> float:
        """Replace the spectrum by the mean one after one layer, and return what its gap loses."""
        d, t = self.width, self.t
        # E log(a/m) = ∫ ((1+t)^(-d/2) - exp(-d/2 tr log(1+tG)/d)) dt/t
        taken = -np.sum(self.weight * -np.expm1(np.minimum(d / 2 * self.square * self.gaps, 600.0)))
        third = self.third
        variance = self.variance + third * t[0]
        growth = _variance_growth(variance, third) / variance
        span = float(np.expm1(growth * self.time) / growth) if growth else self.time
        strength = 2 * variance - 2 * taken / (self.speed * span)
        for _ in range(3):
            points, below, logs, origins = self._moved(variance, strength, growth)
            missed = -logs[-1] - (self.gap - taken)
            if abs(missed) < 1e-5 * self.gap:
                break
            strength -= 2 * missed / (self.speed * span)
        scale = ((1 + points) / points) ** 2
        both = np.stack([below * points * scale, -logs * scale, origins], axis=-1)
        at = np.arcsinh(points * d / 10)
        found = np.exp(CubicSpline(at, np.log(both))(np.minimum(np.arcsinh(t * d / 10), at[-1])))
        self.dispersion, self.gaps, self.origins = found.T
        return float(taken)

    def _moved(self, variance: float, strength: float, growth: float) -> tuple[Array, ...]:
        """Return where points go in a layer, M - R and K there for a mean of 1, and origins."""
        t, c = self.t, self.speed
        excess = self.dispersion * self.square  # (1 + t) M - 1

        def rates(state: Array, time: float) -> Array:
            above, under, ratio, below, _ = state
            size = float(np.exp(growth * time))
            random = strength * size
            drift = variance * size - random + random * above
            return c * np.stack(
                [
                    ratio,
                    -ratio,
                    ratio * (1 + drift),
                    -ratio * drift,
                    random * under**2 / 2 + drift * under / (1 - below),
                ]
            )

        # M, 1 - M, R, M - R and K: none is a difference of others
        state = np.stack(
            [
                (1 + excess) / (1 + t),
                (t - excess) / (1 + t),
                (t - excess) / (1 + t) / t,
                excess / t,
                -self.gaps * self.square,
            ]
        )
        steps = max(1, int(np.ceil(c * self.time * (1 + variance) / 0.3)))
        h, time = self.time / steps, 0.0
        for _ in range(steps):
            first = rates(state, time)
            second = rates(state + h / 2 * first, time + h / 2)
            third = rates(state + h / 2 * second, time + h / 2)
            fourth = rates(state + h * third, time + h)
            state = state + h / 6 * (first + 2 * second + 2 * third + fourth)
            time += h
        above, under, ratio, below, logs = state
        points = under / ratio
        zero = int(np.searchsorted(points, 0.0))
        about = slice(max(zero - 8, 0), zero + 8)
        carried = np.stack([below, logs, self.origins])
        offset = CubicSpline(points[about], carried[:, about], axis=1)(0.0)
        mean = 1 - offset[0]  # R at t = 0
        self.origin = float(offset[2])
        kept = points > _NEAREST / self.width
        points, above, below, logs = points[kept], above[kept], below[kept], logs[kept]
        logs = logs - offset[1] - np.log1p((mean - 1) * points / (1 + points))
        return points * mean, (below + (mean - 1) * above) / mean, logs, self.origins[kept]


# every layer of every flow goes by it
@lru_cache(maxsize=1)
def _growth_polynomial() -> sp.Poly:
    v, third = sp.symbols("v t3")
    moments = {sp.Symbol("m2"): 1 + v, sp.Symbol("m3"): 1 + 3 * v + third}
    return sp.Poly(flow(2).xreplace(moments), v, third)


def _variance_growth(variance: float, third: float) -> float:
    """Return how v changes in the flow's time, with ``third`` for tr (G - I)³/d."""
    return sum(float(c) * variance**i * third**j for (i, j), c in _growth_polynomial().terms())


def _log_beyond_linear(values: Array, t: Array) -> Array:
    """Return log((1+xt)/(1+t)) - z, z = (x-1)t/(1+t), to full relative accuracy."""
    z = (values - 1) * t / (1 + t)
    series = -z * z * (1 / 2 - z * (1 / 3 - z * (1 / 4 - z * (1 / 5 - z / 6))))
    return np.where(np.abs(z) < 3e-3, series, np.log1p(values * t) - np.log1p(t) - z)
