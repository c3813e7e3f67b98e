"""Activation shaping: what a non-linear activation injects, and gains that keep it bounded."""

from bn_theory.shaping.activations import (
    ACTIVATIONS,
    NumericActivation,
    as_activation,
    shape_coefficients,
)
from bn_theory.shaping.gradients import drift, growth_coefficients, log_growth, memory
from bn_theory.shaping.injection import injected_gap, injection_coefficients
from bn_theory.shaping.schedule import explosion_rate, gain_schedule, largest_gain

__all__ = [
    "ACTIVATIONS",
    "NumericActivation",
    "as_activation",
    "drift",
    "explosion_rate",
    "gain_schedule",
    "growth_coefficients",
    "injected_gap",
    "injection_coefficients",
    "largest_gain",
    "log_growth",
    "memory",
    "shape_coefficients",
]
