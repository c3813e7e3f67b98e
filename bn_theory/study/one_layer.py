"""One layer at the batch's own spectrum: what theory states exactly, beside sampled layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.collection.names import formula
from bn_theory.laws.gaps.derive import corner_log_det
from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.batch_part import batch_spectrum
from bn_theory.study.parts import Remark
from bn_theory.study.scene import Points, Scene

__all__ = [
    "Question",
    "first_gap",
    "first_points",
    "layer_exact",
    "layer_questions",
    "layer_sampled",
    "why_no_trial",
]

Array = npt.NDArray[np.float64]

_MOMENTS = (2, 3)
# entries of the weights that are drawn for a moment of a row norm, whose draws have a heavy tail
_ENTRIES = 2**24


@dataclass(frozen=True, kw_only=True)
class Question:
    """A formula at values of the study, to be asked of so many networks.

    With ``few_rows`` its sampler draws a few rows of W: no matrix as large as the spectrum is long.
    """

    name: str
    values: Mapping[str, Any]
    samples: int = 2000
    few_rows: bool = False


def layer_questions(spec: NetworkSpec, batch: Array) -> tuple[list[Question], list[Remark]]:
    """Return what theory answers about the first layer, and why it does not answer the rest."""
    spectrum = batch_spectrum(batch)
    if spec.mean_removal:
        return _centred_questions(spec, batch, spectrum)
    if spec.weights == "gaussian":
        if spec.batch != spec.width:
            return [], [_remark("Gaussian weights have an exact gap step for n = d only.")]
        return [Question(name="forward.gaussian_step", values={"eigenvalues": spectrum})], [
            _remark(
                "The weights are Gaussian: of one layer the catalogue has the exact gap step; row "
                "norms, spectrum map and layer gain are stated for Haar weights."
            )
        ]
    full = _among_features(spectrum, len(batch))
    samples = min(max(_ENTRIES // len(full), 2000), 40_000)
    questions = [
        Question(
            name="forward.row_norm_moment",
            values={"eigenvalues": full, "k": k},
            samples=samples,
            few_rows=True,
        )
        for k in _MOMENTS
    ]
    remarks = []
    if spec.batch != spec.width:
        remarks.append(
            _remark(
                f"The batch has n = {spec.batch} samples and the width is d = {spec.width}: gap "
                "step, spectrum map and layer gain are stated for n = d, moments of row norms for "
                "any batch. For n < d and an orthogonal batch see backward.batch_gain."
            )
        )
        return questions, remarks
    own = {"eigenvalues": spectrum}
    questions += [
        Question(name="forward.isometry_gap_step", values=own),
        Question(name="forward.spectrum_map", values=own),
        Question(name="backward.layer_gain", values=own),
    ]
    if len(batch) != spec.width:
        remarks.append(
            _remark(
                f"Layer 1 is a semi-orthogonal map of {len(batch)} features to {spec.width} units; "
                "moments of its row norms are those of this map. Gap step, spectrum map and layer "
                f"gain are those of a square layer on the {spec.batch} coordinates of the batch in "
                "its own span, which have the same K."
            )
        )
    return questions, remarks


def first_gap(spec: NetworkSpec, batch: Array) -> tuple[float, str] | None:
    """Return the exact mean isometry gap after layer 1 and the formula it is by, where there is.

    A Gaussian layer sees the batch in its span only. For the first rows W of a Haar matrix of
    O(features) and the batch U S Vᵀ, det X_1 X_1ᵀ is Π 1/a_j times det S² times that of the corner
    W U, so the gap gains E log a_1 and the mean of that last logarithm.
    """
    if spec.mean_removal or spec.batch != spec.width:
        return None
    spectrum = batch_spectrum(batch)
    if spec.weights == "gaussian" or len(batch) == spec.width:
        name = "gaussian_step" if spec.weights == "gaussian" else "isometry_gap_step"
        step = formula(f"forward.{name}")
        return float(step.evaluate(eigenvalues=spectrum)), step.name
    law = formula("forward.log_row_norm")
    among = _among_features(spectrum, len(batch))
    # a_1 over the mean eigenvalue of K, not of G, which has a zero for each further feature
    log_norm = float(law.evaluate(eigenvalues=among)) + np.log(len(spectrum) / len(among))
    corner = float(sp.N(corner_log_det(spec.width, len(batch)).doit()))
    gap = -float(np.mean(np.log(spectrum)))
    return gap + log_norm - corner / spec.width, law.name


def _centred_questions(
    spec: NetworkSpec, batch: Array, spectrum: Array
) -> tuple[list[Question], list[Remark]]:
    if spec.weights == "gaussian":
        return [], [_remark("With mean removal and Gaussian weights no formula applies.")]
    vectors = np.linalg.svd(batch, full_matrices=False)[2]
    overlaps = vectors.mean(axis=1) ** 2 * vectors.shape[1]
    values = {"eigenvalues": spectrum, "overlaps": overlaps}
    questions = [
        Question(name="forward.mean_removal_moment", values={**values, "k": k}) for k in (1, 2)
    ]
    return questions, [
        _remark(
            "With mean removal the catalogue states moments of row norms for any batch, here for a "
            f"square layer on the {spec.batch} coordinates of the batch in its own span; gap step, "
            "spectrum map and layer gain are stated without mean removal."
        )
    ]


def _among_features(spectrum: Array, features: int) -> Array:
    """Return the spectrum of G = X Xᵀ, which has a zero for each further feature, of mean 1."""
    full = np.zeros(max(features, len(spectrum)))
    full[: len(spectrum)] = spectrum
    return full / full.mean()


def _remark(text: str) -> Remark:
    return Remark("layer", text)


def layer_exact(name: str, scene: Scene) -> Points:
    """Return the components of a statement at the spectrum of the batch, by number."""
    trial = scene.trials[name]
    exact = np.array([float(value) for value in sp.flatten(trial.predicted)])
    return Points(x=np.arange(1.0, len(exact) + 1), y=exact, formula=trial.formula)


def layer_sampled(name: str, scene: Scene) -> Points:
    """Return the components of what was sampled, by number."""
    found = scene.trials[name].estimate
    mean = np.asarray(found.mean)
    return Points(
        x=np.arange(1.0, len(mean) + 1),
        y=mean,
        stderr=np.asarray(found.stderr),
        networks=found.samples,
    )


def why_no_trial(name: str, scene: Scene) -> str | None:
    """Return why a formula was not asked; None if nobody wanted to."""
    return "" if name in scene.trials else scene.no_trial or None


def first_points(scene: Scene) -> Points:
    """Return the exact mean isometry gap after layer 1."""
    found = first_gap(scene.spec, scene.batch)
    assert found is not None
    value, name = found
    return Points(x=np.array([1.0]), y=np.array([value]), formula=name)
