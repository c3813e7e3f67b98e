"""Canonical form of a product of tensors: merge labels, simplify, split into components.

Equal scalars get equal components: traces are closed under cyclic rotation and transposition,
symmetric matrices have no direction, antisymmetric ones are turned at the price of a sign (what a
symmetry turns into its negative is zero), diagonal ones put their two indices on one label, and
``QᵀQ = I`` is used for orthogonal matrices (random or constant), and ``U*U = I`` for unitary random
ones, before anything is integrated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.combinatorics.multigraphs import Edge, Multigraph
from weingarten.combinatorics.set_partitions import DisjointSets
from weingarten.networks.forms import form_value
from weingarten.networks.known_products import forms_at_one_label, known_product
from weingarten.networks.legs import folded, taken_apart
from weingarten.networks.merging import (
    Delta,
    end_key,
    fixed_first,
    left_range,
    merge_labels,
    unsliced,
)
from weingarten.networks.model import (
    Component,
    Label,
    Monomial,
    Properties,
    SortKey,
    Tensor,
    sort_key,
)
from weingarten.networks.selections import selections_used
from weingarten.networks.shapes import shape_of
from weingarten.symbols.partial import PartialTrace, PartialTranspose
from weingarten.symbols.symplectic import SymplecticForm

__all__ = ["by_size", "canonical_product", "multigraph_of"]

#: The text of a bound label, which has none.
_NO_TEXT: SortKey = ("", "")


#: Bases that are more than a symbol with properties; most products have none of them.
_TREATED = (
    MatrixSlice, sp.Identity, sp.KroneckerProduct, PartialTrace, PartialTranspose, SymplecticForm,
)  # fmt: skip


def canonical_product(
    tensors: Iterable[Tensor],
    deltas: Iterable[Delta],
    sizes: Mapping[int, sp.Expr],
    properties: Properties,
) -> tuple[sp.Expr, Monomial] | None:
    """Return (coefficient, monomial) of a product of tensors with deltas, or None if it is zero.

    ``sizes`` gives the range of every bound label, also of those that no tensor carries: each of
    these contributes its size to the coefficient.
    """
    pending = list(deltas)
    alive = dict(sizes)
    current = list(tensors)
    treated = any(isinstance(base, _TREATED) for base, _, _ in current)
    if treated:
        current = taken_apart(current, alive)
    scalars: list[sp.Expr] = []
    coefficient: sp.Expr = sp.S.One
    while True:
        if pending:
            merged = merge_labels(pending, alive)
            if merged is None:
                return None
            renaming, alive, factors = merged
            scalars += factors
            current = [(m, renaming.get(r, r), renaming.get(c, c)) for m, r, c in current]
            if left_range(renaming, current):
                return None
            pending = []
        if treated:
            current = [unsliced(x) if isinstance(x[0], MatrixSlice) else x for x in current]
        step = known_product(current, alive, properties)
        if step is None and treated:
            step = forms_at_one_label(current) or selections_used(current, alive)
        if step is None:
            break
        if step.factor == 0:
            return None
        pending = list(step.deltas)
        coefficient *= step.factor
        for label in step.summed:
            del alive[label]
        current = [tensor for at, tensor in enumerate(current) if at not in step.drop]
    if treated:
        current = folded(current, alive)
    if any(size == 0 for size in alive.values()):
        return None
    if treated and any(type(base) is SymplecticForm for base, _, _ in current):
        values = [form_value(tensor) for tensor in current]
        if any(value == 0 for value in values):
            return None
        scalars += [value for value in values if value is not None]
        current = [tensor for tensor, value in zip(current, values, strict=True) if value is None]
    used = {label for _, r, c in current for label in (r, c) if isinstance(label, int)}
    coefficient *= sp.Mul(*(size for label, size in alive.items() if label not in used))
    counts: defaultdict[object, int] = defaultdict(int)
    for factor in scalars:
        if isinstance(factor, sp.KroneckerDelta):
            counts[factor] = 1
        else:  # whether an index is in a range
            coefficient *= factor
    for group in _connected(current):
        sign, component = _canonical_component(group, alive, properties)
        if sign == 0:
            return None
        coefficient *= sign
        counts[component] += 1
    return coefficient, frozenset(counts.items())


def _connected(tensors: list[Tensor]) -> list[list[Tensor]]:
    joined: DisjointSets[int] = DisjointSets()
    anchors: list[int | None] = []
    for _, *labels in tensors:
        bound = [label for label in labels if isinstance(label, int)]
        if len(bound) == 2:
            joined.join(*bound)
        anchors.append(bound[0] if bound else None)
    groups: dict[object, list[Tensor]] = {}
    for at, (tensor, anchor) in enumerate(zip(tensors, anchors, strict=True)):
        key = ("alone", at) if anchor is None else joined.find(anchor)
        groups.setdefault(key, []).append(tensor)
    return list(groups.values())


def _directed(tensor: Tensor, properties: Properties) -> bool:
    """Tell whether the two slots of a tensor can be told apart."""
    return not properties.symmetric(tensor[0])


def _turned(base: sp.MatrixExpr, properties: Properties) -> int:
    """Return the sign by which a matrix differs from its transpose, 0 if it is no multiple."""
    if properties.antisymmetric(base):
        return -1
    return 1 if properties.symmetric(base) else 0


#: A component in canonical form and the sign before it, 0 if a symmetry shows it to be zero.
Signed: TypeAlias = tuple[int, Component]


def _canonical_component(
    tensors: list[Tensor], sizes: Mapping[int, sp.Expr], properties: Properties
) -> Signed:
    return _canonical_word(tensors, sizes, properties) or _canonical_network(
        tensors, sizes, properties
    )


def _canonical_word(
    tensors: list[Tensor], sizes: Mapping[int, sp.Expr], properties: Properties
) -> Signed | None:
    """Return the canonical form of a path or cycle of matrices, None for anything else."""
    slots: defaultdict[Label, list[tuple[int, int]]] = defaultdict(list)
    for at, (base, row, column) in enumerate(tensors):
        for side, label in ((0, row), (1, column)):
            slots[label].append((at, side))
            if isinstance(label, int) and sizes[label] != shape_of(base)[side]:
                return None
    ends = [label for label in slots if not isinstance(label, int)]
    if any(len(where) != 2 for label, where in slots.items() if isinstance(label, int)):
        return None
    if len(ends) == 0:
        at, side = 0, 0
    else:
        ends.sort(key=end_key)
        at, side = slots[ends[0]][0]
    start = tensors[at][1 + side]
    word: Word = []
    label = start
    sign = 1
    for _ in tensors:
        base = tensors[at][0]
        turned = _turned(base, properties)
        if side and turned:
            sign *= turned
        word.append((sort_key(base), 0 if turned else side, base))
        label = tensors[at][2 - side]
        if isinstance(label, int):
            first, second = slots[label]
            at, side = second if first == (at, 1 - side) else first
    if not ends:
        return _cycle(word, sign, properties)
    stop = label
    backward, turn = _reversed_word(word, properties)
    if end_key(stop) == end_key(start):
        if turn == -1 and _plain(backward) == _plain(word):
            sign = 0
        elif _plain(backward) < _plain(word):
            word, sign = backward, sign * turn
    return sign, _path(word, start, stop)


Word = list[tuple[SortKey, int, sp.MatrixExpr]]


def _plain(word: Word) -> list[tuple[SortKey, int]]:
    return [(name, flag) for name, flag, _ in word]


def _reversed_word(word: Word, properties: Properties) -> tuple[Word, int]:
    """Return a word read from the other end, and the sign that it takes."""
    backward, sign = [], 1
    for name, flag, base in reversed(word):
        turned = _turned(base, properties)
        sign *= turned or 1
        backward.append((name, 0 if turned else 1 - flag, base))
    return backward, sign


def _cycle(word: Word, sign: int, properties: Properties) -> Signed:
    length = len(word)
    backward, turn = _reversed_word(word, properties)
    rotations = [
        (plain[k:] + plain[:k], direction, k)
        for direction, plain in enumerate((_plain(word), _plain(backward)))
        for k in range(length)
    ]
    least, direction, start = min(rotations)
    if turn == -1 and any(other != direction and plain == least for plain, other, _ in rotations):
        sign = 0
    if direction:
        word, sign = backward, sign * turn
    best = word[start:] + word[:start]
    tensors: list[Tensor] = []
    for k, (_, flag, base) in enumerate(best):
        here, there = -1 - k, -1 - (k + 1) % length
        tensors.append((base, there, here) if flag else (base, here, there))
    sizes = tuple(shape_of(base)[flag] for _, flag, base in best)
    return sign, Component(tuple(tensors), sizes)


def _path(word: Word, start: Label, stop: Label) -> Component:
    tensors: list[Tensor] = []
    last = len(word) - 1
    for k, (_, flag, base) in enumerate(word):
        here: Label = start if k == 0 else -k
        there: Label = stop if k == last else -1 - k
        tensors.append((base, there, here) if flag else (base, here, there))
    sizes = tuple(shape_of(base)[1 - flag] for _, flag, base in word[:-1])
    return Component(tuple(tensors), sizes)


def multigraph_of(
    tensors: Iterable[Tensor], properties: Properties, *, up_to_sign: bool = False
) -> Multigraph:
    """Return the multigraph of labels: the bound ones are vertices, each tensor is an edge.

    ``up_to_sign`` gives antisymmetric matrices no direction.
    """
    return Multigraph(
        [
            Edge(
                sort_key(tensor[0]),
                _end(tensor[1]),
                _end(tensor[2]),
                _directed(tensor, properties)
                and not (up_to_sign and properties.antisymmetric(tensor[0])),
            )
            for tensor in tensors
        ]
    )


def _end(label: Label) -> int | SortKey:
    return label if isinstance(label, int) else sort_key(label)


def by_size(labels: Iterable[int], sizes: Mapping[int, sp.Expr]) -> dict[int, int]:
    """Return the colours that only tell labels of different ranges apart."""
    keys = {label: sort_key(sizes[label]) for label in labels}
    ranks = {key: k for k, key in enumerate(sorted(set(keys.values())))}
    return {label: ranks[key] for label, key in keys.items()}


def _canonical_network(
    tensors: list[Tensor], sizes: Mapping[int, sp.Expr], properties: Properties
) -> Signed:
    """Return the canonical form of any component, by that of the multigraph of its labels."""
    graph = multigraph_of(tensors, properties, up_to_sign=True)
    colours = by_size(graph.vertices, sizes)
    order = graph.canonical_order(colours)
    sign = 1
    odd = [tensor for tensor in tensors if properties.antisymmetric(tensor[0])]
    if odd:
        own = _orientation(odd, order)
        # where a symmetry that changes the sign is missed, either sign is right: it is zero
        if own == 0 or any(
            _orientation(_renamed(odd, renaming), order) != own
            for renaming in graph.symmetries(colours)
        ):
            sign = 0
        else:
            sign = own
    relabelled: list[Tensor] = []
    for tensor in tensors:
        base, row, column = tensor
        a = -1 - order[row] if isinstance(row, int) else row
        b = -1 - order[column] if isinstance(column, int) else column
        if _turned(base, properties) and _place(row, order) > _place(column, order):
            a, b = b, a
        relabelled.append((base, a, b))
    relabelled.sort(key=lambda t: (sort_key(t[0]), fixed_first(t[1]), fixed_first(t[2])))
    by_rank = sorted(graph.vertices, key=order.__getitem__)
    return sign, Component(tuple(relabelled), tuple(sizes[label] for label in by_rank))


def _orientation(tensors: Iterable[Tensor], order: Mapping[int, int]) -> int:
    """Return -1 to the number of tensors that do not run upwards, 0 if one stays at a label."""
    sign = 1
    for _, row, column in tensors:
        if row == column:
            return 0
        if _place(row, order) > _place(column, order):
            sign = -sign
    return sign


def _renamed(tensors: Iterable[Tensor], renaming: Mapping[int, int]) -> list[Tensor]:
    return [
        (base, *(renaming[x] if isinstance(x, int) else x for x in labels))
        for base, *labels in tensors
    ]


def _place(label: Label, order: Mapping[int, int]) -> tuple[int, SortKey]:
    """Order the two ends of a tensor: a fixed one first, then bound ones by number."""
    return (order[label], _NO_TEXT) if isinstance(label, int) else (-1, sort_key(label))
