"""What is known of the values of indices: the limits of sums, the sizes of matrices."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.networks.shapes import shape_of

__all__ = ["IndexRanges"]


class IndexRanges:
    """The range of each symbol that serves as an index, for comparing indices and limits.

    A free symbol that labels an entry of a matrix is an index of that matrix, or else the
    expression has no meaning; an index of a sum runs between its limits.
    """

    def __init__(self) -> None:
        self._known: dict[sp.Symbol, list[tuple[sp.Expr, sp.Expr]]] = {}

    def __setitem__(self, index: sp.Symbol, limits: tuple[sp.Expr, sp.Expr]) -> None:
        known = self._known.setdefault(index, [])
        if limits not in known:
            known.append(limits)

    def read_off(self, expr: sp.Basic) -> None:
        """Learn from the entries of matrices which free symbols are indices of what."""
        free = expr.free_symbols
        for element in expr.atoms(MatrixElement):
            for index, size in zip(element.indices, shape_of(element.parent), strict=True):
                if index in free:
                    self[index] = (sp.Integer(0), size - 1)

    def never_negative(self, value: sp.Expr) -> bool:
        """Tell whether a value is known to be at least 0."""
        return any(least.is_nonnegative for least in self._extremes(value, 0))

    def always_negative(self, value: sp.Expr) -> bool:
        """Tell whether a value is known to be below 0."""
        return any(most.is_negative for most in self._extremes(value, 1))

    def ever_negative(self, value: sp.Expr) -> bool:
        """Tell whether a value is known to be below 0 somewhere in the ranges of its indices."""
        return all(least.is_negative for least in self._extremes(value, 0))

    def _extremes(
        self, value: sp.Expr, side: int, put_in: frozenset[sp.Symbol] = frozenset()
    ) -> Iterator[sp.Expr]:
        """Yield the least (0) or greatest (1) value of an affine function of indices.

        There is one for each range that is known of an index. Indices whose limits depend on others
        are put in before those, so that what comes out is a value at an actual point.
        """
        value = sp.expand(value)
        known = value.free_symbols & self._known.keys()
        if not known:
            yield value
            return
        for index in known:
            slope = value.coeff(index)
            if not slope.is_number or sp.expand(value - slope * index).has(index):
                yield value
                return
            end = side if slope.is_positive else 1 - side
            for limits in self._known[index]:
                if limits[end].free_symbols & (put_in | {index}):
                    continue
                yield from self._extremes(
                    value.xreplace({index: limits[end]}), side, put_in | {index}
                )
