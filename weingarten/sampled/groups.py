"""Samplers of random matrices by group: what draws the matrices that stand in an expression.

Like :mod:`weingarten.sampled.sampling`, which holds the one of O(d), it knows nothing of Weingarten
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weingarten.sampled.compact_groups import GROUP_SAMPLERS
from weingarten.sampled.sampling import sample_haar

__all__ = ["SAMPLERS"]


def _sample_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return sample_haar(d, (count,), rng=rng)


def _special_orthogonal(d: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return sample_haar(d, (count,), group="SO", rng=rng)


#: For each group, what draws so many matrices of a size.
SAMPLERS: Mapping[str, Callable[[int, int, np.random.Generator], NDArray[Any]]] = {
    "O": _sample_orthogonal,
    "SO": _special_orthogonal,
    **GROUP_SAMPLERS,
}
