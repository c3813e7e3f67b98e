"""The canonical form of a power matrix: equal moments share one computation and one cache entry.

A monomial moment does not change when rows or columns are permuted, when the matrix is transposed
(O and Oᵀ are both Haar), or when zero rows and columns are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, permutations, product
from math import factorial, prod

__all__ = ["PowerMatrix", "canonical_order", "canonical_powers", "has_odd_sum"]

PowerMatrix = tuple[tuple[int, ...], ...]

MAX_TIED_ORDERS = 24


def has_odd_sum(powers: PowerMatrix) -> bool:
    """Return whether a row or column sum is odd, in which case the moment is zero.

    Flipping the sign of that row or column of O leaves the Haar measure unchanged.
    """
    return any(sum(row) % 2 for row in powers) or any(
        sum(column) % 2 for column in zip(*powers, strict=True)
    )


def canonical_powers(powers: PowerMatrix) -> PowerMatrix:
    """Return the representative of a power matrix under the symmetries of the moment.

    Zero rows and columns are gone, there are at least as many rows as columns, and both are sorted
    (columns by decreasing sum). Matrices with many interchangeable columns may keep more than one
    representative; that costs a repeated computation, never a wrong result.

    Examples
    --------
    >>> canonical_powers(((0, 2, 0), (0, 1, 3)))
    ((3, 0), (1, 2))
    """
    rows = [row for row in powers if any(row)]
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    upright = canonical_order(tuple(zip(*columns, strict=True)))
    if len(columns) < len(rows):
        return upright
    turned = canonical_order(tuple(columns))
    return turned if len(columns) > len(rows) else max(upright, turned)


def canonical_order(rows: Sequence[Sequence[int]]) -> PowerMatrix:
    """Return the rows and columns of a matrix in canonical order, columns by decreasing sum."""
    columns = list(zip(*rows, strict=True))
    colours = _column_colours(rows, columns)
    order = sorted(range(len(columns)), key=colours.__getitem__, reverse=True)
    tied = [tuple(block) for _, block in groupby(order, key=colours.__getitem__)]
    # equal columns need no trying out
    free = [block for block in tied if len({columns[j] for j in block}) > 1]
    if prod(factorial(len(block)) for block in free) > MAX_TIED_ORDERS:
        return _sorted_rows(rows, order)
    arrangements = (permutations(block) if block in free else [block] for block in tied)
    return max(
        _sorted_rows(rows, [j for block in choice for j in block])
        for choice in product(*arrangements)
    )


def _sorted_rows(rows: Sequence[Sequence[int]], order: Sequence[int]) -> PowerMatrix:
    return tuple(sorted((tuple(row[j] for j in order) for row in rows), reverse=True))


def _column_colours(
    rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]
) -> list[tuple[int, int]]:
    """Return a label for each column, first its sum, that no permutation can change.

    Rows and columns are told apart by the multiset of (entry, label of the crossing line), a few
    times over: the colour refinement used for graph isomorphism.
    """
    row_colours = [0] * len(rows)
    column_colours = [0] * len(columns)
    for _ in range(3):
        row_colours = _refined(rows, column_colours)
        column_colours = _refined(columns, row_colours)
    return [(sum(column), colour) for column, colour in zip(columns, column_colours, strict=True)]


def _refined(lines: Sequence[Sequence[int]], crossing: Sequence[int]) -> list[int]:
    signatures = [tuple(sorted(zip(line, crossing, strict=True))) for line in lines]
    rank = {signature: position for position, signature in enumerate(sorted(set(signatures)))}
    return [rank[signature] for signature in signatures]
