"""The batch itself: its spectrum, rank and isometry gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.followed import spectral_gap
from bn_theory.study.parts import Curve, Fact, Part, Picture

__all__ = ["batch_gap", "batch_part", "batch_spectrum"]

Array = npt.NDArray[np.float64]


def batch_spectrum(batch: Array) -> Array:
    """Return the eigenvalues of the sample Gram matrix K = XᵀX, descending, scaled to mean 1."""
    squares = np.linalg.svd(batch, compute_uv=False) ** 2
    return squares / squares.mean()


def batch_gap(batch: Array) -> float:
    """Return the isometry gap of the sample Gram matrix."""
    return float(spectral_gap(batch, min(batch.shape)))


def batch_part(spec: NetworkSpec, batch: Array, source: str) -> Part:
    """Return the spectrum of the batch as a picture, and its facts."""
    spectrum = batch_spectrum(batch)
    picture = Picture(
        name="spectrum",
        section="batch",
        title="Spectrum of the batch",
        caption="Eigenvalues of the sample Gram matrix K = XᵀX in descending order, scaled to "
        "mean 1; all of them are 1 at isometry.",
        x="eigenvalue $k$",
        y=r"$\lambda_k$",
    )
    curve = Curve(
        picture="spectrum",
        label=source,
        role="batch",
        x=np.arange(1.0, len(spectrum) + 1),
        y=spectrum,
    )
    facts = {
        "samples n": spec.batch,
        "features": len(batch),
        "rank": len(spectrum),
        "isometry gap φ(X_0)": batch_gap(batch),
        "largest eigenvalue over smallest": float(spectrum[0] / spectrum[-1]),
    }
    return Part(
        pictures=(picture,),
        curves=(curve,),
        facts=tuple(Fact("batch", label, value) for label, value in facts.items()),
    )
