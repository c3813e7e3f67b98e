r"""Large-d expansions of Weingarten functions by the orthogonality recursion, in integers.

For the smallest part k of μ (Collins & Matsumoto, ALEA 14 (2017) 631, for O and U), with α, slope
and shift of the ensemble (:mod:`weingarten.ensembles.base`),

``(d + shift) Wg(μ) = [k=1] Wg(μ∖1) - slope ((α-1)(k-1) Wg(μ) + Σ_{a=1}^{k-1} Wg(μ∖k ∪ {a, k-a})
+ Σ_{j ∈ μ∖k} α j Wg(μ∖{k,j} ∪ {k+j}))``.

Read as a recursion in the power of 1/d it gives every coefficient from those of one power less, so
no characters and no fractions are needed. The leading power of Wg(μ) is d^{-(2n - l(μ))}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log2
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.calculus.set_partition_functions import (
    as_two_set_partitions,
    permutation_wg_series,
)
from weingarten.coerce import as_integer, as_partition
from weingarten.combinatorics.partitions import Partition, partition_index, partitions_of
from weingarten.costs import number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.family import as_ensemble
from weingarten.ensembles.other_laws import PERMUTATION
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import sum_of_powers

__all__ = ["wg_series"]

#: So many coefficients are kept for the next coset type of the same size.
_REMEMBERED = 100_000


# the same for every coset type of this order
@lru_cache(maxsize=64)
def _recursion(n: int, ensemble: Ensemble) -> tuple[list[list[tuple[int, int]]], list[int | None]]:
    """Return, for each μ |- n, the (position, factor) of its terms, and the position of μ∖1."""
    index = partition_index(n)
    alpha, slope = ensemble.alpha, ensemble.slope
    terms: list[list[tuple[int, int]]] = []
    below: list[int | None] = []
    for mu in partitions_of(n):
        tick()
        *rest, part = mu
        itself = -ensemble.shift - slope * (alpha - 1) * (part - 1)
        row: Counter[int] = Counter({index[mu]: itself} if itself else {})
        for a in range(1, part):
            row[index[_partition(*rest, a, part - a)]] -= slope
        for i, other in enumerate(rest):
            merged = _partition(*rest[:i], *rest[i + 1 :], part + other)
            row[index[merged]] -= slope * alpha * other
        terms.append(list(row.items()))
        below.append(partition_index(n - 1)[tuple(rest)] if part == 1 else None)
    return terms, below


def _partition(*parts: int) -> Partition:
    return tuple(sorted(parts, reverse=True))


def _coefficients(mu: Partition, last: int, ensemble: Ensemble) -> list[int]:
    """Return the coefficients of d^{-s}, s = 0 … last, of Wg(μ)."""
    n = sum(mu)
    position = partition_index(n)[mu]
    few = number_of_partitions(n) * (last + 1) <= _REMEMBERED
    powers = _of_all_types(n, last, ensemble) if few else _powers(n, last, ensemble)
    return [coefficients[position] for coefficients in powers]


# asked for one type after the other
@lru_cache(maxsize=4)
def _of_all_types(n: int, last: int, ensemble: Ensemble) -> tuple[tuple[int, ...], ...]:
    return tuple(_powers(n, last, ensemble))


def _powers(n: int, last: int, ensemble: Ensemble) -> Iterator[tuple[int, ...]]:
    """Yield the coefficients of d^{-s} of Wg(μ) for all μ |- n, s = 0 … last.

    All sizes up to n go from one power to the next together, so that only the coefficients of one
    power are held for the other partitions.
    """
    recursions = [_recursion(m, ensemble) for m in range(1, n + 1)]
    now = [[1], *([0] * len(terms) for terms, _ in recursions)]
    yield tuple(now[n])
    for _ in range(last):
        following = [[0]]
        for m, (terms, below) in enumerate(recursions, 1):
            tick()
            same, lower = now[m], now[m - 1]
            following.append(
                [
                    sum(factor * same[i] for i, factor in row if same[i])
                    + (0 if source is None else lower[source])
                    for row, source in zip(terms, below, strict=True)
                ]
            )
        now = following
        yield tuple(now[n])


def _series_cost(n: int, last: int) -> tuple[float, float]:
    """Predict the time and memory (MB) of a series; coefficients grow as (2n-2)^s."""
    bytes_each = 28 + log2(max(2 * n - 2, 1)) * last / 16
    partitions = sum(number_of_partitions(m) for m in range(1, min(n, 500) + 1))
    steps = last * partitions * (n + 1)
    return steps * (1e-7 + 2e-11 * bytes_each) + 3e-5 * last, 2e-6 * last * bytes_each


def _symbolic(dimension: int | sp.Expr) -> sp.Expr:
    if isinstance(dimension, int):
        raise InvalidInputError(
            "d", "must be symbolic for a large-d expansion", dimension, "pass a SymPy symbol"
        )
    return dimension


@budgeted
def wg_series(
    coset_type: Sequence[Any],
    d: object,
    order: int,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    r"""Return the first ``order`` terms of the large-d expansion of Wg(μ; d).

    Parameters
    ----------
    coset_type : sequence of int
        The partition μ of n, parts in any order; for the unitary group a cycle type, for
        permutation matrices two set partitions of the same integers.
    d : Expr
        A symbolic dimension.
    order : int
        How many powers of 1/d to keep, counted from the leading one, d^{-(2n - l(μ))}; powers with
        coefficient zero count.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble, as for :func:`weingarten.wg`; for permutation matrices the leading power is
        the first with a coefficient.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        Σ a_s d^{-s} with integers a_s for 2n - l(μ) ≤ s < 2n - l(μ) + order. What is left out is
        O(d^{-(2n - l(μ) + order)}); the full series converges for d > 2(n - 1), for COE and CSE
        for d > 2n - 1, over U(d) and for permutations for d > n - 1.

    Raises
    ------
    InvalidInputError
        If ``coset_type`` is no partition, ``order`` is negative, ``d`` is a number, or
        ``group`` is unknown.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> import sympy
    >>> wg_series((2,), sympy.Symbol("d"), 4)
    -1/d**3 + d**(-4) - 3/d**5 + 5/d**6
    >>> wg_series((2,), sympy.Symbol("d"), 4, group="U")
    -1/d**3 - 1/d**5
    """
    terms = as_integer(order, "order", minimum=0)
    if group == PERMUTATION.group:
        pair = as_two_set_partitions(coset_type, "coset_type")
        return permutation_wg_series(*pair, _symbolic(PERMUTATION.dimension(d)), terms)
    ensemble = as_ensemble(group, PERMUTATION.group)
    mu, dimension = as_partition(coset_type), _symbolic(ensemble.dimension(d))
    n = sum(mu)
    leading = 2 * n - len(mu)
    last = max(2 * n - 1, 0) + terms
    foresee(f"wg_series({mu}, order={terms})", *_series_cost(n, last))
    found = _coefficients(mu, last, ensemble)
    powers = {-s: sp.Integer(found[s]) for s in range(leading, leading + terms)}
    return sum_of_powers(powers, dimension)
