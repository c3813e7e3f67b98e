"""What the commands of ``bn-theory`` share: options, errors in one line, workers, a summary."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext

import click

from bn_theory.campaigns.campaign import Verdict
from weingarten.budget import spending
from weingarten.cli import terminal

__all__ = ["NO_LIMIT", "SAMPLES", "SEED", "WORKERS", "one_line_errors", "pool", "summary"]

SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Reproduces the run."
)
SAMPLES = click.option(
    "--samples",
    type=click.IntRange(min=2),
    help="Networks per verdict; by default each case's own number.",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes; changes no number.",
)
NO_LIMIT = click.option(
    "--no-limit", is_flag=True, help="Start however long it is predicted to take."
)


@contextmanager
def one_line_errors(no_limit: bool = False) -> Iterator[None]:
    """Report errors in one line, in the words of the command line; lift the limits if asked to."""
    with terminal.one_line_errors(), spending(None) if no_limit else nullcontext():
        yield


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Give a pool of processes, or None for one worker."""
    if workers == 1:
        yield None
        return
    # Ctrl-C reaches every process of the terminal: this one answers it, the others end their block
    ignore = (signal.SIGINT, signal.SIG_IGN)
    with ProcessPoolExecutor(workers, initializer=signal.signal, initargs=ignore) as executor:
        yield executor


def summary(verdicts: tuple[Verdict, ...]) -> int:
    """Print what did not pass and a count, and return the exit status."""
    words = Counter(verdict.word for verdict in verdicts)
    for verdict in verdicts:
        if verdict.word == "rejected":
            click.echo(f"rejected: {verdict} (adjusted p = {verdict.adjusted_p_value:.2g})")
        elif verdict.word == "undecided":
            click.echo(f"undecided: {verdict}")
    rest = [f"{words[word]} {word}" for word in ("rejected", "undecided") if words[word]]
    click.echo(", ".join([f"{words['pass']} of {len(verdicts)} verdicts passed", *rest]))
    return 1 if words["rejected"] else 0
