"""A limit on CPU time that nothing on the way can swallow."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["OutOfTimeError", "cpu_limit"]


class OutOfTimeError(BaseException):
    """Not an Exception, so that nothing on the way catches it."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Stop what runs longer than this, in seconds of CPU time."""

    def stop(*_: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGVTALRM, stop)
    # again and again, for one may come where exceptions are dropped
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
