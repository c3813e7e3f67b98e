"""Draws of gradients by the weights at isometry, and of the tangent kernel over all weights."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import Array, Values, fixed_gradient, isotropic_gradient
from bn_theory.networks.simulate import (
    Trace,
    backward,
    draw_weights,
    forward,
    isometry_gap,
    layer_backward,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = [
    "gap_after_step",
    "kernel_eigenvalues",
    "kernel_form",
    "kernel_spread",
    "parts_of_weight_gradient",
]


def _network(values: Values, networks: int, rng: np.random.Generator) -> Trace:
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    return forward(np.eye(spec.width), draw_weights(spec, networks, rng))


def _first_gradient(trace: Trace, top: Array) -> Array:
    """Return ∂ℓ/∂W_1."""
    *_, last = backward(trace, top)
    if last.weight_gradient is None:
        raise AssertionError("a network has at least one layer")
    return np.asarray(last.weight_gradient * np.exp(last.weight_log_scale)[:, None, None])


def parts_of_weight_gradient(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖Sym(W_1ᵀ ∂ℓ/∂W_1)‖² and ‖Anti(W_1ᵀ ∂ℓ/∂W_1)‖² for a fixed Γ_L of norm 1."""
    trace = _network(values, networks, rng)
    top = fixed_gradient(values["d"], values["d"])
    turned = np.swapaxes(trace.weights[0], -1, -2) @ _first_gradient(trace, top)
    mirrored = np.swapaxes(turned, -1, -2)
    parts = [(turned + mirrored) / 2, (turned - mirrored) / 2]
    return np.stack([np.sum(part**2, axis=(-2, -1)) for part in parts], axis=-1)


def gap_after_step(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return φ(W'W'ᵀ) of W' = W_1 - η ∂ℓ/∂W_1 for an isotropic Γ_L of norm 1."""
    trace = _network(values, networks, rng)
    top = isotropic_gradient(networks, values["d"], values["d"], rng)
    return isometry_gap(trace.weights[0] - values["eta"] * _first_gradient(trace, top))


def _squares(values: Values, networks: int, rng: np.random.Generator, top: Array) -> Array:
    """Return Σ_l ‖∂ℓ/∂W_l‖²."""
    total = np.zeros(networks)
    for step in backward(_network(values, networks, rng), top):
        if step.weight_gradient is not None:
            size = np.sum(step.weight_gradient**2, axis=(-2, -1))
            total += size * np.exp(2 * step.weight_log_scale)
    return total


def kernel_form(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ⟨Γ, ΘΓ⟩ for a fixed Γ of norm 1."""
    return _squares(values, networks, rng, fixed_gradient(values["d"], values["d"]))


def kernel_spread(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return half the squared difference of ⟨Γ, ΘΓ⟩ between two networks, Γ isotropic in each."""
    width = values["d"]
    first, second = (
        _squares(values, networks, rng, isotropic_gradient(networks, width, width, rng))
        for _ in range(2)
    )
    return (first - second) ** 2 / 2


def kernel_eigenvalues(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return eigenvalues 1, d(d-1)/2, d²-d+1 and d² of Θ, in falling order.

    Θ is written out: the gradients by all weights for one unit of Γ after the other, and their
    products.
    """
    width, trace = values["d"], _network(values, networks, rng)
    units = np.eye(width**2).reshape(width**2, width, width)
    wanted = np.array([0, width * (width - 1) // 2 - 1, width**2 - width, width**2 - 1])
    found = np.empty((networks, len(wanted)))
    for network in range(networks):
        gradient, kernel = units, np.zeros((width**2, width**2))
        for layer in range(len(trace.steps), 0, -1):
            step, weight = trace.steps[layer - 1], trace.weights[layer - 1][network]
            one = type(step)(step.state[network], step.squared_row_norms[network])
            gradient, inner = layer_backward(one, weight, gradient)
            state = trace.state(layer - 1)
            below = (state if layer == 1 else state[network]).T
            by_weight = (inner @ below).reshape(width**2, -1)
            kernel += by_weight @ by_weight.T
        found[network] = np.linalg.eigvalsh(kernel)[::-1][wanted]
    return found
