"""Shaped networks, if asked for: what the activation does over depth, and what theory says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from bn_theory.laws.common.activations import NumericActivation, as_activation
from bn_theory.laws.shaping.sample import gradient_profile
from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.curves import log_mean_square, sampled
from bn_theory.study.one_layer import Question
from bn_theory.study.parts import Curve, Remark, Shaping
from bn_theory.study.scene import Points, Scene
from bn_theory.verification.trials import Trial
from bn_theory.verification.verdicts import Verdict
from weingarten.errors import WeingartenError

__all__ = [
    "follow_shaped",
    "not_shaped",
    "shaped_gap_points",
    "shaped_gradient_points",
    "shaped_name",
    "shaped_setting",
    "shaping_verdicts",
]

Array = npt.NDArray[np.float64]

# layers drawn for a verdict over depth
_LAYERS = 40_000


def follow_shaped(
    spec: NetworkSpec, shaping: Shaping, networks: int, rng: np.random.Generator
) -> Array:
    """Return log gradient norms and gaps at states 0 … L, of shape (networks, 2, L+1)."""
    gains = [shaping.alpha * layer**-shaping.exponent for layer in range(1, spec.depth + 1)]
    activation = NumericActivation(as_activation(shaping.activation))
    profile = partial(gradient_profile, spec.width, gains, activation)
    return np.stack(profile(networks, rng), axis=1)


def shaped_name(scene: Scene) -> str:
    """Return the activation and its gains, in words."""
    shaping = scene.shaping
    assert shaping is not None
    return f"sampled, {shaping.activation}, α = {shaping.alpha:g}, p = {shaping.exponent:g}"


def not_shaped(scene: Scene) -> str | None:
    """Return that nobody asked for shaped networks, if so."""
    return None if scene.shaped is None else ""


def shaped_setting(_: Scene, __: Curve) -> str:
    """Return what the shaped networks are."""
    return "Theory and pictures are about orthogonal batches and Haar weights."


def shaped_gradient_points(scene: Scene) -> Points:
    """Return the sampled gradient of the shaped networks at layers 0 to L."""
    assert scene.shaped is not None
    return log_mean_square(np.arange(0.0, scene.spec.depth + 1), scene.shaped[:, 0])


def shaped_gap_points(scene: Scene) -> Points:
    """Return the sampled gap of the shaped networks; the orthogonal batch itself has none."""
    assert scene.shaped is not None
    return sampled(np.arange(1.0, scene.spec.depth + 1), scene.shaped[:, 1, 1:])


def shaping_verdicts(
    spec: NetworkSpec, shaping: Shaping, ask: Callable[[Question], Trial], level: float
) -> tuple[list[Verdict], list[Remark]]:
    """Return the verdicts on what theory states of shaped networks, and why on nothing else."""
    one = {"d": spec.width, "alpha": shaping.alpha, "activation": shaping.activation}
    all_layers = {**one, "exponent": shaping.exponent, "depth": spec.depth}
    verdicts: list[Verdict] = []
    remarks: list[Remark] = []
    deep = max(200, _LAYERS // spec.depth)
    for entry, values, samples in (
        ("shaping.injected_gap", one, 4000),
        ("shaping.gain_schedule", all_layers, deep),
        ("shaping.explosion_rate", all_layers, deep),
    ):
        try:
            trial = ask(Question(name=entry, values=values, samples=samples))
        except WeingartenError as error:
            remarks.append(Remark("shaping", f"{entry} says nothing here: {error}"))
            continue
        verdicts.append(trial.verdict(level))
    return verdicts, remarks
