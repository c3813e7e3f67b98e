"""How wide LaTeX is on paper, and equations broken into lines that fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["DEFAULT_WIDTH", "broken", "equations", "extent"]

#: How many times the width of an x a line of a plain article holds.
DEFAULT_WIDTH = 60.0

_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|[{}^_]|\s+|.", re.DOTALL)
_NAMES = {
    r"\sqrt": 1.5,
    r"\log": 3.0,
    r"\det": 3.0,
    r"\quad": 2.0,
    r"\qquad": 4.0,
    r"\sum": 2.5,
    r"\prod": 2.5,
}
_NOTHING = {r"\left", r"\right", r"\bigl", r"\bigr", r"\displaystyle", r"\\", "&"}
_THIN = {r"\,", r"\;", r"\:", r"\!", ",", ".", ":", "'"}
_WIDE = {"W": 1.9, "M": 1.9, "m": 1.5, "w": 1.3} | dict.fromkeys("()[]|/il", 0.75)
_RELATIONS = {"+", "-", "=", r"\leq", r"\geq", r"\circ", r"\mapsto", r"\cdot", r"\mid"}
_WRAPPERS = {r"\mathrm", r"\mathbb", r"\mathcal", r"\mathbf", r"\text", r"\overline"}


def extent(text: str) -> float:
    r"""Return about how many letters wide LaTeX mathematics is.

    Examples
    --------
    >>> extent("x") == 1, extent(r"\frac{a + b}{c}") < extent("a + b + c")
    (True, True)
    """
    width, _ = _measured(_TOKEN.findall(text), 0)
    return width


def _measured(tokens: Sequence[str], at: int) -> tuple[float, int]:
    """Return the width up to the bracket that closes, and where that is."""
    width = 0.0
    while at < len(tokens) and tokens[at] != "}":
        part, at = _next(tokens, at)
        width += part
    return width, at


def _next(tokens: Sequence[str], at: int) -> tuple[float, int]:
    token, at = tokens[at], at + 1
    if token == "{":
        width, at = _measured(tokens, at)
        return width, at + 1
    if token in ("^", "_") and at < len(tokens):
        width, at = _next(tokens, at)
        return 0.7 * width, at
    if token in (r"\frac", r"\binom", r"\dfrac", r"\tfrac") and at < len(tokens):
        above, at = _next(tokens, at)
        below, at = _next(tokens, at) if at < len(tokens) else (0.0, at)
        return max(above, below) + 0.5, at
    if token in (r"\begin", r"\end"):
        return 1.0, _next(tokens, at)[1] if at < len(tokens) else at
    if token.isspace() or token in _NOTHING or token in _WRAPPERS:
        return 0.0, at
    if token in _THIN:
        return 0.4, at
    if token in _RELATIONS:
        return 2.2, at
    if len(token) == 1:
        return _WIDE.get(token, 1.35 if token.isupper() else 1.0), at
    return _NAMES.get(token, 1.2), at


def broken(pieces: Iterable[str], width: float, first: float) -> list[str]:
    """Return lines of the pieces, as many on each as fit ``width``, on the first one ``first``."""
    lines: list[str] = []
    room = 0.0
    for piece in pieces:
        needed = extent(piece)
        if lines and needed <= room:
            lines[-1] += f" {piece}"
        else:
            room = width if lines else first
            lines.append(piece)
        room -= needed
    return lines


def equations(
    items: Iterable[tuple[str, Sequence[str]]], width: float | None, *, relation: str = "="
) -> list[str]:
    r"""Return rows of an ``align*``: of each item its left side and the pieces of its right side.

    Where a left side takes more than half of a line, or leaves no room for a piece, all have lines
    of their own. Without a width nothing breaks.

    Examples
    --------
    >>> equations([("x", ["a", "+ b", "- c"])], width=9)
    ['x &= a + b', '&\\quad - c']
    """
    items = list(items)
    if width is None:
        return [f"{left} &{relation} {' '.join(pieces)}".lstrip() for left, pieces in items]
    longest = max((extent(left) for left, _ in items), default=0.0)
    widest = max((extent(piece) for _, pieces in items for piece in pieces), default=0.0)
    apart = longest > width / 2 or longest + widest + 4 > width
    room = width - (4 if apart else longest + 2)
    rows: list[str] = []
    for left, pieces in items:
        lines = broken(pieces, room - 2, room)
        if apart:
            rows += [f"&{left}"] if left else []
            rows.append(rf"&\quad {relation} {lines[0]}")
        else:
            rows.append(f"{left} &{relation} {lines[0]}".lstrip())
        indent = r"&\qquad" if apart else r"&\quad"
        rows += [f"{indent} {line}" for line in lines[1:]]
    return rows
