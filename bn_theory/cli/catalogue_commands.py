"""The command line ``bn-theory``: list, show, export, verify, check conjectures; the main job.

Names and numbers from the command line are matched and converted, never evaluated.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from bn_theory.campaigns.campaign import campaign, cases_of
from bn_theory.cli.check_command import check
from bn_theory.cli.conclusions import concluded, followed
from bn_theory.cli.options import (
    FLAGS,
    NO_LIMIT,
    POWER,
    SAMPLES,
    WIDTH,
    CampaignOptions,
    campaign_options,
    one_line_errors,
)
from bn_theory.cli.report_command import report
from bn_theory.cli.told_lines import exported, listed, shown, tested
from bn_theory.collection.names import catalogue, chosen_formulas
from weingarten.cli.terminal import Group, echo, with_format

__all__ = ["main"]


def _near_names(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names that begin with what was typed, for the completion of shells."""
    return [
        CompletionItem(name, help=entry.title)
        for name, entry in catalogue().items()
        if name.startswith(incomplete)
    ]


@click.group(
    cls=Group,
    flags=FLAGS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit status:
  0    fine
  1    a formula or a conjecture was rejected
  2    a mistake in what was typed, or a request that cannot be met
  130  interrupted by Ctrl-C
""",
)
@click.version_option(package_name="weingarten-bn")
def main() -> None:
    """Exact finite-width theory of batch-normalised networks.

    Wherever a command takes the NAME of a formula, it takes a pattern too: 'backward.*' stands for
    all formulas whose name begins so.
    """


@main.command("list")
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=_near_names)
@with_format
def list_formulas(words: tuple[str, ...], style: str) -> None:
    """List the formulas of the catalogue, or those that are about all WORDs.

    A word may stand in the name, the title, the assumptions or the meanings of the symbols. A
    pattern such as 'backward.*' is matched with the names.
    """
    patterns = [word for word in words if any(sign in word for sign in "*?[")]
    plain = " ".join(word for word in words if word not in patterns)
    about = catalogue(about=plain or None)
    named = chosen_formulas(patterns or None)
    echo(listed([entry for entry in named if entry.name in about]), style)


@main.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=_near_names)
@with_format
@NO_LIMIT
def show(names: tuple[str, ...], style: str, no_limit: bool) -> None:
    """Derive the formulas NAME and show them.

    In LaTeX, the statements and nothing else.
    """
    with one_line_errors(no_limit):
        echo(shown(chosen_formulas(names)), style)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_near_names)
@NO_LIMIT
def export(file: Path, names: tuple[str, ...], no_limit: bool) -> None:
    """Write formulas (all, or those named) to FILE, in the format that its name ends in.

    A .tex is a document for pdflatex; .json and .csv hold the statements in the syntax of SymPy;
    .md is for people.
    """
    with one_line_errors(no_limit):
        entries = chosen_formulas(names or None)
        file.write_text(exported(entries, file), encoding="utf-8")
    click.echo(f"wrote {file} ({len(entries)} formulas)")


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_near_names)
@SAMPLES
@WIDTH
@POWER
@campaign_options
@with_format
@NO_LIMIT
def verify(
    names: tuple[str, ...],
    samples: int | None,
    width: int | None,
    power: float | None,
    how: CampaignOptions,
    style: str,
    no_limit: bool,
) -> None:
    """Confirm formulas (all, or those named) on sampled networks.

    Each line says what is predicted, as an equality or a bound, what was sampled, z = (sampled -
    predicted) / standard error or whether it holds in every draw, and the verdict. The exit status
    is 1 if a formula is rejected. An undecided verdict is listed and counted, and changes no
    status. With --power the status is 1, too, if a wrong formula would not be noticed. After Ctrl-C
    the verdicts so far are summed up, and the status is 130. With a checkpoint, the same command
    goes on where it ended, whatever ended it.
    """
    with one_line_errors(no_limit):
        chosen = chosen_formulas(names or None)
        family = len(cases_of(chosen, width))
        verdicts, stopped = followed(
            partial(
                campaign,
                chosen,
                samples=samples,
                width=width,
                power=power,
                **how.keywords(no_limit=no_limit),
            ),
            family,
            how,
            aloud=style == "text",
        )
    output = tested(verdicts)
    sys.exit(concluded(verdicts, family, output=output, style=style, stopped=stopped))


main.add_command(check)
main.add_command(report)
