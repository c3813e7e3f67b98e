"""A study as a LaTeX document: facts, plots, formulas and verdicts, ready to be cut from."""

from __future__ import annotations

import re

from bn_theory.law.formula import Formula
from bn_theory.law.layout import symbol_latex
from bn_theory.law.prose import typeset
from bn_theory.laws.common.shared import METEREZ
from bn_theory.report.html import fact_text, network_text
from bn_theory.study import Picture, Study
from bn_theory.study.parts import SECTIONS
from bn_theory.verification.verdict_latex import latex_text, verdict_table
from weingarten.printing.linebreaks import DEFAULT_WIDTH

__all__ = ["document"]

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,graphicx,longtable}
\allowdisplaybreaks
\setlength{\emergencystretch}{3em}
\begin{document}
\title{Exact finite-width theory of batch normalisation, confirmed on sampled networks}
\author{}
\date{}
\maketitle
"""

#: Works that statements refer to, by their key in the bibliography.
_WORKS = {
    "meterez": METEREZ,
    "collins": "B. Collins, S. Matsumoto, On some properties of orthogonal Weingarten functions, "
    "Journal of Mathematical Physics 50 (2009)",
}


def _source(reference: str) -> str:
    """Return a reference with the works in it cited."""
    keys = {work: key for key, work in _WORKS.items()}
    parts = re.split(f"({'|'.join(map(re.escape, keys))})", reference)
    return "".join(
        rf"\cite{{{keys[part]}}}" if part in keys else typeset(part, latex_text) for part in parts
    )


def _formula_section(entry: Formula) -> str:
    symbols = "; ".join(
        f"${symbol_latex(symbol)}$: {typeset(text, latex_text)}"
        for symbol, text in entry.symbols.items()
    )
    items = "\n".join(rf"\item {typeset(text, latex_text)}" for text in entry.assumptions)
    return "\n".join(
        [
            rf"\subsection*{{{typeset(entry.title, latex_text)}}}",
            rf"\texttt{{{latex_text(entry.name)}}}",
            r"\begin{equation*}",
            entry.latex(width=DEFAULT_WIDTH),
            r"\end{equation*}",
            f"Here {symbols}." if symbols else "",
            "Assumptions:",
            r"\begin{itemize}\raggedright",
            items,
            r"\end{itemize}",
            f"Status: {latex_text(entry.standing_in_words)}. "
            f"Holds for {typeset(entry.validity, latex_text)}. Source: {_source(entry.reference)}.",
            "",
        ]
    )


def _figure(picture: Picture) -> str:
    return "\n".join(
        [
            r"\begin{figure}[htbp]\centering",
            rf"\includegraphics[width=0.8\linewidth]{{{picture.name}.pdf}}",
            rf"\caption{{{latex_text(picture.title)}. {latex_text(picture.caption)}}}",
            r"\end{figure}",
        ]
    )


def _section(study: Study, name: str) -> list[str]:
    facts = [
        rf"\item {latex_text(fact.label)}: {latex_text(fact_text(fact))}"
        for fact in study.facts
        if fact.section == name
    ]
    remarks = [f"{latex_text(remark.text)}\n" for remark in study.remarks if remark.section == name]
    figures = [_figure(picture) for picture in study.pictures if picture.section == name]
    if not (facts or remarks or figures):
        return []
    listed = [r"\begin{itemize}", *facts, r"\end{itemize}"] if facts else []
    return [rf"\section*{{{latex_text(SECTIONS[name])}}}", *listed, *remarks, *figures]


def document(study: Study) -> str:
    """Return a complete document for plain ``article``; compiles with pdflatex."""
    lines = [_PREAMBLE, latex_text(network_text(study))]
    for name in SECTIONS:
        lines += _section(study, name)
    lines.append("\\clearpage\n\\section*{Formulas}\n")
    lines += [_formula_section(entry) for entry in study.formulas]
    works = [rf"\bibitem{{{key}}} {latex_text(work)}." for key, work in _WORKS.items()]
    lines += [
        r"\section*{Verdicts}",
        "Each verdict compares a formula with the mean over independent sampled networks; a family "
        f"of right formulas is rejected with probability at most {study.level:g}. A verdict is "
        "undecided where the statement leaves out too much, or where the draws have too heavy a "
        rf"tail for their number. The last {study.own} are at the values of this study. Averages "
        r"over orthogonal matrices are by the calculus of \cite{collins}, networks in the setting "
        r"of \cite{meterez}.",
        "",
        r"{\footnotesize\setlength{\tabcolsep}{3pt}",
        verdict_table(study.verdicts),
        "}",
        r"\begin{thebibliography}{9}",
        *works,
        r"\end{thebibliography}",
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)
