"""Draws of gradients from an orthogonal batch."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import (
    Array,
    Values,
    fixed_gradient,
)
from bn_theory.networks.simulate import (
    backward,
    draw_weights,
    forward,
    gradient_log_norms,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["invariant_defects", "isometric_gain", "weight_gradient"]


def isometric_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return, per network, ‖∂ℓ/∂X_0‖²/‖Γ_L‖² for an orthogonal batch and ``depth`` layers."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    norms = gradient_log_norms(trace, fixed_gradient(spec.width, spec.batch))
    return np.exp(2 * norms[:, 0])


def weight_gradient(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return, per network, ‖∂ℓ/∂W_1‖²/‖Γ_L‖² for an orthogonal batch and ``depth`` layers."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    *_, last = backward(trace, fixed_gradient(spec.width, spec.batch))
    if last.weight_gradient is None:
        raise AssertionError("a network has at least one layer")
    size = np.sum(last.weight_gradient**2, axis=(-2, -1))
    return np.asarray(size * np.exp(2 * last.weight_log_scale))


def invariant_defects(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return, per network, how far three statements fail in any layer, for ‖Γ_L‖ = 1.

    That ‖Anti A‖² keeps its value at the top, that it is at most ‖∂ℓ/∂X‖², that this is at most 1.
    """
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    defects = np.zeros((networks, 3))
    kept = np.zeros(networks)
    for step in backward(trace, fixed_gradient(spec.width, spec.batch)):
        size = np.exp(2 * step.log_scale)
        pairing = step.gradient @ np.swapaxes(trace.state(step.layer), -1, -2)
        skew = (pairing - np.swapaxes(pairing, -1, -2)) / 2
        anti = np.sum(skew**2, axis=(-2, -1)) * size
        if step.layer == spec.depth:
            kept = anti
        found = np.stack([np.abs(anti - kept), anti - size, size - 1], axis=-1)
        defects = np.maximum(defects, found)
    return defects
