"""From a SymPy expression to a polynomial of tensor networks.

Every construct lowers to entries: ``entry(M, r, c)`` writes the entry of a matrix expression at two
labels as a sum of products of tensors, traces and products bind labels, Hadamard products put both
factors on the same pair of labels. What does not involve a random matrix stays a coefficient.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import comb
from typing import NamedTuple

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.budget import foresee, tick
from weingarten.errors import InvalidInputError
from weingarten.networks.canonical import canonical_product
from weingarten.networks.factors import SummedBlock, reduced, reduced_polynomial
from weingarten.networks.lowering.blocks import diagonal_blocks
from weingarten.networks.lowering.conjugates import conjugate_polynomial
from weingarten.networks.lowering.determinants import determinant, inverse_of_sign, permanent
from weingarten.networks.lowering.refusals import check_equal, is_random, plainly_named, unsupported
from weingarten.networks.lowering.sums import sum_over
from weingarten.networks.merging import Delta
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
    polynomial_product,
)
from weingarten.networks.naming import distinct_indices, replaced
from weingarten.networks.ranges import IndexRanges, indicator_of
from weingarten.networks.shapes import Shape, shape_of

__all__ = ["Lowering", "Product"]

_ONE: Monomial = frozenset()
#: Constants with one of these inside are taken apart, so that equal ones merge.
_STRUCTURE = (sp.Trace, MatrixElement, sp.KroneckerDelta)
#: Sums with more terms are averaged for a symbolic index, not term by term.
_MAX_WRITTEN_OUT = 32


class Product(NamedTuple):
    """A product of tensors that still has open labels."""

    coefficient: sp.Expr
    monomial: Monomial
    tensors: tuple[Tensor, ...] = ()
    deltas: tuple[Delta, ...] = ()


def _symbols_of_sizes(expr: sp.Basic) -> set[sp.Basic]:
    """Return the symbols that sizes of matrices, indices of entries and limits of sums hold."""
    places: list[sp.Expr] = []
    for matrix in expr.atoms(sp.MatrixSymbol, sp.Identity, sp.ZeroMatrix, sp.OneMatrix):
        places += matrix.shape
    for element in expr.atoms(MatrixElement):
        places += element.indices
    for total in expr.atoms(sp.Sum):
        places += [x for limits in total.limits for x in limits]
    return {s for place in places for s in sp.sympify(place).free_symbols}


def _foresee_expansion(monomials: int) -> None:
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
        self.ranges.read_off(expr)
        self._whole |= _symbols_of_sizes(expr)
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
        if not is_random(expr):
            return self._constant(expr)
        found = self._structure(expr)
        if found is None:
            raise unsupported(expr, f"{type(expr).__name__} is not")
        return found

    def _structure(self, expr: sp.Expr) -> Polynomial | None:
        """Return a polynomial by the rule for this node, None if there is none."""
        if isinstance(expr, sp.MatrixExpr | sp.MatrixBase):
            return self._single_entry(expr)
        if isinstance(expr, sp.Add):
            total: Polynomial = {}
            for term in expr.args:
                for monomial, coefficient in self.scalar(term).items():
                    add_to(total, monomial, coefficient)
            return total
        if isinstance(expr, sp.Mul):
            product: Polynomial = {_ONE: sp.Integer(1)}
            for factor in sorted((self.scalar(arg) for arg in expr.args), key=len):
                _foresee_expansion(len(product) * len(factor))
                product = polynomial_product(product, factor)
            return reduced_polynomial(product)
        if isinstance(expr, sp.Pow):
            return self._power(expr)
        if isinstance(expr, MatrixElement):
            return self.closed(self.entry(expr.parent, *map(sp.sympify, expr.indices)))
        if isinstance(expr, sp.Trace):
            return self._trace(expr)
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        if isinstance(expr, sp.Product):
            return self._product(expr)
        if isinstance(expr, sp.KroneckerDelta):
            delta = sp.KroneckerDelta(*expr.args[:2])
            return {_ONE: delta} if delta.is_number else {frozenset([(delta, 1)]): sp.S.One}
        if isinstance(expr, sp.Determinant):
            return determinant(self, expr.arg)
        if isinstance(expr, sp.Permanent):
            return permanent(self, expr.arg)
        if isinstance(expr, sp.Piecewise):
            return self._cases(expr)
        if isinstance(expr, sp.conjugate):
            return conjugate_polynomial(self, self.scalar(expr.args[0]))
        if isinstance(expr, sp.re | sp.im):
            return self._part(expr)
        return None

    def _single_entry(self, expr: sp.MatrixExpr) -> Polynomial:
        matrix = sp.ImmutableMatrix(expr) if isinstance(expr, sp.MatrixBase) else expr
        if shape_of(matrix) != (1, 1):
            raise unsupported(expr, "a matrix stands where a number belongs", "take one entry")
        return self.closed(self.entry(matrix, sp.Integer(0), sp.Integer(0)))

    def _trace(self, expr: sp.Trace) -> Polynomial:
        blocks = diagonal_blocks(expr.arg)
        if blocks is not None:
            return self.scalar(sp.Add(*(sp.Trace(block) for block in blocks)))
        rows, columns = shape_of(expr.arg)
        check_equal(expr, rows, columns)
        label = self.fresh(rows)
        return self.closed(self.entry(expr.arg, label, label))

    def _constant(self, expr: sp.Expr) -> Polynomial:
        """Lower what is not random: known scalars join the monomials so that equal ones merge."""
        if isinstance(expr, sp.Sum) or (
            expr.has(*_STRUCTURE)
            and isinstance(expr, (*_STRUCTURE, sp.Add, sp.Mul, sp.Pow, sp.MatrixExpr))
        ):
            try:
                found = self._structure(expr)
            except InvalidInputError:
                self._check_indices(expr)
                return {_ONE: expr}
            return {_ONE: expr} if found is None else found
        return {_ONE: expr}

    def _power(self, expr: sp.Pow) -> Polynomial:
        base, exponent = expr.args
        if not exponent.is_Integer:
            raise unsupported(expr, "an exponent must be an integer", "use an integer exponent")
        power = int(exponent)
        if isinstance(base, sp.Abs) and power > 0 and power % 2 == 0:
            inner = self.scalar(base.args[0])
            squared = polynomial_product(inner, conjugate_polynomial(self, inner))
            return self._repeated(reduced_polynomial(squared), power // 2)
        inner = self.scalar(base)
        if power < 0:
            inverse = inverse_of_sign(inner)
            if inverse is None:
                raise unsupported(
                    expr, "a random scalar stands in the denominator", "use non-negative powers"
                )
            inner, power = inverse, -power
        return self._repeated(inner, power)

    def _repeated(self, base: Polynomial, exponent: int) -> Polynomial:
        if exponent == 0:
            return {_ONE: sp.Integer(1)}
        if len(base) == 1:
            ((monomial, coefficient),) = base.items()
            powered = frozenset((item, power * exponent) for item, power in monomial)
            return {reduced(powered): coefficient**exponent}
        _foresee_expansion(comb(len(base) + exponent - 1, exponent))
        product: Polynomial = {_ONE: sp.Integer(1)}
        for _ in range(exponent):
            product = polynomial_product(product, base)
        return reduced_polynomial(product)

    def _part(self, expr: sp.Expr) -> Polynomial:
        """Return the real or the imaginary part as half of x ± its conjugate."""
        inner = self.scalar(expr.args[0])
        sign, scale = (1, sp.S.Half) if isinstance(expr, sp.re) else (-1, 1 / (2 * sp.I))
        total = {monomial: scale * c for monomial, c in inner.items()}
        for monomial, coefficient in conjugate_polynomial(self, inner).items():
            add_to(total, monomial, sign * scale * coefficient)
        return total

    def _cases(self, expr: sp.Piecewise) -> Polynomial:
        """Return the sum of the cases, each with the indicator that it is the one that holds."""
        total: Polynomial = {}
        before: sp.Basic = sp.false
        if expr.args[-1][1] != sp.true:
            raise unsupported(expr, "no case holds everywhere else", "end with (0, True)")
        for value, condition in expr.args:
            if is_random(condition):
                raise unsupported(expr, "a case depends on a random matrix")
            indicator = indicator_of(sp.And(condition, sp.Not(before)))
            for monomial, coefficient in self.scalar(value).items():
                add_to(total, monomial, coefficient * indicator)
            before = sp.Or(before, condition)
        return total

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

    # sums ---------------------------------------------------------------------------------

    def _sum(self, expr: sp.Sum) -> Polynomial:
        """Sum over the outermost index; those listed before it are sums inside."""
        *inside, (index, *bounds) = expr.limits
        if len(bounds) != 2:
            raise unsupported(expr, "a sum needs a lower and an upper limit", "give both limits")
        lower, upper = map(sp.sympify, bounds)
        if is_random(lower) or is_random(upper):
            raise unsupported(expr, "a limit of a sum is random", "use constant limits")
        number = sp.expand(upper - lower + 1)
        if number.is_number and not number.is_Integer:
            raise InvalidInputError(
                "expr",
                "must have sums with finitely many terms",
                plainly_named(expr),
                "give integers or symbols as limits",
            )
        if number == 0:
            return {}
        if number.is_negative:  # the convention of SymPy's sums: the terms in between, subtracted
            between = sp.Sum(expr.function, *inside, (index, upper + 1, lower - 1))
            return {m: -c for m, c in self.scalar(between).items()}
        body = sp.Sum(expr.function, *inside) if inside else expr.function
        self.ranges[index] = (lower, upper)
        summed = sum_over(self, self.scalar(body), (index, lower, upper))
        stays = any(isinstance(item, SummedBlock) for monomial in summed for item, _ in monomial)
        if stays and number.is_Integer and number <= _MAX_WRITTEN_OUT:
            return self._written_out(body, index, lower, int(number))
        return summed

    def _written_out(
        self, body: sp.Expr, index: sp.Symbol, lower: sp.Expr, number: int
    ) -> Polynomial:
        total: Polynomial = {}
        for k in range(number):
            tick()
            term = distinct_indices(replaced(body, index, lower + k))
            for monomial, coefficient in self.scalar(term).items():
                add_to(total, monomial, coefficient)
        return total

    def _product(self, expr: sp.Product) -> Polynomial:
        """Write out a product over an index with integer limits."""
        *inside, (index, lower, upper) = expr.limits
        if not (lower.is_Integer and upper.is_Integer):
            raise unsupported(expr, "a product runs to a symbolic limit", "use integer limits")
        foresee(f"a product of {upper - lower + 1} factors", 1e-4 * float(upper - lower))
        body = sp.Product(expr.function, *inside) if inside else expr.function
        factors = [
            distinct_indices(replaced(body, index, sp.Integer(k)))
            for k in range(int(lower), int(upper) + 1)
        ]
        return self.scalar(sp.Mul(*factors))

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
        from weingarten.networks.lowering.matrix_entries import entry  # noqa: PLC0415 - mutual recursion

        return entry(self, matrix, row, column)
