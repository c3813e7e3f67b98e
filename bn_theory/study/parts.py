"""What a study hands over: curves, pictures, facts, remarks and verdicts, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bn_theory.collection.names import Formula
from bn_theory.networks.spec import NetworkSpec
from bn_theory.verification.verdicts import Verdict

__all__ = ["SECTIONS", "Curve", "Fact", "Picture", "Remark", "Shaping", "Study"]

Array = npt.NDArray[np.float64]

#: The sections of a report, in order, with their titles.
SECTIONS: Mapping[str, str] = {
    "batch": "The batch",
    "layer": "One layer, exact against sampled",
    "forward": "Depth forward: the isometry gap",
    "backward": "Depth backward: the gradient",
    "shaping": "Activation shaping",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One line of a picture: the only form in which a report keeps numbers along an axis.

    Attributes
    ----------
    picture : str
        Name of the picture it belongs to.
    label : str
        What it shows, in words.
    role : {"batch", "model", "contrast", "exact", "bound"}
        Sampled from the user's batch, from a model batch, from other weights; or computed.
    x, y : ndarray
        The points.
    stderr : ndarray or None
        Standard errors of y, where it is sampled.
    formula : str
        Name in the catalogue of what was evaluated; empty for sampled curves.
    networks : int or None
        How many were sampled.
    """

    picture: str
    label: str
    role: str
    x: Array
    y: Array
    stderr: Array | None = None
    formula: str = ""
    networks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Axes that curves are drawn on.

    Attributes
    ----------
    name, section, title, caption : str
        The name is that of its files; the caption is plain text.
    x, y : str
        Labels of the axes, with mathematics in dollars.
    logarithmic : bool
        Whether the vertical axis is.
    """

    name: str
    section: str
    title: str
    caption: str
    x: str
    y: str
    logarithmic: bool = True


@dataclass(frozen=True)
class Fact:
    """A number worth a line: its section, what it is, and its value (text if it is exact)."""

    section: str
    label: str
    value: float | int | str


@dataclass(frozen=True)
class Remark:
    """A sentence of a section: for instance why there is no exact curve."""

    section: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Shaping:
    """A shaped activation f(α_l u)/α_l with gains α_l = α l^(-p).

    Attributes
    ----------
    activation : str
        A name of :data:`bn_theory.laws.common.activations.ACTIVATIONS`.
    alpha, exponent : float
    """

    activation: str
    alpha: float = 0.1
    exponent: float = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """All that a report needs.

    Attributes
    ----------
    source : str
        Where the batch comes from, in words.
    spec : NetworkSpec
    shaping : Shaping or None
    pictures, curves, facts, remarks : tuple
        In the order of the sections.
    formulas : tuple of Formula
        The formulas of the catalogue that were verified.
    verdicts : tuple of Verdict
        On these formulas at their own cases; then, as members of the same family, on formulas at
        the values of this study.
    own : int
        How many of the last verdicts are at the values of this study.
    seed : int
    level : float
        Probability that any formula is rejected if all are right.
    provenance : mapping
        Version, command, machine and packages.
    """

    source: str
    spec: NetworkSpec
    pictures: tuple[Picture, ...]
    curves: tuple[Curve, ...]
    facts: tuple[Fact, ...]
    remarks: tuple[Remark, ...]
    formulas: tuple[Formula, ...]
    verdicts: tuple[Verdict, ...]
    own: int
    seed: int
    level: float
    shaping: Shaping | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every verdict passed."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def own_verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts at the values of this study."""
        return self.verdicts[len(self.verdicts) - self.own :]

    def curves_of(self, picture: str) -> tuple[Curve, ...]:
        """Return the curves of a picture."""
        return tuple(curve for curve in self.curves if curve.picture == picture)
