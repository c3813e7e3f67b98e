"""What is known of the values of indices: the limits of sums, the sizes of matrices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.networks.model import sort_key
from weingarten.networks.shapes import shape_of

__all__ = ["IndexRanges", "indicator_of", "is_indicator"]

Range = tuple[sp.Expr, sp.Expr]

#: What symbolic sizes exceed when an index is judged to leave them.
_LARGE = 16
#: Indices of one label whose ends are all tried.
_MOST_CORNERS = 5


def indicator_of(condition: sp.Basic) -> sp.Expr:
    """Return 1 where a condition holds and 0 elsewhere."""
    return sp.Piecewise((sp.Integer(1), condition), (sp.Integer(0), True))


def is_indicator(expr: sp.Basic) -> bool:
    """Tell whether an expression is what :func:`indicator_of` returns."""
    return isinstance(expr, sp.Piecewise) and expr.args[0][0] == 1 and expr.args[1:] == ((0, True),)


class IndexRanges:
    """The range of each symbol that serves as an index, for comparing indices and limits.

    An index of a sum runs between its limits. A free symbol that labels an entry of a matrix is an
    index of that matrix, or else the expression has no meaning: that simplifies conditions, but it
    is no reason to refuse anything.
    """

    def __init__(self) -> None:
        self._bound: dict[sp.Symbol, Range] = {}
        self._read_off: dict[sp.Symbol, list[Range]] = {}

    def __setitem__(self, index: sp.Symbol, limits: Range) -> None:
        self._bound[index] = limits

    def read_off(self, expr: sp.Basic) -> None:
        """Learn from the entries of matrices which free symbols are indices of what."""
        free = expr.free_symbols
        for element in _unconditional_elements(expr):
            for index, size in zip(element.indices, shape_of(element.parent), strict=True):
                if index in free:
                    known = self._read_off.setdefault(index, [])
                    if (limits := (sp.Integer(0), size - 1)) not in known:
                        known.append(limits)

    def never_negative(self, value: sp.Expr) -> bool:
        """Tell whether a value is known to be at least 0."""
        return any(least.is_nonnegative for least in self._extremes(value, 0))

    def always_negative(self, value: sp.Expr) -> bool:
        """Tell whether a value is known to be below 0."""
        return any(most.is_negative for most in self._extremes(value, 1))

    def reaches_below_zero(self, value: sp.Expr, sizes: Iterable[sp.Symbol]) -> bool:
        """Tell whether a value is surely below 0 at an end of the sums that its indices run over.

        The sizes of matrices are taken to be large. Not sure are indices that limits of other sums
        depend on: those may be empty there.
        """
        indices = sorted(value.free_symbols & self._bound.keys(), key=sort_key)
        if len(indices) > _MOST_CORNERS or any(
            limit.free_symbols & set(indices) for limits in self._bound.values() for limit in limits
        ):
            return False
        large = {s: _LARGE + sp.Dummy(integer=True, positive=True) for s in sizes}
        for corner in product(*(self._bound[index] for index in indices)):
            at = value.xreplace(dict(zip(indices, corner, strict=True))).xreplace(large)
            if sp.expand(at).is_negative:
                return True
        return False

    def _extremes(self, value: sp.Expr, side: int) -> Iterator[sp.Expr]:
        """Yield bounds from below (0) or above (1) of an affine function of indices.

        There is one for each range that is known of an index, from putting in its end. Indices
        whose limits depend on others are put in before those.
        """
        value = sp.expand(value)
        known = {index: ranges for index in value.free_symbols if (ranges := self._of(index))}
        outer = {
            s
            for ranges in known.values()
            for limits in ranges
            for x in limits
            for s in x.free_symbols
        }
        inner = sorted(known.keys() - outer, key=sort_key)
        if not inner:
            yield value
            return
        index = inner[0]
        slope = value.coeff(index)
        if not slope.is_number or sp.expand(value - slope * index).has(index):
            yield value
            return
        end = side if slope.is_positive else 1 - side
        for limits in known[index]:
            yield from self._extremes(value.xreplace({index: limits[end]}), side)

    def _of(self, index: sp.Symbol) -> list[Range]:
        if index in self._bound:
            return [self._bound[index]]
        return self._read_off.get(index, [])

    def judged(self, coefficient: sp.Expr) -> sp.Expr:
        """Return a coefficient without the conditions that are known to hold or to fail."""
        if not coefficient.has(sp.Piecewise):
            return coefficient
        factors = []
        for factor in sp.Mul.make_args(coefficient):
            base, _ = factor.as_base_exp()
            if not is_indicator(base):
                factors.append(factor)
                continue
            kept = []
            for condition in sp.And.make_args(base.args[0][1]):
                slack = slack_of(condition)
                if slack is not None and self.always_negative(slack):
                    return sp.Integer(0)
                if slack is None or not self.never_negative(slack):
                    kept.append(condition)
            if kept:
                factors.append(indicator_of(sp.And(*kept)))
        return sp.Mul(*factors)


def slack_of(condition: sp.Basic) -> sp.Expr | None:
    """Return what is at least 0 where an inequality between integers holds, None for others."""
    if isinstance(condition, sp.Ge | sp.Le):
        return condition.gts - condition.lts
    if isinstance(condition, sp.Gt | sp.Lt):
        return condition.gts - condition.lts - 1
    return None


def _unconditional_elements(expr: sp.Basic) -> Iterator[MatrixElement]:
    """Yield the entries in an expression that do not stand in one of several cases."""
    walk = sp.preorder_traversal(expr)
    for node in walk:
        if isinstance(node, sp.Piecewise):
            walk.skip()
        elif isinstance(node, MatrixElement):
            yield node
