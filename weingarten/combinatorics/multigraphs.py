"""Canonical forms and symmetries of multigraphs: the one place where isomorphic ones become equal.

Two forms are kept. :class:`Multigraph` takes any edges: named, directed or not, parallel, loops,
some ends fixed; its vertices are told apart by refinement of colours, and what symmetry leaves
alike by trying each in turn. :func:`canonical_matrix` is for the multigraphs between rows and
columns that a matrix of small numbers gives, of which a moment meets thousands. Rows are sorted
there, and only columns are searched: it takes half the time where nothing is alike, and less than
a twentieth where much is.

A search that would take too long is cut short. Then isomorphic multigraphs may keep more than one
form, and a symmetry may be missed; that costs a repeated computation, never a wrong result.

Reference: B. D. McKay & A. Piperno, J. Symbolic Comput. 60 (2014) 94.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, permutations, product
from math import factorial, prod
from typing import Any, NamedTuple, TypeAlias

from weingarten.budget import tick
from weingarten.combinatorics.set_partitions import DisjointSets

__all__ = ["Edge", "Multigraph", "canonical_edges", "canonical_matrix", "connected_edges"]

#: Labellings that are compared at most, and pairs of colourings for one symmetry.
_MAX_LEAVES = 400
_MAX_MATCHES = 60
#: Orders of equal columns that are compared at most.
_MAX_TIED_ORDERS = 24

#: A vertex, or anything else that can be ordered: an end that is no vertex.
End: TypeAlias = Any
Colours: TypeAlias = Mapping[int, int]
Code: TypeAlias = list[tuple[int, int, int]]
Matrix: TypeAlias = tuple[tuple[int, ...], ...]


class Edge(NamedTuple):
    """An edge: its name, its ends (vertices are ints), and whether the ends can be told apart."""

    name: Any
    first: End
    second: End
    directed: bool = False


class Multigraph:
    """A multigraph, for its canonical form and its symmetries.

    Attributes
    ----------
    vertices : list of int
    edges : list
        Name, ends and direction of each edge. Names and fixed ends are numbered in their order,
        fixed ends below zero, so that everything is compared as an integer.

    Examples
    --------
    >>> square = Multigraph([Edge("a", 1, 2), Edge("b", 2, 5), Edge("a", 5, 7), Edge("b", 7, 1)])
    >>> alike = dict.fromkeys(square.vertices, 0)
    >>> len(set(square.refine(alike).values())), sorted(square.canonical_order(alike).values())
    (1, [0, 1, 2, 3])
    >>> square.symmetries(alike)
    [{1: 2, 2: 1, 5: 7, 7: 5}, {1: 5, 2: 7, 5: 1, 7: 2}]
    """

    def __init__(self, edges: Sequence[Edge]) -> None:
        ends = {end for edge in edges for end in edge[1:3]}
        self.vertices = sorted(end for end in ends if isinstance(end, int))
        fixed = sorted(end for end in ends if not isinstance(end, int))
        self._fixed = {end: k - len(fixed) for k, end in enumerate(fixed)}
        names = {name: k for k, name in enumerate(sorted({edge.name for edge in edges}))}
        self._edges = [(names[name], one, two, directed) for name, one, two, directed in edges]
        self._incident: dict[int, list[tuple[int, int, End]]] = {x: [] for x in self.vertices}
        for name, one, two, directed in self._edges:
            if isinstance(one, int):
                self._incident[one].append((name, 0, two))
            if isinstance(two, int):
                self._incident[two].append((name, int(directed), one))

    def refine(self, colours: Colours) -> dict[int, int]:
        """Split colours by the colours around them until nothing changes."""
        while True:
            tick()
            shades = {**self._fixed, **colours}
            signatures = {
                x: (
                    colours[x],
                    tuple(sorted([(name, side, shades[end]) for name, side, end in around])),
                )
                for x, around in self._incident.items()
            }
            ranks = {s: k for k, s in enumerate(sorted(set(signatures.values())))}
            refined = {x: ranks[signature] for x, signature in signatures.items()}
            if len(ranks) == len(set(colours.values())):
                return refined
            colours = refined

    def encode(self, colours: Colours) -> Code:
        """Return the edges written in colours instead of vertices, sorted."""
        shades = {**self._fixed, **colours}
        rows = []
        for name, one, two, directed in self._edges:
            a, b = shades[one], shades[two]
            rows.append((name, a, b) if directed or a <= b else (name, b, a))
        return sorted(rows)

    def canonical_order(self, colours: Colours) -> dict[int, int]:
        """Return a number for each vertex that only depends on the multigraph and its colours."""
        best: tuple[Code, dict[int, int]] | None = None
        symmetries: list[dict[int, int]] = []
        leaves = 0

        def search(colours: Colours, chosen: tuple[int, ...]) -> None:
            nonlocal best, leaves
            refined = self.refine(colours)
            tied = _tied(refined)
            if not tied:
                leaves += 1
                code = self.encode(refined)
                if best is None or code < best[0]:
                    best = (code, refined)
                elif code == best[0]:
                    back = {colour: x for x, colour in refined.items()}
                    symmetries.append({x: back[colour] for x, colour in best[1].items()})
                return
            tried: list[int] = []
            for x in tied:
                if leaves >= _MAX_LEAVES:
                    return
                # what a symmetry takes to a vertex that was tried leads to the same forms
                kept = [g for g in symmetries if all(g[y] == y for y in chosen)]
                if kept and any(x in _orbit(y, kept) for y in tried):
                    continue
                search(_single_out(refined, x), (*chosen, x))
                tried.append(x)

        search(colours, ())
        assert best is not None
        return best[1]

    def symmetries(self, colours: Colours) -> list[dict[int, int]]:
        """Return generators of the permutations of vertices that keep edges and colours."""
        levels = [self.refine(colours)] if self.vertices else [{}]
        points: list[int] = []
        while tied := _tied(levels[-1]):
            points.append(tied[0])
            levels.append(self.refine(_single_out(levels[-1], tied[0])))
        found: list[dict[int, int]] = []
        for point, level in reversed(list(zip(points, levels, strict=False))):
            for image in [x for x in self.vertices if level[x] == level[point] and x != point]:
                if image in _orbit(point, found):
                    continue
                match = self._match(
                    _single_out(level, point), _single_out(level, image), [_MAX_MATCHES]
                )
                if match is not None:
                    found.append(match)
        return found

    def _match(self, left: Colours, right: Colours, attempts: list[int]) -> dict[int, int] | None:
        """Return a renaming that turns one colouring into the other and keeps the edges."""
        attempts[0] -= 1
        if attempts[0] < 0:
            return None
        left, right = self.refine(left), self.refine(right)
        if sorted(left.values()) != sorted(right.values()):
            return None
        tied = _tied(left)
        if not tied:
            if self.encode(left) != self.encode(right):
                return None
            back = {colour: x for x, colour in right.items()}
            return {x: back[colour] for x, colour in left.items()}
        for image in [x for x in self.vertices if right[x] == left[tied[0]]]:
            match = self._match(_single_out(left, tied[0]), _single_out(right, image), attempts)
            if match is not None:
                return match
        return None


def _single_out(colours: Colours, vertex: int) -> dict[int, int]:
    return {x: 2 * k + (x == vertex) for x, k in colours.items()}


def _tied(colours: Colours) -> list[int]:
    """Return the first class of vertices that share a colour, or nothing."""
    classes: defaultdict[int, list[int]] = defaultdict(list)
    for x, colour in colours.items():
        classes[colour].append(x)
    return min((c for c in classes.items() if len(c[1]) > 1), default=(0, []))[1]


def _orbit(point: int, generators: Iterable[Colours]) -> set[int]:
    reached, frontier = {point}, [point]
    while frontier:
        here = frontier.pop()
        for generator in generators:
            if generator[here] not in reached:
                reached.add(generator[here])
                frontier.append(generator[here])
    return reached


def canonical_edges(edges: Collection[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the edges of a multigraph with its vertices renamed to 0, 1, …, in canonical form.

    Examples
    --------
    >>> canonical_edges([(7, 3), (3, 7), (3, 5)]) == canonical_edges([(1, 2), (0, 2), (2, 0)])
    True
    """
    seen: dict[int, int] = {}
    for edge in edges:
        for end in edge:
            seen.setdefault(end, len(seen))
    return _canonical_edges(tuple([(seen[a], seen[b]) for a, b in edges]))


# a sum over pairings meets the same few small multigraphs over and over
@lru_cache(maxsize=4096)
def _canonical_edges(edges: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    graph = Multigraph([Edge((), a, b) for a, b in edges])
    name = graph.canonical_order(dict.fromkeys(graph.vertices, 0))
    return tuple(sorted((min(name[a], name[b]), max(name[a], name[b])) for a, b in edges))


def connected_edges(edges: Iterable[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the edges of each connected component of a multigraph.

    Examples
    --------
    >>> connected_edges([(0, 1), (2, 2), (1, 4)])
    [[(0, 1), (1, 4)], [(2, 2)]]
    """
    known = list(edges)
    joined: DisjointSets[int] = DisjointSets()
    for a, b in known:
        joined.join(a, b)
    parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for a, b in known:
        parts[joined.find(a)].append((a, b))
    return list(parts.values())


def canonical_matrix(rows: Sequence[Sequence[int]]) -> Matrix:
    """Return the rows and columns of a matrix in canonical order, columns by decreasing sum.

    Matrices with many interchangeable columns may keep more than one form.

    Examples
    --------
    >>> canonical_matrix(((0, 2), (1, 3)))
    ((3, 1), (2, 0))
    """
    if rows and len(rows[0]) == 1:
        return tuple(sorted(map(tuple, rows), reverse=True))
    columns = list(zip(*rows, strict=True))
    colours = _column_colours(rows, columns)
    order = sorted(range(len(columns)), key=colours.__getitem__, reverse=True)
    tied = [tuple(block) for _, block in groupby(order, key=colours.__getitem__)]
    # equal columns need no trying out
    free = [block for block in tied if len({columns[j] for j in block}) > 1]
    if prod(factorial(len(block)) for block in free) > _MAX_TIED_ORDERS:
        return _sorted_rows(rows, order)
    arrangements = (permutations(block) if block in free else [block] for block in tied)
    return max(
        _sorted_rows(rows, [j for block in choice for j in block])
        for choice in product(*arrangements)
    )


def _sorted_rows(rows: Sequence[Sequence[int]], order: Sequence[int]) -> Matrix:
    return tuple(sorted((tuple(row[j] for j in order) for row in rows), reverse=True))


def _column_colours(
    rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]
) -> list[tuple[int, int]]:
    """Return a label for each column, first its sum, that no permutation can change.

    Rows and columns are told apart by the multiset of (entry, label of the crossing line), until
    that tells no more columns apart, or a few times over.
    """
    column_colours = [0] * len(columns)
    known = 1
    for _ in range(3):
        column_colours = _refined(columns, _refined(rows, column_colours))
        found = len(set(column_colours))
        if found == known:
            break
        known = found
    return [(sum(column), colour) for column, colour in zip(columns, column_colours, strict=True)]


def _refined(lines: Sequence[Sequence[int]], crossing: Sequence[int]) -> list[int]:
    signatures = [tuple(sorted(zip(line, crossing, strict=True))) for line in lines]
    rank = {signature: position for position, signature in enumerate(sorted(set(signatures)))}
    return [rank[signature] for signature in signatures]
