"""How a perturbation grows that is carried up beside the states of a network.

Jacobians carry perturbations up and their transposes carry gradients down, so that over many layers
both grow at one rate. A perturbation needs no way back: nothing is kept. Of a Haar weight W only
what it does to 2n columns is drawn, states and perturbation: n ≪ d costs d n² a layer, not d³.

With rows u of W, G = X Xᵀ, B = δX δXᵀ and S the symmetric part of X δXᵀ, a layer makes of ‖δX‖² the
sum over u of β/a - σ²/a², where a = uᵀ G u, β = uᵀ B u, σ = uᵀ S u. Of its terms up to degree 3,

``Σ β (1 - b + b²) - σ² (1 - 2b)``,  b = a - 1,

the mean over W is a polynomial in traces, as u is uniform on the sphere, whatever X and δX are.
What they deviate from it has mean zero, and is most of what makes the growth of a layer fluctuate:
half of it is taken off the logarithm of the norm. So a few networks tell the rate to a share of a
per cent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import layer_forward
from weingarten.sampled.sampling import sample_haar

__all__ = ["haar_image", "leading_terms", "mean_leading_terms", "perturbation_growth"]

Array = npt.NDArray[np.float64]

#: Numbers of one weight of all networks that go together, at most: they stay in the cache.
_TOGETHER = 1 << 18


def haar_image(columns: Array, rng: np.random.Generator) -> Array:
    """Return W Y for the columns Y of each network and Haar weights W.

    With Y = V R, V orthonormal, W V is uniform on the Stiefel manifold, whatever V is.

    Parameters
    ----------
    columns : ndarray of shape (networks, d, k)

    Examples
    --------
    >>> turned = haar_image(np.ones((1, 5, 2)), np.random.default_rng(0))
    >>> bool(np.allclose(np.sum(turned**2, axis=1), 5))
    True
    """
    networks, width, count = columns.shape
    if count >= width:
        return np.asarray(sample_haar(width, size=(networks,), rng=rng) @ columns)
    frame = sample_haar(width, size=(networks,), rows=count, rng=rng)
    return np.asarray(np.swapaxes(frame, -1, -2) @ np.linalg.qr(columns, mode="r"))


def leading_terms(mixed: Array, moved: Array) -> Array:
    """Return Σ β (1 - b + b²) - σ² (1 - 2b) over rows, from W X and W δX."""
    b = np.vecdot(mixed, mixed) - 1
    beta, sigma = np.vecdot(moved, moved), np.vecdot(mixed, moved)
    return np.asarray(np.sum(beta * (1 - b + b * b) - sigma**2 * (1 - 2 * b), axis=-1))


def mean_leading_terms(state: Array, change: Array) -> Array:
    """Return the mean over Haar weights of :func:`leading_terms`, for states with tr X Xᵀ = d.

    By the moments of a vector on the sphere, E uᵀAu uᵀBu = (tr A tr B + 2 tr AB)/(d(d+2)) and the
    like for three, in traces of matrices of n rows.
    """
    width = state.shape[-2]
    across = np.swapaxes(state, -1, -2)
    inner, mixed = across @ state, across @ change
    own = np.swapaxes(change, -1, -2) @ change
    turned = np.swapaxes(mixed, -1, -2)
    passed = inner @ mixed

    def dot(left: Array, right: Array) -> Array:
        return np.asarray(np.sum(left * right, axis=(-2, -1)))

    size, symmetric = np.trace(own, axis1=-2, axis2=-1), np.trace(mixed, axis1=-2, axis2=-1)
    # with A = G - 1, whose trace is 0: tr A², tr B A, tr B A², tr S², tr S A, tr S² A
    spread = dot(inner, inner) - width
    along = dot(mixed, mixed)
    twice = dot(mixed, passed) - 2 * along + size
    along -= size
    square = (dot(mixed, turned) + dot(inner, own)) / 2
    once = dot(mixed, inner) - symmetric
    both = 2 * dot(passed, turned) + dot(inner, inner @ own) + dot(mixed, mixed @ inner)
    both = both / 4 - square
    two, three = width + 2, (width + 2) * (width + 4)
    mean = size - 2 * along / two + (2 * size * spread + 8 * twice) / three
    mean -= (symmetric**2 + 2 * square) / two - 8 * (symmetric * once + 2 * both) / three
    return np.asarray(mean)


def perturbation_growth(
    width: int,
    samples: int,
    layers: tuple[int, int],
    networks: int,
    rng: np.random.Generator,
    *,
    mean_removal: bool = False,
) -> Array:
    """Return the growth of log‖δX‖ per layer, averaged over layers, for each network.

    Parameters
    ----------
    width, samples : int
    layers : (int, int)
        How many are passed until the start is forgotten, and over how many one averages.
    networks : int
    rng : numpy.random.Generator
    mean_removal : bool
        Whether layers centre each row over the samples.
    """
    at_once = max(1, _TOGETHER // width**2)
    counts = [min(at_once, networks - start) for start in range(0, networks, at_once)]
    return np.concatenate(
        [_growth(width, samples, layers, count, rng, mean_removal) for count in counts]
    )


def _growth(
    width: int,
    samples: int,
    layers: tuple[int, int],
    networks: int,
    rng: np.random.Generator,
    mean_removal: bool,
) -> Array:
    drawn, change = rng.standard_normal((2, networks, width, samples))
    if mean_removal:
        drawn -= drawn.mean(axis=-1, keepdims=True)
        change -= change.mean(axis=-1, keepdims=True)
    rank = min(width, samples - mean_removal)
    # all eigenvalues alike, as near to where the spectrum settles as its rank allows
    left, _, right = np.linalg.svd(drawn, full_matrices=False)
    weight = sample_haar(width, size=(networks,), rng=rng)
    state = layer_forward(left[..., :rank] @ right[..., :rank, :], weight).state
    grown = np.zeros(networks)
    for layer in range(-layers[0], layers[1]):
        size = np.linalg.norm(change, axis=(-2, -1))
        change /= size[:, None, None]
        if layer > 0:
            grown += np.log(size)
        both = haar_image(np.concatenate([state, change], axis=-1), rng)
        mixed, moved = both[..., :samples], both[..., samples:]
        if mean_removal:
            mixed = mixed - mixed.mean(axis=-1, keepdims=True)
            moved = moved - moved.mean(axis=-1, keepdims=True)
        if layer >= 0:
            grown -= (leading_terms(mixed, moved) - mean_leading_terms(state, change)) / 2
        scale = np.linalg.norm(mixed, axis=-1, keepdims=True)
        state = mixed / scale
        change = (moved - np.vecdot(moved, state)[..., None] * state) / scale
        change = _without_rotations(state, change, rank)
    return (grown + np.log(np.linalg.norm(change, axis=(-2, -1)))) / layers[1]


def _without_rotations(state: Array, change: Array, rank: int) -> Array:
    """Take off most of what a perturbation has along X B, B antisymmetric.

    That is a rotation of the samples. Layers carry it on as X B, of the same size, and it would
    hide for long what grows.
    """
    turn = np.swapaxes(state, -1, -2) @ change
    turn -= np.swapaxes(turn, -1, -2)
    # half of what would do for equal eigenvalues, as Xᵀ X has some of twice their mean d/rank
    return np.asarray(change - state @ turn * (rank / (4 * state.shape[-2])))
