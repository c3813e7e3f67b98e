"""Exact mean squares of single draws, or bounds on them: what verdicts need where tails are heavy.

A draw is often an average over the rows of one network. The square of an average is at most the
average of the squares, so the mean square of a single row bounds that of the draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.formula import Formula
from bn_theory.laws.common.quadrature import negative_moment
from bn_theory.laws.common.shared import given_spectrum

__all__ = [
    "Infinite",
    "Twice",
    "at_most_one",
    "at_most_width",
    "layer_gain_square",
]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Twice:
    """The hook of a moment: its mean square is the moment with every power doubled.

    ``name`` is the parameter that holds the power, a tuple of powers or a tuple of factors.
    """

    name: str

    def __call__(self, formula: Formula, values: Values) -> sp.Expr:
        """Return the mean square."""
        powers = values[self.name]
        doubled = powers * 2
        if isinstance(powers, tuple) and not isinstance(powers[0], tuple):
            doubled = tuple(2 * power for power in powers)
        return formula.evaluate(**{**values, self.name: doubled})


@dataclass(frozen=True)
class Infinite:
    """The hook of an average of positive powers: its mean square is infinite if theirs is.

    ``name`` is the parameter that holds the power.
    """

    name: str

    def __call__(self, formula: Formula, values: Values) -> sp.Expr | None:
        """Return infinity, or None where the mean square is finite."""
        if values[self.name] >= 0:
            return None
        found = Twice(self.name)(formula, values)
        return found if found.is_infinite else None


def at_most_one(formula: Formula, values: Values) -> sp.Expr:
    """Bound the mean square of draws between 0 and 1 by their mean: x² <= x."""
    return formula.evaluate(**values)


def at_most_width(formula: Formula, values: Values) -> sp.Expr:
    """Bound the mean square of draws between 0 and d by d times their mean."""
    return formula.evaluate(**values) * len(given_spectrum(values))


def layer_gain_square(_: Formula, values: Values) -> float:
    """Bound the mean square of ‖∂ℓ/∂X‖²/‖Γ‖² of one layer by E a^(-2), for any Γ.

    ‖∂ℓ/∂X‖² = Σ_j ‖Γ_j - (Γ_j·x'_j) x'_j‖²/a_j is at most an average of the 1/a_j, with weights
    ‖Γ_j‖².
    """
    size = 1.0
    if "gradient" in values:
        size = float(sum(entry**2 for entry in values["gradient"]))
    return size**2 * _reciprocal_square(given_spectrum(values).as_array())


def _reciprocal_square(eigenvalues: np.ndarray) -> float:
    """Return E a^(-2), or a bound on it for four eigenvalues or fewer.

    The direction of Λ^(1/2)u is v with 1/a(u) = Σ v_i²/λ_i and the density Π λ_i^(-1/2) a^(d/2), so
    E a^(-2) = Π λ_i^(-1/2) E (Σ v_i²/λ_i)^(2-d/2); for 2 <= d <= 4 this power is concave.
    """
    width = len(eigenvalues)
    if width > 4 or not np.all(eigenvalues):
        return float(negative_moment(eigenvalues, 2.0).value)
    power = 2 - width / 2 if width > 1 else 1.5
    mean = float(np.mean(1 / eigenvalues))
    return math.exp(-0.5 * float(np.sum(np.log(eigenvalues)))) * mean**power
