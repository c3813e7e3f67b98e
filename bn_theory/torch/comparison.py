"""A probe beside what the catalogue predicts: a table, a picture, and the assumptions it breaks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_theory.collection.names import formula
from bn_theory.torch.assumptions import ORTHOGONAL, Finding, broken_assumptions
from bn_theory.torch.probing import Probe
from bn_theory.torch.readings import Array, LayerReading
from weingarten.errors import InvalidInputError, WeingartenError
from weingarten.extras import importing_extras
from weingarten.printing.notebooks import html_table

__all__ = ["Comparison", "Series", "compare"]

#: Relative distance from orthogonality from which a square weight is taken for independent entries.
_INDEPENDENT = 0.3
_HEADS = ("quantity", "formula", "layer", "measured", "theory", "holds")


@dataclass(frozen=True, eq=False)
class Series:
    """One quantity by layer, as measured and as predicted; nan where theory says nothing.

    Attributes
    ----------
    quantity, formula : str
        In words, and the name of the formula in the catalogue.
    holds : str
        ``"on average"`` over the weights, or ``"in every draw"``.
    layers, measured, predicted : ndarray
    """

    quantity: str
    formula: str
    holds: str
    layers: Array
    measured: Array
    predicted: Array


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a model does beside what the catalogue says.

    Attributes
    ----------
    series : tuple of Series
    findings : tuple of Finding
        Assumptions that the model breaks, each with its consequence.
    """

    series: tuple[Series, ...]
    findings: tuple[Finding, ...]

    def rows(self, layers: Iterable[int] | None = None) -> list[list[str]]:
        """Return the cells of the table; by default at the first, a middle and the last layer."""
        found = []
        for series in self.series:
            known = [int(layer) for layer in series.layers]
            chosen = {known[0], known[len(known) // 2], known[-1]} if layers is None else layers
            for k, layer in enumerate(known):
                if layer in chosen:
                    numbers = (series.measured[k], series.predicted[k])
                    cells = ["–" if math.isnan(x) else f"{x:.4g}" for x in numbers]
                    found.append(
                        [series.quantity, series.formula, str(layer), *cells, series.holds]
                    )
        return found

    def __str__(self) -> str:
        lines = [list(_HEADS), *self.rows()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(_HEADS))]
        table = [
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        broken = [f"- {finding}" for finding in self.findings]
        title = "Assumptions that the model breaks:" if broken else "No assumption is broken."
        return "\n".join([*table, "", title, *broken])

    def _repr_html_(self) -> str:
        broken = [(f.assumption, f.observed, f.consequence) for f in self.findings]
        heads = ("assumption", "the model", "what follows")
        return html_table(_HEADS, self.rows()) + (html_table(heads, broken) if broken else "")

    def plot(self) -> Any:
        """Return a matplotlib figure: measured points and predicted lines, by layer."""
        with importing_extras("a picture"):
            from matplotlib.figure import Figure  # noqa: PLC0415 - brought by another extra

        figure = Figure(figsize=(4.0 * len(self.series), 3.4), layout="constrained")
        panels = figure.subplots(1, len(self.series), squeeze=False)[0]
        for axes, series in zip(panels, self.series, strict=True):
            axes.plot(series.layers, series.measured, "o", markersize=3, label="measured")
            axes.plot(series.layers, series.predicted, "-", color="#222222", label=series.formula)
            axes.set(title=series.quantity, xlabel="layer")
            positive = series.measured[np.isfinite(series.measured)]
            if len(positive) and positive.min() > 0:
                axes.set_yscale("log")
            axes.legend(frameon=False, fontsize=8)
        return figure


def compare(probe: Probe) -> Comparison:
    """Set what a probe read beside the predictions of the catalogue.

    A prediction that is an average over the weights is that: one model scatters about it. Where the
    model breaks an assumption, the prediction is what theory would say without that, and
    :attr:`Comparison.findings` says so.

    Examples
    --------
    >>> import torch
    >>> from bn_theory.torch import BNMLP, probe
    >>> found = compare(probe(BNMLP(4, 3, rng=0, dtype=torch.float64), 1.0 * torch.eye(4).double()))
    >>> [series.formula for series in found.series][:2]
    ['forward.isometry_gap_step', 'backward.isometric_depth']
    >>> found.findings
    ()
    """
    if not isinstance(probe, Probe):
        raise InvalidInputError(
            "probe",
            "must be what probe(model, batch) returns",
            type(probe).__name__,
            "probe the model first",
        )
    layers = probe.layers
    numbers = np.array([layer.layer for layer in layers], dtype=float)
    series = [
        _gaps(layers[1:], numbers[1:]),
        _gradients(layers, numbers, bool(probe.facts.mean_removal)),
        Series(
            "drift of the antisymmetric part of X ∂ℓ/∂Xᵀ",
            "backward.rotation_law",
            "in every draw",
            numbers,
            probe.array("drift"),
            np.zeros(len(layers)),
        ),
    ]
    return Comparison(tuple(series), broken_assumptions(probe))


def _gaps(layers: Sequence[LayerReading], numbers: Array) -> Series:
    """Return the gap of each state, and its mean over the weight that led there."""
    independent = [x.defect > _INDEPENDENT for x in layers if x.weight is not None]
    law = "forward.gaussian_step" if any(independent) else "forward.isometry_gap_step"
    return Series(
        "isometry gap",
        law,
        "on average",
        numbers,
        np.array([x.gap for x in layers]),
        np.array([_gap_after(x, law) for x in layers]),
    )


def _gap_after(layer: LayerReading, law: str) -> float:
    before = layer.input_eigenvalues
    orthogonal = layer.defect <= ORTHOGONAL
    if (
        before is None
        or len(before) != layer.features
        or orthogonal != (law == "forward.isometry_gap_step")
    ):
        return math.nan
    try:
        return float(formula(law).evaluate(eigenvalues=[float(x) for x in before]))
    except WeingartenError:
        return math.nan


def _gradients(layers: Sequence[LayerReading], numbers: Array, centred: bool) -> Series:
    """Return ‖∂ℓ/∂X_l‖ relative to the last layer, on the scale of the states, by layer."""
    logs = np.array([x.log_scaled_gradient for x in layers])
    last = layers[-1]
    law = formula("backward.isometric_depth")
    predicted = np.full(len(layers), math.nan)
    if last.samples - centred == last.features >= 2:
        for k, layer in enumerate(layers[:-1]):
            if layer.features == last.features:
                ratio = law.evaluate(d=last.features, depth=len(layers) - 1 - k)
                predicted[k] = math.sqrt(ratio)
        predicted[-1] = 1.0
    # a gradient that vanishes at the last layer has no ratio to others
    with np.errstate(over="ignore", invalid="ignore"):
        measured = np.exp(logs - logs[-1])
    return Series("relative gradient norm", law.name, "on average", numbers, measured, predicted)
