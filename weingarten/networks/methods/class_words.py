"""Products of traces of powers of one Haar matrix, or of its conjugate, alone: class functions.

One power W^k may stand between constants. Times a class function it averages to a matrix that
commutes with the group, and so to a multiple of the unit matrix: that of its trace, over d.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import lgamma, log, prod
from typing import NamedTuple

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
from weingarten.characters.group_class_functions import (
    class_validity,
    group_class_average,
    group_class_cost,
)
from weingarten.combinatorics.partitions import partitions_of, z_factor
from weingarten.costs import PredictedCost, number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import Exact
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Component, Label, Tensor
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

_CIRCULAR = frozenset({"COE", "CSE"})
_SECONDS_A_CLASS = 2e-5
#: Groups whose matrices commute with multiples of the unit matrix alone.
_IRREDUCIBLE = frozenset({"O", "U", "SO", "SU", "Sp"})
#: A shorter power between constants is left to methods that show what is joined.
_LEAST_POWER = 3
_REQUEST = "the average of a class function of {} of degree {}"


def _offer(job: Job) -> Offer | None:
    if job.determinant and (job.at.symbolic or job.group not in ("O", "permutation")):
        return None
    powers: dict[sp.MatrixExpr, defaultdict[int, int]] = {x: defaultdict(int) for x in job.kinds}
    between: _Power | None = None
    for component, power in job.components:
        base = component.tensors[0][0]
        length = _cycle_length(component, base, job.haar.dimension) if base in powers else 0
        if not length:
            if power > 1 or between is not None or job.group not in _IRREDUCIBLE:
                return None
            between = _power_between(component, job)
            if between is None:
                return None
            base, length = between.base, between.length
        powers[base][length] += power
    offer = _offered(job, powers)
    if between is None:
        return offer
    return offer._replace(run=partial(_between, job, between, offer.run))


def _offered(job: Job, powers: Mapping[sp.MatrixExpr, Mapping[int, int]]) -> Offer:
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
        partial(group_class_cost, job.group, plain, conjugated, job.at),
        partial(_complex_average, job, plain, conjugated),
        settles=True,
    )


class _Power(NamedTuple):
    """A power of the matrix in a component, and what stands around it."""

    base: sp.MatrixExpr
    length: int
    start: Label
    stop: Label
    rest: list[Tensor]
    sizes: dict[int, sp.Expr]


def _power_between(component: Component, job: Job) -> _Power | None:
    """Return the only power of the matrix in a component, None if there are more."""
    random = [tensor for tensor in component.tensors if tensor[0] in job.kinds]
    rest = [tensor for tensor in component.tensors if tensor[0] not in job.kinds]
    length = len(random)
    if length < _LEAST_POWER or any(base != random[0][0] for base, _, _ in random):
        return None
    rows = {row: at for at, (_, row, _) in enumerate(random)}
    columns = {column: at for at, (_, _, column) in enumerate(random)}
    elsewhere = {label for _, *labels in rest for label in labels}
    inner = {
        label
        for label in rows.keys() & columns.keys() - elsewhere
        if isinstance(label, int) and component.size(label) == job.haar.dimension
    }
    # as many labels between the factors as a chain has, each met twice
    if not len(rows) == len(columns) == length == len(inner) + 1:
        return None
    (start,), (stop,) = rows.keys() - inner, columns.keys() - inner
    sizes = {-1 - k: job.sized(size) for k, size in enumerate(component.sizes)}
    left = {label: size for label, size in sizes.items() if label not in inner}
    return _Power(random[0][0], length, start, stop, rest, left)


def _between(job: Job, power: _Power, run: Callable[[], Integral]) -> Integral:
    """Put the unit matrix, times what the trace of the power gives, over d, in its place."""
    integral = run()
    delta = (power.start, power.stop, job.dimension)
    term = canonical_product(power.rest, [delta], power.sizes, job.properties)
    result: Averaged = {}
    if term is not None:
        factor, monomial = term
        exponent, others, number = dimension_power(factor, job.haar.dimension)
        scale = job.at.power(exponent) * job.at.quotient(number, [0])
        for values in integral.averaged.values():
            for value in values.values():
                put(result, monomial, others, scale * value)
    return replace(integral, averaged=result)


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
