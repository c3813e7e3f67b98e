"""Laws of what bounds networks and of what they conserve."""

from __future__ import annotations

import numpy as np

from tests.fuzz.laws import law, root, spectrum
from tests.fuzz.networks import Array, backward, gap, haar, layer, spread


def _relative(eigenvalues: list[int]) -> Array:
    return root(eigenvalues) / np.sqrt(np.mean(eigenvalues))


def _gap_after(rng):
    eigenvalues, depth = spectrum(rng), int(rng.integers(1, 6))

    def draws(n: int) -> Array:
        state = root(eigenvalues)
        for _ in range(depth):
            state, _ = layer(state, haar(rng, n, len(eigenvalues)))
        return gap(state)

    return {"eigenvalues": eigenvalues, "depth": depth}, draws


law("forward.gap_depth_bound")(_gap_after)
law("forward.gap_never_grows")(_gap_after)


@law("forward.gap_contraction_bound")
def _contraction_bound(rng):
    eigenvalues, order = spectrum(rng), int(rng.integers(1, 4))

    def draws(n: int) -> Array:
        return gap(layer(root(eigenvalues), haar(rng, n, len(eigenvalues)))[0])

    return {"eigenvalues": eigenvalues, "order": order}, draws


@law("backward.jacobian_bound")
def _jacobian(rng):
    eigenvalues, depth = spectrum(rng, most=4), int(rng.integers(1, 4))
    d = len(eigenvalues)
    eigenvalues = [float(value) * d / float(sum(eigenvalues)) for value in eigenvalues]

    def draws(n: int) -> Array:
        state, passed = _relative(eigenvalues), []
        for _ in range(depth):
            weight = haar(rng, n, d)
            state, squared = layer(state, weight)
            passed.append((state, squared, weight))
        columns = []
        for unit in np.eye(d * d).reshape(-1, d, d):
            gradient = np.broadcast_to(unit, state.shape)
            for after, squared, weight in reversed(passed):
                gradient, _ = backward(after, squared, weight, gradient)
            columns.append(gradient.reshape(n, -1))
        return np.log(np.linalg.norm(np.stack(columns, axis=1), 2, axis=(1, 2)))

    return {"eigenvalues": eigenvalues, "depth": depth}, draws


law("backward.published_jacobian_bound")(_jacobian)


@law("backward.rotation_law")
def _rotation(rng):
    d, count, depth = (int(rng.integers(low, 7)) for low in (2, 3, 1))

    def skew(state: Array, gradient: Array) -> Array:
        pairing = np.swapaxes(state, 1, 2) @ gradient
        return (pairing - np.swapaxes(pairing, 1, 2)) / 2

    def draws(n: int) -> Array:
        state, passed = rng.standard_normal((n, d, count)), []
        states = [state]
        for _ in range(depth):
            weight = rng.standard_normal((n, d, d))
            state, squared = layer(state, weight)
            states.append(state)
            passed.append((state, squared, weight))
        gradient = rng.standard_normal(state.shape)
        kept = skew(state, gradient)
        size = np.linalg.norm(kept, axis=(1, 2))
        defects = np.zeros(n)
        for before, (after, squared, weight) in zip(states[-2::-1], passed[::-1], strict=True):
            gradient, _ = backward(after, squared, weight, gradient)
            drift = np.linalg.norm(skew(before, gradient) - kept, axis=(1, 2)) / size
            least = size / np.linalg.norm(before, 2, axis=(1, 2))
            short = 1 - np.linalg.norm(gradient, axis=(1, 2)) / least
            defects = np.maximum(defects, np.maximum(drift, short))
        # what is left is rounding, which grows with the gradients
        return np.where(defects < 1e-6, 0, defects)

    return {"d": d, "n": count, "depth": depth}, draws


def _gap_growth(rng, centred: bool):
    d = int(rng.integers(3, 8))
    count, gaussian = int(rng.integers(1, d)), bool(rng.integers(2))
    batch = rng.standard_normal((d, count)) + 1
    batch /= np.linalg.norm(batch, axis=0)

    def size(state: Array) -> Array:
        squares = np.linalg.svd(state, compute_uv=False) ** 2
        return np.log(squares.mean(axis=-1)) - np.log(squares).mean(axis=-1)

    def draws(n: int) -> Array:
        mixed = (rng.standard_normal((n, d, d)) if gaussian else haar(rng, n, d)) @ batch
        if centred:
            mixed = mixed - mixed.mean(axis=1, keepdims=True)
        return size(mixed / np.linalg.norm(mixed, axis=1, keepdims=True)) - size(batch)

    return {"d": d, "n": count, "gaussian": gaussian}, draws


@law("forward.rms_norm_growth")
def _rms_norm(rng):
    return _gap_growth(rng, centred=False)


@law("forward.layer_norm_growth")
def _layer_norm(rng):
    return _gap_growth(rng, centred=True)


def _settled(rng, reading):
    d = int(rng.integers(24, 30))
    count = int(rng.integers(d // 2, 3 * d // 4))

    def draws(n: int) -> Array:
        # one chain of layers a network, long enough to forget its start; few networks are cheap
        few = max(n // 100, 20)
        state = rng.standard_normal((few, d, count))
        seen = []
        for step in range(9 * d):
            state, squared = layer(state, haar(rng, few, d))
            if step >= 6 * d:
                seen.append(reading(state, squared))
        return np.mean(seen, axis=0)

    return {"d": d, "n": count}, draws


@law("forward.stationary_variance")
def _stationary_variance(rng):
    return _settled(rng, lambda state, _: spread(state))


@law("forward.stationary_log_scale")
def _stationary_log_scale(rng):
    return _settled(rng, lambda _, squared: -np.log(squared).mean(axis=1) / 2)


def _growth(rng: np.random.Generator, d: int, count: int, networks: int) -> Array:
    """Growth of gradients carried down through whole weights, without what is conserved."""
    state, passed, settled, read = rng.standard_normal((networks, d, count)), [], 4 * d, 6 * d
    for step in range(2 * settled + read):
        weight = haar(rng, networks, d)
        state, squared = layer(state, weight)
        if step >= settled:
            passed.append((state, squared, weight))
    # along what no sample has Anti(Xᵀ Γ) is zero
    missing = np.linalg.svd(state)[0][:, :, -1:]
    gradient = missing @ rng.standard_normal((networks, 1, count))
    logs = []
    for after, squared, weight in reversed(passed):
        gradient, _ = backward(after, squared, weight, gradient)
        size = np.linalg.norm(gradient, axis=(1, 2))
        gradient = gradient / size[:, None, None]
        logs.append(np.log(size))
    return np.mean(logs[settled:], axis=0)


@law("backward.rank_deficient_growth")
def _rank_deficient_growth(rng):
    d = int(rng.integers(12, 18))
    count = int(rng.integers(d // 3, 3 * d // 4))

    def draws(n: int) -> Array:
        few = max(n // 400, 10)
        return 4 * _growth(rng, 2 * d, 2 * count, few) - _growth(rng, d, count, few)

    return {"d": d, "n": count}, draws
