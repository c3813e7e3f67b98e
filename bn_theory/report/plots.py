"""The two pictures of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bn_theory.study import Study
from weingarten.sampling import Estimate

__all__ = ["gap_figure", "gradient_figure", "save"]

# colours that stay apart for colour-blind readers and in grey (Okabe & Ito)
_BATCH, _MODEL, _EXACT = "#d55e00", "#0072b2", "#222222"

_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
    "svg.hashsalt": "bn-theory",
}


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 3.9), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _band(
    axes: Axes, x: np.ndarray, estimate: Estimate, *, colour: str, label: str, scale: float = 1.0
) -> None:
    """Draw a sampled mean with a band of two standard errors."""
    mean, error = np.asarray(estimate.mean) / scale, np.asarray(estimate.stderr) / scale
    axes.plot(x, mean, "o", color=colour, markersize=3, label=label)
    axes.fill_between(x, mean - 2 * error, mean + 2 * error, color=colour, alpha=0.25, linewidth=0)


def _plain(text: str) -> str:
    """Keep a dollar sign in a file name from starting mathematics."""
    return text.replace("$", r"\$")


def gap_figure(study: Study) -> Figure:
    """Draw the isometry gap by layer, relative to layer 1, with the predicted slope."""
    curves = study.curves
    layers = curves.layers
    with rc_context(_STYLE):
        figure, axes = _axes()
        first = float(np.asarray(curves.gap.mean)[0])
        near = float(np.asarray(curves.gap_near.mean)[0])
        _band(axes, layers, curves.gap, colour=_BATCH, label=_plain(study.source), scale=first)
        label = "a batch close to isometry"
        _band(axes, layers, curves.gap_near, colour=_MODEL, label=label, scale=near)
        axes.plot(
            layers,
            float(curves.rate) ** (layers - 1.0),
            "--",
            color=_EXACT,
            linewidth=1.2,
            label=rf"exact slope near isometry, $d/(d+2)={_fraction(curves.rate)}$ per layer",
        )
        axes.set_yscale("log")
        axes.set_xlabel("layer $l$")
        axes.set_ylabel(r"$\mathbb{E}\,\varphi(X_l)\;/\;\mathbb{E}\,\varphi(X_1)$")
        axes.legend()
    return figure


def _fraction(rate: object) -> str:
    return rf"{getattr(rate, 'p', rate)}/{getattr(rate, 'q', 1)}"


def gradient_figure(study: Study) -> Figure:
    """Draw the mean squared gradient norm against the number of layers it was carried back."""
    curves = study.curves
    layers = curves.layers
    with rc_context(_STYLE):
        figure, axes = _axes()
        axes.plot(layers, curves.gain_exact, "-", color=_EXACT, linewidth=1.2, label="exact")
        label = "sampled, orthogonal batch"
        _band(axes, layers, curves.gain_isometric, colour=_MODEL, label=label)
        if len(layers) > 1:
            label = f"sampled, {_plain(study.source)}"
            _band(axes, layers[:-1], curves.gain_batch, colour=_BATCH, label=label)
        axes.set_yscale("log")
        axes.set_xlabel("layers back, $m$")
        axes.set_ylabel(r"$\mathbb{E}\,\|\partial L/\partial X_{L-m}\|^2\;/\;\|\Gamma_L\|^2$")
        axes.legend()
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as ``.svg`` or ``.pdf``, the same bytes for the same study."""
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with rc_context(_STYLE):
        figure.savefig(path, metadata=dates[path.suffix])
