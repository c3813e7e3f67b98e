"""Draws of means over layers: logarithms of row norms, and the Gram matrix of the samples."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import (
    ROWS,
    Array,
    Values,
    deep_state,
    gap_of_square,
    haar_layer,
    row_norms,
)
from bn_theory.networks.simulate import draw_weight, isometry_gap, layer_forward

__all__ = ["gap_after_layer", "log_row_norm", "next_gram_diagonal"]


def log_row_norm(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of log a_j in layer L."""
    if values["depth"] == 1:
        return np.log(row_norms(values, networks, rng)).mean(axis=-1)
    state = deep_state({**values, "depth": values["depth"] - 1}, networks, rng)
    weight = draw_weight((state.shape[-1],) * 2, "haar", networks, rng)
    return np.log(layer_forward(state, weight).squared_row_norms).mean(axis=-1)


def next_gram_diagonal(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return d · x_jk² in layer L, averaged over rows j, in the order of the eigenvalues.

    For a diagonal batch the eigenbasis of K is the standard one.
    """
    batch = np.diag(np.sqrt(values["eigenvalues"]))
    # of a single layer some rows do
    rows = ROWS if values["depth"] == 1 else None
    state = haar_layer(batch, networks, rng, rows).state
    for _ in range(1, values["depth"]):
        state = layer_forward(state, draw_weight(batch.shape, "haar", networks, rng)).state
    diagonal = len(batch) * (state**2).mean(axis=-2)
    return diagonal[:, values["s"] - 1] if "s" in values else diagonal


def gap_after_layer(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(X_L) for Haar weights."""
    state = deep_state(values, networks, rng)
    # after many layers a gap may be too small for a determinant
    return gap_of_square(state) if values["depth"] == 1 else isometry_gap(state)
