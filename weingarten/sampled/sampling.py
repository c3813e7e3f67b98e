"""Sampling Haar-distributed orthogonal matrices, and Monte Carlo estimates with their errors.

This file knows nothing of Weingarten functions: it is what confirms them. Matrices are built from
reflections (:mod:`weingarten.sampled.reflections`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, DTypeLike, NDArray

from weingarten.budget import as_limit
from weingarten.coerce import as_integer
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.printing.notebooks import html_rows
from weingarten.sampled.compact_groups import GROUP_SAMPLERS
from weingarten.sampled.reflections import default_workers, is_few, reflect

__all__ = ["Estimate", "RunningMean", "as_generator", "as_shape", "sample_haar"]

# real for the static types; of complex samples it is complex
Statistic = float | NDArray[Any]

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
    names = ("O", "SO", *GROUP_SAMPLERS)
    if not isinstance(group, str) or group not in names:
        listed = ", ".join(map(repr, names))
        raise InvalidInputError("group", f"must be one of {listed}", group, 'pass group="U"')
    size = as_integer(d, "d", minimum=1)
    if group in ("Sp", "CSE") and size % 2:
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


@dataclass(frozen=True)
class Estimate:
    """A Monte Carlo mean with its standard error.

    Attributes
    ----------
    mean : float, complex or numpy.ndarray
        Sample mean; an array when several quantities were sampled together.
    stderr : float, complex or numpy.ndarray
        Standard error of the mean, of the same shape. That of a complex mean is complex: its real
        part is the standard error of the real part, its imaginary part that of the imaginary part.
    samples : int
        Number of independent samples, at least 2.
    seed : object
        What to pass as ``rng`` to draw them again; ``None`` if that is unknown, a tuple of seeds
        for merged estimates.

    Raises
    ------
    InvalidInputError
        If there are fewer than two samples, or a mean or standard error is not finite.

    Examples
    --------
    >>> estimate = Estimate.from_samples([1.0, 2.0, 3.0, 4.0], seed=0)
    >>> estimate.mean, round(estimate.stderr, 4), estimate.samples
    (2.5, 0.6455, 4)
    >>> round(estimate.zscore(2), 4)
    0.7746
    """

    mean: Statistic
    stderr: Statistic
    samples: int
    seed: object = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", as_integer(self.samples, "samples"))
        if self.samples < 2:
            raise InvalidInputError(
                "samples", "must be at least 2 for a standard error", self.samples, "draw more"
            )
        mean, errors = _as_statistic(self.mean), _as_statistic(self.stderr)
        if not np.all(np.isfinite(mean)):
            raise InvalidInputError(
                "mean", "must be finite", self.mean, "look for overflow in the sampled quantity"
            )
        if not np.all(np.isfinite(errors)) or np.any(errors.real < 0) or np.any(errors.imag < 0):
            raise InvalidInputError(
                "stderr", "must be finite and >= 0", self.stderr, "pass the error of the mean"
            )

    @classmethod
    def from_samples(cls, values: ArrayLike, seed: object = None) -> Estimate:
        """Return the estimate from independent samples along the first axis of ``values``."""
        return RunningMean().update(values).estimate(seed)

    @classmethod
    def merge(cls, estimates: Iterable[Estimate]) -> Estimate:
        """Return the estimate from all samples of several independent estimates together.

        Examples
        --------
        >>> parts = [Estimate.from_samples(part) for part in ([1.0, 2.0], [3.0, 4.0])]
        >>> Estimate.merge(parts) == Estimate.from_samples([1.0, 2.0, 3.0, 4.0])
        True
        """
        total = RunningMean()
        seeds: list[object] = []
        for estimate in estimates:
            total.merge(RunningMean.from_estimate(estimate))
            seeds += estimate.seed if isinstance(estimate.seed, tuple) else [estimate.seed]
        known = None not in seeds
        return total.estimate(tuple(seeds) if known else None)

    def zscore(self, exact: ArrayLike | sp.Expr) -> Statistic:
        """Return (mean - exact) / stderr; infinite where a zero error meets a difference.

        ``exact`` is a number (SymPy's exact ones included) or an array like the mean. A complex
        score holds those of the real and of the imaginary part.
        """
        score = _by_parts(_score, _as_numbers(self.mean) - _as_numbers(exact), self.stderr)
        return score.item() if score.ndim == 0 else score

    def _repr_html_(self) -> str:
        rows = {"mean": self.mean, "standard error": self.stderr, "samples": self.samples}
        return html_rows({name: str(value) for name, value in (rows | {"seed": self.seed}).items()})


def _score(difference: NDArray[Any], error: NDArray[Any]) -> NDArray[Any]:
    error = np.broadcast_to(error, difference.shape)
    unclear = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    return np.asarray(np.divide(difference, error, out=unclear, where=error > 0))


def _as_numbers(values: object) -> NDArray[Any]:
    """Return an array of floats or of complex numbers."""
    array = np.asarray(values)
    if array.dtype.kind not in "biufcO":
        raise TypeError(f"no numbers: {values!r}")
    if array.dtype.kind == "O":
        array = array.astype(np.complex128)
        return array if array.imag.any() else array.real
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _by_parts(function: Callable[..., NDArray[Any]], *values: Any) -> NDArray[Any]:
    """Apply a function to real arrays, or to the real and the imaginary parts of complex ones."""
    arrays = [np.asarray(value) for value in values]
    if not any(map(np.iscomplexobj, arrays)):
        return function(*arrays)
    real = function(*(array.real for array in arrays))
    result = np.empty(np.shape(real), dtype=np.complex128)
    result.real, result.imag = real, function(*(array.imag for array in arrays))
    return result


def _as_statistic(value: Any) -> NDArray[Any]:
    """Return numbers as an array, nan for what are none."""
    try:
        array = np.asarray(value)
    except ValueError:
        return np.array(np.nan)
    return array if array.dtype.kind in "iufc" else np.array(np.nan)


class RunningMean:
    """Partial sums of a Monte Carlo campaign that can be updated in chunks and merged.

    Holds the count, the mean and the sum of squared deviations, and combines them by the pairwise
    rule of Chan, Golub and LeVeque (1983), which loses no digits where plain sums of squares do.

    Attributes
    ----------
    samples : int
        Number of samples seen.
    mean, squares : numpy.ndarray
        Their mean, and the sum of their squared deviations from it; the squares of the real and of
        the imaginary parts are the parts of complex ``squares``.

    Examples
    --------
    >>> total = RunningMean()
    >>> for chunk in ([1.0], [2.0, 3.0], [4.0]):
    ...     _ = total.update(chunk)
    >>> total.estimate(seed=7)
    Estimate(mean=2.5, stderr=0.6454972243679028, samples=4, seed=7)
    """

    def __init__(self, samples: int = 0, mean: ArrayLike = 0.0, squares: ArrayLike = 0.0) -> None:
        self.samples = as_integer(samples, "samples", minimum=0)
        self.mean: NDArray[Any] = _as_numbers(mean)
        self.squares: NDArray[Any] = _as_numbers(squares)

    @classmethod
    def from_estimate(cls, estimate: Estimate) -> RunningMean:
        """Return the partial sums behind an estimate."""
        n = estimate.samples
        return cls(n, estimate.mean, _by_parts(np.square, estimate.stderr) * n * (n - 1))

    def copy(self) -> RunningMean:
        """Return the same sums, to be updated by themselves."""
        return RunningMean(self.samples, self.mean, self.squares)

    def update(self, values: ArrayLike) -> RunningMean:
        """Add samples along the first axis of ``values``, and return ``self``.

        Raises
        ------
        InvalidInputError
            If a sample is no finite number, or of another shape than those before.
        """
        try:
            array = _as_numbers(values)
        except (TypeError, ValueError):
            array = np.array(np.nan)
        bad = np.count_nonzero(~np.isfinite(array))
        if array.ndim == 0 or bad:
            raise InvalidInputError(
                "values",
                "must be an array of finite numbers, samples along its first axis",
                f"{bad} other values" if array.ndim else values,
                "look for overflow, or for a sample without mean",
            )
        if not len(array):
            return self
        mean = array.mean(axis=0)
        return self.merge(
            RunningMean(len(array), mean, _by_parts(np.square, array - mean).sum(axis=0))
        )

    def merge(self, other: RunningMean) -> RunningMean:
        """Add the samples of another campaign, independent of this one, and return ``self``."""
        if self.samples and other.samples and self.mean.shape != other.mean.shape:
            raise InvalidInputError(
                "values",
                f"must have samples of shape {self.mean.shape} like those before",
                other.mean.shape,
                "estimate different quantities separately",
            )
        total = self.samples + other.samples
        if not other.samples:
            return self
        step = other.mean - self.mean
        self.mean = self.mean + step * (other.samples / total)
        weight = self.samples * other.samples / total
        self.squares = self.squares + other.squares + _by_parts(np.square, step) * weight
        self.samples = total
        return self

    def estimate(self, seed: object = None) -> Estimate:
        """Return mean and standard error of the samples seen; two are needed at least."""
        n = self.samples
        if n < 2:
            raise InvalidInputError(
                "samples", "must be at least 2 for a standard error", n, "draw more"
            )
        error = _by_parts(np.sqrt, self.squares / (n - 1) / n)
        if self.mean.ndim == 0:
            return Estimate(self.mean.item(), error.item(), n, seed)
        return Estimate(self.mean, error, n, seed)
