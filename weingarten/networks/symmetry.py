"""Symmetries of a network: permutations of the random slots that leave the product unchanged.

Ways to join the slots that are related by a symmetry contribute equally, so only one of each orbit
is summed. Missing a symmetry costs time, never correctness; the search may therefore give up early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import sympy as sp

from weingarten.combinatorics.multigraphs import Edge, Multigraph
from weingarten.networks.canonical import by_size, multigraph_of
from weingarten.networks.model import Properties, Tensor, sort_key

__all__ = ["end_symmetries", "slot_symmetries"]

#: The name of the edge that ties an end of a factor to its label; no matrix has it.
_TIE = ("", "end")


def slot_symmetries(
    tensors: Sequence[Tensor],
    slots: Sequence[int],
    sizes: Mapping[int, sp.Expr],
    properties: Properties,
) -> list[list[int]]:
    """Return generators of slot permutations; ``slots`` are the positions of the random tensors."""
    graph = multigraph_of(tensors, properties)
    generators: list[list[int]] = []
    by_place: defaultdict[object, list[int]] = defaultdict(list)
    for number, at in enumerate(slots):
        by_place[tensors[at]].append(number)
    for group in by_place.values():
        for a, b in pairwise(group):
            swap = list(range(len(slots)))
            swap[a], swap[b] = b, a
            generators.append(swap)
    for renaming in graph.symmetries(by_size(graph.vertices, sizes)):
        generators.append(_on_slots(renaming, tensors, slots, by_place))
    return generators


def _on_slots(
    renaming: Mapping[int, int],
    tensors: Sequence[Tensor],
    slots: Sequence[int],
    by_place: Mapping[object, list[int]],
) -> list[int]:
    free = {place: list(members) for place, members in by_place.items()}
    images = []
    for at in slots:
        base, *labels = tensors[at]
        row, column = (renaming[x] if isinstance(x, int) else x for x in labels)
        images.append(free[base, row, column].pop(0))
    return images


def end_symmetries(
    tensors: Sequence[Tensor],
    slots: Sequence[int],
    sizes: Mapping[int, sp.Expr],
    properties: Properties,
) -> list[list[int]]:
    """Return generators of permutations of the ends of the random factors.

    Slot a has the ends 2a at its row and 2a + 1 at its column; those of a symmetric matrix may be
    exchanged.
    """
    first = min(sizes, default=0) - 1
    ends: list[int] = []
    edges: list[Edge] = []
    ranges = dict(sizes)
    for at, tensor in enumerate(tensors):
        base, row, column = tensor
        directed = not properties.symmetric(base)
        labels = tuple(x if isinstance(x, int) else sort_key(x) for x in (row, column))
        if at not in slots:
            edges.append(Edge(sort_key(base), labels[0], labels[1], directed))
            continue
        own = (first - len(ends), first - len(ends) - 1)
        ends += own
        ranges |= dict.fromkeys(own, sp.S.One)
        edges.append(Edge(sort_key(base), own[0], own[1], directed))
        edges += [Edge(_TIE, end, label, True) for end, label in zip(own, labels, strict=True)]
    graph = Multigraph(edges)
    numbers = {end: number for number, end in enumerate(ends)}
    return [
        [numbers[renaming[end]] for end in ends]
        for renaming in graph.symmetries(by_size(graph.vertices, ranges))
    ]
