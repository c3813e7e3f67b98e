"""Networks sampled anew, from the definitions: the oracle of the catalogue.

It shares no code with ``bn_theory``: Haar matrices by Gram and Schmidt, a layer, and the gradient
of a layer, each as they are defined.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["Array", "backward", "deep_gradient", "gap", "haar", "layer", "sphere", "spread"]

Array = np.ndarray


def haar(rng: np.random.Generator, count: int, d: int) -> Array:
    """Return Haar orthogonal matrices."""
    q, r = np.linalg.qr(rng.standard_normal((count, d, d)))
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]


def sphere(rng: np.random.Generator, count: int, rows: int, columns: int) -> Array:
    """Return matrices of unit norm, isotropic."""
    entries = rng.standard_normal((count, rows, columns))
    return entries / np.linalg.norm(entries, axis=(1, 2), keepdims=True)


def layer(state: Array, weight: Array) -> tuple[Array, Array]:
    """Return the next state, with rows of norm 1, and the squared row norms before."""
    mixed = weight @ state
    squared = np.sum(mixed**2, axis=-1)
    return mixed / np.sqrt(squared)[..., None], squared


def backward(after: Array, squared: Array, weight: Array, gradient: Array) -> tuple[Array, Array]:
    """Return the gradients by the state before a layer and by what it normalises."""
    along = np.sum(gradient * after, axis=-1, keepdims=True)
    inner = (gradient - along * after) / np.sqrt(squared)[..., None]
    return np.swapaxes(weight, -1, -2) @ inner, inner


def deep_gradient(
    rng: np.random.Generator, count: int, start: Array, depth: int, top: Array
) -> tuple[list[Array], list[Array], Array]:
    """Return states and gradients from the input up, and the gradient by the lowest weight."""
    state = np.broadcast_to(start, (count, *start.shape[-2:]))
    weights = [haar(rng, count, state.shape[-2]) for _ in range(depth)]
    states, norms = [state], []
    for weight in weights:
        state, squared = layer(state, weight)
        states.append(state)
        norms.append(squared)
    gradients, inner = [np.broadcast_to(top, state.shape)], top
    for after, squared, weight in zip(states[:0:-1], norms[::-1], weights[::-1], strict=True):
        below, inner = backward(after, squared, weight, gradients[0])
        gradients.insert(0, below)
    return states, gradients, inner @ np.swapaxes(states[0], -1, -2)


def gap(state: Array) -> Array:
    """Return the isometry gap -(1/d) log det G + log(tr G/d) of square states."""
    d = state.shape[-2]
    _, logarithm = np.linalg.slogdet(state)
    return -2 * logarithm / d + np.log(np.sum(state**2, axis=(-2, -1)) / d)


def spread(state: Array) -> Array:
    """Return the variance of the eigenvalues of G."""
    gram = state @ np.swapaxes(state, -1, -2)
    return np.linalg.eigvalsh(gram).var(axis=-1)


def shaped(state: Array, gain: float, activation: Callable[[Array], Array]) -> Array:
    """Return f(αu)/α on entries of unit variance."""
    scale = gain * np.sqrt(state.shape[-2])
    return activation(scale * state) / scale
