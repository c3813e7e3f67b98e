"""The command ``bn-theory report``: the main job, from a batch to a page.

Names and numbers from the command line are matched and converted, never evaluated.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from bn_theory.cli.conclusions import interrupted, summary
from bn_theory.cli.options import (
    CHECKPOINT,
    NO_LIMIT,
    RESUME,
    SAMPLES,
    SEED,
    WORKERS,
    check_resume,
    one_line_errors,
    pool,
)
from bn_theory.cli.progress_bars import Terminal
from bn_theory.collection.names import chosen_formulas
from bn_theory.laws.common.activations import ACTIVATIONS
from bn_theory.networks.spec import WEIGHT_LAWS
from bn_theory.verification.families import family_wise
from bn_theory.verification.montecarlo import Progress
from bn_theory.verification.verdicts import Verdict
from weingarten.cli.terminal import FiniteRange
from weingarten.errors import CampaignError
from weingarten.extras import importing_extras

__all__ = ["report"]

#: The flags behind what the functions of the study call by keyword.
_FLAGS = {
    "data": "--data",
    "batch": "--batch",
    "samples": "--batch",  # of the digits; --samples has its range
    "width": "--width",
    "name": "--formulas",
}


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
    help="Width of the network; by default the number of samples.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=2),
    help="Number of samples, the first ones; by default the width or 32 for digits, all samples "
    "of --data.",
)
@click.option(
    "--weights", type=click.Choice(WEIGHT_LAWS), default=WEIGHT_LAWS[0], show_default=True
)
@click.option("--mean-removal", is_flag=True, help="Centre each row over the batch.")
@click.option(
    "--activation",
    type=click.Choice(list(ACTIVATIONS)),
    help="Follow shaped networks f(α_l u)/α_l with gains α_l = α l^(-p), too.",
)
@click.option("--alpha", type=FiniteRange(min=0, min_open=True), help="α  [default: 0.1]")
@click.option("--exponent", type=FiniteRange(min=0), help="p  [default: 0.5]")
@click.option(
    "--formulas",
    multiple=True,
    metavar="PATTERN",
    help="Verify only these, for instance 'forward.*'; may be given several times.",
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
@CHECKPOINT
@RESUME
@NO_LIMIT
def report(no_limit: bool, **options: Any) -> None:
    """Derive formulas, confirm them on sampled networks, and write a report on a batch.

    The batch needs full rank, hence at least as many features as samples. Where it has more
    features than the network is wide, the first layer is a random semi-orthogonal map. The exit
    status is 1 if a formula is rejected. After Ctrl-C the verdicts so far are summed up, and the
    status is 130. A checkpoint keeps what is drawn for the formulas, most of the work: the same
    command goes on from it. Files of an earlier report are replaced when all of the new one is
    written.
    """
    with one_line_errors(no_limit, _FLAGS):
        sys.exit(_report(max_seconds=None if no_limit else 300.0, **options))


def _report(
    *,
    data: Path | None,
    out: Path,
    width: int | None,
    batch: int | None,
    activation: str | None,
    alpha: float | None,
    exponent: float | None,
    formulas: tuple[str, ...],
    samples: int | None,
    workers: int,
    checkpoint: Path | None,
    resume: bool,
    **options: Any,
) -> int:
    # the imports are slow, and the other commands do not need them
    from bn_theory.study import Shaping, run_study  # noqa: PLC0415
    from bn_theory.study.batches import digits, read_samples  # noqa: PLC0415

    chosen = {"alpha": alpha, "exponent": exponent}
    given = {name: value for name, value in chosen.items() if value is not None}
    if given and activation is None:
        raise click.UsageError("--alpha and --exponent are about --activation: give it, too")
    check_resume(checkpoint, resume)
    chosen_formulas(formulas or None)
    own = None if data is None else (read_samples(data), data.name)
    # what was asked for is checked first: no package mends that
    with importing_extras("the report"):
        from bn_theory.report.writer import prepare_folder, write_report  # noqa: PLC0415
    count = batch or width or 32
    rows, source = own or (digits(count), f"{count} handwritten digits")
    prepare_folder(out)
    verdicts: list[Verdict] = []
    begun = ["Reading the batch"]

    def begin(description: str, /) -> Progress:
        begun.append(description)
        return terminal.begin(description)

    try:
        with pool(workers) as executor, Terminal() as terminal:
            study = run_study(
                rows,
                source=source,
                width=width,
                batch=batch,
                shaping=None if activation is None else Shaping(activation=activation, **given),
                formulas=formulas or None,
                draws=samples,
                executor=executor,
                stages=begin,
                on_verdict=verdicts.append,
                checkpoint=checkpoint,
                resume=resume,
                command=shlex.join(["bn-theory", *sys.argv[1:]]),
                **options,
            )
            done = begin("Writing the report")
            index = write_report(study, out)
            done(1, 1)
    except (KeyboardInterrupt, CampaignError, OSError) as error:
        # what is known so far is one family of its own
        if verdicts:
            summary(family_wise(verdicts))
        if checkpoint is not None and checkpoint.exists():
            click.echo(
                f"what was drawn for the formulas is in {checkpoint}: run the same again to go on",
                err=True,
            )
        if isinstance(error, OSError):
            error.filename = error.filename or str(out)
        if not isinstance(error, KeyboardInterrupt):
            raise
        while_doing = f"{begun[-1][0].lower()}{begun[-1][1:]}"
        return interrupted(f"while {while_doing}; {out} has no complete report")
    for fact in study.facts:
        value = f"{fact.value:.6g}" if isinstance(fact.value, float) else fact.value
        click.echo(f"{fact.label}: {value}")
    status = summary(study.verdicts)
    click.echo(f"wrote {index}")
    return status
