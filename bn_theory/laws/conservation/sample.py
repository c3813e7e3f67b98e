"""Draws of what a network conserves: own layers, with all that real batch normalisation has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Layer", "backward_pass", "forward_pass", "rotation_defects", "skew_part"]

Array = npt.NDArray[np.float64]


class Layer(NamedTuple):
    """X' = gain · centred?(W X)/√(a + ε) + bias, a the squared row norms of what is divided."""

    weight: Array
    gain: Array
    bias: Array
    epsilon: float
    mean_removal: bool


class Passed(NamedTuple):
    """What one forward pass through a layer leaves for the way back."""

    before: Array
    mixed: Array
    scale: Array
    after: Array


def _centred(matrix: Array, wanted: bool) -> Array:
    return matrix - matrix.mean(axis=1, keepdims=True) if wanted else matrix


def forward_pass(batch: Array, layers: list[Layer]) -> list[Passed]:
    """Push one batch, features by samples, through the layers."""
    passed, state = [], batch
    for layer in layers:
        mixed = _centred(layer.weight @ state, layer.mean_removal)
        scale = (np.sum(mixed**2, axis=1, keepdims=True) + layer.epsilon) ** -0.5
        after = layer.gain[:, None] * scale * mixed + layer.bias[:, None]
        passed.append(Passed(state, mixed, scale, after))
        state = after
    return passed


def backward_pass(
    passed: list[Passed], layers: list[Layer], gradient: Array
) -> list[tuple[Array, Array]]:
    """Return (∂ℓ/∂X_l, ∂ℓ/∂W_(l+1)) for l = L-1, …, 0 from ∂ℓ/∂X_L."""
    found, above = [], gradient
    for step, layer in zip(reversed(passed), reversed(layers), strict=True):
        scaled = layer.gain[:, None] * above
        along = np.sum(scaled * step.mixed, axis=1, keepdims=True)
        inner = step.scale * scaled - step.scale**3 * along * step.mixed
        inner = _centred(inner, layer.mean_removal)
        above = layer.weight.T @ inner
        found.append((above, inner @ step.before.T))
    return found


def skew_part(state: Array, gradient: Array, *, fixed: bool) -> Array:
    """Return Anti(P Xᵀ ∂ℓ/∂X P); P is I - 11ᵀ/n if the layers only commute where 1 is ``fixed``."""
    pairing = state.T @ gradient
    if fixed:
        pairing = _centred(_centred(pairing, True).T, True).T
    return (pairing - pairing.T) / 2


def _network(values: Mapping[str, Any], rng: np.random.Generator) -> list[Layer]:
    d, affine = int(values["d"]), bool(values.get("affine", False))
    layers = []
    for _ in range(int(values["depth"])):
        gain = rng.uniform(0.5, 2, d) if affine else np.ones(d)
        bias = rng.standard_normal(d) / d if affine else np.zeros(d)
        layers.append(
            Layer(
                rng.standard_normal((d, d)) / np.sqrt(d),
                gain,
                bias,
                float(values.get("epsilon", 0)),
                bool(values.get("mean_removal", False)),
            )
        )
    return layers


def rotation_defects(values: Mapping[str, Any], networks: int, rng: np.random.Generator) -> Array:
    """Return per network the two defects, relative to the conserved part, over all layers.

    Weights are Gaussian: that they are orthogonal plays no part.
    """
    n = int(values["n"])
    fixed = bool(values.get("mean_removal", False)) or bool(values.get("affine", False))
    defects = np.zeros((networks, 2))
    for network in range(networks):
        layers = _network(values, rng)
        batch = rng.standard_normal((len(layers[0].gain), n))
        passed = forward_pass(batch, layers)
        top = rng.standard_normal(passed[-1].after.shape)
        kept = skew_part(passed[-1].after, top, fixed=fixed)
        size = max(float(np.linalg.norm(kept)), np.finfo(float).tiny)
        below = backward_pass(passed, layers, top)
        for step, (gradient, _) in zip(reversed(passed), below, strict=True):
            found = skew_part(step.before, gradient, fixed=fixed)
            drift = float(np.linalg.norm(found - kept)) / size
            least = size / np.linalg.norm(step.before, 2)
            short = float((least - np.linalg.norm(gradient)) / least)
            defects[network] = np.maximum(defects[network], [drift, short])
    return defects
