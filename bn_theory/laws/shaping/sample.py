"""Draws of shaped networks: state, activation f(αu)/α on unit-variance entries, weights, norms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bn_theory.networks.network_draws import Array, Values, isotropic_gradient
from bn_theory.networks.simulate import draw_weight, isometry_gap, layer_backward, layer_forward
from weingarten.sampled.sampling import sample_haar

__all__ = [
    "antisymmetric_growth",
    "gradient_profile",
    "injected_gap",
    "scheduled_injection",
    "shaped",
]

Activation = Callable[[Array], Array]


def shaped(state: Array, alpha: float, activation: Activation) -> Array:
    """Return f(α√d X)/(α√d) for a state with unit rows."""
    scale = alpha * np.sqrt(state.shape[-2])
    return activation(scale * state) / scale


def _variance(rows: Array) -> Array:
    """Return the variance of the eigenvalues of the Gram matrix of the normalised rows."""
    unit = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    gram = unit @ np.swapaxes(unit, -1, -2)
    width = gram.shape[-1]
    off = gram * (1 - np.eye(width))
    return np.asarray(np.sum(off**2, axis=(-2, -1)) / width)


def injected_gap(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the spectrum variance after one shaped activation of a Haar orthogonal state."""
    state = np.asarray(sample_haar(values["d"], size=(networks,), rng=rng))
    return _variance(shaped(state, values["alpha"], values["activation"]))


def scheduled_injection(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the variance that layers 1 to ``depth`` inject, each at isometry, gains α l^(-p)."""
    total = np.zeros(networks)
    for layer in range(1, int(values["depth"]) + 1):
        gain = values["alpha"] * layer ** -float(values["exponent"])
        total += injected_gap({**values, "alpha": gain}, networks, rng)
    return total


def antisymmetric_growth(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the growth per layer of log‖Anti(Xᵀ ∂ℓ/∂X)‖ from an isotropic antisymmetric start.

    The mean of two networks with the same weights, one with the activation f and one with its
    mirror 2f'(0)u - f(u): their c3 are opposite, which cancels the noise of order α² and no term of
    order α⁴.
    """
    width, depth = values["d"], int(values["depth"])
    start = np.asarray(sample_haar(width, size=(networks,), rng=rng))
    shape = (width, width)
    weights = [draw_weight(shape, "haar", networks, rng) for _ in range(depth)]
    skew = _skew(rng.standard_normal((networks, *shape)))
    found = np.zeros(networks)
    for mirrored in (False, True):
        state, kept = start, []
        for layer, weight in enumerate(weights, 1):
            gain = values["alpha"] * layer ** -float(values["exponent"])
            active = shaped(state, gain, values["activation"])
            slope = values["activation"].slope(gain * np.sqrt(width) * state)
            if mirrored:
                linear = values["activation"].slope(0.0)
                active, slope = 2 * linear * state - active, 2 * linear - slope
            step = layer_forward(active, weight)
            kept.append((step, weight, slope))
            state = step.state
        gradient = np.asarray(np.linalg.solve(np.swapaxes(state, -1, -2), skew), dtype=np.float64)
        for step, weight, slope in reversed(kept):
            gradient = layer_backward(step, weight, gradient)[0] * slope
        found += _log_size(_skew(np.swapaxes(start, -1, -2) @ gradient)) - _log_size(skew)
    return found / (2 * depth)


def _skew(matrix: Array) -> Array:
    return (matrix - np.swapaxes(matrix, -1, -2)) / 2


def _log_size(matrix: Array) -> Array:
    return np.asarray(np.log(np.linalg.norm(matrix, axis=(-2, -1))))


def gradient_profile(
    width: int,
    gains: Sequence[float],
    activation: Any,
    networks: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return log ‖∂ℓ/∂X_l‖ and the isometry gap φ(X_l) for l = 0 … L, each (networks, L+1).

    Parameters
    ----------
    activation : NumericActivation
        With a ``slope``.
    gains : sequence of float
        α_1, …, α_L. Norms are carried as logarithms, so no depth overflows.
    """
    state = np.asarray(sample_haar(width, size=(networks,), rng=rng))
    kept, gaps = [], [isometry_gap(state)]
    root = np.sqrt(width)
    for gain in gains:
        weight = draw_weight((width, width), "haar", networks, rng)
        slope = activation.slope(gain * root * state)
        step = layer_forward(shaped(state, gain, activation), weight)
        kept.append((step, weight, slope))
        state = step.state
        gaps.append(isometry_gap(state))
    gradient = isotropic_gradient(networks, width, width, rng)
    logs = [np.zeros(networks)]
    for step, weight, slope in reversed(kept):
        below, _ = layer_backward(step, weight, gradient)
        gradient = below * slope
        norm = np.linalg.norm(gradient, axis=(-2, -1))
        gradient = gradient / norm[:, None, None]
        logs.append(logs[-1] + np.log(norm))
    return np.stack(logs[::-1], axis=-1), np.stack(gaps, axis=-1)
