r"""Sums over pairs of pairings with signs: the Weingarten formula of Sp(d).

``E Π_a S_{i_a j_a} = Σ_{p,q} J_p(i) J_q(j) ε(p) ε(q) Wg(ct(p,q); d)`` with
:mod:`weingarten.ensembles.symplectic_group`; the conjugate of S is Jᵀ S J.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TypeAlias

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import coset_type_codes, pairings_between
from weingarten.combinatorics.partitions import partitions_of
from weingarten.costs import PredictedCost, about_pairings
from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.forms import form_at, form_vanishes, with_forms_of
from weingarten.networks.model import Label, Tensor
from weingarten.networks.slots import Averaged, Counts, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

_SECONDS_A_PAIR = 2e-4
_LISTED_AT_ONCE = 100
#: The partner of each slot.
Partners: TypeAlias = tuple[int, ...]


def _offer(job: Job) -> Offer | None:
    if job.degree % 2:  # -1 is symplectic
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    listed = about_pairings(job.degree // 2)
    return PredictedCost(2e-4 + _SECONDS_A_PAIR * (listed if job.is_plain else listed**2))


def _average(job: Job) -> Integral:
    whole, size = job.product, job.dimension
    constants = with_forms_of(size, job.haar.dimension, whole.constants)
    sizes = dict(whole.sizes)
    rows: list[Label] = []
    columns: list[Label] = []
    extra: list[Tensor] = []
    for at, conjugated in zip(whole.slots, whole.conjugated, strict=True):
        _, row, column = whole.tensors[at]
        if conjugated:
            inner = [min(sizes, default=0) - 1, min(sizes, default=0) - 2]
            sizes |= dict.fromkeys(inner, size)
            extra += [form_at(size, inner[0], row), form_at(size, inner[1], column)]
            row, column = inner
        rows.append(row)
        columns.append(column)
    half = len(rows) // 2
    request = f"the average over {2 * half} factors of {job.haar.name}"
    left, right = _listed(_pairings(rows, size), _pairings(columns, size), request)
    types = partitions_of(half)
    partners = np.array(right, dtype=np.int64).reshape(len(right), 2 * half)
    totals: Counts = defaultdict(Counter)
    for one in left:
        codes = coset_type_codes(np.array(one, dtype=np.int64), partners)
        for two, code in zip(right, codes, strict=True):
            tick()
            tensors = [*constants, *extra, *_forms(one, rows, size)]
            every = [*tensors, *_forms(two, columns, size)]
            closed = canonical_product(every, (), sizes, job.properties)
            if closed is not None:
                power, factor, number = dimension_power(closed[0], job.haar.dimension)
                sign = _sign(one) * _sign(two)
                totals[factor, closed[1]][power, types[int(code)]] += sign * number
    result: Averaged = {}
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, number) for (power, mu), number in numbers.items() if number)
        value = exact_sum(items, job.at, SYMPLECTIC) if items else None
        if value:
            put(result, monomial, factor, value)
    integers = [x for x in (*rows, *columns) if not isinstance(x, int) and x.is_Integer]
    least = 2 * (int(max(integers)) + 1) if integers else 2
    return Integral(result, max(least, SYMPLECTIC.holds_from(half)))


def _listed(
    rows: Iterator[Partners], columns: Iterator[Partners], request: str
) -> tuple[list[Partners], list[Partners]]:
    """Return both lists, made at the same pace: it is seen early that there are too many pairs."""
    found: tuple[list[Partners], list[Partners]] = ([], [])
    open_sides = [(found[0], rows), (found[1], columns)]
    while open_sides:
        for listed, more in list(open_sides):
            some = list(islice(more, _LISTED_AT_ONCE))
            listed.extend(some)
            if len(some) < _LISTED_AT_ONCE:
                open_sides.remove((listed, more))
        seconds = _SECONDS_A_PAIR * len(found[0]) * len(found[1])
        foresee(request, seconds, in_parts=bool(open_sides))
    return found


def _pairings(labels: list[Label], size: sp.Expr) -> Iterator[Partners]:
    """Yield the pairings of the slots, as partners, that join no entries of J that vanish."""
    masks = [
        sum(1 << b for b, two in enumerate(labels) if a != b and not form_vanishes(one, two, size))
        for a, one in enumerate(labels)
    ]
    return pairings_between(masks)


def _forms(partner: Partners, labels: list[Label], size: sp.Expr) -> list[Tensor]:
    return [form_at(size, labels[a], labels[b]) for a, b in enumerate(partner) if a < b]


def _sign(partner: Partners) -> int:
    """Return (-1) to the number of crossing pairs."""
    pairs = [(a, b) for a, b in enumerate(partner) if a < b]
    crossings = sum(a < c < b < e for a, b in pairs for c, e in pairs)
    return (-1) ** crossings


METHOD = Method(
    name="symplectic-pairings",
    words="pairs of pairings with signs and symplectic forms, counted by coset type",
    offer=_offer,
    preference=70,
    groups=frozenset({"Sp"}),
)
