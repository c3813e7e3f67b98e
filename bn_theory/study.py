"""The main job: derive formulas, confirm them on sampled networks, and follow one real batch.

Everything the report shows is computed here and handed over as a :class:`Study`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.batches import as_batch
from bn_theory.draws.backward import fixed_gradient
from bn_theory.formulas import Case, Formula, formula
from bn_theory.forward import contraction_rate
from bn_theory.montecarlo import (
    Progress,
    block_size,
    check_cost,
    draw_networks,
    resolve_seed,
)
from bn_theory.simulate import (
    Trace,
    draw_weights,
    forward,
    gradient_log_norms,
    isometry_gap,
    spectral_batch,
)
from bn_theory.spec import NetworkSpec
from bn_theory.verify import Verdict, campaign
from weingarten.coerce import as_integer
from weingarten.sampling import Estimate

__all__ = ["Curves", "Stages", "Study", "run_study"]

Array = npt.NDArray[np.float64]

FORMULAS = ("forward.row_norm_variance", "backward.isometric_depth")

# relative spread of the spectrum of a batch that counts as nearly isometric, and the gap below
# which rounding shows
_NEAR = 1e-3
_SMALLEST_GAP = 1e-20


class Stages(Protocol):
    """Told which part of the work has begun; returns a callback for its progress."""

    def __call__(self, description: str, /) -> Progress:
        """Begin a part."""
        ...


@dataclass(frozen=True, kw_only=True)
class Curves:
    """What happened layer by layer in the sampled networks.

    Attributes
    ----------
    layers : ndarray of shape (L,)
        1 … L.
    gap : Estimate
        Mean isometry gap of X_l on the real batch, arrays of shape (L,).
    gap_near : Estimate
        The same for a batch close to isometry.
    rate : sympy.Rational
        Factor by which theory contracts the gap per layer near isometry.
    measured_rate : Estimate or None
        Mean of the ratio of successive gaps close to isometry; None for a single layer.
    gain_exact : ndarray of shape (L,)
        E‖∂L/∂X_{L-m}‖²/‖Γ_L‖² by the formula, for m = 1 … L.
    gain_isometric : Estimate
        The same from sampled networks with an orthogonal batch.
    gain_batch : Estimate
        The same for the real batch, for m = 1 … L-1.
    """

    layers: npt.NDArray[np.int64]
    gap: Estimate
    gap_near: Estimate
    rate: sp.Rational
    measured_rate: Estimate | None
    gain_exact: Array
    gain_isometric: Estimate
    gain_batch: Estimate


@dataclass(frozen=True, kw_only=True)
class Study:
    """All that a report needs.

    Attributes
    ----------
    source : str
        Where the batch comes from, in words.
    spec : NetworkSpec
    batch_gap : float
        Isometry gap of the sample Gram matrix of the batch itself.
    formulas : tuple of Formula
    verdicts : tuple of Verdict
    curves : Curves
    seed : int
    level : float
        Probability that any formula is rejected if all are right.
    """

    source: str
    spec: NetworkSpec
    batch_gap: float
    formulas: tuple[Formula, ...]
    verdicts: tuple[Verdict, ...]
    curves: Curves
    seed: int
    level: float

    @property
    def passed(self) -> bool:
        """Whether every verdict passed."""
        return all(verdict.passed for verdict in self.verdicts)


def near_isometric_batch(width: int) -> Array:
    """Return a square batch whose spectrum spreads evenly, and very little, around 1."""
    return spectral_batch(1 + _NEAR * np.linspace(-1, 1, width))


def follow_networks(
    spec: NetworkSpec, batch: Array, networks: int, rng: np.random.Generator
) -> Array:
    """Return, per network, what happened in it: 4 L + 1 numbers.

    Gaps of X_1 … X_L for the batch, gaps of X_1 … X_L for a batch close to isometry, squared
    gradient gains at m = 0 … L for an orthogonal batch, and at m = 0 … L-1 for the batch.
    """
    top = fixed_gradient(spec.width, spec.batch)
    trace = forward(batch, draw_weights(spec, networks, rng))
    of_batch = gradient_log_norms(trace, top)[:, :0:-1]
    square = NetworkSpec(width=spec.width, batch=spec.width, depth=spec.depth)
    weights = draw_weights(square, networks, rng)
    of_isometric = gradient_log_norms(forward(np.eye(spec.width), weights), top)[:, ::-1]
    near = forward(near_isometric_batch(spec.width), weights)
    return np.concatenate(
        [_gaps(trace), _gaps(near), np.exp(2 * of_isometric), np.exp(2 * of_batch)], axis=-1
    )


def _gaps(trace: Trace) -> Array:
    return np.stack([isometry_gap(step.state) for step in trace.steps], axis=-1)


def _measured_rate(gaps: Array, seed: int) -> Estimate | None:
    """Average the ratio of successive gaps over the layers, one draw per network.

    Close to isometry each ratio has the same conditional mean whatever happened before, so the
    average does not suffer from the heavy tails of their product. Layers count up to the first at
    which rounding shows in some network.
    """
    usable = np.all(gaps > _SMALLEST_GAP, axis=0)
    layers = len(usable) if usable.all() else int(np.argmin(usable))
    if layers < 2:
        return None
    ratios = gaps[:, 1:layers] / gaps[:, : layers - 1]
    return Estimate.from_samples(ratios.mean(axis=1), seed)


def _curves(
    spec: NetworkSpec,
    batch: Array,
    law: Formula,
    *,
    networks: int,
    seed: int,
    executor: Executor | None,
    progress: Progress,
) -> Curves:
    depth = spec.depth
    widest = max(spec.width, len(batch))
    draws = draw_networks(
        partial(follow_networks, spec, batch),
        networks,
        block=block_size(2 * widest, spec.batch, depth),
        seed=seed,
        executor=executor,
        progress=progress,
    )
    gaps, near, isometric, of_batch = np.split(draws, [depth, 2 * depth, 3 * depth + 1], axis=1)
    exact = [law.evaluate(d=spec.width, depth=m) for m in range(1, depth + 1)]
    return Curves(
        layers=np.arange(1, depth + 1),
        gap=Estimate.from_samples(gaps, seed),
        gap_near=Estimate.from_samples(near, seed),
        rate=contraction_rate(sp.Symbol("d")).subs(sp.Symbol("d"), spec.width),
        measured_rate=_measured_rate(near, seed),
        gain_exact=np.array([float(value) for value in exact]),
        gain_isometric=Estimate.from_samples(isometric[:, 1:], seed),
        gain_batch=Estimate.from_samples(of_batch[:, 1:], seed),
    )


def run_study(
    samples: npt.ArrayLike,
    *,
    source: str = "a batch",
    depth: int = 50,
    width: int | None = None,
    networks: int = 200,
    draws: int | None = None,
    seed: object = 0,
    level: float = 0.01,
    executor: Executor | None = None,
    stages: Stages | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    max_seconds: float | None = 300.0,
) -> Study:
    """Derive the formulas, confirm them on sampled networks, and follow a real batch.

    Parameters
    ----------
    samples : array_like of shape (n, p)
        Samples by features, of rank n; see :func:`bn_theory.batches.as_batch`. If p > n, the first
        layer is a random semi-orthogonal map from p to n features.
    source : str
        Where they come from, in words.
    depth : int
        Number of layers, at least 1.
    width : int, optional
        Must be n, which is the default.
    networks : int
        Networks for the curves, at least 2.
    draws : int, optional
        Networks per verdict; each case's own number by default.
    seed : int, numpy.random.Generator or None
    level : float
        Probability that any formula is rejected if all are right.
    executor : concurrent.futures.Executor, optional
    stages : callable, optional
        See :class:`Stages`.
    on_verdict : callable, optional
        Called with each verdict as soon as it is known.
    max_seconds : float or None
        Predicted time of one part above which CostLimitError is raised.
    """
    begin = stages or _silent
    batch = as_batch(samples, width)
    features, count = batch.shape
    spec = NetworkSpec(width=count, batch=count, depth=depth, input_width=features)
    # three forward and two backward passes, with singular values
    check_cost(
        8 * as_integer(networks, "networks", minimum=2),
        max(features, count),
        count,
        depth,
        max_seconds,
    )
    number = resolve_seed(seed)
    entries = tuple(formula(name) for name in FORMULAS)
    report = begin("Deriving formulas")
    for done, entry in enumerate(entries, start=1):
        entry.derive()
        report(done, len(entries))
    spread = np.zeros(features)
    spread[:count] = np.linalg.svd(batch, compute_uv=False) ** 2
    verdicts = campaign(
        entries,
        samples=draws,
        seed=number,
        level=level,
        executor=executor,
        progress=begin("Confirming on sampled networks"),
        on_verdict=on_verdict,
        max_seconds=max_seconds,
        extra=_own_cases(entries, spread, spec),
    )
    curves = _curves(
        spec,
        batch,
        entries[1],
        networks=networks,
        seed=number + 10_000,
        executor=executor,
        progress=begin("Following the batch layer by layer"),
    )
    return Study(
        source=source,
        spec=spec,
        batch_gap=float(isometry_gap(batch.T)),
        formulas=entries,
        verdicts=verdicts,
        curves=curves,
        seed=number,
        level=level,
    )


def _own_cases(
    entries: Sequence[Formula], spectrum: Array, spec: NetworkSpec
) -> list[tuple[Formula, Case]]:
    """Return the formulas at the batch's own spectrum, scaled to mean 1, and the network's size."""
    scaled = spectrum * (len(spectrum) / spectrum.sum())
    return [
        (entries[0], Case({"eigenvalues": scaled}, samples=2000)),
        (entries[1], Case({"d": spec.width, "depth": spec.depth}, samples=500)),
    ]


def _silent(description: str, /) -> Progress:
    return lambda done, total: None
