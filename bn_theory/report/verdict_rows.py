"""Verdicts as rows of a table of the page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby

import sympy as sp

from bn_theory.law.formula import Formula
from bn_theory.report.mathml import formula_html
from bn_theory.verification.verdicts import Verdict

__all__ = ["base_name", "grouped_table", "plain_table", "statement_html"]

_TITLES = (
    "values", "predicted", "sampled mean", "std. error", "difference", "remainder",
    "adjusted p", "networks", "seed", "verdict",
)  # fmt: skip
# about how many letters of a formula fit on a line, on paper too
_WIDTH = 70.0
_SIGNS = {"==": "", "<=": "≤ ", ">=": "≥ "}


def base_name(name: str) -> str:
    """Return the name in the catalogue, without the parameters chosen."""
    return name.partition("(")[0]


def statement_html(entry: Formula) -> str:
    """Return the statement of a formula, on several lines if it is long."""
    return formula_html(entry.latex(width=_WIDTH))


def _exact(verdict: Verdict) -> str:
    sign, text = _SIGNS[verdict.relation], str(verdict.predicted)
    number = f"{sign}{float(verdict.predicted):.6g}"
    if isinstance(verdict.predicted, sp.Float | sp.Integer) or len(text) > 24:
        return number
    return f"{number}<br><small>{escape(text)}</small>"


def _row(verdict: Verdict, first: str) -> str:
    because = f"<br><small>{escape(verdict.reason)}</small>" if verdict.reason else ""
    remainder = f"{verdict.remainder:.1e}" if verdict.remainder else "none"
    return (
        f'<tr data-verdict="{verdict.word}"><td>{first}</td>'
        f"<td>{_exact(verdict)}</td><td>{float(verdict.estimate.mean):.6g}</td>"
        f"<td>{verdict.stderr:.1e}</td><td>{escape(verdict.score)}</td><td>{remainder}</td>"
        f"<td>{verdict.adjusted_p_value:.2g}</td><td>{verdict.samples}</td>"
        f'<td>{verdict.seed}</td><td class="{verdict.word}">{verdict.word}{because}</td></tr>'
    )


def _table(bodies: Iterable[str], name: str) -> str:
    head = "".join(f"<th>{title}</th>" for title in _TITLES)
    return (
        f'<div class="scroll"><table id="{name}"><thead><tr>{head}</tr></thead>'
        f"{''.join(bodies)}</table></div>"
    )


def plain_table(verdicts: Iterable[Verdict], name: str) -> str:
    """Return a table in which each row names its formula."""
    rows = []
    for verdict in verdicts:
        anchor = escape(base_name(verdict.formula))
        link = f'<a href="#{anchor}">{escape(verdict.formula)}</a>'
        rows.append(_row(verdict, f"{link}<br><small>{escape(verdict.setting)}</small>"))
    return _table([f"<tbody>{''.join(rows)}</tbody>"], name)


def grouped_table(formulas: Iterable[Formula], verdicts: Iterable[Verdict], name: str) -> str:
    """Return a table with a body for each formula: its statement, then its cases."""
    known = {base_name(entry.name): entry for entry in formulas}
    bodies = []
    for base, cases in groupby(verdicts, key=lambda verdict: base_name(verdict.formula)):
        entry = known[base]
        about = escape(f"{base} {entry.title}".lower())
        group = (
            f'<tr class="group"><td colspan="{len(_TITLES)}">'
            f'<a href="#{escape(base)}"><code>{escape(base)}</code></a> {escape(entry.title)}'
            f'<div class="scroll">{statement_html(entry)}</div></td></tr>'
        )
        rows = "".join(_row(verdict, escape(verdict.setting)) for verdict in cases)
        bodies.append(f'<tbody data-about="{about}">{group}{rows}</tbody>')
    return _table(bodies, name)
