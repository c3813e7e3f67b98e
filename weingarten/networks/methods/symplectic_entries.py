"""Entries of a symplectic matrix at integer indices: one moment, by counting circuits."""

from __future__ import annotations

import sympy as sp

from weingarten.costs import PredictedCost
from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.moments import moment_cost
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import entry_moment
from weingarten.networks.model import is_conjugate
from weingarten.networks.slots import Averaged, Integral, Job

__all__ = ["METHOD"]

#: The largest index for which a table of powers is written.
_LARGEST_INDEX = 60


def _offer(job: Job) -> Offer | None:
    if job.degree % 2 or not job.is_plain:
        return None
    indices = [
        int(label)
        for component, _ in job.components
        for _, *ends in component.tensors
        for label in ends
    ]
    if max(indices) > _LARGEST_INDEX:
        return None
    size = 1 + max(indices)
    return Offer(lambda: _cost(job, size), lambda: _average(job, size))


def _powers(job: Job, size: int) -> tuple[PowerMatrix, PowerMatrix]:
    tables = [[[0] * size for _ in range(size)] for _ in (0, 1)]
    for component, power in job.components:
        for base, row, column in component.tensors:
            tables[is_conjugate(base)][int(row)][int(column)] += power
    plain, conjugated = (tuple(map(tuple, table)) for table in tables)
    return plain, conjugated


def _cost(job: Job, size: int) -> PredictedCost:
    plain, conjugated = _powers(job, size)
    plan = moment_cost(plain, group="Sp", conjugate=conjugated, d=job.dimension)
    return plan.estimates[plan.method]


def _average(job: Job, size: int) -> Integral:
    plain, conjugated = _powers(job, size)
    value = entry_moment("Sp", plain, job.at, conjugated)
    averaged: Averaged = {frozenset(): {sp.S.One: value}} if value else {}
    least = 2 * size
    return Integral(averaged, max(least, SYMPLECTIC.holds_from(job.degree // 2)))


METHOD = Method(
    name="symplectic-entries",
    words="a moment of entries: circuits counted with the signs of J",
    offer=_offer,
    preference=35,
    groups=frozenset({"Sp"}),
)
