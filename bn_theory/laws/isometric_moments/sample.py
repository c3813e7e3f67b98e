"""Draws of the gradient norm at isometry."""

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
)
from bn_theory.networks.spec import NetworkSpec

__all__ = ["isometric_norms"]


def isometric_norms(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return, per network, ‖∂ℓ/∂X_0‖^(2k)/‖Γ_L‖^(2k): isotropic Γ_L unless one is given."""
    spec = NetworkSpec(width=values["d"], batch=values["d"], depth=values["depth"])
    trace = forward(np.eye(spec.width), draw_weights(spec, networks, rng))
    if "gradient" in values:
        top = values["gradient"] / np.linalg.norm(values["gradient"])
    else:
        top = isotropic_gradient(networks, spec.width, spec.batch, rng)
    return np.exp(2 * int(values["k"]) * gradient_log_norms(trace, top)[:, 0])
