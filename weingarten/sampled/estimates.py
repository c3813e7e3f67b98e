"""The numeric side of expectations: sample the same expression, compare with the exact value.

The evaluator walks the SymPy tree with NumPy arrays and shares nothing with the integration, so
agreement is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from math import prod
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy import special

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import is_array, machine
from weingarten.expectations.averages import expectation
from weingarten.expectations.problems import as_expression
from weingarten.printing.notebooks import html_rows
from weingarten.sampled.draws import Campaign, Progress, Sampler, sampled_values
from weingarten.sampled.evaluation import Evaluator, as_values
from weingarten.sampled.running_means import (
    Estimate,
    RunningMean,
    freedom_of,
    heavy_tails,
    real_parts,
)
from weingarten.symbols.random_matrices import random_matrices
from weingarten.symbols.randomness import other_random_symbols

__all__ = ["Confirmation", "confirm", "estimate"]

_MOST_SAMPLES = 10**9
_LARGEST_THRESHOLD = 30.0
#: Relative step by which the sensitivity of an expression to rounding is measured, and how many
#: units in the last place its inputs are trusted to.
_STEP, _ULPS = 1e-8, 64


def estimate(
    expr: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    samples: int = 10_000,
    rng: Any = None,
    rtol: float | None = None,
    seconds: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    checkpoint: str | Path | None = None,
) -> Estimate:
    """Sample an expression in Haar matrices and return its mean with a standard error.

    Parameters
    ----------
    expr : Expr, MatrixExpr or Matrix
        Any expression that :func:`weingarten.expect` accepts.
    values : mapping, optional
        Numbers for scalar symbols (the dimension included) and arrays for matrix symbols.
    samples : int, optional
        Number of independent draws, at least 2.
    rng : int or numpy.random.Generator, optional
        Seed or generator; the seed is reported in the result.
    rtol : float, optional
        Draw more than ``samples``, up to 100 times as many, until the standard error is at most
        this share of the mean (of a matrix: that of each entry, of the largest one).
    seconds : float, optional
        End the sampling after this time and return what was drawn by then, at least one block
        (16384 samples of small matrices). With a checkpoint, the same call draws on from there.
    executor : concurrent.futures.Executor, optional
        Who draws, for instance a ``ProcessPoolExecutor``. It changes no number.
    progress : callable, optional
        ``progress(done, total)`` is called as samples come in; ``rtol`` may raise the total.
    checkpoint : path, optional
        A file that keeps what was drawn, written every second and whatever ends the sampling. The
        same call goes on from it and ends with the numbers of an uninterrupted one; without
        ``rng``, it takes the seed from there.

    Returns
    -------
    Estimate
        ``mean`` and ``stderr`` have the shape of the expression; both are complex if it is, with
        the standard errors of real and imaginary parts as parts. ``heavy_tail`` says where there
        may be no mean, by what makes a verdict of :func:`confirm` undecided.

    Raises
    ------
    InvalidInputError
        If a value is missing or wrong (see :func:`weingarten.evaluate`), a size no exact integer,
        or something random has no sampler; or if the checkpoint is damaged, in use, or of another
        request.
    CampaignError
        If a worker process died, or the checkpoint cannot be written.

    Notes
    -----
    Beyond polynomials: any function NumPy knows and conditions inside a Piecewise are sampled too.
    Random symbols of ``sympy.stats`` with a distribution of one variable are drawn by SymPy.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W = HaarOrthogonal("W", d)
    >>> result = estimate(W[0, 0] ** 2, {d: 4}, samples=2000, rng=1)
    >>> abs(result.mean - 1 / 4) < 5 * result.stderr
    True
    """
    expr = _as_sampled(expr)
    count = _as_count(samples)
    goal = _as_rtol(rtol)
    numbers = as_values(values)
    campaign = Campaign(expr, numbers, rng, executor, progress, seconds=seconds)
    tally = campaign.run(count, goal, checkpoint=checkpoint)
    heavy = bool(heavy_tails(tally.total, tally.squares, 0.0).any())
    if heavy:  # what rounding alone spreads has any tail; to measure it takes draws
        heavy = bool(heavy_tails(tally.total, tally.squares, _rounding(expr, numbers)).any())
    return tally.total.estimate(campaign.seed, heavy_tail=heavy)


@dataclass(frozen=True)
class Confirmation:
    """The exact value beside an estimate of it.

    Attributes
    ----------
    exact : float, complex or ndarray
        The exact expectation at the given values.
    estimate : Estimate
        The sampled one.
    z : float
        The deviation in standard errors, beyond what floating point cannot tell, of the entry (or
        of its real or imaginary part) that is furthest off, measured by its own limit.
    threshold : float
        The threshold as given.
    limit : float
        The z of that entry above which the two disagree; infinite if the tail of the samples is too
        heavy for a verdict.
    """

    exact: Any
    estimate: Estimate
    z: float
    threshold: float
    limit: float

    @property
    def decided(self) -> bool:
        """Whether the samples are enough for a verdict."""
        return self.limit < np.inf

    @property
    def agrees(self) -> bool:
        """Whether the samples are enough for a verdict, and the estimate is within the limit."""
        return self.decided and self.z <= self.limit

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        count = self.estimate.samples
        if not self.decided:
            return f"undecided: z = {self.z:.2f} ({self.estimate.remark})"
        verdict = "agrees" if self.agrees else "DISAGREES"
        return f"{verdict}: z = {self.z:.2f} (limit {self.limit:.3g}, {count} samples)"

    def _repr_html_(self) -> str:
        sampled = f"{self.estimate.mean} ± {self.estimate.stderr}"
        rows = {"exact": str(self.exact), "sampled": sampled, "verdict": str(self)}
        return html_rows(rows)


def confirm(
    expr: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    assumptions: Any = True,
    claim: Any = None,
    samples: int = 10_000,
    rng: Any = None,
    threshold: float = 5.0,
    rtol: float | None = None,
    seconds: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    checkpoint: str | Path | None = None,
) -> Confirmation:
    """Compare the exact expectation with a sampled one.

    Parameters
    ----------
    expr, values, samples, rng, rtol, seconds, executor, progress, checkpoint
        As for :func:`estimate`; ``rtol`` is a share of the exact value.
    assumptions : Boolean, optional
        As for :func:`weingarten.expect`; the arrays in ``values`` have to satisfy them.
    claim : Expr or MatrixExpr, optional
        A formula to test instead of the one this package derives.
    threshold : float, optional
        How many standard errors a single normal mean may be off, at most 30. It stands for a level:
        the limit on z is larger for several entries (Bonferroni) and for a spread known from few
        samples or heavy tails (Student), so that a right formula is rejected with a probability of
        about erfc(threshold/√2), 6e-7 at 5, in all.

    Returns
    -------
    Confirmation
        True in a boolean context if the two agree.

    Raises
    ------
    InvalidInputError
        As for :func:`estimate`; or if a claim is random or has another shape than ``expr``.

    Notes
    -----
    The means of the samples are taken for normal, with 2/ρ² degrees of freedom, ρ the relative
    standard error of their variance (Satterthwaite). Under a tail so heavy that this is less than
    30, the verdict is "undecided", and False: more samples are needed. What does not vary has to
    agree up to rounding, whose size is measured by shaking the arrays a little.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W = HaarOrthogonal("W", d)
    >>> bool(confirm(W[0, 0] ** 4, {d: 4}, samples=5000, rng=1))
    True
    >>> bool(confirm(W[0, 0] ** 4, {d: 4}, claim=3 / (d * (d + 3)), samples=5000, rng=1))
    False
    """
    expr = _as_sampled(expr)
    level = _as_threshold(threshold)
    count = _as_count(samples)
    numbers: Mapping[sp.Basic, Any] = as_values(values)
    goal = _as_rtol(rtol)
    campaign = Campaign(expr, numbers, rng, executor, progress, seconds=seconds)
    unclear = _rounding(expr, numbers)
    if claim is None:
        formula, numbers = _exact_formula(expr, numbers, assumptions)
    else:
        formula = _as_claim(claim)
    try:
        exact = np.asarray(machine(Evaluator(numbers)(formula)))
    except InvalidInputError as error:
        if claim is None or error.argument != "expr":
            raise
        raise InvalidInputError("claim", error.constraint, error.value, error.remedy) from None

    def begun(shape: tuple[int, ...]) -> None:
        if exact.shape != shape and (exact.size != 1 or prod(shape) != 1):
            raise InvalidInputError(
                "claim",
                f"must have the shape {shape} of the expression",
                exact.shape,
                "pass a formula of that shape",
            )

    tally = campaign.run(count, goal, exact, checkpoint=checkpoint, begun=begun)
    exact = exact.reshape(tally.total.mean.shape)
    unclear += _rounding(formula, numbers)
    heavy = heavy_tails(tally.total, tally.squares, unclear)
    sampled = tally.total.estimate(campaign.seed, heavy_tail=bool(heavy.any()))
    z, limit = _score(sampled, tally.squares, heavy, exact, level, unclear)
    return Confirmation(exact.item() if exact.ndim == 0 else exact, sampled, z, level, limit)


def _score(
    sampled: Estimate,
    squares: RunningMean,
    heavy: NDArray[Any],
    exact: NDArray[Any],
    level: float,
    unclear: float,
) -> tuple[float, float]:
    """Return z and its limit for the part furthest off; ``squares`` are those of deviations."""
    gaps = real_parts(np.asarray(sampled.mean - exact)[None])[0]
    errors = np.broadcast_to(real_parts(np.asarray(sampled.stderr)[None])[0], gaps.shape)
    heavy = np.broadcast_to(heavy, gaps.shape)
    tails = special.stdtrit(freedom_of(squares), special.ndtr(-level) / gaps.size)
    limits = np.where(heavy, np.inf, -tails)
    over = np.maximum(np.abs(gaps) - unclear, 0.0)
    scores = np.divide(over, errors, out=np.where(over > 0, np.inf, 0.0), where=errors > 0)
    ratios = scores / limits
    undecided = heavy.any() and ratios.max() <= 1
    worst = int(np.argmax(np.where(heavy, scores, -1.0) if undecided else ratios))
    return float(scores[worst]), float(limits[worst])


def _as_sampled(expr: Any) -> sp.Basic:
    found = as_expression(expr)
    if 0 in getattr(found, "shape", ()):
        raise InvalidInputError("expr", "must have an entry", found, "pass a larger matrix")
    return found


def _as_count(samples: Any) -> int:
    count = as_integer(samples, "samples", minimum=2)
    if count > _MOST_SAMPLES:
        raise InvalidInputError(
            "samples",
            f"must be at most {_MOST_SAMPLES}",
            count,
            "merge the estimates of several calls by Estimate.merge",
        )
    return count


def _as_rtol(rtol: Any) -> float | None:
    if rtol is None:
        return None
    number = isinstance(rtol, Real | sp.Number) and not isinstance(rtol, bool)
    if not number or not 0 < float(rtol) < 1:
        raise InvalidInputError("rtol", "must lie between 0 and 1", rtol, "pass for instance 0.01")
    return float(rtol)


def _as_claim(claim: Any) -> sp.Basic:
    formula = as_expression(claim, "claim")
    if random_matrices(formula) or other_random_symbols(formula):
        raise InvalidInputError("claim", "must not be random", claim, "pass a formula for the mean")
    return formula


def _as_threshold(threshold: Any) -> float:
    number = isinstance(threshold, Real | sp.Number) and not isinstance(threshold, bool)
    if not number or not 0 < float(threshold) <= _LARGEST_THRESHOLD:
        raise InvalidInputError(
            "threshold",
            f"must be a number of standard errors above 0 and up to {_LARGEST_THRESHOLD:g}",
            threshold,
            "pass for instance 5",
        )
    return float(threshold)


def _rounding(expr: sp.Basic, values: Mapping[sp.Basic, Any]) -> float:
    """Return how far rounding may move the value of an expression, over a few draws."""
    rng, count = np.random.default_rng(0), 8
    draws = Sampler(expr, values)(count, rng)
    shaken = {
        key: x * (1 + _STEP * rng.choice([-1.0, 1.0], size=(count, *x.shape[-2:])))
        if is_array(x) and x.ndim > 1
        else x
        for key, x in draws.items()
    }
    plain = sampled_values(expr, draws, count)
    moved = np.abs(sampled_values(expr, shaken, count) - plain) / _STEP
    return float(_ULPS * np.finfo(float).eps * np.max(moved + np.abs(plain), initial=0.0))


def _exact_formula(
    expr: sp.Basic, numbers: Mapping[sp.Basic, Any], assumptions: Any
) -> tuple[sp.Basic, Mapping[sp.Basic, Any]]:
    """Return the symbolic result where it holds, else the one for the integer dimension."""
    result = expectation(expr, assumptions)
    evaluator = Evaluator(numbers)
    dimensions = {d: evaluator.integer(d, minimum=1) for d, _ in result.orders}
    if all(dimensions[d] >= least for d, least in result.orders):
        return result.value, numbers
    sizes = {s: sp.Integer(evaluator.integer(s)) for d in dimensions for s in d.free_symbols}
    smaller = {
        (key.subs(sizes) if isinstance(key, sp.MatrixSymbol) else key): value
        for key, value in numbers.items()
    }
    return expectation(expr.subs(sizes), _subs(assumptions, sizes)).value, smaller


def _subs(assumptions: Any, sizes: Mapping[sp.Symbol, sp.Integer]) -> Any:
    if isinstance(assumptions, sp.Basic):
        return assumptions.subs(sizes)
    if isinstance(assumptions, list | tuple | set | frozenset):
        return [_subs(x, sizes) for x in assumptions]
    return assumptions
