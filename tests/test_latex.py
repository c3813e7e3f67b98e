"""Everything that the package exports as LaTeX compiles with pdflatex, and fits on the page."""

import re
import shutil
import subprocess

import pytest
import sympy as sp

import bn_theory
from bn_theory import verdict_table
from bn_theory.law.layout import symbol_latex
from tests.latex_corpus import EXPRESSIONS, SCALARS, A, B, V, W, d, i, k
from weingarten import derivation, expectation, latex, wg_table
from weingarten.printing.linebreaks import DEFAULT_WIDTH

pytestmark = pytest.mark.latex

PREAMBLE = r"""\documentclass{article}
\usepackage{amsmath,amssymb,longtable}
\allowdisplaybreaks
\begin{document}
"""
DERIVATIONS = [
    sp.Trace(W * A * W.T * B) ** 3,
    sp.Trace(W) ** 4 + 3 * W[0, 0] ** 2,
    W * A * W.T * B * W * A * W.T,
    sp.Trace(W * A * V * B) ** 2,
    sp.Sum(W[i, 0] * W[i + 1, 0], (i, 0, d - 2)) ** 2,
    (A[0, 0] + A[0, 1] + A[1, 0]) ** 3 * W[k, 0] ** 4 * W[0, 1] ** 2,
]


def compiled(source, folder):
    """Return the log of pdflatex, which must not fail."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.fail("pdflatex is missing: install texlive-latex-extra and lmodern")
    (folder / "paper.tex").write_text(source, encoding="utf-8")
    run = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=120,
    )
    log = run.stdout.decode("latin-1")
    assert run.returncode == 0, log[-2000:]
    return log


def overfull(log):
    """Return by how many points lines stick out, those that stick out by more than 10."""
    return [float(pt) for pt in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(pt) > 10]


def document(*parts):
    return PREAMBLE + "\n\n".join(parts) + "\n\\end{document}\n"


def test_expressions_compile(tmp_path):
    parts = [rf"\[ {latex(expr)} \]" for expr in [*EXPRESSIONS, *SCALARS]]
    log = compiled(document(*parts), tmp_path)
    assert overfull(log) == []
    assert "undefined" not in log


def test_derivations_and_tables_compile_and_fit(tmp_path):
    parts = [derivation(expr).latex() for expr in DERIVATIONS]
    parts += [wg_table(5, d).latex()]
    parts += [rf"\[ {expectation(W[0, 0] ** 2).latex()} \]"]
    assert overfull(compiled(document(*parts), tmp_path)) == []


def test_a_wide_line_is_seen(tmp_path):
    wide = rf"\[ {' + '.join(['x'] * 80)} \]"
    assert overfull(compiled(document(wide), tmp_path))


def test_the_catalogue_compiles_and_fits(tmp_path):
    entries = list(bn_theory.catalogue().values())
    parts = [rf"\[ {entry.latex(width=DEFAULT_WIDTH)} \]" for entry in entries]
    parts += [", ".join(f"${symbol_latex(s)}$" for s in entry.symbols) for entry in entries]
    assert overfull(compiled(document(*parts), tmp_path)) == []


def test_verdicts_compile_and_fit(tmp_path):
    verdicts = bn_theory.campaign(["backward.*", "forward.gap_*"], samples=20)
    assert (
        overfull(
            compiled(
                document(r"\small\setlength{\tabcolsep}{4pt}", verdict_table(verdicts)), tmp_path
            )
        )
        == []
    )
