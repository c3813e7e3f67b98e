"""Sampled curves: means over networks with their standard errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.study.scene import Points
from weingarten.sampled.running_means import Estimate

__all__ = ["log_mean_square", "sampled"]

Array = npt.NDArray[np.float64]


def sampled(x: Array, draws: Array) -> Points:
    """Return the mean of draws of shape (networks, points), where all of them are finite."""
    finite = np.isfinite(draws).all(axis=0)
    found = Estimate.from_samples(draws[:, finite])
    return Points(
        x=x[finite],
        y=np.asarray(found.mean),
        stderr=np.asarray(found.stderr),
        networks=len(draws),
    )


def log_mean_square(x: Array, log_norms: Array) -> Points:
    """Return log E exp(2 y) for draws y of shape (networks, points), without overflow."""
    doubled = 2 * log_norms
    largest = doubled.max(axis=0)
    found = Estimate.from_samples(np.exp(doubled - largest))
    mean = np.asarray(found.mean)
    return Points(
        x=x,
        y=largest + np.log(mean),
        stderr=np.asarray(found.stderr) / mean,
        networks=len(log_norms),
    )
