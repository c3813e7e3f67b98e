"""Draws of everything random in an expression, block by block: the same for any executor.

Block b of a run uses the b-th child of the run's seed and has a size that depends on the expression
alone, so that the result depends on the seed and the request, not on who draws which block, nor on
how often the run was ended and taken up again from its checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from importlib import import_module
from math import ceil, inf
from numbers import Integral
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import as_limit
from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import machine
from weingarten.sampled.checkpoints import Checkpoint, Memory, stored_seed
from weingarten.sampled.evaluation import Evaluator
from weingarten.sampled.executors import received, submitted, uninterrupted, working
from weingarten.sampled.groups import sample_matrix
from weingarten.sampled.running_means import Estimate, RunningMean, real_parts
from weingarten.sampled.sampling import as_generator
from weingarten.symbols.random_matrices import random_matrices
from weingarten.symbols.randomness import other_random_symbols, sample_symbol

__all__ = ["Campaign", "Progress", "Sampler", "Tally", "sampled_values"]

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
    """Return the values of an expression, samples first also where nothing is random.

    Raises
    ------
    InvalidInputError
        If some of them are not finite.
    """
    value = np.asarray(machine(Evaluator(draws)(expr)))
    axes = 2 if getattr(expr, "is_Matrix", False) else 0
    found = value if value.ndim > axes else np.broadcast_to(value, (count, *value.shape))
    bad = np.count_nonzero(~np.isfinite(found.reshape(count, -1)).all(axis=1))
    if bad:
        raise InvalidInputError(
            "expr",
            "must be finite in every sample",
            f"nan or infinity in {bad} of {count}",
            "look for overflow, a division by zero, or a logarithm of what may be negative",
        )
    return found


def _block(
    expr: sp.Basic, values: Mapping[sp.Basic, Any], count: int, seed: np.random.SeedSequence
) -> NDArray[Any]:
    draws = Sampler(expr, values)(count, np.random.default_rng(seed))
    return sampled_values(expr, draws, count)


class Tally:
    """Sums over the samples of one run, and how far it is: what a checkpoint keeps.

    Attributes
    ----------
    total : RunningMean
        Of the samples.
    squares : RunningMean
        Of the squared deviations of their real and imaginary parts from the mean of the first
        block.
    blocks, wanted : int
        How many blocks are drawn, and how many samples are wanted by now.
    """

    def __init__(self) -> None:
        self.total = RunningMean()
        self.squares = RunningMean()
        self.centre: NDArray[Any] | None = None
        self.blocks = self.wanted = 0

    def updated(self, drawn: NDArray[Any]) -> Tally:
        """Return the sums with a block of samples more, and leave these as they are."""
        found = Tally()
        found.blocks, found.wanted = self.blocks + 1, self.wanted
        found.total = self.total.copy().update(drawn)
        found.centre = drawn.mean(axis=0) if self.centre is None else self.centre
        deviations = real_parts(drawn - found.centre)
        found.squares = self.squares.copy().update(np.square(deviations))
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything as arrays, by name."""
        found = {
            "counts": np.array([self.blocks, self.wanted, self.total.samples]),
            "mean": self.total.mean,
            "total": self.total.squares,
        }
        if self.centre is not None:
            found |= {"centre": self.centre, "spread": self.squares.mean}
            found |= {"fourths": self.squares.squares}
        return found

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Tally:
        """Return what :meth:`arrays` took apart."""
        found = cls()
        found.blocks, found.wanted, samples = (int(count) for count in arrays["counts"])
        found.total = RunningMean(samples, arrays["mean"], arrays["total"])
        if "centre" in arrays:
            found.centre = arrays["centre"]
            found.squares = RunningMean(samples, arrays["spread"], arrays["fourths"])
        return found


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
    seconds : float, optional
        Time after which :meth:`run` begins no block, once there are two samples.

    Attributes
    ----------
    seed : int
        What to pass as ``rng`` to draw the same again.
    tally : Tally
        The sums over what is drawn.
    """

    def __init__(
        self,
        expr: sp.Basic,
        values: Mapping[sp.Basic, Any],
        rng: Any,
        executor: Executor | None = None,
        progress: Progress | None = None,
        *,
        seconds: float | None = None,
    ) -> None:
        self.seconds, self.end = as_limit(seconds, "seconds"), inf
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
        self.fresh = rng is None
        generator = as_generator(rng)
        self.seed = int(rng) if isinstance(rng, Integral) else int(generator.integers(2**63))
        self.block = Sampler(expr, values).block
        self.tally = Tally()
        self._waiting: dict[int, Future[NDArray[Any]]] = {}

    def draw(self, total: int) -> Iterator[NDArray[Any]]:
        """Yield blocks of samples, samples first, until there are ``total`` in all."""
        for drawn in self._in_order(total - self.tally.total.samples):
            self.tally = self.tally.updated(drawn)
            if self.progress is not None:
                self.progress(self.tally.total.samples, total)
            yield drawn

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return self.tally.total.samples > 1 and monotonic() >= self.end

    def _in_order(self, count: int) -> Iterator[NDArray[Any]]:
        sizes = [min(self.block, count - start) for start in range(0, count, self.block)]
        first = self.tally.blocks
        tasks = (
            # the children of the run's seed, without those before
            (self.expr, self.values, size, np.random.SeedSequence(self.seed, spawn_key=(index,)))
            for index, size in enumerate(sizes, first)
        )
        if self.executor is None:
            for task in tasks:
                if self.over:
                    return
                yield _block(*task)
            return
        # by the numbers of their blocks: the tally knows which of them it has
        waiting = self._waiting = {}
        try:
            for index, task in enumerate(tasks, first):
                if self.over:
                    break
                waiting[index] = submitted(self.executor, _block, *task)
                if len(waiting) == _AHEAD:
                    yield received(waiting[self.tally.blocks])
                    del waiting[self.tally.blocks - 1]
            while waiting:
                # those that nobody has begun, from the last one on
                while self.over and len(waiting) > 1 and waiting[max(waiting)].cancel():
                    waiting.popitem()
                if self.over and waiting[self.tally.blocks].cancel():
                    return
                yield received(waiting[self.tally.blocks])
                del waiting[self.tally.blocks - 1]
        finally:
            with uninterrupted():
                for future in waiting.values():
                    future.cancel()

    def _rescued(self, store: Memory[Tally]) -> None:
        """Keep the blocks that came to their end, in their order, and were not taken."""
        while (future := self._waiting.get(self.tally.blocks)) is not None:
            with uninterrupted():
                if not future.done() or future.cancelled() or future.exception() is not None:
                    break
                self.tally = self.tally.updated(future.result())
        if self.tally.blocks:
            store.update(0, (self.tally.blocks, self.tally, {}))

    def run(
        self,
        count: int,
        rtol: float | None,
        scale: Any = None,
        *,
        checkpoint: str | Path | None = None,
        begun: Callable[[tuple[int, ...]], object] = tuple,
    ) -> Tally:
        """Return the sums over ``count`` samples, and more for ``rtol``; fewer if the time is up.

        Parameters
        ----------
        count : int
        rtol : float, optional
            The standard error of every entry is compared with the largest entry of ``scale``, or of
            the mean if that is None.
        scale : number or ndarray, optional
        checkpoint : path, optional
            A file that keeps the sums, and from which the same request goes on.
        begun : callable, optional
            Told the shape of a sample as soon as it is known; raises where it is wrong.

        Raises
        ------
        CampaignError
            If a worker died, or the checkpoint cannot be written.
        """
        self.end = monotonic() + self.seconds
        store: Memory[Tally] = Memory()
        if checkpoint is not None:
            store = self._opened(checkpoint, count, rtol, scale is not None)
        try:
            with working(store.place):
                self._through(store, count, rtol, scale, begun)
        except BaseException as error:
            if store.place:
                self._rescued(store)
                store.close()
                error.add_note(
                    f"{self.tally.total.samples} samples are in {store.place}: "
                    "run the same again to go on"
                )
            raise
        store.close()
        return self.tally

    def _through(
        self,
        store: Memory[Tally],
        count: int,
        rtol: float | None,
        scale: Any,
        begun: Callable[[tuple[int, ...]], object],
    ) -> None:
        """Draw what is missing, and keep it."""
        _, known, _ = store.drawn(0)
        self.tally = known or self.tally
        self.tally.wanted = self.tally.wanted or count
        while True:
            for _ in self.draw(self.tally.wanted):
                store.update(0, (self.tally.blocks, self.tally, {}))
                begun(self.tally.total.mean.shape)
            # also where everything was drawn before
            begun(self.tally.total.mean.shape)
            if rtol is None or self.over:
                break
            found = self.tally.total.estimate()
            wanted = _wanted(found, rtol, scale, _MOST_ROUNDS * count)
            if wanted <= found.samples:
                break
            self.tally.wanted = wanted

    def _opened(
        self, path: str | Path, count: int, rtol: float | None, scaled: bool
    ) -> Checkpoint[Tally]:
        part = {
            "name": "this expression",
            "expression": _digest(sp.srepr(self.expr)),
            "values": _digest(*(_text(key, self.values[key]) for key in self.values)),
            "samples": count,
            "rtol": rtol,
            "block": self.block,
            # a verdict draws until the error is a share of the exact value
            "purpose": "verdict" if scaled else "estimate",
        }
        if self.fresh and (found := stored_seed(path)) is not None:
            self.seed = found
        request = {
            # the package knows every module: none of them imports it
            "version": str(import_module("weingarten").__version__),
            "NumPy": ".".join(np.__version__.split(".")[:2]),
            "seed": self.seed,
            "parts": [part],
        }
        return Checkpoint(path, request, Tally)


def _text(key: sp.Basic, value: Any) -> str:
    array = np.asarray(value)
    if array.dtype.kind in "OUS":
        return f"{sp.srepr(key)}: {value!r}"
    return f"{sp.srepr(key)}: {array.shape} {array.dtype} {array.tobytes().hex()}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:16]


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
