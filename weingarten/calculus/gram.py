"""The Gram matrix d^loops(p, q) of ways to join slots and its exact (pseudo-)inverse.

This is the definition of the Weingarten function (Collins and Śniady 2006), kept as the slow oracle
for the fast engine, with which it shares no algorithm: no characters, entries are counted over
pairings or permutations by brute force, and a linear system is solved.

Matrices indexed by pairings whose entries depend only on the coset type form a commutative algebra
of dimension p(n), the number of partitions of n; so do those indexed by permutations whose entries
depend only on the cycle type of σ^{-1} τ. The Gram matrix lies in it, so its inverse does, and the
system to be solved is p(n) x p(n), whatever the number of pairings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.polys.matrices import DomainMatrix

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.calculus.set_partition_gram import (
    gram_of_set_partitions,
    inverse_gram_of_set_partitions,
    set_partition_seconds,
)
from weingarten.coerce import as_integer
from weingarten.combinatorics.joins import Joins
from weingarten.combinatorics.pairing_tables import pairing_signs
from weingarten.combinatorics.partitions import Partition, partition_index, partitions_of
from weingarten.costs import number_of_partitions
from weingarten.ensembles.base import Ensemble
from weingarten.ensembles.family import as_ensemble
from weingarten.ensembles.other_laws import PERMUTATION
from weingarten.exact.rational import RationalFunction

__all__ = ["gram_inverse", "gram_inverse_by_type", "gram_matrix", "gram_products"]

_VARIABLE = sp.Symbol("d")


@budgeted
def gram_matrix(
    n: int,
    d: int | sp.Expr,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.ImmutableDenseMatrix:
    """Return the Gram matrix of pairings, or of permutations, with entries d^loops(p, q).

    loops(p, q) is the number of cycles of the union of the two pairings. Entry (p, q) is the inner
    product of the tensors Σ Π δ that p and q define in (R^d)^{⊗2n}; they are linearly independent
    exactly when d >= n. For the unitary group p and q are permutations, and the entry is
    d^cycles(p^{-1} q). For the symplectic group the entries carry signs: those of the tensors
    Π J_{ab} over the pairs a < b of p. For permutation matrices p and q are set partitions of n
    points, and the entry is d^blocks(p ∨ q).

    Parameters
    ----------
    n : int
        Number of pairs, at least 0.
    d : int or sympy.Expr
        Dimension: a positive integer, or an expression with symbols.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble, as for :func:`weingarten.wg`; for permutation matrices n is the number of
        factors.
    max_cost : float, Budget or None, optional
        Limit on the predicted time in seconds, reached between n = 5 (945² entries) and n = 6;
        ``None`` lifts it.

    Returns
    -------
    sympy.ImmutableDenseMatrix
        Symmetric, of order (2n-1)!!, rows and columns in the order of
        :func:`weingarten.pairings`; of order n! and in lexicographic order for the bijections of
        U(d); for permutation matrices of order B_n, the Bell number, in the order in which each
        point in turn joins the blocks there are, one after the other, and then opens one: for
        n = 2 ((0, 1),), ((0,), (1,)).

    Raises
    ------
    InvalidInputError
        If `n` or `d` is out of range, or `group` is unknown.
    CostLimitError
        If the predicted time exceeds `max_cost`.

    See Also
    --------
    gram_inverse : its exact inverse or pseudo-inverse.

    Examples
    --------
    >>> from sympy import Symbol
    >>> gram_matrix(2, Symbol("d"))
    Matrix([
    [d**2,    d,    d],
    [   d, d**2,    d],
    [   d,    d, d**2]])
    >>> gram_matrix(2, Symbol("d"), group="U")
    Matrix([
    [d**2,    d],
    [   d, d**2]])
    """
    if group == PERMUTATION.group:
        points, size = as_integer(n, "n", minimum=0), PERMUTATION.dimension(d)
        foresee(f"gram_matrix({points}, {size})", set_partition_seconds(points))
        return gram_of_set_partitions(points, size)
    ensemble = as_ensemble(group, PERMUTATION.group)
    order, dimension = as_integer(n, "n", minimum=0), ensemble.dimension(d)
    foresee(f"gram_matrix({order}, {dimension})", _matrix_seconds(order, ensemble.joins))
    values = {mu: ensemble.gram_entry(len(mu), order, dimension) for mu in partitions_of(order)}
    return _matrix_of(order, values, ensemble)


@budgeted
def gram_inverse(
    n: int,
    d: int | sp.Expr,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.ImmutableDenseMatrix:
    """Return the exact inverse of the Gram matrix, or its Moore–Penrose inverse if d < n.

    Its entries are the Weingarten functions Wg(coset_type(p, q); d), found here from their
    definition and by linear algebra alone: an oracle for :func:`~weingarten.wg`, which is much
    faster. For permutation matrices at d < n, :func:`~weingarten.wg` is another generalised inverse
    of the Gram matrix, which gives the same averages.

    Parameters
    ----------
    n : int
        Number of pairs, at least 0.
    d : int or sympy.Expr
        Dimension. For a positive integer the result is the inverse or, if d < n, where the Gram
        matrix is singular, the Moore–Penrose pseudo-inverse. For an expression with symbols it is
        the inverse over the rational functions, which holds at all integers d >= n.
    group : {"O", "U", "Sp", "COE", "CSE", "permutation"}, optional
        The ensemble, as for :func:`weingarten.wg`; for permutation matrices n is the number of
        factors.
    max_cost : float, Budget or None, optional
        Limit on the predicted time in seconds, reached between n = 5 (945² entries) and n = 6;
        ``None`` lifts it.

    Returns
    -------
    sympy.ImmutableDenseMatrix
        Rows and columns as in :func:`gram_matrix`.

    Raises
    ------
    InvalidInputError
        If `n` or `d` is out of range, or `group` is unknown.
    CostLimitError
        If the predicted time exceeds `max_cost`.

    See Also
    --------
    gram_inverse_by_type : the same without writing out the matrix, for larger n.

    Examples
    --------
    >>> from sympy import Symbol
    >>> gram_inverse(2, Symbol("d"))[0, 1]
    -1/(d*(d - 1)*(d + 2))
    >>> gram_inverse(2, 1)
    Matrix([
    [1/9, 1/9, 1/9],
    [1/9, 1/9, 1/9],
    [1/9, 1/9, 1/9]])
    """
    if group == PERMUTATION.group:
        points, size = as_integer(n, "n", minimum=0), PERMUTATION.dimension(d)
        foresee(f"gram_inverse({points}, {size})", set_partition_seconds(points))
        return inverse_gram_of_set_partitions(points, size)
    ensemble = as_ensemble(group, PERMUTATION.group)
    order, dimension = as_integer(n, "n", minimum=0), ensemble.dimension(d)
    foresee(f"gram_inverse({order}, {dimension})", _matrix_seconds(order, ensemble.joins))
    values = gram_inverse_by_type(order, dimension, group=group)
    return _matrix_of(order, values, ensemble)


@budgeted
def gram_inverse_by_type(
    n: int,
    d: int | sp.Expr,
    *,
    group: str = "O",
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> dict[Partition, sp.Expr]:
    """Return the entry of :func:`gram_inverse` for each coset or cycle type.

    Parameters
    ----------
    n, d, group
        As in :func:`gram_inverse`.
    max_cost : float, Budget or None, optional
        Limit on the predicted time in seconds, reached between n = 7 and n = 8; ``None`` lifts it.

    Returns
    -------
    dict
        From the partitions of n to SymPy expressions.

    Notes
    -----
    In the basis of coset-type indicators, multiplication by the Gram matrix is a matrix M of order
    p(n) and the unit matrix is the vector e of (1, ..., 1). If M is invertible, the result is the
    solution of M w = e. If not, M still is diagonalisable, and the Moore–Penrose inverse of the
    symmetric Gram matrix is its group inverse: with a full-rank factorisation M = B C,
    w = B (C B)^-2 C e.

    Examples
    --------
    >>> gram_inverse_by_type(3, 2)
    {(3,): -5/288, (2, 1): 1/72, (1, 1, 1): 11/144}
    """
    ensemble = as_ensemble(group)
    order, dimension = as_integer(n, "n", minimum=0), ensemble.dimension(d)
    foresee(f"gram_inverse_by_type({order}, {dimension})", _solve_seconds(order, ensemble.joins))
    types = partitions_of(order)
    if isinstance(dimension, int):
        weights = _pseudo_inverse(order, dimension, ensemble)
        return {
            mu: sp.Rational(w.numerator, w.denominator)
            for mu, w in zip(types, weights, strict=True)
        }
    inverse = _inverse(order, ensemble)
    return {mu: w.to_sympy(dimension) for mu, w in zip(types, inverse, strict=True)}


# the same for every dimension
@lru_cache(maxsize=16)
def gram_products(n: int, joins: Joins) -> tuple[tuple[Mapping[int, int], ...], ...]:
    """Count the terms of (Gram matrix) x (indicator of a type), for every pair of types.

    Entry ``[a][b][k]`` is the number of ways q with k loops with a fixed way p and of type b with
    r, where (p, r) is any pair of ways of type a.

    Examples
    --------
    >>> from weingarten.combinatorics.joins import PAIRINGS
    >>> gram_products(2, PAIRINGS)  # types (2,) and (1, 1)
    (({1: 1, 2: 1}, {1: 1}), ({1: 2}, {2: 1}))
    """
    table = joins.table(n)
    types = partitions_of(n)
    loops = np.array([len(mu) for mu in types])
    from_first = _types_with(table, table[0], n)
    products = []
    for number in range(len(types)):
        tick()
        row = table[int(np.argmax(from_first == number))]
        keys = _types_with(table, row, n) * (n + 1) + loops[from_first]
        counts = np.bincount(keys, minlength=len(types) * (n + 1)).reshape(len(types), n + 1)
        products.append(tuple({k: int(c) for k, c in enumerate(line) if c} for line in counts))
    return tuple(products)


def _inverse(n: int, ensemble: Ensemble) -> list[RationalFunction]:
    """Solve M w = e over the rational functions of d, by fraction-free elimination."""
    ring = sp.ZZ[_VARIABLE]
    entries = [
        ring.from_sympy(sp.expand(ensemble.gram_entry(k, n, _VARIABLE))) for k in range(n + 1)
    ]
    rows = [
        [sum((count * entries[k] for k, count in entry.items()), ring.zero) for entry in line]
        for line in gram_products(n, ensemble.joins)
    ]
    size = len(rows)
    unit = [[ring.one if number == size - 1 else ring.zero] for number in range(size)]
    numerators, denominator = DomainMatrix(rows, (size, size), ring).solve_den(
        DomainMatrix(unit, (size, 1), ring)
    )
    return [
        RationalFunction.from_sympy(ring.to_sympy(line[0]) / ring.to_sympy(denominator), _VARIABLE)
        for line in numerators.to_list()
    ]


def _pseudo_inverse(n: int, d: int, ensemble: Ensemble) -> list[sp.Rational]:
    """Return the group inverse of M applied to e, exactly, at an integer d."""
    entries = [int(ensemble.gram_entry(k, n, d)) for k in range(n + 1)]
    rows = [
        [sp.QQ(sum(count * entries[k] for k, count in entry.items())) for entry in line]
        for line in gram_products(n, ensemble.joins)
    ]
    matrix = DomainMatrix(rows, (len(rows), len(rows)), sp.QQ)
    reduced, pivots = matrix.rref()
    right = reduced.extract(list(range(len(pivots))), list(range(len(rows))))
    left = matrix.extract(list(range(len(rows))), list(pivots))
    core = right * left
    unit = right.extract(list(range(len(pivots))), [len(rows) - 1])
    solution = left * core.lu_solve(core.lu_solve(unit))
    return [sp.QQ.to_sympy(line[0]) for line in solution.to_list()]


def _types_with(table: NDArray[np.int8], row: NDArray[np.int8], n: int) -> NDArray[np.int64]:
    """Return the types of all ways in ``table`` with one, as numbers of partitions.

    Going along the pair of one pairing and then of the other returns to a point after half the
    length of its cycle of the union graph. The return times of one point of each pair tell the
    type: they are summed with weights that make the sum different for different types.
    """
    weights = np.array([0] + [(n + 1) ** (part - 1) for part in range(1, n + 1)])
    # flat indices into the table of steps, so that one take moves a point in every pairing
    offsets = (np.arange(len(table)) * (2 * n))[:, None]
    steps = (table[:, row] + offsets).ravel()
    starts = np.flatnonzero(row > np.arange(2 * n)) + offsets
    here, lengths = steps[starts], np.zeros(starts.shape, dtype=np.intp)
    for length in range(1, n + 1):
        lengths[(lengths == 0) & (here == starts)] = length
        here = steps[here]
    codes = weights[lengths].sum(axis=1)
    numbers = {
        sum(part * int(weights[part]) for part in mu): index
        for mu, index in partition_index(n).items()
    }
    known = np.array(sorted(numbers))
    return np.array([numbers[int(code)] for code in known])[np.searchsorted(known, codes)]


def _matrix_of(
    n: int, values: Mapping[Partition, sp.Expr], ensemble: Ensemble
) -> sp.ImmutableDenseMatrix:
    size, table = ensemble.joins.number(n), ensemble.joins.table(n)
    entries = [values[mu] for mu in partitions_of(n)]
    flat: list[sp.Expr] = []
    if ensemble.slope > 0:
        for row in table:
            tick()
            flat += [entries[number] for number in _types_with(table, row, n)]
        return sp.ImmutableDenseMatrix(size, size, flat)
    signs = pairing_signs(table).tolist()
    for row, sign in zip(table, signs, strict=True):
        tick()
        numbers = _types_with(table, row, n)
        flat += [sign * s * entries[k] for s, k in zip(signs, numbers, strict=True)]
    return sp.ImmutableDenseMatrix(size, size, flat)


def _matrix_seconds(n: int, joins: Joins) -> float:
    """Predict the time of writing out a matrix indexed by the ways."""
    return 3e-6 * joins.about(n) * joins.about(n)


def _solve_seconds(n: int, joins: Joins) -> float:
    """Predict the time of counting over all ways and of solving for the types."""
    types = number_of_partitions(n)
    return 1e-6 * types * joins.about(n) + 5e-4 * types * types * types
