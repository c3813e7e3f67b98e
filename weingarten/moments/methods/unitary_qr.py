r"""The QR (Wick) formula for the unitary group: one product of polynomials, one per row.

Let X = U R be complex Gaussian, E|X_ij|² = 1. The last column is ``R_QQ U_Q = X_Q - Σ_k R_kQ U_k``
with R_kQ complex normal and independent of the columns U_k before it, so in any polynomial average
``X_Q + Σ_k t_kQ U_k`` may stand for R_QQ U_Q and ``conj(X_Q) + Σ_k s_kQ conj(U_k)`` for its
conjugate, where t and s are formal variables with E t^K s^L = [K = L] (-1)^K K!: the R_kQ + t_kQ
integrate to zero. Doing this for every column from the last to the first leaves a complex Gaussian
moment for each row of U, and E R_qq^{2a} = P_q(a) = Π_{s<a} (d - q + 1 + s):

``E Π U_ij^{M_ij} conj(U_ij)^{N_ij} = 𝓛[ Π_i f_i(t, s) ]``,
``𝓛[Π t_kj^{K_kj} s_kj^{L_kj}] = Π_{k<j} [K = L] (-1)^{K_kj} K_kj! / Π_q P_q(a_q)``,
``a_q = Σ_i M_iq + Σ_{j>q} K_qj``.

A row polynomial is split by the differences K - L, so that only the exponents K are stored and the
last product needs only the classes that add up to zero.
"""

from __future__ import annotations

from math import comb, factorial, prod
from typing import Any

from weingarten.budget import foresee, tick
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Exact
from weingarten.exact.rational import polynomial_ring
from weingarten.moments.expansion import Expansion, expansion_value
from weingarten.moments.jobs import MomentJob
from weingarten.moments.methods.qr import TERM_MEGABYTES, compositions
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.moments.work_sizes import column_sums, exp_of, log_monomials

__all__ = ["METHOD", "unitary_qr_expansion"]

#: Polynomials in the t_kj by the differences of the exponents of t_kj and s_kj.
_Graded = dict[tuple[int, ...], Any]


def unitary_qr_expansion(powers: PowerMatrix, conjugated: PowerMatrix) -> Expansion:
    """Return a moment whose row sums and column sums agree in both matrices.

    Examples
    --------
    >>> unitary_qr_expansion(((1, 0), (0, 1)), ((0, 1), (1, 0)))
    {(2, 1): -1}
    """
    columns = len(powers[0])
    if columns == 1:
        return {(sum(map(sum, powers)),): prod(factorial(power) for (power,) in powers)}
    rows = [_row_polynomial(m, n) for m, n in zip(powers, conjugated, strict=True)]
    halves = [_product(half) for half in (rows[::2], rows[1::2]) if half]
    if len(halves) == 1:
        zero = (0,) * comb(columns, 2)
        whole = [halves[0][zero]] if zero in halves[0] else []
    else:
        left, right = halves
        whole = [
            f * right[opposite]
            for grade, f in left.items()
            if (opposite := tuple(-x for x in grade)) in right
        ]
    expansion: Expansion = {}
    sums = [sum(column) for column in zip(*powers, strict=True)]
    if whole:
        _average(sum(whole[1:], whole[0]), sums, expansion)
    return {key: value for key, value in expansion.items() if value}


def _row_polynomial(plain: tuple[int, ...], conjugated: tuple[int, ...]) -> _Graded:
    """Return the Gaussian moment of one row of powers."""
    Exponents = tuple[int, ...]
    terms: dict[tuple[Exponents, Exponents, Exponents, Exponents], int]
    terms = {(plain, conjugated, (), ()): 1}
    for j in range(len(plain) - 1, 0, -1):
        expanded: dict[tuple[Exponents, Exponents, Exponents, Exponents], int] = {}
        for (left, right, powers, grades), coefficient in terms.items():
            tick()
            m, n = left[j], right[j]
            for matched in range(min(m, n) + 1):
                ways = coefficient * comb(m, matched) * comb(n, matched) * factorial(matched)
                for one, some in compositions(m - matched, j):
                    for two, others in compositions(n - matched, j):
                        key = (
                            tuple(a + b for a, b in zip(left, one, strict=False)),
                            tuple(a + b for a, b in zip(right, two, strict=False)),
                            powers + one,
                            grades + tuple(a - b for a, b in zip(one, two, strict=True)),
                        )
                        expanded[key] = expanded.get(key, 0) + ways * some * others
        terms = expanded
    classes: dict[Exponents, dict[Exponents, int]] = {}
    for ((m,), (n,), powers, grades), coefficient in terms.items():
        if m == n:
            classes.setdefault(grades, {})[powers] = coefficient * factorial(m)
    ring = polynomial_ring(comb(len(plain), 2))
    return {grades: ring.from_dict(part) for grades, part in classes.items()}


def _product(factors: list[_Graded]) -> _Graded:
    product, *others = factors
    for factor in others:
        following: _Graded = {}
        for a, f in product.items():
            for b, g in factor.items():
                tick()
                grade = tuple(x + y for x, y in zip(a, b, strict=True))
                known = following.get(grade)
                following[grade] = f * g if known is None else known + f * g
        product = following
        foresee("a moment by 'qr'", 0.0, TERM_MEGABYTES * sum(map(len, product.values())))
    return product


def _average(product: Any, sums: list[int], expansion: Expansion) -> None:
    """Add 𝓛[product] to an expansion."""
    columns = len(sums)
    sources = [k for j in range(columns - 1, 0, -1) for k in range(j)]
    fed_by = [[v for v, k in enumerate(sources) if k == column] for column in range(columns)]
    weights = [(-1) ** power * factorial(power) for power in range(columns * sum(sums) + 1)]
    for monomial, coefficient in zip(product.monoms(), product.coeffs(), strict=True):
        exponents = [*map(int, monomial)]
        key = tuple(
            total + sum(exponents[v] for v in fed) for total, fed in zip(sums, fed_by, strict=True)
        )
        weight = int(coefficient) * prod(weights[e] for e in exponents)
        expansion[key] = expansion.get(key, 0) + weight


def _cost(job: MomentJob) -> PredictedCost:
    """Predict the time from the number of monomials."""
    both = zip(column_sums(job.plain), column_sums(job.conjugated), strict=True)
    size = log_monomials([(m + n) / 2 for m, n in both])
    return PredictedCost(5e-4 + 1.7e-6 * exp_of(1.25 * size))


def _value(job: MomentJob) -> Exact:
    return expansion_value(unitary_qr_expansion(job.plain, job.conjugated), job.d, 1)


METHOD = MomentMethod(
    name="qr",
    words="complex Gaussian matrices are U·R: one product of polynomials, one per row",
    cost=_cost,
    value=_value,
    preference=20,
    groups=frozenset({"U"}),
)
