"""The canonical form of a power matrix: equal moments share one computation and one cache entry.

A monomial moment does not change when rows or columns are permuted, when the matrix is transposed
(O and Oᵀ are both Haar), or when zero rows and columns are dropped.
"""

from __future__ import annotations

from weingarten.combinatorics.multigraphs import canonical_matrix

__all__ = ["PowerMatrix", "canonical_powers", "has_odd_sum"]

PowerMatrix = tuple[tuple[int, ...], ...]


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
    upright = canonical_matrix(tuple(zip(*columns, strict=True)))
    if len(columns) < len(rows):
        return upright
    turned = canonical_matrix(tuple(columns))
    return turned if len(columns) > len(rows) else max(upright, turned)
