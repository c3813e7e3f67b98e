"""The curves of the report: one record each, in one list.

To add a curve, add a record to :data:`LINES`: what it computes from the :class:`Scene`, its title
and role, and where it does not apply, why. Page, plots, LaTeX and JSON show it from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bn_theory.study.batch_part import batch_points
from bn_theory.study.one_layer import first_points, layer_exact, layer_sampled, why_no_trial
from bn_theory.study.over_depth import (
    ORDER,
    bound_points,
    collapse,
    exact_gradients,
    expected_points,
    gap_points,
    gradient_points,
    model_recursion_points,
    named,
    named_contrast,
    no_exact_gradient,
    no_expected,
    no_first_gap,
    no_recursion,
    no_theory,
    rate_points,
    recursion_points,
    track_points,
    what_is_followed,
    where_the_bound_starts,
)
from bn_theory.study.parts import Curve, Picture, Remark
from bn_theory.study.scene import Line, Points, Scene
from bn_theory.study.shaped import (
    not_shaped,
    shaped_gap_points,
    shaped_gradient_points,
    shaped_name,
    shaped_setting,
)

__all__ = ["LINES", "drawn"]

_SPECTRUM = Picture(
    name="spectrum",
    section="batch",
    title="Spectrum of the batch",
    caption="Eigenvalues of the sample Gram matrix K = XᵀX in descending order, scaled to "
    "mean 1; all of them are 1 at isometry.",
    x="eigenvalue $i$",
    y=r"$\lambda_i$",
)
_MAP = Picture(
    name="spectrum_map",
    section="layer",
    title="Spectrum after one layer",
    caption="Mean of the Gram matrix of the samples after one layer, in the eigenbasis of K, "
    "where it is diagonal: the layer moves the spectrum towards 1.",
    x="eigenvalue $i$",
    y=r"$\mathbb{E}\,(X'^{T} X')_{kk}$",
)
_GAIN = Picture(
    name="layer_gain",
    section="layer",
    title="Gradient gain of one layer",
    caption="Mean squared norm of the gradient below one layer, for a gradient above it that sits "
    "on eigenvector k of K: the norm along small eigenvalues grows, along large ones shrinks.",
    x="eigenvalue $i$",
    y="gain $g_k$",
    logarithmic=False,
)
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
_SHAPED_GRADIENT = Picture(
    name="shaped_gradient",
    section="shaping",
    title="Gradient norm by layer of the shaped network",
    caption="Logarithm of the mean squared norm of the gradient, from an orthogonal batch, with "
    "bands of two standard errors.",
    x="layer $l$",
    y=r"$\log\,\mathbb{E}\,\|\partial\ell/\partial X_l\|^2$",
    logarithmic=False,
)
_SHAPED_GAP = Picture(
    name="shaped_gap",
    section="shaping",
    title="Isometry gap by layer of the shaped network",
    caption="Every activation injects gap, every layer contracts it.",
    x="layer $l$",
    y=r"$\mathbb{E}\,\varphi(X_l)$",
)


def _of_one_layer(picture: Picture, name: str) -> tuple[Line, Line]:
    """Return the components of a formula at the batch's own spectrum, exact and sampled."""
    why_not = partial(why_no_trial, name)
    exact, points = partial(layer_exact, name), partial(layer_sampled, name)
    return (
        Line(picture=picture, label="exact", role="exact", points=exact, why_not=why_not),
        Line(picture=picture, label="sampled", role="batch", points=points, why_not=why_not),
    )


def _at_isometry(scene: Scene) -> Points:
    return exact_gradients(scene.spec.depth, scene)


def _of_identity(scene: Scene) -> Points:
    return exact_gradients(scene.spec.depth + 1, scene)


#: All curves, in the order of the report.
LINES: tuple[Line, ...] = (
    Line(picture=_SPECTRUM, label=lambda scene: scene.source, role="batch", points=batch_points),
    *_of_one_layer(_MAP, "forward.spectrum_map"),
    *_of_one_layer(_GAIN, "backward.layer_gain"),
    Line(picture=_GAP, label=named, role="batch", points=gap_points, note=collapse),
    Line(
        picture=_GAP,
        label=named_contrast,
        role="contrast",
        points=partial(track_points, "gap of the contrast"),
        note=collapse,
    ),
    Line(
        picture=_GAP,
        label="exact mean after layer 1",
        role="exact",
        points=first_points,
        why_not=no_first_gap,
    ),
    Line(
        picture=_GAP,
        label="expected over layers (heuristic)",
        role="exact",
        points=expected_points,
        why_not=no_expected,
        note=what_is_followed,
    ),
    Line(
        picture=_GAP,
        label="exact asymptotic rate d/(d+2), through the last layer",
        role="exact",
        points=rate_points,
        why_not=no_theory,
    ),
    # as stated, with the least constant that makes it hold at the catalogue's cases
    Line(
        picture=_GAP,
        label="published bound, C = 1",
        role="bound",
        points=partial(bound_points, 1.0),
        why_not=no_theory,
        note=where_the_bound_starts,
    ),
    Line(
        picture=_GAP,
        label="published bound as its authors plot it, C = 0.015",
        role="bound",
        points=partial(bound_points, 0.015),
        why_not=no_theory,
    ),
    Line(
        picture=_GAP,
        label=f"recursion, to order {ORDER}",
        role="exact",
        points=recursion_points,
        why_not=no_recursion,
    ),
    Line(
        picture=_NEAR,
        label="sampled, Haar weights",
        role="model",
        points=partial(track_points, "gap near isometry"),
    ),
    Line(
        picture=_NEAR,
        label=f"recursion, to order {ORDER}",
        role="exact",
        points=model_recursion_points,
    ),
    Line(
        picture=_GRADIENT,
        label="exact at isometry (orthogonal batch, n = d)",
        role="exact",
        points=_at_isometry,
    ),
    Line(
        picture=_GRADIENT,
        label="sampled at isometry",
        role="model",
        points=partial(gradient_points, "gradient at isometry"),
    ),
    Line(
        picture=_GRADIENT,
        label=named,
        role="batch",
        points=partial(gradient_points, "gradient"),
        note=no_exact_gradient,
    ),
    Line(
        picture=_GRADIENT,
        label=named_contrast,
        role="contrast",
        points=partial(gradient_points, "gradient of the contrast"),
    ),
    Line(
        picture=_SHAPED_GRADIENT,
        label=shaped_name,
        role="batch",
        points=shaped_gradient_points,
        why_not=not_shaped,
        note=shaped_setting,
    ),
    Line(
        picture=_SHAPED_GRADIENT,
        label="exact for the identity",
        role="exact",
        points=_of_identity,
        why_not=not_shaped,
    ),
    Line(
        picture=_SHAPED_GAP,
        label=shaped_name,
        role="batch",
        points=shaped_gap_points,
        why_not=not_shaped,
    ),
)


def drawn(
    scene: Scene, lines: Sequence[Line]
) -> tuple[tuple[Picture, ...], tuple[Curve, ...], tuple[Remark, ...]]:
    """Return the pictures, the curves that apply, and why the others do not."""
    pictures: dict[str, Picture] = {}
    curves: list[Curve] = []
    remarks: dict[Remark, None] = {}
    for line in lines:
        why_not = line.why_not(scene)
        if why_not is None:
            continue
        if why_not:
            remarks[Remark(line.picture.section, why_not)] = None
            continue
        curves.append(line.curve(scene))
        pictures[line.picture.name] = line.picture
        note = "" if line.note is None else line.note(scene, curves[-1])
        if note:
            remarks[Remark(line.picture.section, note)] = None
    return tuple(pictures.values()), tuple(curves), tuple(remarks)
