"""The ways to compute a moment of entries, and the interface that they share.

Every module of :mod:`weingarten.moments.methods` states one :class:`MomentMethod` as ``METHOD``;
nothing else lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from weingarten.costs import PredictedCost
from weingarten.discovery import stated_in
from weingarten.exact.dimension import Exact
from weingarten.moments.jobs import MomentJob

__all__ = ["MomentMethod", "moment_methods"]


@dataclass(frozen=True)
class MomentMethod:
    """One way to compute moments of entries.

    Attributes
    ----------
    name : str
        What it is called in ``method=``, for one group once.
    words : str
        What it does, in a line.
    cost : callable
        From a :class:`~weingarten.moments.jobs.MomentJob` in canonical form, with factors, and
        which does not vanish by symmetry, to the predicted cost; None where the method does not
        apply.
    value : callable
        From that job to the moment.
    preference : int
        Methods are listed from the lowest to the highest.
    settles : bool
        Whether nothing is quicker where it applies.
    requires : str
        What the argument ``powers`` has to satisfy, where the method does not always apply.
    groups : frozenset of str
        The groups whose moments it computes, as in ``wg(…, group="O")``.
    """

    name: str
    words: str
    cost: Callable[[MomentJob], PredictedCost | None]
    value: Callable[[MomentJob], Exact]
    preference: int
    settles: bool = False
    requires: str = ""
    groups: frozenset[str] = frozenset({"O"})


@cache
def moment_methods(group: str = "O") -> Mapping[str, MomentMethod]:
    """Return the methods for a group by name, in the order of their preference.

    Examples
    --------
    >>> "gorin-lopez" in moment_methods(), "gorin-lopez" in moment_methods("U")
    (True, False)
    """
    found: tuple[MomentMethod, ...] = stated_in("weingarten.moments.methods", "METHOD")
    serving = [method for method in found if group in method.groups]
    ordered = sorted(serving, key=lambda method: method.preference)
    return MappingProxyType({method.name: method for method in ordered})
