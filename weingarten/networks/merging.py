"""Labels that are one: merging them by deltas, and reading fixed ones off the whole of a matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.combinatorics.set_partitions import DisjointSets
from weingarten.networks.model import COLUMN, ROW, Label, SortKey, Tensor, sort_key
from weingarten.networks.shapes import shape_of

__all__ = ["Delta", "end_key", "fixed_first", "left_range", "merge_labels", "unsliced"]

#: Two labels that must be equal, and the range of the index they stand for.
Delta = tuple[Label, Label, sp.Expr]


#: The key of a label: fixed integers first, other fixed labels, then bound ones by number.
LabelKey = tuple[int, int, SortKey]
_NO_TEXT: SortKey = ("", "")


def fixed_first(label: Label) -> LabelKey:
    """Order labels: integers, other fixed ones, bound ones."""
    if isinstance(label, int):
        return (2, -label, _NO_TEXT)
    return (0 if label.is_Integer else 1, 0, sort_key(label))


def end_key(label: sp.Expr) -> tuple[int, SortKey]:
    """Order the ends of a word: the output row comes first, the output column last."""
    return (0 if label == ROW else 2 if label == COLUMN else 1, sort_key(label))


def merge_labels(
    deltas: Iterable[Delta], sizes: Mapping[int, sp.Expr]
) -> tuple[dict[Label, Label], dict[int, sp.Expr], list[sp.Expr]] | None:
    """Identify labels; return (renaming, sizes of the bound labels left, scalar factors) or None.

    None means zero: two different integers were equated, or an index left its range. The factors
    are Kronecker deltas between fixed labels, and indicators where a fixed index met a sum over
    part of the range.
    """
    joined: DisjointSets[Label] = DisjointSets()
    known = list(deltas)
    for left, right, _ in known:
        joined.join(left, right)
    ranges: defaultdict[Label, set[sp.Expr]] = defaultdict(set)  # all that the labels run over
    wider: defaultdict[Label, set[sp.Expr]] = defaultdict(set)  # of these, upper bounds of another
    for left, right, size in known:
        root = joined.find(left)
        for label in (left, right):
            own = sizes[label] if isinstance(label, int) else size
            ranges[root].add(own)
            if own != size:
                wider[root].add(size)
    renaming: dict[Label, Label] = {}
    left_over = dict(sizes)
    factors: list[sp.Expr] = []
    for block in joined.blocks():
        root = joined.find(block[0])
        block.sort(key=fixed_first)
        head = block[0]
        for label in block:
            renaming[label] = head
            if isinstance(label, int):
                left_over.pop(label, None)
            elif label != head:
                factor = _equal(head, label)
                if factor == 0:
                    return None
                if factor != 1:
                    factors.append(factor)
        narrow = ranges[root] - wider[root] or ranges[root]
        if isinstance(head, int):
            left_over[head] = sp.Min(*narrow) if len(narrow) > 1 else next(iter(narrow))
            continue
        granted = {size for left, right, size in known if head in (left, right)}
        for size in narrow - granted:
            inside = sp.Lt(head, size)
            if inside == sp.false:
                return None
            if inside != sp.true:
                factors.append(sp.Piecewise((sp.Integer(1), inside), (sp.Integer(0), True)))
    return renaming, left_over, factors


def left_range(renaming: Mapping[Label, Label], tensors: Iterable[Tensor]) -> bool:
    """Tell whether a number that took the place of an index is no row or column of a tensor.

    The index stood at two matrices of different sizes, and was never equal to the number.
    """
    took_place = any(
        not isinstance(new, int) and new.is_Integer and not isinstance(old, int) and old != new
        for old, new in renaming.items()
    )
    return took_place and any(
        not isinstance(label, int) and label.is_Integer and sp.expand(label - size).is_nonnegative
        for base, *ends in tensors
        for label, size in zip(ends, shape_of(base), strict=True)
    )


def _equal(one: sp.Expr, two: sp.Expr) -> sp.Expr:
    """Return the Kronecker delta of two indices without what they have in common: i + 1, j + 1."""
    shared = set(sp.Add.make_args(one)) & set(sp.Add.make_args(two))
    if shared and (one.is_Add or two.is_Add):
        offset = sp.Add(*shared)
        one, two = one - offset, two - offset
    return sp.KroneckerDelta(one, two)


def unsliced(tensor: Tensor) -> Tensor:
    """Read a fixed row or column of a part of a matrix off the whole of it."""
    base, *labels = tensor
    parts = [base.rowslice, base.colslice]
    for side, (label, (start, _, step)) in enumerate(zip(labels, parts, strict=True)):
        if not isinstance(label, int) and label not in (ROW, COLUMN):
            labels[side] = sp.expand(start + step * label)
            parts[side] = (sp.Integer(0), shape_of(base.parent)[side], sp.Integer(1))
    whole = [(0, size, 1) for size in shape_of(base.parent)]
    part = base.parent if parts == whole else MatrixSlice(base.parent, *parts)
    return part, *labels
