r"""The matrix of Weingarten functions of permutation matrices, applied to vectors.

The matrix is ``Wg = M diag(1/(d)_{|τ|}) Mᵀ`` with the Möbius functions M[π, τ] = μ(τ, π)
(:mod:`weingarten.calculus.set_partition_functions`), which is applied without being formed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from math import perm
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import foresee, tick
from weingarten.combinatorics.set_partitions import Blocks, refinements, set_partitions
from weingarten.costs import number_of_set_partitions
from weingarten.errors import InvalidInputError

__all__ = ["apply_to_set_partitions", "apply_to_set_partitions_floats"]

_SECONDS_A_REFINEMENT = 1e-5
#: n up to which the length of a vector is looked up.
_LARGEST = 12


def apply_to_set_partitions(
    columns: Sequence[Sequence[sp.Expr]], d: int | sp.Expr
) -> sp.ImmutableDenseMatrix:
    """Apply the matrix to vectors with an entry for each set partition, in their order.

    Examples
    --------
    >>> apply_to_set_partitions([[sp.Integer(1), sp.Integer(0)]], sp.Symbol("d"))
    Matrix([
    [       1/(d - 1)],
    [-1/(d*(d - 1))]])
    """
    n = _order_of(len(columns[0]))
    listed, finer = _finer(n)
    results: list[list[sp.Expr]] = []
    for column in columns:
        sums: defaultdict[Blocks, list[sp.Expr]] = defaultdict(list)
        for entry, row in zip(column, finer, strict=True):
            if entry:
                for tau, weight in row.items():
                    sums[tau].append(weight * entry)
        scaled = {tau: sp.Add(*terms) * _reciprocal(len(tau), d) for tau, terms in sums.items()}
        results.append([_total(row, scaled) for row in finer])
    return sp.ImmutableDenseMatrix(
        len(listed), len(columns), [x for row in zip(*results, strict=True) for x in row]
    )


def _total(row: dict[Blocks, int], scaled: dict[Blocks, sp.Expr]) -> sp.Expr:
    tick()
    terms = [weight * scaled[tau] for tau, weight in row.items() if tau in scaled]
    return sp.factor(sp.together(sp.Add(*terms)))


def _reciprocal(blocks: int, d: int | sp.Expr) -> sp.Expr:
    """Return 1/(d)_b, and 0 where there are too few indices."""
    if isinstance(d, int):
        return sp.Rational(1, perm(d, blocks)) if blocks <= d else sp.S.Zero
    return sp.Mul(*(1 / (d - k) for k in range(blocks)))


def apply_to_set_partitions_floats(vector: NDArray[Any], d: int) -> NDArray[Any]:
    """Apply the matrix to an array of floats, one vector a column.

    Examples
    --------
    >>> apply_to_set_partitions_floats(np.array([1.0, 0.0]), 3).round(3).tolist()
    [0.5, -0.167]
    """
    listed, finer = _finer(_order_of(len(vector)))
    place = {blocks: k for k, blocks in enumerate(listed)}
    kernels = np.zeros_like(vector)
    for entry, row in zip(vector, finer, strict=True):
        for tau, weight in row.items():
            kernels[place[tau]] += weight * entry
    for k, blocks in enumerate(listed):
        kernels[k] *= float(Fraction(1, perm(d, len(blocks)))) if len(blocks) <= d else 0.0
    return np.array(
        [
            sum((weight * kernels[place[tau]] for tau, weight in row.items()), np.zeros_like(entry))
            for entry, row in zip(vector, finer, strict=True)
        ]
    )


def _finer(n: int) -> tuple[list[Blocks], list[dict[Blocks, int]]]:
    """Return the set partitions, and for each the finer ones with their Möbius functions."""
    foresee(
        f"wg_apply to the set partitions of {n} points",
        _SECONDS_A_REFINEMENT * number_of_set_partitions(n) * 2.0**n,
    )
    listed = list(set_partitions(range(n)))
    return listed, [dict(refinements(blocks)) for blocks in listed]


def _order_of(length: int) -> int:
    lengths = [int(number_of_set_partitions(n)) for n in range(1, _LARGEST)]
    if length not in lengths:
        raise InvalidInputError(
            "vector",
            "must have one entry for each of the set partitions of n points",
            length,
            f"pass {', '.join(map(str, lengths[:6]))}, ... entries",
        )
    return lengths.index(length) + 1
