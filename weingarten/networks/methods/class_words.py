"""Products of traces of powers of one Haar matrix, or of its conjugate, alone: class functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from math import lgamma, log, prod

import sympy as sp

from weingarten.budget import foresee, foresee_digits, tick
from weingarten.calculus.circular_class_functions import (
    circular_class_average,
    circular_class_seconds,
)
from weingarten.characters.class_functions import (
    class_average,
    class_average_cost,
    class_average_digits,
    class_average_holds_from,
)
from weingarten.characters.group_class_functions import class_validity, group_class_average
from weingarten.combinatorics.partitions import partitions_of, z_factor
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import Exact
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Component
from weingarten.networks.slots import Averaged, Integral, Job

__all__ = ["METHOD"]

_CIRCULAR = frozenset({"COE", "CSE"})
_SECONDS_A_CLASS = 2e-5
_REQUEST = "the average of a class function of {} of degree {}"


def _offer(job: Job) -> Offer | None:
    if job.determinant and (job.at.symbolic or job.group not in ("O", "permutation")):
        return None
    powers: dict[sp.MatrixExpr, defaultdict[int, int]] = {x: defaultdict(int) for x in job.kinds}
    for component, power in job.components:
        base = component.tensors[0][0]
        length = _cycle_length(component, base, job.haar.dimension) if base in powers else 0
        if not length:
            return None
        powers[base][length] += power
    if job.group == "O":
        (given,) = powers.values()
        cost = partial(class_average_cost, given, job.at, determinant=job.determinant)
        return Offer(cost, partial(_average, job, given), settles=True)
    plain, conjugated = (*powers.values(), {})[:2]
    if job.determinant:
        size = job.at.integer or 0
        seconds = 1e-4 + _SECONDS_A_CLASS * number_of_partitions(size)
        run = partial(_signed_average, job, plain, size)
        return Offer(lambda: PredictedCost(seconds), run, settles=True)
    ensemble = job.haar.ensemble
    if job.group in _CIRCULAR and isinstance(ensemble, Ensemble):
        run = partial(_circular_average, job, plain, conjugated, ensemble)
        half = job.degree // 2
        return Offer(lambda: PredictedCost(circular_class_seconds(half)), run, settles=True)
    return Offer(
        lambda: PredictedCost(1e-4 + 1e-7 * job.degree),
        partial(_complex_average, job, plain, conjugated),
        settles=True,
    )


def _average(job: Job, powers: Mapping[int, int]) -> Integral:
    words = _REQUEST.format(job.haar.name, job.degree)
    if job.degree % 2 == 0 or job.determinant:
        foresee_digits(words, class_average_digits(powers, job.at))
    value = class_average(powers, job.at, determinant=job.determinant)
    return _integral(job, value, class_average_holds_from(powers) if job.at.symbolic else 1)


def _complex_average(
    job: Job, powers: Mapping[int, int], conjugated: Mapping[int, int]
) -> Integral:
    words = _REQUEST.format(job.haar.name, job.degree)
    # at most the norm of a product of traces of n factors: n!
    foresee_digits(words, lgamma(max(job.numbers) + 1) / log(10))
    value = group_class_average(job.group, powers, conjugated, job.at)
    return _integral(job, value, class_validity(job.group, powers, conjugated))


def _signed_average(job: Job, powers: Mapping[int, int], size: int) -> Integral:
    """Average a class function of permutations times the sign, one class after the other."""
    request = f"the average over the classes of permutations of size {size}"
    foresee(request, _SECONDS_A_CLASS * number_of_partitions(size))
    total = Fraction(0)
    for cycles in partitions_of(size):
        tick()
        traces = (
            sum(length for length in cycles if k % length == 0) ** power
            for k, power in powers.items()
        )
        sign = -1 if (size - len(cycles)) % 2 else 1
        total += Fraction(sign * prod(traces), z_factor(cycles))
    return _integral(job, job.at.coefficient(total), 1)


def _circular_average(
    job: Job, powers: Mapping[int, int], conjugated: Mapping[int, int], ensemble: Ensemble
) -> Integral:
    value = circular_class_average(powers, conjugated, job.at, ensemble)
    return _integral(job, value, ensemble.holds_from(job.degree // 2))


def _integral(job: Job, value: Exact | int, holds_from: int) -> Integral:
    averaged: Averaged = {}
    if value:
        averaged = {frozenset(): {sp.S.One: job.at.coefficient(value)}}
    return Integral(averaged, holds_from)


def _cycle_length(component: Component, matrix: sp.MatrixExpr, dimension: sp.Expr) -> int:
    """Return k for tr W^k, 0 for anything else."""
    length = len(component.tensors)
    if any(base != matrix for base, _, _ in component.tensors):
        return 0
    if len(component.sizes) != length or any(size != dimension for size in component.sizes):
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
    groups=frozenset({"O", "U", "SO", "SU", "Sp", "permutation"}) | _CIRCULAR,
)
