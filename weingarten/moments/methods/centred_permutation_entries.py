r"""Moments of C = P - 1/d, a permutation matrix less its mean, by the ways to place rooks.

An entry of P is 0 or 1, so ``(P_e - 1/d)^m = (-1/d)^m (1 + P_e ((1-d)^m - 1))``, and entries in
different rows and columns are 1 together with the chance (d-b)!/d!. Over M factors in all,

``E Π_e C_e^{m_e} = (-1/d)^M Σ_S Π_{e∈S} ((1-d)^{m_e} - 1) (d-|S|)!/d!``

over the sets S of entries no two of which share a row or a column. Rows are taken one after the
other, and what is kept is which columns are taken.

Reference: B. Collins & M. Nagatsu, Weingarten calculus for centered random permutation matrices,
arXiv:2503.18453 (2025), which sums over pairs of set partitions instead.
"""

from __future__ import annotations

from fractions import Fraction
from math import perm

from weingarten.budget import tick
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["METHOD"]

_SECONDS_A_STEP = 2e-5
_SECONDS_A_STEP_OF_NUMBERS = 2e-6


def _cost(job: MomentJob) -> PredictedCost:
    rows, columns = len(job.plain), len(job.plain[0])
    steps = 2.0**columns * sum(power > 0 for row in job.plain for power in row)
    each = _SECONDS_A_STEP * (1 + job.degree / 50) if job.d.symbolic else _SECONDS_A_STEP_OF_NUMBERS
    return PredictedCost(1e-4 + each * (rows + steps), 5e-4 * 2.0**columns)


def _value(job: MomentJob) -> Exact:
    if job.d.integer is not None:
        return _number(job.plain, job.d.integer)
    d = job.d
    one = d.coefficient(1)
    # (1-d)^m - 1, for every power m that occurs
    gains = {
        power: d.weighted_sum([((-1) ** power, d.product([-1] * power)), (-1, one)])
        for power in {power for row in job.plain for power in row if power}
    }
    states = {0: one}
    for row in job.plain:
        terms = {taken: [(1, value)] for taken, value in states.items()}
        for column, power in enumerate(row):
            bit = 1 << column
            for taken, value in states.items():
                if power and not taken & bit:
                    tick()
                    terms.setdefault(taken | bit, []).append((1, value * gains[power]))
        states = {taken: d.weighted_sum(values) for taken, values in terms.items()}
    chances = [d.quotient(1, range(0, -b, -1)) for b in range(len(job.plain[0]) + 1)]
    total = d.weighted_sum([(1, v * chances[taken.bit_count()]) for taken, v in states.items()])
    return total * d.quotient((-1) ** job.degree, [0] * job.degree)


def _number(powers: PowerMatrix, d: int) -> Fraction:
    """Return the moment at an integer d: the sum of integers over d^M d!/(d-B)!, B the largest b.

    There are at most d rows and columns, so no b is larger than d.
    """
    states = {0: 1}
    for row in powers:
        terms = states.copy()
        for column, power in enumerate(row):
            bit, gain = 1 << column, (1 - d) ** power - 1
            for taken, value in states.items():
                if power and not taken & bit:
                    tick()
                    terms[taken | bit] = terms.get(taken | bit, 0) + value * gain
        states = terms
    largest = len(powers[0])
    total = 0
    for taken, value in states.items():
        b = taken.bit_count()
        total += value * perm(d - b, largest - b)
    return Fraction(total, (-d) ** sum(map(sum, powers)) * perm(d, largest))


METHOD = MomentMethod(
    name="rooks",
    words="ways to place rooks on the entries, row by row",
    cost=_cost,
    value=_value,
    preference=30,
    settles=True,
    groups=frozenset({"centred-permutation"}),
)
