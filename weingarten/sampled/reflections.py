"""Haar matrices from Householder reflections, many at a time (Stewart 1980; Mezzadri 2007).

Row r of O is a uniform point on the sphere orthogonal to the rows before it. So a reflection that
takes e_1 to a Gaussian direction x of d - r components, applied to the Haar matrix of one dimension
less bordered by a 1, is Haar again. The direction keeps its sign, that of the last row included: QR
without this sign fix is not Haar (at d = 4 it has E tr O = -0.83).

Small ones are reflected one by one, vectorised over the batch, others by panels, which are
products of matrices, and large ones by themselves. A few are left to LAPACK: they are those of a
larger batch, rounded otherwise.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import parent_process
from threading import Lock, current_thread, main_thread
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from weingarten.sampled.few import OneByOne, few_of_panels, few_small
from weingarten.sampled.large import Large
from weingarten.sampled.panels import Panels

__all__ = ["default_workers", "is_few", "reflect"]

Floats = NDArray[Any]

# entries of a matrix from which BLAS multiplies with threads of its own
_THREADED_BLAS = 6000
# entries of a matrix up to which reflections one by one, vectorised over the batch, are faster
_SMALL = 18 * 18
# dimensions from which matrices are filled by themselves
_LARGE = 257
# dimensions up to which OpenBLAS, in LAPACK, applies a reflection in one thread
_ONE_THREAD = 90
# entries of a matrix up to which work arrays are kept for the next call
_KEPT = 300**2


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
    if chunks < 2 or entries > _THREADED_BLAS:
        return 1
    if current_thread() is not main_thread() or parent_process() is not None:
        return 1
    # what a process may use, where the system says so
    allowed = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
    told = os.environ.get("OMP_NUM_THREADS", "")
    cores = min(len(allowed), int(told)) if told.isdecimal() else len(allowed)
    return max(1, min(cores, chunks))


def is_few(total: int, d: int) -> bool:
    """Return whether so many matrices are so few that LAPACK is faster.

    Examples
    --------
    >>> is_few(20, 3), is_few(3, 80), is_few(1, 80), is_few(1, 100)
    (True, False, True, False)
    """
    return d <= _ONE_THREAD and 0 < total <= max(1, min(24, 160 // d))


def reflect(
    out: Floats,
    rng: np.random.Generator,
    chunk: int | None = None,
    workers: int = 1,
    lapack: bool = False,
) -> None:
    """Fill ``out``, of shape (count, rows, d), with rows of Haar matrices, so many at a time."""
    _, rows, d = out.shape
    small = rows * d <= _SMALL
    if lapack:
        (few_small if small else few_of_panels)(out, rng)
    elif d >= _LARGE:
        _fill(Large, out, rng, 1, workers)
    else:
        _fill(OneByOne if small else Panels, out, rng, chunk, workers)


class _Work(Protocol):
    """The work arrays for chunks of so many matrices."""

    def draw(self, rng: np.random.Generator, out: Floats) -> None:
        """Draw all that is random; ``out`` may keep it."""

    def fill(self, out: Floats) -> None:
        """Turn what was drawn into matrices."""


_Kind = Callable[[int, int, int, np.dtype[Any]], _Work]


class _Idle:
    """Work arrays that nobody uses at present, the last few: to make them takes as long as to fill.

    Those of large matrices are not kept.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.kept: deque[tuple[tuple[Any, ...], _Work]] = deque(maxlen=4)

    def take(self, *key: Any) -> _Work:
        """Return work arrays for this kind, count, rows, d and dtype."""
        with self.lock:
            for found in self.kept:
                if found[0] == key:
                    self.kept.remove(found)
                    return found[1]
        kind, *shape = key
        work: _Work = kind(*shape)
        return work

    def give(self, work: _Work, *key: Any) -> None:
        """Keep work arrays for the next one."""
        if key[2] * key[3] <= _KEPT:
            with self.lock:
                self.kept.append((key, work))


_idle = _Idle()


def _fill(
    kind: _Kind, out: Floats, rng: np.random.Generator, chunk: int | None, workers: int
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
        while True:
            with drawing:
                start = next(starts, None)
                if start is None:
                    return
                part = out[start : start + size]
                key = kind, len(part), rows, d, out.dtype
                work = _idle.take(*key)
                work.draw(rng, part)
            work.fill(part)
            _idle.give(work, *key)

    threads = min(workers, -(-total // size))
    if threads <= 1:
        serve()
        return
    with ThreadPoolExecutor(threads) as pool:
        for served in [pool.submit(serve) for _ in range(threads)]:
            served.result()
