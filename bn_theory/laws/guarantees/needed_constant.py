"""The constant that the published form of the gap's decay needs, on a family of spectra."""

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy.optimize import minimize_scalar

from bn_theory.laws.common import quadrature
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.coerce import as_integer

__all__ = ["smallest_constant"]

#: Logarithms of the ratio of the two eigenvalues, from near isometry to near singularity.
_RATIOS = (*range(-40, 0, 4), -1, -0.01, 0.01, 1, *range(4, 44, 4))
#: Multiplicities up to which each is looked at; beyond, powers of two and one half.
_EVERY = 8


@budgeted
def smallest_constant(d: int, *, max_cost: float | None = DEFAULT_MAX_COST) -> sp.Float:
    """Return the least C for which φ (1 - 1/(C d² (1 + dφ))) bounds E φ(X') on a family of spectra.

    This is one layer of the published bound; over L of them it gives φ e^(-L/τ). The family has two
    different eigenvalues, of any multiplicity and at ratios up to e^40, so the result is a lower
    bound on what the published form needs for all spectra.

    Parameters
    ----------
    d : int
        Width, at least 2.
    max_cost : float or None, optional
        Seconds after which CostLimitError is raised (before, if predicted); None for no limit.

    Returns
    -------
    Float
        A search over ratios, with the mean over the sphere by quadrature.

    Examples
    --------
    >>> smallest_constant(16).n(2)
    0.055
    """
    width = as_integer(d, "d", minimum=2)
    foresee(f"smallest_constant({width})", 8e-5 * width)
    # k of one eigenvalue are d - k of the other at the inverse ratio; beyond a few k matters little
    most = width // 2
    multiplicities = {k for k in range(1, most + 1) if k <= _EVERY or k == most or not k & (k - 1)}
    largest, multiplicity, ratio = max(
        (_needed(width, k, ratio), k, ratio) for k in multiplicities for ratio in _RATIOS
    )
    refined = minimize_scalar(
        lambda x: -_needed(width, multiplicity, x),
        bounds=(max(ratio - 4, _RATIOS[0]), min(ratio + 4, _RATIOS[-1])),
        method="bounded",
    )
    return sp.Float(max(largest, -float(refined.fun)))


def _needed(d: int, k: int, ratio: float) -> float:
    """Return the constant that one spectrum needs: k eigenvalues e^ratio times the others."""
    tick()
    if ratio == 0:  # nothing to contract
        return 0.0
    eigenvalues = np.ones(d)
    eigenvalues[:k] = np.exp(ratio)
    mean = eigenvalues.mean()
    deviations = eigenvalues / mean - 1
    near = abs(ratio) < 0.1  # where the difference of logarithms would cancel
    gap = np.mean(deviations - np.log1p(deviations)) if near else np.log(mean) - k / d * ratio
    taken = -float(quadrature.mean_log_ratio(eigenvalues).value)
    return float(1 / (d * d * (1 + d * gap) * (taken / gap)))
