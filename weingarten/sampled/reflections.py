"""Haar matrices from Householder reflections, many at a time (Stewart 1980; Mezzadri 2007).

Row r of O is a uniform point on the sphere orthogonal to the rows before it. So a reflection that
takes e_1 to a Gaussian direction x of d - r components, applied to the Haar matrix of one dimension
less bordered by a 1, is Haar again. The direction keeps its sign, that of the last row included: QR
without this sign fix is not Haar (at d = 4 it has E tr O = -0.83).

:func:`reflect_small` applies the reflections one by one, vectorised over the batch.
:func:`reflect_blocked` applies b of them at once. With the vectors v_1, …, v_b as rows of V, of
squared norm 2, their product is H_b … H_1 = I - Vᵀ Tᵀ V, where T is the inverse of the upper
triangle of V Vᵀ (which has a unit diagonal): products of matrices throughout.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["panel_width", "reflect_blocked", "reflect_small"]

Floats = NDArray[Any]

# the batch is filled up to a multiple of this: NumPy adds in another order for a batch of one, and
# may round otherwise in the last, incomplete vector of a loop
_LANES = 8
# triangles up to this size are inverted by a polynomial in their nilpotent part
_TRIANGLE = 8
# numbers of rows below which so many reflections at once were measured to be fastest
_PANELS = ((28, 8), (60, 16), (250, 32), (400, 64))


def reflect_small(out: Floats, rng: np.random.Generator) -> None:
    """Fill ``out`` by reflections vectorised over the batch, the last axis of the work array."""
    total, rows, d = out.shape
    lanes = -(-total // _LANES) * _LANES
    gaussian = np.ones((rows * d - rows * (rows - 1) // 2, lanes), out.dtype)
    gaussian[:, :total] = rng.standard_normal((total, len(gaussian)), dtype=out.dtype.type).T
    work = np.zeros((rows, d, lanes), out.dtype)
    one = out.dtype.type(1)
    end = len(gaussian)
    for r in range(rows)[::-1]:
        end -= d - r
        x = gaussian[end : end + d - r]
        x /= np.sqrt(np.einsum("ib,ib->b", x, x))
        if r < rows - 1:
            v = x.copy()
            v[0] += np.copysign(one, x[0])
            below = work[r + 1 :, r:]
            along = np.einsum("ijb,jb->ib", below, v)
            along /= one + np.abs(x[0])
            below -= along[:, None] * v
        work[r, r:] = x
    out[...] = work[:, :, :total].transpose(2, 0, 1)


def panel_width(rows: int) -> int:
    """Return how many reflections are best applied at once.

    Examples
    --------
    >>> panel_width(20), panel_width(1000)
    (8, 128)
    """
    return next((width for limit, width in _PANELS if rows < limit), 128)


def reflect_blocked(out: Floats, rng: np.random.Generator) -> None:
    """Fill ``out`` by panels of reflections, from the last rows to the first."""
    total, rows, d = out.shape
    width = panel_width(rows)
    panels = -(-rows // width)
    vectors = np.zeros((total, panels * width, d), out.dtype)
    _draw(vectors[:, :rows], rng)
    across = vectors.swapaxes(1, 2)
    triangles = np.zeros((total, panels, width, width), out.dtype)
    for p in range(panels):
        first, last = p * width, (p + 1) * width
        # row i against row j + 1: the entries above the diagonal, by one product
        np.matmul(
            vectors[:, first : last - 1, first:],
            across[:, first:, first + 1 : last],
            out=triangles[:, p, :-1, 1:],
        )
    triangles *= _above(width, out.dtype)
    _invert(triangles)
    wide = np.empty(total * width * d, out.dtype)
    tall = np.empty(total * max(rows - width, 0) * d, out.dtype)
    for p in range(panels)[::-1]:
        first, last = p * width, min((p + 1) * width, rows)
        count, left = last - first, rows - last
        # - Tᵀ V; reflections beyond the last row are the identity
        panel = vectors[:, first : first + width, first:]
        turned = np.matmul(triangles[:, p].swapaxes(1, 2), panel, out=_view(wide, panel.shape))
        top = out[:, first:last, first:]
        np.matmul(across[:, first:last, first:last], turned[:, :count], out=top)
        diagonal = np.einsum("bii->bi", top[:, :, :count])
        diagonal += 1
        if left:
            along = out[:, last:, last:] @ across[:, last:, first : first + width]
            shift = np.matmul(along, turned, out=_view(tall, (total, left, d - first)))
            out[:, last:, first:last] = shift[..., :count]
            out[:, last:, last:] += shift[..., count:]
        out[:, first:last, :first] = 0


def _view(work: Floats, shape: tuple[int, int, int]) -> Floats:
    return work[: shape[0] * shape[1] * shape[2]].reshape(shape)


def _draw(vectors: Floats, rng: np.random.Generator) -> None:
    """Fill the upper triangles with Gaussian directions x, as vectors of the reflections e_1 → x.

    v ∝ x/‖x‖ - e_1, its first component without cancellation (Parlett 1971), and ‖v‖² = 2.
    """
    total, rows, d = vectors.shape
    draws = rng.standard_normal(
        (total, rows * d - rows * (rows - 1) // 2), dtype=vectors.dtype.type
    )
    end = 0
    for r in range(rows):
        start, end = end, end + d - r
        vectors[:, r, r:] = draws[:, start:end]
    diagonal = np.einsum("bii->bi", vectors[:, :, :rows])
    head = diagonal.copy()
    diagonal[...] = 0
    rest = np.einsum("bij,bij->bi", vectors, vectors)
    norm = np.sqrt(rest + head * head)
    # (x_1 - ‖x‖)/‖x‖, which is 0 only where x is along e_1: nothing is reflected there
    short = -np.where(head > 0, rest / (norm + np.abs(head)), norm - head) / norm
    moved = short < 0
    scale = 1 / np.sqrt(np.where(moved, -short, 1))
    vectors *= np.where(moved, scale / norm, 0)[:, :, None]
    diagonal[...] = short * scale


# the same for every block of samples
@lru_cache(maxsize=32)
def _above(size: int, dtype: np.dtype[Any]) -> Floats:
    return np.triu(np.ones((size, size), dtype), 1)


def _invert(triangles: Floats) -> None:
    """Replace N, strictly upper triangular, by -(I + N)^(-1)."""
    size = triangles.shape[-1]
    diagonal = _blocks(triangles, _TRIANGLE, 1)
    # N⁸ = 0, so that (I + N)^(-1) = (I - N)(I + N²)(I + N⁴)
    inverse = diagonal.copy()
    square = inverse @ inverse
    inverse -= np.eye(_TRIANGLE, dtype=triangles.dtype)
    inverse += inverse @ square
    inverse += inverse @ (square @ square)
    diagonal[...] = inverse
    step = _TRIANGLE
    while step < size:
        # the inverse of [[A, X], [0, B]] has -A⁻¹ X B⁻¹ in its corner
        corner = _blocks(triangles, step, 2, across=step)
        before, after = _blocks(triangles, step, 2), _blocks(triangles, step, 2, step, step)
        corner[...] = before @ corner @ after
        step *= 2


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
