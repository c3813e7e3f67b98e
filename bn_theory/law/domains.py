"""Domains of the parameters that choose a statement: orders, and indices of matrix entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.law.spectrum import as_number
from weingarten.coerce import as_integer
from weingarten.errors import InvalidInputError

__all__ = ["IndicesDomain", "OrderDomain", "WeightsDomain"]


@dataclass(frozen=True)
class OrderDomain:
    """Integers from ``minimum`` to ``maximum``, never symbols; ``oo`` too if ``infinite``."""

    minimum: int | None = None
    maximum: int | None = None
    infinite: bool = False

    @property
    def text(self) -> str:
        """The domain in words."""
        low = "" if self.minimum is None else f" >= {self.minimum}"
        high = "" if self.maximum is None else f" <= {self.maximum}"
        joined = f"{low}{' and' if low and high else ''}{high}"
        return f"an integer{joined}{' or oo' if self.infinite else ''}"

    def read(self, name: str, value: object) -> int | sp.Expr:
        """Return a Python int, or oo."""
        if self.infinite and (value is sp.oo or (isinstance(value, float) and value == inf)):
            return sp.oo
        order = as_integer(value, name, minimum=self.minimum)
        if self.maximum is not None and order > self.maximum:
            raise InvalidInputError(name, f"must be {self.text}", order, "ask for less")
        return order

    def plain(self, _: str, value: Any) -> object:
        """Return an int, or a float infinity."""
        return float("inf") if value is sp.oo else int(value)


@dataclass(frozen=True)
class IndicesDomain:
    """Pairs of indices of rows: integers from 0 on, or symbols that stand for them."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return "a sequence of pairs (i, j) of integers >= 0 or symbols"

    def read(self, name: str, value: object) -> tuple[tuple[int | sp.Symbol, ...], ...]:
        """Return pairs as tuples; a flat sequence of even length is read as pairs."""
        remedy = "pass for instance [(0, 0), (0, 1)], or 0,0,0,1 in parentheses after the name"
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InvalidInputError(name, f"must be {self.text}", value, remedy)
        given = list(value)
        flat = all(isinstance(item, int | np.integer | sp.Expr) for item in given)
        if flat and len(given) % 2 == 0:
            given = list(zip(given[::2], given[1::2], strict=True))
        pairs = []
        for pair in given:
            if isinstance(pair, str | bytes) or not isinstance(pair, Iterable):
                raise InvalidInputError(name, f"must be {self.text}", value, remedy)
            labels = tuple(
                label if isinstance(label, sp.Symbol) else as_integer(label, name, minimum=0)
                for label in pair
            )
            if len(labels) != 2:
                raise InvalidInputError(name, f"must be {self.text}", value, remedy)
            pairs.append(labels)
        if not pairs:
            raise InvalidInputError(name, f"must be {self.text}", value, remedy)
        return tuple(pairs)

    def plain(self, _: str, value: Any) -> object:
        """Return the pairs with symbols as their names."""
        return [tuple(x.name if isinstance(x, sp.Symbol) else x for x in pair) for pair in value]


@dataclass(frozen=True)
class WeightsDomain:
    """Sequences of non-negative numbers that add up to at most 1."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return "a sequence of non-negative numbers with a sum of at most 1"

    def read(self, name: str, value: object) -> tuple[sp.Expr, ...]:
        """Return SymPy numbers."""
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise InvalidInputError(name, f"must be {self.text}", value, "pass a list of numbers")
        numbers = tuple(as_number(f"{name}[{i}]", item) for i, item in enumerate(value))
        # a sum of floats may exceed 1 by rounding
        if any(x.is_negative for x in numbers) or (sp.Add(*numbers) > 1 + 1e-12) == True:  # noqa: E712
            raise InvalidInputError(name, f"must be {self.text}", list(numbers), "normalise it")
        return numbers

    def plain(self, name: str, value: Any) -> npt.NDArray[np.float64]:
        """Return float64 numbers."""
        if any(x.free_symbols for x in value):
            raise InvalidInputError(name, "must be numbers to be sampled", value, "pass numbers")
        return np.array([float(x) for x in value])
