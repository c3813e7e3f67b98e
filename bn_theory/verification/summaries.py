r"""What is kept of draws: everything that a verdict looks at, in memory that does not grow.

A summary holds, for each component, the number of draws, their mean, their central moments of
orders 2 to 4, the smallest and largest draws and the first ones. Two summaries of different draws
merge to that of all of them. The mean carries the rounding of its own updates along (Neumaier), and
moments are combined by the pairwise rule of Chan, Golub and LeVeque, extended to higher orders by
Pébay. Those of order 3 and 4 are kept relative to the second: nothing overflows that a standard
error survives.

The merged numbers depend on the order of merging in their last digits: whoever wants the same
bits again merges in the same order.

References
----------
T. F. Chan, G. H. Golub, R. J. LeVeque, Algorithms for computing the sample variance, Am. Stat. 37
(1983) 242–247.
P. Pébay, Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
statistical moments, Sandia report SAND2008-6212 (2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from weingarten.errors import InvalidInputError
from weingarten.sampled.running_means import Estimate

__all__ = ["EXTREMES", "HEAD", "Column", "Summary"]

Array = npt.NDArray[np.float64]

#: So many smallest and largest draws are kept, enough for the tail of a million.
EXTREMES = 1025
#: So many first draws are kept, whose median stands for that of all.
HEAD = 4096


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """A summary of draws of shape (networks,) or (networks, components).

    Attributes
    ----------
    shape : tuple of int
        Of one draw.
    samples : int
    mean, rest : ndarray of shape (components,)
        The mean is their sum: the second is what rounding took from the first.
    squares : ndarray of shape (components,)
        Sums of squared deviations from the mean, S_2.
    cubes, fourths : ndarray of shape (components,)
        S_3 / S_2^(3/2) and S_4 / S_2^2 for the sums of third and fourth powers; 0 if S_2 is.
    lowest, highest : ndarray of shape (at most EXTREMES, components)
        The smallest and largest draws, ascending.
    head : ndarray of shape (at most HEAD, components)
        The first draws.
    """

    shape: tuple[int, ...]
    samples: int
    mean: Array
    rest: Array
    squares: Array
    cubes: Array
    fourths: Array
    lowest: Array
    highest: Array
    head: Array

    @classmethod
    def of(cls, draws: npt.ArrayLike, head: int = HEAD) -> Summary:
        """Return the summary of draws along the first axis.

        Raises
        ------
        InvalidInputError
            If one of them is no finite number.

        Examples
        --------
        >>> whole = Summary.of([1.0, 2.0, 3.0, 6.0])
        >>> whole.samples, whole.estimate(seed=0).mean
        (4, 3.0)
        """
        array = np.asarray(draws)
        if array.ndim == 0 or array.dtype.kind not in "biuf":
            raise InvalidInputError(
                "sampler",
                "must return real numbers, one draw for each network",
                array.dtype if array.ndim else draws,
                "return an array of floats with the networks on its first axis",
            )
        columns = np.asarray(array, dtype=float).reshape(len(array), -1)
        bad = int(np.count_nonzero(~np.isfinite(columns).all(axis=1)))
        if bad:
            raise InvalidInputError(
                "sampler",
                "must return finite numbers",
                f"nan or infinity for {bad} of {len(array)} networks",
                "look for overflow, a division by zero or a nan among the values it was given",
            )
        with np.errstate(over="ignore", invalid="ignore"):
            mean = columns.mean(axis=0)
            deviations = columns - mean
            squares = np.square(deviations).sum(axis=0)
        if not np.all(np.isfinite(squares)):
            raise InvalidInputError(
                "sampler",
                "must return numbers whose squares can be added",
                f"numbers up to {np.abs(columns).max():.1e}",
                "sample a quantity of another scale, or its logarithm",
            )
        # relative to the root of S_2, no deviation exceeds 1
        unit = np.sqrt(squares)
        relative = np.divide(deviations, unit, out=np.zeros_like(deviations), where=unit > 0)
        ordered = np.sort(columns, axis=0)
        return cls(
            shape=array.shape[1:],
            samples=len(array),
            mean=mean,
            rest=np.zeros_like(mean),
            squares=squares,
            cubes=(relative**3).sum(axis=0),
            fourths=(relative**4).sum(axis=0),
            lowest=ordered[:EXTREMES].copy(),
            highest=ordered[-EXTREMES:].copy(),
            head=columns[:head].copy(),
        )

    def merged(self, other: Summary) -> Summary:
        """Return the summary of these draws and those of another one, which come after them.

        Examples
        --------
        >>> parts = Summary.of([1.0, 2.0]).merged(Summary.of([3.0, 6.0]))
        >>> parts.estimate(seed=0) == Summary.of([1.0, 2.0, 3.0, 6.0]).estimate(seed=0)
        True
        """
        if self.shape != other.shape:
            raise InvalidInputError(
                "sampler",
                f"must return draws of the shape {self.shape} of those before",
                other.shape,
                "return as many components for every network",
            )
        n, m = self.samples, other.samples
        total = n + m
        step = (other.mean - self.mean) + (other.rest - self.rest)
        moved = self.rest + step * (m / total)
        mean = self.mean + moved
        taken = mean - self.mean
        squares = self.squares + other.squares + np.square(step) * (n / total * m)
        unit = np.sqrt(squares)

        def share(values: Array) -> Array:
            return np.divide(values, unit, out=np.zeros_like(unit), where=unit > 0)

        # everything relative to the root of the new S_2
        a, b, t = share(np.sqrt(self.squares)), share(np.sqrt(other.squares)), share(step)
        p, q = n / total, m / total
        cubes = (
            self.cubes * a**3
            + other.cubes * b**3
            + t**3 * (n * q * (p - q))
            + 3 * t * (p * b**2 - q * a**2)
        )
        fourths = (
            self.fourths * a**4
            + other.fourths * b**4
            + t**4 * (n * q * (p * p - p * q + q * q))
            + 6 * t**2 * (p**2 * b**2 + q**2 * a**2)
            + 4 * t * (p * other.cubes * b**3 - q * self.cubes * a**3)
        )
        return Summary(
            shape=self.shape,
            samples=total,
            mean=mean,
            rest=(self.mean - (mean - taken)) + (moved - taken),
            squares=squares,
            cubes=cubes,
            fourths=fourths,
            lowest=np.sort(np.concatenate([self.lowest, other.lowest]), axis=0)[:EXTREMES],
            highest=np.sort(np.concatenate([self.highest, other.highest]), axis=0)[-EXTREMES:],
            head=np.concatenate([self.head, other.head])[:HEAD],
        )

    def column(self, index: int) -> Column:
        """Return one component by itself."""
        return Column(
            samples=self.samples,
            mean=float(self.mean[index] + self.rest[index]),
            squares=float(self.squares[index]),
            skewness=float(self.cubes[index]),
            fourths=float(self.fourths[index]),
            lowest=self.lowest[:, index],
            highest=self.highest[:, index],
            head=self.head[:, index],
        )

    def estimate(self, seed: object = None) -> Estimate:
        """Return the means with their standard errors, of the shape of a draw."""
        error = np.sqrt(self.squares / max(self.samples - 1, 1) / self.samples)
        mean = self.mean + self.rest
        if not self.shape:
            return Estimate(float(mean[0]), float(error[0]), self.samples, seed)
        return Estimate(mean.reshape(self.shape), error.reshape(self.shape), self.samples, seed)

    def arrays(self) -> dict[str, Array]:
        """Return everything as arrays, by name: what a file holds."""
        found = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        return found | {"shape": np.asarray(self.shape, dtype=np.int64)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array]) -> Summary:
        """Return what :meth:`arrays` took apart."""
        rest = {f.name: arrays[f.name] for f in fields(cls) if f.name not in {"shape", "samples"}}
        shape = tuple(int(side) for side in arrays["shape"])
        return cls(shape=shape, samples=int(arrays["samples"]), **rest)


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """The summary of one component, as tests read it.

    Attributes
    ----------
    samples, mean, squares
        As for :class:`Summary`.
    skewness : float
        Skewness over √samples, between -1 and 1; 0 if all draws are equal.
    fourths : float
        S_4 / S_2^2, the kurtosis over the number of samples.
    """

    samples: int
    mean: float
    squares: float
    skewness: float
    fourths: float
    lowest: Array
    highest: Array
    head: Array

    @property
    def least(self) -> float:
        """The smallest draw."""
        return float(self.lowest[0])

    @property
    def greatest(self) -> float:
        """The largest draw."""
        return float(self.highest[-1])

    @property
    def size(self) -> float:
        """The largest absolute value of a draw."""
        return max(abs(self.least), abs(self.greatest))

    @property
    def variance(self) -> float:
        """The sample variance of a draw."""
        return self.squares / max(self.samples - 1, 1)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the variance, 2/ρ² with ρ its relative standard error."""
        spread = self.fourths - 1 / self.samples
        return min(self.samples - 1.0, 2 / spread) if spread > 0 else self.samples - 1.0

    @cached_property
    def deviations(self) -> Array:
        """The k + 1 largest deviations from the median, the smallest of them first, k = √N.

        One large draw moves the mean so far that all others deviate from it alike; not the median.
        The largest deviations are among the smallest and the largest draws.
        """
        count = max(math.isqrt(self.samples), 5) + 1
        if self.samples <= len(self.lowest):
            ends = self.lowest  # all of them
        else:
            ends = np.concatenate([self.lowest[:count], self.highest[-count:]])
        found = np.sort(np.abs(ends - np.median(self.head)))
        return found[-min(count, len(self.lowest)) :]

    def squares_about(self, value: float) -> float:
        """Return the sum of squared deviations from another value than the mean."""
        return self.squares + self.samples * (self.mean - value) ** 2
