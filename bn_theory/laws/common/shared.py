"""Quantities that many formulas share, and the reference they all start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.quantities import IntegerDomain, Quantity, RealDomain, SpectrumDomain
from bn_theory.law.spectrum import Spectrum
from bn_theory.notation import DEPTH, VARIANCE, D, meaning_of
from weingarten.errors import NOTHING, InvalidInputError

__all__ = [
    "LARGEST_SHARE",
    "MEAN_OVER_ALL",
    "MEAN_OVER_LAYERS",
    "METEREZ",
    "depth",
    "eigenvalues",
    "given_spectrum",
    "mean_over",
    "place_of",
    "variance",
    "width",
]

#: The share of its value that a truncated statement may leave out before it is refused.
LARGEST_SHARE = 0.25

METEREZ = (
    "A. Meterez, A. Joudaki, F. Orabona, A. Immer, G. Rätsch, H. Daneshmand, Towards Training "
    "Without Depth Limits: Batch Normalization Without Gradient Explosion, ICLR 2024"
)


#: A mean over the weights of all layers; one over those of one layer has W below.
MEAN_OVER_LAYERS = r"\mathbb{E}_{W_1,\dots,W_L}"
#: And over an isotropic gradient from above.
MEAN_OVER_ALL = r"\mathbb{E}_{W_1,\dots,W_L,\Gamma_L}"


def mean_over(depth: int) -> str:
    """Return the mean over the weights of so many layers; of one layer they have no number."""
    return r"\mathbb{E}_{W}" if depth == 1 else rf"\mathbb{{E}}_{{W_1,\dots,W_{{{depth}}}}}"


def eigenvalues(minimum: int = 1) -> Quantity:
    """Return the spectrum of G = X Xᵀ."""
    return Quantity("eigenvalues", "eigenvalues of G = X Xᵀ", SpectrumDomain(minimum))


def width(minimum: int = 1) -> Quantity:
    """Return the width d."""
    return Quantity("d", meaning_of(D), IntegerDomain(minimum), D)


def variance(relative: bool = False) -> Quantity:
    """Return the variance v of the spectrum, or of the spectrum over its mean."""
    return Quantity("v", meaning_of(VARIANCE, relative=relative), RealDomain(0), VARIANCE)


def depth(which: str = "", minimum: int = 1) -> Quantity:
    """Return the number of layers L, and in words which ones it counts."""
    meaning = meaning_of(DEPTH) + (f": {which}" if which else "")
    return Quantity("depth", meaning, IntegerDomain(minimum), DEPTH)


def given_spectrum(values: Mapping[str, Any]) -> Spectrum:
    """Return the spectrum among the values, or raise the error that asks for it."""
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum):
        raise InvalidInputError(
            "eigenvalues", "must be given", NOTHING, "pass eigenvalues=, for instance [2, 1, 1]"
        )
    return spectrum


def place_of(index: sp.Expr, spectrum: Spectrum) -> int:
    """Return the position, from 0, of the eigenvalue that is counted from 1, or raise."""
    if not isinstance(index, sp.Integer) or not 1 <= index <= len(spectrum):
        raise InvalidInputError(
            "s", f"must count the {len(spectrum)} eigenvalues from 1", index, "pass such a number"
        )
    return int(index) - 1
