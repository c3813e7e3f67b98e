"""Draws of row norms and of other one-layer quantities.

Rows of one layer are exchangeable, so a statement about one row is sampled as an average over
several rows of each network; for Haar weights a few rows are drawn without the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import factorial, prod
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import ForwardStep, draw_weight, layer_forward, spectral_batch
from weingarten.sampled.sampling import sample_haar

__all__ = [
    "gram_deviation_product",
    "gram_entry",
    "gram_product",
    "haar_layer",
    "log_row_norm",
    "next_gram_diagonal",
    "offdiagonal_square",
    "row_norm_cumulant",
    "row_norm_joint",
    "row_norm_power",
    "row_norm_product",
    "row_norm_spread",
]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]

_ROWS = 4


def haar_layer(
    batch: Array, networks: int, rng: np.random.Generator, rows: int | None = None
) -> ForwardStep:
    """Return one layer with Haar weights, or only its first rows."""
    width = len(batch)
    weight = sample_haar(width, size=(networks,), rows=min(rows or width, width), rng=rng)
    return layer_forward(batch, weight)


def _norms(values: Values, networks: int, rng: np.random.Generator, rows: int = _ROWS) -> Array:
    spectrum = np.asarray(values["eigenvalues"])
    # eigenvalues 0 need features, but no samples
    batch = spectral_batch(spectrum, int(np.count_nonzero(spectrum)))
    return haar_layer(batch, networks, rng, rows).squared_row_norms


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
    deviation = _norms(values, networks, rng) - np.mean(values["eigenvalues"])
    rows = deviation.shape[-1]
    total = deviation.sum(axis=-1) ** 2 - (deviation**2).sum(axis=-1)
    return total / (rows * (rows - 1))


def row_norm_power(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of a_j^k."""
    return (_norms(values, networks, rng) ** values["k"]).mean(axis=-1)


def row_norm_joint(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return Π a_i^{k_i} over different rows, averaged over the cyclic shifts of the rows."""
    powers = values["k"]
    norms = _norms(values, networks, rng, max(_ROWS, len(powers)))
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
    copies = [_norms(values, networks, rng) - mean for _ in range(order // 2)]
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
    step = haar_layer(spectral_batch(values["eigenvalues"]), networks, rng, _ROWS)
    rows = step.state * np.sqrt(step.squared_row_norms)[..., None]
    pairs = pairwise(range(rows.shape[-2]))
    products = [np.einsum("bn,bn->b", rows[:, i], rows[:, j]) ** 2 for i, j in pairs]
    return np.mean(products, axis=0)


def _gram_entries(
    values: Values, indices: list[tuple[int, int]], networks: int, rng: np.random.Generator
) -> list[Array]:
    """Return the entries H_ij of the Gram matrix of W X."""
    rows = 1 + max(max(pair) for pair in indices)
    step = haar_layer(spectral_batch(values["eigenvalues"]), networks, rng, rows)
    mixed = step.state * np.sqrt(step.squared_row_norms)[..., None]
    return [np.einsum("bn,bn->b", mixed[:, i], mixed[:, j]) for i, j in indices]


def gram_product(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return Π H_{i_a j_a}; symbols among the indices take the values of that name."""
    indices = [(values.get(i, i), values.get(j, j)) for i, j in values["indices"]]
    return np.prod(_gram_entries(values, indices, networks, rng), axis=0)


def gram_entry(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return H_ij."""
    return _gram_entries(values, [(values["i"], values["j"])], networks, rng)[0]


def gram_deviation_product(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return (H_ij - E H_ij)(H_kl - E H_kl); the mean of H is tr G/d times the identity."""
    pairs = [(values["i"], values["j"]), (values["k"], values["l"])]
    mean = float(np.mean(values["eigenvalues"]))
    first, second = _gram_entries(values, pairs, networks, rng)
    centre = [mean * (i == j) for i, j in pairs]
    return (first - centre[0]) * (second - centre[1])


def log_row_norm(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of log a_j."""
    return np.log(_norms(values, networks, rng)).mean(axis=-1)


def next_gram_diagonal(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return d · x'_jk², averaged over some rows j, in the order of the eigenvalues.

    For a diagonal batch the eigenbasis of K is the standard one.
    """
    batch = np.diag(np.sqrt(values["eigenvalues"]))
    state = haar_layer(batch, networks, rng, _ROWS).state
    diagonal = len(batch) * (state**2).mean(axis=-2)
    return diagonal[:, values["k"] - 1] if "k" in values else diagonal
