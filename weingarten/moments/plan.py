"""Which method computes a moment, and what that will cost, from the shape of the powers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weingarten.budget import most_megabytes
from weingarten.costs import PredictedCost
from weingarten.errors import InvalidInputError
from weingarten.moments.moment_methods import moment_methods
from weingarten.moments.power_matrices import PowerMatrix, has_odd_sum
from weingarten.plans import Plan

__all__ = ["MomentPlan", "make_plan"]


@dataclass(frozen=True)
class MomentPlan(Plan):
    """How a moment will be computed; print it for the estimates.

    Attributes
    ----------
    method : str
        The method that will run; ``"closed"`` also for an empty matrix, whose moment is 1, and for
        an odd row or column sum, which makes it 0.
    estimates : mapping
        :class:`~weingarten.costs.PredictedCost` of every method that applies, by name.
    powers : tuple of tuples of int
        The canonical power matrix.
    """

    powers: PowerMatrix

    @property
    def title(self) -> str:
        """What is averaged, in words."""
        return f"a moment of degree {self.degree}"

    @property
    def degree(self) -> int:
        """The total power of the monomial."""
        return sum(map(sum, self.powers))


def make_plan(powers: PowerMatrix, method: str) -> MomentPlan:
    """Return the plan for a canonical power matrix."""
    known = moment_methods()
    if not isinstance(method, str) or method not in ("auto", *known):
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {', '.join(known)}", method, "pass one of these"
        )
    if not powers or has_odd_sum(powers):
        free = dict.fromkeys(known, PredictedCost(0.0))
        return MomentPlan(next(iter(known)), free, powers)
    estimates = {name: cost for name, m in known.items() if (cost := m.cost(powers)) is not None}
    if method == "auto":
        method = _best(estimates)
    if method not in estimates:
        raise InvalidInputError(
            "powers",
            f"{known[method].requires} for method={method!r}",
            powers,
            "pass method='auto'",
        )
    return MomentPlan(method, estimates, powers)


def _best(estimates: Mapping[str, PredictedCost]) -> str:
    """Return the method that settles the matter, else the quickest that fits into memory."""
    known, memory = moment_methods(), most_megabytes()
    return min(
        estimates,
        key=lambda name: (
            not known[name].settles,
            estimates[name].megabytes > memory,
            estimates[name].seconds,
        ),
    )
