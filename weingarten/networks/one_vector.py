"""Polynomials in one uniform vector, averaged by parts: those in a Gaussian one, but for a scale.

If the row of every factor has the same fixed index, the average depends on one vector only, uniform
on the sphere. A Gaussian vector is such a vector times an independent length, of which a moment
is the scale (:mod:`weingarten.networks.by_parts`).
"""

from __future__ import annotations

from collections import defaultdict

from weingarten.costs import about_factorial, about_pairings, number_of_partitions
from weingarten.exact.dimension import Exact
from weingarten.networks.by_parts import ByParts
from weingarten.networks.model import Label
from weingarten.networks.replacing import job_over
from weingarten.networks.selections import Leg, leg_of
from weingarten.networks.slots import Averaged, Job, dimension_power, put
from weingarten.symbols.gaussian import GaussianMatrix

__all__ = ["side_of_vector", "vector_average", "vector_seconds"]

#: To read and to write the shortest product; to join two factors, more where indices have legs; to
#: write a term.
_START = 4e-3
_SECONDS_A_JOIN = 2e-4
_SECONDS_A_TERM = 5e-4
#: Numbers that are small enough for a prediction.
_FEW = 40


def side_of_vector(job: Job) -> int | None:
    """Return the side on which the vector has its index, if the other has one fixed index only."""
    for side in (0, 1):
        labels = {
            tensor[1 + side]
            for component, _ in job.components
            for tensor in component.tensors
            if tensor[0] in job.kinds
        }
        if len(labels) == 1 and not any(isinstance(label, int) for label in labels):
            return 1 - side
    return None


def vector_average(job: Job, scale: Exact) -> Averaged:
    """Return the average over a Gaussian vector in the place of the uniform one, times a scale."""
    haar = job.haar
    field = "real" if haar.is_real_matrix else "complex"
    gaussian = job_over(job, GaussianMatrix(haar.name, *haar.shape, field=field))
    result: Averaged = {}
    means = ByParts(gaussian).mean(frozenset(gaussian.components))
    for (monomial, factor), number in means.items():
        power, rest, integer = dimension_power(factor, haar.dimension)
        put(result, monomial, rest, job.at.power(power) * scale * (number * integer))
    return result


def vector_seconds(job: Job) -> float:
    """Predict the time from the products that are met.

    Pure states with their legs joined in two ways are told apart by a partition. Otherwise about as
    many products are met as there are bijections, up to an exchange of equal components and, where
    constants repeat, a turn of a trace.
    """
    n = job.degree // 2
    bases = {base for component, _ in job.components for base, _, _ in component.tensors}
    legs = sum(leg_of(base) is not None for base in bases)
    constants = len(bases) - legs - len(bases & set(job.kinds))
    each = _SECONDS_A_JOIN * (1 + n * legs / 2)
    if legs and not constants and _ways_of_legs(job) <= 2:
        return _START + each * n * number_of_partitions(n)
    real = job.haar.is_real_matrix
    ways, different = about_pairings(n) if real else about_factorial(n), 0.0
    for component, power in job.components:
        ways /= about_factorial(min(power, _FEW))
        plain = sum(base == job.haar for base, _, _ in component.tensors) / (1 + real)
        different += plain
        ways /= max(plain / max(constants, 1), 1.0) ** min(power, _FEW)
    met = (3 * n / max(different, 1) - 1) * max(ways, 1.0)
    return _START + each * met + _SECONDS_A_TERM * ways


def _ways_of_legs(job: Job) -> int:
    """Count the different ways in which legs of one number join the factors."""
    ways: defaultdict[Leg, set[tuple[int, tuple[int, ...]]]] = defaultdict(set)
    for number, (component, _) in enumerate(job.components):
        factor_of = {
            label: at
            for at, (base, *ends) in enumerate(component.tensors)
            if base in job.kinds
            for label in ends
        }
        joined: defaultdict[tuple[Leg, Label], list[int]] = defaultdict(list)
        for base, leg_label, index in component.tensors:
            leg = leg_of(base)
            if leg is not None and index in factor_of:
                joined[leg, leg_label].append(factor_of[index])
        for (leg, _), factors in joined.items():
            ways[leg].add((number, tuple(sorted(factors))))
    return len({frozenset(way) for way in ways.values()})
