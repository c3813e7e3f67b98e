r"""Closed forms for one and two columns (or rows), and the moments that vanish by parity.

One column: ``E Π O_i1^{m_i} = Π (m_i - 1)!! / P_1(Σ m_i / 2)``.

Two columns: the second is ``R_22 O_2 = X_2 + t O_1`` with X_2 Gaussian and t = iy, y ~ N(0,1),
which cancels the component of X_2 along O_1. Expanding in t,

``E = Σ_{K even} (-1)^{K/2} (K-1)!! [t^K] Π_i h_i(t) / (P_1((c_1+K)/2) P_2(c_2/2))``,
``h_i(t) = Σ_e C(m_i2, e) (m_i2-e-1)!! (m_i1+e-1)!! t^e``, e ≡ m_i1 ≡ m_i2 (mod 2),

with c_1, c_2 the column sums: one product of univariate polynomials with non-negative integer
coefficients. The special case of two rows of length two is the known integral over O_11, O_12,
O_21, O_22 (T. Banica, B. Collins, P. Zinn-Justin, IMRN 2009, 3286).
"""

from __future__ import annotations

from math import comb, prod

from weingarten.costs import PredictedCost
from weingarten.moments.expansion import Expansion, double_factorial, from_expansion, wick_sign
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix, has_odd_sum

__all__ = ["METHOD", "closed_expansion"]

MAX_COLUMNS = 2


def closed_expansion(powers: PowerMatrix) -> Expansion:
    """Return the moment of a matrix with at most two columns, or with an odd row or column sum.

    Examples
    --------
    >>> closed_expansion(((2,), (2,)))
    {(2,): 1}
    >>> closed_expansion(((1, 1), (1, 1)))
    {(2, 1): -1}
    """
    if has_odd_sum(powers):
        return {}
    if not powers:
        return {(): 1}
    sums = [sum(column) // 2 for column in zip(*powers, strict=True)]
    if len(sums) == 1:
        return {(sums[0],): prod(double_factorial(m - 1) for (m,) in powers)}
    product = {0: 1}
    for first, second in powers:
        product = _times(product, _row_polynomial(first, second))
    return {
        (sums[0] + power // 2, sums[1]): wick_sign(power) * coefficient
        for power, coefficient in product.items()
        if power % 2 == 0
    }


def _row_polynomial(first: int, second: int) -> dict[int, int]:
    return {
        e: comb(second, e) * double_factorial(second - e - 1) * double_factorial(first + e - 1)
        for e in range(second % 2, second + 1, 2)
    }


def _times(left: dict[int, int], right: dict[int, int]) -> dict[int, int]:
    product: dict[int, int] = {}
    for i, a in left.items():
        for j, b in right.items():
            product[i + j] = product.get(i + j, 0) + a * b
    return product


def _cost(job: MomentJob) -> PredictedCost | None:
    """Numbers of about half the degree in digits: one product of them, or a polynomial product."""
    powers = job.plain
    if len(powers[0]) > MAX_COLUMNS:
        return None
    half = sum(map(sum, powers)) / 2
    second = sum(row[1] for row in powers) / 2 if len(powers[0]) > 1 else 0.0
    writing = 1e-4 + 4e-5 * half + 1e-9 * half**2
    return PredictedCost(writing + (1e-6 * second + 5e-9 * second**2) * half, 1e-5 * second * half)


METHOD = MomentMethod(
    name="closed",
    words="closed forms for at most two nonzero rows or columns",
    cost=_cost,
    value=from_expansion(closed_expansion),
    preference=10,
    settles=True,
    requires="must have at most two nonzero rows or columns",
)
