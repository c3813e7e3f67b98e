"""The power of a campaign: whether it would reject a formula that is slightly wrong.

The networks are sampled once. Each formula is then judged as it is, and once more with its value
multiplied by a factor, in a family with the unchanged verdicts of all others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from bn_theory.collection.names import Formula, chosen_formulas
from bn_theory.law.spectrum import as_number
from bn_theory.verification.montecarlo import Progress, Sampling, resolve_seed
from bn_theory.verification.trials import run_trials
from bn_theory.verification.verdicts import Verdict, family_wise
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["PowerRow", "power"]


@dataclass(frozen=True, kw_only=True)
class PowerRow:
    """One formula in a campaign.

    Attributes
    ----------
    formula : str
    verdicts : tuple of Verdict
        Of the formula as it is, one for each case, adjusted as one family with all others.
    shifted : tuple of Verdict
        The same with the predicted values multiplied by 1 + shift.
    """

    formula: str
    verdicts: tuple[Verdict, ...]
    shifted: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether the formula is rejected at none of its cases and passes at one at least."""
        words = {verdict.word for verdict in self.verdicts}
        return "rejected" not in words and "pass" in words

    @property
    def rejected(self) -> bool:
        """Whether the wrong formula is rejected at one of the cases."""
        return any(verdict.word == "rejected" for verdict in self.shifted)

    @property
    def largest_shift(self) -> float:
        """The wrong formula's largest z in size, over its cases; oo without a z."""
        scores = [abs(verdict.z) for verdict in self.shifted if verdict.z is not None]
        return max(scores, default=math.inf)


def power(
    formulas: Iterable[str | Formula] | None = None,
    *,
    shift: float = 0.03,
    samples: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    executor: Executor | None = None,
    progress: Progress | None = None,
    max_seconds: float | None = 900.0,
) -> tuple[PowerRow, ...]:
    """Verify formulas at all their cases, and the same formulas off by a relative error.

    Parameters
    ----------
    formulas : iterable of str or Formula, optional
        Equalities; inequalities are left out. The whole catalogue by default.
    shift : float
        Relative error of the wrong formulas.
    samples : int, optional
        Networks per case; each case's own number by default.
    seed, level, executor, progress, max_seconds
        As for :func:`bn_theory.campaign`.

    Examples
    --------
    >>> row, = power(["forward.row_norm_moment"], shift=0.5, samples=500)
    >>> row.passed, row.rejected
    (True, True)
    """
    error = as_number("shift", shift)
    if error.free_symbols:
        raise InvalidInputError("shift", "must be a number", shift, "pass for instance 0.03")
    chosen = chosen_formulas(formulas)
    chosen = [entry for entry in chosen if entry.relation == "=="]
    number = resolve_seed(seed)
    count = None if samples is None else as_integer(samples, "samples", minimum=2)
    sampling = Sampling(executor=executor, progress=progress, max_seconds=max_seconds)
    tasks = [(entry, case) for entry in chosen for case in entry.chosen_cases]
    setups = [
        entry.setup(count or case.samples, number + index, values=case.values, sampling=sampling)
        for index, (entry, case) in enumerate(tasks)
    ]
    right: list[list[Verdict]] = []
    wrong: list[list[Verdict]] = []
    for index, trial in enumerate(run_trials(setups, sampling)):
        if index == 0 or tasks[index][0] is not tasks[index - 1][0]:
            right.append([])
            wrong.append([])
        right[-1].append(trial.verdict(level))
        wrong[-1].append(trial.verdict(level, factor=1 + float(error)))
    rows = []
    for i, entry in enumerate(chosen):
        others = [verdict for j, group in enumerate(right) if j != i for verdict in group]
        own = len(right[i])
        rows.append(
            PowerRow(
                formula=entry.name,
                verdicts=family_wise([*right[i], *others], level)[:own],
                shifted=family_wise([*wrong[i], *others], level)[:own],
            )
        )
    return tuple(rows)
