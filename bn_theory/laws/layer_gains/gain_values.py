"""Values of the one-layer gains for a spectrum: closed where they are, else quadrature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.formula import Formula
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.beta_laws.derive import rectangular_step
from bn_theory.laws.common.quadrature import (
    ROUNDING,
    negative_moment,
    negative_moment_sensitivities,
)
from bn_theory.notation import RANK

__all__ = [
    "layer_gains",
    "layer_gains_error",
    "projector_gain_square",
    "reciprocal_error",
    "reciprocal_value",
]


def _equal(spectrum: Spectrum) -> sp.Expr | None:
    """Return the common value of the non-zero eigenvalues, if they have one."""
    kept = {value for value in spectrum.values() if value != 0}
    return kept.pop() if len(kept) == 1 else None


def _rank(spectrum: Spectrum) -> int:
    return sum(value != 0 for value in spectrum.values())


def reciprocal_value(spectrum: Spectrum) -> sp.Expr:
    """Return E[1/a]: infinite for at most two non-zero eigenvalues among more than two.

    Examples
    --------
    >>> reciprocal_value(Spectrum([2, 2, 2, 0])), reciprocal_value(Spectrum([4, 1]))
    (1, 1/2)
    """
    d, rank, common = len(spectrum), _rank(spectrum), _equal(spectrum)
    if rank == d and common is not None:
        return 1 / common
    if d == 2 and rank == 2:
        first, second = spectrum.values()
        return 1 / sp.sqrt(first * second)
    if rank <= 2:
        return sp.oo
    if common is not None:
        return sp.Rational(d - 2, rank - 2) / common
    return sp.Float(negative_moment(spectrum.as_array()).value)


def layer_gains(spectrum: Spectrum) -> sp.Tuple:
    """Return the gains g_k of the eigenvectors, in the order of the eigenvalues.

    Examples
    --------
    >>> layer_gains(Spectrum([1, 1, 1, 1])), layer_gains(Spectrum([1, 0]))
    ((3/4, 3/4, 3/4, 3/4), (0, oo))
    """
    d, rank, common = len(spectrum), _rank(spectrum), _equal(spectrum)
    mean = reciprocal_value(spectrum)
    values = spectrum.values()
    if rank == 1 and d > 1:
        # the one direction of the state is projected out in every draw
        return sp.Tuple(*(sp.Integer(0) if value != 0 else sp.oo for value in values))
    if mean is sp.oo:
        return sp.Tuple(*(sp.oo for _ in values))
    if common is not None:
        inside = mean * (1 - sp.Rational(1, rank))
        return sp.Tuple(*(inside if value != 0 else mean for value in values))
    if d == 2:
        return sp.Tuple(mean / 2, mean / 2)
    slopes = negative_moment_sensitivities(spectrum.as_array()).value
    return sp.Tuple(*(mean + sp.Float(float(slope)) for slope in slopes))


def reciprocal_error(spectrum: Spectrum) -> float:
    """Return an estimate of the error of :func:`reciprocal_value`; 0 where it is closed.

    Examples
    --------
    >>> reciprocal_error(Spectrum([2, 2, 2, 0])), reciprocal_error(Spectrum([3, 2, 1])) < 1e-13
    (0.0, True)
    """
    if not isinstance(reciprocal_value(spectrum), sp.Float) or _rank(spectrum) <= 2:
        return 0.0
    found = negative_moment(spectrum.as_array())
    return float(found.error) + ROUNDING * abs(float(found.value))


def layer_gains_error(spectrum: Spectrum) -> float:
    """Return an estimate of the largest error of :func:`layer_gains`; 0 where they are closed.

    Examples
    --------
    >>> layer_gains_error(Spectrum([1, 1, 1])), 0 < layer_gains_error(Spectrum([3, 2, 1])) < 1e-12
    (0.0, True)
    """
    own = reciprocal_error(spectrum)
    if own == 0 or _equal(spectrum) is not None:
        return own
    found = negative_moment_sensitivities(spectrum.as_array())
    return own + float(np.max(found.error + ROUNDING * np.abs(found.value)))


def projector_gain_square(_: Formula, values: Mapping[str, Any]) -> sp.Expr:
    """Bound the mean square of the scale-free gain for r directions by (r/d)² E a^(-2)."""
    d = values["d"]
    rank = values["rank"] if "rank" in values else values["n"] - int(values["mean_removal"])
    if rank == d:
        return sp.Integer(1)
    if rank <= 4:
        return sp.oo
    reciprocal = rectangular_step(int(d), -2).subs(RANK, rank)
    return reciprocal * sp.Rational(int(rank), int(d)) ** 2
