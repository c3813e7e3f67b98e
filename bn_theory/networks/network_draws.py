"""What samplers of several laws draw: layers of Haar weights, few of their rows, gradients.

A sampler is a module-level function ``sampler(values, networks, rng)`` from plain numbers to an
array with the networks on its first axis. It is written from the definition of the network, by
:mod:`bn_theory.networks.simulate`, and never imports a symbolic definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_forward, spectral_batch
from weingarten.sampled.sampling import sample_haar

__all__ = [
    "ROWS",
    "Array",
    "Values",
    "deep_state",
    "fixed_gradient",
    "gap_of_square",
    "haar_layer",
    "isotropic_gradient",
    "next_state",
    "row_norms",
]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]

#: Rows of one layer are exchangeable: so many of them stand for all.
ROWS = 4


def haar_layer(
    batch: Array, networks: int, rng: np.random.Generator, rows: int | None = None
) -> ForwardStep:
    """Return one layer with Haar weights, or only its first rows."""
    width = len(batch)
    weight = sample_haar(width, size=(networks,), rows=min(rows or width, width), rng=rng)
    return layer_forward(batch, weight)


def row_norms(values: Values, networks: int, rng: np.random.Generator, rows: int = ROWS) -> Array:
    """Return the squared norms of some rows of W X for Haar weights."""
    spectrum = np.asarray(values["eigenvalues"])
    # eigenvalues 0 need features, but no samples
    batch = spectral_batch(spectrum, int(np.count_nonzero(spectrum)))
    return haar_layer(batch, networks, rng, rows).squared_row_norms


def next_state(values: Values, networks: int, rng: np.random.Generator, law: str) -> Array:
    """Return X_1 for a batch with the given eigenvalues, n = d."""
    batch = spectral_batch(values["eigenvalues"])
    weight = draw_weight((len(batch), len(batch)), law, networks, rng)
    return layer_forward(batch, weight).state


def deep_state(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return X_L for Haar weights, a batch with the given eigenvalues, n = d, and L = ``depth``."""
    state = next_state(values, networks, rng, "haar")
    width = state.shape[-1]
    for _ in range(1, int(values["depth"])):
        state = layer_forward(state, draw_weight((width, width), "haar", networks, rng)).state
    return state


def gap_of_square(state: Array) -> Array:
    """Return φ of square states with rows of norm 1 by a determinant, faster than an SVD.

    Its absolute error is a few units in the last place, so it does not serve for tiny gaps.
    """
    return -2 * np.linalg.slogdet(state).logabsdet / state.shape[-1]


def isotropic_gradient(networks: int, rows: int, columns: int, rng: np.random.Generator) -> Array:
    """Return gradients of unit norm, uniform in direction, one for each network."""
    entries = rng.standard_normal((networks, rows, columns))
    return entries / np.linalg.norm(entries, axis=(-2, -1), keepdims=True)


def fixed_gradient(rows: int, columns: int) -> Array:
    """Return a matrix of unit norm without symmetry, the same in every run: a fixed Γ_L."""
    entries = np.random.default_rng([rows, columns]).standard_normal((rows, columns))
    return entries / np.linalg.norm(entries)
