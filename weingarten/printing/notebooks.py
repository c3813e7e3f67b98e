"""How results that are no formulas look in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["html_rows", "html_table"]


def html_rows(rows: Mapping[str, str]) -> str:
    """Return an HTML table with a row for each name; the values are plain text.

    Examples
    --------
    >>> html_rows({"z": "< 1"})
    '<table><tr><th>z</th><td>&lt; 1</td></tr></table>'
    """
    cells = (f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
    return f"<table>{''.join(cells)}</table>"


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table with a column for each head; all is plain text.

    Examples
    --------
    >>> html_table(["z"], [["1"]])
    '<table><thead><tr><th>z</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    lines = ("".join(f"<td>{escape(text)}</td>" for text in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
