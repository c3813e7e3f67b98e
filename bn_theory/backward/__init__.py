"""Derivations of the backward formulas: what one layer, and what depth, does to gradients.

Every function takes a symbolic or integer d first (where it has one) and returns a statement that
the engine computes; nothing here is typed in as a result.
"""

from bn_theory.backward.amplification import amplification, amplification_limit
from bn_theory.backward.isometric_moments import (
    isometric_moment,
    isometric_moment_at,
    isometric_moment_limit,
)
from bn_theory.backward.isometry import (
    first_step,
    isometric_depth,
    isometric_invariant,
    isometric_recursion,
    weight_gradient,
)
from bn_theory.backward.layer import (
    batch_gain,
    batch_gain_crossing,
    degenerate_gain,
    gaussian_log_scale,
    isometric_log_gain,
    isotropic_gain,
    layer_gain,
    mean_reciprocal,
)

__all__ = [
    "amplification",
    "amplification_limit",
    "batch_gain",
    "batch_gain_crossing",
    "degenerate_gain",
    "first_step",
    "gaussian_log_scale",
    "isometric_depth",
    "isometric_invariant",
    "isometric_log_gain",
    "isometric_moment",
    "isometric_moment_at",
    "isometric_moment_limit",
    "isometric_recursion",
    "isotropic_gain",
    "layer_gain",
    "mean_reciprocal",
    "weight_gradient",
]
