r"""Weingarten functions of an ensemble: one value, a whole table, sums of them.

For two ways to join 2n slots (pairings for the orthogonal group, bijections of plain with
conjugated slots for the unitary one) of type μ |- n,

``Wg(μ; d) = α^{l(μ)} z_μ Σ_λ θ^λ_μ / (j_λ C_λ(d))``,

with the Jack characters θ and norms j at the α of the ensemble, and its contents in C_λ
(:mod:`weingarten.ensembles.base`). For a symbolic d all λ |- n contribute and the result holds from
a least d on; for an integer d the sum runs over the λ with C_λ(d) ≠ 0 (for O and U those
with l(λ) ≤ d), which is the pseudo-inverse of the Gram matrix.

References: B. Collins & P. Śniady, Comm. Math. Phys. 264 (2006) 773; B. Collins & S. Matsumoto,
J. Math. Phys. 50 (2009) 113516; B. Collins & S. Matsumoto, ALEA 14 (2017) 631.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm, prod
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.calculus.set_partition_functions import as_two_set_partitions, permutation_wg
from weingarten.calculus.set_partition_tables import SetPartitionTable
from weingarten.calculus.weingarten_tables import WeingartenTable
from weingarten.characters.jack import character_vector, jack_norm
from weingarten.characters.tables import character_rows, character_table
from weingarten.coerce import as_integer, as_partition
from weingarten.combinatorics.partitions import (
    Partition,
    class_scale,
    partitions_of,
)
from weingarten.costs import table_seconds, value_seconds
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.family import as_ensemble
from weingarten.ensembles.other_laws import PERMUTATION
from weingarten.exact.dimension import Dimension, Exact, exact_to_sympy
from weingarten.exact.rational import (
    IntegerMatrix,
    RationalFunction,
    common_shifts,
    weighted_cofactors,
)

__all__ = [
    "spherical_sum",
    "spherical_table",
    "spherical_weights",
    "wg",
    "wg_table",
    "wg_validity",
]


# the same for every sum of this order
@lru_cache(maxsize=64)
def _inverse_norms(n: int, alpha: int) -> tuple[tuple[int, ...], int]:
    """Return integers proportional to 1/j_λ for every λ |- n, and the number to divide by."""
    norms = [jack_norm(shape, alpha) for shape in partitions_of(n)]
    scale = lcm(*norms)
    return tuple(scale // norm for norm in norms), scale


# the same for every sum of this order
@lru_cache(maxsize=64)
def _denominators(n: int, ensemble: Ensemble) -> tuple[dict[int, int], ...]:
    """Return C_λ as the multiset of contents of λ, for every λ |- n."""
    multisets = []
    for shape in partitions_of(n):
        multiset: dict[int, int] = {}
        for c in ensemble.contents(shape):
            multiset[c] = multiset.get(c, 0) + 1
        multisets.append(multiset)
    return tuple(multisets)


def _admitted(n: int, d: Dimension, ensemble: Ensemble) -> list[int]:
    """Return the positions of the λ |- n that contribute: C_λ(d) ≠ 0 (all for a symbolic d)."""
    shifts = enumerate(_denominators(n, ensemble))
    return [i for i, contents in shifts if not d.vanishes(contents)]


def _value(shifts: Mapping[int, int], d: int) -> int:
    return prod((d + c) ** m for c, m in shifts.items())


def spherical_sum(n: int, weights: Sequence[int], d: Dimension, ensemble: Ensemble) -> Exact:
    """Return Σ_λ weights[λ] / (j_λ C_λ(d)), cut as the ensemble says for an integer d.

    ``weights`` follows ``partitions_of(n)``. Since j_λ is the norm of the Jack polynomial J_λ,
    every average that the characters give is such a sum.
    """
    inverse_norms, scale = _inverse_norms(n, ensemble.alpha)
    denominators = _denominators(n, ensemble)
    terms = [
        (weights[i] * inverse_norms[i], denominators[i])
        for i in _admitted(n, d, ensemble)
        if weights[i]
    ]
    return d.sum_of(terms, scale)


def spherical_weights(counts: Mapping[Partition, int], ensemble: Ensemble) -> list[int]:
    """Return Σ_μ counts[μ] α^{l(μ)} z_μ θ^λ_μ over λ, for non-empty counts of partitions of one n.

    ``spherical_sum`` of these is Σ_μ counts[μ] Wg(μ; d).
    """
    alpha = ensemble.alpha
    types = [mu for mu, count in counts.items() if count]
    scales = [counts[mu] * class_scale(mu, alpha) for mu in types]
    rows = character_rows(sum(types[0]), types, alpha)
    return [
        sum(scale * theta for scale, theta in zip(scales, column, strict=True))
        for column in zip(*rows, strict=True)
    ]


def spherical_table(
    n: int, weights: Sequence[int], d: Dimension, ensemble: Ensemble
) -> Callable[[int], Exact]:
    """Return the sums Σ_λ θ^λ_μ weights[λ] / (j_λ C_λ) for all μ, as a lazy table.

    One product of the character table with a matrix (a vector, at an integer d) computes them; the
    function returned reduces the one at a position of ``partitions_of(n)``.
    """
    inverse_norms, scale = _inverse_norms(n, ensemble.alpha)
    denominators = _denominators(n, ensemble)
    table = character_table(n, ensemble.alpha)
    kept = _admitted(n, d, ensemble)
    common = common_shifts(denominators[i] for i in kept)
    if (at := d.integer) is not None:
        bottom = _value(common, at)
        column = [0] * len(weights)
        for i in kept:
            tick()
            column[i] = weights[i] * inverse_norms[i] * (bottom // _value(denominators[i], at))
        values = table @ IntegerMatrix.from_rows([[entry] for entry in column])
        return lambda i: Fraction(values.row(i)[0], scale * bottom)
    cofactors = weighted_cofactors(
        [weight * norm for weight, norm in zip(weights, inverse_norms, strict=True)],
        denominators,
        common,
    )
    numerators = table @ cofactors
    return lambda i: Fraction(1, scale) * RationalFunction(numerators.row(i), common)


# callers ask for the same function again, under other names of d
@lru_cache(maxsize=8192)
def _exact_wg(mu: Partition, d: Dimension, ensemble: Ensemble) -> Exact:
    characters = character_vector(mu, ensemble.alpha)
    scale = class_scale(mu, ensemble.alpha)
    weights = [scale * theta for theta in characters]
    return spherical_sum(sum(mu), weights, d, ensemble)  # type: ignore[arg-type]


@budgeted
def wg(
    coset_type: Sequence[Any],
    d: object,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    r"""Return the Weingarten function Wg(μ; d) of a group of matrices, exactly.

    For the orthogonal group it is the coefficient of two pairings (p, q) of coset type μ in
    ``E[W_{i1 j1} … W_{i2n j2n}] = Σ_{p,q} δ_p(i) δ_q(j) Wg(ct(p,q); d)``; for the unitary group
    that of two permutations, σ τ^{-1} of cycle type μ, in ``E[U_{i1 j1} … U_{in jn}
    conj(U_{i'1 j'1}) … conj(U_{i'n j'n})] = Σ_{σ,τ} [i = i'σ] [j = j'τ] Wg(σ τ^{-1}; d)``.

    Parameters
    ----------
    coset_type : sequence of int
        The partition μ of n, parts in any order: a coset type, for the unitary group a cycle
        type. ``()`` gives 1. For permutation matrices two set partitions of the same integers,
        such as ``(((0, 1), (2,)), ((0,), (1, 2)))``.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble: the orthogonal, unitary or symplectic group, a circular ensemble, or uniform
        permutation matrices (:mod:`weingarten.calculus.set_partition_functions`). For
        "Sp" and "CSE", ``d`` is the size 2m, and the value is that without the signs of the
        pairings, ``(-1)^n Wg^O(μ; -d)`` and ``(-1)^n Wg^O(μ; 1-d)``
        (:mod:`weingarten.ensembles.symplectic_group` writes the signs down); for "COE" it is
        ``Wg^O(μ; d+1)``.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        For an integer d a rational number, the entry of the Moore–Penrose pseudo-inverse of the
        Gram matrix (also for small d, where the symbolic formula may have poles); for permutation
        matrices at d < n of another generalised inverse, which gives the same averages. For a
        symbolic d a rational function in factored form, which holds from a least d on
        (:func:`wg_validity`).

    Raises
    ------
    InvalidInputError
        If ``coset_type`` is no partition, ``d`` no positive integer or symbolic expression, or
        ``group`` is unknown.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Notes
    -----
    The zonal formula (Collins & Matsumoto 2009), at α = 1 for the unitary group (Collins &
    Śniady 2006), with characters by box removal (:mod:`weingarten.characters.jack`).

    Examples
    --------
    >>> import sympy
    >>> d = sympy.Symbol("d")
    >>> wg((2, 1), d)
    -1/(d*(d - 2)*(d - 1)*(d + 4))
    >>> wg((2, 1), 3), wg((2, 1), 2)
    (-1/42, 1/72)
    >>> wg((2, 1), d, group="U")
    -1/((d - 2)*(d - 1)*(d + 1)*(d + 2))
    >>> wg((2,), d, group="Sp"), wg((2,), d, group="COE")
    (1/(d*(d - 2)*(d + 1)), -1/(d*(d + 1)*(d + 3)))
    """
    if group == PERMUTATION.group:
        pair = as_two_set_partitions(coset_type, "coset_type")
        return permutation_wg(*pair, PERMUTATION.dimension(d))
    ensemble = as_ensemble(group, PERMUTATION.group)
    mu, dimension = as_partition(coset_type), ensemble.dimension(d)
    foresee(f"wg({mu})", value_seconds(sum(mu)))
    return exact_to_sympy(_exact_wg(mu, Dimension.of(dimension), ensemble), dimension)


def wg_validity(coset_type: Sequence[Any], d: object, *, group: str = "O") -> sp.Basic:
    """Return the condition under which the symbolic ``wg(coset_type, d, group=group)`` holds.

    For O and U it is d ≥ n, for Sp and CSE d ≥ 2n, for COE d ≥ n - 1, for permutation matrices
    d ≥ n for n factors. Below, the Gram matrix is singular; pass the integer d itself to :func:`wg`
    there.

    Examples
    --------
    >>> import sympy
    >>> wg_validity((2, 1), sympy.Symbol("d"))
    d >= 3
    """
    if group == PERMUTATION.group:
        pi, _ = as_two_set_partitions(coset_type, "coset_type")
        return sp.Ge(sp.sympify(PERMUTATION.dimension(d)), max(sum(map(len, pi)), 1))
    ensemble = as_ensemble(group, PERMUTATION.group)
    least = ensemble.holds_from(sum(as_partition(coset_type)))
    return sp.Ge(sp.sympify(ensemble.dimension(d)), least)


@budgeted
def wg_table(
    n: int, d: object, *, group: str = "O", max_cost: float | Budget | None = DEFAULT_MAX_COST
) -> WeingartenTable:
    r"""Return all Weingarten functions of the partitions of ``n`` as a lazy mapping.

    Parameters
    ----------
    n : int
        A non-negative integer; moments of degree 2n need this table.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble, as for :func:`wg`; for permutation matrices n is the number of factors, and
        the keys are pairs of set partitions of 0, …, n-1.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    WeingartenTable
        A mapping from coset or cycle types (tuples of int) to SymPy expressions as :func:`wg`
        gives them.

    Raises
    ------
    InvalidInputError
        If ``n`` is negative or no integer, ``d`` is out of its domain, or ``group`` is unknown.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> import sympy
    >>> table = wg_table(2, sympy.Symbol("d"))
    >>> dict(table)
    {(2,): -1/(d*(d - 1)*(d + 2)), (1, 1): (d + 1)/(d*(d - 1)*(d + 2))}
    >>> table.validity
    d >= 2
    >>> dict(wg_table(2, sympy.Symbol("d"), group="U"))
    {(2,): -1/(d*(d - 1)*(d + 1)), (1, 1): 1/((d - 1)*(d + 1))}
    """
    if group == PERMUTATION.group:
        return SetPartitionTable(as_integer(n, "n", minimum=0), PERMUTATION.dimension(d))
    ensemble = as_ensemble(group, PERMUTATION.group)
    size, dimension = as_integer(n, "n", minimum=0), ensemble.dimension(d)
    foresee(f"wg_table({size})", table_seconds(size))
    ones = [1] * len(partitions_of(size))
    row = spherical_table(size, ones, Dimension.of(dimension), ensemble)

    def value(i: int, mu: Partition) -> sp.Expr:
        return exact_to_sympy(class_scale(mu, ensemble.alpha) * row(i), dimension)

    return WeingartenTable(size, dimension, value, ensemble.group)
