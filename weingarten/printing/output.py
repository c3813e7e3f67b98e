"""How results are printed: one table of writers, for every command of both packages.

A command gathers what it found in an :class:`Output`; :func:`written` turns it into text for
people, LaTeX, JSON, CSV or Markdown. Exact values stay exact in all of them: an expression is
written in SymPy's syntax (LaTeX in Markdown), never as a rounded number.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

from weingarten.printing.typesetting import latex

__all__ = ["FORMATS", "Output", "as_latex", "as_text", "written"]

Record = Mapping[str, Any]

#: What Markdown reads as its own (not an underscore inside a name).
_MARKUP = re.compile(r"[\\`*<>|]")


def as_latex(value: sp.Basic) -> str:
    """Return the LaTeX of an exact value: the one place where the printed kind is chosen."""
    return latex(value)


class _Syntax(StrPrinter):
    """The syntax of SymPy, where what is read back is what was written."""

    def _print_Identity(self, expr: sp.Identity) -> str:
        # I is the imaginary unit
        return f"Identity({self._print(expr.args[0])})"

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        # a word of Python is spelled as SymPy spells it
        return "lamda" if expr.name == "lambda" else str(super()._print_Symbol(expr))

    def _print_IndexedBase(self, expr: sp.IndexedBase) -> str:
        return str(self._print(expr.label))


def _syntax(value: object) -> str:
    return str(_Syntax().doprint(value)) if isinstance(value, sp.Basic) else str(value)


def as_text(value: object) -> str:
    """Return a value as one line of text; several are separated by semicolons.

    Examples
    --------
    >>> as_text({"d": "the width", "v": "a variance"})
    'd: the width; v: a variance'
    >>> as_text(["x", None, True])
    'x; ; true'
    >>> as_text(sp.Identity(sp.Symbol("d"))), as_text(sp.IndexedBase("lambda")[1])
    ('Identity(d)', 'lamda[1]')
    """
    if isinstance(value, Mapping):
        return "; ".join(f"{_syntax(key)}: {as_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(as_text, value))
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else _syntax(value)


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a command prints, in every format.

    Attributes
    ----------
    records : callable
        Returns one mapping for each thing, from the names of its columns to their values: text,
        numbers, expressions, and lists or mappings of those. All records have the same columns.
    text, latex : callable
        Return what a person reads on the terminal, and what goes into a paper.
    markdown : callable, optional
        Returns Markdown; by default the records as a table.
    single : bool
        Whether there is one record by nature, so that JSON is that object and no list.
    """

    records: Callable[[], Sequence[Record]]
    text: Callable[[], str]
    latex: Callable[[], str]
    markdown: Callable[[], str] | None = None
    single: bool = False


def written(output: Output, style: str) -> str:
    r"""Return an output as text in one of the :data:`FORMATS`, without a last line break.

    Examples
    --------
    >>> half = Output(
    ...     records=lambda: [{"name": "one_half", "value": sp.Rational(1, 2)}],
    ...     text=lambda: "1/2",
    ...     latex=lambda: as_latex(sp.Rational(1, 2)),
    ... )
    >>> print(written(half, "csv"))
    name,value
    one_half,1/2
    >>> print(written(half, "markdown"))
    | name | value |
    | --- | --- |
    | one_half | $\frac{1}{2}$ |
    """
    with _any_number_of_digits():
        return FORMATS[style](output)


def _json(output: Output) -> str:
    import json  # noqa: PLC0415 - most commands print text

    records = [_plain(record) for record in output.records()]
    shown = records[0] if output.single else records
    return json.dumps(shown, indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> object:
    """Return a value as what JSON knows; what it has no number for is text, such as ``"inf"``."""
    if isinstance(value, Mapping):
        return {_syntax(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    return value if value is None or isinstance(value, bool | int | str) else _syntax(value)


def _csv(output: Output) -> str:
    import csv  # noqa: PLC0415 - most commands print text
    from io import StringIO  # noqa: PLC0415

    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    records = output.records()
    if records:
        writer.writerow(records[0])
    writer.writerows([as_text(value) for value in record.values()] for record in records)
    return stream.getvalue().removesuffix("\n")


def _markdown(output: Output) -> str:
    if output.markdown is not None:
        return output.markdown()
    records = output.records()
    if not records:
        return ""
    rows = [list(records[0]), ["---"] * len(records[0])]
    rows += [[_cell(value) for value in record.values()] for record in records]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, sp.Basic):
        # a bar ends a cell, also inside a formula
        math = as_latex(value).replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return f"${math}$"
    return _MARKUP.sub(r"\\\g<0>", as_text(value)).replace("\n", " ")


@contextmanager
def _any_number_of_digits() -> Iterator[None]:
    """Let integers of any length be written (Python refuses above 4300 digits)."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


#: The writers by the name that ``--format`` takes.
FORMATS: Mapping[str, Callable[[Output], str]] = {
    "text": lambda output: output.text(),
    "latex": lambda output: output.latex(),
    "json": _json,
    "csv": _csv,
    "markdown": _markdown,
}
