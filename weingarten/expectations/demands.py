"""Where a result holds: what averages demand of dimensions, and indices of the sizes above them.

A demand is an expression that has to be at least 0, such as ``d - 6`` for the row 5 of d rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.networks.factors import is_long_minor
from weingarten.networks.shapes import shape_of
from weingarten.nodes import nodes_of
from weingarten.symbols.points import OrthonormalColumns
from weingarten.symbols.random_matrices import RandomMatrix, RandomSlice

__all__ = ["Demands"]

#: The limits of the sums around a place, the innermost first.
Scope = tuple[sp.Tuple, ...]

#: What states its own size; other matrices derive theirs from these.
_SIZED = (sp.MatrixSymbol, sp.Identity, sp.ZeroMatrix, sp.OneMatrix)
#: What lies below or above one of its arguments.
_BOUNDED = (sp.Min, sp.Max, sp.Mod)
#: An index that neither rises nor falls with that of a sum is tried at so many values.
_MOST_VALUES = 32
#: Demands that are added up in pairs, to see whether another one follows.
_MOST_OTHERS = 8


class Demands:
    """What the indices, slices, sums and sizes in an expression demand of its dimensions.

    Sizes, of parts too, are taken for positive integers and other symbols for natural numbers: what
    follows from that is no demand. A symbol that is an index by itself, as in ``W[i, j]``, is taken
    for an index of that matrix. Nothing is demanded of constant matrices whose sizes are none of
    random ones, nor inside a Piecewise, whose conditions may exclude it. What neither rises nor
    falls with the index of a sum is demanded for each index, which is left as a symbol.

    Parameters
    ----------
    expr : Basic
        The random expression.

    Examples
    --------
    >>> from weingarten import HaarOrthogonal
    >>> d, r = sp.symbols("d r")
    >>> W = HaarOrthogonal("W", d)
    >>> Demands(W[3, 5] ** 2 * sp.Trace(W[:r, :] * W[:r, :].T)).condition({d: 2})
    (d >= 6) & (r <= d)
    """

    def __init__(self, expr: sp.Basic) -> None:
        nodes = nodes_of(expr)
        shapes = {x: shape_of(x) for x in nodes if isinstance(x, _SIZED)}
        numbers = [x for part in nodes if isinstance(part, MatrixSlice) for x in shape_of(part)]
        self._of_random = _symbols(shapes[x] for x in shapes if isinstance(x, RandomMatrix))
        self._sizes = _symbols([*shapes.values(), [x for x in numbers if x.is_Symbol or x.is_Mul]])
        #: The constant of the strongest demand that there is beside each expression without one.
        self._found: dict[sp.Expr, sp.Rational] = {}
        self._granted: list[sp.Expr] = []
        for matrix, shape in shapes.items():
            # a number or a symbol is taken for a size
            sizes = [size for size in dict.fromkeys(shape) if not size.is_Atom]
            if sizes and self._counts(matrix):
                for size in sizes:
                    self._demand(size - 1)
            if isinstance(matrix, OrthonormalColumns):
                self._demand(shape[0] - shape[1])
        for node, scope in _placed(expr):
            if isinstance(node, MatrixElement) and self._counts(node.parent):
                for index, size in zip(node.indices, shape_of(node.parent), strict=True):
                    self._index(sp.sympify(index), size, scope)
            elif isinstance(node, MatrixSlice) and self._counts(node.parent):
                for part, size in zip(node.args[1:], shape_of(node.parent), strict=True):
                    self._part(part, size, scope)
            elif isinstance(node, sp.Determinant):
                self._minor(node.arg, scope)

    def least(self, dimension: sp.Expr) -> int:
        """Return the least value of a dimension at which the indices that are numbers exist."""
        factor, size = sp.expand(dimension).as_content_primitive()
        gaps = [sp.expand(size - rest - number) for rest, number in self._found.items()]
        return max((int(factor * gap) for gap in gaps if gap.is_Integer), default=1)

    def condition(self, orders: Mapping[sp.Expr, int]) -> sp.Basic:
        """Return the condition under which all exists, and dimensions are at least so large."""
        found = dict(self._found)
        for dimension, least in orders.items():
            if least > 1:
                self._keep(dimension - least, found)
        demands = [rest + number for rest, number in found.items()]
        for demand in list(demands):
            others = [x for x in demands if x != demand]
            if self._follows(demand, [*others, *self._granted]):
                demands = others
        return sp.And(*map(_relation, demands))

    def _counts(self, matrix: sp.MatrixExpr) -> bool:
        """Tell whether a matrix is random, or of a size that the average is about."""
        sizes = _symbols([shape_of(matrix)])
        return matrix.has(RandomMatrix) or not self._of_random.isdisjoint(sizes)

    def _index(self, index: sp.Expr, size: sp.Expr, scope: Scope) -> None:
        if index == 0:
            return
        below = size - 1 - index
        bound = any(index == limits[0] for limits in scope)
        if index.is_Symbol and not bound and index not in self._sizes:
            self._granted.append(below)
            return
        self._demand(index, scope)
        self._demand(below, scope)

    def _part(self, part: Sequence[sp.Expr], size: sp.Expr, scope: Scope) -> None:
        start, stop, _ = map(sp.sympify, part)
        if sp.expand(stop - start) == 1:
            self._index(start, size, scope)
            return
        for demand in (start, stop - start - 1, size - stop):
            self._demand(demand, scope)

    def _minor(self, matrix: sp.MatrixExpr, scope: Scope) -> None:
        """Take on where rows and columns of a minor in closed form have to lie."""
        for part in matrix.atoms(RandomSlice):
            if part.parent.ensemble.minors and is_long_minor(shape_of(part)[0]):
                end = part.parent.ensemble.minors_end(part.parent.dimension)
                for _, stop, _ in part.args[1:]:
                    self._demand(end - stop, scope)

    def _demand(self, demand: sp.Expr, scope: Scope = ()) -> None:
        """Take a demand on, for all values of the indices of sums."""
        for least in self._least(sp.expand(demand), scope):
            self._keep(least, self._found)

    def _keep(self, demand: sp.Expr, found: dict[sp.Expr, sp.Rational]) -> None:
        demand = sp.expand(demand)
        if self._holds(demand):
            return
        number, rest = demand.as_coeff_Add()
        if rest != 0:  # integers: 2*m >= 5 is m >= 3
            factor, rest = rest.as_content_primitive()
            number = sp.floor(number / factor)
        found[rest] = min(number, found.get(rest, number))

    def _least(self, demand: sp.Expr, scope: Scope) -> Iterator[sp.Expr]:
        """Yield a demand at the ends of the sums at which it is strongest."""
        if not scope:
            yield demand
            return
        (index, lower, upper), *outer = scope
        if not demand.has(index):
            yield from self._least(demand, tuple(outer))
            return
        slope = sp.diff(demand, index)
        number = sp.expand(upper - lower + 1)
        # a square rises from 0 on
        one_way = not slope.has(sp.Derivative) and (not slope.has(index) or self._holds(lower))
        # a sum with less than no terms is, for SymPy, minus that of those in between
        backwards = not self._holds(number) and not any(number.has(x[0]) for x in outer)
        if one_way and self._holds(slope):
            ends = [lower, upper + 1] if backwards else [lower]
        elif one_way and self._holds(-slope):
            ends = [upper, lower - 1] if backwards else [upper]
        elif number.is_Integer and lower.is_Integer and number <= _MOST_VALUES:
            ends = [lower + k for k in range(int(number))]
        else:  # to hold for each index
            ends = [index]
        for end in ends:
            yield from self._least(sp.expand(demand.xreplace({index: end})), tuple(outer))

    def _follows(self, demand: sp.Expr, others: Sequence[sp.Expr]) -> bool:
        """Tell whether a demand is the sum of one or two others, and of what is never negative."""
        sums = list(others)
        if len(others) <= _MOST_OTHERS:
            sums += [one + two for one, two in combinations(others, 2)]
        return any(self._holds(sp.expand(demand - x)) for x in sums)

    def _holds(self, value: sp.Expr) -> bool:
        """Tell whether an expression is known to be at least 0, term by term."""
        if value.is_number:
            return bool(value.is_nonnegative)
        if value.has(*_BOUNDED) and self._holds_by_bounds(value):
            return True
        naturals = {s: _natural(s, s in self._sizes) for s in value.free_symbols}
        terms = sp.Add.make_args(sp.expand(value.xreplace(naturals)))
        return all(term.is_nonnegative for term in terms)

    def _holds_by_bounds(self, value: sp.Expr) -> bool:
        """Tell whether this is known from what a remainder, minimum or maximum lies between."""
        bounded = min(value.atoms(*_BOUNDED), key=sp.default_sort_key)
        place = sp.Dummy()
        slope = sp.diff(value.xreplace({bounded: place}), place)
        if not (self._holds(slope) or self._holds(-slope)):
            return False
        rises = self._holds(slope)
        if isinstance(bounded, sp.Mod):
            ends = [sp.S.Zero if rises else bounded.args[1] - 1]
        else:
            ends = list(bounded.args)
        holds = (self._holds(sp.expand(value.xreplace({bounded: end}))) for end in ends)
        one_is_enough = isinstance(bounded, sp.Mod) or rises == isinstance(bounded, sp.Max)
        return any(holds) if one_is_enough else all(holds)


# with the same dummies, SymPy remembers what it was asked of them
@lru_cache(maxsize=1024)
def _natural(symbol: sp.Basic, is_size: bool) -> sp.Expr:
    """Return a symbol as what it is at least, plus a number from 0 on."""
    if symbol.is_nonpositive:
        return symbol
    above = sp.Dummy(integer=True, nonnegative=True)
    return above + 1 if symbol.is_positive or is_size else above


def _symbols(shapes: Iterable[Sequence[sp.Expr]]) -> set[sp.Basic]:
    return {symbol for shape in shapes for size in shape for symbol in size.free_symbols}


def _placed(expr: sp.Basic) -> Iterator[tuple[sp.Basic, Scope]]:
    """Yield the parts of an expression that do not stand in one of several cases."""
    found: dict[tuple[sp.Basic, Scope], None] = {}
    open_ones: list[tuple[sp.Basic, Scope]] = [(expr, ())]
    while open_ones:
        node, scope = place = open_ones.pop()
        # the indices of a Lambda are whatever is put in
        if place in found or isinstance(node, sp.Piecewise | sp.Lambda):
            continue
        found[place] = None
        if not isinstance(node, ExprWithLimits):
            # numbers and names hold nothing: an explicit matrix may have many
            open_ones += [(part, scope) for part in node.args if part.args]
        elif all(len(limits) == 3 for limits in node.limits) and not _is_empty(node):
            open_ones.append((node.function, (*node.limits, *scope)))
    yield from found


def _is_empty(expr: ExprWithLimits) -> bool:
    return any(sp.expand(upper - lower) == -1 for _, lower, upper in expr.limits)


def _relation(demand: sp.Expr) -> sp.Basic:
    """Write a demand with positive coefficients: what is bounded stands on the left.

    Examples
    --------
    >>> d, n = sp.symbols("d n")
    >>> _relation(d - 6), _relation(d - n - 1)
    (d >= 6, n <= d - 1)
    """
    number, rest = demand.as_coeff_Add()
    terms = sp.Add.make_args(rest)
    less = [-term for term in terms if term.could_extract_minus_sign()]
    more = [term for term in terms if not term.could_extract_minus_sign()]
    if not less:
        return sp.Ge(sp.Add(*more), -number)
    return sp.Le(sp.Add(*less), sp.Add(*more, number))
