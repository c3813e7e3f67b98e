"""A study as a LaTeX document: formulas and verdicts, ready to be cut from."""

from __future__ import annotations

from bn_theory.statement import Formula
from bn_theory.study import Study
from bn_theory.tables import latex_number, latex_text, verdict_table

__all__ = ["document"]

_PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,longtable}
\allowdisplaybreaks
\begin{document}
\title{Exact finite-width theory of batch normalisation, confirmed on sampled networks}
\author{}
\date{}
\maketitle
"""


def _formula_section(entry: Formula) -> str:
    symbols = "; ".join(f"${symbol}$: {latex_text(text)}" for symbol, text in entry.symbols.items())
    items = "\n".join(rf"\item {latex_text(text)}" for text in entry.assumptions)
    return "\n".join(
        [
            rf"\subsection*{{{latex_text(entry.title)}}}",
            rf"\texttt{{{latex_text(entry.name)}}}",
            r"\begin{equation*}",
            entry.latex(),
            r"\end{equation*}",
            f"Here {symbols}." if symbols else "",
            "Assumptions:",
            r"\begin{itemize}",
            items,
            r"\end{itemize}",
            f"Holds for {latex_text(entry.validity)}. Source: {latex_text(entry.reference)}.",
            "",
        ]
    )


def document(study: Study) -> str:
    """Return a complete document for plain ``article``; compiles with pdflatex."""
    spec, rate = study.spec, study.curves.measured_rate
    network = (
        f"The batch is {study.source}: {spec.batch} samples of {spec.input_width} features, pushed "
        f"through networks of width {spec.width} and depth {spec.depth} with Haar-distributed "
        f"weights, {study.curves.gap.samples} networks, seed {study.seed}."
    )
    lines = [_PREAMBLE, latex_text(network)]
    if rate is not None:
        lines.append(
            "Close to isometry the gap contracts per layer by exactly "
            f"${study.curves.rate.p}/{study.curves.rate.q}$; measured "
            f"{latex_number(float(rate.mean), 6)} $\\pm$ {latex_number(float(rate.stderr), 2)}."
        )
    lines.append("\\section*{Formulas}\n")
    lines += [_formula_section(entry) for entry in study.formulas]
    lines += [
        r"\section*{Verdicts}",
        "Each verdict compares a formula with the mean over independent sampled networks; a family "
        f"of right formulas is rejected with probability at most {study.level:g}. A verdict is "
        "undecided where the statement leaves out too much, or where the draws have too heavy a "
        "tail for their number.",
        "",
        r"{\small\setlength{\tabcolsep}{4pt}",
        verdict_table(study.verdicts),
        "}",
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)
