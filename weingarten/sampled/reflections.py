"""Haar matrices from Householder reflections, many at a time (Stewart 1980; Mezzadri 2007).

Row r of O is a uniform point on the sphere orthogonal to the rows before it. So a reflection that
takes e_1 to a Gaussian direction x of d - r components, applied to the Haar matrix of one dimension
less bordered by a 1, is Haar again. The direction keeps its sign, that of the last row included: QR
without this sign fix is not Haar (at d = 4 it has E tr O = -0.83).

:func:`reflect_small` applies the reflections one by one, vectorised over the batch.
:func:`reflect_blocked` applies b of them at once. With the vectors v_1, …, v_b as columns of V, of
squared norm 2, their product is H_b … H_1 = I - V Tᵀ Vᵀ, where T is the inverse of the upper
triangle of Vᵀ V (which has a unit diagonal): products of matrices throughout.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from multiprocessing import parent_process
from threading import Lock, current_thread, main_thread
from typing import Any, Protocol

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["default_workers", "panel_width", "reflect_blocked", "reflect_small"]

Floats = NDArray[Any]

# the batch is filled up to a multiple of this: NumPy adds in another order for a batch of one, and
# may round otherwise in the last, incomplete vector of a loop
_LANES = 8
# triangles up to this size are inverted by a polynomial in their nilpotent part
_TRIANGLE = 8
# rows that are reflected at a time
_STRIP = 128
# entries of a matrix from which BLAS multiplies with threads of its own; and chunks that are worth
# one of ours
_THREADED_BLAS = 6000
_CHUNKS_EACH = 4
# numbers of rows up to which so many reflections at once were measured to be fastest
_PANELS = ((56, 16), (72, 24), (150, 34), (300, 50), (700, 64))


def default_workers(chunks: int, entries: int) -> int:
    """Return how many threads share so many chunks of matrices of so many entries.

    One a core, and none beside the first where something else shares out the cores: in a child
    process, in a thread, where ``OMP_NUM_THREADS`` says so, and for matrices so large that BLAS
    takes threads itself.

    Examples
    --------
    >>> default_workers(1, 9), default_workers(1000, 1000**2)
    (1, 1)
    """
    shared = current_thread() is not main_thread() or parent_process() is not None
    if shared or entries > _THREADED_BLAS:
        return 1
    # what a process may use, where the system says so
    allowed = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
    told = os.environ.get("OMP_NUM_THREADS", "")
    cores = min(len(allowed), int(told)) if told.isdecimal() else len(allowed)
    return max(1, min(cores, chunks // _CHUNKS_EACH))


def reflect_small(
    out: Floats, rng: np.random.Generator, chunk: int | None = None, workers: int = 1
) -> None:
    """Fill ``out`` by reflections vectorised over the batch, so many matrices at a time."""
    _fill(_OneByOne, out, rng, chunk, workers)


def panel_width(rows: int) -> int:
    """Return how many reflections are best applied at once.

    Examples
    --------
    >>> panel_width(20), panel_width(1000)
    (16, 96)
    """
    return next((width for limit, width in _PANELS if rows <= limit), 96)


def reflect_blocked(
    out: Floats, rng: np.random.Generator, chunk: int | None = None, workers: int = 1
) -> None:
    """Fill ``out`` by panels of reflections, so many matrices at a time."""
    _fill(_Panels, out, rng, chunk, workers)


class _Work(Protocol):
    """The work arrays for chunks of so many matrices."""

    count: int

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None: ...

    def draw(self, rng: np.random.Generator) -> None:
        """Draw all that is random."""

    def fill(self, out: Floats) -> None:
        """Turn what was drawn into matrices."""


def _fill(
    kind: type[_Work], out: Floats, rng: np.random.Generator, chunk: int | None, workers: int
) -> None:
    """Fill the chunks one after the other, or in threads.

    They are drawn in their order, by one thread at a time: the matrices do not depend on how many
    threads there are. What is computed from the draws, in NumPy, runs beside it.
    """
    total, rows, d = out.shape
    size = max(1, min(total, chunk or total))
    starts = iter(range(0, total, size))
    drawing = Lock()

    def serve() -> None:
        work = None
        while True:
            with drawing:
                start = next(starts, None)
                if start is None:
                    return
                part = out[start : start + size]
                if work is None or work.count != len(part):
                    work = kind(len(part), rows, d, out.dtype)
                work.draw(rng)
            work.fill(part)

    threads = min(workers, -(-total // size))
    if threads <= 1:
        serve()
        return
    with ThreadPoolExecutor(threads) as pool:
        for served in [pool.submit(serve) for _ in range(threads)]:
            served.result()


class _OneByOne:
    """Reflections one by one; the batch is the last axis of the work array."""

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None:
        self.count = count
        self.shape = rows, d, -(-count // _LANES) * _LANES
        self.drawn = np.empty((count, rows * d - rows * (rows - 1) // 2), dtype)

    def draw(self, rng: np.random.Generator) -> None:
        rng.standard_normal(out=self.drawn, dtype=self.drawn.dtype.type)

    def fill(self, out: Floats) -> None:
        rows, d, lanes = self.shape
        gaussian = np.ones((self.drawn.shape[1], lanes), out.dtype)
        gaussian[:, : self.count] = self.drawn.T
        work = np.zeros(self.shape, out.dtype)
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
        out[...] = work[:, :, : self.count].transpose(2, 0, 1)


class _Panels:
    """Reflections by panels; the work arrays serve one chunk after the other."""

    def __init__(self, count: int, rows: int, d: int, dtype: np.dtype[Any]) -> None:
        self.count, self.rows, self.d = count, rows, d
        panels = -(-rows // min(panel_width(rows), rows))
        even = -(-rows // panels)
        # a power of two times the size of the triangles that are inverted first
        doublings = max(0, ((even - 1) // _TRIANGLE).bit_length())
        self.size = -(-even >> doublings)
        width = self.size << doublings
        self.panels = [(p, min(p + width, rows)) for p in range(0, rows, width)]
        # V, with a column of zeros before it
        self.vectors = np.zeros((count, d, rows + 1), dtype)
        self.draws = rows * d - rows * (rows - 1) // 2 + (rows % 2) * (rows + 1) // 2
        self.buffer = np.empty(count * max(self.draws, width * d), dtype)
        self.tall = np.empty(count * min(rows - self.panels[0][1], _STRIP) * d, dtype)
        # Vᵀ V, with a row before it: that of the column before the first one of the panel
        self.grams = np.zeros((count, len(self.panels), width + 1, width), dtype)
        self.triangles = self.grams[:, :, 1:]
        self.corners = []
        for doubling in range(doublings):
            step = self.size << doubling
            corner = _blocks(self.triangles, step, 2, across=step)
            before = _blocks(self.triangles, step, 2)
            self.corners.append((before, corner, _blocks(self.triangles, step, 2, step, step)))
        self.diagonal = _blocks(self.triangles, self.size, 1)

    def draw(self, rng: np.random.Generator) -> None:
        drawn = self.buffer[: self.count * self.draws]
        rng.standard_normal(out=drawn, dtype=drawn.dtype.type)

    def fill(self, out: Floats) -> None:
        self._direct()
        self._invert()
        self._multiply(out)

    def _direct(self) -> None:
        """Turn what was drawn into vectors of the reflections e_1 → x.

        v ∝ x/‖x‖ - e_1, its first component without cancellation (Parlett 1971), and ‖v‖² = 2.
        """
        count, rows, vectors = self.count, self.rows, self.vectors
        drawn = self.buffer[: count * self.draws].reshape(count, self.draws)
        # rows i and rows - 1 - i of the triangle share a row of a rectangle, the second one
        # backwards: so both halves are copied as they lie, and what is not theirs is masked
        pitch = rows + 1
        half = -(-rows // 2) * pitch
        flat, mask = vectors.reshape(count, -1), _below(rows, vectors.dtype)
        np.multiply(drawn[:, : half - 1], mask[1:half], out=flat[:, 1:half])
        if rows > 1:
            back = drawn[:, rows // 2 * pitch - 1 : 0 : -1]
            np.multiply(back, mask[half + 1 :], out=flat[:, half + 1 : rows * pitch])
        vectors[:, rows:, 1:] = drawn[:, half:].reshape(count, self.d - rows, rows)
        diagonal = flat[:, 1 :: rows + 2][:, :rows]
        head = diagonal.copy()
        diagonal[...] = 0
        directions = vectors[:, :, 1:]
        rest = np.einsum("bij,bij->bj", directions, directions)
        norm = np.sqrt(rest + head * head)
        size = np.abs(head)
        # ‖x‖ - x_1, which is 0 only where x is along e_1: nothing is reflected there
        short = np.where(head > 0, rest / (norm + size), norm + size)
        np.negative(short, out=diagonal)
        norm *= short
        directions *= np.where(norm > 0, 1 / np.sqrt(np.where(norm > 0, norm, 1)), 0)[:, None]

    def _invert(self) -> None:
        """Put -T into the triangles."""
        vectors = self.vectors
        across = vectors.swapaxes(1, 2)
        for p, (first, last) in enumerate(self.panels):
            # two factors that are not one array: Vᵀ V itself would be formed by a slower routine
            np.matmul(
                across[:, first:last, first:],
                vectors[:, first:, first + 1 : last + 1],
                out=self.grams[:, p, : last - first, : last - first],
            )
        self.triangles *= _above(self.triangles.shape[-1], vectors.dtype)
        # N⁸ = 0, so that (I + N)^(-1) = (I - N)(I + N²)(I + N⁴)
        inverse = self.diagonal.copy()
        square = inverse @ inverse
        inverse -= np.eye(self.size, dtype=vectors.dtype)
        inverse += inverse @ square
        inverse += inverse @ (square @ square)
        self.diagonal[...] = inverse
        for before, corner, after in self.corners:
            # the inverse of [[A, X], [0, B]] has -A⁻¹ X B⁻¹ in its corner
            corner[...] = before @ corner @ after

    def _multiply(self, out: Floats) -> None:
        """Apply the panels, from the last rows to the first."""
        vectors, d = self.vectors, self.d
        for p, (first, last) in reversed([*enumerate(self.panels)]):
            count = last - first
            # - Tᵀ Vᵀ
            panel = vectors[:, first:, first + 1 : last + 1]
            triangle = self.triangles[:, p, :count, :count].swapaxes(1, 2)
            turned = np.matmul(
                triangle, panel.swapaxes(1, 2), out=self._view(self.buffer, count, d - first)
            )
            top = out[:, first:last, first:]
            np.matmul(panel[:, :count], turned, out=top)
            diagonal = np.einsum("bii->bi", top[:, :, :count])
            diagonal += 1
            for start in range(last, self.rows, _STRIP):
                strip = out[:, start : start + _STRIP]
                along = strip[:, :, last:] @ panel[:, count:]
                shift = np.matmul(
                    along, turned, out=self._view(self.tall, strip.shape[1], d - first)
                )
                strip[:, :, first:last] = shift[..., :count]
                strip[:, :, last:] += shift[..., count:]
            out[:, first:last, :first] = 0

    def _view(self, work: Floats, rows: int, columns: int) -> Floats:
        return work[: self.count * rows * columns].reshape(self.count, rows, columns)


# the same for every chunk
@lru_cache(maxsize=32)
def _above(size: int, dtype: np.dtype[Any]) -> Floats:
    return np.triu(np.ones((size, size), dtype), 1)


# likewise
@lru_cache(maxsize=32)
def _below(size: int, dtype: np.dtype[Any]) -> Floats:
    """Return the mask of a lower triangle, a column of zeros before it, row by row."""
    return np.hstack([np.zeros((size, 1), dtype), np.tri(size, dtype=dtype)]).ravel()


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
