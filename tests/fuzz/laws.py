"""Formulas of the catalogue beside random points of their domains and simulations of their own.

A law maps a random generator to values for ``Formula.evaluate`` and to draws of what the formula
states the mean of. It is written from the definitions, with nothing from ``bn_theory``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.networks import Array

__all__ = ["LAWS", "Law", "law", "root", "spectrum"]

#: From a generator: the values, and a function from a number of networks to draws.
Law = Callable[[np.random.Generator], tuple[dict[str, Any], Callable[[int], Array]]]
LAWS: dict[str, Law] = {}


def law(name: str) -> Callable[[Law], Law]:
    """Enter a law under the name of its formula."""

    def enter(function: Law) -> Law:
        LAWS[name] = function
        return function

    return enter


def spectrum(rng: np.random.Generator, least: int = 2, most: int = 6) -> list[int]:
    """Return positive eigenvalues, one of them larger than the others."""
    return rng.integers(1, 7, rng.integers(least, most + 1)).tolist()


def root(eigenvalues: Any) -> Array:
    """Return a batch with these eigenvalues of G, diagonal."""
    return np.diag(np.sqrt(np.array(eigenvalues, dtype=float)))
