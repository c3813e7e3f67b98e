"""Cases of the fuzz suite: a question to the engine, and the same question to the oracle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import factorial
from typing import Any, Protocol

import numpy as np
import sympy as sp
from sympy.utilities.iterables import multiset_partitions

from tests.fuzz.oracle import Mean, average, degree, mean_of
from tests.fuzz.reader import Reader, UndefinedError
from tests.fuzz.scene import Scene
from tests.fuzz.text import as_code
from weingarten import HaarOrthogonal, expect_einsum, expectation, joint_cumulant

__all__ = [
    "Case",
    "Constants",
    "CumulantCase",
    "EinsumCase",
    "ExpectCase",
    "Scope",
    "Sizes",
    "answered_at",
    "program",
]

Constants = Mapping[sp.Basic, np.ndarray]
Scope = Mapping[sp.Basic, complex]
Sizes = Mapping[HaarOrthogonal, int]


class Case(Protocol):
    """One question that the engine and the oracle both answer."""

    scene: Scene

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The expressions in the question."""

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the engine's answer and the condition under which it holds."""

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Return the oracle's answer."""

    def code(self) -> str:
        """Return Python text that asks the engine again."""


def program(inputs: Sequence[sp.Basic], call: str, assumptions: sp.Basic = sp.true) -> str:
    """Return lines that define the symbols and ask the question."""
    lines, texts = as_code(*inputs, assumptions)
    return "\n".join([*lines, call.format(*texts)])


@dataclass(frozen=True, repr=False)
class ExpectCase:
    """An expectation."""

    scene: Scene
    expr: sp.Basic
    small_d: bool = False

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The expression."""
        return [self.expr]

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the expectation."""
        found = expectation(
            self.expr, self.scene.assumptions, small_d=self.small_d, max_cost=max_cost
        )
        return found.value, found.valid_for

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Average the expression."""
        return mean_of(self.expr, sizes, constants, scope)

    def code(self) -> str:
        """Return a call of expect."""
        small = ", small_d=True" if self.small_d else ""
        return program(self.inputs, "expect({}, {}%s)" % small, self.scene.assumptions)  # noqa: UP031


@dataclass(frozen=True, repr=False)
class EinsumCase:
    """An expectation of an einsum."""

    scene: Scene
    subscripts: str
    operands: tuple[Any, ...]

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The operands."""
        return self.operands

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the expectation; it holds where that of a product of this degree does."""
        value = expect_einsum(self.subscripts, *self.operands, max_cost=max_cost)
        haars = set().union(*(x.atoms(HaarOrthogonal) for x in self.operands))
        conditions = [
            sp.Ge(h.dimension, sum(degree(x, h, 1) for x in self.operands) // 2) for h in haars
        ]
        return value, sp.And(*conditions)

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Average NumPy's einsum."""
        left, free = self.subscripts.split("->")
        groups = left.split(",")
        degrees = {h: sum(degree(x, h, n) for x in self.operands) for h, n in sizes.items()}

        def compute(read: Reader) -> np.ndarray:
            arrays = [read(x) for x in self.operands]
            arrays = [
                a.reshape(len(a), -1) if len(g) == 1 else a
                for g, a in zip(groups, arrays, strict=True)
            ]
            text = ",".join(f"Z{group}" for group in groups)
            longest = max(map(len, arrays))
            full = [np.broadcast_to(a, (longest, *a.shape[1:])) for a in arrays]
            found = np.einsum(f"{text}->Z{free}", *full)
            return found[..., None] if len(free) == 1 else found

        return average(compute, degrees, sizes, constants, scope)

    def code(self) -> str:
        """Return a call of expect_einsum."""
        call = f"expect_einsum({self.subscripts!r}{', {}' * len(self.operands)})"
        return program(self.inputs, call)


@dataclass(frozen=True, repr=False)
class CumulantCase:
    """A joint cumulant of scalars."""

    scene: Scene
    exprs: tuple[sp.Expr, ...]

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The scalars."""
        return self.exprs

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the cumulant; it holds where the mean of the product of all does."""
        haars = set().union(*(x.atoms(HaarOrthogonal) for x in self.exprs))
        value = joint_cumulant(*self.exprs, max_cost=max_cost)
        conditions = [
            sp.Ge(h.dimension, sum(degree(x, h, 1) for x in self.exprs) // 2) for h in haars
        ]
        return value, sp.And(*conditions)

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Add up the products of means over all set partitions."""
        total, scale = np.zeros((), dtype=complex), 0.0
        for blocks in multiset_partitions(list(range(len(self.exprs)))):
            means = [
                self._mean([self.exprs[k] for k in b], sizes, constants, scope) for b in blocks
            ]
            weight = (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)
            total = total + weight * reduce(np.multiply, (m.value for m in means))
            scale += abs(weight) * float(np.prod([m.scale for m in means]))
        return Mean(total, scale)

    @staticmethod
    def _mean(exprs: list[sp.Expr], sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        degrees = {h: sum(degree(x, h, n) for x in exprs) for h, n in sizes.items()}

        def compute(read: Reader) -> np.ndarray:
            return reduce(np.multiply, (read(x) for x in exprs))

        return average(compute, degrees, sizes, constants, scope)

    def code(self) -> str:
        """Return a call of joint_cumulant."""
        return program(self.inputs, f"joint_cumulant({', '.join(['{}'] * len(self.exprs))})")


def answered_at(value: sp.Basic, read: Reader, shape: tuple[int, ...]) -> np.ndarray:
    """Return the engine's answer at numbers; a function of indices as a table of this shape."""
    if isinstance(value, sp.Lambda):
        return read.table(value, list(shape))[0]
    if isinstance(value, sp.Basic):
        return read(value)[0]
    raise UndefinedError(f"{type(value).__name__} is no SymPy object")
