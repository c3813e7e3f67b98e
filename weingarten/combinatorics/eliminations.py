"""Counting by elimination: vertices are done with one at a time, and equal partial states merge.

What :mod:`~weingarten.combinatorics.circuits` and :mod:`~weingarten.combinatorics.typed_circuits`
share. A state is what is left of a partial choice: a multiset of open paths, and the lengths of the
circuits already closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from weingarten.budget import foresee, tick
from weingarten.combinatorics.partitions import Partition

__all__ = ["counts_by_elimination", "elimination_order", "take"]

Path = TypeVar("Path")
#: The open paths with their multiplicities, sorted, and the lengths of the closed circuits.
State = tuple[tuple[tuple[Path, int], ...], Partition]

#: Memory of one partial state.
_STATE_MEGABYTES = 2e-3


def counts_by_elimination(
    start: Mapping[State[Path], int],
    ends: Iterable[tuple[int, int]],
    degrees: Mapping[int, int],
    join_one: Callable[[State[Path], int], Iterable[tuple[State[Path], int]]],
    request: str,
) -> dict[Partition, int]:
    """Return how many choices close the circuits of every state that is left at the end.

    Parameters
    ----------
    start : mapping
        The state before any choice, with its sign.
    ends : iterable of pairs of int
        The end vertices of the open paths.
    degrees : mapping
        Half-edges at every vertex, an even number.
    join_one : callable
        The states, with multiplicities, after one more pair is chosen at a vertex.
    request : str
        What is counted, for an error.

    Raises
    ------
    CostLimitError
        If the partial states outgrow the time or the memory of the request.

    Examples
    --------
    One loop at a vertex, which closes:

    >>> def close(state, vertex):
    ...     return [(((), (1,)), 1)]
    >>> counts_by_elimination({((((0, 0), 1),), ()): 1}, [(0, 0)], {0: 2}, close, "a loop")
    {(1,): 1}
    """
    states = dict(start)
    for vertex in elimination_order(ends):
        for _ in range(degrees[vertex] // 2):
            joined: dict[State[Path], int] = {}
            for state, count in states.items():
                tick()
                for successor, ways in join_one(state, vertex):
                    joined[successor] = joined.get(successor, 0) + count * ways
            states = joined
            foresee(request, 0.0, _STATE_MEGABYTES * len(states))
    return {closed: count for (_, closed), count in states.items() if count}


def elimination_order(ends: Iterable[tuple[int, int]]) -> list[int]:
    """Order the vertices by least number of neighbours at the time they are eliminated.

    Examples
    --------
    The ends of a path of three edges come first:

    >>> elimination_order([(0, 1), (1, 2), (2, 3)])
    [0, 1, 2, 3]
    >>> elimination_order([(0, 1), (0, 2), (0, 3)])
    [1, 2, 0, 3]
    """
    neighbours: dict[int, set[int]] = {}
    for first, second in ends:
        neighbours.setdefault(first, set()).add(second)
        neighbours.setdefault(second, set()).add(first)
    order = []
    while neighbours:
        vertex = min(neighbours, key=lambda name: (len(neighbours[name] - {name}), name))
        around = neighbours.pop(vertex) - {vertex}
        for name in around:
            neighbours[name] = (neighbours[name] | around) - {vertex, name}
        order.append(vertex)
    return order


def take(paths: dict[Path, int], path: Path) -> None:
    """Take one of a multiset of paths out of it.

    Examples
    --------
    >>> left = {"a": 2, "b": 1}
    >>> take(left, "a"), take(left, "b"), left
    (None, None, {'a': 1})
    """
    if paths[path] == 1:
        del paths[path]
    else:
        paths[path] -= 1
