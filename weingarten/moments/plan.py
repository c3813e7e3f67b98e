"""Which method computes a moment, and what that will cost, from the shape of the powers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weingarten.budget import most_megabytes
from weingarten.costs import PredictedCost
from weingarten.ensembles.family import FAMILY
from weingarten.errors import InvalidInputError
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod, moment_methods
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.plans import Plan

__all__ = ["MomentPlan", "make_plan"]


@dataclass(frozen=True)
class MomentPlan(Plan):
    """How a moment will be computed; print it for the estimates.

    Attributes
    ----------
    method : str
        The method that will run; the first one also for no factors, where the moment is 1, and
        where a symmetry makes it 0.
    estimates : mapping
        :class:`~weingarten.costs.PredictedCost` of every method that applies, by name.
    powers, conjugated : tuple of tuples of int
        The canonical matrices of powers, of entries and of conjugated entries.
    group : str
        The group or ensemble.
    """

    powers: PowerMatrix
    conjugated: PowerMatrix = ()
    group: str = "O"

    @property
    def title(self) -> str:
        """What is averaged, in words."""
        where = "" if self.group == "O" else f" over the {_title(self.group)}"
        return f"a moment of degree {self.degree}{where}"

    @property
    def degree(self) -> int:
        """The number of factors."""
        return sum(map(sum, self.powers)) + sum(map(sum, self.conjugated))


def _title(group: str) -> str:
    return FAMILY[group].title if group in FAMILY else f"{group} matrices"


def make_plan(job: MomentJob, method: str, *, compare: bool = True) -> MomentPlan:
    """Return the plan for a job in canonical form.

    Unless the methods are to be compared, only those are asked for their costs on which the choice
    depends: none after one that settles the matter.
    """
    known = moment_methods(job.group)
    if not isinstance(method, str) or method not in ("auto", *known):
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {', '.join(known)}", method, "pass one of these"
        )
    shape = job.plain, job.conjugated, job.group
    if not job.degree or job.vanishes:
        free = dict.fromkeys(known, PredictedCost(0.0))
        return MomentPlan(next(iter(known)), free, *shape)
    estimates: dict[str, PredictedCost] = {}
    for name, one in known.items():
        if (compare or method in ("auto", name)) and (cost := one.cost(job)) is not None:
            estimates[name] = cost
            if one.settles and not compare:
                break
    if method == "auto":
        method = _best(estimates, known)
    if method not in estimates:
        raise InvalidInputError(
            "powers",
            f"{known[method].requires} for method={method!r}",
            job.plain,
            "pass method='auto'",
        )
    return MomentPlan(method, estimates, *shape)


def _best(estimates: Mapping[str, PredictedCost], known: Mapping[str, MomentMethod]) -> str:
    """Return the method that settles the matter, else the quickest that fits into memory."""
    memory = most_megabytes()
    return min(
        estimates,
        key=lambda name: (
            not known[name].settles,
            estimates[name].megabytes > memory,
            estimates[name].seconds,
        ),
    )
