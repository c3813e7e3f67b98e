"""Draws of the gain of the gradient through a whole network."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import (
    Array,
    Values,
    isotropic_gradient,
)
from bn_theory.networks.simulate import (
    draw_weights,
    forward,
    gradient_log_norms,
    spectral_batch,
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["near_isometric_gain"]


def near_isometric_gain(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return ‖∂ℓ/∂X_0‖² ‖X_0‖²/(‖Γ_L‖² ‖X_L‖²) for isotropic Γ_L and a batch with this spectrum."""
    spectrum = np.asarray(values["eigenvalues"])
    spec = NetworkSpec(width=len(spectrum), batch=len(spectrum), depth=int(values["depth"]))
    trace = forward(spectral_batch(spectrum), draw_weights(spec, networks, rng))
    top = isotropic_gradient(networks, spec.width, spec.batch, rng)
    return np.exp(2 * gradient_log_norms(trace, top)[:, 0]) * spectrum.mean()
