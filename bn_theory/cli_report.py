"""The command ``bn-theory report``: the main job, from a batch to a page.

Names and numbers from the command line are matched and converted, never evaluated.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bn_theory.cli_options import NO_LIMIT, SAMPLES, SEED, WORKERS, one_line_errors, pool, summary
from bn_theory.terminal import Terminal
from weingarten.extras import importing_extras

__all__ = ["report"]


@click.command()
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
@SAMPLES
@SEED
@WORKERS
@NO_LIMIT
def report(no_limit: bool, **options: Any) -> None:
    """Derive formulas, confirm them on sampled networks, and write a report.

    A batch of n samples goes through networks of width n; it needs at least n features and full
    rank. With more features than samples, the first layer is a random semi-orthogonal map. The
    exit status is 1 if a formula is rejected.
    """
    with one_line_errors(no_limit):
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
    with pool(workers) as executor, Terminal() as terminal:
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
    status = summary(study.verdicts)
    click.echo(f"wrote {index}")
    return status
