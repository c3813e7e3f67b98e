"""Draws of what a layer does to the spectrum, over one layer and over depth, for n = d."""

from __future__ import annotations

import numpy as np

from bn_theory.laws.row_norms.sample import Array, Values
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

__all__ = [
    "conserved_gap",
    "gap_after_depth",
    "gap_after_gaussian_layer",
    "gap_after_layer",
    "next_spectrum",
]


def _one_layer(values: Values, networks: int, rng: np.random.Generator, law: str) -> Array:
    batch = spectral_batch(values["eigenvalues"])
    weight = draw_weight((len(batch), len(batch)), law, networks, rng)
    return layer_forward(batch, weight).state


def _gap(state: Array) -> Array:
    """Return φ of square states with rows of norm 1 by a determinant, faster than an SVD.

    Its absolute error is a few units in the last place, so it does not serve for tiny gaps.
    """
    return -2 * np.linalg.slogdet(state).logabsdet / state.shape[-1]


def gap_after_layer(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X') for Haar weights."""
    return _gap(_one_layer(values, networks, rng, "haar"))


def gap_after_gaussian_layer(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X') for Gaussian weights."""
    return _gap(_one_layer(values, networks, rng, "gaussian"))


def next_spectrum(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the variance of the eigenvalues of G' (k = 2), or tr (G' - I)^k."""
    state = _one_layer(values, networks, rng, "haar")
    deviation = state @ np.swapaxes(state, -1, -2) - np.eye(state.shape[-2])
    order = values["k"]
    power = deviation
    for _ in range(order - 2):
        power = power @ deviation
    # both are symmetric
    trace = np.einsum("bij,bij->b", power, deviation)
    return trace / state.shape[-2] if order == 2 else trace


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
