"""What a long command shows while it works: progress bars, where rich is installed to draw them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Terminal"]


class Terminal:
    """Progress bars on the error stream, and lines of output that do not disturb them.

    Without rich, which the extra ``report`` brings, there are no bars.
    """

    def __init__(self) -> None:
        self.bars = _bars()

    def __enter__(self) -> Terminal:
        if self.bars is not None:
            self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bars is not None:
            self.bars.stop()

    def begin(self, description: str, /) -> Callable[[int, int], None]:
        """Begin a bar, and return the callback that moves it."""
        if self.bars is None:
            return lambda _done, _total: None
        bars, task = self.bars, self.bars.add_task(description, total=None)
        begun = False

        def move(done: int, total: int) -> None:
            nonlocal begun
            if not begun:
                # what a checkpoint held took no time, and tells nothing of the time left
                bars.reset(task, total=total, completed=done)
                begun = True
            bars.update(task, completed=done, total=total)

        return move

    def echo(self, line: str) -> None:
        """Write a line to standard output, above the bars if both are on the terminal."""
        if self.bars is not None and sys.stdout.isatty():
            self.bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line)


def _bars() -> Progress | None:
    try:
        from rich.console import Console  # noqa: PLC0415 - may not be installed
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
    except ModuleNotFoundError:
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        redirect_stdout=False,
    )
