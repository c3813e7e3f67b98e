r"""Moments of entries of a Haar unitary matrix and their conjugates, one column after another.

A complex Gaussian d × Q matrix is Z = U R with U and R independent, R upper triangular with
``R_kq ~ N_C(0, 1)`` for k < q and ``E |R_qq|^{2N} = P_q(N) = (d-q)(d-q+1)⋯(d-q+N-1)``. As
``R_qq U_q = Z_q - Σ_k R_kq U_k``, and as R_kq + t integrates to zero for a formal t with
``E t^a conj(t)^b = δ_ab (-1)^a a!``, the factors of the last column may be replaced,

``E Π_i U_iq^{m_i} conj(U_iq)^{n_i} ⋯ = E Π_i (Z_i + Σ_k t_k U_ik)^{m_i} conj(…)^{n_i} ⋯ / P_q(N)``,

N = Σ m_i = Σ n_i, and ``E Z^a conj(Z)^b = δ_ab a!``. That leaves powers of the columns before it:
row i, with exponents e_ik of t_k U_ik and f_ik of its conjugate, has the weight
``m_i! n_i! / (s_i! Π_k e_ik! f_ik!)`` with ``s_i = m_i - Σ_k e_ik = n_i - Σ_k f_ik``, and column k
the weight ``(-1)^{K_k} K_k!`` where ``K_k = Σ_i e_ik = Σ_i f_ik``. So the moment is

``Σ_a N_a / Π_q P_q(a_q)``

with integers N_a that do not depend on d, and it holds for every integer d that the entries allow.
It is the unitary counterpart of the recursion of T. Gorin & G. V. López, J. Math. Phys. 49 (2008)
013503.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import comb, exp, factorial, inf, log, prod

from weingarten.budget import foresee, tick
from weingarten.exact.rational import RationalFunction
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["exact_unitary_moment", "unitary_moment_seconds"]

#: The powers of one row: of its entries, and of their conjugates.
Row = tuple[tuple[int, ...], tuple[int, ...]]
#: Power matrices up to the order of rows, with a weight for each (N_Q, …, N_q) integrated.
States = dict[tuple[Row, ...], dict[tuple[int, ...], int]]
#: What one row can become: the row, what it adds to the K of plain and conjugated, the weight.
Choice = tuple[Row, tuple[int, ...], int]

#: Seconds: before anything is integrated, and for a successor of a state.
_START, _SECONDS_A_SUCCESSOR = 2e-4, 5e-6
#: Of the ways in which rows can change, those with unequal sums and to equal states fall away:
#: about this power of their number is left.
_SHARE = 0.7
_LARGEST_LOG = 600.0


def exact_unitary_moment(
    plain: PowerMatrix, conjugated: PowerMatrix, d: int | None
) -> RationalFunction | Fraction:
    """Return E Π U_ij^plain[i][j] conj(U_ij)^conjugated[i][j], for the symbol where d is None.

    The matrices have the same shape, with at most d rows and columns.

    Examples
    --------
    >>> exact_unitary_moment(((2, 0), (0, 1)), ((2, 0), (0, 1)), 2)
    Fraction(1, 4)
    >>> exact_unitary_moment(((1, 0), (0, 1)), ((0, 1), (1, 0)), 3)
    Fraction(-1, 24)
    """
    if _vanishes(plain, conjugated):
        return Fraction(0) if d is not None else RationalFunction.constant(Fraction(0))
    expansion = _expansion(*_arranged(plain, conjugated))
    if d is None:
        return RationalFunction.sum_of(
            (number, Counter(s - q for q, top in enumerate(tops) for s in range(top)))
            for tops, number in expansion.items()
        )
    total = Fraction(0)
    for tops, number in expansion.items():
        total += Fraction(number, prod(d - q + s for q, top in enumerate(tops) for s in range(top)))
    return total


def _vanishes(plain: PowerMatrix, conjugated: PowerMatrix) -> bool:
    """Tell whether the phase of a row or of a column makes the moment vanish."""
    rows = zip(plain, conjugated, strict=True)
    columns = zip(zip(*plain, strict=True), zip(*conjugated, strict=True), strict=True)
    return any(sum(one) != sum(two) for one, two in (*rows, *columns))


def _arranged(plain: PowerMatrix, conjugated: PowerMatrix) -> tuple[PowerMatrix, PowerMatrix]:
    """Return both matrices without empty rows and columns, upright, large columns first."""
    pairs = [
        [(m, n) for m, n in zip(one, two, strict=True)]
        for one, two in zip(plain, conjugated, strict=True)
    ]
    pairs = [row for row in pairs if any(map(any, row))]
    columns = [column for column in zip(*pairs, strict=True) if any(map(any, column))]
    if len(columns) > len(pairs):
        columns = list(zip(*columns, strict=True))
    columns.sort(key=lambda column: (sum(m for m, _ in column), column), reverse=True)
    rows = sorted(zip(*columns, strict=True))
    return (
        tuple(tuple(m for m, _ in row) for row in rows),
        tuple(tuple(n for _, n in row) for row in rows),
    )


@lru_cache(maxsize=4096)
def _expansion(plain: PowerMatrix, conjugated: PowerMatrix) -> dict[tuple[int, ...], int]:
    """Return {(N_1, …, N_Q): integer} for matrices with equal sums of rows and columns."""
    foresee("a moment of entries", unitary_moment_seconds(plain, conjugated))
    states: States = {tuple(sorted(zip(plain, conjugated, strict=True))): {(): 1}}
    for left in range(len(plain[0]) - 1 if plain else -1, 0, -1):
        states = _without_column(states, left)
    total: dict[tuple[int, ...], int] = {}
    for rows, weights in states.items():
        powers = [(m, n) for (m,), (n,) in rows] if plain else []
        if any(m != n for m, n in powers):
            continue
        value = prod(factorial(m) for m, _ in powers)
        for done, weight in weights.items():
            key = (sum(m for m, _ in powers), *done) if plain else done
            total[key] = total.get(key, 0) + weight * value
    return {key: value for key, value in total.items() if value}


def _without_column(states: States, left: int) -> States:
    """Integrate the last column of every state; ``left`` columns stay."""
    result: States = {}
    for rows, weights in states.items():
        last = sum(m[-1] for m, _ in rows)
        for successor, weight in _successors(rows, left).items():
            tick()
            target = result.setdefault(successor, {})
            for done, number in weights.items():
                key = (last, *done)
                target[key] = target.get(key, 0) + number * weight
    return result


def _successors(rows: tuple[Row, ...], left: int) -> dict[tuple[Row, ...], int]:
    """Return the states without the last column, with their weights."""
    partial: dict[tuple[tuple[int, ...], tuple[Row, ...]], int] = {((0,) * 2 * left, ()): 1}
    for row in rows:
        grown: dict[tuple[tuple[int, ...], tuple[Row, ...]], int] = {}
        for (sums, chosen), weight in partial.items():
            for new, added, factor in _choices(*row):
                tick()
                key = (
                    tuple(map(int.__add__, sums, added)),
                    # equal rows are interchangeable: the order of those chosen does not matter
                    tuple(sorted((*chosen, new))),
                )
                grown[key] = grown.get(key, 0) + weight * factor
        partial = grown
    result: dict[tuple[Row, ...], int] = {}
    for (sums, chosen), weight in partial.items():
        if sums[:left] == sums[left:]:
            scale = prod((-1) ** k * factorial(k) for k in sums[:left])
            result[chosen] = result.get(chosen, 0) + weight * scale
    return {chosen: weight for chosen, weight in result.items() if weight}


@lru_cache(maxsize=4096)
def _choices(plain: tuple[int, ...], conjugated: tuple[int, ...]) -> tuple[Choice, ...]:
    """Return what a row becomes when its last entry is integrated."""
    *kept, m = plain
    *others, n = conjugated
    left = len(kept)
    found: list[Choice] = []
    for s in range(min(m, n) + 1):
        for e in _compositions(m - s, left):
            for f in _compositions(n - s, left):
                weight = factorial(m) * factorial(n)
                weight //= factorial(s) * prod(map(factorial, e)) * prod(map(factorial, f))
                row = (tuple(map(int.__add__, kept, e)), tuple(map(int.__add__, others, f)))
                found.append((row, (*e, *f), weight))
    return tuple(found)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield the ordered sums of non-negative numbers that make ``total``."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def unitary_moment_seconds(plain: PowerMatrix, conjugated: PowerMatrix) -> float:
    """Predict the time of a moment: what its columns can become, each by itself.

    Examples
    --------
    >>> unitary_moment_seconds(((1, 1),), ((1, 1),)) < 1e-3
    True
    """
    columns = list(zip(zip(*plain, strict=True), zip(*conjugated, strict=True), strict=True))
    logarithm = 0.0
    for left, powers in enumerate(columns):
        if left:
            choices = (_number_of_choices(m, n, left) for m, n in zip(*powers, strict=True))
            logarithm += _SHARE * sum(map(log, choices))
    ways = exp(logarithm) if logarithm < _LARGEST_LOG else inf
    return _START + _SECONDS_A_SUCCESSOR * ways


def _number_of_choices(m: int, n: int, left: int) -> int:
    return sum(
        comb(m - s + left - 1, left - 1) * comb(n - s + left - 1, left - 1)
        for s in range(min(m, n) + 1)
    )
