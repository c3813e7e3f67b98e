"""Which method computes a moment, and what that will cost, from the shape of the powers alone.

The estimates are products of binomial coefficients, a few microseconds each, with constants fitted
to measured runs on random and on dense power matrices: within a factor of a few for anything that
takes between a millisecond and a minute, and large where the work explodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, factorial, inf, lgamma, log, prod, sqrt
from types import MappingProxyType
from typing import Any

from weingarten.budget import MAX_MEGABYTES
from weingarten.costs import PredictedCost, value_seconds
from weingarten.errors import InvalidInputError
from weingarten.moments.methods.closed import MAX_COLUMNS
from weingarten.moments.methods.gorin_lopez import PRODUCT_COLUMNS
from weingarten.moments.power_matrices import PowerMatrix, has_odd_sum

__all__ = ["METHODS", "MomentPlan", "make_plan"]

METHODS = ("closed", "qr", "counting", "gorin-lopez")

#: Share of a column's power that its integration hands on to the columns left, on average.
PASSED_ON = 0.6
#: From this number of columns on, putting one state into canonical order is the larger cost.
MANY_COLUMNS = 5
#: exp of more than this is taken for an infinite cost.
LARGEST_LOG = 300.0


@dataclass(frozen=True)
class MomentPlan:
    """How a moment will be computed.

    Attributes
    ----------
    powers : tuple of tuples of int
        The canonical power matrix.
    method : str
        The method that will run; ``"closed"`` also for an empty matrix, whose moment is 1, and for
        an odd row or column sum, which makes it 0.
    estimates : mapping
        :class:`PredictedCost` of every method that applies, by name.
    """

    powers: PowerMatrix
    method: str
    estimates: Mapping[str, PredictedCost] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", MappingProxyType(dict(self.estimates)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the estimates as a dict: Python cannot pickle the read-only view of it."""
        return MomentPlan, (self.powers, self.method, dict(self.estimates))

    @property
    def degree(self) -> int:
        """The total power of the monomial."""
        return sum(map(sum, self.powers))

    @property
    def seconds(self) -> float:
        """Predicted time of a first call."""
        return self.estimates[self.method].seconds

    @property
    def megabytes(self) -> float:
        """Predicted memory of a first call."""
        return self.estimates[self.method].megabytes


def make_plan(powers: PowerMatrix, method: str) -> MomentPlan:
    """Return the plan for a canonical power matrix."""
    if not isinstance(method, str) or method not in ("auto", *METHODS):
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {', '.join(METHODS)}", method, "pass one of these"
        )
    if not powers or has_odd_sum(powers):
        free = dict.fromkeys(METHODS, PredictedCost(0.0, 0.0))
        return MomentPlan(powers, "closed", free)
    estimates = {
        "qr": _qr_cost(powers),
        "counting": _counting_cost(powers),
        "gorin-lopez": _gorin_lopez_cost(powers),
    }
    fitting = {name: cost for name, cost in estimates.items() if cost.megabytes <= MAX_MEGABYTES}
    candidates = fitting or estimates
    fastest = min(candidates, key=lambda name: candidates[name].seconds)
    if len(powers[0]) <= MAX_COLUMNS:
        estimates["closed"], fastest = _closed_cost(powers), "closed"
    if method == "auto":
        method = fastest
    if method not in estimates:
        raise InvalidInputError(
            "powers",
            "must have at most two nonzero rows or columns for method='closed'",
            powers,
            "pass method='auto'",
        )
    return MomentPlan(powers, method, estimates)


def _column_sums(powers: Iterable[Iterable[int]]) -> list[float]:
    return [float(sum(column)) for column in zip(*powers, strict=True)]


def _log_binomial(n: float, k: float) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_pairings(pairs: int) -> float:
    return max(0.0, lgamma(2 * pairs + 1) - lgamma(pairs + 1) - pairs * log(2))


def _exp(value: float) -> float:
    return exp(value) if value < LARGEST_LOG else inf


def _log_monomials(sums: list[float], stop: int = 1) -> float:
    """Return the log of the number of monomials in the t_kj, k < j, stop ≤ j, for column sums.

    ``sums`` is left holding the sums of the first ``stop`` columns after the others are gone.
    """
    total = 0.0
    while len(sums) > stop:
        last, left = sums.pop(), len(sums)
        total += _log_binomial(last + left, left)
        for k in range(left):
            sums[k] += PASSED_ON * last / left
    return total


def _reading_seconds(log_monomials: float) -> float:
    """Return the time of turning an expansion into a rational function."""
    return 4e-5 * _exp(0.44 * log_monomials)


def _closed_cost(powers: PowerMatrix) -> PredictedCost:
    """Numbers of about half the degree in digits: one product of them, or a polynomial product."""
    half = sum(map(sum, powers)) / 2
    second = sum(row[1] for row in powers) / 2 if len(powers[0]) > 1 else 0.0
    writing = 1e-4 + 4e-5 * half + 1e-9 * half**2
    return PredictedCost(writing + (1e-6 * second + 5e-9 * second**2) * half, 1e-5 * second * half)


def _qr_cost(powers: PowerMatrix) -> PredictedCost:
    columns = len(powers[0])
    size = _log_monomials(_column_sums(powers))
    terms = _exp(size - (columns - 3) * log(5))
    # in three variables the powers get high, and a product meets most pairs of terms
    pairs = 2e-11 * terms * terms if columns == 3 else 0.0
    return PredictedCost(
        2e-4 * len(set(powers)) + 1.6e-6 * terms + pairs + _reading_seconds(size), 2e-4 * terms
    )


def _counting_cost(powers: PowerMatrix) -> PredictedCost:
    half = sum(map(sum, powers)) // 2
    lines = [*powers, *zip(*powers, strict=True)]
    choices = sum(_log_pairings(sum(line) // 2) for line in lines)
    width = sum(sum(map(bool, line)) for line in lines) / len(lines)
    steps = _exp(-0.74 + 0.41 * half + 0.58 * width + 0.66 * sqrt(choices))
    return PredictedCost(8e-6 * steps + value_seconds(half), 1e-3 * steps)


def _gorin_lopez_cost(powers: PowerMatrix) -> PredictedCost:
    """Follow the number of transitions and of states from column to column."""
    columns = len(powers[0])
    last = PRODUCT_COLUMNS if columns > PRODUCT_COLUMNS else 1
    log_states, seconds = 0.0, 5e-4 * (columns - last)
    for left in range(columns - 1, last - 1, -1):
        if left == columns - 1:
            choices = sum(
                _log_multisets(_log_same_parity(row[left], left), count)
                for row, count in Counter(powers).items()
            )
        else:
            choices = sum(
                _log_same_parity(row[left] + PASSED_ON * sum(row[left + 1 :]) / (left + 1), left)
                for row in powers
            )
        log_steps = log_states + choices
        seconds += (4e-6 if left < MANY_COLUMNS else 8e-5) * _exp(log_steps)
        log_states = max(
            0.0,
            min(_log_reachable(powers, left), max(log_steps - (left - 1) * log(2), log_steps / 2)),
        )
    sums = _column_sums(powers)
    _log_monomials(sums, last)
    size = _log_monomials(sums)
    products = _exp(log_states + 0.3 * size)
    return PredictedCost(
        seconds + 3e-5 * products + _reading_seconds(size), 2e-3 * _exp(log_states)
    )


def _log_same_parity(power: float, columns: int) -> float:
    """Return the log of the number of exponent vectors with sums power, power - 2 and so on.

    That is [x^power] of 1/((1-x)^columns (1-x²)), with 1/(1+x) expanded in powers of (1-x)/2.
    """
    share, term = 0.0, 0.5
    for k in range(columns + 1):
        share += term
        term *= (columns - k) / (2 * (power + columns - k)) if power + columns > k else 0.0
    return max(0.0, _log_binomial(power + columns, columns) + log(share))


def _log_multisets(log_options: float, count: int) -> float:
    return _log_binomial(_exp(log_options) + count - 1, count) if count > 1 else log_options


def _log_reachable(powers: PowerMatrix, left: int) -> float:
    """Return the log of the number of power matrices with ``left`` columns up to permutations."""
    rows = Counter((row[:left], sum(row[left:])) for row in powers)
    matrices = sum(
        _log_multisets(_log_same_parity(passed, left), count) for (_, passed), count in rows.items()
    )
    columns = Counter(tuple(row[j] for row in powers) for j in range(left))
    orders = prod(factorial(count) for count in columns.values())
    return max(matrices - (left - 1) * log(2) - log(orders), matrices / 2)
