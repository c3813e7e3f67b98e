"""Products of traces of powers of one Haar matrix alone: class functions, by characters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial

import sympy as sp

from weingarten.budget import foresee_digits
from weingarten.characters.class_functions import (
    class_average,
    class_average_cost,
    class_average_digits,
    class_average_holds_from,
    stable_class_average,
)
from weingarten.costs import PredictedCost
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.exact import as_exact
from weingarten.networks.model import Component
from weingarten.networks.slots import Averaged, Integral, Job
from weingarten.symbols.haar import HaarOrthogonal

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if job.determinant and job.at is None:
        return None
    powers: defaultdict[int, int] = defaultdict(int)
    for component, power in job.components:
        length = _cycle_length(component, job.haar)
        if not length:
            return None
        powers[length] += power
    return Offer(partial(_cost, job, powers), partial(_average, job, powers), settles=True)


def _cost(job: Job, powers: Mapping[int, int]) -> PredictedCost:
    if job.at is None:
        return PredictedCost(1e-4 + 1e-7 * job.degree)
    return class_average_cost(powers, job.at, determinant=job.determinant)


def _average(job: Job, powers: Mapping[int, int]) -> Integral:
    words = f"the average of a class function of {job.haar.name} of degree {job.degree}"
    if job.degree % 2 == 0 or job.determinant:
        foresee_digits(words, class_average_digits(powers, job.at))
    if job.at is None:
        value, holds_from = stable_class_average(powers), class_average_holds_from(powers)
    else:
        value, holds_from = class_average(powers, job.at, determinant=job.determinant), 1
    averaged: Averaged = {}
    if value:
        averaged = {frozenset(): {sp.S.One: as_exact(value, job.at)}}
    return Integral(averaged, holds_from)


def _cycle_length(component: Component, haar: HaarOrthogonal) -> int:
    """Return k for tr W^k, 0 for anything else."""
    length = len(component.tensors)
    if any(base != haar for base, _, _ in component.tensors):
        return 0
    if len(component.sizes) != length or any(size != haar.dimension for size in component.sizes):
        return 0
    # every label is the row of one factor and the column of one: a permutation, and connected
    labels = set(range(-length, 0))
    rows, columns = ({tensor[side] for tensor in component.tensors} for side in (1, 2))
    return length if rows == columns == labels else 0


METHOD = Method(
    name="characters",
    words="power sums of the eigenvalues, by characters of the symmetric group",
    offer=_offer,
    preference=10,
)
