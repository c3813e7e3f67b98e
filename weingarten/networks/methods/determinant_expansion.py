"""The determinant times a product: zero below a degree, else the determinant is written out.

det(W) is no constituent of the k-fold tensor power of the defining representation for k < d, nor
for k - d odd; det(U) U⊗…⊗U has a free phase unless enough conjugates stand by. So for a symbolic d
both average to zero from some d on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from math import exp, lgamma

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Method, Offer, choose
from weingarten.networks.lowering.leibniz import leibniz, leibniz_seconds
from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    is_conjugate,
    monomial_product,
)
from weingarten.networks.slots import Averaged, Integral, Job, put

__all__ = ["METHOD"]

#: Seconds to choose a method for one permutation, and to add up what it gives.
_BOOKKEEPING = 3e-4
#: exp of more than this counts as infinite.
_LARGEST_LOG = 700.0


def _offer(job: Job) -> Offer | None:
    if not job.determinants:
        return None
    needed, exact = _factors_needed(job)
    size = job.at.integer
    if size is None:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}, needed + 1))
    if needed < size or not exact or not _is_even(job, size):
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}))
    return Offer(partial(_cost, job, size), partial(_average, job, size))


def _factors_needed(job: Job) -> tuple[int, bool]:
    """Return the largest d at which the average may differ from zero, and whether it may at d."""
    base, power = job.determinants[0]
    size = job.at.integer
    if job.group == "permutation":
        # two places that no factor fixes can be exchanged, which changes the sign
        return job.degree + 1, size is not None
    if job.haar.is_real_matrix:
        return job.degree, size is not None and (job.degree - size) % 2 == 0
    plain, conjugated = job.numbers
    missing = plain - conjugated if is_conjugate(base) else conjugated - plain
    return max(missing, 0) // power, size is not None and missing == power * size


def _is_even(job: Job, size: int) -> bool:
    """Tell whether entries and determinants stay as they are when signs, or phases, of rows change.

    The matrix may be multiplied by a diagonal one from either side. Permutations may not, and
    other products than those of entries at numbers are not looked at.
    """
    if job.group == "permutation" or not job.is_plain:
        return True
    real = job.haar.is_real_matrix
    for side in (1, 2):
        surplus = Counter(dict.fromkeys(map(sp.Integer, range(size)), 0))
        for base, power in job.determinants:
            for label in surplus:
                surplus[label] += -power if is_conjugate(base) else power
        for component, power in job.components:
            for tensor in component.tensors:
                surplus[tensor[side]] += -power if is_conjugate(tensor[0]) else power
        if any(number % 2 if real else number for number in surplus.values()):
            return False
    return True


def _cost(job: Job, size: int) -> PredictedCost:
    # every permutation leaves a product like that of the diagonal
    base, _ = job.determinants[0]
    diagonal = frozenset((_entry(base, a, a), 1) for a in range(size))
    one = choose(_with_entries(job, diagonal)).offer.cost()
    terms = leibniz_seconds(size), exp(min(lgamma(size + 1), _LARGEST_LOG))
    return PredictedCost(terms[0] + terms[1] * (_BOOKKEEPING + one.seconds), one.megabytes)


def _average(job: Job, size: int) -> Integral:
    base, _ = job.determinants[0]
    foresee(f"the average of det({job.haar.name}) of size {size}", *_cost(job, size))
    entries: list[list[Polynomial]] = [
        [{frozenset([(_entry(base, a, b), 1)]): sp.S.One} for b in range(size)] for a in range(size)
    ]
    total: Averaged = {}
    for monomial, weight in leibniz(entries).items():
        tick()
        part = _with_entries(job, monomial)
        for left, inner in choose(part).offer.run().averaged.items():
            for factor, value in inner.items():
                put(total, left, factor, value * int(weight))
    return Integral(total)


def _entry(base: sp.MatrixExpr, row: int, column: int) -> Component:
    return Component(((base, sp.Integer(row), sp.Integer(column)),), ())


def _with_entries(job: Job, entries: Monomial) -> Job:
    """Return a job with entries in the place of one determinant."""
    (base, power), *others = job.determinants
    product = monomial_product(job.components, entries)
    components = tuple((x, n) for x, n in product if isinstance(x, Component))
    left_over = (*[(base, power - 1)] * (power > 1), *others)
    return replace(job, components=components, determinants=left_over)


METHOD = Method(
    name="determinant",
    words="the determinant written out in entries, or zero by its sign or phase",
    offer=_offer,
    preference=80,
    groups=frozenset({"O", "U", "permutation"}),
)
