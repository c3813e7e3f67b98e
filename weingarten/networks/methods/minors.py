r"""Powers of one minor of symbolic size of an orthogonal or unitary matrix.

The Gram matrix of a k × k part M has a matrix-variate beta law, so that (Muirhead, Aspects of
Multivariate Statistical Theory, section 3.3)

``E det(M)^{2n} = Π_{s<n} C(k + 2s, k) / C(d + 2s, k)`` over O(d), and
``E |det M|^{2n} = Π_{s<n} C(k + s, k) / C(d + s, k)`` over U(d),

for every d ≥ k: 1/C(d, k) for n = 1.
"""

from __future__ import annotations

import sympy as sp

from weingarten.costs import PredictedCost
from weingarten.errors import InvalidInputError
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.factors import DeterminantSign
from weingarten.networks.shapes import shape_of
from weingarten.networks.slots import Integral, Job

__all__ = ["METHOD"]


def _offer(job: Job) -> Offer | None:
    if not job.minors:
        return None
    return Offer(lambda: PredictedCost(1e-4), lambda: _average(job), settles=True)


def _average(job: Job) -> Integral:
    powers = {DeterminantSign(part): power for part, power in job.determinants}
    first = next(iter(powers))
    pair = {first, first.conjugate()}
    if job.components or not powers.keys() <= pair:
        raise InvalidInputError(
            "expr",
            "must have powers of one minor of symbolic size, and nothing else of its matrix",
            sp.Mul(*(sp.Determinant(part) ** power for part, power in job.determinants)),
            "use a minor of integer size",
        )
    if job.haar.is_real_matrix:
        half, odd = divmod(powers[first], 2)
        step = 2
    else:
        half, other = (powers.get(item, 0) for item in (first, first.conjugate()))
        odd, step = half - other, 1
    if odd:
        return Integral({})
    k, d = shape_of(first.haar)[0], job.dimension
    value = sp.S.One
    for shift in range(0, step * half, step):
        above = sp.binomial(k + shift, k) if shift else sp.S.One
        value *= above / sp.binomial(d + shift, k)
    return Integral({frozenset(): {value: job.at.coefficient(1)}})


METHOD = Method(
    name="minors",
    words="moments of the determinant of a matrix-variate beta law",
    offer=_offer,
    preference=5,
    groups=frozenset({"O", "U"}),
    minors=True,
)
