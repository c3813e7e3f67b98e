"""The numeric side of expectations: sample the same expression, compare with the exact value.

The evaluator walks the SymPy tree with NumPy arrays and shares nothing with the integration, so
agreement is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from weingarten.averages import as_expression, expectation
from weingarten.coerce import as_integer
from weingarten.evaluation import Evaluator, as_values
from weingarten.sampling import Estimate, RunningMean, sample_haar
from weingarten.symbols import HaarOrthogonal, haar_symbols

__all__ = ["Confirmation", "confirm", "estimate"]

_BATCH_ENTRIES = 4_000_000


def _numeric_dimensions(
    expr: sp.Basic, values: Mapping[sp.Basic, Any]
) -> dict[HaarOrthogonal, int]:
    evaluator = Evaluator(values)
    return {
        haar: as_integer(evaluator.size(haar.dimension), f"dimension of {haar.name}", minimum=1)
        for haar in haar_symbols(expr)
    }


def estimate(
    expr: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    samples: int = 10_000,
    rng: Any = None,
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

    Returns
    -------
    Estimate
        ``mean`` and ``stderr`` have the shape of the expression.

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
    expr = as_expression(expr)
    count = as_integer(samples, "samples", minimum=2)
    numbers = as_values(values)
    sizes = _numeric_dimensions(expr, numbers)
    generator = np.random.default_rng(rng)
    widest = sum(size**2 for size in sizes.values()) or 1
    batch = max(1, min(count, _BATCH_ENTRIES // widest))
    total = RunningMean()
    while total.samples < count:
        now = min(batch, count - total.samples)
        draws = {w: sample_haar(size, (now,), rng=generator) for w, size in sizes.items()}
        drawn = np.asarray(Evaluator({**numbers, **draws})(expr), dtype=float)
        total.update(drawn if sizes else np.broadcast_to(drawn, (now, *drawn.shape)))
    return total.estimate(rng if isinstance(rng, int) else None)


@dataclass(frozen=True)
class Confirmation:
    """The exact value beside an estimate of it.

    Attributes
    ----------
    exact : float or ndarray
        The exact expectation at the given values.
    estimate : Estimate
        The sampled one.
    z : float
        The largest deviation in standard errors over all entries.
    threshold : float
        The z above which the two disagree.
    """

    exact: Any
    estimate: Estimate
    z: float
    threshold: float

    @property
    def agrees(self) -> bool:
        """Whether the estimate is within the threshold."""
        return self.z <= self.threshold

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        verdict = "agrees" if self.agrees else "DISAGREES"
        return (
            f"{verdict}: z = {self.z:.2f} "
            f"(limit {self.threshold:g}, {self.estimate.samples} samples)"
        )


def confirm(
    expr: Any,
    values: Mapping[Any, Any] | None = None,
    *,
    assumptions: Any = True,
    claim: Any = None,
    samples: int = 10_000,
    rng: Any = None,
    threshold: float = 5.0,
) -> Confirmation:
    """Compare the exact expectation with a sampled one.

    Parameters
    ----------
    expr, values, samples, rng
        As for :func:`estimate`.
    assumptions : Boolean, optional
        As for :func:`weingarten.expect`; the arrays in ``values`` have to satisfy them.
    claim : Expr or MatrixExpr, optional
        A formula to test instead of the one this package derives.
    threshold : float, optional
        The verdict is positive up to this many standard errors.

    Returns
    -------
    Confirmation
        True in a boolean context if the two agree.

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
    expr = as_expression(expr)
    numbers = as_values(values)
    sampled = estimate(expr, values, samples=samples, rng=rng)
    exact = np.asarray(
        Evaluator(numbers)(as_expression(claim))
        if claim is not None
        else _exact_value(expr, numbers, assumptions),
        dtype=float,
    )
    spread = np.asarray(sampled.stderr, dtype=float)
    gap = np.abs(np.asarray(sampled.mean) - exact)
    rounding = 1e-9 * np.maximum(1.0, np.abs(exact))
    z = float(np.max(np.maximum(gap - rounding, 0.0) / np.maximum(spread, rounding), initial=0.0))
    return Confirmation(float(exact) if exact.ndim == 0 else exact, sampled, z, float(threshold))


def _exact_value(expr: sp.Basic, numbers: Mapping[sp.Basic, Any], assumptions: Any) -> Any:
    """Evaluate the symbolic result where it holds, else the one for the integer dimension."""
    result = expectation(expr, assumptions)
    dimensions = {d: Evaluator(numbers).size(d) for d, _ in result.orders}
    if all(dimensions[d] >= least for d, least in result.orders):
        return Evaluator(numbers)(result.value)
    sizes = {
        s: sp.Integer(round(v))
        for s, v in numbers.items()
        if isinstance(s, sp.Symbol) and any(d.has(s) for d in dimensions)
    }
    smaller = {
        (key.subs(sizes) if isinstance(key, sp.MatrixSymbol) else key): value
        for key, value in numbers.items()
    }
    return Evaluator(smaller)(expectation(expr.subs(sizes), _subs(assumptions, sizes)).value)


def _subs(assumptions: Any, sizes: Mapping[sp.Symbol, sp.Integer]) -> Any:
    return assumptions.subs(sizes) if isinstance(assumptions, sp.Basic) else assumptions
