"""Sampled curves: means over networks with their standard errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.study.parts import Curve
from weingarten.sampled.sampling import Estimate

__all__ = ["log_mean_square", "sampled"]

Array = npt.NDArray[np.float64]


def sampled(picture: str, label: str, role: str, x: Array, draws: Array) -> Curve:
    """Return the mean of draws of shape (networks, points), where all of them are finite."""
    finite = np.isfinite(draws).all(axis=0)
    found = Estimate.from_samples(draws[:, finite])
    return Curve(
        picture=picture,
        label=label,
        role=role,
        x=x[finite],
        y=np.asarray(found.mean),
        stderr=np.asarray(found.stderr),
        networks=len(draws),
    )


def log_mean_square(picture: str, label: str, role: str, x: Array, log_norms: Array) -> Curve:
    """Return log E exp(2 y) for draws y of shape (networks, points), without overflow."""
    doubled = 2 * log_norms
    largest = doubled.max(axis=0)
    found = Estimate.from_samples(np.exp(doubled - largest))
    mean = np.asarray(found.mean)
    return Curve(
        picture=picture,
        label=label,
        role=role,
        x=x,
        y=largest + np.log(mean),
        stderr=np.asarray(found.stderr) / mean,
        networks=len(log_norms),
    )
