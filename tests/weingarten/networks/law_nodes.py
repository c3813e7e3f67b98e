"""Exact quadratures for the laws of random matrices at their smallest sizes.

They share nothing with the engine: products of Gauss rules and of equally spaced angles, exact for
polynomials of the degree asked for, and the list of all permutations.
"""

from itertools import permutations, product

import numpy as np

from tests.fuzz.nodes import haar_nodes

__all__ = ["NODES", "form"]


def form(d):
    return np.kron([[0.0, 1.0], [-1.0, 0.0]], np.eye(d // 2))


def normals(number, degree):
    """Independent standard normal numbers."""
    points, weights = np.polynomial.hermite_e.hermegauss(degree // 2 + 1)
    grid = np.array(list(product(points, repeat=number)))
    return grid, np.array([np.prod(w) for w in product(weights / weights.sum(), repeat=number)])


def angles(degree):
    return 2 * np.pi * np.arange(degree + 1) / (degree + 1)


def gaussian(degree):
    grid, weights = normals(4, degree)
    return grid.reshape(-1, 2, 2), weights


def complex_gaussian(degree):
    grid, weights = normals(4, degree)
    return (grid[:, :2] + 1j * grid[:, 2:]).reshape(-1, 1, 2) / np.sqrt(2), weights


def gaussian_orthogonal(degree):
    grid, weights = normals(3, degree)
    a, b, c = grid.T
    return np.array([[np.sqrt(2) * a, c], [c, np.sqrt(2) * b]]).transpose(2, 0, 1), weights


def gaussian_unitary(degree):
    grid, weights = normals(4, degree)
    a, b, x, y = grid.T
    z = (x + 1j * y) / np.sqrt(2)
    return np.array([[a, z], [z.conj(), b]]).transpose(2, 0, 1), weights


def permutation(size):
    def nodes(degree):
        found = np.array([np.eye(size)[list(p)] for p in permutations(range(size))])
        return found, np.full(len(found), 1 / len(found))

    return nodes


def special_unitary(degree):
    """[[a, -conj(b)], [b, conj(a)]], |a|² uniform on [0, 1], independent uniform phases."""
    points, weights = np.polynomial.legendre.leggauss(degree + 1)
    found, total = [], []
    for (x, w), s, t in product(zip(points, weights, strict=True), angles(degree), angles(degree)):
        a = np.sqrt((1 + x) / 2) * np.exp(1j * s)
        b = np.sqrt((1 - x) / 2) * np.exp(1j * t)
        found.append([[a, -b.conjugate()], [b, a.conjugate()]])
        total.append(w)
    return np.array(found), np.array(total) / sum(total)


def rotations(degree):
    """The rotations of space that SU(2) makes of the Pauli matrices."""
    matrices, weights = special_unitary(2 * degree)
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    turned = np.einsum("nab,jbc,ndc->njad", matrices, pauli, matrices.conj())
    return np.einsum("iab,njba->nij", pauli, turned).real / 2, weights


def plane_rotations(degree):
    t = angles(degree)
    found = np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]).transpose(2, 0, 1)
    return found, np.full(len(t), 1 / len(t))


def unitary(degree):
    matrices, weights = special_unitary(degree)
    phases = np.exp(1j * angles(degree))
    return (
        np.concatenate([phase * matrices for phase in phases]),
        np.concatenate([weights] * len(phases)) / len(phases),
    )


def circular_orthogonal(degree):
    matrices, weights = unitary(2 * degree)
    return matrices @ matrices.swapaxes(1, 2), weights


def circular_symplectic(degree):
    matrices, weights = unitary(2 * degree)
    return matrices @ form(2) @ matrices.swapaxes(1, 2) @ form(2).T, weights


def stiefel(degree):
    matrices, weights = haar_nodes(3, degree)
    return matrices[:, :, :2], weights


def sphere(degree):
    matrices, weights = haar_nodes(3, degree)
    return matrices[:, :, :1], weights


#: By a key of the tests: degree → (matrices, weights).
NODES = {
    "Gaussian": gaussian,
    "complex Gaussian": complex_gaussian,
    "GOE": gaussian_orthogonal,
    "GUE": gaussian_unitary,
    "S_1": permutation(1),
    "S_2": permutation(2),
    "S_3": permutation(3),
    "S_4": permutation(4),
    "SO(2)": plane_rotations,
    "SO(3)": rotations,
    "SU(2)": special_unitary,
    "Sp(2)": special_unitary,
    "COE(2)": circular_orthogonal,
    "CSE(2)": circular_symplectic,
    "Stiefel(3, 2)": stiefel,
    "sphere(3)": sphere,
}
