"""Samplers of random matrices by group: what draws the matrices that stand in an expression.

Like :mod:`weingarten.sampled.sampling`, which holds the one of O(d), it knows nothing of Weingarten
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weingarten.sampled.sampling import sample_haar

__all__ = ["SAMPLERS", "sample_unitary"]


def sample_unitary(d: int, count: int, rng: np.random.Generator) -> NDArray[np.complex128]:
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


def _sample_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return sample_haar(d, (count,), rng=rng)


#: For each group, what draws so many matrices of a size.
SAMPLERS: Mapping[str, Callable[[int, int, np.random.Generator], NDArray[Any]]] = {
    "O": _sample_orthogonal,
    "U": sample_unitary,
}
