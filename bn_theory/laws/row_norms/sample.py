"""Draws of row norms and of entries of the Gram matrix of one layer.

Rows of one layer are exchangeable, so a statement about one row is sampled as an average over
several rows of each network; for Haar weights a few rows are drawn without the others.
"""

from __future__ import annotations

from itertools import pairwise
from math import factorial, prod

import numpy as np

from bn_theory.networks.network_draws import (
    ROWS,
    Array,
    Values,
    haar_layer,
    row_norms,
)
from bn_theory.networks.simulate import draw_weight, layer_forward, spectral_batch

__all__ = [
    "gram_deviation_product",
    "gram_entry",
    "gram_product",
    "offdiagonal_square",
    "row_norm_cumulant",
    "row_norm_joint",
    "row_norm_power",
    "row_norm_product",
    "row_norm_spread",
]


def row_norm_spread(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return, per network, the mean over its rows of (a_j - tr G/d)².

    The rows of one network are exchangeable and their squared norms average to tr G/d in every
    draw, so this is an unbiased draw of Var a_j.
    """
    batch = spectral_batch(values["eigenvalues"])
    weight = draw_weight((len(batch), len(batch)), "haar", networks, rng)
    return layer_forward(batch, weight).squared_row_norms.var(axis=-1)


def row_norm_product(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over pairs of different rows of (a_i - tr G/d)(a_j - tr G/d)."""
    deviation = row_norms(values, networks, rng) - np.mean(values["eigenvalues"])
    rows = deviation.shape[-1]
    total = deviation.sum(axis=-1) ** 2 - (deviation**2).sum(axis=-1)
    return total / (rows * (rows - 1))


def row_norm_power(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of a_j^k."""
    return (row_norms(values, networks, rng) ** values["k"]).mean(axis=-1)


def row_norm_joint(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return Π a_i^{k_i} over different rows, averaged over the cyclic shifts of the rows."""
    powers = values["k"]
    norms = row_norms(values, networks, rng, max(ROWS, len(powers)))
    shifted = [
        np.prod([np.roll(norms, -i, axis=-1)[..., s] ** k for i, k in enumerate(powers)], axis=0)
        for s in range(norms.shape[-1])
    ]
    return np.mean(shifted, axis=0)


def _parts(total: int, largest: int) -> list[tuple[int, ...]]:
    """Return the partitions into parts of at least 2."""
    if total == 0:
        return [()]
    return [
        (part, *rest)
        for part in range(min(total, largest), 1, -1)
        for rest in _parts(total - part, part)
    ]


def row_norm_cumulant(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return an unbiased draw of the k-th cumulant of a_j.

    A cumulant is a sum of products of central moments; each factor is taken from a network of its
    own, so that products are unbiased: κ_k = Σ_π (-1)^{b-1} (b-1)! Π_B μ_{|B|} over the partitions
    π of k points into b blocks of at least 2.
    """
    order, mean = values["k"], np.mean(values["eigenvalues"])
    copies = [row_norms(values, networks, rng) - mean for _ in range(order // 2)]
    moments = [[(copy**j).mean(axis=-1) for j in range(order + 1)] for copy in copies]
    total = np.zeros(networks)
    for parts in _parts(order, order):
        count = factorial(order) // prod(
            [*(factorial(part) for part in parts), *(factorial(parts.count(p)) for p in set(parts))]
        )
        sign = (-1) ** (len(parts) - 1) * factorial(len(parts) - 1)
        product = np.prod([moments[i][part] for i, part in enumerate(parts)], axis=0)
        total += sign * count * product
    return total


def offdiagonal_square(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean of (W G Wᵀ)_ij² over pairs of neighbouring rows."""
    step = haar_layer(spectral_batch(values["eigenvalues"]), networks, rng, ROWS)
    rows = step.state * np.sqrt(step.squared_row_norms)[..., None]
    pairs = pairwise(range(rows.shape[-2]))
    products = [np.einsum("bn,bn->b", rows[:, i], rows[:, j]) ** 2 for i, j in pairs]
    return np.mean(products, axis=0)


def _gram_entries(
    values: Values, indices: list[tuple[int, int]], networks: int, rng: np.random.Generator
) -> list[Array]:
    """Return the entries Ĝ_ij of the Gram matrix of W X."""
    rows = 1 + max(max(pair) for pair in indices)
    step = haar_layer(spectral_batch(values["eigenvalues"]), networks, rng, rows)
    mixed = step.state * np.sqrt(step.squared_row_norms)[..., None]
    return [np.einsum("bn,bn->b", mixed[:, i], mixed[:, j]) for i, j in indices]


def gram_product(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return Π Ĝ_{i_a j_a}; symbols among the indices take the values of that name."""
    indices = [(values.get(i, i), values.get(j, j)) for i, j in values["indices"]]
    return np.prod(_gram_entries(values, indices, networks, rng), axis=0)


def gram_entry(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return Ĝ_ij."""
    return _gram_entries(values, [(values["i"], values["j"])], networks, rng)[0]


def gram_deviation_product(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return (Ĝ_ij - E Ĝ_ij)(Ĝ_i'j' - E Ĝ_i'j'); the mean of Ĝ is tr G/d times the identity."""
    pairs = [(values["i"], values["j"]), (values["i2"], values["j2"])]
    mean = float(np.mean(values["eigenvalues"]))
    first, second = _gram_entries(values, pairs, networks, rng)
    centre = [mean * (i == j) for i, j in pairs]
    return (first - centre[0]) * (second - centre[1])
