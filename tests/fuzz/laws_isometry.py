"""Laws of weights and Jacobians at isometry."""

from __future__ import annotations

import numpy as np

from tests.fuzz.laws import law
from tests.fuzz.networks import Array, backward, deep_gradient, gap, haar, layer, sphere

__all__: list[str] = []


def _size(rng: np.random.Generator, most: int = 6) -> tuple[int, int]:
    return int(rng.integers(2, most)), int(rng.integers(1, 5))


def _lowest(rng: np.random.Generator, n: int, d: int, depth: int, top: Array) -> Array:
    """Return W_1ᵀ ∂ℓ/∂W_1, which for X_0 = I is the gradient by X_0 itself."""
    _, gradients, _ = deep_gradient(rng, n, np.eye(d), depth, top)
    return gradients[0]


@law("backward.orthogonality_bias")
def _orthogonality_bias(rng):
    d, depth = _size(rng)
    top = sphere(rng, 1, d, d)[0]

    def draws(n: int) -> Array:
        turned = _lowest(rng, n, d, depth, top)
        return np.sum(((turned - np.swapaxes(turned, 1, 2)) / 2) ** 2, axis=(1, 2))

    return {"d": d, "depth": depth}, draws


@law("backward.gap_after_step")
def _gap_after_step(rng):
    d, depth = _size(rng)
    step = float(rng.choice([0.02, 0.05, 0.2]))

    def draws(n: int) -> Array:
        turned = _lowest(rng, n, d, depth, sphere(rng, n, d, d))
        return gap(np.eye(d) - step * turned)

    return {"d": d, "depth": depth, "eta": step, "order": 4}, draws


def _passes(
    rng: np.random.Generator, n: int, d: int, depth: int, top: Array
) -> tuple[list[Array], list[Array], list[Array]]:
    """Return weights, the gradients by X_0 … X_(L-1), and those by the weights."""
    state, kept = np.broadcast_to(np.eye(d), (n, d, d)), []
    for _ in range(depth):
        weight = haar(rng, n, d)
        after, squared = layer(state, weight)
        kept.append((state, weight, after, squared))
        state = after
    gradient, by_state, by_weight = top, [], []
    for before, weight, after, squared in reversed(kept):
        gradient, inner = backward(after, squared, weight, gradient)
        by_state.insert(0, gradient)
        by_weight.insert(0, inner @ np.swapaxes(before, -1, -2))
    return [weight for _, weight, _, _ in kept], by_state, by_weight


def _form(rng: np.random.Generator, n: int, d: int, depth: int, top: Array) -> Array:
    _, _, by_weight = _passes(rng, n, d, depth, top)
    return np.sum([np.sum(g**2, axis=(-2, -1)) for g in by_weight], axis=0)


@law("backward.tangent_kernel_mean")
def _tangent_kernel_mean(rng):
    d, depth = _size(rng)
    top = sphere(rng, 1, d, d)[0]
    return {"d": d, "depth": depth}, lambda n: _form(rng, n, d, depth, top)


@law("backward.tangent_kernel_variance")
def _tangent_kernel_variance(rng):
    d, depth = _size(rng)

    def draws(n: int) -> Array:
        first, second = (_form(rng, n, d, depth, sphere(rng, n, d, d)) for _ in range(2))
        return (first - second) ** 2 / 2

    return {"d": d, "depth": depth}, draws


def _units(d: int) -> Array:
    return np.eye(d * d).reshape(d * d, 1, d, d)


@law("backward.tangent_kernel_spectrum")
def _tangent_kernel_spectrum(rng):
    d, depth = _size(rng, 4)

    def draws(n: int) -> Array:
        _, _, by_weight = _passes(rng, n, d, depth, _units(d))
        flat = [g.reshape(d * d, n, -1).swapaxes(0, 1) for g in by_weight]
        kernel = np.sum([g @ g.swapaxes(1, 2) for g in flat], axis=0)
        return np.linalg.eigvalsh(kernel)[:, -1]

    return {"d": d, "depth": depth}, draws


def _values(rng: np.random.Generator, n: int, d: int, depth: int) -> tuple[list[Array], Array]:
    weights, by_state, _ = _passes(rng, n, d, depth, _units(d))
    jacobian = by_state[0].reshape(d * d, n, -1).swapaxes(0, 1)
    return weights, np.linalg.svd(jacobian, compute_uv=False)


@law("backward.jacobian_spectrum")
def _jacobian_spectrum(rng):
    d, depth = _size(rng, 4)
    ones = d * (d - 1) // 2
    return {"d": d, "depth": depth}, lambda n: _values(rng, n, d, depth)[1][:, ones - 1]


@law("backward.jacobian_volume")
def _jacobian_volume(rng):
    d, depth = _size(rng, 4)

    def draws(n: int) -> Array:
        weights, values = _values(rng, n, d, depth)
        kept = np.log(values[:, : d * d - d]).sum(axis=1)
        gone = sum(np.log(np.abs(np.linalg.det(weight**2))) for weight in weights[1:])
        # a product that nearly vanishes has lost its digits
        return np.where(kept < -12, 0, np.abs(kept - gone))

    return {"d": d, "depth": depth}, draws


@law("backward.isometric_log_limit")
def _isometric_log_limit(rng):
    d = int(rng.integers(2, 5))

    def draws(n: int) -> Array:
        gradient = _lowest(rng, n, d, 20 * d, sphere(rng, n, d, d))
        return np.log(np.sum(gradient**2, axis=(1, 2)))

    return {"d": d}, draws


@law("backward.isometric_wide_batch")
def _isometric_wide_batch(rng):
    d, depth = _size(rng)
    samples = d + int(rng.integers(0, 4))
    batch = np.linalg.qr(rng.standard_normal((samples, d)))[0].T

    def draws(n: int) -> Array:
        _, gradients, _ = deep_gradient(rng, n, batch, depth, sphere(rng, n, d, samples))
        return np.sum(gradients[0] ** 2, axis=(1, 2))

    return {"d": d, "n": samples, "depth": depth}, draws
