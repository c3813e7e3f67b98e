"""Counting the ways to pair the half-edges of a multigraph by the circuits they form.

A choice of one pairing of the half-edges at every vertex cuts a multigraph into closed circuits.
How many choices give circuits of which lengths is all that a Weingarten sum needs to know about
its indices: for E Π O_ij^M_ij the multigraph has a vertex for each row and column and M_ij edges
between them, and a circuit of 2k edges is a part k of the coset type; for a product of entries
H_ij of a conjugated matrix the edges are the index pairs, and a circuit of k edges is a part k.

Vertices are eliminated one at a time. What is left of a partial choice is a multiset of open
paths (end, end, length) and the lengths of the circuits already closed; equal states merge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from weingarten.combinatorics.eliminations import counts_by_elimination, take
from weingarten.combinatorics.partitions import Partition

__all__ = ["circuit_counts"]

#: An open path: its two end vertices, the smaller first, and its number of edges.
Path = tuple[int, int, int]
#: The open paths with their multiplicities, sorted, and the lengths of the closed circuits.
State = tuple[tuple[tuple[Path, int], ...], Partition]


def circuit_counts(edges: Sequence[tuple[Hashable, Hashable]]) -> dict[Partition, int]:
    """Count the pairings of half-edges at all vertices by the lengths of their circuits.

    Parameters
    ----------
    edges : sequence of pairs
        The edges of a multigraph by the names of their two ends; loops and parallel edges are
        allowed.

    Returns
    -------
    dict
        Partitions of the number of edges, with how many of the Π (degree - 1)!! choices give
        circuits of these lengths; empty if a vertex has odd degree.

    Raises
    ------
    CostLimitError
        If the partial states outgrow the time or the memory of the request.

    Examples
    --------
    >>> circuit_counts([("i", "i"), ("i", "i")])
    {(1, 1): 1, (2,): 2}
    """
    names = {name: i for i, name in enumerate(dict.fromkeys(end for edge in edges for end in edge))}
    paths: Counter[Path] = Counter()
    for first, second in edges:
        low, high = sorted((names[first], names[second]))
        paths[low, high, 1] += 1
    degrees = Counter(end for first, second, _ in paths.elements() for end in (first, second))
    if any(degree % 2 for degree in degrees.values()):
        return {}
    request = f"counting the circuits of {len(edges)} edges"
    start: dict[State, int] = {(tuple(sorted(paths.items())), ()): 1}
    ends = [path[:2] for path in paths]
    return counts_by_elimination(start, ends, degrees, _join_one, request)


def _join_one(state: State, vertex: int) -> Iterable[tuple[State, int]]:
    """Pair the first free half-edge at ``vertex`` with each other one, equal outcomes merged."""
    multiplicities, closed = state
    paths = dict(multiplicities)
    chosen = next(path for path in paths if vertex in path[:2])
    take(paths, chosen)
    first, second, length = chosen
    if first == second:
        yield (tuple(sorted(paths.items())), _insert(closed, length)), 1
    far = second if first == vertex else first
    for partner, multiplicity in list(paths.items()):
        here = (partner[0] == vertex) + (partner[1] == vertex)
        if not here:
            continue
        rest = dict(paths)
        take(rest, partner)
        other = partner[1] if partner[0] == vertex else partner[0]
        joined = (min(far, other), max(far, other), length + partner[2])
        rest[joined] = rest.get(joined, 0) + 1
        yield (tuple(sorted(rest.items())), closed), here * multiplicity


def _insert(parts: Partition, part: int) -> Partition:
    return tuple(sorted((*parts, part), reverse=True))
