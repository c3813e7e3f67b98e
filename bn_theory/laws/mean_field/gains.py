"""Numbers of a shaped layer at any gain: means over the normal law, sums over layers, one layer."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.laws.common.activations import NumericActivation
from bn_theory.laws.mean_field.activation import first_power
from bn_theory.laws.mean_field.derive import control_mean, normal_variance
from bn_theory.notation import ARGUMENT
from weingarten.budget import foresee, tick
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import sample_haar

__all__ = ["Value", "injected", "layer_terms", "total"]

Array = npt.NDArray[np.float64]
#: A number and how far it may be off.
Value = tuple[float, float]

#: Ends of the panels of the quadrature on a half-line, fine at 0, and its nodes in each.
_ENDS = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 13), np.linspace(1.5, 13.0, 24)])
_NODES, _FEWER = 16, 11
_AT_ONCE = 64
#: Layers that are added one by one, and the ratio of the ends of the cells beyond.
_SINGLE, _CELL = 512, 1.02
#: Gains below which the leading power of a term is all of it, or rounding leaves nothing else.
_SMALL, _LAST_DIGITS = 1e-3, 14.0
#: The gain that stands for smaller ones, whose powers are no floats, and the largest one of which
#: the quadrature resolves the slopes.
_TINY, _LARGEST = 1e-60, 1e6
#: How much work the samples of one layer are, and how many standard errors are stated.
_SAMPLED_WORK, _ERRORS = 1e8, 6.0


# every gain is integrated at the same nodes
@lru_cache(maxsize=4)
def _rule(nodes: int) -> tuple[Array, Array]:
    """Return nodes and weights for means over the normal law, panel by panel."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(_ENDS) / 2
    right = (_ENDS[:-1, None] + half[:, None] * (1 + points)).ravel()
    mass = (half[:, None] * weights).ravel() * np.exp(-(right**2) / 2)
    mass /= 2 * mass.sum()
    deviation = math.sqrt(float(normal_variance()))
    return deviation * np.concatenate([-right, right]), np.concatenate([mass, mass])


def _terms(activation: sp.Expr, gains: Array, nodes: int) -> Array:
    """Return 1 - β₀ and χ - 1 at each gain, without cancellation; of shape (2, gains)."""
    points, weights = _rule(nodes)
    function = NumericActivation(activation)
    found = []
    for start in range(0, len(gains), _AT_ONCE):
        tick()
        alpha = np.maximum(gains[start : start + _AT_ONCE, None], _TINY)
        with np.errstate(over="ignore", invalid="ignore"):
            value = np.broadcast_to(function(alpha * points), (len(alpha), len(points)))
            # neither term depends on the scale of f, whose squares may leave the range of floats
            scale = np.max(np.abs(value), axis=1, keepdims=True)
            scale = np.where(scale > 0, scale, 1.0)
            value, slope = value / scale, function.slope(alpha * points) * (alpha / scale)
            linear = (value * points) @ weights
            rest = value - (value @ weights)[:, None] - linear[:, None] * points
            noise = rest**2 @ weights
            bent = (slope - linear[:, None]) ** 2 @ weights
            size = linear**2 + noise
        if not np.all(np.isfinite(size + bent)) or np.any(size == 0):
            raise InvalidInputError(
                "activation",
                "must have a finite mean square, not zero, over the normal law",
                activation,
                "pass another activation, or smaller gains",
            )
        found.append(np.stack([noise / size, (bent - noise) / size]))
    return np.concatenate(found, axis=1)


def layer_terms(activation: sp.Expr, gains: Array) -> tuple[Array, Array]:
    """Return -2 log β₀ and ½ log χ at each gain, and how far each may be off."""
    with np.errstate(divide="ignore", invalid="ignore"):  # an even f keeps nothing: β₀ = 0
        fine, coarse = (
            np.stack([-2 * np.log1p(-noise), np.log1p(growth) / 2])
            for noise, growth in (_terms(activation, gains, nodes) for nodes in (_NODES, _FEWER))
        )
        return fine, np.nan_to_num(np.abs(fine - coarse)) + 1e-15


# range, value and verdict ask for the same sum
@lru_cache(maxsize=256)
def total(activation: sp.Expr, alpha: float, p: float, layers: int | sp.Expr) -> tuple[Value, ...]:
    """Return Σ -2 log β₀(α_l) and Σ ½ log χ(α_l) over layers with gains α l^(-p).

    At infinite depth both are infinite unless 2(r-1)p > 1, with r the first power after u in the
    activation: terms fall with α_l^(2(r-1)). Beyond 512 layers the terms over that power, which
    vary slowly, are taken as constant in cells of 2 %.
    """
    if activation.diff(ARGUMENT, 2) == 0 or alpha == 0:
        return (0.0, 0.0), (0.0, 0.0)
    if alpha > _LARGEST:
        raise InvalidInputError(
            "alpha",
            f"must be at most {_LARGEST:g}: means over the normal law are not resolved beyond",
            alpha,
            "take smaller gains, or sample: .simulate(...) with the same values",
        )
    infinite = layers is sp.oo
    last = math.inf if infinite else float(int(layers))
    power = first_power(activation) if last > _SINGLE else None
    decay = 0 if power is None else 2 * (power - 1)
    if infinite and decay * p <= 1:
        return (math.inf, 0.0), (math.inf, 0.0)
    if p == 0:
        terms, errors = layer_terms(activation, np.array([alpha]))
        return _pairs(last * terms[:, 0], last * errors[:, 0])
    single = np.arange(1.0, min(_SINGLE, last) + 1)
    terms, errors = layer_terms(activation, alpha * single**-p)
    sums, off = terms.sum(axis=1), errors.sum(axis=1)
    if last > _SINGLE:
        # where the gain is small the leading power is all there is, in one last cell
        small = max(_SMALL, 10 ** (-_LAST_DIGITS / decay)) if infinite else 0.0
        far = max(_SINGLE + 2.0, (alpha / small) ** (1 / p)) if infinite else last + 1
        cells = 2 + int(np.log(far / _SINGLE) / np.log(_CELL))
        ends = np.unique(np.rint(np.geomspace(_SINGLE + 1, far, cells)))
        middle = np.sqrt(ends[:-1] * (ends[1:] - 1))
        if infinite:
            ends, middle = np.append(ends, math.inf), np.append(middle, ends[-1])
        scale = middle ** (decay * p)
        terms, errors = layer_terms(activation, alpha * middle**-p)
        weights = _power_sums(ends, decay * p)
        slow = terms * scale
        spread = np.abs(np.gradient(slow, axis=1)) / 2
        spread[:, -1] += small**2 * np.abs(slow[:, -1])
        sums = sums + slow @ weights
        off = off + (errors * scale + spread) @ weights
    return _pairs(sums, off)


def _pairs(sums: Array, errors: Array) -> tuple[Value, ...]:
    return tuple((float(x), float(e)) for x, e in zip(sums, errors, strict=True))


def _power_sums(ends: Array, power: float) -> Array:
    """Return Σ l^(-power) over the integers from each end to the next, to about 1/ends²."""
    edges = ends - 0.5
    if power == 1:
        return np.diff(np.log(edges))
    return np.diff(edges ** (1 - power)) / (1 - power)


# range, value and verdict ask for the same layer
@lru_cache(maxsize=64)
def injected(activation: sp.Expr, d: int, alpha: float) -> Value:
    """Return the mean variance that one layer of width d injects, and six standard errors.

    Haar matrices are sampled; the part of the variance that goes with its cubic polynomial has an
    exact mean, by the engine, and only the rest is left to the samples.
    """
    if alpha == 0 or d == 2 or activation.diff(ARGUMENT, 2) == 0:
        return 0.0, 0.0  # two rows of O(2) stay orthogonal under an odd function
    matrices = int(np.clip(_SAMPLED_WORK / d**3, 32, 40_000))
    each = 1.2e-7 * d**2 + 1.5e-10 * d**3  # entries are drawn and mapped, and rows multiplied
    foresee(f"{matrices} matrices of width {d}", 0.05 + matrices * each)
    function = NumericActivation(activation)
    rng = np.random.default_rng([d, 3])
    block = max(1, min(matrices, 2_000_000 // d**2))
    seen = []
    for start in range(0, matrices, block):
        tick()
        haar = np.asarray(sample_haar(d, size=(min(block, matrices - start),), rng=rng))
        rows = function(alpha * math.sqrt(d) * haar)
        rows /= np.linalg.norm(rows, axis=-1, keepdims=True)
        gram = rows @ np.swapaxes(rows, 1, 2)
        cubic = haar**3 @ np.swapaxes(haar, 1, 2)
        cubic += np.swapaxes(cubic, 1, 2)
        # the diagonals: rows have norm 1, and the control is about pairs
        diagonal = np.einsum("bii->bi", cubic)
        variance = (np.sum(gram**2, axis=(1, 2)) - d) / d
        control = (np.sum(cubic**2, axis=(1, 2)) - np.sum(diagonal**2, axis=1)) / d
        seen.append(np.stack([variance, control]))
    variance, control = np.concatenate(seen, axis=1)
    slope = np.cov(variance, control)[0, 1] / control.var(ddof=1)
    rest = variance - slope * (control - float(control_mean(d)))
    return float(rest.mean()), _ERRORS * float(rest.std(ddof=2)) / math.sqrt(len(rest))
