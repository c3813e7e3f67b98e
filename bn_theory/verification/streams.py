"""Requests for summaries of independent draws, computed block by block in bounded memory.

Blocks of several requests are handed to the executor together, so that no worker waits for the end
of one request; each request merges its blocks in their order. A result depends on the request
alone: not on who computes, how many, in which order blocks come back, or how often the work was
ended and taken up again.

Where a request has a goal, its draws are looked at after the first networks, twice as many, four
times as many, … (in whole blocks), until the goal is reached or the next look would be beyond
``most``. :attr:`Request.looks` is how many looks there may be, whatever happens: a test that gives
each of them an equal share of its level keeps it under any rule of stopping.

When a request's time is up its sampling ends after the blocks that are being computed; what is
judged are its first blocks without a gap, and there is one at least. The clock does not know the
draws, so where it stands beside a goal it counts as one more look, and alone it costs nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from bn_theory.verification.montecarlo import (
    Draw,
    Progress,
    one_blas_thread,
    resolve_seed,
    run_block,
)
from bn_theory.verification.summaries import HEAD, Summary
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.sampled.checkpoints import Memory
from weingarten.sampled.executors import received, submitted, uninterrupted, working
from weingarten.sampled.running_means import Estimate

__all__ = ["Request", "estimate", "summarise"]

# as many blocks are computed or wait for their turn at once: enough for many workers, and a bound
# on memory
_AHEAD = 128

#: Called with the number of networks that one request has gained, and by how many more than
#: before it now wants.
Gained = Callable[[int, int], None]
#: Called with the number of a request: whether its time is up.
Over = Callable[[int], bool]


def _never(_: int) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Request:
    """Draws to be summarised.

    Parameters
    ----------
    draw : callable
        ``draw(count, rng)``, see :func:`~bn_theory.verification.montecarlo.draw_networks`.
    networks : int
        How many, at least 2; with a goal, how many to begin with.
    block : int
        Networks per block.
    seed : int
    goal : callable, optional
        ``goal(summary)``: whether these draws are enough.
    most : int, optional
        How many to draw at most for the goal.
    open : bool
        Whether a goal may be set once these draws are known: its looks count from the beginning.
    timed : bool
        Whether a clock may end it before its goal.
    each : float
        Predicted seconds for one network.
    """

    draw: Draw
    networks: int
    block: int
    seed: int
    goal: Callable[[Summary], bool] | None = None
    most: int = 0
    open: bool = False
    timed: bool = False
    each: float = 0.0

    def __post_init__(self) -> None:
        as_integer(self.networks, "samples", minimum=2)

    @property
    def targets(self) -> tuple[int, ...]:
        """The numbers of networks at which the draws may be looked at."""
        return (self.networks,) if self.goal is None else self._doubled

    @property
    def _doubled(self) -> tuple[int, ...]:
        blocks = -(-self.networks // self.block)
        found = [blocks]
        while 2 * found[-1] * self.block <= self.most:
            found.append(2 * found[-1])
        return tuple(count * self.block for count in found)

    @property
    def looks(self) -> int:
        """How many looks there are at most."""
        if self.goal is None and not self.open:
            return 1
        return len(self._doubled) + self.open + self.timed


class _Stream:
    """One request on its way."""

    def __init__(self, part: int, request: Request, store: Memory[Summary], over: Over) -> None:
        self.part, self.request, self.store, self.over = part, request, store, over
        self.targets = list(request.targets)
        self.running = 0
        self.stopped = False
        # by how much the networks that are wanted have grown
        self.wanted = 0
        self.merged, self.first, self.others = store.drawn(part)
        held = self.merged * request.block
        if held > self.targets[-1]:
            raise InvalidInputError(
                "samples",
                f"must be at least the {held} networks in the checkpoint",
                self.targets[-1],
                "ask for as many or more, or begin a new file",
            )
        # a look that was passed before is not taken again
        while self.targets[0] < held:
            self.targets.pop(0)
        self.others = {
            index: summary
            for index, summary in self.others.items()
            if summary.samples == self._count(index)
        }
        self._merge()
        self.asked = self.merged
        self.done = False
        self._settle()

    def grown(self) -> int:
        """Return by how many networks the target has grown since this was asked."""
        found, self.wanted = self.wanted, 0
        return found

    @property
    def held(self) -> int:
        """How many networks are drawn."""
        return self.merged * self.request.block + sum(s.samples for s in self.others.values())

    def _count(self, index: int) -> int:
        return min(self.request.block, self.targets[0] - index * self.request.block)

    def next_block(self) -> int | None:
        """Return a block to be computed now, if there is one."""
        while self.asked in self.others:
            self.asked += 1
        if self.done or self._count(self.asked) <= 0:
            return None
        if self.asked > 0 and (self.stopped or self.over(self.part)):
            self.stopped = True
            self._settle()
            return None
        self.asked += 1
        self.running += 1
        return self.asked - 1

    def forget(self, index: int) -> None:
        """Take note that a block will not be computed: the time is up."""
        self.running -= 1
        self.stopped = True
        self._settle()

    def job(self, index: int) -> tuple[Draw, int, int, int, bool]:
        """Return what :func:`_summarised` needs for a block."""
        asked = self.request
        return asked.draw, self._count(index), asked.seed, index, index * asked.block < HEAD

    def take(self, index: int, summary: Summary) -> None:
        """Merge a block, or keep it until it is its turn."""
        self.running -= 1
        self.others[index] = summary
        self._merge()
        self.store.update(self.part, (self.merged, self.first, dict(self.others)))
        self._settle()

    def _merge(self) -> None:
        while self.merged in self.others:
            # the last block, if it is smaller, stays by itself: more networks may be asked for
            if self.others[self.merged].samples < self.request.block:
                break
            found = self.others.pop(self.merged)
            self.first = found if self.first is None else self.first.merged(found)
            self.merged += 1

    def _settle(self) -> None:
        if self.stopped and not self.running:
            self.done = True
        while not self.done and self.held == self.targets[0]:
            goal = self.request.goal
            if len(self.targets) == 1 or goal is None or goal(self.result()):
                self.done = True
            else:
                before = self.targets.pop(0)
                self.wanted += self.targets[0] - before

    def result(self) -> Summary:
        """Return the summary of everything drawn."""
        last = self.others.get(self.merged)
        if self.first is None:
            assert last is not None
            return last
        return self.first if last is None else self.first.merged(last)


def _summarised(draw: Draw, count: int, seed: int, index: int, with_head: bool) -> Summary:
    try:
        return Summary.of(run_block(draw, count, seed, index), HEAD if with_head else 0)
    except InvalidInputError as error:
        if error.argument == "sampler":
            error.add_note(f"in block {index} of seed {seed}")
        raise


def summarise(
    requests: Iterable[Request],
    *,
    executor: Executor | None = None,
    store: Memory[Summary] | None = None,
    gained: Gained | None = None,
    over: Over = _never,
    parts: Iterable[int] | None = None,
) -> Generator[Summary, None, None]:
    """Yield the summary of each request, in their order.

    Requests are read when there is room for their blocks, so that they may be made meanwhile.

    Parameters
    ----------
    requests : iterable of Request
    executor : concurrent.futures.Executor, optional
    store : Memory, optional
        Keeps what was drawn, and knows what was drawn before.
    gained : callable, optional
        Told of networks as they come.
    over : callable, optional
        ``over(part)``: whether the time of a request is up.
    parts : iterable of int, optional
        Under which numbers the store keeps the requests; 0, 1, … by default.

    Raises
    ------
    CampaignError
        If a worker process died, or the checkpoint cannot be written.
    InvalidInputError
        If draws are no finite numbers; what else a sampler raises passes through.
    """
    waiting = enumerate(requests) if parts is None else zip(parts, requests, strict=True)
    kept_in: Memory[Summary] = Memory() if store is None else store
    streams: deque[_Stream] = deque()
    running = _Running(executor)
    ahead = 1 if executor is None else _AHEAD

    def next_job() -> tuple[_Stream, int] | None:
        for stream in streams:
            index = stream.next_block()
            if index is not None:
                return stream, index
        while len(streams) < ahead:
            part, request = next(waiting, (0, None))
            if request is None:
                return None
            streams.append(_Stream(part, request, kept_in, over))
            if gained is not None:
                gained(streams[-1].held, streams[-1].grown())
            index = streams[-1].next_block()
            if index is not None:
                return streams[-1], index
        return None

    def busy() -> bool:
        return running.number + sum(len(stream.others) for stream in streams) >= ahead

    with one_blas_thread(), working(kept_in.place):
        try:
            while True:
                while not (running.number and busy()) and (job := next_job()) is not None:
                    running.begin(job)
                running.forget_late(over)
                if running.number and (ended := running.next_ended()) is not None:
                    stream, index, summary = ended
                    stream.take(index, summary)
                    if gained is not None:
                        gained(summary.samples, stream.grown())
                if not streams:
                    return
                while streams and streams[0].done:
                    yield streams.popleft().result()
        except BaseException:
            running.rescue(kept_in)
            raise
        finally:
            running.cancel()


class _Running:
    """Blocks in the hands of an executor, or computed at once.

    Those that ended come by a queue: there, unlike in ``concurrent.futures.wait``, Ctrl-C leaves no
    lock behind.
    """

    def __init__(self, executor: Executor | None) -> None:
        self.executor = executor
        self.jobs: dict[Future[Summary], tuple[_Stream, int]] = {}
        self.ended: SimpleQueue[Future[Summary]] = SimpleQueue()

    @property
    def number(self) -> int:
        return len(self.jobs)

    def begin(self, job: tuple[_Stream, int]) -> None:
        stream, index = job
        if self.executor is None:
            future = _here(_summarised, *stream.job(index))
        else:
            future = submitted(self.executor, _summarised, *stream.job(index))
        with uninterrupted():
            self.jobs[future] = job
            future.add_done_callback(self.ended.put)

    def forget_late(self, over: Over) -> None:
        for future, (stream, index) in list(self.jobs.items()):
            # the first block of each is wanted in any case
            if index and over(stream.part):
                with uninterrupted():
                    if future.cancel():
                        del self.jobs[future]
                        stream.forget(index)

    def next_ended(self) -> tuple[_Stream, int, Summary] | None:
        """Wait for a block; None for one that was forgotten."""
        future = self.ended.get()
        if future not in self.jobs:
            return None
        stream, index = self.jobs.pop(future)
        with uninterrupted():
            return stream, index, received(future)

    def rescue(self, store: Memory[Summary]) -> None:
        """Keep blocks that came to their end and were not taken.

        What ends the work may come in the middle of a stream's: only the store is whole.
        """
        for future, (stream, index) in self.jobs.items():
            with uninterrupted():
                if not future.done() or future.cancelled() or future.exception() is not None:
                    continue
                merged, first, others = store.drawn(stream.part)
                if index >= merged:
                    others = {**others, index: future.result()}
                    store.update(stream.part, (merged, first, others))

    def cancel(self) -> None:
        with uninterrupted():
            for future in self.jobs:
                future.cancel()


def _here(function: Callable[..., Summary], *arguments: Any) -> Future[Summary]:
    """Compute at once, in this thread."""
    future: Future[Summary] = Future()
    try:
        future.set_result(function(*arguments))
    except Exception as error:
        future.set_exception(error)
    return future


def estimate(
    draw: Draw,
    networks: int,
    *,
    block: int,
    seed: object = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Return the mean of ``draw`` over independent networks with its standard error.

    Examples
    --------
    >>> result = estimate(lambda count, rng: rng.uniform(size=count), 1000, block=100, seed=1)
    >>> result.samples, abs(result.mean - 0.5) < 4 * result.stderr
    (1000, True)
    """
    number, done = resolve_seed(seed), 0

    def gained(more: int, _: int) -> None:
        nonlocal done
        done += more
        if progress is not None and more:
            progress(done, networks)

    request = Request(draw=draw, networks=networks, block=block, seed=number)
    (summary,) = summarise([request], executor=executor, gained=gained)
    return summary.estimate(number)
