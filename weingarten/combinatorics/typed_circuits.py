"""Counting circuits when every half-edge has one of two types, and only unlike ones are paired.

A factor of a monomial is an edge between the vertices of its row and of its column index. Over the
unitary group the ends of plain factors have type 0, those of conjugated ones type 1, and a pairing
of half-edges at every vertex is a bijection of plain with conjugated slots: a circuit of 2k edges
is a part k of the cycle type. Over the circular orthogonal ensemble the two indices of a factor
share their vertices, and a circuit of 2k edges is a part k of the coset type.

Over the symplectic group the vertices are the pairs of indices i, i + m, and an end has type 0 in
the first half. With the form J, the signs of the pairings and of J multiply to a product over the
circuits (derived by walking a circuit, row pairs along and column pairs against it): for 2k edges
``(-1)^{k+1} Π s(F)`` over every second factor F, which the walk enters by its row, s(F) = 1 if both
ends of F have one type and -1 if not. An open path carries the product for one direction of it;
for the other one it changes by (-1) to the power (edges - 1 + types of both ends).

Over the circular symplectic ensemble the factors are the entries of the antisymmetric matrix M, and
the pairing is a permutation with its sign. A circuit that is walked along all of its edges shifts
2k places by one: it has the sign -1, an edge that is walked against its direction changes it, and a
path of an odd number of edges changes its sign when it is turned.

Vertices are eliminated one at a time, as in :mod:`weingarten.combinatorics.circuits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import Literal, TypeAlias

from weingarten.combinatorics.eliminations import counts_by_elimination, take
from weingarten.combinatorics.partitions import Partition

__all__ = ["Signs", "TypedEdge", "typed_circuit_counts"]

#: What signs the pairings carry.
Signs: TypeAlias = Literal["none", "symplectic", "antisymmetric"]
#: The end of an edge: a vertex and a type, 0 or 1.
End = tuple[Hashable, int]
#: An edge by its row end and its column end.
TypedEdge = tuple[End, End]
#: An end in the search: number of the vertex, type, and 0 for a row or 1 for a column.
_End = tuple[int, int, int]
#: An open path: its ends, the smaller first, and its number of edges.
_Path = tuple[_End, _End, int]
_State = tuple[tuple[tuple[_Path, int], ...], Partition]


def typed_circuit_counts(
    edges: Sequence[TypedEdge], *, signs: Signs = "none", sides: bool = True
) -> dict[Partition, int]:
    """Count the pairings of unlike half-edges at all vertices by the lengths of their circuits.

    Parameters
    ----------
    edges : sequence of pairs of (vertex, type)
        Row end and column end of every factor.
    signs : {"none", "symplectic", "antisymmetric"}, optional
        Count with the signs of the symplectic group, or with those of permutations of the indices
        of an antisymmetric matrix.
    sides : bool, optional
        Pair row ends with row ends and column ends with column ends only.

    Returns
    -------
    dict
        Partitions, with part k for a circuit of 2k edges, and the number of choices; empty if some
        vertex has more ends of one type than of the other.

    Raises
    ------
    CostLimitError
        If the partial states outgrow the time or the memory of the request.

    Examples
    --------
    >>> plain, conjugated = (("i", 0), ("j", 0)), (("i", 1), ("j", 1))
    >>> typed_circuit_counts([plain, plain, conjugated, conjugated])
    {(1, 1): 2, (2,): 2}
    """
    names: dict[Hashable, int] = {}

    def numbered(end: End, side: int) -> _End:
        vertex, kind = end
        # without sides the two ends of a factor are alike
        number = names.setdefault((side, vertex) if sides else vertex, len(names))
        return number, kind, side if sides else 0

    paths: Counter[_Path] = Counter()
    sign = 1
    for row, column in edges:
        first, second = numbered(row, 0), numbered(column, 1)
        if first > second:
            first, second = second, first
            # read from the column, the walk enters its factor there
            sign *= -1 if signs == "antisymmetric" else 1
        elif signs == "symplectic" and row[1] != column[1]:
            sign = -sign
        paths[first, second, 1] += 1
    balance: Counter[int] = Counter()
    degrees: Counter[int] = Counter()
    for path in paths.elements():
        for vertex, kind, _ in path[:2]:
            balance[vertex] += 1 - 2 * kind
            degrees[vertex] += 1
    if any(balance.values()):
        return {}
    request = f"counting the circuits of {len(edges)} edges"
    start: dict[_State, int] = {(tuple(sorted(paths.items())), ()): sign}
    ends = [(first[0], second[0]) for first, second, _ in paths]
    join_one = partial(_join_one, signs=signs)
    return counts_by_elimination(start, ends, degrees, join_one, request)


def _join_one(state: _State, vertex: int, signs: Signs) -> Iterator[tuple[_State, int]]:
    """Pair one free half-edge at ``vertex`` with each unlike one, equal outcomes merged."""
    multiplicities, closed = state
    paths = dict(multiplicities)
    chosen = next(path for path in paths if vertex in (path[0][0], path[1][0]))
    take(paths, chosen)
    far, near, length, sign = _ending_at(chosen, vertex, signs)
    if far[0] == vertex and far[1] != near[1]:
        half = length // 2
        result = tuple(sorted((*closed, half), reverse=True))
        yield (tuple(sorted(paths.items())), result), sign * _closing(half, signs)
    for partner, multiplicity in list(paths.items()):
        for end in (0, 1):
            here, other = (partner[0], partner[1])[:: 1 - 2 * end]
            if here[0] != vertex or here[1] == near[1]:
                continue
            rest = dict(paths)
            take(rest, partner)
            new_sign = sign * (_turned(partner, signs) if end == 1 else 1)
            total = length + partner[2]
            joined = (far, other, total)
            if far > other:
                new_sign *= _turned(joined, signs)
                joined = (other, far, total)
            rest[joined] = rest.get(joined, 0) + 1
            yield (tuple(sorted(rest.items())), closed), multiplicity * new_sign


def _ending_at(path: _Path, vertex: int, signs: Signs) -> tuple[_End, _End, int, int]:
    """Return a path as (far end, end at the vertex, length, sign of having turned it)."""
    first, second, length = path
    if second[0] == vertex:
        return first, second, length, 1
    return second, first, length, _turned(path, signs)


def _turned(path: _Path, signs: Signs) -> int:
    """Return the factor of a path for walking it the other way."""
    (_, one, _), (_, two, _), length = path
    if signs == "symplectic":
        return (-1) ** (length - 1 + one + two)
    return (-1) ** length if signs == "antisymmetric" else 1


def _closing(half: int, signs: Signs) -> int:
    """Return the factor for closing a path to a circuit of 2 half edges."""
    if signs == "symplectic":
        return (-1) ** (half + 1)
    return -1 if signs == "antisymmetric" else 1
