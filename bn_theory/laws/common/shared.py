"""Quantities that many formulas share, and the reference they all start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.quantities import IntegerDomain, Quantity, RealDomain, SpectrumDomain
from bn_theory.law.spectrum import Spectrum
from weingarten.errors import InvalidInputError

__all__ = [
    "LARGEST_SHARE",
    "METEREZ",
    "depth",
    "eigenvalues",
    "given_spectrum",
    "variance",
    "width",
]

#: The share of its value that a truncated statement may leave out before it is refused.
LARGEST_SHARE = 0.25

METEREZ = (
    "A. Meterez, A. Joudaki, F. Orabona, A. Immer, G. Rätsch, H. Daneshmand, Towards Training "
    "Without Depth Limits: Batch Normalization Without Gradient Explosion, ICLR 2024"
)


def eigenvalues(minimum: int = 1) -> Quantity:
    """Return the spectrum of G = X Xᵀ."""
    return Quantity("eigenvalues", "eigenvalues of G = X Xᵀ", SpectrumDomain(minimum))


def width(minimum: int = 1) -> Quantity:
    """Return the width d."""
    return Quantity("d", "width of the layer", IntegerDomain(minimum), sp.Symbol("d"))


def variance(relative: bool = False) -> Quantity:
    """Return the variance v of the spectrum, or of the spectrum over its mean."""
    symbol = sp.Symbol("v")
    return Quantity("v", Spectrum.meaning_of(symbol, relative=relative), RealDomain(0), symbol)


def depth(meaning: str, minimum: int = 1) -> Quantity:
    """Return a number of layers L."""
    return Quantity("depth", meaning, IntegerDomain(minimum), sp.Symbol("L"))


def given_spectrum(values: Mapping[str, Any]) -> Spectrum:
    """Return the spectrum among the values, or raise the error that asks for it."""
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        raise InvalidInputError(
            "eigenvalues", "must be given", "nothing", "pass eigenvalues=, for instance [2, 1, 1]"
        )
    return spectrum
