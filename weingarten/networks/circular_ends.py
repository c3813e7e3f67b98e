r"""The circular ensembles as their averages see them: both indices of a factor alike.

An average over COE joins the ends of plain factors with those of conjugated ones, rows and columns
alike. The same holds for CSE, whose factors are C = M Jᵀ, if the antisymmetric M takes their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import sympy as sp

from weingarten.ensembles.base import Ensemble
from weingarten.networks.forms import form_at, with_forms_of
from weingarten.networks.model import Label, Tensor
from weingarten.networks.slots import Job

__all__ = ["InEnds", "circular_holds_from", "may_coincide", "power_of_form", "written_in_ends"]


class InEnds(NamedTuple):
    """A product over a circular ensemble, for CSE with M in place of C.

    Attributes
    ----------
    tensors : list of Tensor
        All factors but the forms.
    forms : list of (Label, Label, int)
        The forms J_jk of ``C_ij = Σ_k M_ik J_jk``, with their powers. J has one entry in each row:
        the factors in one column j share the label k.
    sizes : dict
        The ranges of the bound labels.
    """

    tensors: list[Tensor]
    forms: list[tuple[Label, Label, int]]
    sizes: dict[int, sp.Expr]


def power_of_form(size: sp.Expr, row: Label, column: Label, power: int) -> list[Tensor]:
    """Return a power of an entry of J: it is 0, 1 or -1, so that only the parity matters."""
    return [form_at(size, row, column)] * (2 - power % 2)


def written_in_ends(job: Job) -> InEnds:
    """Return the product of a job over a circular ensemble in the ends of its factors."""
    whole, size = job.product, job.dimension
    sizes = dict(whole.sizes)
    tensors = with_forms_of(size, job.haar.dimension, whole.tensors)
    if job.group != "CSE":
        return InEnds(tensors, [], sizes)
    partners: dict[Label, Label] = {}
    powers: Counter[Label] = Counter()
    for at in whole.slots:
        base, row, column = tensors[at]
        if column not in partners:
            partners[column] = _partner(column, size, sizes)
        powers[column] += 1
        tensors[at] = (base, row, partners[column])
    forms = [
        (column, partners[column], power)
        for column, power in powers.items()
        # those of the first half of a symbolic size have the entry 1
        if isinstance(column, int) or not column.is_Integer or size.is_Integer
    ]
    return InEnds(tensors, forms, sizes)


def _partner(column: Label, size: sp.Expr, sizes: dict[int, sp.Expr]) -> Label:
    """Return the other index of a pair where it is known, else a fresh label."""
    if not isinstance(column, int) and column.is_Integer:
        half = size / 2
        upper = size.is_Integer and column >= half
        return column - half if upper else column + half
    inner = min(sizes, default=0) - 1
    sizes[inner] = size
    return inner


def may_coincide(one: Label, two: Label, size: sp.Expr) -> bool:
    """Tell whether two labels can be equal, integers being in the first half of a symbolic size.

    Examples
    --------
    >>> d = sp.Symbol("d", even=True)
    >>> may_coincide(sp.Integer(2), 1 + d / 2, d), may_coincide(sp.Symbol("i"), 1 + d / 2, d)
    (False, True)
    """
    if isinstance(one, int) or isinstance(two, int):
        return True
    if one.is_Integer != two.is_Integer and not size.is_Integer:
        other = two if one.is_Integer else one
        return not (other - size / 2).is_Integer
    return bool(sp.KroneckerDelta(one, two) != 0)


def circular_holds_from(labels: Sequence[Label], ensemble: Ensemble, half: int) -> int:
    """Return the least d from which on a symbolic result of half plain factors holds."""
    if ensemble.slope > 0:
        return ensemble.holds_from(half)
    integers = [int(x) for x in labels if not isinstance(x, int) and x.is_Integer]
    least = 2 * (max(integers, default=0) + 1)
    holds = ensemble.holds_from(half)
    return max(least, holds + holds % 2)
