"""From a SymPy expression to a polynomial of tensor networks: the state, and what finds the rules.

Every construct lowers to entries: ``entry(M, r, c)`` writes the entry of a matrix expression at two
labels as a sum of products of tensors, traces and products bind labels, Hadamard products put both
factors on the same pair of labels. What does not involve a random matrix stays a coefficient. What
a SymPy node lowers to is a row of a table, added by :mod:`weingarten.networks.lowering.rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, Literal, NamedTuple, TypeAlias

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.budget import foresee, tick
from weingarten.dispatch import ByType
from weingarten.errors import InvalidInputError
from weingarten.networks.canonical import canonical_product
from weingarten.networks.factors import reduced
from weingarten.networks.lowering.open_products import Product, is_open, single
from weingarten.networks.lowering.refusals import is_random, plainly_named, unsupported
from weingarten.networks.model import (
    COLUMN,
    ROW,
    Component,
    Label,
    Monomial,
    Polynomial,
    Properties,
    Tensor,
    add_to,
    monomial_product,
)
from weingarten.networks.naming import distinct_indices
from weingarten.networks.ranges import IndexRanges, indicator_of
from weingarten.networks.shapes import SHAPES, Shape, ShapeRule, shape_of
from weingarten.nodes import nodes_of

__all__ = [
    "MATRICES",
    "SCALARS",
    "Lowering",
    "MatrixRule",
    "ScalarRule",
    "add_rule",
    "foresee_expansion",
]

_ONE: Monomial = frozenset()

#: What becomes of a node without a random matrix in it. It is left a coefficient, or merged: a
#: factor of the monomials, so that equal ones are found; or opened: taken apart where something
#: inside merges; or always taken apart.
Constant: TypeAlias = Literal["left", "merged", "opened", "taken apart"]


class ScalarRule(NamedTuple):
    """One row: some classes of scalar nodes, and the polynomial that such a node is."""

    nodes: tuple[type, ...]
    lower: Callable[[Lowering, Any], Polynomial]
    constant: Constant = "left"


class MatrixRule(NamedTuple):
    """One row: some classes of matrix nodes, their entry at two labels, and their shape."""

    nodes: tuple[type, ...]
    entry: Callable[[Lowering, Any, Label, Label], list[Product]]
    shape: ShapeRule | None = None


#: The rule for each class of nodes.
SCALARS: ByType[ScalarRule] = ByType()
MATRICES: ByType[MatrixRule] = ByType()
#: The nodes of which equal ones are found: constants with one of these inside are taken apart.
_merged: list[type] = []


def add_rule(rule: ScalarRule | MatrixRule) -> None:
    """Add a row to the tables."""
    if isinstance(rule, ScalarRule):
        SCALARS.add(rule.nodes, rule)
        if rule.constant == "merged":
            _merged.extend(rule.nodes)
        return
    MATRICES.add(rule.nodes, rule)
    if rule.shape is not None:
        SHAPES.add(rule.nodes, rule.shape)


_SIZED = (sp.MatrixSymbol, sp.Identity, sp.ZeroMatrix, sp.OneMatrix)


def _symbols_of_sizes(nodes: Iterable[sp.Basic]) -> set[sp.Basic]:
    """Return the symbols that sizes of matrices, indices of entries and limits of sums hold."""
    places: set[sp.Expr] = set()
    for node in nodes:
        if isinstance(node, _SIZED):
            places.update(node.shape)
        elif isinstance(node, MatrixElement):
            places.update(node.indices)
        elif isinstance(node, sp.Sum):
            places.update(x for limits in node.limits for x in limits)
    return {s for place in places for s in sp.sympify(place).free_symbols}


def foresee_expansion(monomials: int) -> None:
    """Predict the time of writing out monomials, and of averaging them one by one afterwards."""
    monomials = min(monomials, 10**300)
    foresee(f"expanding the expression to {monomials:.2g} monomials", 1e-3 * monomials)


class Lowering:
    """Lower one expression; bound labels are numbered within it.

    Parameters
    ----------
    properties : Properties
        What is known of the constants.

    Attributes
    ----------
    ranges : IndexRanges
        What is known of the values of fixed labels.
    """

    def __init__(self, properties: Properties) -> None:
        self.properties = properties
        self.ranges = IndexRanges()
        self.sizes: dict[int, sp.Expr] = {}
        self._ids: Iterator[int] = count(-1, -1)
        self._cache: dict[sp.Basic, Polynomial] = {}
        self._whole: set[sp.Basic] = set()

    def prepare(self, expr: sp.Basic) -> sp.Basic:
        """Return an expression of the user ready for lowering: no two sums share an index."""
        expr = distinct_indices(expr)
        nodes = nodes_of(expr)
        if any(isinstance(node, MatrixElement) for node in nodes):
            self.ranges.read_off(expr)
        self._whole |= _symbols_of_sizes(nodes)
        if not any(isinstance(node, sp.conjugate) for node in nodes):
            return expr
        return expr.xreplace({sp.conjugate(s): s for s in self._whole})

    def conjugate(self, value: sp.Expr) -> sp.Expr:
        """Return the complex conjugate of a number; sizes, indices and limits are integers."""
        whole = {s: sp.Dummy(integer=True) for s in value.free_symbols if s in self._whole}
        back = {dummy: s for s, dummy in whole.items()}
        return sp.conjugate(value.xreplace(whole)).xreplace(back)

    def fresh(self, size: sp.Expr) -> Label:
        """Return a new bound label; an index with one value is the fixed label 0."""
        if size == 1:
            return sp.Integer(0)
        label = next(self._ids)
        self.sizes[label] = sp.sympify(size)
        return label

    # scalars ------------------------------------------------------------------------------

    def scalar(self, expr: sp.Expr) -> Polynomial:
        """Return a scalar expression as a polynomial."""
        if expr not in self._cache:
            self._cache[expr] = self._scalar(expr)
        return self._cache[expr]

    def _scalar(self, expr: sp.Expr) -> Polynomial:
        if expr == 0:
            return {}
        rule = SCALARS.find(type(expr))
        if not is_random(expr):
            return self._constant(expr, rule)
        if rule is None:
            raise unsupported(expr, f"{type(expr).__name__} is not")
        return rule.lower(self, expr)

    def _constant(self, expr: sp.Expr, rule: ScalarRule | None) -> Polynomial:
        """Lower what is not random: known scalars join the monomials so that equal ones merge."""
        if rule is None or rule.constant == "left":
            return {_ONE: expr}
        if rule.constant != "taken apart" and not expr.has(*_merged):
            return {_ONE: expr}
        try:
            return rule.lower(self, expr)
        except InvalidInputError:
            self._check_indices(expr)
            return {_ONE: expr}

    def closed(self, products: list[Product]) -> Polynomial:
        """Close open products: bound labels are summed, equal terms merge."""
        total: Polynomial = {}
        for product in products:
            tick()
            labels = {
                label
                for item in (*product.tensors, *(d[:2] for d in product.deltas))
                for label in item
                if isinstance(label, int)
            }
            closed = canonical_product(
                product.tensors,
                product.deltas,
                {label: self.sizes[label] for label in labels},
                self.properties,
            )
            if closed is not None:
                add_to(
                    total,
                    reduced(monomial_product(product.monomial, closed[1])),
                    product.coefficient * closed[0],
                )
        return total

    def indicator(self, value: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> sp.Expr:
        """Return 1 if a value lies between two limits, 0 if not, by cases if that depends."""
        conditions = []
        for slack, condition in ((value - lower, value >= lower), (upper - value, value <= upper)):
            if self.ranges.always_negative(slack):
                return sp.Integer(0)
            if not self.ranges.never_negative(slack):
                conditions.append(condition)
        return indicator_of(sp.And(*conditions)) if conditions else sp.Integer(1)

    def instantiate(self, component: Component) -> tuple[list[Tensor], dict[int, sp.Expr]]:
        """Return the tensors of a component with fresh bound labels, and their sizes."""
        fresh = [next(self._ids) for _ in component.sizes]
        sizes = dict(zip(fresh, component.sizes, strict=True))
        self.sizes |= sizes
        return [
            (
                base,
                fresh[-1 - row] if isinstance(row, int) else row,
                fresh[-1 - column] if isinstance(column, int) else column,
            )
            for base, row, column in component.tensors
        ], sizes

    # labels -------------------------------------------------------------------------------

    def check_label(self, matrix: sp.MatrixExpr, label: Label, size: sp.Expr) -> None:
        """Raise for a fixed label that leaves the range of its index, at some point at least."""
        if isinstance(label, int) or label in (ROW, COLUMN):
            return
        if label.is_Integer and size.is_Integer and 0 <= label < size:
            return
        if label.is_integer is False:
            raise unsupported(matrix, f"its index {label} is no integer", "count indices from 0")
        sizes = size.free_symbols
        if any(self.ranges.reaches_below_zero(x, sizes) for x in (label, size - 1 - label)):
            raise unsupported(
                matrix,
                f"its index {plainly_named(label)} leaves range({size})",
                "count indices from 0, and end sums at the size minus 1",
            )

    def stays_below(self, label: Label, value: sp.Integer) -> bool:
        """Tell whether a fixed label is known never to reach a value."""
        return not isinstance(label, int) and self.ranges.always_negative(label - value)

    def _check_indices(self, expr: sp.Basic) -> None:
        for element in expr.atoms(MatrixElement):
            for label, size in zip(element.indices, shape_of(element.parent), strict=True):
                self.check_label(element.parent, label, size)

    # matrices -----------------------------------------------------------------------------

    def matrix(self, expr: sp.MatrixExpr) -> Polynomial:
        """Return a matrix expression as a polynomial in its output labels ROW and COLUMN."""
        return self.closed(self.entry(expr, *self.output_labels(shape_of(expr))))

    def output_labels(self, shape: Shape) -> list[Label]:
        """Return the labels of the rows and columns of a result, 0 where there is one."""
        for label, size in zip((ROW, COLUMN), shape, strict=True):
            self.ranges[label] = (sp.Integer(0), size - 1)
        return [
            sp.Integer(0) if size == 1 else label
            for label, size in zip((ROW, COLUMN), shape, strict=True)
        ]

    def entry(self, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
        """Return the entry of a matrix expression at two labels as a sum of open products."""
        if isinstance(matrix, sp.MatrixBase):
            matrix = sp.ImmutableMatrix(matrix)
        rows, columns = shape_of(matrix)
        self.check_label(matrix, row, rows)
        self.check_label(matrix, column, columns)
        rule = MATRICES.find(type(matrix))
        if rule is not None:
            return rule.entry(self, matrix, row, column)
        if not is_random(matrix):
            return self.constant_entry(matrix, row, column)
        raise unsupported(matrix, f"{type(matrix).__name__} is not")

    def constant_entry(self, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
        """Leave a constant as it is; single entries of explicit matrices are numbers."""
        if isinstance(matrix, sp.MatrixBase) and not is_open(row, column):
            ends = [sp.sympify(label) for label in (row, column)]
            if all(label.is_Integer for label in ends):
                return self.products(matrix[tuple(map(int, ends))])
        return single(matrix, row, column)

    def products(self, value: sp.Expr) -> list[Product]:
        """Return a scalar as a sum of products without labels."""
        return [
            Product(coefficient, monomial) for monomial, coefficient in self.scalar(value).items()
        ]
