"""What kind of truth a statement is: exact, a bound, sampled, asymptotic to an order, heuristic."""

from __future__ import annotations

from dataclasses import dataclass

from weingarten.errors import InvalidInputError

__all__ = ["BOUND", "EXACT", "HEURISTIC", "KINDS", "SAMPLED", "Status", "asymptotic"]

#: The kinds of statements, the strongest first.
KINDS = ("exact", "bound", "sampled", "asymptotic", "heuristic")


@dataclass(frozen=True)
class Status:
    """The kind of a statement, and the order of what an asymptotic one leaves out.

    Parameters
    ----------
    kind : {"exact", "bound", "sampled", "asymptotic", "heuristic"}
        *exact*: an equality derived without approximation, at every value in its range. *bound*: an
        inequality that holds at every value in its range. *sampled*: an equality in which a mean
        over sampled matrices stands, with its standard error. *asymptotic*: an equality up to terms
        of a stated order. *heuristic*: an argument without proof, confirmed on sampled networks.
    order : str
        Of the terms that are left out, for instance ``"O(d^(-2))"``; asymptotic statements have
        one, no others.

    Examples
    --------
    >>> str(asymptotic("O(d^(-2))")), str(EXACT)
    ('asymptotic, up to O(d^(-2))', 'exact')
    """

    kind: str
    order: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidInputError("kind", f"must be one of {KINDS}", self.kind, 'use "exact"')
        if (self.kind == "asymptotic") != bool(self.order):
            raise InvalidInputError(
                "order",
                "must be given for asymptotic statements, and for no others",
                self.order,
                'build it with asymptotic("O(...)")',
            )

    def __str__(self) -> str:
        return f"{self.kind}, up to {self.order}" if self.order else self.kind


EXACT = Status("exact")
BOUND = Status("bound")
SAMPLED = Status("sampled")
HEURISTIC = Status("heuristic")


def asymptotic(order: str) -> Status:
    """Return the status of a statement that leaves out terms of this order.

    Examples
    --------
    >>> asymptotic("O(Δ^3)")
    Status(kind='asymptotic', order='O(Δ^3)')
    """
    return Status("asymptotic", order)
