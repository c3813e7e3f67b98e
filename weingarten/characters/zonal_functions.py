"""Zonal spherical functions and zonal polynomials: the Jack family at α = 2.

Reference: I. G. Macdonald, Symmetric Functions and Hall Polynomials, VII.2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.characters.jack import character_vector, same_size
from weingarten.characters.tables import character_rows
from weingarten.coerce import as_dimension, as_partition
from weingarten.combinatorics.partitions import (
    Partition,
    pairings_of_coset_type,
    partition_index,
    partitions_of,
)
from weingarten.costs import characters_seconds, table_seconds
from weingarten.errors import InvalidInputError
from weingarten.exact.assembling import assemble

__all__ = ["power_sum_dimension", "power_sum_monomial", "zonal_polynomial", "zonal_spherical"]

_ALPHA = 2


@budgeted
def zonal_spherical(
    lam: Sequence[int], mu: Sequence[int], *, max_cost: float | Budget | None = DEFAULT_MAX_COST
) -> sp.Rational:
    r"""Return the zonal spherical function ω^λ(μ) of the Gelfand pair (S_2n, H_n).

    ω^λ is normalised to 1 at the identity coset, μ = (1, …, 1), and relates to the Jack characters
    at α = 2 by θ^λ_μ = 2^n n! / (2^{l(μ)} z_μ) · ω^λ(μ)  (Macdonald VII.2).

    Parameters
    ----------
    lam, mu : sequence of int
        Partitions of the same number n: the shape, and the coset type.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Rational
        An exact number between -1 and 1.

    Raises
    ------
    InvalidInputError
        If the two are not partitions of the same number.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> zonal_spherical((2,), (2,)), zonal_spherical((1, 1), (2,))
    (1, -1/2)
    """
    rows, cycles = same_size(lam, mu)
    foresee(f"zonal_spherical({rows}, {cycles})", characters_seconds(sum(rows)))
    theta = character_vector(cycles, _ALPHA)[partition_index(sum(rows))[rows]]
    return sp.Rational(int(theta), pairings_of_coset_type(cycles))


@budgeted
def zonal_polynomial(
    lam: Sequence[int], *, max_cost: float | Budget | None = DEFAULT_MAX_COST
) -> sp.Expr:
    r"""Return the zonal polynomial Z_λ as a polynomial in the power sums p1, p2, ….

    Z_λ is the Jack polynomial J_λ at α = 2: Z_λ = Σ_μ θ^λ_μ p_μ with coefficient 1 at p_1^n, so
    that Z_λ(I_d) = Π (d + 2(j-1) - (i-1)) over the boxes (i, j) of λ. For a symmetric d×d matrix A
    put p_k = tr A^k.

    Parameters
    ----------
    lam : sequence of int
        A partition.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        A polynomial with integer coefficients in the symbols ``p1``, ``p2``, ….

    Raises
    ------
    InvalidInputError
        If ``lam`` is no partition.
    CostLimitError
        If the predicted time exceeds ``max_cost``.

    Examples
    --------
    >>> zonal_polynomial((2,)), zonal_polynomial((1, 1))
    (p1**2 + 2*p2, p1**2 - p2)
    """
    rows = as_partition(lam, "lam")
    n = sum(rows)
    foresee(f"zonal_polynomial({rows})", table_seconds(n))
    position = partition_index(n)[rows]
    shapes = partitions_of(n)
    return sp.Add(
        *(
            power_sum_monomial(mu, int(theta[position]))
            for mu, theta in zip(shapes, character_rows(n, shapes, _ALPHA), strict=True)
            if theta[position]
        )
    )


def power_sum_monomial(mu: Partition, coefficient: int = 1) -> sp.Expr:
    """Return a multiple of the product of the symbols p_k over the parts k of ``mu``."""
    tick()
    powers = [sp.Symbol(f"p{part}") ** power for part, power in Counter(mu).items()]
    # nothing here combines: SymPy need not search for what could
    return assemble(sp.Mul, powers if coefficient == 1 else [sp.Integer(coefficient), *powers])


def power_sum_dimension(d: object) -> int | sp.Expr:
    """Return a dimension that is told apart from the symbols p_k of a result, or raise."""
    dimension = as_dimension(d)
    for symbol in sp.sympify(dimension).free_symbols:
        if re.fullmatch(r"p[1-9]\d*", symbol.name):
            raise InvalidInputError(
                "d",
                "must not be named like the power sums p1, p2, … of the result",
                dimension,
                'use another name, such as sympy.Symbol("d")',
            )
    return dimension
