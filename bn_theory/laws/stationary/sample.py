"""Draws of deep networks with fewer samples than units, once their spectrum has settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_forward

__all__ = ["log_scale", "spectrum_variance"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]

#: Layers in units of d: until nothing is left of the start, and over which a draw is averaged.
_SETTLING, _READING = 6, 3
#: Every so many layers a reading: those in between are nearly the same.
_STRIDE = 4


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
