"""What curves are computed from, and the record that a curve is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.parts import Curve, Picture, Shaping
from bn_theory.verification.trials import Trial

__all__ = ["Line", "Points", "Scene", "always"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Everything that a study has sampled.

    Attributes
    ----------
    source : str
        Where the batch comes from, in words.
    spec : NetworkSpec
    batch : ndarray of shape (features, samples)
    spectrum : ndarray
        Eigenvalues of the batch, descending, with mean 1.
    tracks : ndarray of shape (networks, tracks, layers)
        See :data:`bn_theory.study.followed.TRACKS`.
    trials : mapping
        Of formulas at the spectrum of the batch, by their names.
    no_trial : str
        Why some formulas about one layer were not asked.
    shaping : Shaping or None
    shaped : ndarray of shape (networks, 2, layers + 1), or None
        Log gradient norms and gaps of the shaped networks, if asked for.
    """

    source: str
    spec: NetworkSpec
    batch: Array
    spectrum: Array
    tracks: Array
    trials: Mapping[str, Trial]
    no_trial: str = ""
    shaping: Shaping | None = None
    shaped: Array | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Where a curve goes: its points, their standard errors, and the formula evaluated, if any."""

    x: Array
    y: Array
    stderr: Array | None = None
    networks: int | None = None
    formula: str = ""


def always(_: Scene) -> str:
    """Return that nothing keeps a curve from being drawn."""
    return ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve of the report: all there is to be said about it.

    Attributes
    ----------
    picture : Picture
        The axes it is drawn on; shown if any of its curves is.
    label : str or callable
        What it shows, in words.
    role : {"batch", "model", "contrast", "exact", "bound"}
        See :class:`~bn_theory.study.parts.Curve`.
    points : callable
        Computes it.
    why_not : callable
        Returns why it does not apply, for the reader; nothing if it does; None if it was not asked
        for.
    note : callable, optional
        Returns what has to be said beside it, or nothing.
    """

    picture: Picture
    label: str | Callable[[Scene], str]
    role: str
    points: Callable[[Scene], Points]
    why_not: Callable[[Scene], str | None] = always
    note: Callable[[Scene, Curve], str] | None = None

    def curve(self, scene: Scene) -> Curve:
        """Return the curve, where it applies."""
        found = self.points(scene)
        return Curve(
            picture=self.picture.name,
            label=self.label if isinstance(self.label, str) else self.label(scene),
            role=self.role,
            x=found.x,
            y=found.y,
            stderr=found.stderr,
            formula=found.formula,
            networks=found.networks,
        )
