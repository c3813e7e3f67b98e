r"""The Weingarten functions of random permutation matrices, indexed by two set partitions.

The matrix P of a uniform permutation has E Π_a P_{i_a j_a} = 1/(d (d-1) ⋯ (d-b+1)) if i and j
coincide at the same places, with b different values, and 0 otherwise. By Möbius inversion on the
set partitions of the factors,

``E Π_a P_{i_a j_a} = Σ_{π,σ} δ_π(i) δ_σ(j) Wg(π, σ; d)``, δ_π(i) = 1 if i is constant on the
blocks of π, with ``Wg(π, σ; d) = Σ_{τ ≤ π, σ} μ(τ, π) μ(τ, σ) / (d)_{|τ|}``.

For an integer d the τ with more than d blocks, which no indices have, are left out.

Reference: B. Collins & M. Nagatsu, Weingarten calculus for centered random permutation matrices,
arXiv:2503.18453 (2025).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import perm

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.coerce import as_integer
from weingarten.combinatorics.set_partitions import Blocks, refinements
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import RationalFunction, sum_of_powers, to_sympy_number

__all__ = ["as_two_set_partitions", "permutation_wg", "permutation_wg_series"]

_SECONDS_A_REFINEMENT = 1e-5


def permutation_wg(pi: Blocks, sigma: Blocks, d: int | sp.Expr) -> sp.Expr:
    """Return Wg(π, σ; d) for set partitions of the same points.

    Examples
    --------
    >>> permutation_wg(((0, 1), (2,)), ((0,), (1, 2)), sp.Symbol("d"))
    1/(d*(d - 2)*(d - 1))
    """
    weights = _weights(pi, sigma)
    if isinstance(d, int):
        values = (Fraction(w, perm(d, size)) for size, w in weights.items() if size <= d)
        return to_sympy_number(sum(values, Fraction(0)))
    terms = ((w, [-s for s in range(size)]) for size, w in weights.items() if w)
    return RationalFunction.sum_of(terms).to_sympy(d)


def permutation_wg_series(pi: Blocks, sigma: Blocks, d: sp.Expr, order: int) -> sp.Expr:
    """Return so many powers of 1/d of the expansion of Wg(π, σ; d), from the leading one.

    1/(d)_b is the sum of S(k-1, b-1) d^{-k} over k ≥ b, with Stirling numbers of the second kind.

    Examples
    --------
    >>> permutation_wg_series(((0, 1),), ((0, 1),), sp.Symbol("d"), 3)
    1/d + d**(-2) + d**(-3)
    """
    weights = _weights(pi, sigma)
    largest = max(weights, default=0)
    # S(k-1, b-1) for b = 1, …, largest, from k = 1 on
    stirling = [1, *([0] * (largest - 1))]
    powers: dict[int, sp.Expr] = {}
    k = 1
    while weights and len(powers) < order:
        tick()
        value = sum(w * stirling[b - 1] for b, w in weights.items())
        if value or powers:
            powers[-k] = sp.Integer(value)
        stirling = [b * stirling[b] + (stirling[b - 1] if b else 0) for b in range(largest)]
        k += 1
    if not largest:
        return sp.S.One if order else sp.S.Zero
    return sum_of_powers(powers, d)


def _weights(pi: Blocks, sigma: Blocks) -> dict[int, int]:
    """Return the weights of 1/(d)_b for each b."""
    largest = max(map(len, (*pi, *sigma)), default=0)
    points = sum(map(len, pi))
    foresee(
        f"wg of set partitions of {points} points", _SECONDS_A_REFINEMENT * 2.0**points * largest
    )
    finer = {_key(tau): weight for tau, weight in refinements(sigma)}
    weights: dict[int, int] = {}
    for tau, weight in refinements(pi):
        other = finer.get(_key(tau), 0)
        weights[len(tau)] = weights.get(len(tau), 0) + weight * other
    return weights


def _key(blocks: Blocks) -> frozenset[frozenset[int]]:
    return frozenset(map(frozenset, blocks))


def as_two_set_partitions(value: object, argument: str) -> tuple[Blocks, Blocks]:
    """Return two set partitions of the same integers, or raise.

    Examples
    --------
    >>> as_two_set_partitions([[[1, 0], [2]], [[0], [1, 2]]], "coset_type")
    (((0, 1), (2,)), ((0,), (1, 2)))
    """
    given = _listed(value)
    if given is None or len(given) != 2:
        raise _no_pair(argument, value)
    first, second = (_as_blocks(blocks, argument, value) for blocks in given)
    if {a for block in first for a in block} != {a for block in second for a in block}:
        raise _no_pair(argument, value)
    return first, second


def _as_blocks(blocks: object, argument: str, value: object) -> Blocks:
    parts = []
    listed = _listed(blocks)
    for block in [None] if listed is None else listed:
        points = _listed(block)
        if points is None:
            raise _no_pair(argument, value)
        parts.append(tuple(sorted(as_integer(point, argument, minimum=0) for point in points)))
    everything = [point for part in parts for point in part]
    if not all(parts) or len(everything) != len(set(everything)):
        raise _no_pair(argument, value)
    return tuple(sorted(parts))


def _listed(value: object) -> list[object] | None:
    return (
        list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else None
    )


def _no_pair(argument: str, value: object) -> InvalidInputError:
    return InvalidInputError(
        argument,
        "must be two set partitions of the same integers for group='permutation'",
        value,
        "pass for instance (((0, 1), (2,)), ((0,), (1, 2)))",
    )
