"""Cases beside expectations over Haar matrices alone: other random symbols, and plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import sympy as sp

from tests.fuzz.cases import Constants, Scope, Sizes, program
from tests.fuzz.nodes import haar_nodes
from tests.fuzz.oracle import Mean, mean_of
from tests.fuzz.reader import Reader
from tests.fuzz.scene import Scene, values_of
from weingarten import HaarOrthogonal, evaluate, expect

__all__ = ["EvaluateCase", "RandomCase"]

#: Points and weights of a standard normal variable, exact to degree 13, and of a coin.
_NORMAL = np.polynomial.hermite_e.hermegauss(7)
_COIN = ((0.0, 1.0), (2 / 3, 1 / 3))


@dataclass(frozen=True, repr=False)
class RandomCase:
    """An expectation over Haar matrices, a normal variable (mean 1, deviation 2) and a coin."""

    scene: Scene
    expr: sp.Expr
    by_stats: bool

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The expression."""
        return [self.expr]

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the expectation from either side, at integer sizes."""
        if self.by_stats:
            return sp.stats.E(self.expr), sp.true
        return expect(self.expr, max_cost=max_cost), sp.true

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Average over the points of both variables as well."""
        normal, coin = self.scene.scalars
        points, weights = _NORMAL
        total, scale = np.zeros((), dtype=complex), 0.0
        for (x, w), (c, u) in product(zip(points, weights / weights.sum(), strict=True),
                                      zip(*_COIN, strict=True)):  # fmt: skip
            given = {**scope, normal: 1 + 2 * x, coin: c}
            mean = mean_of(self.expr, sizes, constants, given)
            total = total + w * u * mean.value
            scale += w * u * mean.scale
        return Mean(total, scale)

    def code(self) -> str:
        """Return a call of E or expect."""
        call = "sympy.stats.E({})" if self.by_stats else "expect({})"
        return "import sympy.stats\n" + program(self.inputs, call)


@dataclass(frozen=True, repr=False)
class EvaluateCase:
    """The value of an expression at matrices of numbers, without an average."""

    scene: Scene
    expr: sp.Basic

    @property
    def inputs(self) -> Sequence[sp.Basic]:
        """The expression."""
        return [self.expr]

    @property
    def _haars(self) -> dict[HaarOrthogonal, np.ndarray]:
        """One matrix for each symbol."""
        found = {}
        for at, haar in enumerate(sorted(self.expr.atoms(HaarOrthogonal), key=lambda w: w.name)):
            nodes, _ = haar_nodes(int(haar.dimension), 6)
            found[haar] = nodes[(5 * at + 3) % len(nodes)]
        return found

    def asked(self, max_cost: float) -> tuple[sp.Basic, sp.Basic]:
        """Return the value as a SymPy number or matrix."""
        del max_cost
        values = {**values_of(self.scene, self.expr.atoms(sp.MatrixSymbol), {}), **self._haars}
        values |= {s: 0.5 if s.is_real else 0.75 - 0.5j for s in self.scene.scalars}
        found = np.asarray(evaluate(self.expr, values))
        return sp.sympify(found.tolist() if not found.ndim else sp.Matrix(found.tolist())), sp.true

    def expected(self, sizes: Sizes, constants: Constants, scope: Scope) -> Mean:
        """Read the expression at the same matrices."""
        del sizes
        arrays = {s: np.asarray(m, dtype=complex)[None] for s, m in constants.items()}
        arrays |= {w: m.astype(complex)[None] for w, m in self._haars.items()}
        value = Reader(arrays, scope)(self.expr)[0]
        return Mean(value, float(np.max(np.abs(value))))

    def code(self) -> str:
        """Return a call of evaluate, its numbers left to the reader."""
        return program(self.inputs, "evaluate({}, values)")
