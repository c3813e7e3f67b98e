"""Sampling Haar-distributed orthogonal matrices.

This file knows nothing of Weingarten functions: it is what confirms them. Matrices are built from
reflections (:mod:`weingarten.sampled.reflections`).
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from weingarten.budget import as_limit
from weingarten.coerce import as_integer, as_one_of
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled.compact_groups import EVEN_SIZES, GROUP_SAMPLERS
from weingarten.sampled.reflections import default_workers, is_few, reflect

__all__ = ["as_generator", "as_shape", "sample_haar"]

# bytes of the matrices of one chunk: enough to hide Python's overhead, and threads waiting for
# each other; few enough for the cache
_CHUNK_BYTES = 1 << 20


def as_generator(rng: object) -> np.random.Generator:
    """Return a NumPy generator from ``None`` (fresh entropy), a seed, or a generator.

    Raises
    ------
    InvalidInputError
        If ``rng`` is none of these.

    Examples
    --------
    >>> float(as_generator(0).random()) == float(as_generator(0).random())
    True
    """
    if rng is None or isinstance(
        rng, np.random.Generator | np.random.BitGenerator | np.random.SeedSequence
    ):
        return np.random.default_rng(rng)
    try:
        return np.random.default_rng(as_integer(rng, "rng", minimum=0))
    except InvalidInputError:
        raise InvalidInputError(
            "rng",
            "must be None, an integer seed >= 0 or a numpy.random.Generator",
            rng,
            "pass an int such as 0, or numpy.random.default_rng(0)",
        ) from None


def sample_haar(
    d: int,
    size: int | tuple[int, ...] = (),
    *,
    group: str = "O",
    rows: int | None = None,
    rng: object = None,
    dtype: DTypeLike = np.float64,
    max_bytes: float | None = 4e9,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Sample orthogonal matrices from the Haar measure of O(d), or some of their rows.

    Matrices of other groups and of the circular ensembles go by ``group``.

    Parameters
    ----------
    d : int
        Dimension, at least 1.
    size : int or tuple of int, optional
        Shape of the batch; the default is a single matrix.
    group : {"O", "SO", "U", "SU", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble; for Sp (with the form J = [[0, 1], [-1, 0]]) and CSE, d is the even size of
        the matrices. All but O, SO and permutation are complex.
    rows : int, optional
        Only for O(d): return this many orthonormal rows (uniform on the Stiefel manifold), at a
        cost of order ``rows**2 * d`` instead of ``d**3``.
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence, optional
        Source of randomness; an int is a seed. The matrices of a batch are drawn one after the
        other, so a longer batch from the same seed begins with the shorter one: to the bit, but for
        a few matrices (24 at most), which are computed in another way and rounded otherwise.
    dtype : numpy.float64 or numpy.float32, optional
        For O and SO: in which everything is drawn and computed; the two are not roundings of each
        other.
    max_bytes : float or None, optional
        Limit on the size of the result; ``None`` lifts it.
    workers : int or None, optional
        For O and SO: threads that share a batch; the numbers do not depend on how many. By default
        one a core for large batches of small matrices, and one where the cores are shared out
        already: in a child process, in a thread, or by ``OMP_NUM_THREADS``.

    Returns
    -------
    numpy.ndarray
        Array of shape ``(*size, rows, d)``, ``rows`` being `d` by default, of complex numbers
        for the complex groups. Rows are orthonormal to the precision of the dtype. Over O(d) both
        signs of the determinant occur.

    Raises
    ------
    InvalidInputError
        If `d`, `size`, `group`, `rows`, `rng`, `dtype` or `workers` is out of range.
    CostLimitError
        If the result would not fit into `max_bytes`.

    Notes
    -----
    Work memory is bounded whatever the batch: it is filled in chunks of a MB, or one matrix at a
    time.

    References
    ----------
    .. [1] F. Mezzadri, "How to generate random matrices from the classical compact groups",
       Notices of the AMS 54 (2007) 592.

    Examples
    --------
    >>> import numpy
    >>> O = sample_haar(3, size=(5,), rng=0)
    >>> O.shape, bool(numpy.allclose(O @ O.swapaxes(1, 2), numpy.eye(3)))
    ((5, 3, 3), True)
    >>> sample_haar(100, rows=2, rng=0).shape
    (2, 100)
    >>> U = sample_haar(3, group="U", rng=0)
    >>> bool(numpy.allclose(U @ U.conj().T, numpy.eye(3)))
    True
    """
    dimension = _as_size(d, group)
    batch = as_shape(size)
    if group != "O" and rows is not None:
        raise InvalidInputError(
            "rows", "must be left out for a group other than O", rows, "take rows of the result"
        )
    count = dimension if rows is None else as_integer(rows, "rows", minimum=1)
    if count > dimension:
        raise InvalidInputError(
            "rows", f"must be at most d = {dimension}", count, "ask for fewer rows or a larger d"
        )
    generator = as_generator(rng)
    total = prod(batch)
    kind = _as_floats(dtype)
    if workers is not None:
        workers = as_integer(workers, "workers", minimum=1)
    if group in GROUP_SAMPLERS and kind != np.float64:
        raise InvalidInputError(
            "dtype", "must be left out for groups other than O and SO", dtype, "round the result"
        )
    itemsize = 16 if group in GROUP_SAMPLERS else kind.itemsize
    cost = itemsize * total * count * dimension
    limit = as_limit(max_bytes, "max_bytes", "bytes")
    if cost > limit:
        raise CostLimitError(
            f"sample_haar({dimension}, size={batch}, rows={count})",
            cost,
            limit,
            "bytes",
            "draw in several calls, or pass max_bytes=None",
        )
    if group in GROUP_SAMPLERS:
        chunk = max(1, _CHUNK_BYTES // (32 * dimension**2))
        starts = range(0, total, chunk) or (0,)
        drawn = [
            GROUP_SAMPLERS[group](dimension, min(chunk, total - start), generator)
            for start in starts
        ]
        return np.concatenate(drawn).reshape(*batch, dimension, dimension)
    result = np.empty((total, count, dimension), kind)
    chunk = max(1, _CHUNK_BYTES // (kind.itemsize * count * dimension))
    threads = default_workers(total // chunk, count * dimension) if workers is None else workers
    if threads > 1:
        # two for each at least
        chunk = min(chunk, max(1, -(-total // (2 * threads))))
    reflect(result, generator, chunk, threads, lapack=is_few(total, dimension))
    if group == "SO":
        # a fixed reflection carries one half of O(d) over to the other
        result[:, 0] *= np.sign(np.linalg.det(result))[:, None]
    return result.reshape(*batch, count, dimension)


def _as_size(d: object, group: object) -> int:
    """Return the size of the matrices of a known group."""
    name = as_one_of(group, "group", ("O", "SO", *GROUP_SAMPLERS), "U")
    size = as_integer(d, "d", minimum=1)
    if name in EVEN_SIZES and size % 2:
        raise InvalidInputError(
            "d", "must be even: it is the size 2m of the matrices", size, "pass an even number"
        )
    return size


def _as_floats(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind not in (np.float64, np.float32):
        raise InvalidInputError(
            "dtype", "must be float64 or float32", dtype, "leave dtype= out, or pass numpy.float32"
        )
    return kind


def as_shape(size: object) -> tuple[int, ...]:
    """Return the shape of a batch from its length or its lengths, or raise."""
    try:
        if isinstance(size, tuple | list):
            return tuple(as_integer(length, "size", minimum=0) for length in size)
        return (as_integer(size, "size", minimum=0),)
    except InvalidInputError:
        raise InvalidInputError(
            "size",
            "must be an integer >= 0 or a tuple of them",
            size,
            "pass size=1000 or size=(10, 100)",
        ) from None
