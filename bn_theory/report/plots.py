"""The pictures of a study, one figure each: whatever curves they have, drawn by their roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bn_theory.study import Curve, Picture

__all__ = ["draw", "save"]

# colours that stay apart for colour-blind readers and in grey (Okabe & Ito)
_COLOURS = {
    "batch": "#d55e00",
    "model": "#0072b2",
    "contrast": "#009e73",
    "exact": "#222222",
    "bound": "#8a8a8a",
}
_BOUNDS = ("--", ":", "-.")

_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "bn-theory",
}


def _plain(text: str) -> str:
    """Keep a dollar sign in a file name from starting mathematics."""
    return text.replace("$", r"\$")


def draw(picture: Picture, curves: tuple[Curve, ...]) -> Figure:
    """Draw a picture: sampled curves as points with bands, exact ones as lines, bounds dashed."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 4.1), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        bounds = iter(_BOUNDS * len(curves))
        for curve in curves:
            look: dict[str, Any] = {"color": _COLOURS[curve.role], "label": _plain(curve.label)}
            if curve.role == "bound":
                axes.plot(curve.x, curve.y, next(bounds), linewidth=1.2, **look)
            elif curve.role == "exact":
                style = "D" if len(curve.x) == 1 else "-"
                axes.plot(curve.x, curve.y, style, linewidth=1.2, markersize=5, **look)
            else:
                axes.plot(curve.x, curve.y, "o", markersize=3, **look)
            if curve.stderr is not None:
                low, high = curve.y - 2 * curve.stderr, curve.y + 2 * curve.stderr
                colour = _COLOURS[curve.role]
                axes.fill_between(curve.x, low, high, color=colour, alpha=0.25, linewidth=0)
        if picture.logarithmic:
            axes.set_yscale("log")
        axes.set_xlabel(picture.x)
        axes.set_ylabel(picture.y)
        figure.legend(loc="outside lower center", ncols=1)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as ``.svg`` or ``.pdf``, the same bytes for the same study."""
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with rc_context(_STYLE):
        figure.savefig(path, metadata=dates[path.suffix], transparent=path.suffix == ".svg")
