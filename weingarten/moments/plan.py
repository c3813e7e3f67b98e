"""Which method computes a moment, and what that will cost: a plan to print or run.

It is made from the shape of the powers alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, foresee, most_megabytes, spending
from weingarten.costs import PredictedCost
from weingarten.ensembles.family import FAMILY
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Exact, exact_to_sympy
from weingarten.moments.jobs import MomentJob
from weingarten.moments.moment_methods import MomentMethod, moment_methods
from weingarten.moments.power_matrices import PowerMatrix
from weingarten.plans import Plan

__all__ = [
    "ANY",
    "MomentPlan",
    "affordable",
    "choose",
    "exact_moment_by",
    "make_plan",
    "moment_by",
]


#: Stands for any dimension, also of the symplectic group.
ANY = sp.Symbol("d", even=True)


@dataclass(frozen=True)
class MomentPlan(Plan):
    """How a moment will be computed; print it for the estimates, :meth:`run` it for the result.

    Attributes
    ----------
    method : str
        The method that will run; the first one also for no factors, where the moment is 1, and
        where a symmetry makes it 0.
    estimates : mapping
        :class:`~weingarten.costs.PredictedCost` of every method that applies, by name.
    job : MomentJob
        What is averaged, in canonical form.
    d : int or Expr
        The dimension as it was asked for.

    Examples
    --------
    >>> from weingarten import moment_cost
    >>> moment_cost([[2, 0], [0, 2]], d=5).run()
    3/70
    """

    job: MomentJob
    d: int | sp.Expr

    @property
    def group(self) -> str:
        """The group or ensemble."""
        return self.job.group

    @property
    def powers(self) -> PowerMatrix:
        """The powers of the entries."""
        return self.job.plain

    @property
    def conjugated(self) -> PowerMatrix:
        """The powers of the conjugated entries."""
        return self.job.conjugated

    @property
    def title(self) -> str:
        """What is averaged, in words."""
        return _title(self.group, self.degree)

    @property
    def degree(self) -> int:
        """The number of factors."""
        return self.job.degree

    def run(self, *, max_cost: float | Budget | None = DEFAULT_MAX_COST) -> sp.Expr:
        """Return the moment, at the dimension for which it was planned."""
        with spending(max_cost, "the plan"):
            _refuse_long(self.job, self.method, self.estimates[self.method])
            return moment_by(self.job, self.d, self.method)


def _title(group: str, degree: int) -> str:
    if group == "O":
        return f"a moment of degree {degree}"
    law = FAMILY[group].title if group in FAMILY else f"{group} matrices"
    return f"a moment of degree {degree} over the {law}"


def make_plan(job: MomentJob, method: str = "auto", d: int | sp.Expr = ANY) -> MomentPlan:
    """Return the plan for a job in canonical form, with the costs of all methods that apply."""
    known = moment_methods(job.group)
    _check_name(method, known)
    if job.is_plain:
        free = dict.fromkeys(known, PredictedCost(0.0))
        return MomentPlan(next(iter(known)), free, job, d)
    estimates = {name: cost for name, one in known.items() if (cost := one.cost(job)) is not None}
    if method == "auto":
        method = _best(estimates, known)
    if method not in estimates:
        raise _does_not_apply(job, method)
    return MomentPlan(method, estimates, job, d)


def choose(job: MomentJob, method: str = "auto") -> tuple[str, PredictedCost]:
    """Return the method that computes a job in canonical form, and its predicted cost.

    Only those are asked for their costs on which the choice depends: none after one that settles
    the matter. A short moment takes no longer than this.
    """
    known = moment_methods(job.group)
    _check_name(method, known)
    if job.is_plain:
        return next(iter(known)), PredictedCost(0.0)
    if method != "auto":
        if (cost := known[method].cost(job)) is None:
            raise _does_not_apply(job, method)
        return method, cost
    estimates: dict[str, PredictedCost] = {}
    for name, one in known.items():
        if (cost := one.cost(job)) is not None:
            if one.settles:
                return name, cost
            estimates[name] = cost
    method = _best(estimates, known)
    return method, estimates[method]


def affordable(job: MomentJob, method: str = "auto") -> str:
    """Return the method that computes a job in canonical form, or refuse what it would cost."""
    name, cost = choose(job, method)
    _refuse_long(job, name, cost)
    return name


def _refuse_long(job: MomentJob, method: str, cost: PredictedCost) -> None:
    foresee(f"{_title(job.group, job.degree)} by {method!r}", cost.seconds, cost.megabytes)


def _check_name(method: str, known: Mapping[str, MomentMethod]) -> None:
    if not isinstance(method, str) or method not in ("auto", *known):
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {', '.join(known)}", method, "pass one of these"
        )


def _does_not_apply(job: MomentJob, method: str) -> InvalidInputError:
    return InvalidInputError(
        "powers",
        f"{moment_methods(job.group)[method].requires} for method={method!r}",
        job.plain,
        "pass method='auto'",
    )


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


# callers ask for the same moment again, and writing it as SymPy takes as long as finding it
@lru_cache(maxsize=4096)
def moment_by(job: MomentJob, d: int | sp.Expr, method: str) -> sp.Expr:
    """Return what a method makes of a job, with the dimension written as ``d``."""
    return exact_to_sympy(exact_moment_by(job, method), d)


def exact_moment_by(job: MomentJob, method: str) -> Exact:
    """Return what a method makes of a job."""
    if job.vanishes:
        return job.d.coefficient(0)
    if not job.degree:
        return job.d.coefficient(1)
    return moment_methods(job.group)[method].value(job)
