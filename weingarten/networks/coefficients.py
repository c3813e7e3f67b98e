"""Exact coefficients: sums of Weingarten functions times powers of d, and entry moments."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

import sympy as sp

from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.combinatorics.partitions import Partition
from weingarten.ensembles.base import Ensemble
from weingarten.exact.dimension import SYMBOLIC, Dimension, Exact, exact_to_sympy
from weingarten.exact.rational import RationalFunction
from weingarten.moments.entries import exact_moment
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["entry_moment", "exact_sum", "from_exact", "plus"]


# many products of labels have the same counts of coset types
@lru_cache(maxsize=16384)
def exact_sum(
    counts: frozenset[tuple[int, Partition, int]],
    at: Dimension,
    ensemble: Ensemble,
) -> Exact:
    """Return Σ count · d^power · Wg(μ; d) over the items (power, μ, count), all of one order.

    Wg is that of the ensemble.
    """
    by_power: defaultdict[int, dict[Partition, int]] = defaultdict(dict)
    for power, shape, number in counts:
        by_power[power][shape] = number
    total: Exact | None = None
    for power, numbers in by_power.items():
        term = spherical_sum(
            sum(next(iter(numbers))), spherical_weights(numbers, ensemble), at, ensemble
        )
        if power:
            term = at.power(power) * term
        total = term if total is None else plus(total, term)
    assert total is not None
    return total


def plus(left: Exact, right: Exact) -> Exact:
    """Return the sum of two coefficients, of which either may be a bare number."""
    if isinstance(left, RationalFunction) or isinstance(right, RationalFunction):
        return SYMBOLIC.coefficient(left) + SYMBOLIC.coefficient(right)  # type: ignore[operator]
    return left + right


# many terms of a result have the same coefficient
@lru_cache(maxsize=16384)
def from_exact(value: Exact, dimension: sp.Expr) -> sp.Expr:
    """Return a coefficient as SymPy."""
    return exact_to_sympy(value, dimension)


def entry_moment(
    group: str, powers: PowerMatrix, at: Dimension, conjugated: PowerMatrix = ()
) -> Exact:
    """Return E Π W_ij^powers[i][j] exactly, of a complex matrix with powers of conjugates."""
    return exact_moment(powers, at, conjugated, group=group)
