"""Draws of one-layer gains: any spectrum, small and degenerate batches, Gaussian weights."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import (
    Array,
    Values,
    isotropic_gradient,
)
from bn_theory.networks.simulate import draw_weight, layer_backward, layer_forward, spectral_batch

__all__ = [
    "batch_gain",
    "degenerate_gain",
    "gaussian_log_scale",
    "isometric_log_gain",
    "isotropic_gain",
    "layer_gains",
]


def layer_gains(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X‖² for a Γ that sits on one eigenvector of K, for each of them.

    Γ has equal entries in a column, so this averages over the exchangeable rows. With ``k`` only
    that eigenvector, counted from 1; with ``gradient`` the one number ‖∂ℓ/∂X‖² for that Γ.
    """
    spectrum = np.asarray(values["eigenvalues"])
    width = len(spectrum)
    batch = np.diag(np.sqrt(spectrum))
    weight = draw_weight((width, width), "haar", networks, rng)
    step = layer_forward(batch, weight)
    if "gradient" in values:
        below, _ = layer_backward(step, weight, values["gradient"][None])
        return np.asarray(np.sum(below**2, axis=(-2, -1)))
    wanted = [values["s"] - 1] if "s" in values else range(width)
    gains = np.empty((networks, len(wanted)))
    for column, k in enumerate(wanted):
        gradient = np.zeros((1, width, width))
        gradient[:, :, k] = width**-0.5
        below, _ = layer_backward(step, weight, gradient)
        gains[:, column] = np.sum(below**2, axis=(-2, -1))
    return gains


def _isotropic(
    batch: Array, networks: int, rng: np.random.Generator, mean_removal: bool = False
) -> Array:
    """Return ‖∂ℓ/∂X‖² ‖X‖²/(‖Γ‖² ‖X'‖²) for isotropic Γ (centred if the layer centres)."""
    rows, columns = batch.shape
    weight = draw_weight((rows, rows), "haar", networks, rng)
    step = layer_forward(batch, weight, mean_removal=mean_removal)
    gradient = isotropic_gradient(networks, rows, columns, rng)
    if mean_removal:
        gradient = gradient - gradient.mean(axis=-1, keepdims=True)
    below, _ = layer_backward(step, weight, gradient, mean_removal=mean_removal)
    sizes = [np.sum(x**2, axis=(-2, -1)) for x in (below, batch, gradient, step.state)]
    return np.asarray(sizes[0] * sizes[1] / (sizes[2] * sizes[3]))


def isotropic_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X‖²/‖Γ‖² for isotropic Γ and a batch with the given spectrum."""
    batch = spectral_batch(values["eigenvalues"])
    return _isotropic(batch, networks, rng) * len(batch) / np.sum(batch**2)


def batch_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the scale-free gain for n orthogonal samples, or n centred ones with mean removal."""
    width, samples = values["d"], values["n"]
    if not values["mean_removal"]:
        return _isotropic(np.eye(width, samples), networks, rng)
    centring = np.eye(samples) - 1 / samples
    vectors = np.linalg.svd(centring)[2][: samples - 1]
    batch = np.zeros((width, samples))
    batch[: samples - 1] = vectors
    return _isotropic(batch, networks, rng, mean_removal=True)


def degenerate_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the scale-free gain for n samples of which only ``rank`` directions are different."""
    width, rank = values["d"], values["rank"]
    samples = values.get("n", width)
    frame = np.linalg.qr(np.random.default_rng([samples, rank]).standard_normal((samples, rank)))[0]
    batch = np.zeros((width, samples))
    batch[:rank] = frame.T
    return _isotropic(batch, networks, rng)


def gaussian_log_scale(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of log(1/a_j) over the rows of one layer with Gaussian weights."""
    spectrum = values.get("eigenvalues", np.ones(values["d"]))
    batch = spectral_batch(spectrum)
    weight = draw_weight((len(batch), len(batch)), "gaussian", networks, rng)
    return -np.log(layer_forward(batch, weight).squared_row_norms).mean(axis=-1)


def isometric_log_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return log(‖∂ℓ/∂X‖²/‖Γ‖²) for one layer at isometry and isotropic Γ."""
    return np.log(_isotropic(np.eye(values["d"]), networks, rng))
