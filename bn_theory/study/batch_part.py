"""The batch itself: its spectrum, rank and isometry gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.followed import spectral_gap
from bn_theory.study.parts import Fact
from bn_theory.study.scene import Points, Scene

__all__ = ["batch_facts", "batch_gap", "batch_points", "batch_spectrum"]

Array = npt.NDArray[np.float64]


def batch_spectrum(batch: Array) -> Array:
    """Return the eigenvalues of the sample Gram matrix K = XᵀX, descending, scaled to mean 1."""
    squares = np.linalg.svd(batch, compute_uv=False) ** 2
    return squares / squares.mean()


def batch_gap(batch: Array) -> float:
    """Return the isometry gap of the sample Gram matrix."""
    return float(spectral_gap(batch, min(batch.shape)))


def batch_points(scene: Scene) -> Points:
    """Return the spectrum by number."""
    return Points(x=np.arange(1.0, len(scene.spectrum) + 1), y=scene.spectrum)


def batch_facts(spec: NetworkSpec, batch: Array) -> tuple[Fact, ...]:
    """Return the facts of the batch."""
    spectrum = batch_spectrum(batch)
    facts = {
        "samples n": spec.batch,
        "features": len(batch),
        "rank": len(spectrum),
        "isometry gap φ(X_0)": batch_gap(batch),
        "largest eigenvalue over smallest": float(spectrum[0] / spectrum[-1]),
    }
    return tuple(Fact("batch", label, value) for label, value in facts.items())
