r"""The QR (Wick) formula: the whole moment from one product of polynomials, one per row.

Let X = O R be Gaussian. The last column is ``R_QQ O_Q = X_Q - Σ_k R_kQ O_k`` with R_kQ ~ N(0,1)
independent of the columns O_k before it, so in any polynomial average X_Q + Σ_k t_kQ O_k with
``t = iy``, y ~ N(0,1), may stand for R_QQ O_Q: the Gaussians R_kQ + iy integrate to zero. Doing
this for every column from the last to the first leaves, for each row of O, a Gaussian moment with
covariance S = TᵀT, T = (1-t)^{-1}, t strictly upper triangular:

``E Π O_ij^{M_ij} = 𝓛[ Π_i f_i(t) ]``, f_i(t) the moment ``E Π_j x_j^{M_ij}``, x ~ N(0, S),
``𝓛[Π t_kj^{K_kj}] = Π_{k<j} [K_kj even] (-1)^{K_kj/2} (K_kj-1)!! / Π_q P_q(a_q)``,
``2a_q = Σ_i M_iq + Σ_{j>q} K_qj``.

The parities of the exponents grade the products: only even exponents survive 𝓛, so the last
product needs only the matching classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import comb, log, prod
from typing import Any

from weingarten.budget import foresee
from weingarten.costs import PredictedCost
from weingarten.exact.rational import polynomial_ring
from weingarten.moments.expansion import (
    Expansion,
    double_factorial,
    from_expansion,
    wick_sign,
)
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.moments.work_sizes import column_sums, exp_of, log_monomials, reading_seconds

__all__ = [
    "METHOD",
    "Graded",
    "compositions",
    "even_product",
    "graded_product",
    "qr_expansion",
    "row_polynomial",
    "wick_average",
    "wick_choices",
]

#: Memory of one term of a polynomial.
TERM_MEGABYTES = 2e-4
#: A polynomial in the t_kj, split by the parities of its exponents.
Graded = dict[tuple[int, ...], Any]


# every row and every state has the same few powers
@lru_cache(maxsize=4096)
def wick_choices(power: int, columns: int) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Return how ``(x + Σ_k t_k O_k)^power`` integrates over x ~ N(0,1).

    Each choice is (powers e_k of t_k O_k, coefficient); an even power is left for x.

    Examples
    --------
    >>> wick_choices(2, 1)
    (((0,), 1), ((2,), 1))
    """
    return tuple(
        (exponents, comb(power, total) * double_factorial(power - total - 1) * multinomial)
        for total in range(power % 2, power + 1, 2)
        for exponents, multinomial in compositions(total, columns)
    )


def compositions(total: int, parts: int) -> Iterable[tuple[tuple[int, ...], int]]:
    """Yield the ordered sums that make ``total``, each with its multinomial coefficient."""
    if parts == 0:
        if total == 0:
            yield (), 1
        return
    if parts == 1:
        yield (total,), 1
        return
    for first in range(total + 1):
        for rest, multinomial in compositions(total - first, parts - 1):
            yield (first, *rest), comb(total, first) * multinomial


def qr_expansion(powers: PowerMatrix) -> Expansion:
    """Return the moment of a matrix with even row and column sums.

    Examples
    --------
    >>> qr_expansion(((1, 1), (1, 1)))
    {(2, 1): -1}
    """
    halves = []
    for rows in (powers[::2], powers[1::2]):
        product = None
        for row in rows:
            factor = row_polynomial(row)
            product = factor if product is None else graded_product(product, factor)
            terms = sum(map(len, product.values()))
            foresee("a moment by 'qr'", 0.0, TERM_MEGABYTES * terms)
        if product is not None:
            halves.append(product)
    whole = even_product(*halves) if len(halves) == 2 else next(iter(halves[0].values()))
    expansion: Expansion = {}
    wick_average(whole, [sum(column) for column in zip(*powers, strict=True)], (), expansion)
    return expansion


# a matrix has equal rows, and other matrices have the same ones
@lru_cache(maxsize=512)
def row_polynomial(row: tuple[int, ...]) -> Graded:
    """Return the Gaussian moment f(t) of one row of powers.

    The exponents are those of t_kj for j from the last column down and k = 0 … j-1 within each.
    """
    terms: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {(row, ()): 1}
    for j in range(len(row) - 1, 0, -1):
        expanded: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        for (left, exponents), coefficient in terms.items():
            for choice, weight in wick_choices(left[j], j):
                key = (
                    tuple(a + b for a, b in zip(left, choice, strict=False)),
                    exponents + choice,
                )
                expanded[key] = expanded.get(key, 0) + coefficient * weight
        terms = expanded
    ring = polynomial_ring(comb(len(row), 2))
    classes: dict[tuple[int, ...], dict[tuple[int, ...], int]] = {}
    for ((power,), exponents), coefficient in terms.items():
        if power % 2 == 0:
            parities = tuple(e % 2 for e in exponents)
            classes.setdefault(parities, {})[exponents] = coefficient * double_factorial(power - 1)
    return {parities: ring.from_dict(part) for parities, part in classes.items()}


def graded_product(left: Graded, right: Graded) -> Graded:
    """Return the product of two graded polynomials."""
    product: Graded = {}
    for a, f in left.items():
        for b, g in right.items():
            parities = tuple(i ^ j for i, j in zip(a, b, strict=True))
            known = product.get(parities)
            product[parities] = f * g if known is None else known + f * g
    return product


def even_product(left: Graded, right: Graded) -> Any:
    """Return the part of a product in which every exponent is even, all that 𝓛 sees.

    It is not empty for a matrix with even row and column sums: as d → ∞ all pairs of pairings of
    the leading order carry the same sign, so no such moment vanishes.
    """
    first, *rest = (f * right[parities] for parities, f in left.items() if parities in right)
    return sum(rest, first)


def wick_average(
    product: Any, sums: list[int], done: tuple[int, ...], expansion: Expansion
) -> None:
    """Add 𝓛[product] to an expansion.

    Parameters
    ----------
    product : polynomial
        Product of the row polynomials, its even part.
    sums : list of int
        Column sums c_q of the powers the rows came from.
    done : tuple of int
        Exponents a_q of columns further right that were integrated before.
    expansion : dict
        Changed in place.
    """
    columns = len(sums)
    sources = [k for j in range(columns - 1, 0, -1) for k in range(j)]
    fed_by = [[v for v, k in enumerate(sources) if k == column] for column in range(columns)]
    signs = _wick_signs(2 * sum(sums))
    for monomial, coefficient in zip(product.monoms(), product.coeffs(), strict=True):
        exponents = [*map(int, monomial)]
        key = tuple(
            [
                (total + sum([exponents[v] for v in fed])) // 2
                for total, fed in zip(sums, fed_by, strict=True)
            ]
        )
        weight = int(coefficient) * prod([signs[e] for e in exponents])
        expansion[key + done] = expansion.get(key + done, 0) + weight


# a list that all moments of this degree use
@lru_cache(maxsize=64)
def _wick_signs(largest: int) -> list[int]:
    return [0 if power % 2 else wick_sign(power) for power in range(largest + 1)]


def _cost(job: MomentJob) -> PredictedCost:
    powers = job.plain
    columns = len(powers[0])
    size = log_monomials(column_sums(powers))
    terms = exp_of(size - (columns - 3) * log(5))
    # in three variables the powers get high, and a product meets most pairs of terms
    pairs = 2e-11 * terms * terms if columns == 3 else 0.0
    return PredictedCost(
        2e-4 * len(set(powers)) + 1.6e-6 * terms + pairs + reading_seconds(size), 2e-4 * terms
    )


METHOD = MomentMethod(
    name="qr",
    words="Gaussian matrices are O·R: one product of polynomials, one per row",
    cost=_cost,
    value=from_expansion(qr_expansion),
    preference=20,
)
