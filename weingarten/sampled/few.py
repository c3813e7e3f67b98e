"""Haar matrices by Householder reflections one by one: many small ones, or a few by LAPACK."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dorgqr, sorgqr

from weingarten.sampled.triangles import TINY, leading

__all__ = ["OneByOne", "few_of_panels", "few_small"]

Floats = NDArray[Any]

# the batch is filled up to a multiple of this: NumPy adds in another order for a batch of one, and
# may round otherwise in the last, incomplete vector of a loop
_LANES = 8


class OneByOne:
    """Reflections one by one, e_1 → -x if x_1 > 0; the batch is the last axis of the work array."""

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None:
        self.count, self.rows, self.d = count, rows, d
        lanes = -(-count // _LANES) * _LANES
        # rows whose distance is a power of two share few lines of the cache
        lanes += _LANES * (lanes % (8 * _LANES) == 0)
        # directions, row by row: d components for the first one, d - 1 for the next
        self.drawn = np.empty((count, _draws(rows, d)), dtype)
        self.gaussian = np.ones((_draws(rows, d), lanes), dtype)
        self.work = np.zeros((rows, d, lanes), dtype)
        self.shifts = np.empty((rows - 1, d, lanes), dtype)

    def draw(self, rng: np.random.Generator, out: Floats) -> None:
        """Draw all that is random."""
        rng.standard_normal(out=self.drawn, dtype=self.drawn.dtype.type)

    def fill(self, out: Floats) -> None:
        """Turn what was drawn into matrices."""
        rows, d, work = self.rows, self.d, self.work
        gaussian, one = self.gaussian, out.dtype.type(1)
        gaussian[:, : self.count] = self.drawn.T
        end = len(gaussian)
        for r in range(rows)[::-1]:
            end -= d - r
            x = gaussian[end : end + d - r]
            if r == d - 1:
                np.copysign(one, x, out=x)
            else:
                x /= np.sqrt(np.einsum("ib,ib->b", x, x))
            work[r, r:] = x
            if r < rows - 1:
                # x becomes the vector of the reflection
                size = np.abs(x[0])
                size += one
                np.copysign(size, x[0], out=x[0])
                work[r + 1 :, r] = 0
                below = work[r + 1 :, r:]
                along = np.einsum("ijb,jb->ib", below, x)
                along /= size
                below -= np.multiply(along[:, None], x, out=self.shifts[: len(along), : d - r])
        out[...] = work[:, :, : self.count].transpose(2, 0, 1)


def few_small(out: Floats, rng: np.random.Generator) -> None:
    """Fill rows of a few matrices as :class:`OneByOne` does it, but for rounding."""
    _, rows, d = out.shape
    skew = _drawn(out, rng, _draws(rows, d), _places_of_small(rows, d))
    head, tail = skew[:, :, 0], skew[:, :, 1:]
    norm = np.einsum("bij,bij->bi", skew, skew)
    norm += TINY[out.dtype]
    np.sqrt(norm, out=norm)
    signed = np.copysign(norm, head)
    first = head + signed
    factors = first / signed
    if rows == d:
        # of one component, which may be 0
        factors[:, -1] = 2
    tail /= first[:, :, None]
    signs = -np.copysign(1, head)
    _by_lapack(out, skew, factors)
    out *= signs[:, :, None]


def few_of_panels(out: Floats, rng: np.random.Generator) -> None:
    """Fill rows of a few matrices as :class:`~weingarten.sampled.panels.Panels` do it."""
    _, rows, d = out.shape
    draws = _draws(rows, d) + (rows % 2) * (rows + 1) // 2
    skew = _drawn(out, rng, draws, _places_of_panels(rows, d))
    head, tail = skew[:, :, 0], skew[:, :, 1:]
    short, norm = leading(head, np.einsum("bij,bij->bi", tail, tail))
    factors = short / np.maximum(norm, TINY[out.dtype])
    tail /= -np.maximum(short, TINY[out.dtype])[:, :, None]
    _by_lapack(out, skew, factors)


def _draws(rows: int, d: int) -> int:
    return rows * d - rows * (rows - 1) // 2


def _drawn(out: Floats, rng: np.random.Generator, draws: int, places: NDArray[np.intp]) -> Floats:
    """Return directions as rows, each from its own first component on, zeros behind them."""
    drawn = np.zeros((len(out), draws + 1), out.dtype)
    drawn[:, :draws] = rng.standard_normal((len(out), draws), out.dtype)
    return drawn.take(places, axis=1)


def _by_lapack(out: Floats, skew: Floats, factors: Floats) -> None:
    """Multiply out I - factor v vᵀ, whose v_1 counts as 1."""
    count, rows, d = out.shape
    reflected = dorgqr if out.dtype == np.float64 else sorgqr
    # a row of one component more: in the next row, one place to the right
    vectors = skew.reshape(count, -1)[:, : rows * d].reshape(count, rows, d)
    for matrix, vector, factor in zip(out, vectors, factors, strict=True):
        matrix[...] = reflected(vector.T, factor, overwrite_a=1)[0].T


# the same for every draw
@lru_cache(maxsize=32)
def _places_of_small(rows: int, d: int) -> NDArray[np.intp]:
    row, place = np.ogrid[:rows, : d + 1]
    begins = row * d - row * (row - 1) // 2
    return np.asarray(np.where(place < d - row, begins + place, _draws(rows, d)))


# likewise
@lru_cache(maxsize=32)
def _places_of_panels(rows: int, d: int) -> NDArray[np.intp]:
    row, place = np.ogrid[:rows, : d + 1]
    component = row + place
    # see Panels: a triangle folded into a rectangle, then what is below it
    pitch, half = rows + 1, -(-rows // 2) * (rows + 1)
    folded = component * pitch + row
    folded = np.where(folded < half, folded, rows // 2 * pitch - 1 + half - folded)
    below = half + (component - rows) * rows + row
    places = np.where(component < rows, folded, below)
    return np.asarray(
        np.where(component < d, places, _draws(rows, d) + (rows % 2) * (rows + 1) // 2)
    )
