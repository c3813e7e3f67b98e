"""Constants on legs: Kronecker products, partial traces and transposes, taken apart and put back.

Inside a product they are factors on the legs of indices (:mod:`weingarten.networks.selections`), so
that equal products compare equal; what is left at the end is written as such constants again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeGuard

import sympy as sp

from weingarten.networks.merging import end_key
from weingarten.networks.model import COLUMN, Label, Tensor, transposed
from weingarten.networks.selections import Leg, complete_legs, digits, leg_matrix, leg_of
from weingarten.networks.shapes import shape_of
from weingarten.symbols.partial import PartialTrace, PartialTranspose
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["Fresh", "folded", "is_on_legs", "legs_of_index", "opened", "taken_apart"]

#: Gives a new bound label with this range, the fixed label 0 for a range of one.
Fresh = Callable[[sp.Expr], Label]


class Opened(NamedTuple):
    """A matrix on legs as tensors: those that read the legs, and the matrices on these."""

    readers: list[Tensor]
    factors: list[tuple[sp.MatrixExpr, Label, Label]]


def is_on_legs(base: sp.MatrixExpr) -> bool:
    """Tell whether a matrix is one that is taken apart here."""
    if isinstance(base, PartialTrace | PartialTranspose):
        return True
    return isinstance(base, sp.KroneckerProduct) and leg_of(base) is None


def legs_of_index(
    label: Label, dims: Sequence[sp.Expr], fresh: Fresh
) -> tuple[list[Tensor], list[Label]]:
    """Return what reads the legs off an index, and the labels of the legs."""
    sizes = tuple(size for size in dims if size != 1)
    labels: list[Label]
    if not isinstance(label, int) and (known := digits(label, sizes)) is not None:
        readers: list[Tensor] = []
        labels = list(known)
    elif len(sizes) == 1:
        readers, labels = [], [label]
    else:
        labels = [fresh(size) for size in sizes]
        readers = [(leg_matrix(Leg(sizes, k)), leg, label) for k, leg in enumerate(labels)]
    left = iter(labels)
    return readers, [sp.S.Zero if size == 1 else next(left) for size in dims]


def opened(matrix: sp.MatrixExpr, row: Label, column: Label, fresh: Fresh) -> Opened:
    """Take a matrix on legs apart: its entry is the product of all that is returned."""
    if isinstance(matrix, sp.KroneckerProduct):
        shapes = [shape_of(factor) for factor in matrix.args]
        left, rows = legs_of_index(row, [rows for rows, _ in shapes], fresh)
        right, columns = legs_of_index(column, [columns for _, columns in shapes], fresh)
        return Opened([*left, *right], list(zip(matrix.args, rows, columns, strict=True)))
    dims, chosen = matrix.dims, set(matrix.legs)
    whole = [fresh(shape_of(matrix.arg)[0]) for _ in (0, 1)]
    inside = [legs_of_index(label, dims, fresh) for label in whole]
    readers = [*inside[0][0], *inside[1][0]]
    traced = isinstance(matrix, PartialTrace)
    outer = [size for k, size in enumerate(dims) if k in chosen or not traced]
    outside = [legs_of_index(label, outer, fresh) for label in (row, column)]
    readers += [*outside[0][0], *outside[1][0]]
    ends = [iter(labels) for _, labels in outside]
    same: list[tuple[sp.MatrixExpr, Label, Label]] = []
    for k, size in enumerate(dims):
        first, second = inside[0][1][k], inside[1][1][k]
        if traced and k not in chosen:
            same.append((sp.Identity(size), first, second))
            continue
        above, below = next(ends[0]), next(ends[1])
        if not traced and k in chosen:
            above, below = below, above
        same += [(sp.Identity(size), first, above), (sp.Identity(size), second, below)]
    return Opened(readers, [*same, (matrix.arg, whole[0], whole[1])])


def taken_apart(tensors: list[Tensor], sizes: dict[int, sp.Expr]) -> list[Tensor]:
    """Return a product with all its constants on legs taken apart; new labels join ``sizes``."""
    if not any(is_on_legs(base) for base, _, _ in tensors):
        return tensors

    def fresh(size: sp.Expr) -> Label:
        if size == 1:
            return sp.S.Zero
        label = min(sizes, default=0) - 1
        sizes[label] = size
        return label

    result: list[Tensor] = []
    waiting = list(tensors)
    while waiting:
        base, row, column = waiting.pop()
        if is_on_legs(base):
            parts = opened(base, row, column, fresh)
            result += parts.readers
            waiting += parts.factors
        else:
            result.append((base, row, column))
    return result


def folded(tensors: list[Tensor], sizes: dict[int, sp.Expr]) -> list[Tensor]:
    """Return a product with constants on legs put back; labels that are gone leave ``sizes``."""
    while any(leg_of(base) is not None for base, _, _ in tensors):
        network = _Network(tensors, sizes)
        found = network.partial() or network.kronecker()
        if found is None:
            break
        drop, gone, tensor = found
        tensors = [x for at, x in enumerate(tensors) if at not in drop] + [tensor]
        for label in gone:
            sizes.pop(label, None)
    return tensors


Fold = tuple[set[int], set[int], Tensor]


class _Network:
    """A product of tensors in which constants on legs are looked for."""

    def __init__(self, tensors: Sequence[Tensor], sizes: Mapping[int, sp.Expr]) -> None:
        self.tensors = tensors
        self.ends: defaultdict[Label, list[tuple[int, int]]] = defaultdict(list)
        readers: defaultdict[Label, list[int]] = defaultdict(list)
        for at, (base, row, column) in enumerate(tensors):
            self.ends[row].append((at, 0))
            self.ends[column].append((at, 1))
            if leg_of(base) is not None:
                readers[column].append(at)
        self.legs = {
            label: next(iter(found.items()))
            for label, ats in readers.items()
            if len(found := complete_legs(tensors, ats)) == 1
        }
        #: Labels that run over a part of an index: a sum over one is no product of matrices.
        self.of_part = {
            label
            for label, size in sizes.items()
            if any(
                (full := shape_of(tensors[at][0])[side]) != size and sp.expand(full - size) != 0
                for at, side in self.ends.get(label, ())
            )
        }

    def _rows(self, label: Label) -> list[Label]:
        return [self.tensors[at][1] for at in self.legs[label][1]]

    def _is_inner(self, label: Label) -> TypeGuard[int]:
        is_whole = isinstance(label, int) and label not in self.of_part
        return is_whole and len(self.ends[label]) == 2

    def partial(self) -> Fold | None:
        """Find a constant of which legs are traced, or transposed."""
        for at, (base, row, column) in enumerate(self.tensors):
            if leg_of(base) is not None or base.has(RandomMatrix) or row == column:
                continue
            if not all(
                isinstance(x, int)
                and x not in self.of_part
                and x in self.legs
                and len(self.ends[x]) == 1 + len(self.legs[x][1])
                for x in (row, column)
            ):
                continue
            (dims, above), (others, below) = self.legs[row], self.legs[column]
            if dims != others:
                continue
            gone = {row, column}
            drop = {at, *above, *below}
            found = self._trace(base, dims, row, column) or self._transpose(base, dims, row, column)
            if found is not None:
                return drop | found[0], {x for x in gone | found[1] if isinstance(x, int)}, found[2]
        return None

    def _trace(
        self, base: sp.MatrixExpr, dims: tuple[sp.Expr, ...], row: Label, column: Label
    ) -> tuple[set[int], set[Label], Tensor] | None:
        pairs = list(zip(self._rows(row), self._rows(column), strict=True))
        traced = [k for k, (a, b) in enumerate(pairs) if a == b and self._is_inner(a)]
        kept = [k for k in range(len(dims)) if k not in traced]
        if len(kept) != 1 or not traced:
            return None
        matrix = PartialTrace(base, dims, kept)
        return set(), {pairs[k][0] for k in traced}, (matrix, *pairs[kept[0]])

    def _transpose(
        self, base: sp.MatrixExpr, dims: tuple[sp.Expr, ...], row: Label, column: Label
    ) -> tuple[set[int], set[Label], Tensor] | None:
        pairs = list(zip(self._rows(row), self._rows(column), strict=True))
        if not all(self._is_inner(x) for pair in pairs for x in pair):
            return None
        outer = [x for x in self.legs if x not in (row, column) and self.legs[x][0] == dims]
        for one in outer:
            for two in outer:
                if one == two:
                    continue
                flipped = []
                for k, (a, b, first, second) in enumerate(
                    zip(*zip(*pairs, strict=True), self._rows(one), self._rows(two), strict=True)
                ):
                    if (a, b) == (second, first):
                        flipped.append(k)
                    elif (a, b) != (first, second):
                        break
                else:
                    matrix = PartialTranspose(base, dims, flipped) if flipped else base
                    drop = {*self.legs[one][1], *self.legs[two][1]}
                    return drop, {x for pair in pairs for x in pair}, (matrix, one, two)
        return None

    def kronecker(self) -> Fold | None:
        """Find matrices on all legs between two indices."""
        for row in sorted(self.legs, key=_start_key):
            readers = self.legs[row][1]
            column: Label | None = None
            drop, gone = set(readers), set()
            factors: list[sp.MatrixExpr] = []
            for number, start in enumerate(self._rows(row)):
                found = self._path(start, readers[number])
                if found is None:
                    break
                word, through, labels, stop = found
                leg = leg_of(self.tensors[stop][0])
                there = self.tensors[stop][2]
                if leg is None or leg.number != number or there not in self.legs:
                    break
                if column not in (None, there) or there == row or stop not in self.legs[there][1]:
                    break
                column = there
                drop |= {*through, stop}
                gone |= labels
                factors.append(word or sp.Identity(leg.dims[number]))
            else:
                assert column is not None
                if len(self.legs[column][1]) == len(readers):
                    if isinstance(row, int) and sum(map(_is_turned, factors)) * 2 > len(factors):
                        whole = _kronecker([_turned(x) for x in factors])
                        return drop, gone, (whole, column, row)
                    return drop, gone, (_kronecker(factors), row, column)
        return None

    def _path(
        self, label: Label, came: int
    ) -> tuple[sp.MatrixExpr | None, set[int], set[int], int] | None:
        """Follow constants from a leg to the next tensor that reads one."""
        word: list[sp.MatrixExpr] = []
        through: set[int] = set()
        labels: set[int] = set()
        while True:
            if not self._is_inner(label):
                return None
            labels.add(label)
            at, side = next((x for x in self.ends[label] if x[0] != came), (came, 0))
            if at == came or at in through:
                return None
            base = self.tensors[at][0]
            if leg_of(base) is not None:
                return (None if not word else _product(word)), through, labels, at
            if base.has(RandomMatrix):
                return None
            word.append(transposed(base) if side else base)
            through.add(at)
            label, came = self.tensors[at][2 - side], at


def _start_key(label: Label) -> tuple[object, ...]:
    """Order the indices at which a matrix may begin: the output row first, its column last."""
    if isinstance(label, int):
        return 1, -label
    return (2 if label == COLUMN else 0, end_key(label))


def _is_turned(matrix: sp.MatrixExpr) -> bool:
    """Tell whether a matrix would read better transposed."""
    last = matrix.args[-1] if isinstance(matrix, sp.MatMul) else matrix
    return isinstance(last, sp.Transpose)


def _turned(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    if isinstance(matrix, sp.Identity):
        return matrix
    if isinstance(matrix, sp.MatMul):
        return _product([transposed(x) for x in reversed(matrix.args)])
    return transposed(matrix)


def _product(word: Sequence[sp.MatrixExpr]) -> sp.MatrixExpr:
    return word[0] if len(word) == 1 else sp.MatMul(*word)


def _kronecker(factors: Sequence[sp.MatrixExpr]) -> sp.MatrixExpr:
    if all(isinstance(factor, sp.MatrixBase) for factor in factors):
        return sp.ImmutableMatrix(sp.kronecker_product(*factors))
    return sp.KroneckerProduct(*factors)
