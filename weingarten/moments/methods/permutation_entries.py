"""E = (d-b)!/d! for b entries of a permutation matrix in different rows and columns.

Entries are 0 or 1, so their powers and conjugates are the entries themselves, and two in one row
or column are never 1 together.
"""

from __future__ import annotations

from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod

__all__ = ["METHOD"]


def _value(job: MomentJob) -> Exact:
    return job.d.quotient(1, range(0, -job.degree, -1))


METHOD = MomentMethod(
    name="counting",
    words="(d-b)!/d! for b entries in different rows and columns",
    cost=lambda job: PredictedCost(1e-4 + 1e-6 * job.degree),
    value=_value,
    preference=30,
    settles=True,
    groups=frozenset({"permutation"}),
)
