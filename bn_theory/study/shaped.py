"""Shaped networks, if asked for: what the activation does over depth, and what theory says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from bn_theory.collection.names import formula
from bn_theory.laws.common.activations import NumericActivation, as_activation
from bn_theory.laws.shaping.sample import gradient_profile
from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.curves import log_mean_square, sampled
from bn_theory.study.one_layer import Question
from bn_theory.study.parts import Curve, Part, Picture, Remark, Shaping
from bn_theory.verification.trials import Trial
from weingarten.errors import WeingartenError

__all__ = ["follow_shaped", "shaping_part"]

Array = npt.NDArray[np.float64]

# layers drawn for a verdict over depth
_LAYERS = 40_000

_GRADIENT = Picture(
    name="shaped_gradient",
    section="shaping",
    title="Gradient norm by layer of the shaped network",
    caption="Logarithm of the mean squared norm of the gradient, from an orthogonal batch, with "
    "bands of two standard errors.",
    x="layer $l$",
    y=r"$\log\,\mathbb{E}\,\|\partial\ell/\partial X_l\|^2$",
    logarithmic=False,
)
_GAP = Picture(
    name="shaped_gap",
    section="shaping",
    title="Isometry gap by layer of the shaped network",
    caption="Every activation injects gap, every layer contracts it.",
    x="layer $l$",
    y=r"$\mathbb{E}\,\varphi(X_l)$",
)


def follow_shaped(
    spec: NetworkSpec, shaping: Shaping, networks: int, rng: np.random.Generator
) -> Array:
    """Return log gradient norms and gaps at states 0 … L, of shape (networks, 2, L+1)."""
    gains = [shaping.alpha * layer**-shaping.exponent for layer in range(1, spec.depth + 1)]
    activation = NumericActivation(as_activation(shaping.activation))
    profile = partial(gradient_profile, spec.width, gains, activation)
    return np.stack(profile(networks, rng), axis=1)


def shaping_part(
    spec: NetworkSpec,
    shaping: Shaping,
    draws: Array,
    ask: Callable[[Question], Trial],
    level: float,
) -> Part:
    """Return the shaped networks by layer, and the verdicts on what theory states of them."""
    layers = np.arange(0.0, spec.depth + 1)
    name = f"{shaping.activation}, α = {shaping.alpha:g}, p = {shaping.exponent:g}"
    law = formula("backward.isometric_depth")
    curves = (
        log_mean_square("shaped_gradient", f"sampled, {name}", "batch", layers, draws[:, 0]),
        Curve(
            picture="shaped_gradient",
            label="exact for the identity",
            role="exact",
            x=layers,
            y=np.log(
                [
                    float(law.evaluate(d=spec.width, depth=m)) if m else 1.0
                    for m in range(spec.depth, -1, -1)
                ]
            ),
            formula=law.name,
        ),
        # the orthogonal batch itself has no gap
        sampled("shaped_gap", f"sampled, {name}", "batch", layers[1:], draws[:, 1, 1:]),
    )
    one = {"d": spec.width, "alpha": shaping.alpha, "activation": shaping.activation}
    all_layers = {**one, "exponent": shaping.exponent, "depth": spec.depth}
    verdicts, remarks = (
        [],
        [Remark("shaping", "Theory and pictures are about orthogonal batches and Haar weights.")],
    )
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
    return Part(
        pictures=(_GRADIENT, _GAP),
        curves=curves,
        remarks=tuple(remarks),
        verdicts=tuple(verdicts),
    )
