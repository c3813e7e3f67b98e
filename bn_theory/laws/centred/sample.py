"""Draws of layers with mean removal over depth, and of row norms with ε."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.draws import Array, Values, isotropic_gradient, row_norms
from bn_theory.networks.simulate import draw_weights, forward, gradient_log_norms
from bn_theory.networks.spec import NetworkSpec

__all__ = ["centred_gain", "log_scale", "reciprocal"]


def centred_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X_0‖²/‖Γ_L‖² for Γ_L isotropic among matrices with rows of mean 0.

    The batch is a fixed one whose centred rows are orthonormal; its means are not zero.
    """
    width, samples = values["d"], values["n"]
    fixed = np.random.default_rng([samples, width])
    frame = np.linalg.qr(
        np.column_stack([np.ones(samples), fixed.standard_normal((samples, width))])
    )[0]
    batch = frame[:, 1:].T + fixed.standard_normal((width, 1))
    spec = NetworkSpec(width=width, batch=samples, depth=values["depth"], mean_removal=True)
    trace = forward(batch, draw_weights(spec, networks, rng), mean_removal=True)
    top = isotropic_gradient(networks, width, samples, rng)
    top = top - top.mean(axis=-1, keepdims=True)
    sizes = np.sum(top**2, axis=(-2, -1))
    return np.exp(2 * gradient_log_norms(trace, top)[:, 0]) / sizes


def log_scale(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of log(a_j + ε) over rows."""
    return np.log(row_norms(values, networks, rng) + values["epsilon"]).mean(axis=-1)


def reciprocal(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of 1/(a_j + ε) over rows."""
    return (1 / (row_norms(values, networks, rng) + values["epsilon"])).mean(axis=-1)
