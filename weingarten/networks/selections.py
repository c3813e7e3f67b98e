"""Matrices of zeros and ones that say which index is meant: parts of a range, legs of an index.

A *selection* ``S`` is some rows of an identity matrix, with a step: ``S[i, J]`` is 1 if
J is the i-th index of the part. A *leg* ``L`` of an index J with the sizes ``(d_0, d_1, …)`` is the
Kronecker product of one identity and rows of ones: ``L[a, J]`` is 1 if a is that digit of J. Both
are functions of J, so they are used up by equating labels, and what is left is SymPy as it stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.networks.merging import Delta
from weingarten.networks.model import Label, Tensor
from weingarten.networks.shapes import shape_of
from weingarten.symbols.indices import Range

__all__ = [
    "Leg",
    "Step",
    "complete_legs",
    "digits",
    "leg_matrix",
    "leg_of",
    "selection",
    "selection_of",
    "selections_used",
    "whole_index",
]


class Leg(NamedTuple):
    """One leg of an index: the sizes of all legs, and which one it is."""

    dims: tuple[sp.Expr, ...]
    number: int


class Step(NamedTuple):
    """A simplification: tensors to drop, labels that become equal, labels that are summed up."""

    drop: tuple[int, ...]
    deltas: tuple[Delta, ...] = ()
    summed: tuple[int, ...] = ()
    factor: sp.Expr = sp.S.One


def selection(part: Range, size: sp.Expr) -> sp.MatrixExpr:
    """Return the rows of an identity matrix that choose part of a range.

    Examples
    --------
    >>> selection((sp.Integer(1), sp.Integer(3), sp.Integer(1)), sp.Integer(4))
    I[1:3, :]
    """
    return MatrixSlice(sp.Identity(size), part, (sp.S.Zero, size, sp.S.One))


# asked of every tensor whenever a product is put in form
@lru_cache(maxsize=8192)
def selection_of(base: sp.MatrixExpr) -> Range | None:
    """Return the part that a selection chooses, None for any other matrix."""
    if not isinstance(base, MatrixSlice) or not isinstance(base.parent, sp.Identity):
        return None
    size = shape_of(base.parent)[1]
    return tuple(base.rowslice) if tuple(base.colslice) == (0, size, 1) else None


# the same few legs stand in every product of one expression
@lru_cache(maxsize=256)
def leg_matrix(leg: Leg) -> sp.MatrixExpr:
    """Return the matrix that reads one leg off an index.

    Examples
    --------
    >>> leg_matrix(Leg((sp.Integer(2), sp.Integer(3)), 0)).as_explicit()
    Matrix([
    [1, 1, 1, 0, 0, 0],
    [0, 0, 0, 1, 1, 1]])
    """
    return sp.KroneckerProduct(
        *(
            sp.Identity(size) if k == leg.number else sp.OneMatrix(1, size)
            for k, size in enumerate(leg.dims)
        )
    )


# asked of every tensor whenever a product is put in form
@lru_cache(maxsize=8192)
def leg_of(base: sp.MatrixExpr) -> Leg | None:
    """Return the leg that a matrix reads off an index, None for any other matrix."""
    if not isinstance(base, sp.KroneckerProduct):
        return None
    identities = [k for k, part in enumerate(base.args) if isinstance(part, sp.Identity)]
    rest = [part for part in base.args if not isinstance(part, sp.Identity)]
    if len(identities) != 1 or not all(
        isinstance(part, sp.OneMatrix) and part.shape[0] == 1 for part in rest
    ):
        return None
    return Leg(tuple(sp.sympify(part.shape[1]) for part in base.args), identities[0])


def digits(index: sp.Expr, dims: Sequence[sp.Expr]) -> list[sp.Expr] | None:
    """Return the legs of an index, where it and the sizes are known.

    Examples
    --------
    >>> digits(sp.Integer(5), [sp.Integer(2), sp.Integer(3)])
    [1, 2]
    """
    if index == 0:
        return [sp.S.Zero] * len(dims)
    if not index.is_Integer or not all(size.is_Integer for size in dims):
        return None
    found: list[sp.Expr] = []
    for size in reversed(dims):
        index, digit = divmod(index, size)
        found.insert(0, digit)
    return found


def whole_index(legs: Sequence[sp.Expr], dims: Sequence[sp.Expr]) -> sp.Expr:
    """Return the index with these legs, the last one fastest."""
    total: sp.Expr = sp.S.Zero
    for digit, size in zip(legs, dims, strict=True):
        total = total * size + digit
    return sp.expand(total)


def selections_used(tensors: Sequence[Tensor], sizes: Mapping[int, sp.Expr]) -> Step | None:
    """Return a simplification of a product with selections and legs, None if there is none left.

    A product that is zero has the factor 0.
    """
    on_index: defaultdict[Label, list[int]] = defaultdict(list)
    occurrences: defaultdict[Label, int] = defaultdict(int)
    readers: list[int] = []
    for at, (base, row, column) in enumerate(tensors):
        occurrences[row] += 1
        occurrences[column] += 1
        if isinstance(base, sp.Identity):
            return Step((at,), ((row, column, shape_of(base)[0]),))
        part = selection_of(base)
        if part is not None and part[0] == 0 and part[2] == 1:  # a label with a smaller range
            return Step((at,), ((row, column, shape_of(base)[1]),))
        if part is not None or leg_of(base) is not None:
            readers.append(at)
            on_index[column].append(at)
    if not readers:
        return None
    return (
        _equal_readings(tensors, readers)
        or _disjoint(tensors, sizes, on_index)
        or _fixed(tensors, on_index)
        or _equal_indices(tensors, on_index)
        or _summed_up(tensors, sizes, on_index, occurrences)
    )


def _equal_readings(tensors: Sequence[Tensor], readers: Sequence[int]) -> Step | None:
    """One function of one index has one value, and a selection is one to one."""
    seen: dict[tuple[sp.MatrixExpr, int, Label], int] = {}
    for at in readers:
        base, row, column = tensors[at]
        first = seen.setdefault((base, 1, column), at)
        if first != at:
            return Step((at,), ((tensors[first][1], row, shape_of(base)[0]),))
        if selection_of(base) is not None:
            first = seen.setdefault((base, 0, row), at)
            if first != at:
                return Step((at,), ((tensors[first][2], column, shape_of(base)[1]),))
    return None


def _disjoint(
    tensors: Sequence[Tensor],
    sizes: Mapping[int, sp.Expr],
    on_index: Mapping[Label, Sequence[int]],
) -> Step | None:
    """No index lies in two parts that have nothing in common, or beyond the range of its label."""
    for label, ats in on_index.items():
        parts = [part for at in ats if (part := selection_of(tensors[at][0])) is not None]
        ends = [(part[0], part[1]) for part in parts]
        if isinstance(label, int):
            ends.append((sp.S.Zero, sizes[label]))
        for k, (start, stop) in enumerate(ends):
            for other_start, other_stop in ends[:k]:
                if any(
                    sp.expand(gap).is_nonnegative
                    for gap in (start - other_stop, other_start - stop)
                ):
                    return Step((), factor=sp.S.Zero)
    return None


def _fixed(tensors: Sequence[Tensor], on_index: Mapping[Label, Sequence[int]]) -> Step | None:
    """Read off an index that is known, or the index from legs that are known."""
    for label, ats in on_index.items():
        groups: defaultdict[tuple[sp.Expr, ...], dict[int, int]] = defaultdict(dict)
        for at in ats:
            base, row, _ = tensors[at]
            part, leg = selection_of(base), leg_of(base)
            if leg is not None:
                groups[leg.dims][leg.number] = at
            if isinstance(label, int):
                continue
            if part is not None and label.is_Integer and all(x.is_Integer for x in part):
                start, stop, step = part
                if not start <= label < stop or (label - start) % step:
                    return Step((), factor=sp.S.Zero)
                return Step((at,), ((row, (label - start) / step, shape_of(base)[0]),))
            known = None if leg is None else digits(label, leg.dims)
            if leg is not None and known is not None:
                return Step((at,), ((row, known[leg.number], shape_of(base)[0]),))
        if not isinstance(label, int):
            continue
        for dims, found in groups.items():
            rows = [tensors[found[k]][1] for k in sorted(found)]
            if len(found) < len(dims) or any(isinstance(x, int) for x in rows):
                continue
            index = whole_index([x for x in rows if not isinstance(x, int)], dims)
            if index.is_Integer:  # symbolic legs are compared one by one
                return Step(tuple(found.values()), ((label, index, sp.Mul(*dims)),))
    return None


def complete_legs(
    tensors: Sequence[Tensor], ats: Sequence[int]
) -> dict[tuple[sp.Expr, ...], list[int]]:
    """Return, for each way in which all legs of one index are read, the tensors in their order."""
    found: defaultdict[tuple[sp.Expr, ...], dict[int, int]] = defaultdict(dict)
    for at in ats:
        leg = leg_of(tensors[at][0])
        if leg is not None:
            found[leg.dims][leg.number] = at
    return {
        dims: [legs[k] for k in range(len(dims))]
        for dims, legs in found.items()
        if len(legs) == len(dims)
    }


def _equal_indices(
    tensors: Sequence[Tensor], on_index: Mapping[Label, Sequence[int]]
) -> Step | None:
    """Equate indices that have all their legs in common."""
    seen: dict[object, Label] = {}
    for label, ats in on_index.items():
        for dims, legs in complete_legs(tensors, ats).items():
            key = (dims, tuple(tensors[at][1] for at in legs))
            first = seen.setdefault(key, label)
            if first != label:
                return Step(tuple(legs), ((first, label, sp.Mul(*dims)),))
    return None


def _summed_up(
    tensors: Sequence[Tensor],
    sizes: Mapping[int, sp.Expr],
    on_index: Mapping[Label, Sequence[int]],
    occurrences: Mapping[Label, int],
) -> Step | None:
    """Sum over an index, or over a leg, that nothing else depends on."""
    for label, ats in on_index.items():
        if isinstance(label, int) and occurrences[label] == len(ats):
            base = tensors[ats[0]][0]
            leg = leg_of(base)
            if sizes[label] != shape_of(base)[1]:
                continue
            if leg is None and len(ats) == 1:
                return Step((ats[0],), summed=(label,))
            found = [leg_of(tensors[at][0]) for at in ats]
            if leg is not None and all(x is not None and x.dims == leg.dims for x in found):
                read = {x.number for x in found if x is not None}
                free = (size for k, size in enumerate(leg.dims) if k not in read)
                return Step(tuple(ats), summed=(label,), factor=sp.Mul(*free))
        for at in ats:
            base, row, _ = tensors[at]
            if leg_of(base) is None or not isinstance(row, int):
                continue
            if occurrences[row] == 1 and sizes[row] == shape_of(base)[0]:
                return Step((at,), summed=(row,))
    return None
