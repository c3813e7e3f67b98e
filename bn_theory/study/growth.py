"""Measured growth of gradients with depth, for the networks the one-layer gains speak about."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from bn_theory.networks.network_draws import isotropic_gradient
from bn_theory.networks.simulate import draw_weights, forward, gradient_log_norms
from bn_theory.networks.spec import NetworkSpec
from bn_theory.verification import montecarlo
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError
from weingarten.sampled.running_means import Estimate

__all__ = ["GradientGrowth", "gradient_growth", "orthogonal_batch"]

Array = npt.NDArray[np.float64]

_MOST_ENTRIES = 10**9


@dataclass(frozen=True)
class GradientGrowth:
    """Mean log gradient norms of sampled networks, and their slope.

    Attributes
    ----------
    log_norms : ndarray of shape (depth + 1,)
        Mean of log ‖∂ℓ/∂X_{L-m}‖/‖Γ_L‖ for m = 0 … L layers back.
    stderr : ndarray of shape (depth + 1,)
    rate : Estimate
        Growth of log ‖∂ℓ/∂X‖ per layer, over the layers between a quarter of the depth from the
        top and a tenth from the bottom, where it has become steady.
    """

    log_norms: Array
    stderr: Array
    rate: Estimate


def orthogonal_batch(width: int, samples: int, rank: int | None = None) -> Array:
    """Return samples (columns) of which ``rank`` are orthogonal and the others repeat them.

    Parameters
    ----------
    width, samples : int
    rank : int, optional
        Number of different samples; all by default.

    Examples
    --------
    >>> orthogonal_batch(3, 3, 2).tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    width = as_integer(width, "width", minimum=1)
    samples = as_integer(samples, "samples", minimum=1)
    if width * samples > _MOST_ENTRIES:
        raise InvalidInputError(
            "width times samples", "must be at most 1e9", width * samples, "ask for a smaller batch"
        )
    different = samples if rank is None else as_integer(rank, "rank", minimum=1)
    if different > min(width, samples):
        raise InvalidInputError(
            "rank",
            f"must be at most {min(width, samples)}",
            different,
            "orthogonal samples need as many features; use fewer samples or a smaller rank",
        )
    return np.eye(width, different)[:, np.arange(samples) % different]


def _draw(spec: NetworkSpec, batch: Array, networks: int, rng: np.random.Generator) -> Array:
    trace = forward(batch, draw_weights(spec, networks, rng), mean_removal=spec.mean_removal)
    top = isotropic_gradient(networks, spec.width, spec.batch, rng)
    return gradient_log_norms(trace, top)[:, ::-1]


def gradient_growth(
    spec: NetworkSpec,
    *,
    rank: int | None = None,
    networks: int = 100,
    seed: object = 0,
    executor: Executor | None = None,
    progress: montecarlo.Progress | None = None,
    max_seconds: float | None = 900.0,
) -> GradientGrowth:
    """Sample networks from an orthogonal batch and an isotropic gradient, and measure the growth.

    Norms are carried as logarithms, so no depth overflows.

    Parameters
    ----------
    spec : NetworkSpec
        With at least 4 layers and as many input features as units.
    rank : int, optional
        Number of different samples; the others repeat them.
    networks : int
        Independent networks, at least 2.
    seed, executor, progress, max_seconds
        As for :meth:`bn_theory.Formula.simulate`.

    Examples
    --------
    >>> steady = gradient_growth(NetworkSpec(width=8, batch=8, depth=40), networks=20)
    >>> exploding = gradient_growth(NetworkSpec(width=8, batch=4, depth=40), networks=20)
    >>> bool(exploding.rate.mean > 0.05 > abs(steady.rate.mean))
    True
    """
    if not isinstance(spec, NetworkSpec):
        raise InvalidInputError(
            "spec", "must be a NetworkSpec", spec, "pass bn_theory.NetworkSpec(width=8, ...)"
        )
    if spec.depth < 4:
        raise InvalidInputError("spec", "must have at least 4 layers", spec.depth, "go deeper")
    count = as_integer(networks, "networks", minimum=2)
    montecarlo.check_cost(count, spec.width, spec.batch, spec.depth, max_seconds)
    batch = orthogonal_batch(spec.width, spec.batch, rank)
    number = montecarlo.resolve_seed(seed)
    logs = montecarlo.draw_networks(
        partial(_draw, spec, batch),
        count,
        block=montecarlo.block_size(spec.width, spec.batch, spec.depth),
        seed=number,
        executor=executor,
        progress=progress,
    )
    first, last = spec.depth // 4, spec.depth - max(spec.depth // 10, 1)
    slopes = (logs[:, last] - logs[:, first]) / (last - first)
    return GradientGrowth(
        logs.mean(axis=0),
        logs.std(axis=0, ddof=1) / np.sqrt(count),
        Estimate.from_samples(slopes, number),
    )
