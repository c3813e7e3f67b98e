"""The batch over depth: isometry gap forward, gradient norm backward, sampled beside exact."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.collection.names import formula
from bn_theory.laws.contraction.derive import contraction_rate
from bn_theory.laws.gaps.derive import predicted_gaps
from bn_theory.networks.spec import NetworkSpec
from bn_theory.study.curves import log_mean_square, sampled
from bn_theory.study.followed import TRACKS, contrasting, near_isometric_batch
from bn_theory.study.parts import Curve, Fact, Part, Picture, Remark
from weingarten.sampled.sampling import Estimate

__all__ = ["backward_part", "forward_part", "measured_rate"]

Array = npt.NDArray[np.float64]

# constants of the published bound: as stated, with the least that makes it hold at the catalogue's
# cases, and as its authors plot it
_CONSTANTS = {
    1.0: "published bound, C = 1",
    0.015: "published bound as its authors plot it, C = 0.015",
}
# the gap below which rounding shows
_SMALLEST_GAP = 1e-20
# deviations of the eigenvalues below which the recursion is drawn, and its order in them
_NEARLY, _ORDER = 0.3, 6

_GAP = Picture(
    name="gap",
    section="forward",
    title="Isometry gap by layer",
    caption="Mean isometry gap over the networks, with bands of two standard errors.",
    x="layer $l$",
    y=r"$\mathbb{E}\,\varphi(X_l)$",
)
_NEAR = Picture(
    name="gap_near",
    section="forward",
    title="Isometry gap by layer, close to isometry",
    caption="A model batch of the same width whose spectrum spreads by 0.1 %: here the recursion "
    "over layers applies from the start, and the rate is the asymptotic one.",
    x="layer $l$",
    y=r"$\mathbb{E}\,\varphi(X_l)$",
)
_GRADIENT = Picture(
    name="gradient",
    section="backward",
    title="Gradient norm by layer",
    caption="Logarithm of the mean squared norm of the gradient at layer l, for a fixed gradient "
    "of norm 1 at the last layer, with bands of two standard errors.",
    x="layer $l$",
    y=r"$\log\,\mathbb{E}\,\|\partial\ell/\partial X_l\|^2$",
    logarithmic=False,
)


def _layers(draws: Array) -> Array:
    return np.arange(1.0, draws.shape[-1] + 1)


def _track(draws: Array, name: str) -> Array:
    return draws[:, TRACKS.index(name)]


def _weights(spec: NetworkSpec) -> str:
    return "Haar weights" if spec.weights == "haar" else "Gaussian weights"


def forward_part(
    spec: NetworkSpec, spectrum: Array, source: str, draws: Array, first: tuple[float, str] | None
) -> Part:
    """Return the isometry gap by layer.

    Parameters
    ----------
    spectrum : ndarray
        Of the batch, with mean 1.
    first : (float, str) or None
        Its exact mean after layer 1 and the formula that is by, where theory states it.
    """
    layers, gaps = _layers(draws), _track(draws, "gap")
    start = float(np.mean(spectrum - 1 - np.log(spectrum)))
    from_start = np.concatenate([np.full((len(gaps), 1), start), gaps], axis=1)
    x = np.concatenate([[0.0], layers])
    label = f"{source}, {_weights(spec)}"
    curves = [sampled("gap", label, "batch", x, from_start)]
    other = _track(draws, "gap of the contrast")
    label = f"{source}, {_weights(contrasting(spec))}"
    curves.append(sampled("gap", label, "contrast", layers, other))
    remarks = [_collapse(curve) for curve in curves if len(curve.x) and curve.x[-1] < len(layers)]
    if first is not None:
        value, name = first
        curves.append(
            Curve(
                picture="gap",
                label="exact mean after layer 1",
                role="exact",
                x=np.array([1.0]),
                y=np.array([value]),
                formula=name,
            )
        )
    reason = _no_theory(spec)
    if reason:
        remarks.append(reason)
    else:
        curves += _theory(spec, x, from_start)
        if spec.input_width != spec.width:
            remarks.append(
                "Layer 1 is a semi-orthogonal map from more features than units, which the bound "
                "does not cover: the bound starts at the sampled X_1."
            )
        if spec.input_width == spec.width and np.max(np.abs(spectrum - 1)) < _NEARLY:
            curves.append(_recursion("gap", spectrum, layers))
        else:
            remarks.append(
                "The recursion over layers is a series about isometry: it applies where every "
                f"eigenvalue lies within {_NEARLY:g} of the mean and layer 1 is square, so it is "
                "drawn for the model batch below."
            )
    rate = contraction_rate(sp.Symbol("d")).subs(sp.Symbol("d"), spec.width)
    near = _track(draws, "gap near isometry")
    facts = [Fact("forward", "exact rate per layer close to isometry, d/(d+2)", str(rate))]
    measured = measured_rate(near)
    if measured is not None:
        facts += [
            Fact("forward", "measured rate per layer close to isometry", float(measured.mean)),
            Fact("forward", "standard error of the measured rate", float(measured.stderr)),
        ]
    return Part(
        pictures=(_GAP, _NEAR),
        curves=(*curves, *_near_curves(spec, near)),
        facts=tuple(facts),
        remarks=tuple(Remark("forward", text) for text in remarks),
    )


def _collapse(curve: Curve) -> str:
    """Return why a curve of gaps ends before the last layer."""
    return (
        f"{curve.label}: the curve ends at layer {curve.x[-1]:g}, from where on the states of some "
        "network are singular to working precision."
    )


def _no_theory(spec: NetworkSpec) -> str:
    """Return why no curve of the theory over depth applies; empty if it does."""
    if spec.weights == "gaussian":
        return "With Gaussian weights the gap drifts upwards: no contraction rate, no bound."
    if spec.mean_removal:
        return "With mean removal X has rank n - 1: rate and bound are stated without it."
    if spec.batch != spec.width:
        return "Rate and bound are stated for as many samples as units, n = d."
    return ""


def _theory(spec: NetworkSpec, x: Array, gaps: Array) -> Iterator[Curve]:
    """Yield the asymptotic rate, over the last half of the layers, and the published bounds."""
    rate = float(contraction_rate(sp.Symbol("d")).subs(sp.Symbol("d"), spec.width))
    late = x[len(x) // 2 :]
    yield Curve(
        picture="gap",
        label="exact asymptotic rate d/(d+2), through the last layer",
        role="exact",
        x=late,
        y=float(gaps[:, -1].mean()) * rate ** (late - x[-1]),
        formula="forward.contraction",
    )
    # the bound speaks of square layers: after a first layer of another shape it starts at X_1
    first = 0 if spec.input_width == spec.width else 1
    phi, layers, constant, d = sp.symbols("phi L C d")
    bound = sp.lambdify((phi, layers, constant, d), formula("forward.gap_bound").expr)
    for value, label in _CONSTANTS.items():
        found = bound(gaps[:, first, None], x[first:] - first, value, spec.width)
        yield Curve(
            picture="gap",
            label=label,
            role="bound",
            x=x[first:],
            y=np.asarray(found).mean(axis=0),
            formula="forward.gap_bound",
        )


def _recursion(picture: str, spectrum: Array, layers: Array) -> Curve:
    """Return the recursion over layers from a spectrum close to isometry."""
    predicted = predicted_gaps(list(spectrum), len(layers), order=_ORDER, max_cost=None)
    return Curve(
        picture=picture,
        label=f"recursion, to order {_ORDER}",
        role="exact",
        x=layers,
        y=predicted[1:],
        formula="forward.contraction",
    )


def _near_curves(spec: NetworkSpec, near: Array) -> tuple[Curve, ...]:
    spectrum = np.diagonal(near_isometric_batch(spec.width)) ** 2
    layers = _layers(near)
    return (
        sampled("gap_near", "sampled, Haar weights", "model", layers, near),
        _recursion("gap_near", spectrum, layers),
    )


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


def backward_part(spec: NetworkSpec, source: str, draws: Array) -> Part:
    """Return the logarithm of the mean squared gradient norm by layer."""
    layers = _layers(draws)
    law = formula("backward.isometric_depth")
    back = len(layers) - layers
    exact = [float(law.evaluate(d=spec.width, depth=int(m))) if m else 1.0 for m in back]
    tracks = {
        ("sampled at isometry", "model"): "gradient at isometry",
        (f"{source}, {_weights(spec)}", "batch"): "gradient",
        (f"{source}, {_weights(contrasting(spec))}", "contrast"): "gradient of the contrast",
    }
    curves = [
        Curve(
            picture="gradient",
            label="exact at isometry (orthogonal batch, n = d)",
            role="exact",
            x=layers,
            y=np.log(exact),
            formula=law.name,
        )
    ]
    for (label, role), track in tracks.items():
        curves.append(log_mean_square("gradient", label, role, layers, _track(draws, track)))
    remark = (
        "For the batch itself there is no exact curve at finite distance from isometry; near it "
        "backward.amplification is its expansion."
    )
    return Part(pictures=(_GRADIENT,), curves=tuple(curves), remarks=(Remark("backward", remark),))
