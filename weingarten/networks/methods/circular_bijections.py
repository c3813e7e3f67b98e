r"""The circular ensembles: a sum over bijections of indices of plain with those of conjugated ones.

``E Π_a V_{i_{2a-1} i_{2a}} conj(V_{j_{2a-1} j_{2a}}) = Σ_{σ∈S_2n} [i = jσ] Wg(ct(σ); d)`` for the
orthogonal one, with signs and forms for the symplectic one
(:mod:`weingarten.ensembles.circular_ensembles`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from math import factorial, prod
from typing import TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import coset_type_codes, orbits
from weingarten.combinatorics.partitions import partitions_of
from weingarten.costs import PredictedCost, about_factorial
from weingarten.ensembles.base import Ensemble
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.circular_ends import (
    circular_holds_from,
    may_coincide,
    power_of_form,
    written_in_ends,
)
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.merging import Delta
from weingarten.networks.model import Label
from weingarten.networks.slots import (
    Averaged,
    Counts,
    Integral,
    Job,
    count_bijections,
    dimension_power,
    put,
)
from weingarten.networks.symmetry import end_symmetries

__all__ = ["METHOD"]

#: Bijections, or their images, one a row.
Rows: TypeAlias = NDArray[np.int64]
#: Bijections from which on symmetries are looked for.
_MANY = 200
#: Seconds: to list a bijection, to contract what it leaves, without forms and with them.
_SECONDS_A_BIJECTION = 3e-5
_SECONDS_A_CONTRACTION = {"COE": 2e-4, "CSE": 5e-4}
_MEGABYTES_A_BIJECTION = 1e-3
#: Factors whose labels are looked at before the cost is known.
_FEW = 24


def _offer(job: Job) -> Offer | None:
    plain, conjugated = job.numbers
    if job.determinant:
        return None
    if plain != conjugated:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    listed = about_factorial(job.degree)
    if job.degree <= _FEW:
        whole = job.product
        labels = [*whole.labels(0), *whole.labels(1)]
        listed = count_bijections(labels, [*whole.conjugated, *whole.conjugated])
    # equal components may be exchanged
    alike = prod(factorial(min(power, _FEW)) for _, power in job.components)
    contracted = listed if listed < _MANY else listed / alike
    return PredictedCost(
        1e-3 + _SECONDS_A_BIJECTION * listed + _seconds_a_contraction(job) * contracted,
        _MEGABYTES_A_BIJECTION * listed,
    )


def _seconds_a_contraction(job: Job) -> float:
    # a matrix takes as long to be written
    return _SECONDS_A_CONTRACTION[job.group] * (1 + job.is_matrix)


def _average(job: Job) -> Integral:
    ensemble = job.haar.ensemble
    assert isinstance(ensemble, Ensemble)
    tensors, forms, sizes = written_in_ends(job)
    for form in forms:
        tensors += power_of_form(job.dimension, *form)
    kinds = job.kinds
    plain, others = ([x for base, *ends in tensors if base == kind for x in ends] for kind in kinds)
    constants = [tensor for tensor in tensors if tensor[0] not in kinds]
    number = len(plain)
    request = f"the average over {number} factors of {job.haar.name}"
    listed = count_bijections([*plain, *others], [*[False] * number, *[True] * number])
    foresee(request, _SECONDS_A_BIJECTION * listed, _MEGABYTES_A_BIJECTION * listed)
    rows = _bijections(plain, others, job.dimension)
    representatives, weights = list(range(len(rows))), [1] * len(rows)
    if len(rows) >= _MANY:
        slots = [at for kind in kinds for at, tensor in enumerate(tensors) if tensor[0] == kind]
        placed = [tensors[at] for at in slots] + constants
        generators = end_symmetries(placed, range(number), sizes, job.properties)
        representatives, weights = orbits(rows, generators)
    foresee(request, _seconds_a_contraction(job) * len(representatives))
    images = rows[representatives, :number] - number
    codes = _coset_types(images)
    size = job.haar.dimension if job.at.symbolic else job.dimension
    types = partitions_of(number // 2)
    totals: Counts = defaultdict(Counter)
    for image, code, weight in zip(images.tolist(), codes.tolist(), weights, strict=True):
        tick()
        deltas: list[Delta] = [(plain[a], others[b], size) for a, b in enumerate(image)]
        closed = canonical_product(constants, deltas, sizes, job.properties)
        if closed is None:
            continue
        power, factor, integer = dimension_power(closed[0], job.haar.dimension)
        sign = sp.combinatorics.Permutation(image).signature() if ensemble.slope < 0 else 1
        totals[factor, closed[1]][power, types[code]] += int(sign) * integer * weight
    result: Averaged = {}
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, count) for (power, mu), count in numbers.items() if count)
        value = exact_sum(items, job.at, ensemble) if items else None
        if value:
            put(result, monomial, factor, value)
    return Integral(result, circular_holds_from([*plain, *others], ensemble, number // 2))


def _bijections(plain: list[Label], others: list[Label], size: sp.Expr) -> Rows:
    """Return the bijections of ends that join no two different integers, as rows of partners."""
    number = len(plain)
    fits = np.array(
        [[may_coincide(one, two, size) for two in others] for one in plain], dtype=bool
    ).reshape(number, number)
    images = np.zeros((1, 0), dtype=np.int8)
    used = np.zeros((1, number), dtype=bool)
    for fit in fits:
        tick()
        at, image = np.nonzero(fit & ~used)
        images = np.hstack([images[at], image[:, None].astype(np.int8)])
        used = used[at]
        used[np.arange(len(at)), image] = True
    back = np.argsort(images, axis=1)
    return np.hstack([images.astype(np.int64) + number, back])


def _coset_types(images: Rows) -> Rows:
    """Return the positions of the coset types of permutations of the ends of factors."""
    count, number = images.shape
    if not number:
        return np.zeros(count, dtype=np.int64)
    pairs = np.arange(number) ^ 1
    back = np.argsort(images, axis=1)
    carried = np.take_along_axis(back, pairs[images], axis=1)
    return coset_type_codes(pairs, carried)


METHOD = Method(
    name="circular",
    words="bijections of the indices of plain with those of conjugated factors",
    offer=_offer,
    preference=70,
    groups=frozenset({"COE", "CSE"}),
)
