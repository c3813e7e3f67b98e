"""Monte Carlo means with their standard errors, from samples that come in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.printing.notebooks import html_rows

__all__ = ["Estimate", "RunningMean", "freedom_of", "heavy_tails", "real_parts"]

# real for the static types; of complex samples it is complex
Statistic = float | NDArray[Any]

#: A variance known to fewer degrees of freedom, and to fewer than this share of the number of
#: samples (a kurtosis above 9), is that of a heavy tail, about which the samples tell nothing.
_FREEDOM, _SHARE = 30, 0.25
#: How many units in the last place rounding moves a sample of which nothing else is known.
_ULPS = 64


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
    heavy_tail : bool
        Whether the samples of some entry have a tail too heavy for their number: neither the mean
        nor its standard error is to be trusted then, and it prints so. False where nobody looked.

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
    # parts of a sample may show a tail that the whole does not: the numbers are what is compared
    heavy_tail: bool = field(default=False, kw_only=True, compare=False)

    def __repr__(self) -> str:
        shown = [x.name for x in fields(self) if x.name != "heavy_tail" or self.heavy_tail]
        return f"Estimate({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def __str__(self) -> str:
        return f"{self!r}: {self.remark}" if self.heavy_tail else repr(self)

    @property
    def remark(self) -> str:
        """What is to be said of the tail; nothing of a light one."""
        return f"the tail is too heavy for {self.samples} samples" if self.heavy_tail else ""

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
        total = RunningMean().update(values)
        if total.samples < 2:
            return total.estimate(seed)
        array = _as_numbers(values)
        squares = RunningMean().update(np.square(real_parts(array - total.mean)))
        rounding = _ULPS * np.finfo(float).eps * float(np.max(np.abs(array), initial=0.0))
        return total.estimate(seed, heavy_tail=bool(heavy_tails(total, squares, rounding).any()))

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
        heavy = False
        for estimate in estimates:
            heavy = heavy or estimate.heavy_tail
            total.merge(RunningMean.from_estimate(estimate))
            seeds += estimate.seed if isinstance(estimate.seed, tuple) else [estimate.seed]
        known = None not in seeds
        return total.estimate(tuple(seeds) if known else None, heavy_tail=heavy)

    def zscore(self, exact: ArrayLike | sp.Expr) -> Statistic:
        """Return (mean - exact) / stderr; infinite where a zero error meets a difference.

        ``exact`` is a number (SymPy's exact ones included) or an array like the mean. A complex
        score holds those of the real and of the imaginary part.
        """
        score = _by_parts(_score, _as_numbers(self.mean) - _as_numbers(exact), self.stderr)
        return score.item() if score.ndim == 0 else score

    def _repr_html_(self) -> str:
        rows = {"mean": self.mean, "standard error": self.stderr, "samples": self.samples}
        rest = {"seed": self.seed} | ({"remark": self.remark} if self.heavy_tail else {})
        return html_rows({name: str(value) for name, value in (rows | rest).items()})


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

    def estimate(self, seed: object = None, *, heavy_tail: bool = False) -> Estimate:
        """Return mean and standard error of the samples seen; two are needed at least."""
        n = self.samples
        if n < 2:
            raise InvalidInputError(
                "samples", "must be at least 2 for a standard error", n, "draw more"
            )
        error = _by_parts(np.sqrt, self.squares / (n - 1) / n)
        if self.mean.ndim == 0:
            return Estimate(self.mean.item(), error.item(), n, seed, heavy_tail=heavy_tail)
        return Estimate(self.mean, error, n, seed, heavy_tail=heavy_tail)


def real_parts(values: NDArray[Any]) -> NDArray[Any]:
    """Return samples of arrays as samples of vectors of their real and imaginary parts."""
    flat = values.reshape(len(values), -1)
    parts = (flat.real, flat.imag) if np.iscomplexobj(flat) else (flat,)
    return np.concatenate(parts, axis=1)


def freedom_of(squares: RunningMean) -> NDArray[Any]:
    """Return to how many degrees of freedom the variances of samples are known (Satterthwaite).

    ``squares`` are those of the deviations of their real and imaginary parts.
    """
    n, spread = squares.samples, squares.mean
    # fourth powers may overflow: the tail is heavy then
    errors = np.sqrt(squares.squares / (n - 1) / n)
    # a variance known up to a share ρ of itself has 2/ρ² degrees of freedom
    shares = np.divide(errors, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(np.minimum(n - 1, 2 / np.maximum(shares, 1e-9) ** 2))


def heavy_tails(total: RunningMean, squares: RunningMean, rounding: float) -> NDArray[Any]:
    """Return which real and imaginary parts of samples have a tail too heavy for their number.

    ``squares`` are as for :func:`freedom_of`; a standard error of at most ``rounding`` is none.

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> Estimate.from_samples(1 / draws.standard_normal(1000)).heavy_tail
    True
    >>> Estimate.from_samples(draws.standard_normal(1000)).heavy_tail
    False
    """
    freedom = freedom_of(squares)
    errors = real_parts(np.asarray(total.estimate().stderr)[None])[0]
    few = freedom < min(_FREEDOM, _SHARE * total.samples)
    return np.asarray(few & (np.broadcast_to(errors, few.shape) > rounding))
