r"""Moments of the entries of H = W Λ Wᵀ, W Haar-distributed, as polynomials in p_k = tr Λ^k.

``E Π_a H_{i_a j_a} = Σ_p δ_p(i_1 j_1 … i_n j_n) F(ct(p, p_0))`` over the pairings p of the 2n
indices, p_0 pairing i_a with j_a, where the one-sided Weingarten sum is
diagonal in the zonal basis:

``F(μ) = Σ_q Wg(ct(p, q)) p_{ct(q, p_0)}(Λ) = 2^{l(μ)} z_μ Σ_λ θ^λ_μ Z_λ(Λ) / (j_λ C_λ(d))``.

So neither the (2n-1)!! pairings nor their square are ever listed: the compatible p are counted by
coset type (:mod:`weingarten.combinatorics.circuits`), and each coefficient is one sum over
partitions.

Reference: B. Collins & S. Matsumoto, J. Math. Phys. 50 (2009) 113516; I. G. Macdonald, Symmetric
Functions and Hall Polynomials, VII.2–4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import factorial, gcd

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee
from weingarten.calculus.weingarten_functions import spherical_table, spherical_weights
from weingarten.characters.zonal_functions import power_sum_dimension, power_sum_monomial
from weingarten.coerce import as_index, as_integer
from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.partitions import Partition, partitions_of, z_factor
from weingarten.costs import number_of_partitions, table_seconds
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.errors import InvalidInputError
from weingarten.exact.assembling import assemble
from weingarten.exact.dimension import Dimension, Exact, exact_to_sympy
from weingarten.exact.rational import linear_combination

__all__ = ["circuit_moment_terms", "conjugation_moment", "diagonal_moment", "diagonal_moment_terms"]

Pairs = tuple[tuple[int, int], ...]
Terms = tuple[tuple[Partition, Exact], ...]


@budgeted
def conjugation_moment(
    indices: Sequence[Sequence[int]],
    d: object,
    *,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    r"""Return E Π_a H_{i_a j_a} for H = W Λ Wᵀ with W Haar on O(d) and Λ a symmetric d×d matrix.

    Parameters
    ----------
    indices : sequence of pairs of int
        The index pairs (i_a, j_a), counted from 0; the empty sequence gives 1.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        A polynomial in the symbols ``p1``, ``p2``, … (p_k = tr Λ^k) with coefficients rational in
        d. For a symbolic d it holds for every integer d ≥ n, n the number of factors; an integer d
        is right down to d = 1.

    Raises
    ------
    InvalidInputError
        If an index is negative, not an integer, or not below an integer d; or a symbol in ``d`` is
        named like a power sum.
    CostLimitError
        If the predicted time exceeds ``max_cost``, or the indices have too many patterns.

    Examples
    --------
    >>> import sympy
    >>> d = sympy.Symbol("d")
    >>> conjugation_moment([(0, 0), (0, 0)], d)
    (p1**2 + 2*p2)/(d*(d + 2))
    >>> conjugation_moment([(0, 1), (0, 1)], d)
    (d*p2 - p1**2)/(d*(d - 1)*(d + 2))
    """
    dimension = power_sum_dimension(d)
    pairs = _as_pairs(indices, dimension)
    order = len(pairs)
    foresee(f"conjugation_moment of order {order}", 2 * table_seconds(order))
    terms = _terms(_canonical(pairs), Dimension.of(dimension))
    return linear_combination(
        [(coefficient, power_sum_monomial(nu)) for nu, coefficient in terms], sp.sympify(dimension)
    )


def _as_pairs(indices: object, dimension: int | sp.Expr) -> Pairs:
    constraint = "must be a sequence of pairs (i, j) of non-negative integers"
    remedy = "pass for instance [(0, 0), (0, 1)]"
    if isinstance(indices, str | bytes) or not isinstance(indices, Iterable):
        raise InvalidInputError("indices", constraint, indices, remedy)
    pairs = []
    for pair in indices:
        if isinstance(pair, str | bytes) or not isinstance(pair, Iterable):
            raise InvalidInputError("indices", constraint, pair, remedy)
        labels = tuple(as_index(label, "indices", dimension) for label in pair)
        if len(labels) != 2:
            raise InvalidInputError("indices", constraint, pair, remedy)
        pairs.append((labels[0], labels[1]))
    return tuple(pairs)


def _canonical(pairs: Pairs) -> Pairs:
    """Rename the indices by order of appearance: the mean depends on their coincidences only."""
    names = {label: i for i, label in enumerate(dict.fromkeys(i for pair in pairs for i in pair))}
    return tuple(sorted((names[i], names[j]) for i, j in pairs))


# callers ask for the same moment again, under other names of d
@lru_cache(maxsize=1024)
def _terms(pairs: Pairs, d: Dimension) -> Terms:
    """Return the non-zero coefficients of the power sum monomials p_ν."""
    return circuit_moment_terms(circuit_counts(pairs), d)


def circuit_moment_terms(
    counts: Mapping[Partition, int], d: Dimension, *, smallest_part: int = 1
) -> Terms:
    """Return Σ_μ counts[μ] F(μ) as non-zero coefficients of the power sum monomials p_ν.

    Parameters
    ----------
    counts : mapping from partition to int
        Partitions μ of one number, with how many pairings of each coset type occur, as
        :func:`weingarten.combinatorics.circuits.circuit_counts` returns; several moments may be
        added up.
    d : Dimension
    smallest_part : int, optional
        Leave out the ν with smaller parts: 2 for matrices without trace.

    Examples
    --------
    >>> circuit_moment_terms({(1, 1): 1, (2,): 2}, Dimension(3))
    (((2,), Fraction(2, 15)), ((1, 1), Fraction(1, 15)))
    """
    if not counts:
        return ()
    n = sum(next(iter(counts)))
    row = spherical_table(n, spherical_weights(counts, ORTHOGONAL), d, ORTHOGONAL)
    coefficients = (
        (nu, row(i)) for i, nu in enumerate(partitions_of(n)) if not nu or nu[-1] >= smallest_part
    )
    return tuple((nu, coefficient) for nu, coefficient in coefficients if coefficient)


@budgeted
def diagonal_moment(
    k: int, d: object, *, max_cost: float | Budget | None = DEFAULT_MAX_COST
) -> sp.Expr:
    r"""Return E[H_11^k] for H = W Λ Wᵀ, in closed form for any k.

    With u uniform on the sphere, H_11 = Σ λ_i u_i²; in terms of the generating function of Gaussian
    variables, ``E H_11^k = k!/(d/2)_k · [t^k] Π_i (1 - λ_i t)^{-1/2}
    = k!/(d/2)_k · Σ_{ν |- k} 2^{-l(ν)} p_ν / z_ν``.

    Parameters
    ----------
    k : int
        A non-negative integer, the order of the moment.
    d : int or Expr
        A positive integer, or a SymPy expression with symbols.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        A polynomial in ``p1``, …, ``pk`` over a product of linear factors of d; it holds for every
        integer d ≥ 1.

    Raises
    ------
    InvalidInputError
        If ``k`` is negative or ``d`` out of its domain.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> import sympy
    >>> diagonal_moment(2, sympy.Symbol("d"))
    (p1**2 + 2*p2)/(d*(d + 2))
    """
    order, dimension = as_integer(k, "k", minimum=0), power_sum_dimension(d)
    foresee(f"diagonal_moment({order})", 5e-5 * number_of_partitions(order))
    numbers = _diagonal_numbers(order)
    content = gcd(*numbers.values())
    inner = assemble(sp.Add, [power_sum_monomial(nu, n // content) for nu, n in numbers.items()])
    below = Dimension.of(dimension).quotient(1, range(0, 2 * order, 2))
    front = exact_to_sympy(content * below, sp.sympify(dimension))
    if inner.is_Add and front.is_Rational and front != 1:
        return sp.Mul(front, inner, evaluate=False)
    return front * inner


def diagonal_moment_terms(k: int, d: Dimension, *, smallest_part: int = 1) -> Terms:
    """Return E[H_11^k] as coefficients of the power sum monomials p_ν.

    Parameters
    ----------
    k : int
    d : Dimension
    smallest_part : int, optional
        Leave out the ν with smaller parts: 2 for matrices without trace.

    Examples
    --------
    >>> diagonal_moment_terms(2, Dimension(3))
    (((2,), Fraction(2, 15)), ((1, 1), Fraction(1, 15)))
    """
    below = d.quotient(1, range(0, 2 * k, 2))
    kept = {nu: n for nu, n in _diagonal_numbers(k).items() if not nu or nu[-1] >= smallest_part}
    return tuple((nu, n * below) for nu, n in kept.items())


def _diagonal_numbers(k: int) -> dict[Partition, int]:
    """Return 2^(k - l(ν)) k!/z_ν, the number of pairings of coset type ν."""
    return {nu: 2 ** (k - len(nu)) * factorial(k) // z_factor(nu) for nu in partitions_of(k)}
