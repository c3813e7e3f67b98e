"""The Gram matrix d^blocks(π ∨ σ) of set partitions, for permutation matrices, and its inverse.

Entry (π, σ) counts the words of n letters out of d that are constant on the blocks of both, that is
on those of their join. Each such word has one kernel τ, so that with A[π, τ] = 1 for π ≤ τ and
(d)_b = d (d-1) ⋯ (d-b+1) words of a kernel with b blocks, the matrix is A diag((d)_{|τ|}) Aᵀ. Its
(pseudo-)inverse is found from that by linear algebra alone: no Möbius function is used.
"""

from __future__ import annotations

from math import perm

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from weingarten.budget import tick
from weingarten.combinatorics.set_partitions import Blocks, DisjointSets, set_partitions
from weingarten.costs import number_of_set_partitions
from weingarten.exact.rational import RationalFunction

__all__ = ["gram_of_set_partitions", "inverse_gram_of_set_partitions", "set_partition_seconds"]


def set_partition_seconds(n: int) -> float:
    """Predict the time of writing out a matrix indexed by the set partitions of n points."""
    return 2e-4 * number_of_set_partitions(n) ** 2


def gram_of_set_partitions(n: int, d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return the Gram matrix of the set partitions of 0 … n-1.

    Examples
    --------
    >>> gram_of_set_partitions(2, sp.Symbol("d"))
    Matrix([
    [d,    d],
    [d, d**2]])
    """
    listed = list(set_partitions(range(n)))
    size = sp.sympify(d)
    powers = [size**k for k in range(n + 1)]
    entries = [powers[_joined(n, one, two)] for one in listed for two in listed]
    return sp.ImmutableDenseMatrix(len(listed), len(listed), entries)


def inverse_gram_of_set_partitions(n: int, d: int | sp.Expr) -> sp.ImmutableDenseMatrix:
    """Return the inverse of the Gram matrix, at an integer d < n its Moore–Penrose inverse.

    Examples
    --------
    >>> inverse_gram_of_set_partitions(2, 3), inverse_gram_of_set_partitions(2, 1)
    (Matrix([
    [ 1/2, -1/6],
    [-1/6,  1/6]]), Matrix([
    [1/4, 1/4],
    [1/4, 1/4]]))
    """
    listed = list(set_partitions(range(n)))
    kernels = [tau for tau in listed if not isinstance(d, int) or len(tau) <= d]
    rows = [[sp.QQ(int(_refines(pi, tau))) for tau in kernels] for pi in listed]
    finer = DomainMatrix(rows, (len(listed), len(kernels)), sp.QQ)
    # the left inverse of a matrix of full column rank
    left = (finer.transpose() * finer).lu_solve(finer.transpose())
    table = left.to_list()
    size = len(listed)
    entries: list[sp.Expr] = [sp.S.Zero] * (size * size)
    for a in range(size):
        for b in range(a, size):
            tick()
            terms = [
                (row[a] * row[b], len(tau))
                for row, tau in zip(table, kernels, strict=True)
                if row[a] and row[b]
            ]
            value = _sum(terms, d)
            entries[a * size + b] = entries[b * size + a] = value
    return sp.ImmutableDenseMatrix(size, size, entries)


def _sum(terms: list[tuple[object, int]], d: int | sp.Expr) -> sp.Expr:
    """Return Σ coefficient / (d)_b over terms (coefficient, b)."""
    if isinstance(d, int):
        total = sum((coefficient / sp.QQ(perm(d, b)) for coefficient, b in terms), sp.QQ.zero)
        return sp.QQ.to_sympy(total)
    whole = [(int(coefficient), dict.fromkeys(range(1 - b, 1), 1)) for coefficient, b in terms]  # type: ignore[call-overload]
    return RationalFunction.sum_of(whole).to_sympy(d)


def _joined(n: int, one: Blocks, two: Blocks) -> int:
    """Return the number of blocks of the join."""
    tick()
    joined: DisjointSets[int] = DisjointSets()
    for block in (*one, *two):
        for a in block:
            joined.join(block[0], a)
    return len({joined.find(a) for a in range(n)})


def _refines(one: Blocks, two: Blocks) -> bool:
    place = {a: k for k, block in enumerate(two) for a in block}
    return all(len({place[a] for a in block}) == 1 for block in one)
