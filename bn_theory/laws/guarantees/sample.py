"""Draws of the gap over one layer and over depth, and of the Jacobian of a whole network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import (
    Trace,
    draw_weights,
    forward,
    isometry_gap,
    layer_backward,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["gap_after", "log_operator_norm"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]


def _network(values: Values, networks: int, rng: np.random.Generator) -> Trace:
    spectrum = np.asarray(values["eigenvalues"], dtype=float)
    width = len(spectrum)
    spec = NetworkSpec(width=width, batch=width, depth=int(values.get("depth", 1)))
    return forward(spectral_batch(spectrum / spectrum.mean()), draw_weights(spec, networks, rng))


def gap_after(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X_L), after one layer where no depth is given."""
    return isometry_gap(_network(values, networks, rng).steps[-1].state)


def log_operator_norm(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return log‖∂X_L/∂X_0‖_op, written out as a matrix for one unit of Γ after the other.

    The batch is on the scale tr G_0 = d.
    """
    trace = _network(values, networks, rng)
    rows, columns = trace.batch.shape[-2:]
    units = np.eye(rows * columns).reshape(rows * columns, rows, columns)
    norms = np.empty(networks)
    for network in range(networks):
        gradient = units
        for step, weight in zip(trace.steps[::-1], trace.weights[::-1], strict=True):
            one = type(step)(step.state[network], step.squared_row_norms[network])
            gradient, _ = layer_backward(one, weight[network], gradient)
        jacobian = gradient.reshape(rows * columns, rows * columns)
        norms[network] = np.log(np.linalg.norm(jacobian, 2))
    return norms
