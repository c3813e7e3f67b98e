"""What a statement claims of its draws: by what it is judged, beside its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weingarten.errors import InvalidInputError

__all__ = ["RELATIONS", "RELATION_SIGNS", "REMAINDER_SHARE", "Criteria"]

RELATION_SIGNS = {"==": "=", "<=": "≤", ">=": "≥"}
RELATIONS = tuple(RELATION_SIGNS)

#: Largest share of a statement that it may leave out and still be judged.
REMAINDER_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """How a statement at some values is compared with sampled networks.

    Parameters
    ----------
    relation : {"==", "<=", ">="}
        How the average relates to the statement.
    remainder : float
        Bound on what the statement is known to leave out (0 for an exact one).
    remainder_share : float
        Share of the statement (or of the standard error, where that is larger) that the remainder
        may reach; beyond, the verdict is undecided.
    rounding : float
        Absolute rounding error of a draw, for statements that hold in every draw.
    noise : float
        Rounding error of a draw that vanishes exactly, beside which 0 cannot be told from 0.
    every_draw : bool
        Whether the statement is about each of the draws instead of their mean.
    second_moment : callable, optional
        Returns the exact mean square of a draw, or more, for all components or for each: used
        where the tail is heavy.
    exact_square : callable, optional
        Returns the mean square itself, or None: used everywhere.
    conjecture : bool
        Whether it is a conjecture instead of a formula.
    """

    relation: str = "=="
    remainder: float = 0.0
    remainder_share: float = REMAINDER_SHARE
    rounding: float = 0.0
    noise: float = 0.0
    every_draw: bool = False
    second_moment: Callable[[], Any] | None = None
    exact_square: Callable[[], Any] | None = None
    conjecture: bool = False

    def __post_init__(self) -> None:
        if self.relation not in RELATIONS:
            raise InvalidInputError(
                "relation", f"must be one of {RELATIONS}", self.relation, 'use "=="'
            )
