"""The isometry gap over depth: conservation, the paper's bound, Gaussian weights, and prediction.

φ(X) is the symbol ``phi``; m is the mean eigenvalue of G, 1 from the first layer on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.laws.common.power_sums import monomial
from bn_theory.laws.common.sphere_means import chi_square_log, mean_log_ratio
from bn_theory.laws.contraction.derive import contraction_seconds, trace_series
from bn_theory.laws.contraction.derive_depth import products, recursion_seconds
from bn_theory.notation import CONSTANT, DEPTH, GAP, LAYER, MEAN, RUNNING
from weingarten.budget import DEFAULT_MAX_COST, budgeted, foresee
from weingarten.coerce import as_integer, refuses_text
from weingarten.combinatorics.partitions import Partition
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension, exact_to_sympy
from weingarten.exact.rational import linear_combination

__all__ = [
    "TAKEN",
    "corner_log_det",
    "gap_bound",
    "gap_recursion",
    "gap_series",
    "gap_telescoping",
    "gaussian_step",
    "last_terms",
    "near_gaps",
    "near_terms",
    "predicted_gaps",
]

#: What layer l takes off the gap on average, a function of l.
TAKEN = sp.Function("D")


def gap_telescoping(d: int | sp.Expr) -> sp.Expr:
    """Return φ(X_L) + Σ_l (1/d) Σ_j log(1/a_j^(l)), the same in every draw and at any depth.

    A layer divides det G by Π a_j and sets the mean eigenvalue to 1, so φ changes by
    (1/d) Σ log a_j - log m with m = 1 from the second layer on: the sum of both stays what it was.

    Examples
    --------
    >>> gap_telescoping(sp.Symbol("d"))
    phi - log(m)
    """
    log_det, log_scales = sp.symbols("x y")
    phi, m = GAP, MEAN
    conserved = -(log_det - log_scales) / d - log_scales / d
    before = sp.solve(sp.Eq(phi, -log_det / d + sp.log(m)), log_det)[0]
    return sp.expand(sp.expand(conserved).subs(log_det, before))


def gap_bound(d: int | sp.Expr) -> sp.Expr:
    """Return the bound of Meterez et al. on E φ(X_L): φ e^(-L/k), k = C d² (1 + d φ).

    Examples
    --------
    >>> gap_bound(sp.Symbol("d"))
    phi*exp(-L/(C*d**2*(d*phi + 1)))
    """
    phi, layers, constant = GAP, DEPTH, CONSTANT
    return phi * sp.exp(-layers / (constant * d**2 * (1 + d * phi)))


@refuses_text("d")
def gaussian_step(d: int | sp.Expr, depth: int = 1) -> sp.Expr:
    """Return E[φ(X') | X] for Gaussian weights and n = d, or that after several layers.

    A Gaussian row is a uniform direction times an independent χ_d, so E log a_j gains E log χ²_d;
    by Bartlett's decomposition det W Wᵀ is a product of independent χ²_1, …, χ²_d (the scale of the
    weights cancels). Each layer adds the same, less what normalisation takes off, D.
    """
    i = RUNNING
    added = chi_square_log(d) - sp.Sum(chi_square_log(i), (i, 1, d)) / d
    if depth == 1:
        return GAP + mean_log_ratio(d) + added
    return GAP + depth * added - sp.Sum(TAKEN(LAYER), (LAYER, 1, depth))


def corner_log_det(d: int | sp.Expr, features: int | sp.Expr) -> sp.Expr:
    """Return E log det B Bᵀ for the d×d corner B of a Haar matrix of O(features).

    A Gaussian d×features matrix is L W with L lower triangular and W the first rows of a Haar
    matrix, so its first d columns are L B: a square Gaussian matrix. Hence log det B Bᵀ is on
    average the difference of two Wishart determinants, each a product of independent χ² (Bartlett).

    Examples
    --------
    >>> corner_log_det(1, 2).evalf(6), sp.N(-2 * sp.log(2), 6)
    (-1.38629, -1.38629)
    """
    i = RUNNING
    return sp.Sum(chi_square_log(i) - chi_square_log(features - d + i), (i, 1, d))


@budgeted
def gap_series(
    d: int | sp.Expr, order: int, *, max_cost: float | None = DEFAULT_MAX_COST
) -> sp.Expr:
    """Return E φ(X') near isometry, with Δ = G/m - I, up to a total degree in Δ.

    φ(X') = Σ_{k≥2} (-1)^k tr Δ'^k/(k d), averaged term by term.

    Examples
    --------
    >>> gap_series(sp.Symbol("d"), 2)
    t2/(2*(d + 2))
    """
    dimension = Dimension.of(d)
    total: dict[Partition, sp.Expr] = {}
    for k in range(2, order + 1):
        weight = sp.Rational((-1) ** k, k)
        for nu, coefficient in trace_series((k,), order, dimension).items():
            term = weight / d * linear_combination([(coefficient, sp.Integer(1))], sp.sympify(d))
            total[nu] = total.get(nu, sp.Integer(0)) + term
    return sp.Add(*(sp.factor(c) * monomial(nu) for nu, c in total.items()))


def gap_recursion(d: int, order: int) -> tuple[tuple[Partition, ...], npt.NDArray[np.float64]]:
    """Return the products Π tr Δ^{ν_j} of degree 2 … order, and the matrix that one layer applies.

    Products of degree N average to products of degree ≥ N, so up to any degree the recursion
    closes: row ν holds the mean of product ν of the next layer in the products of this one.

    Examples
    --------
    >>> names, matrix = gap_recursion(4, 3)
    >>> names, matrix.round(4).tolist()
    (((2,), (3,)), [[0.6667, -0.3333], [0.0, 0.3333]])
    """
    foresee(f"the recursion to order {order}", contraction_seconds((2,), order))
    foresee(f"the recursion to order {order}", recursion_seconds(order))
    names = products(order)
    matrix = np.zeros((len(names), len(names)))
    column = {nu: i for i, nu in enumerate(names)}
    for row, nu in enumerate(names):
        for target, coefficient in trace_series(nu, order, Dimension(d)).items():
            matrix[row, column[target]] = float(exact_to_sympy(coefficient, d))
    return names, matrix


@budgeted
def predicted_gaps(
    eigenvalues: Sequence[float],
    depth: int,
    *,
    order: int = 6,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> npt.NDArray[np.float64]:
    """Return E φ(X_l) for l = 0 … depth near isometry, by the recursion up to a total degree.

    Parameters
    ----------
    eigenvalues : sequence of float
        Of G_0, all within a factor of 2 of their mean.
    depth : int
    order : int
        Highest degree in Δ that is kept.
    max_cost : float or None, optional
        Seconds after which CostLimitError is raised (before, if predicted); None for no limit.

    Returns
    -------
    ndarray of shape (depth + 1,)

    Raises
    ------
    InvalidInputError
        If some eigenvalue is 0 or at least twice the mean: the series diverges there.

    Examples
    --------
    >>> gaps = predicted_gaps([1.1, 1.0, 1.0, 0.9], depth=2)
    >>> [f"{gap:.4e}" for gap in gaps]
    ['2.5126e-03', '1.6774e-03', '1.1194e-03']
    """
    layers, degree = as_integer(depth, "depth", minimum=0), as_integer(order, "order", minimum=2)
    values = np.asarray(eigenvalues, dtype=float)
    deviations = values / values.mean() - 1
    if not np.all(np.abs(deviations) < 1):
        raise InvalidInputError(
            "eigenvalues",
            "must lie strictly between 0 and twice their mean",
            float(values[np.argmax(np.abs(deviations))]),
            "sample networks instead: bn_theory.networks.simulate",
        )
    return near_gaps(deviations, layers, degree)[0]


def near_gaps(
    deviations: npt.NDArray[np.float64], depth: int, order: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return E φ(X_l) for l = 0 … depth by the recursion, and what the last degrees add to each.

    Parameters
    ----------
    deviations : ndarray of shape (d,)
        λ_i/m - 1 of G_0, all below 1 in size.
    depth, order : int

    Returns
    -------
    gaps, rests : ndarray of shape (depth + 1,)
        The rest is an estimate of what is left out, see :func:`last_terms`.

    Examples
    --------
    >>> gaps, rests = near_gaps(np.array([0.1, -0.1, 0.0]), 2, 4)
    >>> gaps.round(7).tolist(), rests.round(7).tolist()
    ([0.0033501, 0.0020129, 0.0012089], [0.0, 1.43e-05, 9.9e-06])
    """
    terms = near_terms(deviations, depth, order)
    gaps, rests = terms.sum(axis=1), last_terms(terms, float(np.max(np.abs(deviations))))
    # the input is known
    gaps[0], rests[0] = float(np.mean(deviations - np.log1p(deviations))), 0.0
    return gaps, rests


def near_terms(
    deviations: npt.NDArray[np.float64], depth: int, order: int
) -> npt.NDArray[np.float64]:
    """Return what each degree 2, …, order adds to E φ(X_l) for l = 0 … depth.

    Examples
    --------
    >>> near_terms(np.array([0.1, -0.1, 0.0]), 1, 3).round(7).tolist()
    [[0.0033333, 0.0], [0.002, 0.0]]
    """
    width = len(deviations)
    names, matrix = gap_recursion(width, order)
    traces = {k: float(np.sum(deviations**k)) for k in range(2, order + 1)}
    start = np.array([np.prod([traces[part] for part in nu]) for nu in names])
    row = np.array([(-1) ** nu[0] / (nu[0] * width) if len(nu) == 1 else 0.0 for nu in names])
    degrees = np.array([sum(nu) for nu in names])
    terms = []
    for _ in range(depth + 1):
        terms.append([float(np.sum((row * start)[degrees == k])) for k in range(2, order + 1)])
        row = row @ matrix
    return np.array(terms)


def last_terms(terms: npt.NDArray[np.float64], largest: float) -> npt.NDArray[np.float64]:
    """Estimate what is left out: a geometric series from the last term on, or the one before.

    Each degree is at most about the largest deviation ρ < 1 times the one before; the last term
    that is kept counts too, since some vanish or are small by chance.

    Examples
    --------
    >>> last_terms(np.array([[1.0, 0.01], [1.0, 0.5]]), 0.2).tolist()
    [0.25, 0.625]
    """
    sizes = np.abs(terms[:, -2:])
    weights = [largest, 1.0] if sizes.shape[1] > 1 else [largest]
    return np.max(sizes * weights, axis=1, initial=0.0) / (1 - largest)
