"""Perturbations carried up: few columns of a layer, means known, and gradients carried down."""

import numpy as np
import pytest

from bn_theory.networks.perturbed import (
    haar_image,
    leading_terms,
    mean_leading_terms,
    perturbation_growth,
)
from tests.tiers import heavy


def haar(rng, networks, d):
    q, r = np.linalg.qr(rng.standard_normal((networks, d, d)))
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]


def unit_rows(matrix):
    return matrix / np.linalg.norm(matrix, axis=-1, keepdims=True)


@pytest.mark.parametrize(("d", "k"), [(5, 2), (4, 4), (3, 5)])
def test_few_columns_have_the_law_that_a_whole_weight_gives_them(d, k):
    rng, networks = np.random.default_rng(3), 60_000
    columns = rng.standard_normal((d, k))
    gram = columns @ columns.T
    image = haar_image(np.broadcast_to(columns, (networks, d, k)), rng)
    assert np.allclose(np.swapaxes(image, 1, 2) @ image, columns.T @ columns)
    first, second = image[:, 0], image[:, 1]
    square, other = np.sum(first**2, axis=1), np.sum(second**2, axis=1)
    # the fourth moments of one row and of two, from the sphere and from Σ a_j = tr
    one = (np.trace(gram) ** 2 + 2 * np.sum(gram**2)) / (d * (d + 2))
    two = (np.trace(gram) ** 2 / d - one) / (d - 1)
    for draws, mean in ((square**2, one), (square * other, two)):
        assert abs(draws.mean() - mean) < 4 * draws.std() / networks**0.5
    # directions, too: the signs of a QR decomposition would show here
    assert np.all(np.abs(first.mean(axis=0)) < 4 * first.std(axis=0) / networks**0.5)


@pytest.mark.parametrize(("d", "n"), [(4, 2), heavy(5, 5)])
def test_what_is_taken_off_has_mean_zero_whatever_the_layer_is_given(d, n):
    rng, networks = np.random.default_rng(8), 200_000
    state, change = unit_rows(rng.standard_normal((d, n))), rng.standard_normal((d, n))
    weight = haar(rng, networks, d)
    draws = leading_terms(weight @ state, weight @ change)
    error = draws.std() / networks**0.5
    stated = mean_leading_terms(state[None], change[None])[0]
    assert abs(draws.mean() - stated) < 4 * error
    assert 100 * error < abs(stated)


@pytest.mark.parametrize(("n", "mean_removal"), [(5, False), heavy(10, True)])
def test_perturbations_grow_like_gradients(n, mean_removal):
    """Down through whole weights, from the definition, without what is conserved."""
    d, networks, settled, read = 10, 150, 60, 240
    rng = np.random.default_rng(11)

    def centred(matrix):
        return matrix - matrix.mean(axis=-1, keepdims=True) if mean_removal else matrix

    state, kept = unit_rows(centred(rng.standard_normal((networks, d, n)))), []
    for _ in range(2 * settled + read):
        weight = haar(rng, networks, d)
        mixed = centred(weight @ state)
        norms = np.linalg.norm(mixed, axis=-1, keepdims=True)
        state = mixed / norms
        kept.append((weight, state, norms))
    # in a direction that no sample has: what is conserved, Anti(Xᵀ Γ), is zero
    missing = np.linalg.svd(state)[0][:, :, -1:]
    gradient, logs = missing @ centred(rng.standard_normal((networks, 1, n))), []
    for weight, after, norms in reversed(kept):
        inner = gradient - np.sum(gradient * after, axis=-1, keepdims=True) * after
        gradient = np.swapaxes(weight, 1, 2) @ centred(inner / norms)
        size = np.linalg.norm(gradient, axis=(1, 2), keepdims=True)
        gradient /= size
        logs.append(np.log(size[:, 0, 0]))
    down = np.mean(logs[settled : settled + read], axis=0)
    up = perturbation_growth(d, n, (60, 120), networks, rng, mean_removal=mean_removal)
    error = np.hypot(down.std(), up.std()) / networks**0.5
    assert abs(down.mean() - up.mean()) < 4 * error
    assert 8 * error < up.mean()
    # what is taken off leaves less than half of the noise
    assert up.std() * 120**0.5 < down.std() * read**0.5
