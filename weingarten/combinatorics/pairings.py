"""Pairings (perfect matchings) of 2n points, their union graphs and coset types.

A pairing of the points 0, ..., 2n-1 is a tuple of pairs ``((a, b), ...)`` with a < b in each, the
pairs ordered by their first point. Two pairings p, q of the same points form a union graph of even
cycles; half the cycle lengths are the coset type, a partition of n. It is the double coset of the
hyperoctahedral group H_n in S_2n to which a permutation carrying p to q belongs (Macdonald,
Symmetric Functions and Hall Polynomials, VII.2), and all that Gram and Weingarten matrices see.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from weingarten.budget import tick
from weingarten.coerce import as_integer
from weingarten.combinatorics.partitions import Partition
from weingarten.errors import InvalidInputError

__all__ = [
    "Pairing",
    "coset_type",
    "number_of_pairings",
    "pairing_at",
    "pairings",
    "union_graph",
]

Pairing = tuple[tuple[int, int], ...]
Partners = dict[Hashable, Hashable]

#: One generator for every pair: Python allows about a thousand inside each other.
_MAX_PAIRS = 300


def pairings(n: int) -> Iterator[Pairing]:
    """Iterate over the (2n-1)!! pairings of the 2n points 0, ..., 2n-1, in lexicographic order.

    Parameters
    ----------
    n : int
        Number of pairs, at least 0. The empty pairing ``()`` is the only one of no points.

    Returns
    -------
    iterator of tuple of (int, int)
        Lazy: the first pairings come at once however many there are (see
        :func:`number_of_pairings`).

    Raises
    ------
    InvalidInputError
        If `n` is no integer from 0 to 300.

    See Also
    --------
    coset_type : the partition that two pairings define.

    Examples
    --------
    >>> list(pairings(2))
    [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]
    >>> len(list(pairings(4)))
    105
    """
    pairs = as_integer(n, "n", minimum=0)
    if pairs > _MAX_PAIRS:
        raise InvalidInputError(
            "n",
            f"must be at most {_MAX_PAIRS}",
            pairs,
            "nobody sees all pairings of so many points",
        )
    return _pair_up(tuple(range(2 * pairs)))


def _pair_up(points: tuple[int, ...]) -> Iterator[Pairing]:
    if not points:
        tick()
        yield ()
        return
    first, *others = points
    for position, partner in enumerate(others):
        rest = (*others[:position], *others[position + 1 :])
        for tail in _pair_up(rest):
            yield ((first, partner), *tail)


def pairing_at(n: int, position: int) -> Pairing:
    """Return the pairing at a position of :func:`pairings`, without going through those before.

    Examples
    --------
    >>> pairing_at(2, 1)
    ((0, 2), (1, 3))
    >>> [pairing_at(3, position) for position in range(15)] == list(pairings(3))
    True
    """
    points = list(range(2 * n))
    size = number_of_pairings(n)
    pairs = []
    for left in range(n, 0, -1):
        size //= 2 * left - 1
        choice, position = divmod(position, size)
        first = points.pop(0)
        pairs.append((first, points.pop(choice)))
    return tuple(pairs)


def number_of_pairings(n: int) -> int:
    """Return (2n-1)!!, the number of pairings of 2n points.

    Examples
    --------
    >>> [number_of_pairings(n) for n in range(7)]
    [1, 1, 3, 15, 105, 945, 10395]
    """
    count = 1
    for odd in range(1, 2 * as_integer(n, "n", minimum=0), 2):
        count *= odd
    return count


def union_graph(p: Iterable[Iterable[Hashable]], q: Iterable[Iterable[Hashable]]) -> Any:
    """Return the union of two pairings as a graph, a disjoint union of even cycles.

    Parameters
    ----------
    p, q : iterable of pairs
        Pairings of the same points, which may carry any hashable labels.

    Returns
    -------
    networkx.MultiGraph
        One node for each point and one edge for each pair; the edge attribute ``"pairing"`` is
        ``"p"`` or ``"q"``. A pair common to both is a double edge, a cycle of length 2.

    Raises
    ------
    InvalidInputError
        If `p` or `q` is no pairing, or they pair different points.

    Examples
    --------
    >>> graph = union_graph([(0, 1), (2, 3)], [(0, 2), (1, 3)])
    >>> list(graph.edges(data="pairing"))
    [(0, 1, 'p'), (0, 2, 'q'), (1, 3, 'q'), (2, 3, 'p')]
    """
    import networkx as nx  # noqa: PLC0415 - slow to import, and nothing else here needs it

    left, right = _as_same_points(p, q)
    graph = nx.MultiGraph()
    graph.add_nodes_from(left)
    for name, partners in (("p", left), ("q", right)):
        seen: set[Hashable] = set()
        for a, b in partners.items():
            if a not in seen:
                seen.add(b)
                graph.add_edge(a, b, pairing=name)
    return graph


def coset_type(p: Iterable[Iterable[Hashable]], q: Iterable[Iterable[Hashable]]) -> Partition:
    """Return the coset type of two pairings: half the cycle lengths of their union graph.

    Parameters
    ----------
    p, q : iterable of pairs
        Pairings of the same 2n points, which may carry any hashable labels, in any order.

    Returns
    -------
    tuple of int
        A partition of n in decreasing order, as :func:`~weingarten.wg` takes it. The coset type
        does not change when p and q are exchanged or the points relabelled; it is ``(1, ..., 1)``
        exactly when p = q.

    Raises
    ------
    InvalidInputError
        If `p` or `q` is no pairing (a pair without exactly two distinct points, a point in two
        pairs, text in place of pairs), or they pair different points.

    Examples
    --------
    >>> coset_type([(0, 1), (2, 3)], [(0, 2), (1, 3)])
    (2,)
    >>> coset_type([("a", "b"), ("c", "d"), ("e", "f")], [("b", "a"), ("c", "e"), ("d", "f")])
    (2, 1)
    """
    left, right = _as_same_points(p, q)
    parts: list[int] = []
    visited: set[Hashable] = set()
    for start in left:
        if start in visited:
            continue
        point, length = start, 0
        while point not in visited:
            neighbour = left[point]
            visited.update((point, neighbour))
            point = right[neighbour]
            length += 1
        parts.append(length)
    return tuple(sorted(parts, reverse=True))


def _as_same_points(
    p: Iterable[Iterable[Hashable]], q: Iterable[Iterable[Hashable]]
) -> tuple[Partners, Partners]:
    left, right = _as_partners(p, "p"), _as_partners(q, "q")
    if left.keys() != right.keys():
        odd_ones = [point for point in (*left, *right) if (point in left) != (point in right)]
        raise InvalidInputError(
            "q", "must pair the same points as p", odd_ones, "pair these points in both or neither"
        )
    return left, right


def _as_partners(pairing: object, argument: str) -> Partners:
    """Return the map point -> partner of a pairing given as pairs."""
    constraint = "must be a sequence of pairs of points"
    remedy = "pass pairs such as ((0, 1), (2, 3))"
    if isinstance(pairing, str | bytes) or not isinstance(pairing, Iterable):
        raise InvalidInputError(argument, constraint, pairing, remedy)
    partners: Partners = {}
    for pair in pairing:
        if isinstance(pair, str | bytes) or not isinstance(pair, Iterable):
            raise InvalidInputError(argument, constraint, pair, remedy)
        points = tuple(pair)
        if len(points) != 2:
            raise InvalidInputError(argument, f"{constraint}, two in each", points, remedy)
        try:
            repeated = points[0] == points[1] or any(point in partners for point in points)
        except TypeError:
            raise InvalidInputError(
                argument, "must pair points with hashable labels", points, remedy
            ) from None
        if repeated:
            raise InvalidInputError(
                argument, "must pair each point exactly once", points, "remove the repeated point"
            )
        partners[points[0]], partners[points[1]] = points[1], points[0]
    return partners
