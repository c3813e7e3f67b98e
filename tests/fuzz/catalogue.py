"""Formulas of the catalogue, confronted with networks sampled anew."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.collection.names import catalogue
from tests.fuzz.laws import LAWS

__all__ = ["LAWS", "NETWORKS", "WRONG", "confront", "deviation"]

# each file enters its laws
for _file in sorted(Path(__file__).parent.glob("laws_*.py")):
    import_module(f"tests.fuzz.{_file.stem}")

NETWORKS = 4_000
#: Standard errors apart that are enough for a second look, and for a verdict on more networks.
DOUBTFUL, WRONG = 3.5, 5.0


def deviation(
    name: str, number: int, networks: int = NETWORKS, scale: float = 1.0
) -> tuple[float, dict[str, Any]]:
    """Return the standard errors between a statement and a simulation, and the point of both."""
    entry = catalogue()[name]
    values, draw = LAWS[name](np.random.default_rng([number, 7]))
    value = entry.evaluate(**values)
    stated = scale * float(max(value) if isinstance(value, sp.MatrixBase) else value)
    rest = entry.remainder(**values)
    draws = draw(networks)
    error = draws.std(ddof=1) / np.sqrt(len(draws))
    apart = draws.mean() - stated
    if entry.relation == "<=":
        apart = max(apart, 0.0)
    rounding = 1e-9 * (1 + abs(stated))
    share = 0.3 if entry.status.kind == "heuristic" else 0.1
    if rest > share * abs(stated) + 1e-6:
        raise AssertionError(f"{name} at {values} says little: {stated} with a remainder of {rest}")
    return max(abs(apart) - rest - rounding, 0.0) / (error + 1e-300), values


def confront(name: str, number: int) -> None:
    """Raise AssertionError where a formula and its simulation disagree, after a second look."""
    apart, values = deviation(name, number)
    if apart > DOUBTFUL:
        apart, values = deviation(name, number, 16 * NETWORKS)
    if apart >= WRONG:
        raise AssertionError(f"{name} at {values} is {apart:.1f} standard errors off")
