r"""The Gorin–López recursion on canonical states, with integers only.

Integrating one column of O as in :mod:`weingarten.moments.methods.qr` replaces row i of the powers,
``(m_i1, …, m_iq, m_i)``, by ``(m_i1 + e_i1, …, m_iq + e_iq)``, and gives the weight

``Π_i C(m_i, s_i; e_i) (s_i - 1)!! · Π_k (-1)^{K_k/2} (K_k - 1)!! / P_{q+1}(Σ_i m_i / 2)``

with s_i + Σ_k e_ik = m_i, s_i even, and every K_k = Σ_i e_ik even. This is the recursion of Gorin
and López: their two factors in d/2 cancel, which leaves integers over P. Here it runs on all power
matrices of one width at once. Equal rows are interchangeable and so are columns, so a state is a
power matrix up to permutations, and a dense matrix reaches few of them: 5×5 of twos has 54 states
with four columns and about three thousand with three. The last three columns are one product of
row polynomials for each state, with shared prefixes.

Reference: T. Gorin & G. V. López, J. Math. Phys. 49 (2008) 013503.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, permutations
from math import comb, factorial, log, prod

from weingarten.budget import foresee, tick
from weingarten.combinatorics.multigraphs import canonical_matrix
from weingarten.costs import PredictedCost
from weingarten.moments.expansion import Expansion, from_expansion, wick_sign
from weingarten.moments.jobs import MomentJob
from weingarten.moments.methods.closed import closed_expansion
from weingarten.moments.methods.qr import (
    Graded,
    even_product,
    graded_product,
    row_polynomial,
    wick_average,
    wick_choices,
)
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.moments.work_sizes import (
    PASSED_ON,
    column_sums,
    exp_of,
    log_binomial,
    log_monomials,
    reading_seconds,
)

__all__ = ["METHOD"]

REQUEST = "a moment by 'gorin-lopez'"
#: Memory of one state or successor of a state.
STATE_MEGABYTES = 4e-3
#: Columns left when the product formula takes over.
PRODUCT_COLUMNS = 3
#: From this number of columns on, putting one state into canonical order is the larger cost.
MANY_COLUMNS = 5

#: Power matrix -> weight of each combination of integrated columns.
States = dict[PowerMatrix, Expansion]
Sums = tuple[int, ...]
Choice = tuple[PowerMatrix, Sums, int]


def gorin_lopez_expansion(powers: PowerMatrix) -> Expansion:
    """Return the moment of a matrix with even row and column sums.

    Examples
    --------
    >>> gorin_lopez_expansion(((1, 1), (1, 1)))
    {(2, 1): -1}
    """
    columns = len(powers[0])
    last = PRODUCT_COLUMNS if columns > PRODUCT_COLUMNS else 1
    states: States = {canonical_matrix(powers): {(): 1}}
    for left in range(columns - 1, last - 1, -1):
        states = _integrate_column(states, left)
    return _sum_products(states) if last == PRODUCT_COLUMNS else _sum_closed(states)


def _integrate_column(states: States, left: int) -> States:
    """Integrate the last column of every state, leaving ``left`` columns."""
    reduced: States = {}
    blocks = _Blocks(left)
    for rows, weights in states.items():
        foresee(REQUEST, 0.0, STATE_MEGABYTES * blocks.successors(rows))
        *kept, last = [sum(column) for column in zip(*rows, strict=True)]
        for added, successors in _successors(rows, blocks).items():
            sign = prod(map(wick_sign, added))
            canonical = _Canonical(tuple(map(int.__add__, kept, added)))
            for successor, weight in successors.items():
                tick()
                target = reduced.setdefault(canonical(successor), {})
                for done, coefficient in weights.items():
                    key = (last // 2, *done)
                    target[key] = target.get(key, 0) + coefficient * weight * sign
        foresee(REQUEST, 0.0, STATE_MEGABYTES * len(reduced))
    return reduced


def _successors(rows: PowerMatrix, blocks: _Blocks) -> dict[Sums, dict[PowerMatrix, int]]:
    """Return the power matrices without the last column, by what was added to each column."""
    *small, large = sorted(
        (blocks(row[:-1], row[-1], count) for row, count in Counter(rows).items()), key=len
    )
    partial: list[Choice] = [((), (0,) * blocks.left, 1)]
    for block in small:
        partial = [
            (rows_a + rows_b, tuple(map(int.__add__, sums_a, sums_b)), a * b)
            for rows_a, sums_a, a in partial
            for rows_b, sums_b, b in block
        ]
    by_parity: dict[Sums, list[Choice]] = {}
    for choice in large:
        by_parity.setdefault(_parities(choice[1]), []).append(choice)
    successors: dict[Sums, dict[PowerMatrix, int]] = {}
    for rows_a, sums_a, a in partial:
        tick()
        for rows_b, sums_b, b in by_parity.get(_parities(sums_a), ()):
            found = successors.setdefault(tuple(map(int.__add__, sums_a, sums_b)), {})
            new = tuple(sorted(rows_a + rows_b))
            found[new] = found.get(new, 0) + a * b
    return successors


def _parities(sums: Sums) -> Sums:
    return tuple([k & 1 for k in sums])


class _Blocks:
    """The choices of equal rows, taken as multisets, known by (row, power, number of rows)."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.known: dict[tuple[tuple[int, ...], int, int], list[Choice]] = {}

    def successors(self, rows: PowerMatrix) -> int:
        """Return about how many successors a state has: the choices with every sum even."""
        return prod(
            comb(len(wick_choices(row[-1], self.left)) + count - 1, count)
            for row, count in Counter(rows).items()
        ) >> (self.left - 1)

    def __call__(self, row: tuple[int, ...], power: int, count: int) -> list[Choice]:
        key = (row, power, count)
        if key not in self.known:
            options = [
                (tuple(map(int.__add__, row, e)), e, c) for e, c in wick_choices(power, self.left)
            ]
            self.known[key] = list(_multisets(options, count, self.left))
        return self.known[key]


def _multisets(
    options: list[tuple[tuple[int, ...], Sums, int]], count: int, left: int
) -> Iterator[Choice]:
    if count == 0:
        yield (), (0,) * left, 1
        return
    if not options:
        return
    new, exponents, coefficient = options[0]
    tick()
    for copies in range(count + 1):
        scale = comb(count, copies) * coefficient**copies
        for rows, sums, weight in _multisets(options[1:], count - copies, left):
            yield (
                (new,) * copies + rows,
                tuple(k + copies * e for k, e in zip(sums, exponents, strict=True)),
                scale * weight,
            )


class _Canonical:
    """Canonical order of sorted rows with given column sums.

    Within one step most states share their column sums, so the few orders that sort these are
    found once: over ten times as fast as the canonical form of each state on its own.
    """

    def __init__(self, sums: Sums) -> None:
        self.orders = _orders(sums)

    def __call__(self, rows: PowerMatrix) -> PowerMatrix:
        if self.orders is None:
            return canonical_matrix(rows)
        return max([tuple(sorted([*map(order.__getitem__, rows)])) for order in self.orders])


class _Reordered(dict[tuple[int, ...], tuple[int, ...]]):
    """Rows with their entries in another order, remembered."""

    def __init__(self, order: tuple[int, ...]) -> None:
        self.order = order

    def __missing__(self, row: tuple[int, ...]) -> tuple[int, ...]:
        self[row] = reordered = tuple(row[j] for j in self.order)
        return reordered


# most states of a step have sums in common
@lru_cache(maxsize=4096)
def _orders(sums: Sums) -> list[_Reordered] | None:
    """Return the column orders that sort the sums, or None when there are too many."""
    ranked = sorted(range(len(sums)), key=sums.__getitem__, reverse=True)
    ties = [list(tie) for _, tie in groupby(ranked, key=sums.__getitem__)]
    if max(map(len, ties)) > 3 or len(sums) > 5:
        return None
    ranking = [sums[j] for j in ranked]
    return [
        _Reordered(order)
        for order in permutations(range(len(sums)))
        if [sums[j] for j in order] == ranking
    ]


def _sum_closed(states: States) -> Expansion:
    expansion: Expansion = {}
    for rows, weights in states.items():
        tick()
        for here, value in closed_expansion(rows).items():
            for done, coefficient in weights.items():
                key = here + done
                expansion[key] = expansion.get(key, 0) + coefficient * value
    return expansion


def _sum_products(states: States) -> Expansion:
    """Sum the product formula over all states, one polynomial for each way of getting there."""
    totals: dict[tuple[Sums, Sums], object] = {}
    prefix: list[tuple[tuple[int, ...], Graded]] = []
    for rows in sorted(states):
        tick()
        while any(row != known for row, (known, _) in zip(rows, prefix, strict=False)):
            prefix.pop()
        for row in rows[len(prefix) : -1]:
            factor = row_polynomial(row)
            prefix.append((row, graded_product(prefix[-1][1], factor) if prefix else factor))
        product = even_product(prefix[-1][1], row_polynomial(rows[-1]))
        sums = tuple(map(sum, zip(*rows, strict=True)))
        for done, coefficient in states[rows].items():
            totals[sums, done] = totals.get((sums, done), 0) + coefficient * product
    expansion: Expansion = {}
    for (sums, done), total in totals.items():
        wick_average(total, list(sums), done, expansion)
    return expansion


def _cost(job: MomentJob) -> PredictedCost:
    """Follow the number of transitions and of states from column to column."""
    powers = job.plain
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
        seconds += (4e-6 if left < MANY_COLUMNS else 8e-5) * exp_of(log_steps)
        log_states = max(
            0.0,
            min(_log_reachable(powers, left), max(log_steps - (left - 1) * log(2), log_steps / 2)),
        )
    sums = column_sums(powers)
    log_monomials(sums, last)
    size = log_monomials(sums)
    products = exp_of(log_states + 0.3 * size)
    return PredictedCost(
        seconds + 3e-5 * products + reading_seconds(size), 2e-3 * exp_of(log_states)
    )


def _log_same_parity(power: float, columns: int) -> float:
    """Return the log of the number of exponent vectors with sums power, power - 2 and so on.

    That is [x^power] of 1/((1-x)^columns (1-x²)), with 1/(1+x) expanded in powers of (1-x)/2.
    """
    share, term = 0.0, 0.5
    for k in range(columns + 1):
        share += term
        term *= (columns - k) / (2 * (power + columns - k)) if power + columns > k else 0.0
    return max(0.0, log_binomial(power + columns, columns) + log(share))


def _log_multisets(log_options: float, count: int) -> float:
    return log_binomial(exp_of(log_options) + count - 1, count) if count > 1 else log_options


def _log_reachable(powers: PowerMatrix, left: int) -> float:
    """Return the log of the number of power matrices with ``left`` columns up to permutations."""
    rows = Counter((row[:left], sum(row[left:])) for row in powers)
    matrices = sum(
        _log_multisets(_log_same_parity(passed, left), count) for (_, passed), count in rows.items()
    )
    columns = Counter(tuple(row[j] for row in powers) for j in range(left))
    orders = prod(factorial(count) for count in columns.values())
    return max(matrices - (left - 1) * log(2) - log(orders), matrices / 2)


METHOD = MomentMethod(
    name="gorin-lopez",
    words="column by column, on power matrices up to permutations",
    cost=_cost,
    value=from_expansion(gorin_lopez_expansion),
    preference=40,
)
