"""Independent draws in blocks of bounded memory: the same numbers for any executor.

Block b of a run always uses the b-th child of the run's seed sequence and always has the same
size, so a result depends on the seed and the request alone, not on who computed which block when.
While blocks are drawn, BLAS runs on one thread: the matrices are small, threads that wait for each
other on a busy machine cost a hundred times what they gain, and blocks parallelise by executor.
(threadpoolctl sees to it, which the extra ``report`` brings; without it BLAS takes the threads that
OPENBLAS_NUM_THREADS and its like allow.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from weingarten.budget import as_limit
from weingarten.coerce import as_integer
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled.executors import received, submitted, uninterrupted, working

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = [
    "Draw",
    "Progress",
    "Sampling",
    "block_size",
    "check_cost",
    "draw_networks",
    "one_blas_thread",
    "resolve_seed",
    "run_block",
    "seconds_each",
]

Array = npt.NDArray[np.float64]
Draw = Callable[[int, np.random.Generator], Array]
Progress = Callable[[int, int], None]

# one block holds at most about this many matrix entries (32 MB of doubles)
_BLOCK_ENTRIES = 2**22
# and takes about so many seconds as predicted: what is lost when a process is killed
_BLOCK_SECONDS = 4.0
_LARGEST_BLOCK = 4096
_MAX_SECONDS = 900.0


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How networks are drawn, and how many: who draws them changes no number.

    Parameters
    ----------
    rtol : float, optional
        Draw more, up to ``most`` and as ``max_seconds`` is predicted to allow, until the standard
        error is at most this share of the mean.
    most : int, optional
        How many networks may be drawn for that; 100 times as many as to begin with by default.
    seconds : float, optional
        Time after which no further block is begun: what is drawn by then is judged.
    executor : concurrent.futures.Executor, optional
        Computes blocks of networks.
    progress : callable, optional
        ``progress(done, samples)``.
    max_seconds : float or None
        Predicted time above which CostLimitError is raised; None for no limit.
    checkpoint : path, optional
        A file that keeps what was drawn, and from which the same request goes on.
    resume : bool
        Whether the checkpoint has to exist.
    further : mapping, optional
        By what more may be drawn once these draws are known; part of what a checkpoint is about.
    """

    rtol: float | None = None
    most: int | None = None
    seconds: float | None = None
    executor: Executor | None = None
    progress: Progress | None = None
    max_seconds: float | None = _MAX_SECONDS
    checkpoint: str | Path | None = None
    resume: bool = False
    further: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if self.most is not None:
            object.__setattr__(self, "most", as_integer(self.most, "most", minimum=2))
        if self.resume and self.checkpoint is None:
            raise InvalidInputError(
                "resume", "must come with a checkpoint", self.resume, "pass checkpoint=, too"
            )
        if self.seconds is not None:
            as_limit(self.seconds, "seconds")
        if self.executor is not None and not callable(getattr(self.executor, "submit", None)):
            raise InvalidInputError(
                "executor",
                "must be an executor",
                self.executor,
                "pass for instance a concurrent.futures.ProcessPoolExecutor",
            )
        if self.progress is not None and not callable(self.progress):
            raise InvalidInputError(
                "progress", "must be callable", self.progress, "pass a function of (done, total)"
            )


def block_size(rows: int, columns: int, depth: int = 1, *, each: float = 0.0) -> int:
    """Return how many networks of this size one block holds, if each takes so many seconds.

    Examples
    --------
    >>> block_size(4, 4), block_size(32, 32, 50), block_size(1000, 1000, 500)
    (4096, 27, 1)
    >>> block_size(4, 4, each=0.1)
    40
    """
    entries = 3 * max(rows, 1) * max(rows, columns, 1) * max(depth, 1)
    fit = min(_BLOCK_ENTRIES // entries, _LARGEST_BLOCK)
    return max(fit if fit * each <= _BLOCK_SECONDS else int(_BLOCK_SECONDS / each), 1)


def check_cost(
    networks: int,
    rows: int,
    columns: int,
    depth: int,
    max_seconds: float | None = _MAX_SECONDS,
    *,
    each: float | None = None,
) -> None:
    """Raise :class:`CostLimitError` if drawing these networks would take longer than allowed.

    The prediction counts the drawing of the weights and the products of both passes on one core,
    unless the time of each is given.
    """
    # an integer of any size has a float
    seconds = float(min(networks, 10**300)) * (
        seconds_each(rows, columns, depth) if each is None else each
    )
    limit = as_limit(max_seconds, "max_seconds")
    if seconds > limit:
        raise CostLimitError(
            f"sampling {networks} networks of width {rows}, batch {columns}, depth {depth}",
            seconds,
            limit,
            "seconds",
            "ask for fewer samples, or pass max_seconds=None",
        )


def seconds_each(rows: int, columns: int, depth: int) -> float:
    """Return the predicted time of drawing one network and passing it both ways."""
    side = max(rows, columns)
    return max(depth, 1) * (1e-9 * side**3 + 1.5e-7 * side**2 + 5e-7)


def resolve_seed(seed: object) -> int:
    """Return a non-negative int that reproduces the run: the given one, or a fresh one for None.

    A NumPy generator gives (and consumes) one 63-bit integer.
    """
    if seed is None:
        entropy = np.random.SeedSequence().entropy
        return int(entropy) if isinstance(entropy, int) else 0
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    return as_integer(seed, "seed", minimum=0)


def draw_networks(
    draw: Draw,
    networks: int,
    *,
    block: int,
    seed: int,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Array:
    """Return the draws of independent networks, of shape (networks, ...).

    Parameters
    ----------
    draw : callable
        ``draw(count, rng)`` returns an array of shape (count, ...); with a process pool it must
        be picklable.
    networks : int
        How many, at least 2.
    block : int
        Networks per block; part of what the result depends on, see :func:`block_size`.
    seed : int
    executor : concurrent.futures.Executor, optional
    progress : callable, optional
        Called as ``progress(done, networks)`` after each block.

    Raises
    ------
    CampaignError
        If a worker process died.
    """
    as_integer(networks, "samples", minimum=2)
    counts = [min(block, networks - start) for start in range(0, networks, block)]
    results: list[Array | None] = [None] * len(counts)
    done = 0
    with one_blas_thread(), working(None):
        for index, values in _blocks(draw, counts, seed, executor):
            results[index] = values.astype(float, copy=False)
            done += counts[index]
            if progress is not None:
                progress(done, networks)
    return np.concatenate([values for values in results if values is not None])


# finding the libraries takes milliseconds, and every block asks
@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController | None:
    try:
        from threadpoolctl import ThreadpoolController  # noqa: PLC0415 - may not be installed
    except ModuleNotFoundError:
        return None
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Keep BLAS to one thread, where threadpoolctl is installed to do so."""
    controller = _controller()
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


def run_block(draw: Draw, count: int, seed: int, index: int) -> Array:
    """Return the draws of block ``index`` of a run."""
    # the children of SeedSequence(seed), without those before
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
    # the caller's limit holds for its own threads, not for the processes of a pool
    with one_blas_thread() if parent_process() is not None else nullcontext():
        try:
            values = np.asarray(draw(count, rng))
        except ValueError as error:
            if "inhomogeneous" not in str(error):
                raise
            values = np.array([])
    if values.shape[:1] != (count,):
        raise InvalidInputError(
            "draw", f"must return {count} draws on its first axis", values.shape, "fix the sampler"
        )
    return values


def _blocks(
    draw: Draw, counts: list[int], seed: int, executor: Executor | None
) -> Iterator[tuple[int, Array]]:
    if executor is None:
        for index, count in enumerate(counts):
            yield index, run_block(draw, count, seed, index)
        return
    futures: dict[Future[Array], int] = {}
    ended: SimpleQueue[Future[Array]] = SimpleQueue()
    try:
        for index, count in enumerate(counts):
            future = submitted(executor, run_block, draw, count, seed, index)
            with uninterrupted():
                futures[future] = index
                future.add_done_callback(ended.put)
        for _ in counts:
            future = ended.get()
            yield futures[future], received(future)
    finally:
        with uninterrupted():
            for future in futures:
                future.cancel()
