"""Draws of the spectrum after some layers, for n = d."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import Array, Values, deep_state

__all__ = ["next_spectrum"]


def next_spectrum(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the variance of the eigenvalues of G_L (k = 2), or tr (G_L - I)^k."""
    state = deep_state(values, networks, rng)
    deviation = state @ np.swapaxes(state, -1, -2) - np.eye(state.shape[-2])
    order = values["k"]
    power = deviation
    for _ in range(order - 2):
        power = power @ deviation
    # both are symmetric
    trace = np.einsum("bij,bij->b", power, deviation)
    return trace / state.shape[-2] if order == 2 else trace
