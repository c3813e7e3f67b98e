"""Draws of wide networks with an activation at any gain: spectrum, gradient, one layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from bn_theory.networks.network_draws import Array, Values, isotropic_gradient
from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_backward, layer_forward
from weingarten.sampled.sampling import sample_haar

__all__ = ["gradient_growth", "injected", "spectrum_variance"]


def _variance(state: Array) -> Array:
    gram = state @ np.swapaxes(state, -1, -2)
    width = gram.shape[-1]
    return np.asarray(np.sum(gram**2, axis=(-2, -1)) / width - 1)


def _passed(
    values: Values, networks: int, rng: np.random.Generator, keep: bool
) -> tuple[Array, list[tuple[ForwardStep, Array, Array]]]:
    width, activation = int(values["d"]), values["activation"]
    centred = bool(values.get("mean_removal", False))
    state = np.asarray(sample_haar(width, size=(networks,), rng=rng))
    kept: list[tuple[ForwardStep, Array, Array]] = []
    for layer in range(1, int(values["depth"]) + 1):
        scale = values["alpha"] * layer ** -float(values["exponent"]) * np.sqrt(width)
        weight = draw_weight((width, width), "haar", networks, rng)
        step = layer_forward(activation(scale * state) / scale, weight, mean_removal=centred)
        if keep:
            kept.append((step, weight, activation.slope(scale * state)))
        state = step.state
    return state, kept


def spectrum_variance(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the variance of the eigenvalues of G after ``depth`` layers from isometry."""
    return _variance(_passed(values, networks, rng, keep=False)[0])


def gradient_growth(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return log(‖∂ℓ/∂X_0‖/‖∂ℓ/∂X_L‖) for an isotropic gradient at the top."""
    grown = [_grown(values, rng) for _ in range(networks)]  # one by one: all states are kept
    return np.array(grown)


def _grown(values: Values, rng: np.random.Generator) -> Any:
    state, kept = _passed(values, 1, rng, keep=True)
    centred = bool(values.get("mean_removal", False))
    gradient = isotropic_gradient(1, state.shape[-2], state.shape[-1], rng)
    total = 0.0
    for step, weight, slope in reversed(kept):
        gradient = layer_backward(step, weight, gradient, mean_removal=centred)[0] * slope
        norm = np.linalg.norm(gradient)
        gradient = gradient / norm
        total += np.log(norm)
    return total


def injected(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the spectrum variance after one activation of a Haar orthogonal state."""
    width = int(values["d"])
    state = np.asarray(sample_haar(width, size=(networks,), rng=rng))
    rows = values["activation"](values["alpha"] * np.sqrt(width) * state)
    return _variance(rows / np.linalg.norm(rows, axis=-1, keepdims=True))
