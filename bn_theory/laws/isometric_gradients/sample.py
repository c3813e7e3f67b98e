"""Draws of backward quantities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.laws.layer_gains.sample import isotropic_gradient
from bn_theory.networks.simulate import (
    backward,
    draw_weights,
    forward,
    gradient_log_norms,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = [
    "fixed_gradient",
    "invariant_defects",
    "isometric_gain",
    "isometric_norms",
    "near_isometric_gain",
    "weight_gradient",
]


def fixed_gradient(rows: int, columns: int) -> npt.NDArray[np.float64]:
    """Return a matrix of unit norm without symmetry, the same in every run: a fixed Γ_L."""
    entries = np.random.default_rng([rows, columns]).standard_normal((rows, columns))
    return entries / np.linalg.norm(entries)


def isometric_gain(
    values: Mapping[str, Any], networks: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return, per network, ‖∂ℓ/∂X_0‖²/‖Γ_L‖² for an orthogonal batch and ``depth`` layers."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    norms = gradient_log_norms(trace, fixed_gradient(spec.width, spec.batch))
    return np.exp(2 * norms[:, 0])


def weight_gradient(
    values: Mapping[str, Any], networks: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return, per network, ‖∂ℓ/∂W_1‖²/‖Γ_L‖² for an orthogonal batch and ``depth`` layers."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    *_, last = backward(trace, fixed_gradient(spec.width, spec.batch))
    if last.weight_gradient is None:
        raise AssertionError("a network has at least one layer")
    size = np.sum(last.weight_gradient**2, axis=(-2, -1))
    return np.asarray(size * np.exp(2 * last.weight_log_scale))


def isometric_norms(
    values: Mapping[str, Any], networks: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return, per network, ‖∂ℓ/∂X_0‖^(2k)/‖Γ_L‖^(2k): isotropic Γ_L unless one is given."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    if "gradient" in values:
        top = values["gradient"] / np.linalg.norm(values["gradient"])
    else:
        top = isotropic_gradient(networks, spec.width, spec.batch, rng)
    return np.exp(2 * int(values["k"]) * gradient_log_norms(trace, top)[:, 0])


def invariant_defects(
    values: Mapping[str, Any], networks: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
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


def near_isometric_gain(
    values: Mapping[str, Any], networks: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return ‖∂ℓ/∂X_0‖² ‖X_0‖²/(‖Γ_L‖² ‖X_L‖²) for isotropic Γ_L and a batch with this spectrum."""
    spectrum = np.asarray(values["eigenvalues"])
    spec = NetworkSpec(width=len(spectrum), batch=len(spectrum), depth=int(values["depth"]))
    trace = forward(spectral_batch(spectrum), draw_weights(spec, networks, rng))
    top = isotropic_gradient(networks, spec.width, spec.batch, rng)
    return np.exp(2 * gradient_log_norms(trace, top)[:, 0]) * spectrum.mean()
