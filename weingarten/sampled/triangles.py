"""Panels of Householder reflections: which rows each has, and how their triangles are inverted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["TINY", "UnitTriangles", "leading", "panel_ranges", "panel_width"]

Floats = NDArray[Any]

#: The smallest normal number of each type.
TINY = {np.dtype(kind): np.finfo(kind).tiny for kind in (np.float64, np.float32)}

# triangles up to this size are inverted by substitution: a polynomial in their nilpotent part would
# lose a digit where the last reflections are near one another
_TRIANGLE = 8
# numbers of rows up to which so many reflections at once were measured to be fastest
_PANELS = ((56, 16), (72, 24), (150, 34), (300, 50), (700, 64))


def panel_width(rows: int) -> int:
    """Return how many reflections are best applied at once.

    Examples
    --------
    >>> panel_width(20), panel_width(1000)
    (16, 96)
    """
    return next((width for limit, width in _PANELS if rows <= limit), 96)


def panel_ranges(rows: int) -> tuple[int, int, list[tuple[int, int]]]:
    """Return the size of triangles to be inverted first, that of panels, and the rows of each.

    Examples
    --------
    >>> panel_ranges(33)
    (6, 12, [(0, 12), (12, 24), (24, 33)])
    """
    even = -(-rows // -(-rows // min(panel_width(rows), rows)))
    # a power of two times the size of the triangles that are inverted first
    doublings = max(0, ((even - 1) // _TRIANGLE).bit_length())
    size = -(-even >> doublings)
    width = size << doublings
    return size, width, [(first, min(first + width, rows)) for first in range(0, rows, width)]


def leading(head: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """Return ‖x‖ - x_1 without cancellation (Parlett 1971), and ‖x‖.

    Parameters
    ----------
    head, rest : ndarray
        x_1, and the squared norm of the other components.

    Examples
    --------
    >>> short, norm = leading(np.array([4.0, -4.0]), np.array([9.0, 9.0]))
    >>> short.tolist(), norm.tolist()
    ([1.0, 9.0], [5.0, 5.0])
    """
    norm = np.sqrt(rest + head * head)
    size = np.abs(head)
    size += norm
    # x = 0 counts as along e_1
    return np.where(head >= 0, rest / np.maximum(size, TINY[size.dtype]), size), norm


class UnitTriangles:
    """Square matrices I + N, N below their diagonals, that are inverted where they lie.

    Parameters
    ----------
    below : ndarray of shape (..., width, width)
        N; what it holds elsewhere is lost.
    size : int
        The width divided by a power of two, 8 at most.

    Examples
    --------
    >>> below = np.array([[0.0, 0.0], [2.0, 0.0]])
    >>> UnitTriangles(below, 1).invert()
    >>> below.tolist()
    [[-1.0, 0.0], [2.0, -1.0]]
    """

    def __init__(self, below: Floats, size: int) -> None:
        self.below = below
        width = below.shape[-1]
        self.mask = np.tri(width, k=-1, dtype=below.dtype)
        self.diagonal = _blocks(below, size, 1)
        self.corners = []
        while size < width:
            before, after = (_blocks(below, size, 2, at, at) for at in (0, size))
            self.corners.append((before, _blocks(below, size, 2, down=size), after))
            size *= 2

    def invert(self) -> None:
        """Put -(I + N)^(-1) in the place of N."""
        self.below *= self.mask
        self._substitute()
        for before, corner, after in self.corners:
            # the inverse of [[A, 0], [X, B]] has -B⁻¹ X A⁻¹ in its corner
            corner[...] = after @ corner @ before

    def _substitute(self) -> None:
        """Invert the triangles along the diagonal, the last two axes first."""
        rows = np.ascontiguousarray(np.moveaxis(self.diagonal, (-2, -1), (0, 1)))
        rows[0, 0] = -1
        for r in range(1, len(rows)):
            np.negative(np.einsum("k...,kj...->j...", rows[r, :r], rows[:r, :r]), out=rows[r, :r])
            rows[r, r] = -1
        self.diagonal[...] = np.moveaxis(rows, (0, 1), (-2, -1))


def _blocks(matrices: Floats, size: int, every: int, down: int = 0, across: int = 0) -> Floats:
    """Return the blocks along the diagonal, every one or every second one, as a view.

    The first one begins in row ``down`` and column ``across``.
    """
    *outer, by_row, by_column = matrices.strides
    return as_strided(
        matrices[..., down:, across:],
        (*matrices.shape[:-2], matrices.shape[-1] // (size * every), size, size),
        (*outer, every * size * (by_row + by_column), by_row, by_column),
    )
