"""All Jack characters of one size at once, by sparse products modulo word-size primes.

The recursion is that of :mod:`weingarten.characters.jack`, with the *smallest* part of μ added
last, so that the wide blocks meet only one or two sparse products. At α = 1 and α = 2, θ^λ_μ is a
spherical function, at most 1, times the number of permutations or pairings of type μ: a few primes
below 2^29 and the Chinese remainder theorem give the exact integers.
"""

from __future__ import annotations

from collections import Counter
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sympy import prevprime

from weingarten.budget import tick
from weingarten.characters.jack import box_removals, character_vector
from weingarten.combinatorics.partitions import class_size, partitions_of
from weingarten.exact.rational import IntegerMatrix

__all__ = ["sparse_character_table"]

Block = NDArray[np.int64]


class _Level:
    """The matrices of ∂/∂p_1 and E from partitions of ``n`` to ``n - 1``, modulo a prime."""

    def __init__(self, n: int, alpha: int, prime: int) -> None:
        removals = box_removals(n, alpha)
        starts = np.array(removals.start)
        inverses = np.array([pow(value, -1, prime) for value in removals.denominator])
        weights = np.array([weight % prime for weight in removals.weight])
        weights = weights * np.repeat(inverses, np.diff(starts)) % prime
        contents = np.array(removals.content) % prime
        shape = (len(partitions_of(n)), len(partitions_of(n - 1)))
        targets = np.array(removals.target)
        self.derivative = csr_array((weights, targets, starts), shape=shape)
        self.commutator = csr_array((weights * contents % prime, targets, starts), shape=shape)


def _add_part(block: Block, level: int, part: int, levels: dict[int, _Level], prime: int) -> Block:
    """Apply D_part to the columns of ``block``, functionals on partitions of ``level``."""
    total = levels[level + 1].derivative @ block % prime
    powers = block
    for a in range(1, part):
        powers = levels[level + a].commutator @ powers % prime
        above = levels[level + a + 1]
        coefficient = (-1) ** a * comb(part - 1, a) % prime
        total = (
            above.commutator @ total % prime
            + coefficient * (above.derivative @ powers % prime) % prime
        )
    return total % prime * pow(factorial(part), -1, prime) % prime


def _residues(n: int, alpha: int, prime: int) -> Block:
    """Return θ^λ_μ modulo ``prime``, rows λ and columns μ in the order of ``partitions_of``."""
    levels = {m: _Level(m, alpha, prime) for m in range(1, n + 1)}
    full: list[Block] = [np.ones((1, 1), dtype=np.int64)]
    for m in range(1, n + 1):
        tick()
        columns = partitions_of(m)
        table = np.empty((len(columns), len(columns)), dtype=np.int64)
        table[:, 0] = [value % prime for value in character_vector((m,), alpha)]
        for part in range(1, m // 2 + 1):
            here = [i for i, mu in enumerate(columns) if mu[-1] == part and len(mu) > 1]
            below = [i for i, mu in enumerate(partitions_of(m - part)) if mu[-1] >= part]
            block = _add_part(full[m - part][:, below], m - part, part, levels, prime)
            inverse = {k: pow(k, -1, prime) for k in range(1, m + 1)}
            scales = np.array([inverse[Counter(columns[i])[part]] for i in here])
            # removing the smallest part keeps reverse lexicographic order, so columns line up
            table[:, here] = block * scales % prime
        full.append(table)
    return full[n]


def sparse_character_table(n: int, alpha: int) -> IntegerMatrix:
    """Return the exact matrix of θ^λ_μ, rows μ and columns λ as in ``partitions_of(n)``, n >= 1.

    ``alpha`` is 1 or 2: there the bound on the characters is known.
    """
    bound = max(class_size(mu, alpha) for mu in partitions_of(n))
    primes: list[int] = []
    modulus = 1
    candidate = 2**29
    while modulus <= 2 * bound:
        candidate = prevprime(candidate)
        primes.append(candidate)
        modulus *= candidate
    return IntegerMatrix.from_residues([_residues(n, alpha, prime).T for prime in primes], primes)
