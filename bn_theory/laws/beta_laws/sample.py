"""Draws of row norms at isometry: semi-orthogonal weights, small batches, and mean removal."""

from __future__ import annotations

import numpy as np

from bn_theory.networks.network_draws import ROWS, Array, Values
from bn_theory.networks.simulate import draw_weight, layer_forward
from weingarten.sampled.sampling import sample_haar

__all__ = [
    "centred_power",
    "mean_removal_log",
    "mean_removal_power",
    "rectangular_log",
    "rectangular_power",
]


def _semi_orthogonal(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the squared row norms of a d×r first layer with orthonormal columns, on X = I_r."""
    weight = draw_weight((values["d"], values["rank"]), "haar", networks, rng)
    return layer_forward(np.eye(values["rank"]), weight).squared_row_norms


def rectangular_power(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of a_j^k."""
    return (_semi_orthogonal(values, networks, rng) ** float(values["k"])).mean(axis=-1)


def rectangular_log(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of log a_j."""
    return np.log(_semi_orthogonal(values, networks, rng)).mean(axis=-1)


def _centred(batch: Array, networks: int, rng: np.random.Generator) -> Array:
    width = len(batch)
    weight = sample_haar(width, size=(networks,), rows=min(width, ROWS), rng=rng)
    return layer_forward(batch, weight, mean_removal=True).squared_row_norms


def _isometric_centred(values: Values, networks: int, rng: np.random.Generator) -> Array:
    return _centred(np.eye(values["d"], values["n"]), networks, rng)


def mean_removal_power(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of a_j^k for n orthonormal samples and centred rows."""
    return (_isometric_centred(values, networks, rng) ** float(values["k"])).mean(axis=-1)


def mean_removal_log(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of log a_j for n orthonormal samples and centred rows."""
    return np.log(_isometric_centred(values, networks, rng)).mean(axis=-1)


def centred_power(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the mean over rows of a_j^k for a batch with given overlaps with the constant vector.

    The right singular vectors are the rows of a reflection that takes 1/√n to the vector of the
    square roots of the overlaps; what these lack of 1 goes to one more sample direction.
    """
    roots = np.sqrt(values["eigenvalues"])
    overlaps = np.append(values["overlaps"], max(0.0, 1.0 - float(np.sum(values["overlaps"]))))
    size = len(overlaps)
    target, constant = np.sqrt(overlaps), np.full(size, size**-0.5)
    normal = target - constant
    length = float(normal @ normal)
    reflection = np.eye(size)
    if length > 0:
        reflection -= 2 * np.outer(normal, normal) / length
    batch = roots[:, None] * reflection[:-1]
    return (_centred(batch, networks, rng) ** values["k"]).mean(axis=-1)
