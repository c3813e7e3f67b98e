"""Verdicts on the terminal: one after the other as they come, a summary, and the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Protocol

import click

from bn_theory.cli.options import CampaignOptions, pool
from bn_theory.cli.progress_bars import Terminal
from bn_theory.verification.families import Campaign, PowerRow, family_wise
from bn_theory.verification.montecarlo import Progress
from bn_theory.verification.verdicts import Verdict
from weingarten.cli.terminal import INTERRUPTED, echo
from weingarten.errors import CampaignError
from weingarten.printing.output import Output

__all__ = ["Campaigner", "concluded", "followed", "interrupted", "summary"]


class Campaigner(Protocol):
    """Makes verdicts, and tells each as soon as it is known."""

    def __call__(
        self,
        *,
        executor: Executor | None,
        progress: Progress | None,
        on_verdict: Callable[[Verdict], None],
    ) -> tuple[Verdict, ...]:
        """Return all verdicts, adjusted as one family."""
        ...


def followed(
    run: Campaigner,
    family: int,
    how: CampaignOptions,
    *,
    aloud: bool,
) -> tuple[tuple[Verdict, ...], KeyboardInterrupt | CampaignError | None]:
    """Return the verdicts, as one family, and what ended the work before all were in, if anything.

    ``family`` is how many there will be; with ``aloud`` each is printed when it comes.
    """
    done: list[Verdict] = []
    try:
        with pool(how.workers) as executor, Terminal() as terminal:

            def take(verdict: Verdict) -> None:
                done.append(verdict)
                if aloud:
                    terminal.echo(f"{verdict.comparison}: {_word_so_far(verdict, family)}")

            progress = terminal.begin("Confirming on sampled networks")
            verdicts = run(executor=executor, progress=progress, on_verdict=take)
    except (KeyboardInterrupt, CampaignError) as error:
        # what is known is worth having
        if how.checkpoint is not None and isinstance(error, KeyboardInterrupt):
            click.echo(
                f"what was drawn is in {how.checkpoint}: run the same again to go on", err=True
            )
        return family_wise(done, how.level), error
    return verdicts, None


def _word_so_far(verdict: Verdict, family: int) -> str:
    """Return the word of a verdict of a family whose other members are not all known.

    Holm's method rejects whatever Bonferroni's does, and passes what passes alone.
    """
    if verdict.word == "rejected" and verdict.adjusted_p_value * family >= verdict.level:
        return "open until all verdicts are in"
    return verdict.word


def concluded(
    verdicts: Sequence[Verdict],
    family: int,
    *,
    output: Output,
    style: str,
    stopped: KeyboardInterrupt | CampaignError | None,
) -> int:
    """Print what is to be printed at the end, and return the exit status.

    Raises
    ------
    CampaignError
        If that is what ended the work.
    """
    rows = verdicts.power if isinstance(verdicts, Campaign) else ()
    if style == "text":
        status = max(summary(verdicts, family, told=True), _power_summary(rows))
    else:
        echo(output, style)
        wrong = any(verdict.word == "rejected" for verdict in verdicts)
        status = int(wrong or not all(row.rejected for row in rows))
    if isinstance(stopped, CampaignError):
        raise stopped
    return (
        status if stopped is None else interrupted(f"{len(verdicts)} of {family} verdicts are in")
    )


def _power_summary(rows: Sequence[PowerRow]) -> int:
    """Print which planted errors went unnoticed, and return the exit status."""
    if not rows:
        return 0
    blind = [row.formula for row in rows if not row.rejected]
    for name in blind:
        click.echo(f"unnoticed: the error planted in {name}")
    click.echo(f"{len(rows) - len(blind)} of {len(rows)} planted errors were noticed")
    return 1 if blind else 0


def interrupted(what: str) -> int:
    """Say what is done after Ctrl-C, and return the exit status."""
    click.echo(f"interrupted: {what}", err=True)
    return INTERRUPTED


def summary(verdicts: Sequence[Verdict], family: int = 0, *, told: bool = False) -> int:
    """Print what did not pass and a count, and return the exit status.

    Of a family of which nothing is known, nothing is printed. The numbers of what was ``told``
    already are not repeated.
    """
    if family and not verdicts:
        return 0
    words = Counter(verdict.word for verdict in verdicts)
    for verdict in verdicts:
        shown = verdict.where if told else verdict.comparison
        if verdict.word == "rejected":
            click.echo(f"rejected: {shown} (adjusted p = {verdict.adjusted_p_value:.2g})")
        elif verdict.word == "undecided":
            click.echo(f"undecided: {shown} ({verdict.reason})")
    rest = [f"{words[word]} {word}" for word in ("rejected", "undecided") if words[word]]
    click.echo(", ".join([f"{words['pass']} of {len(verdicts)} verdicts passed", *rest]))
    return 1 if words["rejected"] else 0
