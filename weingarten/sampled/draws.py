"""Draws of everything random in an expression, block by block: the same for any executor.

Block b of a run uses the b-th child of the run's seed and has a size that depends on the expression
alone, so that the result depends on the seed and the request, not on who draws which block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from math import ceil
from numbers import Integral
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import machine
from weingarten.sampled.evaluation import Evaluator
from weingarten.sampled.groups import sample_matrix
from weingarten.sampled.sampling import Estimate, RunningMean, as_generator
from weingarten.symbols.random_matrices import random_matrices
from weingarten.symbols.randomness import other_random_symbols, sample_symbol

__all__ = ["Campaign", "Progress", "Sampler", "sampled_values"]

Progress = Callable[[int, int], object]

#: Entries of Haar matrices in one block, and samples in one block.
_BLOCK_ENTRIES, _BLOCK_SAMPLES = 2**20, 2**14
#: Blocks that are under way at once in an executor; the memory of a run is bounded by them.
_AHEAD = 32
#: How many times the samples asked for a relative error may take.
_MOST_ROUNDS = 100


class Sampler:
    """Draws of everything random in an expression, beside the given values."""

    def __init__(self, expr: sp.Basic, values: Mapping[sp.Basic, Any]) -> None:
        self.values = values
        evaluator = Evaluator(values)
        self.sizes = {
            w: (evaluator.integer(w.dimension, minimum=1), evaluator.shape(w))
            for w in random_matrices(expr)
        }
        self.others = other_random_symbols(expr)
        for symbol in (*self.sizes, *self.others):
            if symbol in values:
                raise InvalidInputError(
                    "values",
                    "must not fix what is sampled",
                    symbol,
                    "leave it out, or use weingarten.evaluate",
                )
        widest = sum(size**2 for size, _ in self.sizes.values()) or 1
        self.block = min(max(1, _BLOCK_ENTRIES // widest), _BLOCK_SAMPLES)

    def __call__(self, count: int, rng: np.random.Generator) -> dict[sp.Basic, Any]:
        """Return the values with ``count`` draws."""
        draws: dict[sp.Basic, Any] = dict(self.values)
        draws |= {w: sample_matrix(w, *sizes, count, rng) for w, sizes in self.sizes.items()}
        draws |= {x: sample_symbol(x, count, draws, rng) for x in self.others}
        return draws


def sampled_values(expr: sp.Basic, draws: Mapping[sp.Basic, Any], count: int) -> NDArray[Any]:
    """Return the values of an expression, samples first also where nothing is random."""
    value = np.asarray(machine(Evaluator(draws)(expr)))
    axes = 2 if getattr(expr, "is_Matrix", False) else 0
    return value if value.ndim > axes else np.broadcast_to(value, (count, *value.shape))


def _block(
    expr: sp.Basic, values: Mapping[sp.Basic, Any], count: int, seed: np.random.SeedSequence
) -> NDArray[Any]:
    draws = Sampler(expr, values)(count, np.random.default_rng(seed))
    return sampled_values(expr, draws, count)


class Campaign:
    """The draws of one run.

    Parameters
    ----------
    expr : Basic
        What is sampled.
    values : mapping
        Checked values of its constants.
    rng : object
        A seed, a generator (which gives one), or None for a fresh one.
    executor : concurrent.futures.Executor, optional
        Draws the blocks.
    progress : callable, optional
        ``progress(done, total)``, called after each block.

    Attributes
    ----------
    seed : int
        What to pass as ``rng`` to draw the same again.
    done : int
        Number of samples drawn.
    """

    def __init__(
        self,
        expr: sp.Basic,
        values: Mapping[sp.Basic, Any],
        rng: Any,
        executor: Executor | None = None,
        progress: Progress | None = None,
    ) -> None:
        if executor is not None and not callable(getattr(executor, "submit", None)):
            raise InvalidInputError(
                "executor",
                "must be an executor",
                executor,
                "pass for instance a concurrent.futures.ProcessPoolExecutor",
            )
        if progress is not None and not callable(progress):
            raise InvalidInputError(
                "progress", "must be callable", progress, "pass a function of (done, total)"
            )
        self.expr, self.values = expr, values
        self.executor, self.progress = executor, progress
        generator = as_generator(rng)
        self.seed = int(rng) if isinstance(rng, Integral) else int(generator.integers(2**63))
        self.block = Sampler(expr, values).block
        self.done = 0
        self._seeds = np.random.SeedSequence(self.seed)

    def draw(self, total: int) -> Iterator[NDArray[Any]]:
        """Yield blocks of samples, samples first, until there are ``total`` in all."""
        for drawn in self._in_order(total - self.done):
            self.done += len(drawn)
            if self.progress is not None:
                self.progress(self.done, total)
            yield drawn

    def _in_order(self, count: int) -> Iterator[NDArray[Any]]:
        sizes = [min(self.block, count - start) for start in range(0, count, self.block)]
        tasks = ((self.expr, self.values, size, self._seeds.spawn(1)[0]) for size in sizes)
        if self.executor is None:
            yield from (_block(*task) for task in tasks)
            return
        waiting: deque[Future[NDArray[Any]]] = deque()
        try:
            for task in tasks:
                waiting.append(self.executor.submit(_block, *task))
                if len(waiting) == _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def blocks(
        self, total: RunningMean, count: int, rtol: float | None, scale: Any = None
    ) -> Iterator[NDArray[Any]]:
        """Yield blocks and add them to ``total``: ``count`` samples, and more for ``rtol``.

        The standard error of every entry is compared with the largest entry of ``scale``, or of the
        mean if that is None.
        """
        wanted = count
        while wanted > self.done:
            for drawn in self.draw(wanted):
                total.update(drawn)
                yield drawn
            if rtol is not None:
                wanted = _wanted(total.estimate(), rtol, scale, _MOST_ROUNDS * count)


def _wanted(found: Estimate, rtol: float, scale: Any, most: int) -> int:
    """Return how many samples the relative error is predicted to take, at most ``most``."""
    error = np.asarray(found.stderr)
    largest = float(np.max(np.maximum(error.real, error.imag), initial=0.0))
    size = float(np.max(np.abs(found.mean if scale is None else scale), initial=0.0))
    if largest <= rtol * size:
        return 0
    if size == 0:
        return most
    # a tenth more: the standard error that is known is itself sampled
    return ceil(min(1.1 * found.samples * (largest / (rtol * size)) ** 2, most))
