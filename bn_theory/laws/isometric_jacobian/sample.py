"""Draws of Jacobians of whole networks, and of gradients through deep ones and wide batches."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import Array, Values, isotropic_gradient
from bn_theory.networks.simulate import (
    Trace,
    draw_weights,
    forward,
    gradient_log_norms,
    layer_backward,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["deep_log_gain", "end_singular_values", "volume_defect", "wide_batch_gain"]

#: Layers per unit of width after which what still shrinks is below rounding.
_LAYERS_PER_UNIT = 12


def _network(values: Values, networks: int, rng: np.random.Generator) -> Trace:
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    return forward(np.eye(spec.width), draw_weights(spec, networks, rng))


def _singular_values(trace: Trace) -> Array:
    """Return all singular values of ∂X_L/∂X_0, written out for one unit of Γ after the other."""
    width, networks = trace.batch.shape[-1], len(trace.weights[0])
    units = np.eye(width**2).reshape(width**2, width, width)
    found = np.empty((networks, width**2))
    for network in range(networks):
        gradient = units
        for step, weight in zip(trace.steps[::-1], trace.weights[::-1], strict=True):
            one = type(step)(step.state[network], step.squared_row_norms[network])
            gradient, _ = layer_backward(one, weight[network], gradient)
        found[network] = np.linalg.svd(gradient.reshape(width**2, -1), compute_uv=False)
    return found


def end_singular_values(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return singular values 1, d(d-1)/2, d²-d+1 and d² of ∂X_L/∂X_0, in falling order."""
    width = values["d"]
    wanted = [0, width * (width - 1) // 2 - 1, width**2 - width, width**2 - 1]
    return _singular_values(_network(values, networks, rng))[:, wanted]


def volume_defect(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return |Σ log σ_i - Σ_(l≥2) log|det(W_l∘W_l)||, i over the d² - d largest."""
    width, trace = values["d"], _network(values, networks, rng)
    kept = np.log(_singular_values(trace)[:, : width**2 - width]).sum(axis=-1)
    volumes = [np.linalg.slogdet(weight**2).logabsdet for weight in trace.weights[1:]]
    return np.abs(kept - np.sum(volumes, axis=0))


def deep_log_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return log(‖∂ℓ/∂X_0‖²/‖Γ_L‖²) for an isotropic Γ_L, through a very deep network."""
    width = values["d"]
    top = isotropic_gradient(networks, width, width, rng)
    spec = NetworkSpec(width=width, batch=width, depth=_LAYERS_PER_UNIT * (width + 2))
    trace = forward(np.eye(width), draw_weights(spec, networks, rng))
    return 2 * gradient_log_norms(trace, top)[:, 0]


def wide_batch_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X_0‖²/‖Γ_L‖² for an isotropic Γ_L and a fixed batch with X_0 X_0ᵀ = I."""
    width, samples = values["d"], values["n"]
    frame = np.random.default_rng([samples, width]).standard_normal((samples, width))
    spec = NetworkSpec(width=width, batch=samples, depth=values["depth"])
    trace = forward(np.linalg.qr(frame)[0].T, draw_weights(spec, networks, rng))
    top = isotropic_gradient(networks, width, samples, rng)
    return np.exp(2 * gradient_log_norms(trace, top)[:, 0])
