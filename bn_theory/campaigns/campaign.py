"""The campaign: formulas against sampled networks, judged as one family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path

from bn_theory.collection.names import Case, Formula, chosen_formulas
from bn_theory.verification.faults import CampaignError
from bn_theory.verification.montecarlo import Progress, Sampling, resolve_seed
from bn_theory.verification.trials import run_trials
from bn_theory.verification.verdicts import Campaign, Verdict, family_wise, judge
from weingarten.coerce import as_integer

__all__ = ["CampaignError", "Verdict", "campaign", "family_wise", "judge"]


def campaign(
    formulas: Iterable[str | Formula] | None = None,
    *,
    samples: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    rtol: float | None = None,
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
        Case i of the campaign uses the seed i places after this one.
    level : float
        Probability that any of the verdicts fails if every formula is right (Holm).
    rtol : float, optional
        Draw more for each case, up to 100 times as many and as ``max_seconds`` is predicted to
        allow, until the standard error is at most this share of the mean. The draws of a case are
        looked at after its first networks, twice as many, four times as many, …; each look that
        there might be has an equal share of the case's own part of the level, so that the level
        holds for the family whatever makes the sampling stop.
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
    number = resolve_seed(seed)
    count = None if samples is None else as_integer(samples, "samples", minimum=2)
    tasks = [(entry, case) for entry in chosen for case in entry.chosen_cases] + list(extra)
    sampling = Sampling(
        rtol=rtol,
        executor=executor,
        progress=progress,
        max_seconds=max_seconds,
        checkpoint=checkpoint,
        resume=resume,
    )
    setups = [
        entry.setup(count or case.samples, number + index, values=case.values, sampling=sampling)
        for index, (entry, case) in enumerate(tasks)
    ]
    verdicts: list[Verdict] = []
    try:
        for trial in run_trials(setups, sampling):
            verdicts.append(trial.verdict(level))
            if on_verdict is not None:
                on_verdict(verdicts[-1])
    except CampaignError as error:
        error.verdicts = tuple(verdicts)
        raise
    return family_wise(verdicts, level)
