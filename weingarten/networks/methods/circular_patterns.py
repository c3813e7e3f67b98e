r"""The circular ensembles by coincidence patterns: moments of entries and Möbius inversion.

Where few different indices occur, the average is a function of which of them are equal, rows and
columns alike: V has the law of P V Pᵀ for every permutation matrix P, and so has the antisymmetric
M of the symplectic ensemble. One moment for each pattern gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import NamedTuple

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.set_partitions import Blocks, refinements, set_partitions
from weingarten.costs import PredictedCost, value_seconds
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import Exact
from weingarten.moments.typed_counting import ends_moment
from weingarten.moments.work_sizes import exp_of
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.circular_ends import (
    circular_holds_from,
    may_coincide,
    power_of_form,
    written_in_ends,
)
from weingarten.networks.merging import Delta
from weingarten.networks.model import Label, Tensor
from weingarten.networks.slots import (
    Averaged,
    Integral,
    Job,
    count_patterns,
    dimension_power,
    put,
)

__all__ = ["METHOD"]

#: Different labels whose patterns are looked at.
_MANY_LABELS = 24
_SECONDS_A_PATTERN = 4e-4


def _offer(job: Job) -> Offer | None:
    plain, conjugated = job.numbers
    if job.determinant or plain != conjugated:
        return None
    return Offer(partial(_cost, job), partial(_average, job))


class _Ends(NamedTuple):
    """Rows, columns and conjugation of the factors; constants, forms, and the ranges of labels."""

    factors: list[tuple[Label, Label, bool]]
    constants: list[Tensor]
    forms: list[tuple[Label, Label, int]]
    sizes: dict[int, sp.Expr]

    @property
    def labels(self) -> list[Label]:
        """The different labels of the factors."""
        return list(dict.fromkeys(x for row, column, _ in self.factors for x in (row, column)))


def _ends(job: Job) -> _Ends:
    tensors, forms, sizes = written_in_ends(job)
    plain, conjugated = job.kinds
    factors = [
        (row, column, base == conjugated) for base, row, column in tensors if base in job.kinds
    ]
    constants = [tensor for tensor in tensors if tensor[0] not in (plain, conjugated)]
    return _Ends(factors, constants, forms, sizes)


def _forms(
    forms: list[tuple[Label, Label, int]], block_of: Mapping[Label, int], size: sp.Expr
) -> tuple[list[Tensor], list[Delta]]:
    """Return forms whose second labels may coincide: then the first ones do as well."""
    merged: dict[int, tuple[Label, Label, int]] = {}
    deltas: list[Delta] = []
    for column, partner, power in forms:
        block = block_of[partner]
        if block in merged:
            first, one, number = merged[block]
            deltas.append((first, column, size))
            merged[block] = (first, one, number + power)
        else:
            merged[block] = (column, partner, power)
    return [x for form in merged.values() for x in power_of_form(size, *form)], deltas


def _cost(job: Job) -> PredictedCost:
    ends = _ends(job)
    labels, factors = ends.labels, ends.factors
    if len(labels) > _MANY_LABELS:
        return PredictedCost(inf, inf)
    patterns = _number_of_patterns(labels, job.dimension)
    half = job.degree // 2
    width = len({(row, column) for row, column, _ in factors}) / max(len(labels), 1)
    moment = _SECONDS_A_PATTERN + 1.5e-4 * exp_of(0.38 * half * width) + value_seconds(half)
    return PredictedCost(2e-4 + moment * patterns, 2e-3 * patterns)


def _number_of_patterns(labels: list[Label], size: sp.Expr) -> float:
    """Count the patterns; an index j + m of the second half is as known as j."""
    known = [sp.Integer(k) for k, label in enumerate(labels) if _is_known(label, size)]
    return count_patterns(len(labels) - len(known), known)


def _is_known(label: Label, size: sp.Expr) -> bool:
    if isinstance(label, int):
        return False
    return bool(label.is_Integer or (not size.is_Integer and (label - size / 2).is_Integer))


def _average(job: Job) -> Integral:
    ends = _ends(job)
    labels = ends.labels
    ensemble = job.haar.ensemble
    assert isinstance(ensemble, Ensemble)
    number = {label: k for k, label in enumerate(labels)}
    size = job.haar.dimension if job.at.symbolic else job.dimension
    patterns = _number_of_patterns(labels, size)
    foresee(f"{patterns:.6g} coincidence patterns of indices", _SECONDS_A_PATTERN * patterns)
    fits = [[may_coincide(one, two, size) for two in labels] for one in labels]
    listed = list(set_partitions(range(len(labels)), lambda a, b: fits[a][b]))
    pairs = [(number[row], number[column], flag) for row, column, flag in ends.factors]
    moments = {blocks: _moment(job, pairs, blocks) for blocks in listed}
    result: Averaged = {}
    for blocks in listed:
        tick()
        terms = [
            (weight, value) for finer, weight in refinements(blocks) if (value := moments[finer])
        ]
        total = job.at.weighted_sum(terms) if terms else None
        if not total:
            continue
        # a block of one label is equated with itself: its range is that of an index
        deltas: list[Delta] = [
            (labels[block[0]], labels[a], size) for block in blocks for a in block[1:] or block
        ]
        block_of = {labels[a]: k for k, block in enumerate(blocks) for a in block}
        forms, more = _forms(ends.forms, block_of, size)
        closed = canonical_product(
            [*ends.constants, *forms], deltas + more, ends.sizes, job.properties
        )
        if closed is not None:
            power, factor, times = dimension_power(closed[0], job.haar.dimension)
            put(result, closed[1], factor, job.at.power(power) * total * times)
    return Integral(result, circular_holds_from(labels, ensemble, job.degree // 2))


def _moment(job: Job, pairs: list[tuple[int, int, bool]], blocks: Blocks) -> Exact | None:
    """Return the moment of entries at indices that coincide within blocks only."""
    tick()
    if not job.at.admits(len(blocks)):
        return None  # more different indices than there are: this pattern never happens
    place = {a: k for k, block in enumerate(blocks) for a in block}
    tables: tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]] = Counter(), Counter()
    for row, column, flag in pairs:
        tables[flag][place[row], place[column]] += 1
    return ends_moment(job.group, *(tuple(sorted(table.items())) for table in tables), job.at)


METHOD = Method(
    name="circular-patterns",
    words="moments of entries, by which of all indices coincide",
    offer=_offer,
    preference=30,
    groups=frozenset({"COE", "CSE"}),
)
