"""What the commands of ``bn-theory`` share: options, errors in one line, workers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, fields
from functools import wraps
from multiprocessing import active_children
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

import click

from weingarten.budget import spending
from weingarten.cli import terminal
from weingarten.sampled.executors import uninterrupted

__all__ = [
    "CHECKPOINT",
    "FLAGS",
    "NO_LIMIT",
    "POWER",
    "RESUME",
    "SAMPLES",
    "SEED",
    "WIDTH",
    "WORKERS",
    "CampaignOptions",
    "campaign_options",
    "check_resume",
    "one_line_errors",
    "pool",
]

#: How the command line calls what Python calls by keyword.
FLAGS = MappingProxyType({"about": "WORD", "name": "NAME", "checkpoint": "--checkpoint"})

SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Reproduces the run."
)
SAMPLES = click.option(
    "--samples",
    type=click.IntRange(min=2),
    help="Networks per verdict; by default each case's own number.",
)
_LEVEL = click.option(
    "--level",
    type=terminal.FiniteRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Probability that anything is rejected if all is right.",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
    show_default="as many as there are cores",
    help="Processes; changes no number.",
)
_RTOL = click.option(
    "--rtol",
    type=terminal.FiniteRange(0, 1, min_open=True, max_open=True),
    help="Draw more, up to --most, until the standard error is this share of the mean.",
)
_MOST = click.option(
    "--most",
    type=click.IntRange(min=2),
    help="Networks per verdict at most.  [default: 100 times as many as to begin with]",
)
_SECONDS = click.option(
    "--seconds",
    type=terminal.FiniteRange(0, min_open=True),
    help="Begin no more networks after this time, and judge those that were drawn.",
)
POWER = click.option(
    "--power",
    type=terminal.FiniteRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Plant an error of this share in each formula, and draw until the networks notice it.",
)
WIDTH = click.option(
    "--width",
    type=click.IntRange(min=2),
    help="Verify at this width, with the cases of the formulas stretched to it.",
)
CHECKPOINT = click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep what is drawn in FILE, and go on from it if it exists.",
)
RESUME = click.option(
    "--resume", is_flag=True, help="Go on from the checkpoint, and refuse to begin a new one."
)
NO_LIMIT = click.option(
    "--no-limit", is_flag=True, help="Start however long it is predicted to take."
)


@contextmanager
def one_line_errors(
    no_limit: bool = False, flags: Mapping[str, str] = MappingProxyType({})
) -> Iterator[None]:
    """Report errors in one line, in the words of the command line; lift the limits if asked to."""
    with (
        terminal.one_line_errors({**FLAGS, **flags}),
        spending(None) if no_limit else nullcontext(),
    ):
        yield


def check_resume(checkpoint: Path | None, resume: bool) -> None:
    """Refuse to go on from no file."""
    if resume and checkpoint is None:
        raise terminal.InputError("--resume is about --checkpoint FILE: give it, too")


@dataclass(frozen=True, kw_only=True)
class CampaignOptions:
    """How networks are drawn and judged, as the command line says."""

    seed: int
    level: float
    rtol: float | None
    most: int | None
    seconds: float | None
    workers: int
    checkpoint: Path | None
    resume: bool

    def keywords(self, *, no_limit: bool) -> dict[str, Any]:
        """Return them as a campaign takes them: but for the workers, which are its executor."""
        check_resume(self.checkpoint, self.resume)
        given = {option.name: getattr(self, option.name) for option in fields(self)}
        del given["workers"]
        return {**given, "max_seconds": None if no_limit else 900.0}


def campaign_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options of a campaign, as its argument ``how``."""

    @wraps(command)
    def packed(**given: Any) -> None:
        how = {option.name: given.pop(option.name) for option in fields(CampaignOptions)}
        command(how=CampaignOptions(**how), **given)

    for option in (RESUME, CHECKPOINT, WORKERS, _SECONDS, _MOST, _RTOL, _LEVEL, SEED):
        packed = option(packed)
    return packed


def _forget_cancelled(executor: ProcessPoolExecutor) -> None:
    """Shut down without waiting for what runs, but until the executor holds nothing cancelled.

    Before Python 3.12 it prints a traceback for each if its processes end first.
    """
    with suppress(RuntimeError):
        last = executor.submit(int)
        executor.shutdown(wait=False, cancel_futures=True)
        deadline = monotonic() + 1
        while not (last.running() or last.done()) and monotonic() < deadline:
            sleep(0.01)
    executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Give a pool of processes, or None for one worker."""
    if workers == 1:
        yield None
        return
    # Ctrl-C reaches every process of the terminal: this one answers it, and ends the others
    ignore = (signal.SIGINT, signal.SIG_IGN)
    executor = ProcessPoolExecutor(workers, initializer=signal.signal, initargs=ignore)
    try:
        with uninterrupted():
            executor.submit(int).result()
        yield executor
    except BaseException:
        # shutdown forgets it, and no public method closes it
        answers = executor._result_queue
        _forget_cancelled(executor)
        # nobody takes the blocks that they are at
        for process in active_children():
            process.terminate()
            process.join()
        # an answer that broke off would be waited for as long as somebody can go on writing it
        answers._writer.close()  # type: ignore[attr-defined]
        raise
    executor.shutdown()
