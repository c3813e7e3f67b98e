"""Domains beyond numbers and spectra: choices, gradients, activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.law.quantities import IntegerDomain
from bn_theory.law.spectrum import as_number
from bn_theory.laws.common.activations import ACTIVATIONS, NumericActivation, as_activation
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["ActivationDomain", "EvenDomain", "FlagDomain", "GradientDomain"]


@dataclass(frozen=True)
class FlagDomain:
    """True or False."""

    text: str = "True or False"

    def read(self, name: str, value: object) -> bool:
        """Return a Python bool."""
        if not isinstance(value, bool | np.bool_):
            raise InvalidInputError(name, "must be True or False", value, "pass a bool")
        return bool(value)

    def plain(self, name: str, value: object) -> bool:
        """Return a Python bool."""
        return bool(value)


@dataclass(frozen=True)
class EvenDomain(IntegerDomain):
    """Even integers from ``minimum`` on."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"an even integer >= {self.minimum}"

    def read(self, name: str, value: object) -> sp.Expr:
        """Return an even Integer."""
        error = InvalidInputError(name, f"must be {self.text}", value, "pass an even int")
        try:
            number = as_integer(value, name, minimum=self.minimum)
        except InvalidInputError:
            raise error from None
        if number % 2:
            raise error
        return sp.Integer(number)


@dataclass(frozen=True)
class ActivationDomain:
    """Odd activations: a name, or a SymPy function of one variable."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"an odd activation: {', '.join(sorted(ACTIVATIONS))}, or a SymPy function"

    def read(self, name: str, value: object) -> sp.Expr:
        """Return the activation as an expression in the symbol u."""
        return as_activation(value, name)

    def plain(self, name: str, value: object) -> object:
        """Return a NumPy function."""
        if not isinstance(value, sp.Expr):
            raise InvalidInputError(name, f"must be {self.text}", value, "pass one of them")
        return NumericActivation(value)


@dataclass(frozen=True)
class GradientDomain:
    """Matrices of real numbers, not all zero: a fixed Γ."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return "a matrix of finite real numbers, not all zero"

    def read(self, name: str, value: object) -> sp.ImmutableDenseMatrix:
        """Return an exact matrix (floats stay Floats)."""
        remedy = "pass nested sequences, a NumPy array or a SymPy matrix, features by samples"
        if isinstance(value, str | bytes):
            raise InvalidInputError(name, f"must be {self.text}", value, remedy)
        rows: Any = value.tolist() if hasattr(value, "tolist") else value
        try:
            listed = [list(row) for row in rows]
        except TypeError:
            raise InvalidInputError(name, f"must be {self.text}", value, remedy) from None
        if not listed or len({len(row) for row in listed}) != 1 or not listed[0]:
            raise InvalidInputError(name, f"must be {self.text}", value, remedy)
        matrix = sp.ImmutableDenseMatrix([[as_number(name, x) for x in row] for row in listed])
        if matrix.is_zero_matrix:
            raise InvalidInputError(name, f"must be {self.text}", value, remedy)
        return matrix

    def plain(self, name: str, value: object) -> npt.NDArray[np.float64]:
        """Return a float64 array."""
        if not isinstance(value, sp.MatrixBase) or value.free_symbols:
            raise InvalidInputError(name, "must be numbers to be sampled", value, "pass numbers")
        return np.array(value.tolist(), dtype=float)
