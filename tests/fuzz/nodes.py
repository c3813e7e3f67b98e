"""Finite sets of matrices that average polynomials over O(1), O(2) and O(3) exactly.

A polynomial of degree n in the entries is a trigonometric polynomial of degree n in each rotation
angle, which more than n roots of unity average exactly. On O(3) the average over the two outer of
the three Euler angles leaves a polynomial of degree n in the cosine of the middle one, which Gauss
and Legendre's nodes integrate exactly. O(1) has two points.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from itertools import product

import numpy as np

__all__ = ["haar_nodes", "node_count", "product_nodes"]


def node_count(size: int, degree: int) -> int:
    """Return the number of nodes without making them."""
    points = degree + 1
    return {1: 2, 2: 2 * points, 3: 2 * points**2 * (degree // 2 + 1)}[size]


@lru_cache(maxsize=64)
def haar_nodes(size: int, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Return matrices of shape (N, size, size) and weights that average this degree exactly."""
    if size == 1:
        matrices = np.array([[[1.0]], [[-1.0]]])
        return matrices, np.full(2, 0.5)
    angles = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    if size == 2:
        turns = _plane_turns(angles)
        matrices = np.concatenate([turns, turns * [1.0, -1.0]])
        return matrices, np.full(len(matrices), 1 / len(matrices))
    heights, weights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    outer = np.zeros((len(angles), 3, 3))
    outer[:, :2, :2], outer[:, 2, 2] = _plane_turns(angles), 1.0
    tilts = np.array([[[c, 0, s], [0, 1, 0], [-s, 0, c]] for c, s in _circle(heights)])
    spun = outer[:, None, None] @ tilts[None, :, None] @ outer[None, None, :]
    spread = np.broadcast_to(weights[None, :, None] / 2, spun.shape[:3]).ravel()
    spun = spun.reshape(-1, 3, 3)
    share = spread / len(angles) ** 2 / 2
    return np.concatenate([spun, -spun]), np.concatenate([share, share])


def product_nodes(demands: list[tuple[int, int]]) -> tuple[list[np.ndarray], np.ndarray]:
    """Return nodes of several independent matrices, given the size and degree of each."""
    parts = [haar_nodes(size, degree) for size, degree in demands]
    grid = np.array(list(product(*(range(len(w)) for _, w in parts))), dtype=int)
    matrices = [m[grid[:, k]] for k, (m, _) in enumerate(parts)]
    weights = reduce(np.multiply, (w[grid[:, k]] for k, (_, w) in enumerate(parts)))
    return matrices, weights


def _plane_turns(angles: np.ndarray) -> np.ndarray:
    c, s = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([c, -s], -1), np.stack([s, c], -1)], -2)


def _circle(heights: np.ndarray) -> list[tuple[float, float]]:
    return [(c, float(np.sqrt(1 - c * c))) for c in heights]
