"""Exact integration over U(1) and U(2), sharing no code with the engine.

U(2) is ``e^{iφ} [[a, -conj(b)], [b, conj(a)]]`` with φ uniform and (a, b) on the unit sphere of C²:
``a = sqrt(t) e^{iα}``, ``b = sqrt(1-t) e^{iβ}`` with t uniform on [0, 1] and α, β uniform. Of a
polynomial, equally spaced phases and Gauss-Legendre nodes in t integrate every term without error.
"""

from functools import lru_cache

import numpy as np

from weingarten import evaluate


@lru_cache(maxsize=8)
def nodes(size, degree):
    """Return unitary matrices and weights exact for products of up to so many entries."""
    # no phase occurs to a power above the degree
    phases = np.exp(2j * np.pi * np.arange(degree + 1) / (degree + 1))
    if size == 1:
        return phases.reshape(-1, 1, 1), np.full(degree + 1, 1 / (degree + 1))
    points, weights = np.polynomial.legendre.leggauss(degree // 4 + 1)
    grid = np.meshgrid(phases, phases, phases, (points + 1) / 2, indexing="ij")
    phi, alpha, beta, t = (x.ravel() for x in grid)
    a, b = np.sqrt(t) * alpha, np.sqrt(1 - t) * beta
    matrices = phi[:, None, None] * np.stack(
        [np.stack([a, -b.conj()], -1), np.stack([b, a.conj()], -1)], -2
    )
    total = np.tile(weights / 2, (degree + 1) ** 3) / (degree + 1) ** 3
    return matrices, total


def exact_mean(expr, unitary, degree, values=None):
    """Return the mean over one unitary matrix of size 1 or 2 of a polynomial of this degree."""
    matrices, weights = nodes(int(unitary.dimension), degree)
    drawn = np.asarray(evaluate(expr, {**(values or {}), unitary: matrices}))
    axes = 2 if getattr(expr, "is_Matrix", False) else 0
    if drawn.ndim == axes:
        return drawn
    return np.tensordot(weights, drawn, axes=(0, 0))
