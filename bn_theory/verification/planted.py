"""Planted errors: whether draws that agree with a statement would tell it from a wrong one.

An equality is moved by a share of its value, beyond what the two are known to leave out. A bound
may be far from the average, and a bound a little off still holds: in its place stands the one that
the draws break by that share. A statement of 0 has no share, and is moved by the share itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy as sp

from bn_theory.verification.summaries import Summary
from bn_theory.verification.trials import Trial
from bn_theory.verification.verdicts import Verdict, components_of

__all__ = ["planted", "planted_verdict", "predicted_networks", "told"]

# so many standard errors beyond what a rejection takes: it comes in 97 of 100 samples
_MARGIN = 2.0


def planted(trial: Trial, share: float) -> list[sp.Expr]:
    """Return what a wrong statement says about the draws of a trial, component by component."""
    stated, exact = trial.criteria, components_of(trial.predicted)
    if stated.relation == "==":
        # what two statements may each leave out is more than what tells them apart
        beyond = math.copysign(2 * stated.remainder, share)
        return [
            value * (1 + share) + math.copysign(beyond, share * float(value))
            if value
            else value + share + beyond
            for value in exact
        ]
    side = 1 if stated.relation == "<=" else -1
    columns = [trial.summary.column(i) for i in range(len(exact))]
    if stated.every_draw:
        ends = [column.greatest if side > 0 else column.least for column in columns]
    else:
        ends = [column.mean for column in columns]
    # rounding and remainder are granted to a bound, so that it has to be further off
    granted = stated.remainder + stated.rounding
    size = abs(share)
    return [
        sp.Float(end - side * (size * (abs(end) if abs(end) > granted else 1.0) + granted))
        for end in ends
    ]


def predicted_networks(trial: Trial, share: float, level: float) -> float:
    """Return about how many networks reject the planted error at a level; oo if none will."""
    wrong, right = planted(trial, share), components_of(trial.predicted)
    stated = trial.criteria
    needed = 0.0
    for i, value in enumerate(wrong):
        column = trial.summary.column(i)
        # an equality is taken for right: its sampled mean may be anywhere near it
        if stated.relation == "==":
            gap = abs(float(right[i]) - float(value)) - 2 * stated.remainder
        else:
            gap = abs(column.mean - float(value)) - stated.remainder
        if not 0 < gap < math.inf:
            return math.inf
        units = math.sqrt(-2 * math.log(level)) + _MARGIN
        needed = max(needed, column.variance * (units / gap) ** 2)
    return needed


def planted_verdict(trial: Trial, share: float, level: float) -> Verdict:
    """Return the verdict on the wrong statement."""
    return trial.judged(planted(trial, share), level)


def told(trial: Callable[[Summary], Trial], share: float, level: float, summary: Summary) -> bool:
    """Return whether draws reject the planted error: the goal of drawing more."""
    return planted_verdict(trial(summary), share, level).word == "rejected"
