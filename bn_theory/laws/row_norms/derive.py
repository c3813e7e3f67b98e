"""Moments of the entries of Ĝ = W G Wᵀ; its diagonal entries are the squared row norms a_j of W X.

Every function takes a symbolic or integer d and returns the statement, in the power sums
p_k = tr G^k, the central ones t_k = tr (G - m I)^k, or mean m and variance v of the spectrum.
Moments of a fixed order are asked of the engine as expressions in W and G; those of any order, or
with any indices, of its closed forms for conjugated matrices, which are several times quicker and
give a statement ordered by the classes of pairings.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import comb, prod
from typing import Any

import sympy as sp
from sympy import MatrixSymbol, Q, Trace
from sympy.matrices.expressions.matexpr import MatrixElement

from bn_theory.laws.common.asked import at_width
from bn_theory.laws.common.power_sums import monomial
from bn_theory.notation import INDICES, MEAN, VARIANCE, power_sum
from weingarten import HaarOrthogonal, covariance
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee, tick
from weingarten.characters.zonal_functions import power_sum_monomial
from weingarten.coerce import refuses_text
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.combinatorics.partitions import Partition
from weingarten.costs import number_of_partitions
from weingarten.errors import CostLimitError
from weingarten.exact.dimension import Dimension
from weingarten.exact.rational import linear_combination
from weingarten.moments.conjugation import (
    circuit_moment_terms,
    conjugation_moment,
    diagonal_moment,
    diagonal_moment_terms,
)

__all__ = [
    "gram_covariance",
    "gram_mean",
    "gram_moment",
    "in_mean_and_variance",
    "offdiagonal_second_moment",
    "row_norm_covariance",
    "row_norm_cumulant",
    "row_norm_joint",
    "row_norm_moment",
    "row_norm_variance",
]

_MOST_SYMBOLIC_FACTORS = 5


def in_mean_and_variance(expr: sp.Expr, d: int | sp.Expr) -> sp.Expr:
    """Rewrite a polynomial in p1 = tr G and p2 = tr G² by the mean m and the variance v.

    With d eigenvalues, p1 = d m and p2 = d (v + m²).

    Examples
    --------
    >>> d, p1, p2 = sp.symbols("d p1 p2")
    >>> in_mean_and_variance(p2 / d - p1**2 / d**2, d)
    v
    """
    p1, p2, m, v = power_sum(1), power_sum(2), MEAN, VARIANCE
    return sp.factor(expr.subs({p1: d * m, p2: d * (v + m**2)}))


def _covariance(first: tuple[int, int], second: tuple[int, int], d: int | sp.Expr) -> sp.Expr:
    """Return Cov(H_ij, H_kl) in d and v."""

    def ask(size: sp.Expr) -> sp.Expr:
        haar, gram = HaarOrthogonal("W", size), MatrixSymbol("G", size, size)
        one, two = (MatrixElement(haar * gram * haar.T, *pair) for pair in (first, second))
        found = covariance(one, two, Q.symmetric(gram))
        return found.xreplace({Trace(gram): power_sum(1), Trace(gram**2): power_sum(2)})

    return in_mean_and_variance(at_width(ask, d), d)


def row_norm_variance(d: int | sp.Expr) -> sp.Expr:
    """Return Var a_j = E Ĝ_11² - (E Ĝ_11)² in terms of d and v.

    Examples
    --------
    >>> row_norm_variance(sp.Symbol("d"))
    2*v/(d + 2)
    """
    return _covariance((0, 0), (0, 0), d)


def row_norm_covariance(d: int | sp.Expr) -> sp.Expr:
    """Return Cov(a_i, a_j) for i ≠ j in terms of d and v.

    Examples
    --------
    >>> row_norm_covariance(sp.Symbol("d"))
    -2*v/((d - 1)*(d + 2))
    """
    return _covariance((0, 0), (1, 1), d)


def offdiagonal_second_moment(d: int | sp.Expr) -> sp.Expr:
    """Return E Ĝ_ij² for i ≠ j, the squared overlap of two rows, in terms of d and v.

    Examples
    --------
    >>> offdiagonal_second_moment(sp.Symbol("d"))
    d*v/((d - 1)*(d + 2))
    """
    return _covariance((0, 1), (0, 1), d)


def row_norm_moment(d: int | sp.Expr, k: int) -> sp.Expr:
    """Return E a_j^k in the power sums of G.

    Examples
    --------
    >>> row_norm_moment(sp.Symbol("d"), 2)
    (p1**2 + 2*p2)/(d*(d + 2))
    """
    return diagonal_moment(k, d)


def row_norm_joint(d: int | sp.Expr, k: Sequence[int]) -> sp.Expr:
    """Return E a_1^{k_1} a_2^{k_2} ⋯ of different rows in the power sums of G.

    Examples
    --------
    >>> row_norm_joint(2, (1, 1))
    (3*p1**2 - 2*p2)/8
    """
    powers = [int(power) for power in k]
    indices = [(row, row) for row, power in enumerate(powers) for _ in range(power)]
    return conjugation_moment(indices, d)


@refuses_text("d")
@budgeted
def row_norm_cumulant(
    d: int | sp.Expr, k: int, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    """Return the cumulant κ_k of a_j, k ≥ 2, in the central power sums t_j of G.

    Cumulants from the second on do not change when a multiple of the identity is taken from G, so
    they follow from the moments of a traceless matrix:
    κ_k = μ_k - Σ_{0<j<k} C(k-1, j-1) κ_j μ_{k-j}.

    Examples
    --------
    >>> row_norm_cumulant(sp.Symbol("d"), 3)
    8*t3/(d*(d + 2)*(d + 4))
    """
    order, dimension = int(k), Dimension.of(d)
    foresee(f"the cumulant of order {order}", 2e-6 * number_of_partitions(order) ** 2)
    moments = [dict(diagonal_moment_terms(j, dimension, smallest_part=2)) for j in range(order + 1)]
    cumulants: list[dict[Partition, Any]] = [{}]
    for n in range(1, order + 1):
        total = dict(moments[n])
        for j in range(1, n):
            tick()
            for (nu, x), (mu, y) in product(cumulants[j].items(), moments[n - j].items()):
                key = tuple(sorted(nu + mu, reverse=True))
                lower = -comb(n - 1, j - 1) * (x * y)
                total[key] = total[key] + lower if key in total else lower
        cumulants.append({nu: c for nu, c in total.items() if c})
    return linear_combination(
        [(c, monomial(nu)) for nu, c in cumulants[order].items()], sp.sympify(d)
    )


def gram_moment(
    d: int | sp.Expr, indices: Sequence[tuple[int | sp.Symbol, int | sp.Symbol]]
) -> sp.Expr:
    """Return E Π Ĝ_{i_a j_a}, the indices being integers from 0 on or symbols for any index.

    Symbols may coincide in value: for them the result is
    ``Σ_p F(ct(p, p_0)) · Π δ`` over all pairings p of the indices, a Kronecker delta for each pair.

    Examples
    --------
    >>> i, j = sp.symbols("i j")
    >>> gram_moment(sp.Symbol("d"), [(i, j)])
    p1*KroneckerDelta(i, j)/d
    """
    labels = [label for pair in indices for label in pair]
    if all(not isinstance(label, sp.Expr) or label.is_Integer for label in labels):
        return conjugation_moment([(int(i), int(j)) for i, j in indices], d)
    if len(indices) > _MOST_SYMBOLIC_FACTORS:
        raise CostLimitError(
            "a moment with symbolic indices",
            prod(range(2 * len(indices) - 1, 1, -2)),
            prod(range(2 * _MOST_SYMBOLIC_FACTORS - 1, 1, -2)),
            "pairings",
            "pass integers as indices",
        )
    return sp.Add(*(_class_moment(mu, d) * sum_ for mu, sum_ in _deltas(indices).items()))


def _deltas(
    indices: Sequence[tuple[int | sp.Symbol, int | sp.Symbol]],
) -> dict[tuple[int, ...], sp.Expr]:
    """Return by coset type μ the sum of Π δ over the pairings of the indices of that type."""
    labels = [label for pair in indices for label in pair]
    joined = [(2 * a, 2 * a + 1) for a in range(len(indices))]
    sums: dict[tuple[int, ...], sp.Expr] = {}
    for pairing in pairings(len(indices)):
        product = sp.Mul(*(sp.KroneckerDelta(labels[a], labels[b]) for a, b in pairing))
        mu = tuple(coset_type(pairing, joined))
        sums[mu] = sums.get(mu, sp.Integer(0)) + product
    return sums


def _class_moment(mu: tuple[int, ...], d: int | sp.Expr) -> sp.Expr:
    """Return F(μ), the moment with each pair of some pairing of coset type μ on its own index."""
    terms = circuit_moment_terms({mu: 1}, Dimension.of(d))
    return linear_combination(
        [(coefficient, power_sum_monomial(nu)) for nu, coefficient in terms], sp.sympify(d)
    )


@refuses_text("d")
def gram_mean(d: int | sp.Expr) -> sp.Expr:
    """Return E Ĝ_ij for any indices i and j.

    Examples
    --------
    >>> gram_mean(sp.Symbol("d"))
    m*KroneckerDelta(i, j)
    """
    i, j, _, _ = index_symbols()
    return gram_moment(d, [(i, j)]).subs(power_sum(1), d * MEAN)


@refuses_text("d")
def gram_covariance(d: int | sp.Expr) -> sp.Expr:
    """Return Cov(Ĝ_ij, Ĝ_i'j') for any indices: one statement with Kronecker deltas.

    Examples
    --------
    >>> gram_covariance(2).subs({"i": 0, "j": 1, "i2": 0, "j2": 1})
    v/2
    """
    i, j, k, ell = index_symbols()
    mean = _class_moment((1,), d)
    disconnected: dict[tuple[int, ...], sp.Expr] = {(1, 1): mean**2}
    return sp.Add(
        *(
            in_mean_and_variance(_class_moment(mu, d) - disconnected.get(mu, 0), d) * deltas
            for mu, deltas in _deltas([(i, j), (k, ell)]).items()
        )
    )


def index_symbols() -> tuple[sp.Symbol, ...]:
    """Return the symbols for two pairs of rows."""
    return INDICES
