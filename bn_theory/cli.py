"""The command line ``bn-theory``: list, show and verify formulas; run the main job.

Names and numbers from the command line are matched and converted, never evaluated.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
import sympy as sp

from bn_theory.formulas import Formula, catalogue, formula
from bn_theory.terminal import Terminal
from bn_theory.verify import Verdict, campaign
from weingarten.budget import spending
from weingarten.errors import WeingartenError
from weingarten.extras import importing_extras
from weingarten.wording import on_command_line

__all__ = ["main"]

_SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Reproduces the run."
)
_SAMPLES = click.option(
    "--samples",
    type=click.IntRange(min=2),
    help="Networks per verdict; by default each case's own number.",
)
_WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes; changes no number.",
)
_NO_LIMIT = click.option(
    "--no-limit", is_flag=True, help="Start however long it is predicted to take."
)


class _Refused(click.ClickException):
    """A request that cannot be met, in one line."""

    exit_code = 2


@contextmanager
def _one_line_errors(no_limit: bool = False) -> Iterator[None]:
    """Report errors in one line, in the words of the command line; lift the limits if asked to."""
    try:
        with spending(None) if no_limit else nullcontext():
            yield
    except WeingartenError as error:
        raise _Refused(on_command_line(str(error))) from None
    except OSError as error:
        raise _Refused(f"{error.filename or 'file'}: {error.strerror or error}") from None


@contextmanager
def _pool(workers: int) -> Iterator[Executor | None]:
    if workers == 1:
        yield None
        return
    with ProcessPoolExecutor(workers) as executor:
        yield executor


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
@_NO_LIMIT
def show(name: str, latex: bool, no_limit: bool) -> None:
    """Derive the formula NAME and show it."""
    with _one_line_errors(no_limit):
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
@_SAMPLES
@_SEED
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Probability that any formula is rejected if all are right.",
)
@_WORKERS
@_NO_LIMIT
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
    with _one_line_errors(no_limit):
        chosen = [formula(name) for name in names] if names else list(catalogue().values())
        with _pool(workers) as executor, Terminal() as terminal:
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
    sys.exit(_summary(verdicts))


def _summary(verdicts: tuple[Verdict, ...]) -> int:
    words = Counter(verdict.word for verdict in verdicts)
    for verdict in verdicts:
        if verdict.word == "rejected":
            click.echo(f"rejected: {verdict} (adjusted p = {verdict.adjusted_p_value:.2g})")
        elif verdict.word == "undecided":
            click.echo(f"undecided: {verdict}")
    rest = [f"{words[word]} {word}" for word in ("rejected", "undecided") if words[word]]
    click.echo(", ".join([f"{words['pass']} of {len(verdicts)} verdicts passed", *rest]))
    return 1 if words["rejected"] else 0


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="A batch as .npy or .csv, samples as rows and features as columns; by default "
    "scikit-learn's handwritten digits.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("report"),
    show_default=True,
    help="Folder to write to.",
)
@click.option("--depth", type=click.IntRange(min=1), default=50, show_default=True)
@click.option(
    "--width",
    type=click.IntRange(min=2),
    help="Width of the network = samples of the batch; by default 32 digits, or all samples of "
    "--data.",
)
@click.option(
    "--networks",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="Sampled networks behind the curves.",
)
@_SAMPLES
@_SEED
@_WORKERS
@_NO_LIMIT
def report(no_limit: bool, **options: Any) -> None:
    """Derive formulas, confirm them on sampled networks, and write a report.

    A batch of n samples goes through networks of width n; it needs at least n features and full
    rank. With more features than samples, the first layer is a random semi-orthogonal map. The
    exit status is 1 if a formula is rejected.
    """
    with _one_line_errors(no_limit):
        sys.exit(_report(max_seconds=None if no_limit else 300.0, **options))


def _report(
    *,
    data: Path | None,
    out: Path,
    depth: int,
    width: int | None,
    networks: int,
    samples: int | None,
    seed: int,
    workers: int,
    max_seconds: float | None,
) -> int:
    # the imports are slow, and the other commands do not need them
    from bn_theory.batches import digits, read_samples  # noqa: PLC0415

    with importing_extras("the report"):
        from bn_theory.report.writer import prepare_folder, write_report  # noqa: PLC0415
    from bn_theory.study import run_study  # noqa: PLC0415

    if data is None:
        rows, source = digits(width or 32), f"{width or 32} handwritten digits"
    else:
        rows, source = read_samples(data), data.name
    prepare_folder(out)
    with _pool(workers) as executor, Terminal() as terminal:
        study = run_study(
            rows,
            source=source,
            depth=depth,
            width=width,
            networks=networks,
            draws=samples,
            seed=seed,
            executor=executor,
            stages=terminal.begin,
            max_seconds=max_seconds,
        )
        done = terminal.begin("Writing the report")
        index = write_report(study, out)
        done(1, 1)
    for entry in study.formulas:
        click.echo(f"{entry.name}: {entry.expr}")
    rate = study.curves.measured_rate
    if rate is not None:
        click.echo(
            f"gap per layer near isometry: exactly {study.curves.rate}, measured "
            f"{float(rate.mean):.5f} ± {float(rate.stderr):.1e}"
        )
    status = _summary(study.verdicts)
    click.echo(f"wrote {index}")
    return status
