r"""The spectrum after many layers near isometry: the contraction, again and again.

A product Π tr Δ^{ν_j} of degree N averages to products of degree N and higher. Up to any degree K
one layer is therefore a finite triangular matrix M on them, exact in d, and the mean after L layers
of what is a row r of coefficients one layer above is r M^(L-1): exact but for products of degree
above K, whose coefficients are left out in every layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

import sympy as sp

from bn_theory.laws.common.power_sums import monomial
from bn_theory.laws.contraction.derive import contraction, contraction_seconds, trace_series
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.coerce import refuses_text
from weingarten.combinatorics.partitions import Partition, partitions_of
from weingarten.exact.dimension import Dimension, Exact
from weingarten.exact.rational import linear_combination

__all__ = [
    "Series",
    "by_degree",
    "contraction_over_layers",
    "gap_row",
    "layers_above",
    "products",
    "recursion_seconds",
    "trace_above",
]

#: Coefficients of the products Π tr Δ^{ν_j}.
Series = Mapping[Partition, Exact]


# a recursion lists them with every row
@lru_cache(maxsize=32)
def products(order: int) -> tuple[Partition, ...]:
    """Return the products Π tr Δ^{ν_j} of degree 2 … order: partitions into parts from 2 on.

    Examples
    --------
    >>> products(4)
    ((2,), (3,), (2, 2), (4,))
    """
    return tuple(
        nu for degree in range(2, order + 1) for nu in sorted(partitions_of(degree)) if nu[-1] >= 2
    )


def recursion_seconds(order: int) -> float:
    """Return about how long it takes to average all products up to a degree once.

    Examples
    --------
    >>> recursion_seconds(6) < 1 < recursion_seconds(10)
    True
    """
    return sum(contraction_seconds(nu, order) for nu in products(order))


def gap_row(order: int, d: Dimension) -> Series:
    """Return E φ(X') after one layer: φ = Σ_{k≥2} (-1)^k tr Δ^k/(k d), averaged term by term.

    Examples
    --------
    >>> gap_row(2, Dimension(4))
    {(2,): Fraction(1, 12)}
    """
    total: dict[Partition, Any] = {}
    for k in range(2, order + 1):
        weight = d.quotient(1, [0]) * Fraction((-1) ** k, k)
        for nu, coefficient in trace_series((k,), order, d).items():
            term = coefficient * weight
            total[nu] = total[nu] + term if nu in total else term
    return total


def layers_above(row: Series, order: int, d: Dimension, layers: int) -> Series:
    """Return what a series in the products of one layer is, on average, in those ``layers`` below.

    Examples
    --------
    >>> layers_above({(2,): Fraction(1, 12)}, 2, Dimension(4), 3)
    {(2,): Fraction(2, 81)}
    """
    if layers == 0 or not row:
        return row
    names = products(order)
    # degrees of rational functions grow with every layer, and so do digits
    size = float(layers) ** 2 * len(names) ** 2
    seconds = 3e-6 * size if d.symbolic else 1e-10 * size * order**1.75
    foresee(f"{layers} layers to order {order}", seconds + recursion_seconds(order))
    matrix = {nu: trace_series(nu, order, d) for nu in names}
    if d.symbolic:
        current: dict[Partition, Any] = dict(row)
        for _ in range(layers):
            tick()
            current = _applied(current, matrix)
        return {nu: c for nu, c in current.items() if c}
    numbers = {nu: _fractions(matrix[nu]) for nu in names}
    scale = lcm(*(c.denominator for entries in numbers.values() for c in entries.values()))
    whole = {nu: {mu: int(c * scale) for mu, c in numbers[nu].items()} for nu in names}
    start = _fractions(row)
    first = lcm(*(c.denominator for c in start.values()))
    numerators: dict[Partition, Any] = {nu: int(c * first) for nu, c in start.items()}
    for _ in range(layers):
        tick()
        numerators = _applied(numerators, whole)
    below = first * scale**layers
    return {nu: Fraction(c, below) for nu, c in numerators.items() if c}


# a value, its range and what it leaves out are asked for one after the other
@lru_cache(maxsize=16)
def trace_above(k: int, order: int, d: Dimension, layers: int) -> Series:
    """Return the mean of tr Δ^k after one layer, as a series ``layers`` layers further down.

    Examples
    --------
    >>> trace_above(2, 2, Dimension(4), 1)
    {(2,): Fraction(4, 9)}
    """
    return layers_above(trace_series((k,), order, d), order, d, layers)


def _fractions(series: Series) -> dict[Partition, Fraction]:
    """Return the coefficients at an integer d, which are numbers."""
    return {nu: c for nu, c in series.items() if isinstance(c, Fraction)}


def _applied(
    row: Mapping[Partition, Any], matrix: Mapping[Partition, Mapping[Partition, Any]]
) -> dict[Partition, Any]:
    found: dict[Partition, Any] = {}
    for nu, weight in row.items():
        for mu, coefficient in matrix[nu].items():
            term = weight * coefficient
            found[mu] = found[mu] + term if mu in found else term
    return found


def by_degree(series: Series, d: int | sp.Expr) -> list[sp.Expr]:
    """Return a series as expressions in t_k = tr Δ^k, one for each degree.

    Examples
    --------
    >>> by_degree({(2,): Fraction(1, 12), (3,): Fraction(-1, 9)}, 4)
    [t2/12, -t3/9]
    """
    terms: dict[int, list[tuple[Exact, sp.Expr]]] = {}
    for nu, coefficient in series.items():
        terms.setdefault(sum(nu), []).append((coefficient, monomial(nu)))
    return [linear_combination(found, sp.sympify(d)) for _, found in sorted(terms.items())]


@refuses_text("d")
@budgeted
def contraction_over_layers(
    d: int | sp.Expr,
    order: int,
    k: int = 2,
    depth: int = 1,
    *,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    """Return the mean of v(G_L), or of tr Δ_L^k for k ≥ 3, up to a total order in Δ = G_0/m - I.

    Parameters
    ----------
    d : int or Expr
    order, k : int
        As for :func:`~bn_theory.laws.contraction.derive.contraction`, which this is at depth 1.
    depth : int
        The number L of layers.
    max_cost : float or None, optional
        Seconds after which CostLimitError is raised (before, if predicted); None for no limit.

    Examples
    --------
    >>> contraction_over_layers(sp.Symbol("d"), 2, depth=3)
    d**2*t2/(d + 2)**3
    """
    if depth == 1:
        return contraction(d, order, k)
    dimension = Dimension.of(d)
    row = trace_above(int(k), order, dimension, depth - 1)
    scale = 1 / sp.sympify(d) if k == 2 else sp.Integer(1)
    return sp.Add(*(sp.factor_terms(scale * term) for term in by_degree(row, d)))
