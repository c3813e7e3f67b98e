"""Which method computes a moment, and what that will cost, from the shape of the powers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from weingarten.budget import most_megabytes
from weingarten.costs import PredictedCost
from weingarten.errors import InvalidInputError
from weingarten.moments.moment_methods import moment_methods
from weingarten.moments.power_matrices import PowerMatrix, has_odd_sum

__all__ = ["MomentPlan", "make_plan"]


@dataclass(frozen=True)
class MomentPlan:
    """How a moment will be computed.

    Attributes
    ----------
    powers : tuple of tuples of int
        The canonical power matrix.
    method : str
        The method that will run; ``"closed"`` also for an empty matrix, whose moment is 1, and for
        an odd row or column sum, which makes it 0.
    estimates : mapping
        :class:`PredictedCost` of every method that applies, by name.
    """

    powers: PowerMatrix
    method: str
    estimates: Mapping[str, PredictedCost] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", MappingProxyType(dict(self.estimates)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the estimates as a dict: Python cannot pickle the read-only view of it."""
        return MomentPlan, (self.powers, self.method, dict(self.estimates))

    @property
    def degree(self) -> int:
        """The total power of the monomial."""
        return sum(map(sum, self.powers))

    @property
    def seconds(self) -> float:
        """Predicted time of a first call."""
        return self.estimates[self.method].seconds

    @property
    def megabytes(self) -> float:
        """Predicted memory of a first call."""
        return self.estimates[self.method].megabytes


def make_plan(powers: PowerMatrix, method: str) -> MomentPlan:
    """Return the plan for a canonical power matrix."""
    known = moment_methods()
    if not isinstance(method, str) or method not in ("auto", *known):
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {', '.join(known)}", method, "pass one of these"
        )
    if not powers or has_odd_sum(powers):
        free = dict.fromkeys(known, PredictedCost(0.0))
        return MomentPlan(powers, next(iter(known)), free)
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
    return MomentPlan(powers, method, estimates)


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
