"""What the methods share that count circuits of plain and conjugated factors.

The counting is that of :mod:`weingarten.combinatorics.typed_circuits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import inf
from typing import TypeAlias

from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.combinatorics.partitions import Partition
from weingarten.combinatorics.typed_circuits import Signs, TypedEdge, typed_circuit_counts
from weingarten.costs import PredictedCost, value_seconds
from weingarten.ensembles.family import FAMILY
from weingarten.exact.dimension import Dimension, Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.work_sizes import exp_of

__all__ = ["counting_cost", "ends_moment", "half_of", "typed_edges", "weighted"]

#: How often each pair of ends occurs, as ((row, column), number).
EndPairs: TypeAlias = tuple[tuple[tuple[int, int], int], ...]


def half_of(job: MomentJob) -> float:
    """Return m: for a symbolic d all indices are below it, and their partners are not named."""
    return inf if job.d.integer is None else job.d.integer // 2


def weighted(counts: Mapping[Partition, int], job: MomentJob) -> Exact:
    """Return Σ counts[μ] Wg(μ; d) over the ensemble of the job."""
    return _weighted(counts, job.group, job.d)


def _weighted(counts: Mapping[Partition, int], group: str, d: Dimension) -> Exact:
    if not counts:
        return d.coefficient(0)
    ensemble = FAMILY[group]
    n = sum(next(iter(counts)))
    return spherical_sum(n, spherical_weights(counts, ensemble), d, ensemble)


def typed_edges(job: MomentJob) -> Iterable[TypedEdge]:
    """Yield an edge for each factor, its ends of type 1 if it is conjugated.

    Examples
    --------
    >>> from weingarten.exact.dimension import Dimension
    >>> list(typed_edges(MomentJob("U", ((1, 0),), ((0, 1),), Dimension(2))))
    [((0, 0), (0, 0)), ((0, 1), (1, 1))]
    """
    for kind, powers in enumerate((job.plain, job.conjugated)):
        for i, row in enumerate(powers):
            for j, power in enumerate(row):
                for _ in range(power):
                    yield (i, kind), (j, kind)


def counting_cost(job: MomentJob, half: float = inf) -> PredictedCost:
    """Predict the counting from the degree and from how far rows and columns mix.

    Lines i and i + half count as one.
    """
    pairs = zip(job.plain, job.conjugated, strict=True)
    used = {
        (i % half, j % half)
        for i, rows in enumerate(pairs)
        for j, (m, n) in enumerate(zip(*rows, strict=True))
        if m + n
    }
    lines = max(len({i for i, _ in used}) + len({j for _, j in used}), 1)
    width = 2 * len(used) / lines
    half_degree = job.degree / 2
    counting = 1.5e-4 * exp_of(0.19 * half_degree * width)
    return PredictedCost(counting + value_seconds(int(half_degree)))


# a sum over patterns meets the same moments again and again
@lru_cache(maxsize=16384)
def ends_moment(group: str, plain: EndPairs, conjugated: EndPairs, d: Dimension) -> Exact:
    """Return E Π V_ij^m conj(V_kl)^n over a circular ensemble, for pairs of ends and their powers.

    Over ``"CSE"`` V is the antisymmetric M of :mod:`weingarten.ensembles.circular_ensembles`. Rows
    and columns are counted together.

    Examples
    --------
    >>> ends_moment("CSE", (((0, 1), 1),), (((0, 1), 1),), Dimension(4))
    Fraction(1, 3)
    """
    edges = [
        ((row, kind), (column, kind))
        for kind, pairs in enumerate((plain, conjugated))
        for (row, column), power in pairs
        for _ in range(power)
    ]
    signs: Signs = "antisymmetric" if group == "CSE" else "none"
    counts = typed_circuit_counts(edges, signs=signs, sides=False)
    return _weighted(counts, group, d)
