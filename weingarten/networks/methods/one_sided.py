"""One symmetric constant on one side, and anything on the other: pairings of that other side.

If one symmetric matrix (or shared labels) joins all slots on one side, the sum over the pairings of
that side is a function of the coset type of the pairing on the other side with the joints
(:mod:`weingarten.moments.conjugation`): one side is left to list, (2n-1)!! pairings, not their
square.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import NamedTuple

import numpy as np

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import (
    coset_type_codes,
    multiplicities,
    partner_rows,
)
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import PredictedCost, table_seconds
from weingarten.moments.conjugation import circuit_moment_terms
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.model import Label, monomial_product
from weingarten.networks.sides import (
    Joint,
    Side,
    grouped,
    joints,
    power_sum,
    side_value,
    split_sides,
)
from weingarten.networks.slots import (
    Averaged,
    Integral,
    Job,
    SlotSum,
    Value,
    compatible,
    count_pairings,
    count_patterns,
    dimension_power,
    put,
    wild_labels,
)

__all__ = ["METHOD"]


class _Split(NamedTuple):
    """The joints of one side, and what hangs on the other."""

    job: SlotSum
    partner: list[int]
    joint: Joint
    other: Side
    labels: list[Label]


def _offer(request: Job) -> Offer | None:
    if request.degree % 2 or request.determinant:
        return None
    job = request.product
    split = split_sides(job)
    if split is None:
        return None
    for side in (0, 1):
        found = joints(job, side)
        if found is not None:
            break
    else:
        return None
    partner, joint = found
    if len(split[side][0]) != (len(partner) // 2 if joint[0] is not None else 0):
        return None
    here = _Split(job, partner, joint, split[1 - side], job.labels(1 - side))
    return Offer(partial(_cost, here), partial(_average, here))


def _cost(split: _Split) -> PredictedCost:
    """Predict from the pairings to list, and the ways in which they merge labels."""
    half, listed = len(split.partner) // 2, count_pairings(split.labels)
    merged = min(listed, count_patterns(len(wild_labels(split.labels)), split.labels))
    seconds = 1e-3 + 3e-5 * listed + 1.2e-4 * merged + table_seconds(half)
    return PredictedCost(seconds, 1e-4 * half * listed)


def _average(split: _Split) -> Integral:
    job, partner, joint, other, labels = split
    half = len(partner) // 2
    foresee(f"the average over {2 * half} factors of {job.haar.name}", *_cost(split))
    pairings = partner_rows(compatible(labels))
    groups, mergings = grouped(pairings, labels)
    codes = coset_type_codes(np.array(partner), pairings)
    totals: dict[Value, Counter[Partition]] = defaultdict(Counter)
    for group, types in multiplicities(codes, groups, half).items():
        value = side_value(job, other, labels, mergings[group])
        if value is not None:
            totals[value].update(types)
    result: Averaged = {}
    for value, types in totals.items():
        assert value is not None
        for shape, coefficient in circuit_moment_terms(types, job.at):
            tick()
            factor, monomial = power_sum(job, joint, shape)
            power, rest, number = dimension_power(value[0] * factor, job.haar.dimension)
            scaled = job.at.power(power) * coefficient * number
            put(result, monomial_product(value[1], monomial), rest, scaled)
    return Integral(result, job.holds_from)


METHOD = Method(
    name="one-sided",
    words="pairings of one side; zonal polynomials of the symmetric constant on the other",
    offer=_offer,
    preference=50,
    # below, pairings of both sides are as quick, and a derivation shows them
    from_degree=8,
)
