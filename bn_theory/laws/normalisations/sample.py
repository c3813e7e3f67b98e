"""Draws of one layer that normalises samples: RMSNorm and LayerNorm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bn_theory.networks.simulate import draw_weight

__all__ = ["layer_norm", "rms_norm"]

Array = npt.NDArray[np.float64]
Values = Mapping[str, Any]


def _gap(state: Array) -> Array:
    """Return the gap of XᵀX over the samples, from singular values."""
    squares = np.linalg.svd(state, compute_uv=False) ** 2
    return np.asarray(np.log(squares.mean(axis=-1)) - np.log(squares).mean(axis=-1))


def _growth(values: Values, networks: int, rng: np.random.Generator, *, centred: bool) -> Array:
    """Return the growth of the gap for a batch of unit columns that is far from orthogonal."""
    d, n = int(values["d"]), int(values["n"])
    entries = np.random.default_rng([d, n]).standard_normal((d, n))
    batch = entries + entries[:, :1]
    batch /= np.linalg.norm(batch, axis=0)
    law = "gaussian" if values["gaussian"] else "haar"
    mixed = draw_weight((d, d), law, networks, rng) @ batch
    if centred:
        mixed = mixed - mixed.mean(axis=-2, keepdims=True)
    return _gap(mixed / np.linalg.norm(mixed, axis=-2, keepdims=True)) - _gap(batch)


def rms_norm(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the growth with RMSNorm."""
    return _growth(values, networks, rng, centred=False)


def layer_norm(values: Values, networks: int, rng: np.random.Generator) -> Array:
    """Return the growth with LayerNorm."""
    return _growth(values, networks, rng, centred=True)
