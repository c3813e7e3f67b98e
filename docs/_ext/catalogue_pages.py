"""Sphinx extension: writes one page for each family of the catalogue of ``bn_theory``.

The pages are generated before Sphinx looks for sources, so that every formula has a heading, an
anchor (``formula-backward-isometric-depth``) and a place in the search index.
"""

import re
from pathlib import Path

import sympy as sp

import bn_theory
from bn_theory.law.layout import symbol_latex
from bn_theory.law.prose import typeset
from bn_theory.notation import LETTERS

# families without a line here have a page, too
FAMILIES = {
    "forward": ("Forward formulas", "row norms, isometry gap, spectrum and contraction"),
    "backward": ("Backward formulas", "gradients: gains, moments at any depth, growth"),
    "shaping": ("Shaping formulas", "activations with a gain: injected spread, gradient growth"),
}
# what a record cites in full, the pages cite once, in the bibliography
CITED = {
    re.compile(r"A\. Meterez.*?ICLR 2024"): "{cite:t}`meterez2024`",
    re.compile(r"G\. Yang.*?ICLR 2019"): "{cite:t}`yang2019`",
}
_MARKUP = re.compile(r"([\\`*_<>\[\]|$#])")


def plain(text):
    """Escape what Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", text)


def prose(text):
    """Return Markdown of a text, with its mathematics typeset."""
    return typeset(text, plain)


def cited(reference):
    """Replace full citations by references to the bibliography."""
    for pattern, role in CITED.items():
        reference = pattern.sub(lambda _, role=role: role, reference)
    parts = re.split(r"(\{cite:t\}`\w+`)", reference)
    return "".join(part if at % 2 else prose(part) for at, part in enumerate(parts))


def label(name):
    """Return the anchor of a formula."""
    return "formula-" + re.sub(r"[._]", "-", name)


def entries(formula):
    """Return one line for each quantity, and for each symbol that a spectrum gives a value to."""
    for quantity in formula.quantities:
        names = [f"`{quantity.name}`"]
        if quantity.symbol is not None:
            names.insert(0, f"${symbol_latex(quantity.symbol)}$")
            if quantity.name == str(quantity.symbol):
                names.pop()
        if quantity.is_parameter:
            names.append(f"(chosen; here `{formula.parameters[quantity.name]}`)")
        yield f"{' '.join(names)}: {prose(quantity.meaning)}; {prose(quantity.domain.text)}"
    known = {quantity.symbol for quantity in formula.quantities}
    for symbol, meaning in formula.symbols.items():
        if symbol not in known and not isinstance(symbol, sp.Indexed):
            yield f"${symbol_latex(symbol)}$: {prose(meaning)}"


def section(formula):
    """Return the lines of one formula: heading, statement, symbols, assumptions, range, source."""
    lines = [f"({label(formula.name)})=", f"## {plain(formula.title)}", ""]
    lines += [f"`{formula.name}`", "", "$$", formula.latex(), "$$", ""]
    lines += [f"- {entry}" for entry in entries(formula)]
    lines += ["", f"**Status**: {prose(str(formula.status))}."]
    lines += ["", "**Assumptions**: " + "; ".join(map(prose, formula.assumptions)) + ".", ""]
    lines += [f"**Holds for** {prose(formula.validity)}.", ""]
    lines += [f"**Source**: {cited(formula.reference)}.", ""]
    return lines


def page(family):
    """Return the source of the page of a family."""
    title, contents = FAMILIES.get(
        family, (f"{family.capitalize()} formulas", "one of the catalogue")
    )
    formulas = [f for f in bn_theory.catalogue().values() if f.name.startswith(family + ".")]
    lines = [f"# {title}", "", f"The family `{family}`: {contents}.", ""]
    lines += [
        "The pages of this catalogue are derived by the engine while the documentation is built.",
        "",
    ]
    for formula in formulas:
        lines += section(formula)
    return "\n".join(lines)


def notation_page():
    """Return the source of the page of the notation: every symbol, once."""
    lines = [
        "# Notation: the symbols of the theory",
        "",
        "Each symbol has one meaning, in statements, as a keyword and on these pages. What a",
        "statement prints is accepted as a keyword too: `evaluate(d=12, L=6)` is",
        "`evaluate(d=12, depth=6)`.",
        "",
        "| symbol | meaning | range | keyword |",
        "| --- | --- | --- | --- |",
    ]
    for letter in LETTERS:
        keywords = [name for name in (letter.keyword, letter.name) if name and name != "lambda"]
        # letters that are only bound are no keywords
        keywords = [] if letter.meaning.endswith("; bound") else keywords
        keywords = [f"{name}1, {name}2, …" if letter.numbered else name for name in keywords]
        cells = [
            f"${letter.latex}$",
            prose(letter.meaning),
            prose(letter.domain),
            ", ".join(f"`{name}`" for name in keywords),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "The symbols of statements carry no assumptions, so that they cancel against what the",
        'engine returns for `Symbol("d")`. For a symbol with assumptions, substitute it, or put',
        "them on all symbols at once:",
        "",
        "```python",
        "from bn_theory.notation import assuming",
        "",
        'd = sympy.Symbol("d", integer=True, positive=True)',
        'law = bn_theory.formula("forward.row_norm_variance")',
        "law.evaluate(d=d, v=1)      # in your d",
        "assuming(law.expr)          # in symbols that know what they stand for",
        "```",
    ]
    return "\n".join([*lines, ""])


def write_pages(app):
    """Write the pages that changed."""
    families = sorted({name.partition(".")[0] for name in bn_theory.catalogue()})
    folder = Path(app.srcdir) / "reference" / "generated" / "formulas"
    folder.mkdir(parents=True, exist_ok=True)
    pages = {folder / f"{family}.md": page(family) for family in families}
    pages[folder.parent / "notation.md"] = notation_page()
    for target, text in pages.items():
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def setup(app):
    """Register the generator."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
