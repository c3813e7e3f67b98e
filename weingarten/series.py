r"""Large-d expansions of Weingarten functions by the orthogonality recursion, in integers.

For the smallest part k of μ (Collins & Matsumoto, ALEA 14 (2017) 631),

``d Wg(μ) = [k=1] Wg(μ∖1) - (k-1) Wg(μ) - Σ_{a=1}^{k-1} Wg(μ∖k ∪ {a, k-a})
- Σ_{j ∈ μ∖k} 2j Wg(μ∖{k,j} ∪ {k+j})``.

Read as a recursion in the power of 1/d it gives every coefficient from those of one power less, so
no characters and no fractions are needed. The leading power of Wg(μ) is d^{-(2n - l(μ))}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee
from weingarten.coerce import as_dimension, as_integer, as_partition
from weingarten.costs import number_of_partitions
from weingarten.errors import InvalidInputError
from weingarten.partitions import Partition, partition_index, partitions_of
from weingarten.rational import sum_of_powers

__all__ = ["wg_series"]


@lru_cache(maxsize=64)
def _recursion(n: int) -> tuple[list[list[tuple[int, int]]], list[int | None]]:
    """Return, for each μ |- n, the (position, factor) of its terms, and the position of μ∖1."""
    index = partition_index(n)
    terms: list[list[tuple[int, int]]] = []
    below: list[int | None] = []
    for mu in partitions_of(n):
        *rest, part = mu
        row: Counter[int] = Counter({index[mu]: 1 - part} if part > 1 else {})
        for a in range(1, part):
            row[index[_partition(*rest, a, part - a)]] -= 1
        for i, other in enumerate(rest):
            merged = _partition(*rest[:i], *rest[i + 1 :], part + other)
            row[index[merged]] -= 2 * other
        terms.append(list(row.items()))
        below.append(partition_index(n - 1)[tuple(rest)] if part == 1 else None)
    return terms, below


def _partition(*parts: int) -> Partition:
    return tuple(sorted(parts, reverse=True))


@lru_cache(maxsize=64)
def _coefficients(n: int, last: int) -> list[list[int]]:
    """Return the coefficients of d^{-s}, s = 0 … last, of Wg(μ) for every μ |- n (rows s)."""
    if n == 0:
        return [[1]] + [[0]] * last
    smaller = _coefficients(n - 1, last)
    terms, below = _recursion(n)
    rows = [[0] * len(terms)]
    for s in range(last):
        now, lower = rows[-1], smaller[s]
        rows.append(
            [
                sum(factor * now[i] for i, factor in row if now[i])
                + (0 if source is None else lower[source])
                for row, source in zip(terms, below, strict=True)
            ]
        )
    return rows


@budgeted
def wg_series(
    coset_type: Sequence[int], d: object, order: int, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    r"""Return the first ``order`` terms of the large-d expansion of Wg(μ; d).

    Parameters
    ----------
    coset_type : sequence of int
        The partition μ of n, parts in any order.
    d : Expr
        A symbolic dimension.
    order : int
        How many powers of 1/d to keep, counted from the leading one, d^{-(2n - l(μ))}; powers with
        coefficient zero count.
    max_cost : float or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        Σ a_s d^{-s} with integers a_s for 2n - l(μ) ≤ s < 2n - l(μ) + order. What is left out is
        O(d^{-(2n - l(μ) + order)}); the full series converges for d > 2(n - 1).

    Raises
    ------
    InvalidInputError
        If ``coset_type`` is no partition, ``order`` is negative, or ``d`` is a number.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> import sympy
    >>> wg_series((2,), sympy.Symbol("d"), 4)
    -1/d**3 + d**(-4) - 3/d**5 + 5/d**6
    """
    mu, dimension = as_partition(coset_type), as_dimension(d)
    terms = as_integer(order, "order", minimum=0)
    if isinstance(dimension, int):
        raise InvalidInputError(
            "d", "must be symbolic for a large-d expansion", dimension, "pass a SymPy symbol"
        )
    n = sum(mu)
    leading = 2 * n - len(mu)
    last = max(2 * n - 1, 0) + terms
    foresee(
        f"wg_series({mu}, order={terms})",
        1e-6 * last * number_of_partitions(n) * (n + 1),
    )
    rows = _coefficients(n, last)
    position = partition_index(n)[mu]
    powers = {-s: sp.Integer(rows[s][position]) for s in range(leading, leading + terms)}
    return sum_of_powers(powers, dimension)
