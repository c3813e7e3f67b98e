"""The batch over depth: isometry gap forward, gradient norm backward, sampled beside exact."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.collection.names import formula
from bn_theory.laws.contraction.derive import contraction_rate
from bn_theory.laws.gaps.derive import predicted_gaps
from bn_theory.laws.gaps.mean_flow import SMALLEST
from bn_theory.laws.sphere_integrals.gap_over_layers import gaps_over_depth
from bn_theory.networks.spec import NetworkSpec
from bn_theory.notation import CONSTANT, DEPTH, GAP, D
from bn_theory.study.curves import log_mean_square, sampled
from bn_theory.study.followed import TRACKS, contrasting, near_isometric_batch
from bn_theory.study.one_layer import first_gap
from bn_theory.study.parts import Curve, Fact
from bn_theory.study.scene import Points, Scene
from weingarten.sampled.running_means import Estimate

__all__ = [
    "ORDER",
    "bound_points",
    "collapse",
    "exact_gradients",
    "expected_points",
    "gap_points",
    "gradient_points",
    "measured_rate",
    "model_recursion_points",
    "named",
    "named_contrast",
    "no_exact_gradient",
    "no_expected",
    "no_first_gap",
    "no_recursion",
    "no_theory",
    "rate_facts",
    "rate_points",
    "recursion_points",
    "track_points",
    "what_is_followed",
    "where_the_bound_starts",
]

Array = npt.NDArray[np.float64]

# the gap below which rounding shows
_SMALLEST_GAP = 1e-20
# deviations of the eigenvalues below which the recursion is drawn, and its order in them
_NEARLY, ORDER = 0.3, 6


def _track(scene: Scene, name: str) -> Array:
    return scene.tracks[:, TRACKS.index(name)]


def _layers(scene: Scene) -> Array:
    return np.arange(1.0, scene.spec.depth + 1)


def _square(spec: NetworkSpec) -> bool:
    return spec.input_width == spec.width


def named(scene: Scene) -> str:
    """Return the batch and the law of the weights, in words."""
    return f"{scene.source}, {_weights(scene.spec)}"


def named_contrast(scene: Scene) -> str:
    """Return the batch and the other law of weights, in words."""
    return f"{scene.source}, {_weights(contrasting(scene.spec))}"


def _weights(spec: NetworkSpec) -> str:
    return "Haar weights" if spec.weights == "haar" else "Gaussian weights"


def _gaps(scene: Scene) -> tuple[Array, Array]:
    """Return layers from 0 on, and the gaps of the networks at them."""
    start = float(np.mean(scene.spectrum - 1 - np.log(scene.spectrum)))
    gaps = _track(scene, "gap")
    from_start = np.concatenate([np.full((len(gaps), 1), start), gaps], axis=1)
    return np.concatenate([[0.0], _layers(scene)]), from_start


def gap_points(scene: Scene) -> Points:
    """Return the sampled gap of the batch, from layer 0 on."""
    return sampled(*_gaps(scene))


def track_points(name: str, scene: Scene) -> Points:
    """Return the mean of what was recorded at layers 1 to L."""
    return sampled(_layers(scene), _track(scene, name))


def collapse(scene: Scene, curve: Curve) -> str:
    """Return why a curve of gaps ends before the last layer, if it does."""
    if not len(curve.x) or curve.x[-1] >= scene.spec.depth:
        return ""
    return (
        f"{curve.label}: the curve ends at layer {curve.x[-1]:g}, from where on the states of some "
        "network are singular to working precision."
    )


def no_theory(scene: Scene) -> str:
    """Return why no curve of the theory over depth applies; empty if it does."""
    spec = scene.spec
    if spec.weights == "gaussian":
        return "With Gaussian weights the gap drifts upwards: no contraction rate, no bound."
    if spec.mean_removal:
        return "With mean removal X has rank n - 1: rate and bound are stated without it."
    if spec.batch != spec.width:
        return "Rate and bound are stated for as many samples as units, n = d."
    return ""


def no_first_gap(scene: Scene) -> str:
    """Return why there is no exact gap after layer 1."""
    exact = first_gap(scene.spec, scene.batch) is not None
    return "" if exact else no_theory(scene)


def _rate(spec: NetworkSpec) -> sp.Expr:
    return contraction_rate(D).subs(D, spec.width)


def rate_points(scene: Scene) -> Points:
    """Return the asymptotic rate, over the last half of the layers."""
    x, gaps = _gaps(scene)
    late = x[len(x) // 2 :]
    y = float(gaps[:, -1].mean()) * float(_rate(scene.spec)) ** (late - x[-1])
    return Points(x=late, y=y, formula="forward.contraction")


def bound_points(constant: float, scene: Scene) -> Points:
    """Return the published bound."""
    x, gaps = _gaps(scene)
    # the bound speaks of square layers: after a first layer of another shape it starts at X_1
    first = 0 if _square(scene.spec) else 1
    bound = sp.lambdify([GAP, DEPTH, CONSTANT, D], formula("forward.gap_bound").expr)
    found = bound(gaps[:, first, None], x[first:] - first, constant, scene.spec.width)
    y = np.asarray(found).mean(axis=0)
    return Points(x=x[first:], y=y, formula="forward.gap_bound")


def where_the_bound_starts(scene: Scene, _: Curve) -> str:
    """Return what the bound does not cover, if anything."""
    if _square(scene.spec):
        return ""
    return (
        "Layer 1 is a semi-orthogonal map from more features than units, which the bound "
        "does not cover: the bound starts at the sampled X_1."
    )


def no_expected(scene: Scene) -> str:
    """Return why the mean gap over layers is not drawn for the batch."""
    if no_theory(scene):
        return no_theory(scene)
    if not _square(scene.spec):
        return "The mean gap over layers is not drawn: it is followed where layer 1 is square."
    least = float(np.min(scene.spectrum) / np.mean(scene.spectrum))
    return "" if least > SMALLEST else "The mean gap over layers is not drawn: X_0 is singular."


def expected_points(scene: Scene) -> Points:
    """Return the mean gap from the spectrum of the batch, from layer 0 on."""
    gaps, _ = gaps_over_depth(scene.spectrum, scene.spec.depth)
    x = np.concatenate([[0.0], _layers(scene)])
    return Points(x=x, y=gaps, formula="forward.isometry_gap_step")


def what_is_followed(scene: Scene, curve: Curve) -> str:
    """Return how the mean gap over layers was found, and how far it may be off."""
    gaps, errors = gaps_over_depth(scene.spectrum, scene.spec.depth)
    share = float(np.max(errors / np.where(gaps > 0, gaps, 1.0)))
    return (
        f"{curve.label}: near isometry by recursion, elsewhere the mean spectrum is followed from "
        "layer to layer, which leaves out its scatter; estimated to be off by at most "
        f"{share:.1%}."
    )


def no_recursion(scene: Scene) -> str:
    """Return why the recursion over layers does not apply to the batch."""
    if _square(scene.spec) and np.max(np.abs(scene.spectrum - 1)) < _NEARLY:
        return no_theory(scene)
    return no_theory(scene) or (
        "The recursion over layers is a series about isometry: it applies where every "
        f"eigenvalue lies within {_NEARLY:g} of the mean and layer 1 is square, so it is "
        "drawn for the model batch below."
    )


def recursion_points(scene: Scene) -> Points:
    """Return the recursion over layers from the spectrum of the batch."""
    return _recursion(scene.spectrum, scene)


def model_recursion_points(scene: Scene) -> Points:
    """Return the recursion over layers from the spectrum of the model batch."""
    return _recursion(np.diagonal(near_isometric_batch(scene.spec.width)) ** 2, scene)


def _recursion(spectrum: Array, scene: Scene) -> Points:
    layers = _layers(scene)
    predicted = predicted_gaps(list(spectrum), len(layers), order=ORDER, max_cost=None)
    return Points(x=layers, y=predicted[1:], formula="forward.contraction")


def rate_facts(scene: Scene) -> tuple[Fact, ...]:
    """Return the rate close to isometry, exact and measured."""
    facts = [
        Fact("forward", "exact rate per layer close to isometry, d/(d+2)", str(_rate(scene.spec)))
    ]
    measured = measured_rate(_track(scene, "gap near isometry"))
    if measured is not None:
        facts += [
            Fact("forward", "measured rate per layer close to isometry", float(measured.mean)),
            Fact("forward", "standard error of the measured rate", float(measured.stderr)),
        ]
    return tuple(facts)


def measured_rate(gaps: Array) -> Estimate | None:
    """Average the ratio of successive gaps over the layers, one draw per network.

    Close to isometry each ratio has the same conditional mean whatever happened before, so the
    average does not suffer from the heavy tails of their product. Layers count up to the first at
    which rounding shows in some network; None for fewer than two.
    """
    usable = np.all(gaps > _SMALLEST_GAP, axis=0)
    layers = len(usable) if usable.all() else int(np.argmin(usable))
    if layers < 2:
        return None
    ratios = gaps[:, 1:layers] / gaps[:, : layers - 1]
    return Estimate.from_samples(ratios.mean(axis=1))


def exact_gradients(depth: int, scene: Scene) -> Points:
    """Return the exact log mean squared gradient at isometry, at the last ``depth`` states."""
    law = formula("backward.isometric_depth")
    back = range(depth - 1, -1, -1)
    exact = [float(law.evaluate(d=scene.spec.width, depth=m)) if m else 1.0 for m in back]
    first = scene.spec.depth + 1 - depth
    x = np.arange(float(first), scene.spec.depth + 1)
    return Points(x=x, y=np.log(exact), formula=law.name)


def gradient_points(name: str, scene: Scene) -> Points:
    """Return the logarithm of the mean squared gradient norm that was recorded."""
    return log_mean_square(_layers(scene), _track(scene, name))


def no_exact_gradient(_: Scene, __: Curve) -> str:
    """Return why nothing exact is drawn for the batch itself."""
    return (
        "For the batch itself there is no exact curve at finite distance from isometry; near it "
        "backward.amplification is its expansion."
    )
