"""Work for executors of concurrent.futures, and what it means when they fail."""

from __future__ import annotations

import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar

from weingarten.errors import CampaignError, InvalidInputError

__all__ = ["received", "submitted", "uninterrupted", "working"]

R = TypeVar("R")


@contextmanager
def working(place: str | None) -> Iterator[None]:
    """Turn what an executor fails with into what it means.

    Parameters
    ----------
    place : str or None
        The file with what was drawn, if there is one; None where there cannot be one.

    Raises
    ------
    CampaignError
        If a worker died, or the executor does not do what it is given.
    """
    try:
        yield
    except BrokenExecutor as error:
        raise CampaignError(
            "a worker process ended abruptly (killed, out of memory, or crashed in a sampler); "
            f"{_kept(place)}, with fewer workers if memory ran out"
        ) from error
    except CancelledError as error:
        raise CampaignError(f"the executor cancelled what it was given; {_kept(place)}") from error


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C back until the end of the block, where it is answered as before.

    Futures are locked by functions of Python, and one that Ctrl-C ends before it gives the lock
    back leaves it taken: the executor waits for it, and the program for the executor, for good.

    Examples
    --------
    >>> with uninterrupted():
    ...     future = Future()
    ...     future.set_result(1)
    >>> future.result()
    1
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    caught: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda *given: caught.append(given))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            before(*caught[0])


def submitted(executor: Executor, function: Callable[..., R], *arguments: Any) -> Future[R]:
    """Hand work to an executor.

    Raises
    ------
    CampaignError
        If it takes none.
    """
    try:
        with uninterrupted():
            return executor.submit(function, *arguments)
    except BrokenExecutor:
        raise
    except RuntimeError as error:
        raise CampaignError(
            f"the executor takes no work ({error}): pass one that is not shut down, and run the "
            "same again"
        ) from error


def received(future: Future[R]) -> R:
    """Return what an executor made of work.

    Raises
    ------
    InvalidInputError
        If it could not be sent to another process.
    """
    try:
        return future.result()
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        if "pickle" not in str(error):
            raise
        raise InvalidInputError(
            "executor",
            f"must be able to send what is sampled to its processes ({error})",
            "a process pool",
            "define functions in a module, or pass a ThreadPoolExecutor",
        ) from error


def _kept(place: str | None) -> str:
    if place is None:
        return "run the same again"
    if place:
        return f"what was drawn is in {place}: run the same again to go on"
    return "pass checkpoint=FILE to be able to go on after that"
