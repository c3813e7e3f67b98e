r"""Moments over SO(d) and SU(d) by those over O(d) and U(d), with the determinant written out.

Half of O(d) has determinant -1, so ``E_SO f = E_O f (1 + det W)``, and f det(W) averages to zero
unless every row and every column of f has an odd sum. A matrix of U(d) is a phase times one of
SU(d): p factors and q conjugates average to zero over SU(d) unless p - q = k d, and then to
``E_U f conj(det U)^k``. At a symbolic d neither differs from the average over O(d) or U(d), which
holds from the degree of f on.
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from math import factorial

from weingarten.budget import foresee, tick
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.plan import affordable, choose, exact_moment_by
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["METHOD"]

_LIFTED = {"SO": "O", "SU": "U"}
_SECONDS_A_MOMENT = 1e-3
#: More terms than these are never written out.
_MANY = 10**9


def _determinants(job: MomentJob) -> int:
    """Return the power of the determinant that stands beside the factors, 0 where it adds nothing.

    It is negative where the determinant itself stands there, and not its conjugate.
    """
    size = job.d.integer
    if size is None or not job.degree:
        return 0
    surpluses = _surpluses(job, size)
    if job.group == "SO":
        return int(all(number % 2 for number in surpluses))
    return surpluses[0] if len(set(surpluses)) == 1 else 0


def _surpluses(job: MomentJob, size: int) -> list[int]:
    """Return the sum of every row and column, less the sum of its conjugates."""
    rows, columns = [0] * size, [0] * size
    for powers, sign in ((job.plain, 1), (job.conjugated, -1)):
        for i, row in enumerate(powers):
            for j, power in enumerate(row):
                rows[i] += sign * power
                columns[j] += sign * power
    return rows + columns


def _terms(job: MomentJob) -> int:
    power = abs(_determinants(job))
    return min(factorial(min(job.d.integer or 0, 12)) ** power, _MANY) if power else 0


def _cost(job: MomentJob) -> PredictedCost:
    lifted = _lifted(job, job.plain, job.conjugated)
    _, once = choose(lifted)
    terms = _terms(job)
    seconds = once.seconds + terms * max(_SECONDS_A_MOMENT, once.seconds)
    return PredictedCost(seconds, once.megabytes + 1e-3 * terms)


def _lifted(job: MomentJob, plain: PowerMatrix, conjugated: PowerMatrix) -> MomentJob:
    return MomentJob(_LIFTED[job.group], plain, conjugated, job.d).canonical()


def _average(job: MomentJob) -> Exact:
    """Return a moment over O(d) or U(d)."""
    return exact_moment_by(job, affordable(job))


def _value(job: MomentJob) -> Exact:
    power = _determinants(job)
    found: list[tuple[int, Exact]] = []
    if job.group == "SO" or not power:
        found.append((1, _average(_lifted(job, job.plain, job.conjugated))))
    if power:
        size = job.d.integer
        assert size is not None
        foresee(f"det(W)^{abs(power)} of size {size}", _SECONDS_A_MOMENT * _terms(job))
        found += _with_determinants(job, power, size)
    return job.d.weighted_sum([(weight, value) for weight, value in found if value])


def _with_determinants(job: MomentJob, power: int, size: int) -> list[tuple[int, Exact]]:
    """Return the terms of the moment with a power of the determinant or of its conjugate."""
    plain, conjugated = _square(job.plain, size), _square(job.conjugated, size)
    products: Counter[PowerMatrix] = Counter({conjugated if power > 0 else plain: 1})
    if job.group == "SO":
        products = Counter({plain: 1})
    orders = [(order, _sign(order)) for order in permutations(range(size))]
    for _ in range(abs(power)):
        wider: Counter[PowerMatrix] = Counter()
        for powers, weight in products.items():
            for order, sign in orders:
                tick()
                wider[_times(powers, order)] += weight * sign
        products = wider
    cases: Counter[MomentJob] = Counter()
    for powers, weight in products.items():
        if job.group == "SO":
            cases[_lifted(job, powers, ())] += weight
        elif power > 0:
            cases[_lifted(job, plain, powers)] += weight
        else:
            cases[_lifted(job, powers, conjugated)] += weight
    return [(weight, _average(case)) for case, weight in cases.items() if weight]


def _square(powers: PowerMatrix, size: int) -> PowerMatrix:
    rows = [(*row, *[0] * (size - len(row))) for row in powers]
    return tuple(rows + [(0,) * size] * (size - len(rows)))


def _times(powers: PowerMatrix, order: tuple[int, ...]) -> PowerMatrix:
    """Multiply a monomial by the entries of a permutation."""
    return tuple(
        tuple(power + (j == place) for j, power in enumerate(row))
        for row, place in zip(powers, order, strict=True)
    )


def _sign(order: tuple[int, ...]) -> int:
    pairs = ((a, b) for b in range(len(order)) for a in range(b))
    return -1 if sum(order[a] > order[b] for a, b in pairs) % 2 else 1


METHOD = MomentMethod(
    name="determinant",
    words="moments over O(d) or U(d), with the determinants that tell SO(d) and SU(d) apart",
    cost=_cost,
    value=_value,
    preference=30,
    groups=frozenset(_LIFTED),
)
