"""The picture of the architecture, drawn from the import contracts.

``python docs/_ext/architecture.py`` draws it anew.

Every folder that a contract orders is a box, in the order of the contract; its words are the first
sentence of the folder.
"""

import ast
import sys
import textwrap
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "_static" / "architecture.svg"

#: What each package is, under its name.
PACKAGES = {
    "weingarten": "the engine: exact averages over random matrices",
    "bn_theory": "exact finite-width theory of batch-normalised networks",
}
#: Folders that are not exact and in SymPy.
SAMPLED = {"weingarten.sampled", "bn_theory.networks", "bn_theory.torch"}
RESULTS = {
    "weingarten.cli", "bn_theory.verification", "bn_theory.campaigns", "bn_theory.study",
    "bn_theory.report", "bn_theory.cli",
}  # fmt: skip

_COLUMNS = 4
_WIDTH, _HEIGHT, _GAP = 170, 92, 16
_TOTAL = _COLUMNS * _WIDTH + (_COLUMNS + 1) * _GAP

_COLOURS = {
    "words": "var(--color-foreground-primary, #1f2328)",
    "notes": "var(--color-foreground-secondary, #57606a)",
    "lines": "var(--color-foreground-muted, #6e7781)",
    "paper": "var(--color-background-primary, #ffffff)",
    "band": "var(--color-background-secondary, #f6f8fa)",
    "edge": "var(--color-background-border, #d8dee4)",
}
_PLAIN = "var(--font-stack, system-ui, sans-serif)"
_CODE = "var(--font-stack--monospace, ui-monospace, monospace)"
_STYLE = f"""
    .arch-band {{ fill: {_COLOURS["band"]}; stroke: {_COLOURS["edge"]}; }}
    .arch-box {{ fill: {_COLOURS["paper"]}; stroke-width: 1.6; }}
    .arch-exact {{ stroke: #3b7ec0; }}
    .arch-sampled {{ stroke: #cc7a2f; }}
    .arch-result {{ stroke: #469a63; }}
    .arch-code {{ font: 600 13px {_CODE}; fill: {_COLOURS["words"]}; text-anchor: middle; }}
    .arch-small {{ font: 11px {_PLAIN}; fill: {_COLOURS["notes"]}; text-anchor: middle; }}
    .arch-name {{ font: 600 14px {_CODE}; fill: {_COLOURS["words"]}; }}
    .arch-note {{ font: 12px {_PLAIN}; fill: {_COLOURS["notes"]}; }}
    .arch-line {{ fill: none; stroke: {_COLOURS["lines"]}; stroke-width: 1.5; }}
    .arch-head {{ fill: {_COLOURS["lines"]}; }}
"""


def _rect(kind: str, x: int, y: int, width: int, height: int, radius: int) -> str:
    size = f'width="{width}" height="{height}" rx="{radius}"'
    return f'  <rect class="{kind}" x="{x}" y="{y}" {size}/>'


def _text(kind: str, x: int, y: int, content: str) -> str:
    return f'  <text class="arch-{kind}" x="{x}" y="{y}">{escape(content)}</text>'


def _arrow(path: str) -> str:
    return f'  <path class="arch-line" d="{path}" marker-end="url(#arch-arrow)"/>'


def folders(package: str) -> list[str]:
    """Return the folders of a package in the order of its contract, what others build on first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers" and contract["containers"] == [package]
    )
    names = [name.strip() for layer in layers for name in layer.replace("|", ":").split(":")]
    return [name for name in reversed(names) if (ROOT / package / name / "__init__.py").is_file()]


def words(package: str, folder: str) -> list[str]:
    """Return the first sentence of a folder in short lines."""
    source = (ROOT / package / folder / "__init__.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0].replace("\n", " ")
    sentence = first.replace("``", "").partition(". ")[0].rstrip(".")
    whole = textwrap.wrap(sentence, 26, break_on_hyphens=False)
    return whole if len(whole) <= 4 else textwrap.wrap(sentence.partition(": ")[0], 26)


def _band(package: str, top: int) -> tuple[list[str], int]:
    """Draw one package below a height; return its lines and where it ends."""
    known = folders(package)
    rows = -(-len(known) // _COLUMNS)
    height = 44 + rows * (_HEIGHT + _GAP)
    lines = [
        _rect("arch-band", 1, top, _TOTAL - 2, height, 10),
        _text("name", _GAP, top + 26, package),
        _text("note", _GAP + 100, top + 26, PACKAGES[package]),
    ]
    for number, folder in enumerate(known):
        row, place = divmod(number, _COLUMNS)
        turn = row % 2 == 1  # the flow turns round at the end of a row
        column = _COLUMNS - 1 - place if turn else place
        x, y = _GAP + column * (_WIDTH + _GAP), top + 44 + row * (_HEIGHT + _GAP)
        name = f"{package}.{folder}"
        kind = "sampled" if name in SAMPLED else "result" if name in RESULTS else "exact"
        middle = x + _WIDTH // 2
        lines += [
            _rect(f"arch-box arch-{kind}", x, y, _WIDTH, _HEIGHT, 7),
            _text("code", middle, y + 22, folder),
            *(
                _text("small", middle, y + 40 + 14 * k, line)
                for k, line in enumerate(words(package, folder))
            ),
        ]
        if number == len(known) - 1:
            continue
        half = y + _HEIGHT // 2
        if place == _COLUMNS - 1:
            path = f"M{middle} {y + _HEIGHT + 1} V{y + _HEIGHT + _GAP - 2}"
        elif turn:
            path = f"M{x - 1} {half} H{x - _GAP + 2}"
        else:
            path = f"M{x + _WIDTH + 1} {half} H{x + _WIDTH + _GAP - 2}"
        lines.append(_arrow(path))
    return lines, top + height


def picture() -> str:
    """Return the picture as SVG."""
    engine, middle = _band("weingarten", 1)
    theory, bottom = _band("bn_theory", middle + 18)
    legend = []
    for number, (kind, text) in enumerate(
        (("exact", "exact, in SymPy"), ("sampled", "sampled"), ("result", "what comes out"))
    ):
        x = _GAP + 160 * number
        legend += [
            _rect(f"arch-box arch-{kind}", x, bottom + 14, 22, 13, 3),
            _text("note", x + 30, bottom + 25, text),
        ]
    flows = "; ".join(f"{package}: {', '.join(folders(package))}" for package in PACKAGES)
    size = f'viewBox="0 0 {_TOTAL} {bottom + 36}"'
    head = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"',
        '     aria-labelledby="arch-title arch-text">',
        '  <title id="arch-title">Architecture: data flows one way</title>',
        '  <desc id="arch-text">Each folder imports only folders before it.',
        f"    {flows}.</desc>",
        f"  <style>{_STYLE}  </style>",
        "  <defs>",
        f'    <marker id="arch-arrow" {head}>',
        '      <path class="arch-head" d="M0 0.5 L8 4 L0 7.5 z"/>',
        "    </marker>",
        "  </defs>",
        *engine,
        _arrow(f"M{_TOTAL // 2} {middle + 1} V{middle + 16}"),
        *theory,
        *legend,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")
