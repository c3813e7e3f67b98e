"""The ways to average a product of tensors over one random matrix, and the choice among them.

Every module of :mod:`weingarten.networks.methods` states one :class:`Method` as ``METHOD``; nothing
else lists them. A method is asked for an :class:`Offer` for a job: what it would cost, and how to
do it. The choice is made in this order:

1. Methods are asked in the order of their ``preference``, those for another group than the one of
   the random matrix and those that expect more factors (``from_degree``) left out.
2. The first offer that *settles* the matter is taken: a closed form, which nothing else beats.
3. Otherwise the offer with the least predicted time is, among those that fit into memory.

A method asked for by name is taken wherever it makes an offer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import sympy as sp

from weingarten.budget import most_megabytes
from weingarten.costs import PredictedCost
from weingarten.discovery import stated_in
from weingarten.errors import InvalidInputError
from weingarten.networks.factors import DeterminantSign
from weingarten.networks.slots import Integral, Job

__all__ = [
    "AUTO",
    "Choice",
    "Method",
    "Offer",
    "as_method",
    "choose",
    "method_called",
    "methods",
    "offers",
]

#: No method in particular.
AUTO = "auto"


class Offer(NamedTuple):
    """What a method would do for one job; making an offer costs little, beside :attr:`run`.

    Attributes
    ----------
    cost : callable
        Returns the predicted time and memory; called only where they are compared or shown.
    run : callable
        Returns the average.
    settles : bool
        Whether nothing can be quicker, so that no other method is asked.
    """

    cost: Callable[[], PredictedCost]
    run: Callable[[], Integral]
    settles: bool = False


@dataclass(frozen=True)
class Method:
    """One way to average a product over one random matrix.

    Attributes
    ----------
    name : str
        What it is called in ``method=`` and in a derivation.
    words : str
        What a derivation says of it.
    offer : callable
        From a :class:`~weingarten.networks.slots.Job` to an :class:`Offer`, None where the method
        does not apply.
    preference : int
        Methods are asked from the lowest to the highest.
    groups : frozenset of str
        The groups whose Haar measure it averages over, as in ``wg(…, group="O")``.
    from_degree : int
        The least number of random factors for which it is chosen without being named.
    minors : bool
        Whether it averages determinants of parts of the matrix; no other is asked for these.
    """

    name: str
    words: str
    offer: Callable[[Job], Offer | None]
    preference: int
    groups: frozenset[str] = frozenset({"O"})
    from_degree: int = 0
    minors: bool = False


class Choice(NamedTuple):
    """The method that does a job, and its offer."""

    method: Method
    offer: Offer


@cache
def methods(group: str = "O") -> tuple[Method, ...]:
    """Return the methods for a group in the order in which they are asked."""
    serving = (method for method in _by_name().values() if group in method.groups)
    return tuple(sorted(serving, key=lambda method: (method.preference, method.name)))


@cache
def _by_name() -> dict[str, Method]:
    found: tuple[Method, ...] = stated_in("weingarten.networks.methods", "METHOD")
    return {method.name: method for method in found}


def method_called(name: str) -> Method:
    """Return the method of this name, of whatever group."""
    return _by_name()[name]


def as_method(name: Any) -> str:
    """Return the name of a method, or ``"auto"``, or raise :class:`InvalidInputError`."""
    if not isinstance(name, str) or (name != AUTO and name not in _by_name()):
        names = ", ".join(sorted(_by_name()))
        raise InvalidInputError(
            "method", f"must be 'auto' or one of {names}", name, "pass one of these"
        )
    return name


def offers(job: Job) -> list[Choice]:
    """Return the offers of all methods that apply, whether or not they would be chosen."""
    made = (
        (method, method.offer(job)) for method in methods(job.group) if method.minors == job.minors
    )
    return [Choice(method, offer) for method, offer in made if offer is not None]


def choose(job: Job, name: str = AUTO) -> Choice:
    """Return the method that averages a job.

    Parameters
    ----------
    job : Job
        The product, and the matrix to integrate.
    name : str, optional
        A method to prefer wherever it applies.
    """
    open_offers: list[Choice] = []
    if name != AUTO:
        named = method_called(name)
        offer = (
            named.offer(job) if job.group in named.groups and named.minors == job.minors else None
        )
        if offer is not None:
            return Choice(named, offer)
    for method in methods(job.group):
        if job.degree < method.from_degree or method.minors != job.minors:
            continue
        offer = method.offer(job)
        if offer is None:
            continue
        if offer.settles:
            return Choice(method, offer)
        open_offers.append(Choice(method, offer))
    if not open_offers:
        signs = [DeterminantSign(part).as_scalar() for part, _ in job.determinants]
        raise InvalidInputError(
            "expr",
            f"must have products that some method averages over {job.haar.ensemble.title}",
            sp.Mul(*signs) if signs else job.haar,
            "write determinants out in entries, or leave them away",
        )
    if len(open_offers) == 1:
        return open_offers[0]
    costed = [(choice, choice.offer.cost()) for choice in open_offers]
    memory = most_megabytes()
    # of equal ones, all out of reach, the most general: what it refuses is told in its words
    best, _ = min(reversed(costed), key=lambda item: (item[1].megabytes > memory, item[1].seconds))
    return best
