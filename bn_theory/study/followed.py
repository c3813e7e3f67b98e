"""The networks that a study samples, and what it records of each of their layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bn_theory.networks.network_draws import fixed_gradient
from bn_theory.networks.simulate import (
    Trace,
    draw_weights,
    forward,
    gradient_log_norms,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["TRACKS", "contrasting", "follow_networks", "near_isometric_batch", "spectral_gap"]

Array = npt.NDArray[np.float64]

#: What is recorded at layers 1 … L: isometry gaps and log gradient norms, of the batch, of the
#: batch with the other law of weights, and of model batches with square Haar weights.
TRACKS = (
    "gap",
    "gradient",
    "gap of the contrast",
    "gradient of the contrast",
    "gap near isometry",
    "gradient at isometry",
)

# relative spread of the spectrum of a batch that counts as nearly isometric
_NEAR = 1e-3


def near_isometric_batch(width: int) -> Array:
    """Return a square batch whose spectrum spreads evenly, and very little, around 1."""
    return spectral_batch(1 + _NEAR * np.linspace(-1, 1, width))


def contrasting(spec: NetworkSpec) -> NetworkSpec:
    """Return the network with the other law of weights."""
    return replace(spec, weights="gaussian" if spec.weights == "haar" else "haar")


def spectral_gap(state: Array, rank: int) -> Array:
    """Return the isometry gap over the ``rank`` largest eigenvalues of X Xᵀ.

    They are all there are: min(n, d) of a state, one less where the means of d samples or fewer
    are removed. For n = d it is the isometry gap.
    """
    values = np.linalg.svd(state, compute_uv=False)[..., :rank]
    smallest = values[..., -1] <= values[..., 0] * np.finfo(float).eps * max(state.shape[-2:])
    squares = np.where(smallest[..., None], 1.0, values) ** 2
    relative = squares / squares.mean(axis=-1, keepdims=True)
    # near 1 the deviation keeps its digits, far below 1 the quotient does
    logarithm = np.where(relative < 0.5, np.log(relative), np.log1p(np.maximum(relative, 0.5) - 1))
    return np.where(smallest, np.inf, np.mean(relative - 1 - logarithm, axis=-1))


def follow_networks(
    spec: NetworkSpec, batch: Array, networks: int, rng: np.random.Generator
) -> Array:
    """Return what happened in each network, of shape (networks, len(TRACKS), L)."""
    top = fixed_gradient(spec.width, spec.batch)
    rank = min(spec.width, spec.batch - spec.mean_removal)
    tracks = []
    for law in (spec, contrasting(spec)):
        weights = draw_weights(law, networks, rng)
        trace = forward(batch, weights, mean_removal=spec.mean_removal)
        tracks += [_gaps(trace, rank), gradient_log_norms(trace, top)[:, 1:]]
    square = NetworkSpec(width=spec.width, batch=spec.width, depth=spec.depth)
    weights = draw_weights(square, networks, rng)
    tracks.append(_gaps(forward(near_isometric_batch(spec.width), weights), spec.width))
    isometric = forward(np.eye(spec.width), weights)
    above = fixed_gradient(spec.width, spec.width)
    tracks.append(gradient_log_norms(isometric, above)[:, 1:])
    return np.stack(tracks, axis=1)


def _gaps(trace: Trace, rank: int) -> Array:
    return np.stack([spectral_gap(step.state, rank) for step in trace.steps], axis=-1)
