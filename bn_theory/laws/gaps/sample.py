"""Draws of the isometry gap: over depth, and after a Gaussian layer, for n = d."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import (
    Array,
    Values,
    gap_of_square,
    next_state,
)
from bn_theory.networks.simulate import (
    Trace,
    draw_weight,
    draw_weights,
    forward,
    isometry_gap,
    layer_forward,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["conserved_gap", "gap_after_depth", "gap_after_gaussian_layer"]


def gap_after_gaussian_layer(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X_L) for Gaussian weights."""
    state = next_state(values, networks, rng, "gaussian")
    width = state.shape[-1]
    for _ in range(1, int(values["depth"])):
        state = layer_forward(state, draw_weight((width, width), "gaussian", networks, rng)).state
    return gap_of_square(state)


def _network(values: Values, networks: int, rng: np.random.Generator) -> Trace:
    batch = spectral_batch(values["eigenvalues"])
    spec = NetworkSpec(width=len(batch), batch=len(batch), depth=values["depth"])
    return forward(batch, draw_weights(spec, networks, rng))


def gap_after_depth(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X_L)."""
    return isometry_gap(_network(values, networks, rng).steps[-1].state)


def conserved_gap(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X_L) + Σ_l (1/d) Σ_j log(1/a_j), the same number in every network."""
    trace = _network(values, networks, rng)
    logs = [np.log(step.squared_row_norms).mean(axis=-1) for step in trace.steps]
    return isometry_gap(trace.steps[-1].state) - np.sum(logs, axis=0)
