"""Samplers of random matrices by group: what draws the matrices that stand in an expression.

Like :mod:`weingarten.sampled.sampling`, which holds the one of O(d), it knows nothing of Weingarten
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weingarten.budget import as_limit
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled.compact_groups import GROUP_SAMPLERS
from weingarten.sampled.sampling import as_generator, as_shape, sample_haar
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["SAMPLERS", "sample", "sample_matrix"]

#: Draws so many matrices of a size.
Draw = Callable[[int, int, np.random.Generator], NDArray[Any]]


def _sample_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return sample_haar(d, (count,), rng=rng)


def _special_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return sample_haar(d, (count,), group="SO", rng=rng)


def _gaussian(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.standard_normal((count, d, d))


def _gaussian_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    drawn = _gaussian(d, count, rng)
    return (drawn + drawn.swapaxes(1, 2)) / sqrt(2)


def _gaussian_unitary(d: int, count: int, rng: np.random.Generator) -> NDArray[np.complex128]:
    drawn = _complex_gaussian((d, d), count, rng)
    return (drawn + drawn.conj().swapaxes(1, 2)) / sqrt(2)


def _complex_gaussian(
    shape: tuple[int, int], count: int, rng: np.random.Generator
) -> NDArray[np.complex128]:
    parts = rng.standard_normal((count, 2, *shape))
    return np.asarray((parts[:, 0] + 1j * parts[:, 1]) / sqrt(2))


#: For each group, what draws so many square matrices of a size.
SAMPLERS: Mapping[str, Draw] = {
    "O": _sample_orthogonal,
    "SO": _special_orthogonal,
    "Gaussian": _gaussian,
    "GOE": _gaussian_orthogonal,
    "GUE": _gaussian_unitary,
    **GROUP_SAMPLERS,
}


def sample_matrix(
    matrix: RandomMatrix,
    d: int,
    shape: tuple[int, int],
    count: int,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Draw so many matrices of the law of a symbol, at an integer dimension and shape."""
    matrix.ensemble.dimension(d, f"size of {matrix.name}")
    group = matrix.ensemble.group
    if group == "Gaussian" and not matrix.is_real_matrix:
        return _complex_gaussian(shape, count, rng)
    if group == "Gaussian":
        return rng.standard_normal((count, *shape))
    if shape == (d, d):
        return SAMPLERS[group](d, count, rng)
    # orthonormal columns
    return sample_haar(d, (count,), rows=shape[1], rng=rng).swapaxes(1, 2)


def sample(
    matrix: Any,
    size: int | tuple[int, ...] = (),
    *,
    rng: object = None,
    max_bytes: float | None = 4e9,
) -> NDArray[Any]:
    """Draw matrices of the law of a random matrix symbol.

    Parameters
    ----------
    matrix : RandomMatrix
        A symbol such as ``HaarUnitary("U", 3)`` or ``GaussianMatrix("G", 2, 4)``, of integer size.
    size : int or tuple of int, optional
        Shape of the batch; the default is a single matrix.
    rng : None, int or numpy.random.Generator, optional
        Source of randomness; an int is a seed.
    max_bytes : float or None, optional
        Refuse when the result would be larger; None never refuses.

    Returns
    -------
    numpy.ndarray
        Array of shape ``(*size, rows, columns)``, complex if the law is.

    Raises
    ------
    InvalidInputError
        If the symbol is no random matrix or its size no integer.
    CostLimitError
        If the result would not fit into `max_bytes`.

    Examples
    --------
    >>> from weingarten import RandomPermutation, UniformSphere
    >>> sample(RandomPermutation("P", 3), rng=0).sum(axis=0)
    array([1., 1., 1.])
    >>> sample(UniformSphere("x", 5), size=(2, 4), rng=0).shape
    (2, 4, 5, 1)
    """
    if not isinstance(matrix, RandomMatrix):
        raise InvalidInputError(
            "matrix", "must be a random matrix", matrix, 'pass for instance HaarUnitary("U", 3)'
        )
    if not all(number.is_Integer for number in (matrix.dimension, *matrix.shape)):
        raise InvalidInputError(
            "matrix", "must have integer sizes", matrix.shape, "put integers in by matrix.subs"
        )
    d, rows, columns = map(int, (matrix.dimension, *matrix.shape))
    batch = as_shape(size)
    cost = (8 if matrix.is_real_matrix else 16) * prod(batch) * rows * columns
    limit = as_limit(max_bytes, "max_bytes", "bytes")
    if cost > limit:
        raise CostLimitError(
            f"sample({matrix}, size={batch})",
            cost,
            limit,
            "bytes",
            "draw in several calls, or pass max_bytes=None",
        )
    drawn = sample_matrix(matrix, d, (rows, columns), prod(batch), as_generator(rng))
    return drawn.reshape(*batch, rows, columns)
