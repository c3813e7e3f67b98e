"""Formulas and verdicts as the command line prints them, in every format, and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import sympy as sp
from sympy.printing.pretty.pretty import PrettyPrinter
from sympy.printing.pretty.pretty_symbology import pretty_use_unicode
from sympy.printing.pretty.stringpict import prettyForm

from bn_theory.campaigns.check import Conjecture
from bn_theory.law.formula import Formula
from bn_theory.law.layout import symbol_latex
from bn_theory.law.prose import typeset
from bn_theory.verification.families import Campaign
from bn_theory.verification.verdict_latex import latex_text, verdict_table
from bn_theory.verification.verdicts import Verdict
from weingarten.errors import InvalidInputError
from weingarten.printing.linebreaks import DEFAULT_WIDTH
from weingarten.printing.output import Output, written

__all__ = ["SUFFIXES", "conjectured", "exported", "listed", "sampled_quantities", "shown", "tested"]

#: The format of a file by how its name ends.
SUFFIXES = {".tex": "latex", ".json": "json", ".md": "markdown", ".csv": "csv"}

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,graphicx}
% a formula that is wider than the line is made to fit
\newcommand{\fitted}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
  $\displaystyle #1$}}
\begin{document}
"""


def listed(entries: Sequence[Formula]) -> Output:
    """Return names and titles of formulas."""
    width = max((len(entry.name) for entry in entries), default=0)
    items = [
        rf"  \item[\texttt{{{latex_text(entry.name)}}}] {latex_text(entry.title)}"
        for entry in entries
    ]
    return Output(
        records=lambda: [{"name": entry.name, "title": entry.title} for entry in entries],
        text=lambda: "\n".join(f"{entry.name:<{width}}  {entry.title}" for entry in entries),
        latex=lambda: "\n".join([r"\begin{description}", *items, r"\end{description}"]),
    )


def shown(entries: Sequence[Formula]) -> Output:
    """Return formulas with all that is known of them; their LaTeX is that of the statements."""
    return Output(
        records=lambda: [_record(entry) for entry in entries],
        text=lambda: "\n\n\n".join(map(_description, entries)),
        latex=lambda: "\n".join(entry.latex() for entry in entries),
        markdown=lambda: "\n\n".join(map(_chapter, entries)),
    )


def exported(entries: Sequence[Formula], path: Path) -> str:
    """Return the text of a file with formulas; a ``.tex`` is a document that compiles.

    Raises
    ------
    InvalidInputError
        If no format belongs to how the name of the file ends.
    """
    style = SUFFIXES.get(path.suffix.lower())
    if style is None:
        raise InvalidInputError(
            "FILE",
            f"must end in {', '.join(SUFFIXES)}",
            path.name,
            "the ending chooses the format",
        )
    if style == "latex":
        return "\n".join([_PREAMBLE, *map(_section, entries), r"\end{document}", ""])
    return written(shown(entries), style) + "\n"


def _record(entry: Formula) -> Mapping[str, object]:
    return {
        "name": entry.name,
        "title": entry.title,
        "relation": entry.relation,
        "statement": entry.expr,
        "latex": entry.latex(),
        "symbols": dict(entry.symbols),
        "parameters": {name: _bare(value) for name, value in entry.parameters.items()},
        "assumptions": entry.assumptions,
        "validity": entry.validity,
        "status": entry.standing_in_words,
        "reference": entry.reference,
    }


def _bare(value: object) -> object:
    return int(value) if isinstance(value, sp.Integer) else value


class _Pretty(PrettyPrinter):
    """The printer of SymPy for terminals, with the ψ that LaTeX has, too."""

    def _print_polygamma(self, expr: sp.Expr) -> prettyForm:
        order, argument = expr.args
        if order == 0:
            return self._print(sp.Function("psi")(argument))
        return self._print_Function(expr)


def _pretty(expr: sp.Basic) -> str:
    before = pretty_use_unicode(True)
    try:
        return str(_Pretty({"use_unicode": True}).doprint(expr))
    finally:
        pretty_use_unicode(before)


def _description(entry: Formula) -> str:
    lines = [entry.name, entry.title, "", _pretty(entry.expr), ""]
    lines += [f"LaTeX        {entry.latex()}"]
    lines += [f"{symbol!s:<12} {meaning}" for symbol, meaning in entry.symbols.items()]
    lines += [f"{name:<12} {meaning}" for name, meaning in entry.unprinted.items()]
    lines += [f"assuming     {text}" for text in entry.assumptions]
    lines += [f"holds for    {entry.validity}", f"status       {entry.standing_in_words}"]
    lines += [f"source       {entry.reference}"]
    return "\n".join(lines)


def _chapter(entry: Formula) -> str:
    """Return one formula as Markdown."""
    symbols = [
        f"- ${symbol_latex(symbol)}$: {typeset(text)}" for symbol, text in entry.symbols.items()
    ]
    symbols += [f"- `{name}`: {typeset(text)}" for name, text in entry.unprinted.items()]
    assumptions = [f"- assuming {typeset(text)}" for text in entry.assumptions]
    return "\n".join(
        [
            f"## {entry.name}",
            "",
            entry.title,
            "",
            f"$$\n{entry.latex()}\n$$",
            "",
            *symbols,
            *assumptions,
            f"- holds for {typeset(entry.validity)}",
            f"- status: {entry.standing_in_words}",
            f"- source: {typeset(entry.reference)}",
        ]
    )


def _section(entry: Formula) -> str:
    """Return one formula as a section of a LaTeX document."""
    symbols = [
        rf"\item[${symbol_latex(symbol)}$] {typeset(text, latex_text)}"
        for symbol, text in entry.symbols.items()
    ]
    symbols += [
        rf"\item[\texttt{{{latex_text(name)}}}] {typeset(text, latex_text)}"
        for name, text in entry.unprinted.items()
    ]
    facts = [*(f"assuming {text}" for text in entry.assumptions), f"holds for {entry.validity}"]
    facts.append(f"status: {entry.standing_in_words}")
    return "\n".join(
        [
            rf"\subsection*{{{typeset(entry.title, latex_text)}}}",
            rf"\noindent\texttt{{{latex_text(entry.name)}}}",
            rf"\begin{{equation*}}\fitted{{{entry.latex(width=DEFAULT_WIDTH)}}}\end{{equation*}}",
            r"\begin{description}",
            *symbols,
            *(rf"\item[] {typeset(fact, latex_text)}" for fact in facts),
            rf"\item[] Source: {typeset(entry.reference, latex_text)}",
            r"\end{description}",
            "",
        ]
    )


def tested(verdicts: Sequence[Verdict]) -> Output:
    """Return verdicts with their numbers, and those on planted errors if there are any."""
    found = tuple(verdicts)
    rows = verdicts.power if isinstance(verdicts, Campaign) else ()
    planted = [_of_planted(wrong) for row in rows for wrong in row.shifted] or [{}] * len(found)
    return Output(
        records=lambda: [
            {**_numbers(verdict), **wrong} for verdict, wrong in zip(found, planted, strict=True)
        ],
        text=lambda: "\n".join(map(str, found)),
        latex=lambda: verdict_table(found),
    )


def sampled_quantities(
    entries: Iterable[Formula], symbols_of: Callable[[Formula], Iterable[str]]
) -> Output:
    """Return what conjectures can be about: names, meanings, values to give, symbols to use."""
    rows = [
        {
            "quantity": entry.name,
            "what": entry.title,
            "latex": entry.left_latex,
            "values": list(entry.sampled_at),
            "symbols": list(symbols_of(entry)),
        }
        for entry in entries
    ]
    items = [
        rf"  \item[\texttt{{{latex_text(str(row['quantity']))}}}] ${row['latex']}$" for row in rows
    ]
    return Output(
        records=lambda: rows,
        text=lambda: "\n".join(
            f"{row['quantity']}\n    {row['what']}\n    at {', '.join(row['values'])}; "
            f"in the symbols {', '.join(row['symbols'])}"
            for row in rows
        ),
        latex=lambda: "\n".join([r"\begin{description}", *items, r"\end{description}"]),
    )


def conjectured(stated: Conjecture, verdicts: Iterable[Verdict]) -> Output:
    """Return a conjecture with its verdicts."""
    found = tuple(verdicts)
    law = replace(stated.quantity, conjecture=stated.expr, relation=stated.relation)
    return Output(
        records=lambda: [{"conjecture": stated.expr, **_numbers(verdict)} for verdict in found],
        text=lambda: "\n".join([f"conjecture: {stated}", *map(str, found)]),
        latex=lambda: "\n".join(
            [r"\begin{equation*}", law.latex(), r"\end{equation*}", verdict_table(found)]
        ),
    )


def _of_planted(wrong: Verdict) -> Mapping[str, object]:
    return {
        "planted_predicted": wrong.predicted,
        "planted_adjusted_p_value": wrong.adjusted_p_value,
        "planted_verdict": wrong.word,
    }


def _numbers(verdict: Verdict) -> Mapping[str, object]:
    return {
        "formula": verdict.formula,
        "values": dict(verdict.values),
        "relation": verdict.relation,
        "predicted": verdict.predicted,
        "sampled": float(verdict.estimate.mean),
        "stderr": verdict.stderr,
        "z": verdict.plain_z,
        "largest_deviation": verdict.deviation,
        "remainder": verdict.remainder,
        "networks": verdict.samples,
        "seed": verdict.seed,
        "p_value": verdict.p_value,
        "adjusted_p_value": verdict.adjusted_p_value,
        "level": verdict.level,
        "verdict": verdict.word,
        "reason": verdict.reason,
    }
