"""The study as a whole: formulas confirmed on sampled networks, and one batch followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from itertools import count as counting
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bn_theory.campaigns.campaign import campaign
from bn_theory.collection.names import Formula, chosen_formulas, formula
from bn_theory.laws.common.activations import as_activation
from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.batch_part import batch_facts, batch_spectrum
from bn_theory.study.batches import as_batch
from bn_theory.study.followed import follow_networks
from bn_theory.study.lines import LINES, drawn
from bn_theory.study.one_layer import Question, layer_questions
from bn_theory.study.over_depth import rate_facts
from bn_theory.study.parts import Remark, Shaping, Study
from bn_theory.study.provenance import provenance
from bn_theory.study.scene import Scene
from bn_theory.study.shaped import follow_shaped, shaping_verdicts
from bn_theory.verification.families import family_wise
from bn_theory.verification.montecarlo import (
    Progress,
    Sampling,
    block_size,
    check_cost,
    draw_networks,
)
from bn_theory.verification.trials import Trial, seed_of
from bn_theory.verification.verdicts import Verdict
from weingarten.coerce import as_integer

__all__ = ["Stages", "run_study"]

Array = npt.NDArray[np.float64]

# seeds of the parts lie so far apart that no campaign reaches the next
_APART = 10_000


class Stages(Protocol):
    """Told which part of the work has begun; returns a callback for its progress."""

    def __call__(self, description: str, /) -> Progress:
        """Begin a part."""
        ...


def run_study(
    samples: npt.ArrayLike,
    *,
    source: str = "a batch",
    depth: int = 50,
    width: int | None = None,
    batch: int | None = None,
    weights: str = "haar",
    mean_removal: bool = False,
    shaping: Shaping | None = None,
    formulas: str | Formula | Iterable[str | Formula] | None = None,
    networks: int = 200,
    draws: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    executor: Executor | None = None,
    stages: Stages | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    max_seconds: float | None = 300.0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    command: str = "",
) -> Study:
    """Derive the formulas, confirm them on sampled networks, and follow a real batch.

    Parameters
    ----------
    samples : array_like of shape (n, p)
        Samples by features, of rank n; see :func:`bn_theory.study.batches.as_batch`. If p is not
        the width, the first layer is a random semi-orthogonal map from p features to the width.
    source : str
        Where they come from, in words.
    depth : int
        Number of layers, at least 1.
    width : int, optional
        Of the network; as many as samples by default.
    batch : int, optional
        Take only so many samples, the first ones.
    weights, mean_removal
        As for :class:`bn_theory.NetworkSpec`.
    shaping : Shaping, optional
        Follow shaped networks too.
    formulas : optional
        Names, patterns with ``*``, or formulas; the whole catalogue by default.
    networks : int
        Networks for the curves, at least 2.
    draws : int, optional
        Networks per verdict; each case's own number by default.
    seed : int, numpy.random.Generator or None
    level : float
        Probability that any formula is rejected if all are right.
    executor : concurrent.futures.Executor, optional
    stages : callable, optional
        See :class:`Stages`.
    on_verdict : callable, optional
        Called with each verdict as soon as it is known.
    max_seconds : float or None
        Predicted time of one part above which CostLimitError is raised.
    checkpoint, resume
        As for :func:`bn_theory.campaign`; the file keeps what is drawn for the formulas.
    command : str
        How it was asked for, for the footer of the report.
    """
    begin = stages or _silent
    matrix = as_batch(samples, batch)
    features, columns = matrix.shape
    spec = NetworkSpec(
        width=columns if width is None else as_integer(width, "width", minimum=2),
        batch=columns,
        depth=depth,
        input_width=features,
        weights=weights,
        mean_removal=mean_removal,
    )
    if shaping is not None:
        as_activation(shaping.activation)
    entries = tuple(chosen_formulas(formulas))
    # eight passes with singular values; the first layer counts as many as it is wide
    size = (spec.width, spec.batch, max(spec.depth, features // spec.width))
    check_cost(8 * as_integer(networks, "networks", minimum=2), *size, max_seconds)
    number = seed_of(seed, checkpoint)
    report = begin("Deriving formulas")
    for done, entry in enumerate(entries, start=1):
        entry.derive(max_cost=None)
        report(done, len(entries))
    verdicts = campaign(
        entries,
        samples=draws,
        seed=number,
        level=level,
        progress=begin("Confirming on sampled networks"),
        on_verdict=on_verdict,
        executor=executor,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        resume=resume,
    )

    seeds = counting(number + 2 * _APART)

    def ask(question: Question) -> Trial:
        trial = formula(question.name).trial(
            draws or question.samples,
            next(seeds),
            values=question.values,
            sampling=Sampling(
                executor=executor, max_seconds=None if question.few_rows else max_seconds
            ),
        )
        if on_verdict is not None:
            on_verdict(trial.verdict(level))
        return trial

    def draw(description: str, what: Any) -> Array:
        return draw_networks(
            what,
            networks,
            block=block_size(2 * spec.width, max(spec.width, spec.batch), size[-1]),
            seed=number + _APART,
            executor=executor,
            progress=begin(description),
        )

    spectrum = batch_spectrum(matrix)
    questions, layer_remarks = layer_questions(spec, matrix)
    report = begin("One layer at the spectrum of the batch")
    trials: dict[str, Trial] = {}
    own: list[Verdict] = []
    for question in questions:
        trials[question.name] = ask(question)
        own.append(trials[question.name].verdict(level))
        report(len(own), len(questions))
    tracks = draw("Following the batch layer by layer", partial(follow_networks, spec, matrix))
    shaped: Array | None = None
    shaping_remarks: list[Remark] = []
    if shaping is not None:
        shaped = draw("Following shaped networks", partial(follow_shaped, spec, shaping))
        verdicts_on_shaping, shaping_remarks = shaping_verdicts(spec, shaping, ask, level)
        own += verdicts_on_shaping
    scene = Scene(
        source=source,
        spec=spec,
        batch=matrix,
        spectrum=spectrum,
        tracks=tracks,
        trials=trials,
        no_trial=layer_remarks[0].text if layer_remarks else "",
        shaping=shaping,
        shaped=shaped,
    )
    pictures, curves, remarks = drawn(scene, LINES)
    return Study(
        source=source,
        spec=spec,
        shaping=shaping,
        pictures=pictures,
        curves=curves,
        facts=(*batch_facts(spec, matrix), *rate_facts(scene)),
        # a curve that does not apply may say so in the words that its section begins with
        remarks=tuple(dict.fromkeys((*layer_remarks, *remarks, *shaping_remarks))),
        formulas=entries,
        verdicts=family_wise([*verdicts, *own], level),
        own=len(own),
        seed=number,
        level=level,
        provenance=provenance(command),
    )


def _silent(description: str, /) -> Progress:
    return lambda done, total: None
