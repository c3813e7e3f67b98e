"""A study as one self-contained page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from html import escape
from importlib.resources import files

from bn_theory.collection.names import catalogue
from bn_theory.law.formula import Formula
from bn_theory.law.layout import symbol_latex
from bn_theory.report.mathml import formula_html
from bn_theory.report.verdict_rows import base_name, grouped_table, plain_table, statement_html
from bn_theory.study import Fact, Picture, Study
from bn_theory.study.parts import SECTIONS
from bn_theory.verification.verdicts import Verdict

__all__ = ["fact_text", "network_text", "page"]

_TITLE = "Exact finite-width theory of batch normalisation, confirmed on sampled networks"
# an attribute of an SVG that names or refers to an element
_REFERENCES = re.compile(r'(\bid="|xlink:href="#|url\(#)')


def page(study: Study, pictures: Mapping[str, bytes]) -> str:
    """Return the page; ``pictures`` holds the plots by name, as SVG."""
    sections = {name: _section(study, name, pictures) for name in SECTIONS}
    shown = {name: html for name, html in sections.items() if html}
    titles = {**{n: SECTIONS[n] for n in shown}, "verdicts": "Verdicts", "formulas": "Formulas"}
    links = "".join(f'<li><a href="#{n}">{escape(t)}</a></li>' for n, t in titles.items())
    body = [
        f"<h1>{_TITLE}</h1>",
        f'<p class="lead">{escape(network_text(study))}</p>',
        _banner(study.verdicts),
        f"<nav><ul>{links}</ul></nav>",
        *[f'<h2 id="{n}">{escape(titles[n])}</h2>{html}' for n, html in shown.items()],
        '<h2 id="verdicts">Verdicts</h2>',
        _verdicts(study),
        '<h2 id="formulas">Formulas</h2>',
        *[_card(entry) for entry in _cited(study)],
        _footer(study),
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            "<title>BN-MLP: a batch, its networks, and verdicts</title>",
            f"<style>\n{_file('page.css')}</style></head><body>",
            *body,
            f"<script>\n{_file('page.js')}</script>",
            "</body></html>\n",
        ]
    )


def _file(name: str) -> str:
    return files("bn_theory.report").joinpath(name).read_text(encoding="utf-8")


def _cited(study: Study) -> list[Formula]:
    """Return the formulas verified, and those behind other verdicts and curves."""
    named = [verdict.formula for verdict in study.own_verdicts]
    named += [curve.formula for curve in study.curves if curve.formula]
    found = {base_name(entry.name): entry for entry in study.formulas}
    for name in named:
        found.setdefault(base_name(name), catalogue()[base_name(name)])
    return list(found.values())


def _banner(verdicts: tuple[Verdict, ...]) -> str:
    words = Counter(verdict.word for verdict in verdicts)
    if words["pass"] == len(verdicts):
        return f'<p class="banner good">all {len(verdicts)} verdicts passed</p>'
    parts = [
        f"{words[w]} of {len(verdicts)} verdicts {w}" for w in ("rejected", "undecided") if words[w]
    ]
    look = "bad" if words["rejected"] else "open"
    return f'<p class="banner {look}">{", ".join(parts)}</p>'


def network_text(study: Study) -> str:
    """Return batch and networks in words."""
    spec, shaping = study.spec, study.shaping
    first = (
        f", after a random semi-orthogonal first layer {spec.input_width} → {spec.width}"
        if spec.input_width != spec.width
        else ""
    )
    removal = ", mean removal" if spec.mean_removal else ""
    shaped = (
        f" Shaped networks: {shaping.activation}, gains α_l = {shaping.alpha:g} "
        f"l^(-{shaping.exponent:g})."
        if shaping
        else ""
    )
    return (
        f"Batch: {study.source}, {spec.batch} samples of {spec.input_width} features. Networks: "
        f"width {spec.width}, depth {spec.depth}, {spec.weights.capitalize()} weights{removal}, "
        f"linear activation{first}.{shaped} Seed {study.seed}."
    )


def fact_text(fact: Fact) -> str:
    """Return the value of a fact as it is shown."""
    return f"{fact.value:.6g}" if isinstance(fact.value, float) else str(fact.value)


def _section(study: Study, name: str, pictures: Mapping[str, bytes]) -> str:
    facts = "".join(
        f"<dt>{escape(fact.label)}</dt><dd>{escape(fact_text(fact))}</dd>"
        for fact in study.facts
        if fact.section == name
    )
    own = [v for v in study.own_verdicts if v.formula.startswith("shaping.") == (name == "shaping")]
    parts = [f"<dl>{facts}</dl>"] if facts else []
    parts += [f"<p>{escape(r.text)}</p>" for r in study.remarks if r.section == name]
    if name in ("layer", "shaping") and own:
        parts.append(plain_table(own, f"{name}-table"))
    parts += [_figure(p, pictures[p.name]) for p in study.pictures if p.section == name]
    return "\n".join(parts)


def _figure(picture: Picture, drawing: bytes) -> str:
    files_ = " ".join(
        f'<a href="{picture.name}.{kind}">{kind.upper()}</a>' for kind in ("svg", "pdf")
    )
    return (
        f'<figure id="figure-{picture.name}">{_inline(drawing, picture)}'
        f"<figcaption><strong>{escape(picture.title)}.</strong> {escape(picture.caption)} {files_}"
        "</figcaption></figure>"
    )


def _inline(drawing: bytes, picture: Picture) -> str:
    """Return an SVG to stand inside the page, its identifiers its own."""
    text = drawing.decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = _REFERENCES.sub(rf"\g<1>{picture.name}-", text)
    label = escape(picture.title)
    return text.replace("<svg", f'<svg class="plot" role="img" aria-label="{label}"', 1)


def _verdicts(study: Study) -> str:
    words = "".join(f"<option>{word}</option>" for word in ("pass", "rejected", "undecided"))
    return (
        "<p>Each row compares the exact value with the mean over independent sampled networks; "
        "z is their difference in standard errors; a statement about every draw is compared with "
        "every draw. The remainder is what the statement leaves out at most. If every formula is "
        f"right, the probability that any is rejected is at most {study.level:g} (Holm). A verdict "
        "is undecided where the statement leaves out too much, or where the draws have too heavy "
        "a tail for their number.</p>"
        '<div class="filter"><label>Filter <input id="filter-words" type="search" '
        'placeholder="gradient, d=16"></label> <label>Verdict <select id="filter-verdict">'
        f'<option value="">any</option>{words}</select></label>'
        '<span id="filter-shown" class="quiet" aria-live="polite"></span></div>'
        + grouped_table(
            study.formulas, study.verdicts[: len(study.verdicts) - study.own], "verdict-table"
        )
    )


def _card(entry: Formula) -> str:
    symbols = "".join(
        f"<dt>{formula_html(symbol_latex(symbol), display=False)}</dt><dd>{escape(text)}</dd>"
        for symbol, text in entry.symbols.items()
    )
    assumptions = "".join(f"<li>{escape(text)}</li>" for text in entry.assumptions)
    latex, expr, name = entry.latex(), str(entry.expr), escape(base_name(entry.name))
    return (
        f'<section class="card" id="{name}"><h3><a href="#{name}">{escape(entry.title)}</a></h3>'
        f"<code>{escape(entry.name)}</code>"
        f'<div class="scroll">{statement_html(entry)}</div>'
        f'<button type="button" data-copy="{escape(latex)}">Copy LaTeX</button> '
        f'<button type="button" data-copy="{escape(expr)}">Copy SymPy</button>'
        f"<dl>{symbols}</dl><p>Assumptions:</p><ul>{assumptions}</ul>"
        f"<p>Status: {escape(entry.standing_in_words)}.<br>"
        f"Holds for {escape(entry.validity)}.<br>Source: {escape(entry.reference)}.</p>"
        f"<details><summary>LaTeX and SymPy</summary><pre>{escape(latex)}</pre>"
        f"<pre>{escape(expr)}</pre></details></section>"
    )


def _footer(study: Study) -> str:
    origin = {"seed": str(study.seed), **study.provenance}
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in origin.items() if text
    )
    beside = ", ".join(
        f'<a href="{name}">{name}</a>' for name in ("report.tex", "report.json", "schema.json")
    )
    return f"<footer><p>Beside this page: {beside}, and every plot.</p><dl>{rows}</dl></footer>"
