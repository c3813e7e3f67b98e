"""The command line ``bn-theory``: list, show and verify formulas; run the main job.

Names and numbers from the command line are matched and converted, never evaluated.
"""

from __future__ import annotations

import sys

import click
import sympy as sp

from bn_theory.cli_options import NO_LIMIT, SAMPLES, SEED, WORKERS, one_line_errors, pool, summary
from bn_theory.cli_report import report
from bn_theory.formulas import Formula, catalogue, formula
from bn_theory.terminal import Terminal
from bn_theory.verify import campaign

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weingarten-bn")
def main() -> None:
    """Exact finite-width theory of batch-normalised networks."""


@main.command("list")
def list_formulas() -> None:
    """List the formulas of the catalogue."""
    width = max(map(len, catalogue()))
    for entry in catalogue().values():
        click.echo(f"{entry.name:<{width}}  {entry.title}")


@main.command()
@click.argument("name")
@click.option("--latex", is_flag=True, help="Print the LaTeX of the statement and nothing else.")
@NO_LIMIT
def show(name: str, latex: bool, no_limit: bool) -> None:
    """Derive the formula NAME and show it."""
    with one_line_errors(no_limit):
        entry = formula(name)
        click.echo(entry.latex() if latex else _description(entry))


def _description(entry: Formula) -> str:
    lines = [entry.name, entry.title, "", sp.pretty(entry.expr, use_unicode=True), ""]
    lines += [f"LaTeX        {entry.latex()}"]
    lines += [f"{symbol!s:<12} {meaning}" for symbol, meaning in entry.symbols.items()]
    lines += [f"assuming     {text}" for text in entry.assumptions]
    lines += [f"holds for    {entry.validity}", f"source       {entry.reference}"]
    return "\n".join(lines)


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@SAMPLES
@SEED
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Probability that any formula is rejected if all are right.",
)
@WORKERS
@NO_LIMIT
def verify(
    names: tuple[str, ...],
    samples: int | None,
    seed: int,
    level: float,
    workers: int,
    no_limit: bool,
) -> None:
    """Confirm formulas (all, or those named) on sampled networks.

    The exit status is 1 if a formula is rejected. An undecided verdict is listed and counted, and
    changes no status.
    """
    with one_line_errors(no_limit):
        chosen = [formula(name) for name in names] if names else list(catalogue().values())
        with pool(workers) as executor, Terminal() as terminal:
            verdicts = campaign(
                chosen,
                samples=samples,
                seed=seed,
                level=level,
                executor=executor,
                progress=terminal.begin("Confirming on sampled networks"),
                max_seconds=None if no_limit else 900.0,
                on_verdict=lambda verdict: terminal.echo(verdict.comparison),
            )
    sys.exit(summary(verdicts))


main.add_command(report)
