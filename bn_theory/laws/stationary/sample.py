"""Draws of deep networks with fewer samples than units, once their spectrum has settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.perturbed import perturbation_growth
from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_forward

__all__ = ["gradient_growth", "log_scale", "spectrum_variance"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]

#: Layers in units of d: until nothing is left of the start, and over which a draw is averaged.
_SETTLING, _READING = 6, 3
#: Every so many layers a reading: those in between are nearly the same.
_STRIDE = 4
#: Layers in units of n that perturbations pass until their direction has settled, and while they
#: are read: at twice the width fewer, as these are dear.
_TURNING, _GROWING, _GROWING_WIDER = 3, 8, 4


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
    """Return the limit of k times the growth of gradients per layer at width k d and k n samples.

    Two networks a draw, k = 1 and 2: what of their rates is proportional to 1/k drops out of the
    difference. Perturbations that are carried up grow at the rate of gradients carried down.
    """
    d, n = int(values["d"]), int(values["n"])
    own = perturbation_growth(d, n, (_TURNING * n, _GROWING * n), networks, rng)
    layers = (2 * _TURNING * n, 2 * _GROWING_WIDER * n)
    return 4 * perturbation_growth(2 * d, 2 * n, layers, networks, rng) - own
