"""The evaluator behind the numeric side: SymPy expressions at numbers and arrays.

It walks the SymPy tree and shares nothing with the integration. Scalars without samples are exact
or carry many digits (:mod:`weingarten.exact.scalars`); matrices, and scalars with samples, are
arrays. What a node is worth is a row of a table, which :mod:`weingarten.sampled.evaluation` fills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import mpmath
import sympy as sp

from weingarten.dispatch import ByType
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.exact.scalars import DIGITS, entry_value, is_array, to_sympy

__all__ = ["NODES", "Evaluator", "Rule", "unsupported"]

#: Size up to which a single matrix is written out.
_MAX_BYTES = 4e9


@dataclass
class Evaluator:
    """Evaluate SymPy expressions; leading axes of an array are samples.

    Scalars come back as numbers of :mod:`weingarten.exact.scalars`, or as arrays if there are
    samples.
    """

    values: Mapping[sp.Basic, Any]
    indices: dict[sp.Basic, Fraction] = field(default_factory=dict)
    memo: dict[sp.Basic, Any] = field(default_factory=dict)
    free: dict[sp.Basic, frozenset[sp.Basic]] = field(default_factory=dict)

    def __call__(self, expr: sp.Basic) -> Any:
        """Return the value of an expression."""
        if expr in self.indices:
            return self.indices[expr]
        if expr in self.values:
            return self.values[expr]
        depends = bool(self.indices) and not self.indices.keys().isdisjoint(self._free(expr))
        if not depends and expr in self.memo:
            return self.memo[expr]
        if mpmath.mp.dps == DIGITS:
            result = self._rule(expr)(self, expr)
        else:
            with mpmath.workdps(DIGITS):
                result = self._rule(expr)(self, expr)
        if not depends:
            self.memo[expr] = result
        return result

    def _free(self, expr: sp.Basic) -> frozenset[sp.Basic]:
        if expr not in self.free:
            self.free[expr] = frozenset(expr.free_symbols)
        return self.free[expr]

    def _rule(self, expr: sp.Basic) -> Rule:
        rule = NODES.find(type(expr))
        if rule is None:
            raise unsupported(expr)
        return rule

    def scalar(self, expr: sp.Basic) -> Any:
        """Return the value of a scalar; a matrix with one entry is that entry."""
        value = self(expr)
        if getattr(expr, "is_Matrix", False):
            return entry_value(value[..., 0, 0]) if value.shape[-2:] == (1, 1) else value
        return value

    def at(self, places: Mapping[sp.Basic, int], body: sp.Basic) -> Any:
        """Return the value of a body at values of its bound indices, which hide all others."""
        outer = {index: self.indices[index] for index in places if index in self.indices}
        self.indices |= {index: Fraction(k) for index, k in places.items()}
        try:
            return self.scalar(body)
        finally:
            for index in places:
                del self.indices[index]
            self.indices |= outer

    def integer(self, expr: Any, *, minimum: int | None = None) -> int:
        """Return the value of a shape, an index or a limit, which has to be an exact integer."""
        expr = sp.sympify(expr)
        value = self.scalar(expr)
        exact = isinstance(value, Fraction) and value.denominator == 1
        if not exact or (minimum is not None and value < minimum):
            bound = "an exact integer" if minimum is None else f"an exact integer >= {minimum}"
            raise InvalidInputError(
                "values",
                f"must make {expr} {bound}",
                value if is_array(value) else to_sympy(value).n(17),
                "pass ints for the symbols in sizes, indices and limits",
            )
        return int(value)

    def shape(self, matrix: sp.Basic) -> tuple[int, int]:
        """Return the shape of a matrix expression."""
        rows, columns = (self.integer(s, minimum=1) for s in matrix.shape)
        if 8 * rows * columns > _MAX_BYTES:
            raise CostLimitError(
                f"a {rows} x {columns} matrix",
                8 * rows * columns,
                _MAX_BYTES,
                "bytes",
                "give the sizes smaller values",
            )
        return rows, columns


def unsupported(expr: sp.Basic) -> InvalidInputError:
    """Return the error for a node without a rule."""
    return InvalidInputError(
        "expr",
        f"must be built from nodes with a numerical rule; {type(expr).__name__} has none",
        expr,
        "see weingarten.expect for what is supported",
    )


#: Takes an evaluator and a node, and returns the value of the node.
Rule: TypeAlias = Callable[[Evaluator, Any], Any]

#: The rule for each class of nodes.
NODES: ByType[Rule] = ByType()
