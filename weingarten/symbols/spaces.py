"""Where random matrices get the probability space that ``sympy.stats`` asks them for.

The space ends in :func:`weingarten.expect`, which stands far above the symbols. So nothing here
imports it: the package hands in what makes a space, and a symbol asks for one when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["hand_in_spaces", "probability_space"]

#: Returns the probability space of a random matrix symbol.
Spaces: TypeAlias = Callable[[Any], Any]

_handed_in: list[Spaces] = []


def hand_in_spaces(spaces: Spaces) -> None:
    """Let ``spaces(matrix)`` make the probability space of every random matrix from now on."""
    _handed_in[:] = [spaces]


def probability_space(matrix: Any) -> Any:
    """Return the probability space of a random matrix symbol."""
    (spaces,) = _handed_in
    return spaces(matrix)
