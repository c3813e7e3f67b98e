"""The settings that many laws are stated in, and the spectra they are verified at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bn_theory.law.formula import Case
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common.shared import METEREZ
from weingarten.errors import InvalidInputError

__all__ = [
    "HAAR_LAYER",
    "ISOMETRY",
    "SPECTRA",
    "SPHERE",
    "SQUARE_LAYER",
    "deviations",
    "far_from_isometry",
    "full_rank_cases",
    "is_numeric",
    "moment_latex",
    "near_cases",
    "spectral_cases",
]

HAAR_LAYER = (
    "W is Haar-distributed on O(d), independent of the batch X",
    "a_j is the squared norm of row j of W X; no mean removal",
    "any batch: any number of samples, any spectrum of G = X Xᵀ",
)
SQUARE_LAYER = (
    "W is Haar-distributed on O(d), independent of the batch X",
    "as many samples as units, n = d; no mean removal, linear activation",
)
#: Any depth, from an orthogonal batch.
ISOMETRY = (
    "the weights are independent and Haar-distributed on O(d)",
    "as many samples as units, n = d, and X_0 orthogonal: the states stay orthogonal",
    "linear activation, no mean removal",
    "the gradient Γ_L at the output is fixed, independent of the weights",
)
#: The reference of means over the sphere.
SPHERE = f"integral over the sphere by the moments of a row norm; setting of {METEREZ}"

#: Spectra at widths 4, 16 and 64: generic, with a large eigenvalue, and two-valued.
SPECTRA: tuple[list[int], ...] = ([5, 3, 1, 1], [8] + [1] * 15, [4] * 16 + [1] * 48)
# spectra close to isometry at the three widths, where the series converge fast
_NEAR: tuple[list[float], ...] = tuple(
    [1.15] * (d // 4) + [0.95] * (d - d // 4) for d in (4, 16, 64)
)
_NEAR_SAMPLES = (10_000, 2_000, 300)


def spectral_cases(**values: object) -> tuple[Case, ...]:
    """Return cases at widths 4, 16 and 64."""
    samples = (10_000, 10_000, 4_000)
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(SPECTRA, samples, strict=True)
    )


def full_rank_cases(**values: object) -> tuple[Case, ...]:
    """Return the three spectra as cases of statements with heavy draws."""
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(SPECTRA, (10_000, 2_000, 300), strict=True)
    )


def near_cases(**values: object) -> tuple[Case, ...]:
    """Return three spectra close to isometry as cases."""
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(_NEAR, _NEAR_SAMPLES, strict=True)
    )


def deviations(values: Mapping[str, Any]) -> list[float]:
    """Return δ_i = λ_i/m - 1 for the spectrum among the values."""
    floats = values["eigenvalues"].as_array()
    return list(floats / floats.mean() - 1)


def is_numeric(values: Mapping[str, Any]) -> bool:
    """Return whether there is a spectrum among the values, of numbers only."""
    spectrum = values.get("eigenvalues")
    return isinstance(spectrum, Spectrum) and not any(x.free_symbols for x in spectrum.values())


def far_from_isometry(values: Mapping[str, Any], left_out: str, remedy: str) -> InvalidInputError:
    """Return the error for a spectrum at which a series says nothing."""
    largest = max(map(abs, deviations(values)))
    return InvalidInputError(
        "eigenvalues",
        f"must lie closer to their mean: at order {values['order']} {left_out}",
        f"deviations up to {largest:.2g} of the mean",
        remedy,
    )


def moment_latex(k: int) -> str:
    """Return the LaTeX of E a_j^k."""
    return r"\mathbb{E}_{W}\, a_j" + ("" if int(k) == 1 else f"^{{{k}}}")
