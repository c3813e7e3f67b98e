"""Laws of the backward formulas and of activation shaping."""

from __future__ import annotations

import numpy as np

from tests.fuzz.laws import law, root, spectrum
from tests.fuzz.networks import Array, backward, deep_gradient, haar, layer, shaped, sphere, spread

__all__: list[str] = []


def _gain(rng: np.random.Generator, n: int, batch: Array, gradient: Array) -> Array:
    weight = haar(rng, n, len(batch))
    after, squared = layer(batch, weight)
    below, _ = backward(after, squared, weight, gradient)
    return np.sum(below**2, axis=(1, 2))


@law("backward.layer_gain")
def _layer_gain(rng):
    eigenvalues = spectrum(rng, 6, 8)
    d, k = len(eigenvalues), int(rng.integers(1, len(eigenvalues) + 1))
    gradient = np.zeros((d, d))
    gradient[0, k - 1] = 1
    return {"eigenvalues": eigenvalues, "k": k}, lambda n: _gain(
        rng, n, root(eigenvalues), gradient
    )


@law("backward.isotropic_gain")
def _isotropic_gain(rng):
    eigenvalues = spectrum(rng, 6, 8)
    d = len(eigenvalues)
    return (
        {"eigenvalues": eigenvalues},
        lambda n: _gain(rng, n, root(eigenvalues), sphere(rng, n, d, d)),
    )


@law("backward.isometric_log_gain")
def _isometric_log_gain(rng):
    d = int(rng.integers(2, 8))
    return {"d": d}, lambda n: np.log(_gain(rng, n, np.eye(d), sphere(rng, n, d, d)))


@law("backward.batch_gain")
def _batch_gain(rng):
    d, centred = int(rng.integers(6, 12)), bool(rng.integers(2))
    samples = int(rng.integers(6 + centred, d + centred + 1))
    frame = np.linalg.qr(np.c_[np.ones(samples), rng.standard_normal((samples, samples - 1))])[0]
    basis = frame[:, 1:] if centred else np.eye(samples)  # orthonormal, orthogonal to 1 if centred
    batch = np.zeros((d, samples))
    batch[: basis.shape[1]] = basis.T

    def draws(n: int) -> Array:
        gradient = sphere(rng, n, d, basis.shape[1]) @ basis.T
        return _gain(rng, n, batch, gradient) * np.sum(batch**2) / d

    return {"d": d, "n": samples, "mean_removal": centred}, draws


@law("backward.degenerate_input")
def _degenerate(rng):
    d = int(rng.integers(6, 12))
    rank, samples = int(rng.integers(6, d + 1)), int(rng.integers(d, d + 4))
    batch = np.zeros((d, samples))
    batch[:rank] = np.linalg.qr(rng.standard_normal((samples, rank)))[0].T
    return (
        {"d": d, "rank": rank, "n": samples},
        lambda n: _gain(rng, n, batch, sphere(rng, n, d, samples)) * rank / d,
    )


@law("backward.gaussian_growth")
def _gaussian_growth(rng):
    eigenvalues = spectrum(rng)
    d = len(eigenvalues)

    def draws(n: int) -> Array:
        row = rng.standard_normal((n, d)) / np.sqrt(d)
        return -np.log(row**2 @ np.array(eigenvalues, dtype=float))

    return {"eigenvalues": eigenvalues}, draws


def _depth(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(2, 6)), int(rng.integers(1, 5))


@law("backward.isometric_depth")
def _isometric_depth(rng):
    d, depth = _depth(rng)
    top = sphere(rng, 1, d, d)[0]

    def draws(n: int) -> Array:
        _, gradients, _ = deep_gradient(rng, n, np.eye(d), depth, top)
        return np.sum(gradients[0] ** 2, axis=(1, 2))

    return {"d": d, "depth": depth}, draws


@law("backward.weight_gradient")
def _weight_gradient(rng):
    d, depth = _depth(rng)
    top = sphere(rng, 1, d, d)[0]

    def draws(n: int) -> Array:
        _, _, lowest = deep_gradient(rng, n, np.eye(d), depth, top)
        return np.sum(lowest**2, axis=(1, 2))

    return {"d": d, "depth": depth}, draws


@law("backward.isometric_invariant")
def _invariant(rng):
    d, depth = _depth(rng)
    top = sphere(rng, 1, d, d)[0]

    def draws(n: int) -> Array:
        states, gradients, _ = deep_gradient(rng, n, np.eye(d), depth, top)
        found = []
        for x, g in zip(states, gradients, strict=True):
            turned = g @ np.swapaxes(x, 1, 2)
            skew = np.sum(((turned - np.swapaxes(turned, 1, 2)) / 2) ** 2, axis=(1, 2))
            found.append((skew, np.sum(g**2, axis=(1, 2))))
        defects = [np.abs(s - found[-1][0]) for s, _ in found]
        defects += [s - norm for s, norm in found] + [norm - 1 for _, norm in found]
        return np.maximum(0, np.max(defects, axis=0))

    return {"d": d, "depth": depth}, draws


@law("backward.isometric_moment")
def _isometric_moment(rng):
    (d, depth), k = _depth(rng), int(rng.integers(1, 4))

    def draws(n: int) -> Array:
        _, gradients, _ = deep_gradient(rng, n, np.eye(d), depth, sphere(rng, n, d, d))
        return np.sum(gradients[0] ** 2, axis=(1, 2)) ** k

    return {"d": d, "depth": depth, "k": k}, draws


@law("backward.amplification")
def _amplification(rng):
    d, depth = int(rng.integers(4, 6)), int(rng.integers(1, 4))
    eigenvalues = np.round(1 + rng.uniform(-0.1, 0.1, d), 3).tolist()
    batch = root(eigenvalues)

    def draws(n: int) -> Array:
        _, gradients, _ = deep_gradient(rng, n, batch, depth, sphere(rng, n, d, d))
        return np.sum(gradients[0] ** 2, axis=(1, 2)) * np.sum(batch**2) / d

    return {"eigenvalues": eigenvalues, "depth": depth}, draws


# shaping ----------------------------------------------------------------------------------

_ACTIVATIONS = {
    "tanh": (np.tanh, lambda u: 1 / np.cosh(u) ** 2),
    "sin": (np.sin, np.cos),
    "arctan": (np.arctan, lambda u: 1 / (1 + u**2)),
}


def _activation(rng: np.random.Generator) -> str:
    return str(rng.choice(list(_ACTIVATIONS)))


def _injected(rng: np.random.Generator, n: int, d: int, gain: float, name: str) -> Array:
    after = shaped(haar(rng, n, d), gain, _ACTIVATIONS[name][0])
    return spread(after / np.linalg.norm(after, axis=-1, keepdims=True))


@law("shaping.injected_gap")
def _injected_gap(rng):
    d, gain, name = int(rng.integers(3, 9)), float(rng.choice([0.1, 0.15, 0.2])), _activation(rng)
    values = {"d": d, "alpha": gain, "activation": name, "order": 8}
    return values, lambda n: _injected(rng, n, d, gain, name)


@law("shaping.gain_schedule")
def _gain_schedule(rng):
    d, depth, name = int(rng.integers(3, 9)), int(rng.integers(1, 5)), _activation(rng)
    gain, exponent = 0.15, float(rng.choice([0, 0.25, 0.5]))
    values = {"d": d, "alpha": gain, "exponent": exponent, "activation": name, "depth": depth}

    def draws(n: int) -> Array:
        gains = [gain * step**-exponent for step in range(1, depth + 1)]
        return np.sum([_injected(rng, n, d, g, name) for g in gains], axis=0)

    return values | {"order": 8}, draws


@law("shaping.explosion_rate")
def _explosion_rate(rng):
    d, depth, name = int(rng.integers(4, 7)), int(rng.integers(1, 4)), _activation(rng)
    gain, exponent = 0.1, float(rng.choice([0, 0.4]))
    function, slope = _ACTIVATIONS[name]

    def skew(matrix: Array) -> Array:
        return (matrix - np.swapaxes(matrix, 1, 2)) / 2

    def draws(n: int) -> Array:
        start = state = haar(rng, n, d)
        kept = []
        for step in range(1, depth + 1):
            weight, g = haar(rng, n, d), gain * step**-exponent
            after, squared = layer(shaped(state, g, function), weight)
            kept.append((after, squared, weight, slope(g * np.sqrt(d) * state)))
            state = after
        top = skew(rng.standard_normal((n, d, d)))
        gradient = np.linalg.solve(np.swapaxes(state, 1, 2), top)
        for after, squared, weight, slopes in reversed(kept):
            gradient = backward(after, squared, weight, gradient)[0] * slopes
        bottom = skew(np.swapaxes(start, 1, 2) @ gradient)
        sizes = [np.linalg.norm(matrix, axis=(1, 2)) for matrix in (bottom, top)]
        return np.log(sizes[0] / sizes[1]) / depth

    values = {"d": d, "alpha": gain, "exponent": exponent, "activation": name, "depth": depth}
    return values, draws
