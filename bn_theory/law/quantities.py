"""What a formula can be asked at: named quantities and their domains.

Everything a user passes goes through a domain once: it becomes an exact SymPy number or expression
(or a :class:`~bn_theory.law.spectrum.Spectrum`), or an error that names it. Text is never
evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.law.spectrum import Spectrum, as_number
from weingarten.coerce import as_dimension, as_integer
from weingarten.errors import InvalidInputError

__all__ = [
    "Domain",
    "IntegerDomain",
    "PowersDomain",
    "Quantity",
    "RealDomain",
    "SpectrumDomain",
]


class Domain(Protocol):
    """Where a quantity lives: reads what a user passes, and gives plain numbers to samplers."""

    @property
    def text(self) -> str:
        """The domain in words."""
        ...

    def read(self, name: str, value: object) -> object:
        """Return the value in exact form, or raise InvalidInputError naming it."""
        ...

    def plain(self, name: str, value: object) -> object:
        """Return a value that was read as a Python number or NumPy array, or raise."""
        ...


@dataclass(frozen=True)
class IntegerDomain:
    """Integers from ``minimum`` on, or a symbol that stands for one."""

    minimum: int

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"an integer >= {self.minimum}"

    def read(self, name: str, value: object) -> sp.Expr:
        """Return an Integer, or the symbolic expression given."""
        if isinstance(value, sp.Expr) and value.free_symbols:
            return sp.sympify(as_dimension(value, name))
        return sp.Integer(as_integer(value, name, minimum=self.minimum))

    def plain(self, name: str, value: object) -> int:
        """Return a Python int."""
        if not isinstance(value, sp.Integer):
            raise InvalidInputError(name, "must be a number to be sampled", value, "pass an int")
        return int(value)


@dataclass(frozen=True)
class PowersDomain:
    """Non-empty sequences of integers from ``minimum`` on, for the orders of a joint moment."""

    minimum: int = 1

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"a sequence of integers >= {self.minimum}"

    def read(self, name: str, value: object) -> tuple[int, ...]:
        """Return the integers as a tuple."""
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InvalidInputError(name, f"must be {self.text}", value, "pass a tuple of ints")
        powers = tuple(as_integer(power, name, minimum=self.minimum) for power in value)
        if not powers:
            raise InvalidInputError(name, f"must be {self.text}", value, "pass at least one")
        return powers

    def plain(self, _: str, value: object) -> object:
        """Return the tuple."""
        return value


@dataclass(frozen=True)
class RealDomain:
    """Real numbers from ``minimum`` on (above it if ``strict``) up to ``maximum``, or a symbol."""

    minimum: float | None = None
    strict: bool = False
    maximum: float | None = None

    @property
    def text(self) -> str:
        """The domain in words."""
        low = "" if self.minimum is None else f" {'>' if self.strict else '>='} {self.minimum:g}"
        high = "" if self.maximum is None else f" <= {self.maximum:g}"
        return f"a real number{low}{' and' if low and high else ''}{high}"

    def read(self, name: str, value: object) -> sp.Expr:
        """Return a SymPy number or expression."""
        number = as_number(name, value)
        below = self.minimum is not None and (
            (number <= self.minimum) if self.strict else (number < self.minimum)
        )
        above = self.maximum is not None and number > self.maximum
        if below == True or above == True:  # noqa: E712 (SymPy's true, or an undecided relation)
            raise InvalidInputError(name, f"must be {self.text}", value, "pass such a number")
        return number

    def plain(self, name: str, value: object) -> float:
        """Return a float."""
        if not isinstance(value, sp.Expr) or value.free_symbols:
            raise InvalidInputError(name, "must be a number to be sampled", value, "pass a number")
        return float(value)


@dataclass(frozen=True)
class SpectrumDomain:
    """Sequences of at least ``minimum`` eigenvalues, none negative, not all zero."""

    minimum: int = 2

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"a sequence of at least {self.minimum} non-negative numbers, not all zero"

    def read(self, name: str, value: object) -> Spectrum:
        """Return the spectrum."""
        spectrum = value if isinstance(value, Spectrum) else Spectrum(value, name)  # type: ignore[arg-type]
        if len(spectrum) < self.minimum:
            raise InvalidInputError(name, f"must be {self.text}", value, "pass more eigenvalues")
        return spectrum

    def plain(self, name: str, value: object) -> npt.NDArray[np.float64]:
        """Return float64 eigenvalues."""
        if not isinstance(value, Spectrum):
            raise InvalidInputError(name, f"must be {self.text}", value, "pass a sequence")
        return value.as_array(name)


@dataclass(frozen=True)
class Quantity:
    """One thing a formula depends on.

    Parameters
    ----------
    name : str
        The keyword of ``evaluate``, ``simulate`` and ``verify``.
    meaning : str
        What it is, in words.
    domain : Domain
        What it may be.
    symbol : sympy.Symbol, optional
        How it appears in the statement. A spectrum appears through the symbols it gives values to
        (see :meth:`Spectrum.value_of`); a parameter chooses the statement and appears nowhere.
    default : object, optional
        For parameters only (an order k, a tuple of powers): makes the quantity one, and is the
        choice that ``.expr`` shows unless another is made.
    aliases : tuple of str, optional
        Other keywords that mean the same.
    """

    name: str
    meaning: str
    domain: Domain
    symbol: sp.Symbol | None = None
    default: object = field(default=None)
    aliases: tuple[str, ...] = ()

    @property
    def is_parameter(self) -> bool:
        """Whether it chooses the statement instead of being a symbol of it."""
        return self.default is not None
