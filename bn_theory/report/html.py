"""A study as one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

import numpy as np
import sympy as sp

from bn_theory.report.typeset import data_image, formula_image
from bn_theory.statement import Formula
from bn_theory.study import Study
from bn_theory.verdicts import Verdict

__all__ = ["page"]

_CSS = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; color: #1c1c1c;
  background: #fff; max-width: 60rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin-bottom: .4rem; }
h2 { font-size: 1.25rem; margin-top: 2.6rem; border-bottom: 1px solid #ddd; }
h3 { font-size: 1.05rem; margin-bottom: .2rem; }
.lead { color: #444; }
.banner { padding: .6rem .9rem; border-radius: .4rem; font-weight: 600; }
.good { background: #e6f4ea; color: #14532d; } .bad { background: #fde8e8; color: #7f1d1d; }
.open { background: #fef3c7; color: #713f12; }
.card { border: 1px solid #ddd; border-radius: .5rem; padding: .3rem 1.2rem 1rem; margin: 1rem 0; }
.display { overflow-x: auto; padding: .7rem 0; }
img.plot { display: block; width: 100%; max-width: 46rem; margin: 0 auto; }
figure { margin: 1.5rem 0; } figcaption { color: #444; font-size: .93rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid #e5e5e5;
  font-variant-numeric: tabular-nums; vertical-align: top; white-space: nowrap; }
th, td:first-child { white-space: normal; }
th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; }
td small { color: #666; } .scroll { overflow-x: auto; }
.pass { color: #14532d; } .rejected { color: #b91c1c; font-weight: 700; }
.undecided { color: #92400e; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
details { font-size: .9rem; } code, pre { font-size: .85rem; }
pre { white-space: pre-wrap; background: #f6f6f6; padding: .6rem; border-radius: .3rem; }
""".strip()


def page(study: Study, pictures: Mapping[str, bytes]) -> str:
    """Return the page; ``pictures`` holds the plots ``gap`` and ``gradient`` as SVG."""
    body = [
        "<h1>Exact finite-width theory of batch normalisation, confirmed on sampled networks</h1>",
        _lead(study),
        _banner(study.verdicts),
        "<h2>Formulas</h2>",
        *[_card(entry) for entry in study.formulas],
        "<h2>Verdicts</h2>",
        _verdict_note(study),
        _verdict_table(study.verdicts),
        "<h2>Layer by layer</h2>",
        _figure(pictures["gap"], "Isometry gap by layer", _gap_caption(study)),
        _figure(pictures["gradient"], "Gradient norm by depth", _gradient_caption(study)),
        "<p>Beside this page: <code>report.tex</code>, <code>verdicts.json</code>, and the plots "
        "as <code>.svg</code> and <code>.pdf</code>.</p>",
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>BN-MLP: formulas and verdicts</title>",
            f"<style>\n{_CSS}\n</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def _banner(verdicts: tuple[Verdict, ...]) -> str:
    words = Counter(verdict.word for verdict in verdicts)
    if words["pass"] == len(verdicts):
        return f'<p class="banner good">all {len(verdicts)} verdicts passed</p>'
    parts = [
        f"{words[w]} of {len(verdicts)} verdicts {w}" for w in ("rejected", "undecided") if words[w]
    ]
    look = "bad" if words["rejected"] else "open"
    return f'<p class="banner {look}">{", ".join(parts)}</p>'


def _lead(study: Study) -> str:
    spec = study.spec
    first = (
        f", after a random semi-orthogonal first layer {spec.input_width} → {spec.width}"
        if spec.input_width != spec.width
        else ""
    )
    return (
        f'<p class="lead">Batch: {escape(study.source)}, {spec.batch} samples of '
        f"{spec.input_width} features. Networks: width {spec.width}, depth {spec.depth}, "
        f"Haar-distributed weights, linear activation{first}. Seed {study.seed}.</p>"
    )


def _card(entry: Formula) -> str:
    symbols = "".join(
        f"<dt>{formula_image(sp.latex(symbol))}</dt><dd>{escape(text)}</dd>"
        for symbol, text in entry.symbols.items()
    )
    assumptions = "".join(f"<li>{escape(text)}</li>" for text in entry.assumptions)
    return (
        f'<section class="card"><h3>{escape(entry.title)}</h3>'
        f"<code>{escape(entry.name)}</code>"
        f'<div class="display">{formula_image(entry.latex())}</div>'
        f"<dl>{symbols}</dl><p>Assumptions:</p><ul>{assumptions}</ul>"
        f"<p>Holds for {escape(entry.validity)}.<br>Source: {escape(entry.reference)}.</p>"
        f"<details><summary>LaTeX and SymPy</summary><pre>{escape(entry.latex())}</pre>"
        f"<pre>{escape(str(entry.expr))}</pre></details></section>"
    )


def _verdict_note(study: Study) -> str:
    return (
        "<p>Each row compares the exact value with the mean over independent sampled networks; "
        "z is their difference in standard errors; a statement about every draw is compared with "
        "every draw. If every formula is right, the probability that any is rejected is at most "
        f"{study.level:g} (Holm). A verdict is undecided where the statement leaves out too much, "
        "or where the draws have too heavy a tail for their number.</p>"
    )


def _exact(verdict: Verdict) -> str:
    text = str(verdict.predicted)
    if isinstance(verdict.predicted, sp.Float) or len(text) > 24:
        return f"{float(verdict.predicted):.6g}"
    if isinstance(verdict.predicted, sp.Integer):
        return text
    return f"{float(verdict.predicted):.6g}<br><small>{escape(text)}</small>"


def _verdict_table(verdicts: tuple[Verdict, ...]) -> str:
    rows = []
    for verdict in verdicts:
        because = f"<br><small>{escape(verdict.reason)}</small>" if verdict.reason else ""
        word = f'<td class="{verdict.word}">{verdict.word}{because}</td>'
        rows.append(
            f"<tr><td>{escape(verdict.formula)}<br><small>{escape(verdict.setting)}</small></td>"
            f"<td>{_exact(verdict)}</td><td>{float(verdict.estimate.mean):.6g}</td>"
            f"<td>{verdict.stderr:.1e}</td><td>{escape(verdict.score)}</td>"
            f"<td>{verdict.adjusted_p_value:.2g}</td><td>{verdict.samples}</td>"
            f"<td>{verdict.seed}</td>{word}</tr>"
        )
    head = "".join(
        f"<th>{title}</th>"
        for title in (
            "formula", "predicted", "sampled mean", "std. error", "difference", "adjusted p",
            "networks", "seed", "verdict",
        )
    )  # fmt: skip
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _figure(picture: bytes, title: str, caption: str) -> str:
    return (
        f"<figure>{data_image(picture, title, 'plot')}"
        f"<figcaption><strong>{escape(title)}.</strong> {caption}</figcaption></figure>"
    )


def _gap_caption(study: Study) -> str:
    curves = study.curves
    means = np.asarray(curves.gap.mean)
    text = (
        f"Mean over {curves.gap.samples} networks, bands of two standard errors, each curve "
        f"relative to its first layer. The gap of the batch falls from {means[0]:.3g} to "
        f"{means[-1]:.3g}; far from isometry its rate depends on the whole spectrum, close to it "
        "the rate is d/(d+2)."
    )
    rate = curves.measured_rate
    if rate is not None:
        text += (
            f" Close to isometry: exactly {curves.rate} = {float(curves.rate):.6f} per layer, "
            f"measured {float(rate.mean):.6f} ± {float(rate.stderr):.1e}."
        )
    return text


def _gradient_caption(study: Study) -> str:
    text = (
        "Mean squared norm of the gradient carried m layers back from a fixed gradient at the "
        "output. From an orthogonal batch it follows the exact curve, which levels off."
    )
    means = np.asarray(study.curves.gain_batch.mean)
    if len(means):
        text += (
            f" From the batch itself it grows towards the input, where the isometry gap is large, "
            f"up to {means.max():.3g}; the gap that there is to lose bounds it at any depth."
        )
    return text
