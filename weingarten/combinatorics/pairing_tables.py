"""All pairings of 2n points at once, as arrays, in the order of :func:`weingarten.pairings`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from weingarten.combinatorics.pairings import number_of_pairings

__all__ = ["pairing_ranks", "pairing_signs", "partner_table"]


def partner_table(n: int) -> NDArray[np.int8]:
    """Return all pairings as an array: entry ``[r, a]`` is the partner of point a in pairing r.

    Rows are in the order of :func:`weingarten.pairings`.

    Examples
    --------
    >>> partner_table(2).tolist()
    [[1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]
    """
    table = np.zeros((1, 0), dtype=np.int8)
    for size in range(2, 2 * n + 1, 2):
        smaller, blocks = table, []
        for partner in range(1, size):
            rest = np.array([a for a in range(1, size) if a != partner], dtype=np.int8)
            block = np.zeros((len(smaller), size), dtype=np.int8)
            block[:, 0], block[:, partner] = partner, 0
            block[:, rest] = rest[smaller]
            blocks.append(block)
        table = np.concatenate(blocks)
    return table


def pairing_ranks(partners: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return the positions in :func:`weingarten.pairings` of pairings given as rows of partners.

    The pair opened at point a skips the later points that are still free and lie before its
    partner, and each of them stands for (2m-1)!! pairings if m pairs are still to be opened.

    Examples
    --------
    >>> pairing_ranks(partner_table(3)).tolist() == list(range(15))
    True
    """
    count, size = partners.shape
    weights = np.array([number_of_pairings(m) for m in range(size // 2)], dtype=np.int64)
    ranks = np.zeros(count, dtype=np.int64)
    to_open = np.full(count, size // 2 - 1, dtype=np.int8)
    for a in range(size):
        partner = partners[:, a]
        opens = partner > a
        skipped = np.zeros(count, dtype=np.int8)
        for b in range(a + 1, size):
            skipped += (partner > b) & (partners[:, b] > a)
        ranks += np.where(opens, skipped * weights[to_open], 0)
        to_open = to_open - opens
    return ranks


def pairing_signs(partners: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the signs of pairings given as rows of partners: -1 to the number of crossings.

    It is the sign of the permutation that lists the pairs, the smaller point of each first.

    Examples
    --------
    >>> pairing_signs(partner_table(2)).tolist()
    [1, -1, 1]
    """
    count, size = partners.shape
    crossings = np.zeros(count, dtype=np.int64)
    for a in range(size):
        end = partners[:, a]
        for b in range(a + 1, size):
            crossings += (b < end) & (end < partners[:, b])
    return (1 - 2 * (crossings % 2)).astype(np.int8)
