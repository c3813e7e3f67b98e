"""The campaign: formulas against sampled networks, judged as one family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from bn_theory.collection.names import Case, Formula, chosen_formulas
from bn_theory.verification.montecarlo import Progress, Sampling, resolve_seed
from bn_theory.verification.verdicts import Campaign, Verdict, family_wise, judge
from weingarten.coerce import as_integer

__all__ = ["Verdict", "campaign", "family_wise", "judge"]


def campaign(
    formulas: Iterable[str | Formula] | None = None,
    *,
    samples: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    executor: Executor | None = None,
    progress: Progress | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    max_seconds: float | None = 900.0,
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
    executor : concurrent.futures.Executor, optional
    progress : callable, optional
        ``progress(networks done, networks in all)``.
    on_verdict : callable, optional
        Called with each verdict, before the family-wise adjustment, as soon as it is known; what
        it has seen survives an interruption.
    extra : iterable of (Formula, Case)
        Further cases, tested with the others as one family.

    Returns
    -------
    tuple of Verdict, which notebooks show as a table
        In the order of the formulas and their cases.

    Examples
    --------
    >>> [verdict.passed for verdict in campaign(["backward.isometric_depth"], samples=50)]
    [True, True, True, True, True, True]
    """
    chosen = chosen_formulas(formulas)
    number = resolve_seed(seed)
    count = None if samples is None else as_integer(samples, "samples", minimum=2)
    tasks = [(entry, case) for entry in chosen for case in entry.chosen_cases] + list(extra)
    sizes = [count or case.samples for _, case in tasks]
    verdicts: list[Verdict] = []
    for index, (entry, case) in enumerate(tasks):
        before = sum(sizes[:index])

        def report(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, sum(sizes))

        trial = entry.trial(
            sizes[index],
            number + index,
            values=case.values,
            sampling=Sampling(executor=executor, progress=report, max_seconds=max_seconds),
        )
        verdict = trial.verdict(level)
        verdicts.append(verdict)
        if on_verdict is not None:
            on_verdict(verdict)
    return family_wise(verdicts, level)
