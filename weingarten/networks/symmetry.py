"""Symmetries of a network: permutations of the random slots that leave the product unchanged.

Pairings related by a symmetry contribute equally, so only one of each orbit is summed. Missing a
symmetry costs time, never correctness; the search may therefore give up early.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

import sympy as sp

from weingarten.networks.canonical import Shading
from weingarten.networks.model import Properties, Tensor

__all__ = ["slot_symmetries"]

_ATTEMPTS = 60


def slot_symmetries(
    tensors: Sequence[Tensor],
    slots: Sequence[int],
    sizes: Mapping[int, sp.Expr],
    properties: Properties,
) -> list[list[int]]:
    """Return generators of slot permutations; ``slots`` are the positions of the random tensors."""
    net = Shading(list(tensors), properties)
    generators: list[list[int]] = []
    by_place: defaultdict[object, list[int]] = defaultdict(list)
    for number, at in enumerate(slots):
        by_place[tensors[at][1:]].append(number)
    for group in by_place.values():
        for a, b in pairwise(group):
            swap = list(range(len(slots)))
            swap[a], swap[b] = b, a
            generators.append(swap)
    for renaming in _label_symmetries(net, sizes):
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
        row, column = (renaming[x] if isinstance(x, int) else x for x in tensors[at][1:])
        images.append(free[row, column].pop(0))
    return images


def _label_symmetries(net: Shading, sizes: Mapping[int, sp.Expr]) -> list[dict[int, int]]:
    base = net.refine(net.by_size(sizes)) if net.bound else {}
    levels: list[dict[int, int]] = [base]
    points: list[int] = []
    while len(set(levels[-1].values())) < len(net.bound):
        point = _tied(levels[-1])[0]
        points.append(point)
        levels.append(net.refine(_single_out(levels[-1], point)))
    found: list[dict[int, int]] = []
    for depth in range(len(points) - 1, -1, -1):
        point, colours = points[depth], levels[depth]
        for image in [x for x in net.bound if colours[x] == colours[point] and x != point]:
            if image in _orbit(point, found):
                continue
            budget = [_ATTEMPTS]
            match = _match(net, _single_out(colours, point), _single_out(colours, image), budget)
            if match is not None:
                found.append(match)
    return found


def _single_out(colours: Mapping[int, int], label: int) -> dict[int, int]:
    return {x: 2 * k + (x == label) for x, k in colours.items()}


def _tied(colours: Mapping[int, int]) -> list[int]:
    """Return the first class of labels that share a colour, or nothing."""
    classes: defaultdict[int, list[int]] = defaultdict(list)
    for label, colour in colours.items():
        classes[colour].append(label)
    for _, members in sorted(classes.items()):
        if len(members) > 1:
            return members
    return []


def _orbit(point: int, generators: Sequence[Mapping[int, int]]) -> set[int]:
    reached, frontier = {point}, [point]
    while frontier:
        here = frontier.pop()
        for generator in generators:
            if generator[here] not in reached:
                reached.add(generator[here])
                frontier.append(generator[here])
    return reached


def _match(
    net: Shading, left: dict[int, int], right: dict[int, int], budget: list[int]
) -> dict[int, int] | None:
    """Return a renaming that turns one colouring into the other and keeps the tensors, or None."""
    budget[0] -= 1
    if budget[0] < 0:
        return None
    left, right = net.refine(left), net.refine(right)
    if sorted(left.values()) != sorted(right.values()):
        return None
    tied = _tied(left)
    if not tied:
        back = {colour: label for label, colour in right.items()}
        if net.encode(left) != net.encode(right):
            return None
        return {label: back[colour] for label, colour in left.items()}
    for image in [x for x in net.bound if right[x] == left[tied[0]]]:
        match = _match(net, _single_out(left, tied[0]), _single_out(right, image), budget)
        if match is not None:
            return match
    return None
