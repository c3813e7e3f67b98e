r"""The circular ensembles: a sum over bijections of indices of plain with those of conjugated ones.

``E Π_a V_{i_{2a-1} i_{2a}} conj(V_{j_{2a-1} j_{2a}}) = Σ_{σ∈S_2n} [i = jσ] Wg(ct(σ); d)`` for the
orthogonal one, with signs and forms for the symplectic one
(:mod:`weingarten.ensembles.circular_ensembles`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial

import numpy as np
import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import coset_type_codes
from weingarten.combinatorics.partitions import partitions_of
from weingarten.costs import PredictedCost, about_factorial
from weingarten.ensembles.base import Ensemble
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.forms import form_at, with_forms_of
from weingarten.networks.merging import Delta
from weingarten.networks.model import Label, Tensor
from weingarten.networks.slots import (
    Averaged,
    Counts,
    Integral,
    Job,
    count_bijections,
    dimension_power,
    put,
)

__all__ = ["METHOD"]

_SECONDS_A_BIJECTION = 2e-4


def _offer(job: Job) -> Offer | None:
    plain, conjugated = job.numbers
    if job.determinant:
        return None
    if plain != conjugated:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    listed = about_factorial(job.degree)
    if job.is_plain:
        whole = job.product
        labels = [*whole.labels(0), *whole.labels(1)]
        listed = count_bijections(labels, [*whole.conjugated, *whole.conjugated])
    return PredictedCost(2e-4 + _SECONDS_A_BIJECTION * listed)


def _average(job: Job) -> Integral:
    whole, size = job.product, job.dimension
    ensemble = job.haar.ensemble
    assert isinstance(ensemble, Ensemble)
    signed = ensemble.slope < 0
    constants = with_forms_of(size, job.haar.dimension, whole.constants)
    sizes = dict(whole.sizes)
    sides: tuple[list[Label], list[Label]] = ([], [])
    extra: list[Tensor] = []
    for at, conjugated in zip(whole.slots, whole.conjugated, strict=True):
        _, row, column = whole.tensors[at]
        if signed:  # C = M Jᵀ
            inner = min(sizes, default=0) - 1
            sizes[inner] = size
            extra.append(form_at(size, column, inner))
            column = inner
        sides[conjugated].extend((row, column))
    plain, others = sides
    number = len(plain)
    request = f"the average over {number} factors of {job.haar.name}"
    foresee(request, _SECONDS_A_BIJECTION * count_bijections([*plain, *others], [
        *[False] * number, *[True] * number]))  # fmt: skip
    types = partitions_of(number // 2)
    totals: Counts = defaultdict(Counter)
    pairs = np.arange(number) ^ 1
    for images in _bijections(plain, others):
        tick()
        deltas: list[Delta] = [
            (plain[a], others[b], job.haar.dimension if job.at.symbolic else size)
            for a, b in enumerate(images)
        ]
        closed = canonical_product([*constants, *extra], deltas, sizes, job.properties)
        if closed is None:
            continue
        order = np.array(images, dtype=np.int64)
        back = np.argsort(order)
        carried = back[pairs[order]] if number else order
        code = coset_type_codes(pairs, carried.reshape(1, number))[0] if number else 0
        power, factor, integer = dimension_power(closed[0], job.haar.dimension)
        sign = sp.combinatorics.Permutation(list(images)).signature() if signed else 1
        totals[factor, closed[1]][power, types[int(code)]] += int(sign) * integer
    result: Averaged = {}
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, count) for (power, mu), count in numbers.items() if count)
        value = exact_sum(items, job.at, ensemble) if items else None
        if value:
            put(result, monomial, factor, value)
    return Integral(result, _holds_from(plain + others, ensemble, number // 2))


def _holds_from(labels: list[Label], ensemble: Ensemble, half: int) -> int:
    if ensemble.slope > 0:
        return ensemble.holds_from(half)
    integers = [int(x) for x in labels if not isinstance(x, int) and x.is_Integer]
    least = 2 * (max(integers, default=0) + 1)
    holds = ensemble.holds_from(half)
    return max(least, holds + holds % 2)


def _bijections(plain: list[Label], others: list[Label]) -> Iterator[tuple[int, ...]]:
    """Yield the bijections of places that join no two different integers."""
    fits = [
        [
            isinstance(one, int) or isinstance(two, int) or sp.KroneckerDelta(one, two) != 0
            for two in others
        ]
        for one in plain
    ]

    def extend(images: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(images) == len(plain):
            yield images
            return
        for b, fit in enumerate(fits[len(images)]):
            if fit and b not in images:
                yield from extend((*images, b))

    yield from extend(())


METHOD = Method(
    name="circular",
    words="bijections of the indices of plain with those of conjugated factors",
    offer=_offer,
    preference=70,
    groups=frozenset({"COE", "CSE"}),
)
