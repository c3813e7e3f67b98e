"""How one layer changes the spectrum near isometry: exact series in power sums, to any order.

Let G/m = I + Δ, tr Δ = 0, and H = W Δ Wᵀ. Normalising the rows of W G Wᵀ gives
G' = D^(-1/2) (I + H) D^(-1/2) with D = diag(1 + H_ii), so Δ' = G' - I has no diagonal, and

``tr Δ'^k = Σ Π_a H_{i_a i_{a+1}} (1 + H_{i_a i_a})^(-1)``

over the closed walks i_1 … i_k that never stay at a place. Expanding the denominators leaves
products of entries of H: by the walk's coincidences they are edges and loops of a multigraph, whose
b vertices can be chosen in d (d-1) ⋯ (d-b+1) ways, and whose mean is a conjugation moment of a
traceless matrix. The same holds for products of traces. The order is any: walks are counted by
coset type, and each type is averaged once by the engine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import comb
from types import MappingProxyType
from typing import Any

import sympy as sp
from scipy.special import betainc

from bn_theory.laws.common.power_sums import monomial
from bn_theory.notation import central_power_sum
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.coerce import refuses_text
from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.multigraphs import canonical_edges
from weingarten.combinatorics.partitions import Partition
from weingarten.exact.dimension import Dimension, Exact
from weingarten.exact.rational import linear_combination
from weingarten.moments.conjugation import circuit_moment_terms

__all__ = [
    "contraction",
    "contraction_rate",
    "contraction_remainder",
    "contraction_seconds",
    "trace_series",
]

Edges = tuple[tuple[int, int], ...]


@refuses_text("d")
@budgeted
def contraction(
    d: int | sp.Expr, order: int, k: int = 2, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    """Return the mean of a statistic of the next layer's spectrum, up to a total order in Δ.

    Parameters
    ----------
    d : int or Expr
    order : int
        Highest total degree in Δ that is kept.
    k : int
        2 for the variance of the spectrum, v(G') = tr Δ'²/d; k ≥ 3 for tr Δ'^k.
    max_cost : float or None, optional
        Seconds after which CostLimitError is raised (before, if predicted); None for no limit.

    Returns
    -------
    Expr
        In t_k = tr Δ^k, one term for each degree.

    Examples
    --------
    >>> contraction(sp.Symbol("d"), 2)
    t2/(d + 2)
    >>> contraction(4, 3)
    t2/6 - t3/12
    """
    series = trace_series((int(k),), int(order), Dimension.of(d))
    dimension = sp.sympify(d)
    scale: Any = Dimension.of(d).quotient(1, [0]) if k == 2 else 1
    by_degree: dict[int, list[tuple[Exact, sp.Expr]]] = {}
    for nu, coefficient in series.items():
        by_degree.setdefault(sum(nu), []).append((coefficient * scale, monomial(nu)))
    return sp.Add(*(linear_combination(terms, dimension) for _, terms in sorted(by_degree.items())))


@refuses_text("d")
def contraction_rate(d: int | sp.Expr) -> sp.Expr:
    """Return the factor by which one layer contracts the spectrum's variance near isometry.

    The isometry gap, tr Δ²/(2d) to leading order, contracts by the same factor.

    Examples
    --------
    >>> contraction_rate(sp.Symbol("d"))
    d/(d + 2)
    """
    return sp.factor(contraction(d, 2) * sp.sympify(d) / central_power_sum(2))


def contraction_remainder(deviations: Sequence[float], order: int, k: int = 2) -> float:
    """Return a bound on what :func:`contraction` leaves out, in every draw and so on average.

    With ρ = max ``|δ_i|`` < 1, every ``|H_ii|`` ≤ ρ, and with ``|H_ij|`` in place of ``H_ij`` the
    walks of tr Δ'^k add up to at most (tr Δ²)^(k/2); so the terms beyond an order are bounded by
    (tr Δ²)^(k/2) times the same terms of (1 - ρ)^(-k). Infinite for ρ ≥ 1.

    Parameters
    ----------
    deviations : sequence of float
        The eigenvalues of Δ.
    order, k : int

    Examples
    --------
    >>> round(contraction_remainder([0.1, -0.1], order=4), 6)
    4.6e-05
    """
    spread = max(abs(delta) for delta in deviations)
    square = sum(delta * delta for delta in deviations)
    if spread >= 1:
        return float("inf")
    # Σ_{s ≥ S} C(k+s-1, s) ρ^s, a tail of the negative binomial law: a difference would cancel
    start = max(int(order) - int(k), -1) + 1
    tail = betainc(start, k, spread) if start else 1.0
    total = tail / (1 - spread) ** k
    return float(square ** (k / 2) * total / (len(deviations) if k == 2 else 1))


def contraction_seconds(traces: Partition, order: int) -> float:
    """Return about how long :func:`trace_series` takes: walks, and counting them with loops."""
    places = sum(traces)
    if places > order:
        return 0.0
    # far beyond any limit from there on
    walks = float(sp.bell(min(places, 60) - 1)) / 2 ** (len(traces) - 1)
    return 7.5e-5 * walks + 6e-5 * 1.64 ** min(order, 1000) * (places - 1) ** 1.6


# a recursion over depth meets the same products for every batch
@lru_cache(maxsize=256)
def trace_series(traces: Partition, order: int, d: Dimension) -> Mapping[Partition, Exact]:
    """Return E Π_i tr Δ'^{k_i} as coefficients of the products Π tr Δ^{ν_j} of degree ≤ order.

    Parameters
    ----------
    traces : tuple of int
        The powers k_i ≥ 2.
    order : int
    d : Dimension

    Examples
    --------
    >>> dict(trace_series((2,), 2, Dimension(4)))
    {(2,): Fraction(2, 3)}
    """
    foresee(
        f"the contraction of traces {traces} to order {order}", contraction_seconds(traces, order)
    )
    result: dict[Partition, Any] = {}
    for counts, vertices in _counted(traces, order):
        ways = d.product(range(0, -vertices, -1))
        for nu, coefficient in circuit_moment_terms(counts, d, smallest_part=2):
            term = coefficient * ways
            result[nu] = result[nu] + term if nu in result else term
    ordered = sorted(result.items(), key=lambda x: (sum(x[0]), x[0]))
    return MappingProxyType({nu: c for nu, c in ordered if c})


# the counts serve all widths
@lru_cache(maxsize=64)
def _counted(traces: Partition, order: int) -> tuple[tuple[dict[Partition, int], int], ...]:
    """Return coset types with signed multiplicities, by degree and number of vertices."""
    groups: dict[tuple[int, int], Counter[Partition]] = {}
    graphs: Counter[Edges] = Counter()
    if sum(traces) > order:
        return ()
    for edges, walks in _walked(tuple(sorted(traces, reverse=True))).items():
        for graph, weight in _with_loops(edges, order):
            tick()
            graphs[canonical_edges(graph)] += weight * walks
    for edges, weight in graphs.items():
        tick()
        vertices = 1 + max(max(edge) for edge in edges)
        group = groups.setdefault((len(edges), vertices), Counter())
        for mu, count in circuit_counts(edges).items():
            group[mu] += weight * count
    return tuple(
        (dict(group), key[1]) for key, group in sorted(groups.items()) if any(group.values())
    )


# products of traces begin alike
@lru_cache(maxsize=256)
def _walked(traces: Partition) -> Mapping[Edges, int]:
    """Return the multigraphs that closed walks of these lengths leave behind, and how many do.

    Neighbours on a walk never coincide, any other places may. One walk is added at a time: what
    those before it have left is few graphs.
    """
    if not traces:
        return {(): 1}
    found: Counter[Edges] = Counter()
    for edges, walks in _walked(traces[:-1]).items():
        known = 1 + max((max(edge) for edge in edges), default=-1)
        for places in _closed_walks(traces[-1], known):
            tick()
            graph = (*edges, *zip(places, places[1:] + places[:1], strict=True))
            found[canonical_edges(graph)] += walks
    return found


def _closed_walks(length: int, known: int) -> Iterator[tuple[int, ...]]:
    """Yield the places of the closed walks over known vertices and new ones, as they appear."""

    def extend(places: tuple[int, ...], known: int) -> Iterator[tuple[int, ...]]:
        if len(places) == length:
            if places[0] != places[-1]:
                yield places
            return
        for place in range(known + 1):
            if not places or place != places[-1]:
                yield from extend((*places, place), max(known, place + 1))

    return extend((), known)


def _with_loops(edges: Edges, order: int) -> Iterator[tuple[Edges, int]]:
    """Yield the terms of Π H_ij Π_i (1 + H_ii)^(-c_i), c_i visits to place i, up to a degree."""
    ends = Counter(end for edge in edges for end in edge)
    visits = [ends[place] // 2 for place in range(len(ends))]

    def extend(place: int, left: int) -> Iterator[tuple[Edges, int]]:
        if place == len(visits):
            yield (), 1
            return
        for loops in range(left + 1):
            weight = (-1) ** loops * comb(visits[place] + loops - 1, loops)
            for rest, factor in extend(place + 1, left - loops):
                yield ((place, place),) * loops + rest, weight * factor

    for loops, weight in extend(0, order - len(edges)):
        yield edges + loops, weight
