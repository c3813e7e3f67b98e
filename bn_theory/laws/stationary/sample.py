"""Draws of deep networks with fewer samples than units, once their spectrum has settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.network_draws import isotropic_gradient
from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_backward, layer_forward

__all__ = ["gradient_growth", "log_scale", "spectrum_variance"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]

#: Layers in units of d: until nothing is left of the start, and over which a draw is averaged.
_SETTLING, _READING = 6, 3
#: Every so many layers a reading: those in between are nearly the same.
_STRIDE = 4
#: Layers in units of d that gradients pass until their direction has settled, and while it is read.
_TURNING, _GROWING = 3, 6
#: Numbers kept for the way back, at most: 256 MB.
_MOST_KEPT = 1 << 25


def _settled(values: Values, networks: int, rng: np.random.Generator) -> Iterator[ForwardStep]:
    d, n = int(values["d"]), int(values["n"])
    state = rng.standard_normal((networks, d, n))
    for layer in range((_SETTLING + _READING) * d):
        step = layer_forward(state, draw_weight((d, d), "haar", networks, rng))
        state = step.state
        if layer >= _SETTLING * d and layer % _STRIDE == 0:
            yield step


def spectrum_variance(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the variance of the d eigenvalues of X Xᵀ, averaged over layers."""
    readings = []
    for step in _settled(values, networks, rng):
        gram = step.state @ np.swapaxes(step.state, -1, -2)
        readings.append(np.sum(gram**2, axis=(-2, -1)) / gram.shape[-1] - 1)
    return np.mean(readings, axis=0)


def log_scale(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of ½ log(1/a_j) over units, averaged over layers."""
    readings = [
        -np.log(step.squared_row_norms).mean(axis=-1) / 2
        for step in _settled(values, networks, rng)
    ]
    return np.mean(readings, axis=0)


def gradient_growth(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the growth of log‖∂ℓ/∂X_l‖ per layer, far below the loss and far above the input."""
    d, n = int(values["d"]), int(values["n"])
    at_once = max(1, _MOST_KEPT // ((_TURNING + _GROWING) * d * d * (d + n)))
    blocks = [min(at_once, networks - start) for start in range(0, networks, at_once)]
    return np.concatenate([_growth(d, n, block, rng) for block in blocks])


def _growth(d: int, n: int, networks: int, rng: np.random.Generator) -> Array:
    state = rng.standard_normal((networks, d, n))
    kept = []
    for layer in range((_SETTLING + _GROWING + _TURNING) * d):
        weight = draw_weight((d, d), "haar", networks, rng)
        step = layer_forward(state, weight)
        state = step.state
        if layer >= _SETTLING * d:
            kept.append((step, weight))
    gradient = isotropic_gradient(networks, d, n, rng)
    grown = np.zeros(networks)
    for layer, (step, weight) in enumerate(reversed(kept)):
        gradient, _ = layer_backward(step, weight, gradient)
        norm = np.linalg.norm(gradient, axis=(-2, -1))
        gradient /= norm[:, None, None]
        if layer >= _TURNING * d:
            grown += np.log(norm)
    return grown / (_GROWING * d)
