"""Laws of activations at any gain."""

from __future__ import annotations

import numpy as np

from tests.fuzz.laws import law
from tests.fuzz.networks import Array, backward, haar, layer, shaped, spread

FUNCTIONS = {"tanh": np.tanh, "sin": np.sin}


@law("shaping.injection_at")
def _injection(rng):
    d, gain = int(rng.integers(2, 7)), float(rng.uniform(0.3, 3))
    name = ("tanh", "sin")[rng.integers(2)]

    def draws(n: int) -> Array:
        active = shaped(haar(rng, n, d), gain, FUNCTIONS[name])
        return spread(active / np.linalg.norm(active, axis=-1, keepdims=True))

    return {"d": d, "alpha": gain, "activation": name}, draws


def _point(rng):
    return {
        "d": 96,
        "alpha": float(rng.uniform(1, 3)),
        "exponent": float(rng.uniform(0, 0.3)),
        "activation": ("tanh", "sin")[rng.integers(2)],
        "depth": int(rng.integers(2, 5)),
    }


def _passed(rng, point, few):
    function, state, passed = FUNCTIONS[point["activation"]], haar(rng, few, point["d"]), []
    for number in range(1, point["depth"] + 1):
        gain = point["alpha"] * number ** -point["exponent"]
        weight = haar(rng, few, point["d"])
        after, squared = layer(shaped(state, gain, function), weight)
        passed.append((state, gain, after, squared, weight))
        state = after
    return passed


@law("shaping.mean_field_variance")
def _variance(rng):
    point = _point(rng)
    return point, lambda n: spread(_passed(rng, point, max(n // 200, 10))[-1][2])


@law("shaping.mean_field_gradient")
def _gradient(rng):
    point = _point(rng)
    function = FUNCTIONS[point["activation"]]

    def draws(n: int) -> Array:
        passed = _passed(rng, point, max(n // 200, 10))
        gradient = rng.standard_normal(passed[-1][2].shape)
        start = np.linalg.norm(gradient, axis=(1, 2))
        for state, gain, after, squared, weight in reversed(passed):
            below, _ = backward(after, squared, weight, gradient)
            units = gain * np.sqrt(point["d"]) * state
            slope = (function(units + 1e-5) - function(units - 1e-5)) / 2e-5
            gradient = below * slope
        return np.log(np.linalg.norm(gradient, axis=(1, 2)) / start)

    return point, draws
