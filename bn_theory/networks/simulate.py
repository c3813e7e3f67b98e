"""Sampled BN-MLPs: forward and backward passes over a batch of independent networks.

Written from the definition of the network (see :mod:`bn_theory.networks.spec`) and of the
derivative, and from nothing the symbolic side derives: it is the oracle the formulas are checked
against. Arrays carry the networks on their first axis. They are NumPy's, or those of another
backend (:mod:`bn_theory.networks.backends`) if weights were drawn as such: everything here is
written once, with the functions of the array API standard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.backends import (
    as_floats,
    as_numpy,
    move,
    namespace_of,
    on_device,
    precision,
)
from bn_theory.networks.spec import NetworkSpec
from weingarten.budget import as_limit
from weingarten.coerce import as_integer
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled.sampling import as_generator, sample_haar

__all__ = [
    "BackwardStep",
    "ForwardStep",
    "Trace",
    "backward",
    "draw_weight",
    "draw_weights",
    "forward",
    "gradient_log_norms",
    "isometry_gap",
    "layer_backward",
    "layer_forward",
    "spectral_batch",
]

Array = npt.NDArray[np.float64]


def spectral_batch(eigenvalues: npt.ArrayLike, samples: int | None = None) -> Array:
    """Return a batch X, features by samples, for which X Xᵀ has these eigenvalues.

    It is diagonal; for Haar weights every batch with this spectrum gives the same law of X'Xᵀ'.

    Parameters
    ----------
    eigenvalues : array_like of shape (d,)
        Non-negative.
    samples : int, optional
        Number n of columns, d by default; if n < d, all but n eigenvalues must be 0.

    Examples
    --------
    >>> spectral_batch([4, 1]).tolist()
    [[2.0, 0.0], [0.0, 1.0]]
    """
    roots = np.sqrt(np.sort(np.asarray(eigenvalues, dtype=float))[::-1])
    width = len(roots)
    columns = width if samples is None else samples
    if np.any(roots[columns:]):
        raise InvalidInputError(
            "samples",
            "must be at least the number of non-zero eigenvalues",
            columns,
            f"pass samples >= {np.count_nonzero(roots)}",
        )
    batch = np.zeros((width, columns))
    np.fill_diagonal(batch, roots[:columns])
    return batch


def draw_weight(
    shape: tuple[int, int],
    law: str,
    networks: int,
    rng: np.random.Generator,
    dtype: npt.DTypeLike = np.float64,
) -> Array:
    """Return the weights of one layer for independent networks, of shape ``(networks, *shape)``."""
    rows, columns = shape
    kind: Any = np.dtype(dtype).type
    if law == "gaussian":
        drawn: Array = rng.standard_normal((networks, rows, columns), dtype=kind)
        drawn /= np.sqrt(columns)
        return drawn
    if rows <= columns:
        return sample_haar(columns, size=(networks,), rows=rows, rng=rng, dtype=kind)
    tall = sample_haar(rows, size=(networks,), rows=columns, rng=rng, dtype=kind)
    return np.swapaxes(tall, -1, -2)


def draw_weights(
    spec: NetworkSpec,
    networks: int,
    rng: object,
    *,
    backend: str = "numpy",
    dtype: npt.DTypeLike = np.float64,
    device: object = None,
    max_bytes: float | None = 4e9,
) -> list[Array]:
    """Return the weights of layers 1 to L for independent networks.

    NumPy draws them, in the precision asked for, whatever the backend: the same seed gives the same
    networks.

    Parameters
    ----------
    spec : NetworkSpec
    networks : int
    rng : None, int, numpy.random.Generator, BitGenerator or SeedSequence
        Source of randomness; an int is a seed.
    backend : {"numpy", "torch", "jax"}
        Whose arrays they become; the passes below then compute with these.
    dtype, device : optional
        In what precision, and on which device of the backend.
    max_bytes : float or None, optional
        Limit on the size of all weights together; ``None`` lifts it.

    Raises
    ------
    CostLimitError
        If the weights would not fit into `max_bytes`.
    InvalidInputError
        If the dtype is neither float64 nor float32, or the backend does not have the device.
    """
    # one generator for all layers: a seed must not begin again in each
    generator = as_generator(rng)
    count = as_integer(networks, "networks", minimum=1)
    kind = precision(dtype)
    itemsize = np.dtype(kind).itemsize
    cost = itemsize * count * sum(rows * columns for rows, columns in spec.weight_shapes)
    limit = as_limit(max_bytes, "max_bytes", "bytes")
    if cost > limit:
        raise CostLimitError(
            f"draw_weights of {count} networks of width {spec.width} and depth {spec.depth}",
            cost,
            limit,
            "bytes",
            "draw fewer at a time, let StreamedNetworks keep few of them, or pass max_bytes=None",
        )
    return [
        move(draw_weight(shape, spec.weights, count, generator, kind), backend, kind, device)
        for shape in spec.weight_shapes
    ]


def _centred(matrix: Array) -> Array:
    return matrix - namespace_of(matrix).mean(matrix, axis=-1, keepdims=True)


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One layer: state X' of shape (networks, d, n), squared row norms a of shape (networks, d)."""

    state: Array
    squared_row_norms: Array


def layer_forward(state: Array, weight: Array, *, mean_removal: bool = False) -> ForwardStep:
    """Apply one layer, ``X' = diag(a)^(-1/2) W X``, to every network.

    Raises
    ------
    InvalidInputError
        If a row of W X vanishes, underflows or is not finite, so that it cannot be normalised.
    """
    xp = namespace_of(weight)
    mixed = weight @ state
    if mean_removal:
        mixed = _centred(mixed)
    squared = xp.vecdot(mixed, mixed)
    if not (bool(xp.all(squared > 0)) and bool(xp.all(xp.isfinite(squared)))):
        raise InvalidInputError(
            "batch",
            "must give finite rows of W X that do not vanish",
            f"squared row norms from {float(xp.min(squared))} to {float(xp.max(squared))}",
            "rescale the batch, or remove features and samples that are all zero",
        )
    return ForwardStep(mixed / xp.sqrt(squared)[..., None], squared)


def layer_backward(
    step: ForwardStep, weight: Array, gradient: Array, *, mean_removal: bool = False
) -> tuple[Array, Array]:
    """Return (∂ℓ/∂X, Γ̃) of one layer from Γ = ∂ℓ/∂X'; then ∂ℓ/∂W = Γ̃ Xᵀ.

    Γ̃_j = a_j^(-1/2) (Γ_j - (Γ_j·x'_j) x'_j), centred if the layer removes means, and ∂ℓ/∂X = Wᵀ Γ̃.
    """
    xp = namespace_of(weight)
    along = xp.vecdot(gradient, step.state)
    tangent = gradient - along[..., None] * step.state
    tangent = tangent / xp.sqrt(step.squared_row_norms)[..., None]
    if mean_removal:
        tangent = _centred(tangent)
    return xp.matrix_transpose(weight) @ tangent, tangent


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything a forward pass went through.

    Attributes
    ----------
    batch : ndarray of shape (input_width, n) or (networks, input_width, n)
        State 0.
    steps : sequence of ForwardStep
        ``steps[l-1]`` is layer l.
    weights : sequence of ndarray
        ``weights[l-1]`` is the weight of layer l.
    mean_removal : bool
    """

    batch: Array
    steps: Sequence[ForwardStep]
    weights: Sequence[Array]
    mean_removal: bool = False

    def state(self, layer: int) -> Array:
        """Return X_l for l = 0 (the batch) to L."""
        return self.batch if layer == 0 else self.steps[layer - 1].state


def forward(batch: npt.ArrayLike, weights: Sequence[Array], *, mean_removal: bool = False) -> Trace:
    """Push one batch through independent networks.

    Parameters
    ----------
    batch : array_like of shape (input_width, n) or (networks, input_width, n)
        Features by samples.
    weights : sequence of ndarray of shape (networks, rows, columns)
        One array per layer, as :func:`draw_weights` returns.

    Examples
    --------
    >>> spec = NetworkSpec(width=3, batch=3, depth=5)
    >>> weights = draw_weights(spec, 2, np.random.default_rng(0))
    >>> trace = forward(spectral_batch([2, 1, 1]), weights)
    >>> trace.state(5).shape
    (2, 3, 3)
    """
    start = _beside(batch, weights[0], "batch") if weights else as_floats(batch, "batch")
    if start.ndim not in (2, 3) or (weights and start.shape[-2] != weights[0].shape[-1]):
        raise InvalidInputError(
            "batch",
            "must be features by samples, with as many features as the first weight has columns",
            start.shape,
            "transpose the batch, or set input_width",
        )
    state, steps = start, []
    for weight in weights:
        steps.append(layer_forward(state, weight, mean_removal=mean_removal))
        state = steps[-1].state
    return Trace(start, steps, weights, mean_removal)


def _beside(values: object, other: Array, name: str) -> Array:
    """Return an array of the backend, the precision and on the device of another one."""
    xp = namespace_of(other)
    if xp is np:
        return np.asarray(as_numpy(as_floats(values, name)), dtype=other.dtype)
    if namespace_of(values) is xp:
        return on_device(xp.astype(values, other.dtype), other.device)
    return xp.asarray(as_numpy(as_floats(values, name)), dtype=other.dtype, device=other.device)


@dataclass(frozen=True, slots=True)
class BackwardStep:
    """The gradient at one state; the true one is ``exp(log_scale)`` times the array.

    Attributes
    ----------
    layer : int
        The gradient is ∂ℓ/∂X_layer.
    gradient : ndarray of shape (networks, d, n)
        Of unit Frobenius norm, or zero where the gradient vanishes.
    log_scale : ndarray of shape (networks,)
        Logarithm of the Frobenius norm, ``-inf`` where the gradient vanishes.
    weight_gradient : ndarray or None
        ∂ℓ/∂W of the layer above, on the scale ``weight_log_scale``; None at the last state, or if
        it was not asked for.
    weight_log_scale : ndarray of shape (networks,)
    """

    layer: int
    gradient: Array
    log_scale: Array
    weight_gradient: Array | None
    weight_log_scale: Array

    def norm(self) -> Array:
        """Return ‖∂ℓ/∂X_layer‖ (Frobenius), which may overflow where ``log_scale`` does not."""
        return namespace_of(self.log_scale).exp(self.log_scale)


def _normalised(gradient: Array, log_scale: Array) -> tuple[Array, Array]:
    xp = namespace_of(gradient)
    with np.errstate(over="ignore"):
        norm = xp.sqrt(xp.sum(xp.vecdot(gradient, gradient), axis=-1))
    safe = float(xp.finfo(gradient.dtype).smallest_normal) ** 0.25
    if bool(xp.all((norm > safe) & (norm < 1 / safe))):
        return gradient / norm[..., None, None], log_scale + xp.log(norm)
    # on the scale of the largest entry, where squares leave the range of the type
    largest = xp.max(xp.abs(gradient), axis=(-2, -1))
    some = largest > 0
    scale = xp.where(some, largest, 1.0)
    scaled = gradient / scale[..., None, None]
    norm = xp.where(some, xp.linalg.vector_norm(scaled, axis=(-2, -1)), 1.0)
    log_norm = xp.where(some, xp.log(norm) + xp.log(scale), -xp.inf)
    return scaled / norm[..., None, None], log_scale + log_norm


def backward(
    trace: Trace, gradient: npt.ArrayLike, *, weight_gradients: bool = True
) -> Iterator[BackwardStep]:
    """Carry ∂ℓ/∂X_L back through the networks, yielding the gradient at states L, L-1, …, 0.

    Norms are carried as logarithms, so no depth overflows or underflows.

    Parameters
    ----------
    trace : Trace
    gradient : array_like of shape (d, n) or (networks, d, n)
        Γ_L = ∂ℓ/∂X_L.
    weight_gradients : bool
        Whether ∂ℓ/∂W is computed too.
    """
    last = trace.state(len(trace.steps))
    xp = namespace_of(last)
    given = _beside(gradient, last, "gradient")
    if given.shape not in (last.shape, last.shape[-2:]):
        raise InvalidInputError(
            "gradient",
            "must have the shape of the last states, units by samples",
            tuple(given.shape),
            f"pass one of shape {tuple(last.shape[-2:])}",
        )
    if not bool(xp.all(xp.isfinite(given))):
        raise InvalidInputError(
            "gradient", "must be finite", "NaN or infinity in it", "see where the loss overflows"
        )
    top = xp.broadcast_to(given, last.shape)
    current, scale = _normalised(top, xp.zeros_like(last[..., 0, 0]))
    yield BackwardStep(len(trace.steps), current, scale, None, scale)
    for layer in range(len(trace.steps), 0, -1):
        step, weight = trace.steps[layer - 1], trace.weights[layer - 1]
        below, tangent = layer_backward(step, weight, current, mean_removal=trace.mean_removal)
        of_weight = (
            tangent @ xp.matrix_transpose(trace.state(layer - 1)) if weight_gradients else None
        )
        above = scale
        current, scale = _normalised(below, scale)
        yield BackwardStep(layer - 1, current, scale, of_weight, above)


def gradient_log_norms(trace: Trace, gradient: npt.ArrayLike) -> Array:
    """Return log ‖∂ℓ/∂X_l‖ for l = 0 … L, of shape (networks, L+1)."""
    steps = backward(trace, gradient, weight_gradients=False)
    logs = [step.log_scale for step in steps][::-1]
    return namespace_of(logs[0]).stack(logs, axis=-1)


def isometry_gap(state: npt.ArrayLike) -> Array:
    """Return φ(X Xᵀ) = -(1/d) log det X Xᵀ + log(tr X Xᵀ/d) from the singular values of X.

    Infinite where X Xᵀ is singular to working precision. With δ the relative deviations of the
    eigenvalues from their mean, φ is the mean of δ - log(1+δ): no cancellation near isometry.

    Parameters
    ----------
    state : array_like of shape (..., d, n)

    Examples
    --------
    >>> isometry_gap(np.eye(3)).item(), isometry_gap(np.diag([1.0, 0.0])).item()
    (0.0, inf)
    """
    matrix = as_floats(state, "state")
    xp = namespace_of(matrix)
    if not bool(xp.all(xp.isfinite(matrix))):
        raise InvalidInputError(
            "state", "must be finite", "NaN or infinity in it", "remove the networks it is from"
        )
    rows, columns = matrix.shape[-2:]
    if columns < rows:
        return xp.full_like(matrix[..., 0, 0], xp.inf)  # on the device of the state
    values = xp.linalg.svdvals(matrix)
    largest = values[..., :1]
    eps = float(xp.finfo(matrix.dtype).eps)
    singular = values[..., -1] <= largest[..., 0] * (eps * max(rows, columns))
    scaled = values / xp.where(largest > 0, largest, 1.0)
    squares = xp.where(singular[..., None], 1.0, scaled) ** 2
    relative = squares / xp.mean(squares, axis=-1, keepdims=True)
    deviation = relative - 1
    # far below the mean the deviation has lost the digits of the eigenvalue
    small = relative < 0.5
    logarithm = xp.where(small, xp.log(relative), xp.log1p(xp.where(small, 0.0, deviation)))
    gap = xp.mean(deviation - logarithm, axis=-1)
    return xp.where(singular, xp.inf, gap)
