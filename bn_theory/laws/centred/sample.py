"""Draws of layers with mean removal over depth, and of row norms with ε."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import Array, Values, isotropic_gradient, row_norms
from bn_theory.networks.perturbed import perturbation_growth
from bn_theory.networks.simulate import draw_weights, forward, gradient_log_norms
from bn_theory.networks.spec import NetworkSpec

__all__ = ["centred_gain", "explosion_rate", "log_scale", "reciprocal"]

#: Layers in units of d: until the start is forgotten, and while one reads.
_SETTLING, _READING = 6, 6


def centred_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X_0‖²/‖Γ_L‖² for Γ_L isotropic among matrices with rows of mean 0.

    The batch is a fixed one whose centred rows are orthonormal; its means are not zero.
    """
    width, samples = values["d"], values["n"]
    fixed = np.random.default_rng([samples, width])
    batch = _centred_frame(width, samples, fixed) + fixed.standard_normal((width, 1))
    spec = NetworkSpec(width=width, batch=samples, depth=values["depth"], mean_removal=True)
    trace = forward(batch, draw_weights(spec, networks, rng), mean_removal=True)
    top = isotropic_gradient(networks, width, samples, rng)
    top = top - top.mean(axis=-1, keepdims=True)
    sizes = np.sum(top**2, axis=(-2, -1))
    return np.exp(2 * gradient_log_norms(trace, top)[:, 0]) / sizes


def _centred_frame(width: int, samples: int, rng: np.random.Generator) -> Array:
    """Return a batch whose centred rows are orthonormal, or zero where there are too many."""
    rank = min(width, samples - 1)
    columns = np.column_stack([np.ones(samples), rng.standard_normal((samples, rank))])
    batch = np.zeros((width, samples))
    batch[:rank] = np.linalg.qr(columns)[0][:, 1:].T
    return batch


def explosion_rate(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the growth of a perturbation per layer deep inside networks with mean removal.

    Perturbations that are carried up grow at the rate of gradients carried down; what is conserved
    of gradients, Anti(Xᵀ Γ), are rotations of the samples there, and taken off.
    """
    width = values["d"]
    layers = (_SETTLING * width, _READING * width)
    return perturbation_growth(width, values["n"], layers, networks, rng, mean_removal=True)


def log_scale(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of log(a_j + ε) over rows."""
    return np.log(row_norms(values, networks, rng) + values["epsilon"]).mean(axis=-1)


def reciprocal(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of 1/(a_j + ε) over rows."""
    return (1 / (row_norms(values, networks, rng) + values["epsilon"])).mean(axis=-1)
