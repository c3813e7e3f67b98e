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

from collections.abc import Iterable, Sequence
from itertools import product
from math import factorial, perm, prod

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.coerce import as_integer
from weingarten.combinatorics.set_partitions import Blocks, stirling
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import RationalFunction, sum_of_powers, to_sympy_quotient

__all__ = ["as_two_set_partitions", "permutation_wg", "permutation_wg_series"]

_SECONDS_A_CHOICE = 1e-6
#: So many choices are summed in less time than it takes to predict it.
_FEW = 10


def permutation_wg(pi: Blocks, sigma: Blocks, d: int | sp.Expr) -> sp.Expr:
    """Return Wg(π, σ; d) for set partitions of the same points.

    Examples
    --------
    >>> permutation_wg(((0, 1), (2,)), ((0,), (1, 2)), sp.Symbol("d"))
    1/(d*(d - 2)*(d - 1))
    """
    weights = _weights(pi, sigma)
    if isinstance(d, int):
        # over (d)_b of the largest b
        largest = min(d, max(weights))
        top = sum([w * perm(d - b, largest - b) for b, w in weights.items() if b <= d])
        return to_sympy_quotient(top, perm(d, largest))
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
    numbers = [1, *([0] * (largest - 1))]
    powers: dict[int, sp.Expr] = {}
    k = 1
    while weights and len(powers) < order:
        tick()
        value = sum(w * numbers[b - 1] for b, w in weights.items())
        if value or powers:
            powers[-k] = sp.Integer(value)
        numbers = [b * numbers[b] + (numbers[b - 1] if b else 0) for b in range(largest)]
        k += 1
    if not largest:
        return sp.S.One if order else sp.S.Zero
    return sum_of_powers(powers, d)


def _weights(pi: Blocks, sigma: Blocks) -> dict[int, int]:
    """Return the weights of 1/(d)_b for each b.

    A partition τ ≤ π, σ splits the blocks that are common to both, and μ(τ, π) μ(τ, σ) depends only
    on the numbers of pieces: ``μ(τ, π) = Π_B (-1)^{k-1} (k-1)!`` over the blocks B of π, with k
    pieces in B. So the sum runs over numbers of pieces, with Stirling numbers.
    """
    place = {point: j for j, block in enumerate(sigma) for point in block}
    sizes: dict[tuple[int, int], int] = {}
    for i, block in enumerate(pi):
        for point in block:
            at = i, place[point]
            sizes[at] = sizes.get(at, 0) + 1
    choices = prod(sizes.values())
    if choices > _FEW:
        seconds = _SECONDS_A_CHOICE * choices * len(sizes)
        foresee(f"wg of set partitions of {len(place)} points", seconds)
    ranges = [range(1, size + 1) for size in sizes.values()]
    weights: dict[int, int] = {}
    # the signs are (-1)^{pieces - blocks}, once for either partition
    sign = (-1) ** (len(pi) + len(sigma))
    for pieces in product(*ranges):
        tick()
        counts = [0] * len(pi), [0] * len(sigma)
        weight = sign
        for ((i, j), size), number in zip(sizes.items(), pieces, strict=True):
            counts[0][i] += number
            counts[1][j] += number
            if 1 < number < size:
                weight *= stirling(size, number)
        total = sum(pieces)
        for number in (*counts[0], *counts[1]):
            weight *= factorial(number - 1)
        weights[total] = weights.get(total, 0) + weight
    return weights


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
    first, points = _as_blocks(given[0], argument, value)
    second, same = _as_blocks(given[1], argument, value)
    if points != same:
        raise _no_pair(argument, value)
    return first, second


def _as_blocks(blocks: object, argument: str, value: object) -> tuple[Blocks, set[int]]:
    """Return the blocks in order, and their points."""
    parts = []
    everything: set[int] = set()
    size = 0
    listed = _listed(blocks)
    for block in [None] if listed is None else listed:
        points = _listed(block)
        if not points:
            raise _no_pair(argument, value)
        numbers: Sequence[int]
        if set(map(type, points)) == {int} and min(points) >= 0:  # type: ignore[type-var,operator]
            numbers = points  # type: ignore[assignment]
        else:
            numbers = [as_integer(point, argument, minimum=0) for point in points]
        parts.append(tuple(sorted(numbers)))
        everything.update(numbers)
        size += len(numbers)
    if size != len(everything):
        raise _no_pair(argument, value)
    return tuple(sorted(parts)), everything


def _listed(value: object) -> Sequence[object] | None:
    if type(value) in (list, tuple):  # as it nearly always is, and quickly seen
        return value  # type: ignore[return-value]
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
