"""A job with another random matrix in the place of its own: one law by means of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from weingarten.networks.model import Component, bases_of
from weingarten.networks.slots import Averaged, Job, put
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["added", "job_over"]


def job_over(
    job: Job, matrix: RandomMatrix, determinants: Sequence[tuple[sp.MatrixExpr, int]] = ()
) -> Job:
    """Return a job in which a matrix of the same shape stands for that of another law."""
    other = dict(zip(job.kinds, bases_of(matrix), strict=True))
    components = tuple(
        (
            Component(
                tuple((other.get(base, base), *ends) for base, *ends in component.tensors),
                component.sizes,
            ),
            power,
        )
        for component, power in job.components
    )
    return replace(job, haar=matrix, components=components, determinants=tuple(determinants))


def added(one: Averaged, two: Averaged) -> Averaged:
    """Return the sum of two averages."""
    total: Averaged = {monomial: dict(inner) for monomial, inner in one.items()}
    for monomial, inner in two.items():
        for factor, value in inner.items():
            put(total, monomial, factor, value)
    return total
