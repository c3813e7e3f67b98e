"""Laws of mean removal over depth, and of ε."""

from __future__ import annotations

import numpy as np

from tests.fuzz.laws import law, root, spectrum
from tests.fuzz.networks import Array, haar

__all__: list[str] = []


def _centred(matrix: Array) -> Array:
    return matrix - matrix.mean(axis=-1, keepdims=True)


@law("backward.centred_depth")
def _centred_depth(rng):
    d, depth = int(rng.integers(2, 6)), int(rng.integers(1, 5))
    samples = d + 1 + int(rng.integers(0, 4))
    frame = np.linalg.qr(np.c_[np.ones(samples), rng.standard_normal((samples, d))])[0]
    batch = frame[:, 1:].T + 3 * rng.standard_normal((d, 1))

    def draws(n: int) -> Array:
        state, kept = np.broadcast_to(batch, (n, d, samples)), []
        for _ in range(depth):
            weight = haar(rng, n, d)
            mixed = _centred(weight @ state)
            norms = np.linalg.norm(mixed, axis=-1, keepdims=True)
            state = mixed / norms
            kept.append((weight, state, norms))
        top = gradient = _centred(rng.standard_normal((n, d, samples)))
        for weight, after, norms in reversed(kept):
            inner = gradient - np.sum(gradient * after, axis=-1, keepdims=True) * after
            gradient = np.swapaxes(weight, 1, 2) @ _centred(inner / norms)
        return np.sum(gradient**2, axis=(1, 2)) / np.sum(top**2, axis=(1, 2))

    return {"d": d, "n": samples, "depth": depth}, draws


@law("backward.centred_explosion")
def _centred_explosion(rng):
    """Changes of G carried up, layer by layer: they grow like gradients carried down."""
    d, n, networks, settling, reading = 32, 29, 40, 3, 6

    def draws(_: int) -> Array:
        frame = np.linalg.qr(np.c_[np.ones(n), rng.standard_normal((n, n - 1))])[0][:, 1:]
        state = np.broadcast_to(np.r_[frame.T, np.zeros((d - n + 1, n))], (networks, d, n))
        change = _centred(rng.standard_normal((networks, d, n)))
        logs = []
        for step in range((settling + reading) * d):
            weight = haar(rng, networks, d)
            state, change = _centred(weight @ state), _centred(weight @ change)
            norms = np.linalg.norm(state, axis=-1, keepdims=True)
            state = state / norms
            change = (change - np.sum(change * state, axis=-1, keepdims=True) * state) / norms
            if step in (settling * d, (settling + reading) * d - 1):
                turned = change @ np.swapaxes(state, 1, 2)
                logs.append(np.log(np.linalg.norm(turned + np.swapaxes(turned, 1, 2), axis=(1, 2))))
        return (logs[1] - logs[0]) / (reading * d - 1)

    return {"d": d, "n": n}, draws


def _shifted(rng: np.random.Generator) -> tuple[dict[str, object], Array]:
    eigenvalues = spectrum(rng, 3)
    if rng.integers(2):
        eigenvalues[0] = 0
    return {"eigenvalues": eigenvalues, "epsilon": float(rng.choice([0.1, 0.5, 2]))}, root(
        eigenvalues
    )


def _norms(rng: np.random.Generator, n: int, batch: Array) -> Array:
    return np.sum((haar(rng, n, len(batch)) @ batch)[:, 0] ** 2, axis=-1)


@law("forward.epsilon_log_scale")
def _epsilon_log_scale(rng):
    values, batch = _shifted(rng)
    return values, lambda n: np.log(_norms(rng, n, batch) + values["epsilon"])


@law("backward.epsilon_reciprocal")
def _epsilon_reciprocal(rng):
    values, batch = _shifted(rng)
    return values, lambda n: 1 / (_norms(rng, n, batch) + values["epsilon"])
