"""The power of a given number of networks: whether they would reject a slightly wrong formula.

``campaign(power=…)`` draws as many networks as it takes; here their number is given. They are
sampled once: each formula is then judged as it is, and once more with its value multiplied by a
factor, in a family with the unchanged verdicts of all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

from bn_theory.collection.names import Formula, chosen_formulas
from bn_theory.law.spectrum import as_number
from bn_theory.verification.families import PowerRow, power_rows
from bn_theory.verification.montecarlo import Progress, Sampling, resolve_seed
from bn_theory.verification.trials import run_trials
from bn_theory.verification.verdicts import Verdict
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["PowerRow", "power"]


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
    return power_rows([entry.name for entry in chosen], right, wrong, level)
