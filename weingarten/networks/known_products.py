"""Products of matrices that are known: those of a matrix with its inverse, squares, identities.

What is summed over between two factors decides: ``QᵀQ = I`` for orthogonal matrices (random or
constant), ``U*U = I`` for unitary random ones, ``P² = P``, ``J² = -I``; a diagonal matrix puts its
two indices on one label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import sympy as sp

from weingarten.networks.forms import partner
from weingarten.networks.model import Label, Properties, Tensor, conjugate_of, random_of
from weingarten.networks.selections import Step
from weingarten.networks.shapes import shape_of
from weingarten.symbols.symplectic import SymplecticForm

__all__ = ["forms_at_one_label", "known_product"]

#: Where each bound label stands: the positions of tensors, and 0 for a row, 1 for a column.
Ends: TypeAlias = Mapping[int, list[tuple[int, int]]]


def _ends_of(tensors: list[Tensor]) -> Ends:
    ends: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, (_, row, column) in enumerate(tensors):
        if isinstance(row, int):
            ends[row].append((at, 0))
        if isinstance(column, int):
            ends[column].append((at, 1))
    return ends


def known_product(
    tensors: list[Tensor], sizes: Mapping[int, sp.Expr], properties: Properties
) -> Step | None:
    """Find factors that are an identity, or a diagonal one on two labels, or a known square."""
    for base, row, column in tensors:
        if row != column and properties.diagonal(base) and not isinstance(base, sp.Identity):
            return Step((), ((row, column, shape_of(base)[0]),))
    ends = _ends_of(tensors)
    return _contraction(tensors, ends, sizes, properties) or _square(
        tensors, ends, sizes, properties
    )


def _contraction(
    tensors: list[Tensor], slots: Ends, sizes: Mapping[int, sp.Expr], properties: Properties
) -> Step | None:
    """Find two factors that are an identity."""
    for label, ends in slots.items():
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            continue
        (one, side), (two, other) = ends
        a, b = tensors[one], tensors[two]
        if sizes[label] != shape_of(a[0])[side]:
            continue
        cancels = (side == other and _cancel(a[0], b[0], properties)) or (
            side != other
            and (_inverse_of(a[0], b[0], properties) or _inverse_of(b[0], a[0], properties))
        )
        if cancels:
            ends_equal = (a[2 - side], b[2 - other], shape_of(a[0])[1 - side])
            return Step((one, two), (ends_equal,), (label,))
    return None


def _inverse_of(one: sp.MatrixExpr, two: sp.MatrixExpr, properties: Properties) -> bool:
    """Tell whether a constant is the inverse of another, written as that or as its adjoint."""
    if isinstance(one, sp.Adjoint):
        return bool(one.arg == two) and properties.unitary(two)
    return isinstance(one, sp.Inverse) and bool(one.arg == two)


def _cancel(one: sp.MatrixExpr, two: sp.MatrixExpr, properties: Properties) -> bool:
    """Tell whether two matrices summed over a shared side give the identity."""
    if one == two:
        return properties.orthogonal(one)
    matrix = random_of(one)
    return matrix is not None and matrix.is_unitary_matrix and two == conjugate_of(one)


def _square(
    tensors: list[Tensor], slots: Ends, sizes: Mapping[int, sp.Expr], properties: Properties
) -> Step | None:
    """Find a square that is known: P² = P, S² = I for S = Sᵀ or S* = S⁻¹, J² = -I for Jᵀ = -J."""
    for label, ends in slots.items():
        if len(ends) != 2 or ends[0][0] == ends[1][0]:
            continue
        (one, side), (two, other) = ends
        base = tensors[one][0]
        chained = base == tensors[two][0] and sizes[label] == shape_of(base)[0]
        if not chained or not (side != other or properties.symmetric(base)):
            continue
        near, far = tensors[one][2 - side], tensors[two][2 - other]
        if properties.idempotent(base):
            return Step((two,), ((label, far, shape_of(base)[0]),))
        sign = 1 if properties.symmetric(base) else 0
        if side != other and not sign:
            sign = -1 if properties.antisymmetric(base) else 0
        squared = bool(sign) and properties.orthogonal(base)
        if side != other and not squared:
            sign, squared = 1, properties.unitary(base) and properties.hermitian(base)
        if squared:
            deltas = ((near, far, shape_of(base)[0]),)
            return Step((one, two), deltas, (label,), sp.Integer(sign))
    return None


def forms_at_one_label(tensors: list[Tensor]) -> Step | None:
    """Find entries of J in one row or column: only one of these is not 0, and its square is 1.

    Entries at the same two labels are turned, in place, to stand in one direction.
    """
    forms = [at for at, (base, _, _) in enumerate(tensors) if type(base) is SymplecticForm]
    if len(forms) < 2:
        return None
    other_of: dict[Label, Label] = {}
    seen: defaultdict[tuple[Label, Label], list[int]] = defaultdict(list)
    for at in forms:
        base, row, column = tensors[at]
        if row == column:
            return Step((), factor=sp.S.Zero)
        for here, there in ((row, column), (column, row)):
            if other_of.setdefault(here, there) != there:
                return Step((), ((other_of[here], there, shape_of(base)[0]),))
        same = seen[row, column]
        same.append(at)
        if len(same) == 2 and isinstance(row, int) != isinstance(column, int):
            bound, index = (row, column) if isinstance(row, int) else (column, row)
            size = shape_of(base)[0]
            other = None if isinstance(index, int) else partner(index, size)
            if other is not None:  # one entry of this line is not 0
                return Step(tuple(same), ((bound, other, size),))
        if len(same) > 2:
            return Step(tuple(same[:2]), ())
        if (column, row) in seen:  # J_ij J_ji = -J_ij²
            tensors[at] = (base, column, row)
            return Step((), factor=sp.S.NegativeOne)
    return None
