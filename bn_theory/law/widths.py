"""The cases of a formula at another width: the same question asked of larger or smaller networks.

A spectrum is stretched: eigenvalue i of the new one is that at the same share of the old one, so
that the two have the same distribution. Samples, ranks and shares of a constant vector follow in
proportion; a gradient keeps its entries, among zeros. Depth, activation and all else stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["WIDEST", "as_width", "stretched", "width_of"]

WIDEST = 10_000


def as_width(width: object) -> int:
    """Return a width as an int, or raise."""
    found = as_integer(width, "width", minimum=2)
    if found > WIDEST:
        raise InvalidInputError(
            "width", f"must be at most {WIDEST}", found, "ask for narrower networks"
        )
    return found


def width_of(values: Mapping[str, Any]) -> int | None:
    """Return the width that values are about; None if they are about none."""
    if "eigenvalues" in values:
        return len(values["eigenvalues"])
    return int(values["d"]) if "d" in values else None


def stretched(values: Mapping[str, Any], width: int) -> dict[str, Any]:
    """Return values of the same kind at another width.

    Examples
    --------
    >>> stretched({"eigenvalues": [3, 1]}, 4), stretched({"d": 8, "n": 6, "depth": 3}, 16)
    ({'eigenvalues': [3, 3, 1, 1]}, {'d': 16, 'n': 12, 'depth': 3})
    >>> stretched({"eigenvalues": [4, 1], "overlaps": [0.5, 0]}, 4)["overlaps"]
    [0.25, 0.25, 0.0, 0.0]
    """
    before = width_of(values)
    if before is None or before == width:
        return dict(values)
    found = dict(values)
    places = [i * before // width for i in range(width)]
    if "eigenvalues" in found:
        found["eigenvalues"] = [found["eigenvalues"][place] for place in places]
    if "d" in found:
        found["d"] = width
    for name in ("n", "rank"):
        if name in found:
            found[name] = _in_proportion(int(found[name]), before, width)
    if "overlaps" in found:
        shares = found["overlaps"]
        found["overlaps"] = [shares[place] / places.count(place) for place in places]
    if "gradient" in found:
        found["gradient"] = _padded(found["gradient"], width)
    return found


def _in_proportion(number: int, before: int, width: int) -> int:
    # one more than the width, or one less, means just that
    if abs(number - before) <= 1:
        return width + number - before
    return max(1, round(number * width / before))


def _padded(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    kept = [list(row[:width]) for row in rows[:width]]
    return [
        [kept[i][j] if i < len(kept) and j < len(kept[i]) else 0 for j in range(width)]
        for i in range(width)
    ]
