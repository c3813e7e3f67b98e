"""The campaign: formulas against sampled networks, judged as one family.

With ``power=`` each formula is judged a second time with an error planted in it, by the same
networks. Where that goes unnoticed at all cases of a formula, more networks are drawn at the case
where they are predicted to cost least, until it is noticed. Which case that is, a checkpoint keeps:
a campaign that goes on decides nothing anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import groupby
from numbers import Real
from pathlib import Path

import sympy as sp

from bn_theory.collection.names import Case, Formula, chosen_formulas
from bn_theory.law.widths import as_width
from bn_theory.verification.families import Campaign, family_wise, power_rows
from bn_theory.verification.montecarlo import Progress, Sampling
from bn_theory.verification.planted import planted_verdict, predicted_networks, told
from bn_theory.verification.summaries import Summary
from bn_theory.verification.trials import Run, Setup, Trial, seed_of
from bn_theory.verification.verdicts import Verdict, as_level, judge
from weingarten.coerce import as_integer
from weingarten.errors import CampaignError, InvalidInputError

__all__ = ["CampaignError", "Verdict", "campaign", "cases_of", "family_wise", "judge"]


def campaign(
    formulas: Iterable[str | Formula] | None = None,
    *,
    samples: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    width: int | None = None,
    power: float | None = None,
    rtol: float | None = None,
    most: int | None = None,
    seconds: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    max_seconds: float | None = 900.0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    extra: Iterable[tuple[Formula, Case]] = (),
) -> Campaign:
    """Verify formulas at all their cases.

    Parameters
    ----------
    formulas : iterable of str or Formula, optional
        Names or formulas; the whole catalogue by default.
    samples : int, optional
        Networks per case; each case's own number by default.
    seed : int, numpy.random.Generator or None
        Case i of the campaign uses the seed i places after this one. None takes that of the
        checkpoint, if there is one, else a fresh one.
    level : float
        Probability that any of the verdicts fails if every formula is right (Holm).
    width : int, optional
        Verify at this width instead: each case is stretched to so many units, and its networks are
        as many as take about the same time (see :func:`bn_theory.law.widths.stretched`). Formulas
        without a case at this width are left out, unless all of them are.
    power : float, optional
        A relative error, for instance 0.03: each formula is judged once more with this error
        planted in it, and more networks are drawn at one of its cases where that goes unnoticed,
        within the bounds of ``most`` and ``max_seconds``. :attr:`Campaign.power` holds what became
        of it and :attr:`Campaign.blind` the formulas for which it remains unnoticed. A statement
        that leaves something out is moved by that, too; in place of a bound stands one that the
        networks break by this share.
    rtol : float, optional
        Draw more for each case, up to ``most`` and as ``max_seconds`` is predicted to allow, until
        the standard error is at most this share of the mean. Where the variance of a draw is known
        exactly, as many as it takes are drawn at once. Elsewhere the draws are looked at after the
        first networks, twice as many, four times as many, …; each look that there might be has an
        equal share of the case's own part of the level, so that the level holds for the family
        whatever makes the sampling stop. What would pass with a larger error than this is
        undecided.
    most : int, optional
        How many networks a case may have for ``rtol`` and ``power``; by default 100 times as many
        as to begin with.
    seconds : float, optional
        Time for the whole campaign: every case has an equal share, and what others leave over.
        When its time is up no more networks are begun, and those drawn by then, one block at least,
        are judged.
    executor : concurrent.futures.Executor, optional
        Draws blocks of networks of several cases at once; changes no number.
    progress : callable, optional
        ``progress(networks done, networks in all)``.
    on_verdict : callable, optional
        Called with each verdict, before the family-wise adjustment, as soon as it is known; what
        it has seen survives an interruption.
    max_seconds : float or None
        Predicted time of one case above which CostLimitError is raised, before anything is drawn.
    checkpoint : path, optional
        A file that keeps what was drawn, written every second and whatever ends the campaign; the
        same request goes on from it and ends with the same numbers. More ``samples`` may be asked
        for later: only those that are missing are drawn.
    resume : bool
        Whether the file has to exist.
    extra : iterable of (Formula, Case)
        Further cases, tested with the others as one family.

    Returns
    -------
    tuple of Verdict, which notebooks show as a table
        In the order of the formulas and their cases.

    Raises
    ------
    CampaignError
        If a worker process died or the checkpoint cannot be written; its ``verdicts`` are those
        known by then.
    InvalidInputError
        If the checkpoint is damaged, in use, or of another request, version or seed; if a sampler
        returns what is no finite number.

    Examples
    --------
    >>> [verdict.passed for verdict in campaign(["backward.isometric_depth"], samples=50)]
    [True, True, True, True, True, True]
    """
    chosen = chosen_formulas(formulas)
    as_level(level)
    if on_verdict is not None and not callable(on_verdict):
        raise InvalidInputError(
            "on_verdict", "must be callable", on_verdict, "pass a function of a verdict"
        )
    number = seed_of(seed, checkpoint)
    count = None if samples is None else as_integer(samples, "samples", minimum=2)
    error = None if power is None else as_share(power)
    tasks = [*cases_of(chosen, width), *extra]
    if not tasks:
        # a family of none would have passed
        raise InvalidInputError(
            "formulas",
            "must be one formula with a case at least",
            formulas,
            "leave it out for the whole catalogue",
        )
    sampling = Sampling(
        rtol=rtol,
        most=most,
        seconds=seconds,
        executor=executor,
        progress=progress,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        resume=resume,
        further=None if error is None else {"power": error, "level": float(level)},
    )
    setups = [
        entry.setup(count or case.samples, number + index, values=case.values, sampling=sampling)
        for index, (entry, case) in enumerate(tasks)
    ]
    groups = [
        [part for part, _ in group]
        for _, group in groupby(enumerate(tasks), key=lambda task: id(task[1][0]))
    ]
    found: dict[int, Trial] = {}
    verdicts: dict[int, Verdict] = {}

    def judged(part: int, trial: Trial) -> None:
        found[part], verdicts[part] = trial, trial.verdict(level)
        if on_verdict is not None:
            on_verdict(verdicts[part])

    try:
        with Run(setups, sampling) as run:
            if error is None:
                _in_order(run, judged)
            else:
                _until_told(run, groups, error, level, judged)
    except CampaignError as failure:
        failure.verdicts = tuple(verdicts.values())
        raise
    result = family_wise([verdicts[part] for part in range(len(tasks))], level)
    if error is None:
        return result
    rows = power_rows(
        [tasks[group[0]][0].name for group in groups],
        [[verdicts[part] for part in group] for group in groups],
        [[planted_verdict(found[part], error, level) for part in group] for group in groups],
        level,
    )
    return result.with_power(rows)


def cases_of(entries: Sequence[Formula], width: int | None = None) -> list[tuple[Formula, Case]]:
    """Return the cases at which formulas are verified, by default or at a width.

    Raises
    ------
    InvalidInputError
        If none of them has a case at this width.
    """
    if width is None:
        return [(entry, case) for entry in entries for case in entry.chosen_cases]
    as_width(width)
    found: list[tuple[Formula, Case]] = []
    missing: InvalidInputError | None = None
    for entry in entries:
        try:
            found += [(entry, case) for case in entry.cases_at(width)]
        except InvalidInputError as error:
            missing = error
    if missing is not None and not found:
        raise missing
    return found


def as_share(power: object) -> float:
    """Return a relative error as a float, or raise."""
    if isinstance(power, bool) or not isinstance(power, Real | sp.Number):
        value = math.nan
    else:
        value = float(power)
    if not -1 < value < 1 or value == 0:
        raise InvalidInputError(
            "power", "must be a share between -1 and 1, and not 0", power, "pass for instance 0.03"
        )
    return value


def _in_order(run: Run, judged: Callable[[int, Trial], None]) -> None:
    with closing(run.summaries()) as summaries:
        for part, summary in enumerate(summaries):
            judged(part, run.setups[part].trial(summary))


def _until_told(
    run: Run,
    groups: Sequence[Sequence[int]],
    share: float,
    level: float,
    judged: Callable[[int, Trial], None],
) -> None:
    """Draw what is asked for, then more at one case of each formula with an unnoticed error."""
    alone = level / max(len(run.setups), 1)  # what Holm's method rejects in any family of this size
    note = run.store.note("more")
    if note is None:
        more = []
        with closing(run.summaries()) as summaries:
            for group, trials in _grouped(run.setups, groups, summaries):
                known = dict(zip(group, trials, strict=True))
                part = _to_draw_more(run.setups, known, share, alone)
                more += [] if part is None else [part]
                for other, trial in known.items():
                    if other != part:
                        judged(other, trial)
        run.store.take_note("more", json.dumps(more))
    else:
        more = json.loads(note)
        rest = [part for group in groups for part in group if part not in more]
        with closing(run.summaries(rest)) as summaries:
            for part, summary in zip(rest, summaries, strict=True):
                judged(part, run.setups[part].trial(summary))
    requests = {
        part: replace(
            run.setups[part].planned, goal=partial(told, run.setups[part].trial, share, alone)
        )
        for part in more
    }
    with closing(run.further(requests)) as summaries:
        for part, summary in zip(more, summaries, strict=True):
            judged(part, run.setups[part].trial(summary))


def _grouped(
    setups: Sequence[Setup], groups: Sequence[Sequence[int]], summaries: Iterator[Summary]
) -> Iterator[tuple[Sequence[int], list[Trial]]]:
    """Yield the trials of each formula as soon as they are all there."""
    for group in groups:
        yield group, [setups[part].trial(next(summaries)) for part in group]


def _to_draw_more(
    setups: Sequence[Setup], trials: dict[int, Trial], share: float, level: float
) -> int | None:
    """Return the case at which a planted error costs least to notice; None if none is needed."""
    if any(planted_verdict(t, share, level).word == "rejected" for t in trials.values()):
        return None
    needed = {
        part: predicted_networks(trial, share, level / trial.looks)
        for part, trial in trials.items()
    }
    within = [part for part in needed if needed[part] <= setups[part].planned.most]
    return min(within, key=lambda part: needed[part] * setups[part].request.each, default=None)
