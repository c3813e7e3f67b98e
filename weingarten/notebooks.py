"""How results that are no formulas look in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

__all__ = ["html_rows"]


def html_rows(rows: Mapping[str, str]) -> str:
    """Return an HTML table with a row for each name; the values are plain text.

    Examples
    --------
    >>> html_rows({"z": "< 1"})
    '<table><tr><th>z</th><td>&lt; 1</td></tr></table>'
    """
    cells = (f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
    return f"<table>{''.join(cells)}</table>"
