"""Arguments of the command line that are integers: partitions, powers, dimensions, set partitions.

They are read by hand; no text is ever evaluated. A ``ValueError`` says what is wrong and where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = [
    "parse_dimension",
    "parse_order",
    "parse_partition",
    "parse_powers",
    "parse_set_partitions",
]

_MAX_DIGITS = 9


def parse_partition(text: str) -> tuple[int, ...]:
    """Read an integer partition such as ``"2,1"``.

    Parameters
    ----------
    text : str
        Positive integers separated by commas, in any order; spaces are ignored.

    Returns
    -------
    tuple of int
        The parts, largest first.

    Raises
    ------
    ValueError
        Naming the part that is not a positive integer and its position, counted from 1.

    Examples
    --------
    >>> parse_partition("1, 2")
    (2, 1)
    >>> parse_partition("2,")
    Traceback (most recent call last):
        ...
    ValueError: cannot read coset type '2,': part 2 (character 3) is empty, not a positive integer
    """
    parts = []
    for position, (start, field) in enumerate(_fields(text, ","), start=1):
        number = _natural(field)
        if not number:
            raise ValueError(
                f"cannot read coset type {text!r}: part {position} (character {start + 1}) "
                f"is {_shown(field)}, not a positive integer{_too_long(field)}"
            )
        parts.append(number)
    return tuple(sorted(parts, reverse=True))


def parse_powers(text: str) -> tuple[tuple[int, ...], ...]:
    """Read a matrix of powers such as ``"2,0;0,2"``.

    Parameters
    ----------
    text : str
        Rows separated by semicolons, non-negative integers within a row by commas; spaces are
        ignored.

    Returns
    -------
    tuple of tuple of int
        The rows, all of one length.

    Raises
    ------
    ValueError
        Naming the entry that is not a non-negative integer and its position, or the first row
        whose length differs from that of row 1.

    Examples
    --------
    >>> parse_powers("2,0; 0,2")
    ((2, 0), (0, 2))
    >>> parse_powers("2,0;0")
    Traceback (most recent call last):
        ...
    ValueError: cannot read powers '2,0;0': row 2 has length 1 but row 1 has length 2
    """
    rows: list[tuple[int, ...]] = []
    for row_number, (row_start, row_text) in enumerate(_fields(text, ";"), start=1):
        row = []
        for position, (start, field) in enumerate(_fields(row_text, ","), start=1):
            number = _natural(field)
            if number is None:
                raise ValueError(
                    f"cannot read powers {text!r}: entry {position} of row {row_number} ("
                    f"character {row_start + start + 1}) is {_shown(field)}, "
                    f"not a non-negative integer{_too_long(field)}"
                )
            row.append(number)
        if rows and len(row) != len(rows[0]):
            raise ValueError(
                f"cannot read powers {text!r}: row {row_number} has length {len(row)} "
                f"but row 1 has length {len(rows[0])}"
            )
        rows.append(tuple(row))
    return tuple(rows)


def parse_set_partitions(text: str) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Read two set partitions such as ``"0,1/2; 0/1,2"``: blocks are separated by a slash.

    Raises
    ------
    ValueError
        Naming the point that is not a non-negative integer, or if there are not two of them.

    Examples
    --------
    >>> parse_set_partitions("0,1/2; 0/1,2")
    (((0, 1), (2,)), ((0,), (1, 2)))
    >>> parse_set_partitions("0,1")
    Traceback (most recent call last):
        ...
    ValueError: cannot read set partitions '0,1': there must be two, as in "0,1/2;0/1,2"
    """
    partitions: list[tuple[tuple[int, ...], ...]] = []
    for start, half in _fields(text, ";"):
        blocks = []
        for offset, block in _fields(half, "/"):
            points = []
            for position, field in _fields(block, ","):
                number = _natural(field)
                if number is None:
                    raise ValueError(
                        f"cannot read set partitions {text!r}: character "
                        f"{start + offset + position + 1} is {_shown(field)}, not a non-negative "
                        f"integer{_too_long(field)}"
                    )
                points.append(number)
            blocks.append(tuple(points))
        partitions.append(tuple(blocks))
    if len(partitions) != 2:
        raise ValueError(
            f'cannot read set partitions {text!r}: there must be two, as in "0,1/2;0/1,2"'
        )
    first, second = [sorted(sum(blocks, ())) for blocks in partitions]
    if first != second or len(set(first)) < len(first):
        raise ValueError(
            f"cannot read set partitions {text!r}: both must have the same points, each of them "
            'once, as in "0,1/2;0/1,2"'
        )
    return tuple(partitions)


def _fields(text: str, separator: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between separators, stripped, with the offset of its first character."""
    offset = 0
    for field in text.split(separator):
        stripped = field.strip()
        yield offset + (field.index(stripped) if stripped else 0), stripped
        offset += len(field) + 1


def _natural(field: str) -> int | None:
    """Return the non-negative integer that ``field`` spells in ASCII digits, or None."""
    return int(field) if re.fullmatch(rf"[0-9]{{1,{_MAX_DIGITS}}}", field) else None


def _shown(field: str) -> str:
    return repr(field) if field else "empty"


def _too_long(field: str) -> str:
    return (
        f" of at most {_MAX_DIGITS} digits"
        if re.fullmatch(rf"[0-9]{{{_MAX_DIGITS + 1},}}", field)
        else ""
    )


def parse_order(text: str) -> int:
    """Read a non-negative integer.

    Examples
    --------
    >>> parse_order(" 4")
    4
    """
    number = _natural(text.strip())
    if number is None:
        raise ValueError(f"cannot read order {text!r}: it must be a non-negative integer such as 4")
    return number


def parse_dimension(text: str) -> int:
    """Read a positive integer.

    Examples
    --------
    >>> parse_dimension("x")
    Traceback (most recent call last):
        ...
    ValueError: cannot read --dim 'x': it must be a positive integer; leave it out for a result in
    the symbol d
    """
    number = _natural(text.strip())
    if not number:
        raise ValueError(
            f"cannot read --dim {text!r}: it must be a positive integer; leave it out for a "
            "result in the symbol d"
        )
    return number
