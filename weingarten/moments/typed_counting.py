"""What the methods share that count circuits of plain and conjugated factors.

The counting is that of :mod:`weingarten.combinatorics.typed_circuits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from weingarten.calculus.weingarten_functions import spherical_sum, spherical_weights
from weingarten.combinatorics.partitions import Partition
from weingarten.combinatorics.typed_circuits import TypedEdge
from weingarten.costs import PredictedCost, value_seconds
from weingarten.ensembles.family import FAMILY
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.work_sizes import exp_of

__all__ = ["counting_cost", "typed_edges", "weighted"]


def weighted(counts: Mapping[Partition, int], job: MomentJob) -> Exact:
    """Return Σ counts[μ] Wg(μ; d) over the ensemble of the job."""
    if not counts:
        return job.d.coefficient(0)
    ensemble = FAMILY[job.group]
    n = sum(next(iter(counts)))
    return spherical_sum(n, spherical_weights(counts, ensemble), job.d, ensemble)


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
