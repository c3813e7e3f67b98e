r"""Samplers of the compact groups and circular ensembles other than O(d), on arrays.

They know nothing of Weingarten functions: they are what confirms them. A QR decomposition whose R
has a positive diagonal, and a polar decomposition, both turn a Gaussian matrix into a function of
it that multiplication by a fixed group element carries over, and so into a Haar-distributed matrix
(Mezzadri, Notices of the AMS 54 (2007) 592).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EVEN_SIZES", "GROUP_SAMPLERS", "sample_unitary"]

ComplexArray = NDArray[np.complex128]
Sampler = Callable[[int, int, np.random.Generator], NDArray[Any]]


def sample_unitary(d: int, count: int, rng: np.random.Generator) -> ComplexArray:
    """Sample unitary matrices from the Haar measure of U(d).

    The Q of a QR decomposition of complex Gaussian matrices, its columns with the phases that make
    the diagonal of R positive: then it is a function of the Gaussian matrix that U → VU carries
    over, and Haar (Mezzadri, Notices of the AMS 54 (2007) 592).

    Parameters
    ----------
    d : int
        Dimension, at least 1.
    count : int
        Number of matrices.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Array of complex128 of shape ``(count, d, d)``.

    Examples
    --------
    >>> U = sample_unitary(3, 5, np.random.default_rng(0))
    >>> U.shape, bool(np.allclose(U @ U.conj().swapaxes(1, 2), np.eye(3)))
    ((5, 3, 3), True)
    """
    parts = rng.standard_normal((count, 2, d, d))
    unitary, triangular = np.linalg.qr(parts[:, 0] + 1j * parts[:, 1])
    diagonal = np.diagonal(triangular, axis1=1, axis2=2)
    return np.asarray(unitary * (diagonal / np.abs(diagonal))[:, None, :])


def _special_unitary(d: int, count: int, rng: np.random.Generator) -> ComplexArray:
    """Give the first row the phase that makes the determinant 1: still invariant under SU(d)."""
    unitary = sample_unitary(d, count, rng)
    unitary[:, 0] *= np.linalg.det(unitary).conj()[:, None]
    return unitary


def _symplectic(d: int, count: int, rng: np.random.Generator) -> ComplexArray:
    """Return the unitary polar factors of Gaussian matrices [[A, B], [-conj(B), conj(A)]].

    These form an algebra (quaternionic matrices) whose unitary members are Sp(d), and the polar
    factor, X (X* X)^{-1/2}, stays in it.
    """
    m = d // 2
    parts = rng.standard_normal((count, 4, m, m))
    a, b = parts[:, 0] + 1j * parts[:, 1], parts[:, 2] + 1j * parts[:, 3]
    gaussian = np.block([[a, b], [-b.conj(), a.conj()]])
    left, _, right = np.linalg.svd(gaussian)
    return np.asarray(left @ right)


def _circular_orthogonal(d: int, count: int, rng: np.random.Generator) -> ComplexArray:
    unitary = sample_unitary(d, count, rng)
    return np.asarray(unitary @ unitary.swapaxes(1, 2))


def _circular_symplectic(d: int, count: int, rng: np.random.Generator) -> ComplexArray:
    """Return U J Uᵀ Jᵀ: J X has the lower rows above, and the upper ones negative below."""
    m = d // 2
    unitary = sample_unitary(d, count, rng)
    form = np.kron([[0, 1], [-1, 0]], np.eye(m))
    return np.asarray(unitary @ form @ unitary.swapaxes(1, 2) @ form.T)


def _permutation(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    images = rng.permuted(np.tile(np.arange(d), (count, 1)), axis=1)
    matrices = np.zeros((count, d, d))
    np.put_along_axis(matrices, images[:, :, None], 1.0, axis=2)
    return matrices


#: The groups whose matrices have a size 2m.
EVEN_SIZES = frozenset({"Sp", "CSE"})
#: For each group other than O and SO, what draws so many matrices of a size.
GROUP_SAMPLERS: Mapping[str, Sampler] = {
    "U": sample_unitary,
    "SU": _special_unitary,
    "Sp": _symplectic,
    "COE": _circular_orthogonal,
    "CSE": _circular_symplectic,
    "permutation": _permutation,
}
