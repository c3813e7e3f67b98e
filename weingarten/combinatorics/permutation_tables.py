"""All permutations of n points at once, as pairings of 2n points, in lexicographic order."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

__all__ = ["permutation_ranks", "permutation_table"]


def permutation_table(n: int) -> NDArray[np.int8]:
    """Return all permutations σ as an array of partners: point i is joined with n + σ(i).

    Examples
    --------
    >>> permutation_table(2).tolist()
    [[2, 3, 0, 1], [3, 2, 1, 0]]
    """
    images = np.zeros((1, 0), dtype=np.int8)
    for size in range(1, n + 1):
        blocks = []
        for first in range(size):
            rest = np.array([a for a in range(size) if a != first], dtype=np.int8)
            head = np.full((len(images), 1), first, dtype=np.int8)
            blocks.append(np.hstack([head, rest[images]]))
        images = np.concatenate(blocks)
    inverses = np.argsort(images, axis=1).astype(np.int8)
    return np.hstack([images + np.int8(n), inverses]).astype(np.int8)


def permutation_ranks(partners: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return the positions in lexicographic order of permutations given as rows of partners.

    Examples
    --------
    >>> permutation_ranks(permutation_table(3)).tolist()
    [0, 1, 2, 3, 4, 5]
    """
    count, size = partners.shape
    n = size // 2
    ranks = np.zeros(count, dtype=np.int64)
    for a in range(n):
        smaller = (partners[:, a + 1 : n] < partners[:, a : a + 1]).sum(axis=1)
        ranks += smaller * factorial(n - 1 - a)
    return ranks
