r"""The isometry gap over several layers with Gaussian weights, from any spectrum, for large d.

A Gaussian layer adds to the gap what it does for any spectrum, less D = -E log(a/m), an integral
over the spectrum. The rows of W X are independent, so that G' is the Gram matrix of d independent
vectors; for large d, where their norms settle, its spectrum is that of G times, freely, the law of
Marchenko and Pastur. With M(t) = tr (1 + tG)^(-1)/d and F(t) = tr log(1 + tG)/d a layer moves every
point, and keeps M there:

``t → t/M``,   ``F → F - log M - (1 - M)``

so that after l layers all is known from G_0: no layer is iterated. What is left out is that
normalisation contracts the spectrum a little in every layer, of order 1/d: gaps come out too small.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.laws.common.quadrature import mean_log_ratio

__all__ = ["gaussian_losses", "missed_after"]

Array = npt.NDArray[np.float64]

#: Step of the trapezoidal rule in the logarithm of the point, and where the integrand is negligible
#: below 1/d and above the inverse of the least eigenvalue, in logarithms.
_STEP, _BELOW, _ABOVE = 0.05, 16.0, 32.0
#: What is left out after L layers, over (1 + v)(L² - 1) √L/d, at most in sampled networks of widths
#: 2 to 64.
_MISSED = 0.07


def gaussian_losses(eigenvalues: npt.ArrayLike, depth: int) -> Array:
    """Return D in layers 1, …, depth.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
        Of G_0, all positive.
    depth : int

    Returns
    -------
    ndarray of shape (depth,)

    Examples
    --------
    >>> gaussian_losses([1.0] * 16, 3).round(4).tolist()
    [0.0, 0.0573, 0.1104]
    """
    relative = np.asarray(eigenvalues, dtype=float)
    relative = relative / relative.mean()
    width = len(relative)
    if width == 1:  # always at isometry
        return np.zeros(depth)
    values, counts = np.unique(relative, return_counts=True)
    weights = counts / width
    low, high = -_BELOW - np.log(width), _ABOVE - np.log(values[0])
    start = np.arange(low, high, _STEP)
    scaled = values * np.exp(start)[:, None]
    kept = 1 / (1 + scaled)
    mean, gone, logs = kept @ weights, (scaled * kept) @ weights, np.log1p(scaled) @ weights
    slope = (scaled * kept**2) @ weights / mean  # of -log M in log t
    losses = np.zeros(depth)
    for layer in range(1, depth):
        points = start - layer * np.log(mean)
        moved = logs - layer * (np.log(mean) + gone)
        isotropic = np.exp(-width / 2 * np.logaddexp(0.0, points))
        terms = (np.exp(-width / 2 * moved) - isotropic) * (1 + layer * slope)
        losses[layer] = _STEP * float(np.sum(terms))
    if depth:
        losses[0] = abs(float(mean_log_ratio(relative).value))
    return losses


def missed_after(eigenvalues: npt.ArrayLike, depth: int) -> float:
    """Return an estimate of what the gap after some layers leaves out.

    Examples
    --------
    >>> round(missed_after([1.0] * 16, 4), 3), missed_after([3.0, 1.0], 1)
    (0.131, 0.0)
    """
    relative = np.asarray(eigenvalues, dtype=float)
    relative = relative / relative.mean()
    if len(relative) == 1:
        return 0.0
    growth = (depth**2 - 1) * depth**0.5
    return float(_MISSED * (1 + relative.var()) * growth / len(relative))
