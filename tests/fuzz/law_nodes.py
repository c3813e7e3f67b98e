"""Nodes and weights that average polynomials over every law exactly, in three or four dimensions.

The law of a homogeneous space is invariant under a group that moves any point to any other, and a
kernel K(x, y) = p(<x, y>) is too. So the average of K(·, y) is the same number for every y, and
weights w on points x_a with Σ w_a K(x_a, y) constant in y average whatever polynomials K spans. The
weights solve linear equations; whether there are enough points shows at points that were left out.
Of Gaussian entries nodes are products of Gauss's, of permutations all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import permutations

import numpy as np

from tests.fuzz.nodes import haar_nodes
from tests.weingarten.networks.law_nodes import (
    circular_orthogonal,
    form,
    normals,
    rotations,
    special_unitary,
    unitary,
)

__all__ = ["Nodes", "nodes_for"]

Nodes = tuple[np.ndarray, np.ndarray]
_Draw = Callable[[np.random.Generator, int], np.ndarray]


def _normal(rng: np.random.Generator, number: int, rows: int, columns: int) -> np.ndarray:
    real, imaginary = rng.standard_normal((2, number, rows, columns))
    return real + 1j * imaginary


def _polar(matrices: np.ndarray) -> np.ndarray:
    left, _, right = np.linalg.svd(matrices, full_matrices=False)
    return left @ right


def _unitaries(rng: np.random.Generator, number: int, size: int) -> np.ndarray:
    return _polar(_normal(rng, number, size, size))


def _special_orthogonal(rng: np.random.Generator, number: int) -> np.ndarray:
    found = _polar(_normal(rng, number, 4, 4).real)
    found[:, :, 0] *= np.linalg.det(found)[:, None]
    return found


def _special_unitary(rng: np.random.Generator, number: int) -> np.ndarray:
    found = _unitaries(rng, number, 3)
    return found / np.linalg.det(found)[:, None, None] ** (1 / 3)


def _symplectic(rng: np.random.Generator, number: int) -> np.ndarray:
    a, b = _normal(rng, 2 * number, 2, 2).reshape(2, number, 2, 2)
    whole = np.block([[a, b], [-b.conj(), a.conj()]])
    values, vectors = np.linalg.eigh(whole.conj().swapaxes(1, 2) @ whole)
    root = (vectors / np.sqrt(values)[:, None]) @ vectors.conj().swapaxes(1, 2)
    return whole @ root


def _circular_orthogonal(rng: np.random.Generator, number: int) -> np.ndarray:
    found = _unitaries(rng, number, 3)
    return found @ found.swapaxes(1, 2)


def _circular_symplectic(rng: np.random.Generator, number: int) -> np.ndarray:
    found = _unitaries(rng, number, 4)
    return found @ form(4) @ found.swapaxes(1, 2) @ form(4).T


def _spread(
    draw: Callable[[np.random.Generator, int], np.ndarray], number: int, kind: str
) -> Nodes:
    """Return nodes for degree 4: their kernel spans all polynomials of a kind, checked."""
    rng = np.random.default_rng(7)
    points = draw(rng, number + 40)
    flat = points.reshape(len(points), -1)
    inner = flat @ flat[:number].conj().T / np.linalg.norm(flat[0]) ** 2
    # even ones, ones with as many conjugates as others, or all of them
    kernel = {
        "even": lambda t: ((1 + t.real**2) / 2) ** 2,
        "balanced": lambda t: ((1 + abs(t) ** 2) / 2) ** 2,
        "all": lambda t: ((1 + t.real) / 2) ** 4,
    }[kind](inner)
    weights = np.linalg.solve(kernel[:number] + 1e-13 * np.eye(number), np.ones(number))
    weights /= weights.sum()
    means = kernel @ weights
    assert np.ptp(means) < 1e-8, "too few nodes"
    phases = {"even": [1, -1], "balanced": np.exp(2j * np.pi * np.arange(5) / 5), "all": [1]}[kind]
    found = np.concatenate([phase * points[:number] for phase in phases])
    return found, np.tile(weights / len(phases), len(phases))


def _symmetric(degree: int) -> Nodes:
    grid, weights = normals(6, degree)
    found = np.zeros((len(grid), 3, 3))
    for at, (i, j) in enumerate(((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))):
        found[:, i, j] += grid[:, at] / np.sqrt(2)
        found[:, j, i] += grid[:, at] / np.sqrt(2)
    found[:, [0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1]] *= np.sqrt(2)
    return found, weights


def _hermitian(degree: int) -> Nodes:
    grid, weights = normals(4, degree)
    a, b, x, y = grid.T
    z = (x + 1j * y) / np.sqrt(2)
    return np.array([[a, z], [z.conj(), b]]).transpose(2, 0, 1), weights


def _gaussian(degree: int) -> Nodes:
    grid, weights = normals(6, degree)
    return grid.reshape(-1, 2, 3), weights


def _complex_gaussian(degree: int) -> Nodes:
    grid, weights = normals(8, degree)
    return ((grid[:, :4] + 1j * grid[:, 4:]) / np.sqrt(2)).reshape(-1, 2, 2), weights


def _permutations(_: int) -> Nodes:
    found = np.array([np.eye(4)[list(order)] for order in permutations(range(4))])
    return found, np.full(24, 1 / 24)


def _legs(degree: int) -> Nodes:
    """Return the sphere in four dimensions: a column of the quaternions of modulus 1."""
    matrices, weights = special_unitary(degree)
    first = matrices[:, :, 0]
    return np.stack([first.real, first.imag], 2).reshape(-1, 4, 1), weights


def _columns(rng: np.random.Generator, number: int) -> np.ndarray:
    return _polar(_normal(rng, number, 4, 2).real)


_NODES: dict[str, Callable[[int], Nodes]] = {
    "O": lambda n: haar_nodes(3, n),
    "SO(3)": rotations,
    "SO(4)": lambda _: _spread(_special_orthogonal, 1500, "even"),
    "U(2)": unitary,
    "U(3)": lambda _: _spread(lambda rng, n: _unitaries(rng, n, 3), 1300, "balanced"),
    "SU(2)": special_unitary,
    "SU(3)": lambda _: _spread(_special_unitary, 3600, "all"),
    "Sp(2)": special_unitary,
    "Sp(4)": lambda _: _spread(_symplectic, 3200, "even"),
    "COE(2)": circular_orthogonal,
    "COE(3)": lambda _: _spread(_circular_orthogonal, 600, "balanced"),
    "CSE(4)": lambda _: _spread(_circular_symplectic, 600, "balanced"),
    "Gaussian": _gaussian,
    "complex Gaussian": _complex_gaussian,
    "GOE": _symmetric,
    "GUE": _hermitian,
    "permutation": _permutations,
    "Stiefel": lambda _: _spread(_columns, 600, "even"),
    "sphere": _legs,
}


@lru_cache(maxsize=32)
def nodes_for(law: str, degree: int) -> Nodes:
    """Return matrices and weights that average this degree, at most 4, exactly."""
    return _NODES[law](degree)
