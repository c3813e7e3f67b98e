"""The isometry gap after one layer or many, and log row norms: by recursion, else by mean flow.

Near isometry the recursion of :mod:`bn_theory.laws.contraction.derive_depth` is exact up to a
degree in Δ. Anywhere else the spectrum follows its mean from layer to layer
(:mod:`bn_theory.laws.gaps.mean_flow`). Each comes with an estimate of its error, and the smaller
one decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common.shared import given_spectrum
from bn_theory.laws.common.spectral_values import spectral_value
from bn_theory.laws.contraction.derive_depth import by_degree, gap_row, layers_above
from bn_theory.laws.gaps.derive import TAKEN, last_terms, near_gaps, near_terms
from bn_theory.laws.gaps.mean_flow import followed, mean_flow
from bn_theory.laws.sphere_integrals.derive import isometry_gap_step, log_row_norm
from bn_theory.notation import GAP, LAYER, MEAN, central_power_sum
from weingarten.budget import foresee
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension

__all__ = [
    "gap_and_error",
    "gap_over_layers",
    "gap_value",
    "gaps_over_depth",
    "log_norm_over_layers",
    "log_norm_value",
    "loss_and_error",
]

Array = npt.NDArray[np.float64]

#: Degree of the recursion near isometry, and the deviation up to which it is tried.
_ORDER, _LARGEST = 6, 0.9
#: Share of the gap that the recursion may leave out before the flow is looked at, and its rounding.
_ENOUGH, _ROUNDING = 1e-2, 1e-13


@refuses_text("d")
def gap_over_layers(d: int | sp.Expr, order: int | sp.Expr = sp.oo, depth: int = 1) -> sp.Expr:
    """Return E φ(X_L): the step of one layer, and for more what every layer takes off.

    Parameters
    ----------
    d : int or Expr
    order : int or oo
        Else the degree in Δ to which everything is expanded.
    depth : int
        The number L of layers.

    Examples
    --------
    >>> d = sp.Symbol("d")
    >>> gap_over_layers(d, 2, 3), gap_over_layers(d, sp.oo, 3)
    (d**2*t2/(2*m**2*(d + 2)**3), phi - Sum(D(l), (l, 1, 3)))
    """
    if depth == 1:
        return isometry_gap_step(d, order)
    if order is sp.oo:
        return GAP - sp.Sum(TAKEN(LAYER), (LAYER, 1, depth))
    degree, dimension = int(order), Dimension.of(d)
    row = layers_above(gap_row(degree, dimension), degree, dimension, depth - 1)
    relative = {central_power_sum(k): central_power_sum(k) / MEAN**k for k in range(2, degree + 1)}
    return sp.Add(*(term.xreplace(relative) for term in by_degree(row, d)))


def gaps_over_depth(eigenvalues: npt.ArrayLike, depth: int) -> tuple[Array, Array]:
    """Return E φ(X_l) for l = 0 … depth from any spectrum, and an estimate of the error of each.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
        Of G_0.
    depth : int

    Returns
    -------
    gaps, errors : ndarray of shape (depth + 1,)
        Infinite gaps for a singular G_0.

    Examples
    --------
    >>> gaps, errors = gaps_over_depth([5.0, 3.0, 1.0, 1.0], 4)
    >>> gaps.round(3).tolist(), errors.round(3).tolist()
    ([0.239, 0.162, 0.11, 0.075, 0.051], [0.0, 0.0, 0.016, 0.015, 0.013])
    >>> gaps_over_depth([1.1, 1.0, 1.0, 0.9], 2)[0].round(7).tolist()
    [0.0025126, 0.0016774, 0.0011194]
    """
    values = np.asarray(eigenvalues, dtype=float)
    if np.any(values == 0):
        return np.full(depth + 1, np.inf), np.zeros(depth + 1)
    if _near(values, depth) is None:
        return mean_flow(values, depth)
    gaps, rests = near_gaps(values / values.mean() - 1, depth, _ORDER)
    return gaps, rests + _ROUNDING * gaps


def _near(values: Array, depth: int) -> tuple[Array, float] | None:
    """Return the terms of the recursion and the largest deviation; None if the flow is better."""
    foresee(
        f"the gap over {depth} layers of width {len(values)}", 1e-3 * min(depth, 6 * len(values))
    )
    deviations = values / values.mean() - 1
    largest = float(np.max(np.abs(deviations)))
    if largest > _LARGEST:
        return None
    terms = near_terms(deviations, depth, _ORDER)
    rest, gap = float(last_terms(terms[-1:], largest)[0]), float(terms[-1].sum())
    if rest + _ROUNDING * gap > _ENOUGH * gap and rest >= mean_flow(values, depth)[1][-1]:
        return None
    return terms, largest


def gap_and_error(values: Mapping[str, Any]) -> tuple[float, float]:
    """Return E φ(X_L) and an estimate of its error, for the spectrum and the depth among values."""
    gaps, errors = gaps_over_depth(given_spectrum(values).as_array(), int(values["depth"]))
    return float(gaps[-1]), float(errors[-1])


def gap_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in φ, in what layers take off it, and in integrals of one layer."""
    sums = expr.atoms(sp.Sum)
    if not sums or int(values["depth"]) == 1:
        return spectral_value(expr, values)
    spectrum: Spectrum = given_spectrum(values)
    if spectrum.isometry_gap == sp.oo:
        return sp.oo
    taken = sp.Float(float(spectrum.isometry_gap) - gap_and_error(values)[0])
    stated = gap_over_layers(0, sp.oo, int(values["depth"])).atoms(sp.Sum)
    return spectral_value(expr.xreplace(dict.fromkeys(sums & stated, taken)), values)


@refuses_text("d")
def log_norm_over_layers(d: int | sp.Expr, depth: int = 1) -> sp.Expr:
    """Return E log a_j in layer L: an integral for the first, else what the layer takes off φ.

    From the second layer on m = 1, so that F3 reads E log a_j = φ(X_L) - φ(X_{L-1}) on average.

    Examples
    --------
    >>> log_norm_over_layers(sp.Symbol("d"), 7)
    -D(7)
    """
    return log_row_norm(d) if depth == 1 else -TAKEN(sp.Integer(depth))


def loss_and_error(values: Mapping[str, Any]) -> tuple[float, float]:
    """Return what layer L >= 2 takes off the gap on average, and an estimate of its error."""
    array, depth = given_spectrum(values).as_array(), int(values["depth"])
    if np.any(array == 0):
        raise InvalidInputError(
            "eigenvalues",
            "must all be positive to be followed over layers",
            f"a spectrum of rank {np.count_nonzero(array)}",
            "sample it, .simulate(...); forward.stationary_log_scale has many layers with n < d",
        )
    found = _near(array, depth)
    if found is None:
        flow = followed(array, depth)
        return float(flow.losses[-1]), float(flow.losses[-1] * flow.loss_shares[-1])
    terms, largest = found
    changes = terms[-2:-1] - terms[-1:]
    loss = float(changes.sum())
    return loss, float(last_terms(changes, largest)[0]) + _ROUNDING * loss


def log_norm_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in E log a_j of one layer, or in what layer L takes off the gap."""
    depth = int(values["depth"])
    if depth == 1:
        return spectral_value(expr, values)
    return spectral_value(
        expr.xreplace({TAKEN(sp.Integer(depth)): sp.Float(loss_and_error(values)[0])}), values
    )
