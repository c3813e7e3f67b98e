"""Formulas as pictures, typeset by Matplotlib: a page with them needs no network and no fonts."""

from __future__ import annotations

import base64
from html import escape
from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

__all__ = ["data_image", "formula_image"]

_POINTS = 15
_STYLE: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "bn-theory"}


def data_image(content: bytes, alt: str, name: str, style: str = "") -> str:
    """Return an ``img`` element that carries an SVG inside it."""
    encoded = base64.b64encode(content).decode("ascii")
    styled = f' style="{escape(style)}"' if style else ""
    return (
        f'<img class="{name}"{styled} src="data:image/svg+xml;base64,{encoded}" '
        f'alt="{escape(alt)}">'
    )


def formula_image(latex: str) -> str:
    r"""Return HTML of a formula: typeset where Matplotlib's TeX subset suffices, else its source.

    Examples
    --------
    >>> formula_image(r"\frac{2 v}{d + 2}").startswith('<img class="formula"')
    True
    """
    text = f"${latex}$".replace(r"\frac", r"\dfrac")
    font = FontProperties(size=_POINTS, math_fontfamily="cm")
    buffer = BytesIO()
    with rc_context(_STYLE):
        try:
            width, height, depth, _, _ = MathTextParser("path").parse(text, dpi=72, prop=font)
        except ValueError:
            return f'<code class="formula">{escape(latex)}</code>'
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(0, depth / height, text, fontproperties=font)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return data_image(buffer.getvalue(), latex, "formula", f"vertical-align: {-depth:.2f}pt")
