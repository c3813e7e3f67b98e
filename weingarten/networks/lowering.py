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
from weingarten.networks.canonical import Delta, canonical_product
from weingarten.networks.factors import (
    DeterminantSign,
    SummedBlock,
    leibniz,
    leibniz_seconds,
    mentions,
    occurs_plainly,
    reduce_signs,
    rename,
)
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
from weingarten.symbols import HaarOrthogonal

__all__ = ["Lowering", "Product", "is_random", "unsupported"]

SUPPORTED = (
    "supported are polynomials in entries, traces, sums, determinants, products, integer powers, "
    "transposes, inverses of Haar matrices, Hadamard products, diagonals and slices"
)
_ONE: Monomial = frozenset()


class Product(NamedTuple):
    """A product of tensors that still has open labels."""

    coefficient: sp.Expr
    monomial: Monomial
    tensors: tuple[Tensor, ...] = ()
    deltas: tuple[Delta, ...] = ()


def unsupported(expr: sp.Basic, reason: str, remedy: str = SUPPORTED) -> InvalidInputError:
    """Return the error for a subexpression that is no polynomial in random matrices."""
    return InvalidInputError(
        "expr", f"must be polynomial in the random matrices; {reason}", expr, remedy
    )


def is_random(expr: sp.Basic) -> bool:
    """Tell whether a Haar matrix occurs in ``expr``."""
    return bool(expr.has(HaarOrthogonal))


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
    """

    def __init__(self, properties: Properties) -> None:
        self.properties = properties
        self.sizes: dict[int, sp.Expr] = {}
        self._ids: Iterator[int] = count(-1, -1)
        self._cache: dict[sp.Basic, Polynomial] = {}

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
        if isinstance(expr, sp.MatrixExpr | sp.MatrixBase):
            zero = sp.Integer(0)
            return self.closed(self.entry(expr, zero, zero))
        if not is_random(expr):
            return self._constant(expr)
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
            return product
        if isinstance(expr, sp.Pow):
            return self._power(expr)
        if isinstance(expr, MatrixElement):
            return self.closed(self.entry(expr.parent, *map(sp.sympify, expr.indices)))
        if isinstance(expr, sp.Trace):
            return self._trace(expr)
        if isinstance(expr, sp.Sum):
            return self._sum(expr)
        if isinstance(expr, sp.Determinant):
            return self._determinant(expr.arg)
        evaluated = expr.doit(deep=False) if hasattr(expr, "doit") else expr
        if evaluated != expr and isinstance(evaluated, sp.Expr):
            return self.scalar(evaluated)
        raise unsupported(expr, f"{type(expr).__name__} is not")

    def _trace(self, expr: sp.Trace) -> Polynomial:
        from weingarten.networks.entries import check_equal  # noqa: PLC0415 - mutual recursion

        check_equal(expr, *expr.arg.shape)
        label = self.fresh(expr.arg.shape[0])
        return self.closed(self.entry(expr.arg, label, label))

    def _constant(self, expr: sp.Expr) -> Polynomial:
        """Lower what is not random: known scalars join the monomials so that equal ones merge."""
        if expr.has(sp.Trace, MatrixElement, sp.Sum) and not expr.has(sp.Derivative, sp.Integral):
            try:
                if isinstance(expr, sp.Add | sp.Mul | sp.Trace | MatrixElement):
                    return self._constant_structure(expr)
                if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp.is_positive:
                    return self._power(expr)
            except InvalidInputError:
                return {_ONE: expr}
        return {_ONE: expr}

    def _constant_structure(self, expr: sp.Expr) -> Polynomial:
        if isinstance(expr, sp.Trace):
            return self._trace(expr)
        if isinstance(expr, MatrixElement):
            return self.closed(self.entry(expr.parent, *map(sp.sympify, expr.indices)))
        if isinstance(expr, sp.Add):
            total: Polynomial = {}
            for term in expr.args:
                for monomial, coefficient in self.scalar(term).items():
                    add_to(total, monomial, coefficient)
            return total
        product: Polynomial = {_ONE: sp.Integer(1)}
        for arg in expr.args:
            product = polynomial_product(product, self.scalar(arg))
        return product

    def _power(self, expr: sp.Pow) -> Polynomial:
        base, exponent = expr.args
        if not exponent.is_Integer:
            raise unsupported(expr, "an exponent must be an integer", "use an integer exponent")
        if isinstance(base, sp.Determinant) and is_random(base):
            inner = self.scalar(base)
            if len(inner) == 1 and int(exponent) < 0:
                (monomial, coefficient) = next(iter(inner.items()))
                if all(isinstance(item, DeterminantSign) for item, _ in monomial):
                    inner, exponent = {monomial: 1 / coefficient}, -exponent
            return self._repeated(inner, int(exponent), expr)
        if exponent.is_negative:
            raise unsupported(
                expr, "a random scalar stands in the denominator", "use non-negative powers"
            )
        return self._repeated(self.scalar(base), int(exponent), expr)

    def _repeated(self, base: Polynomial, exponent: int, expr: sp.Basic) -> Polynomial:
        if exponent < 0:
            raise unsupported(expr, "a random scalar stands in the denominator")
        if len(base) == 1:
            (monomial, coefficient) = next(iter(base.items()))
            powered = frozenset((item, power * exponent) for item, power in monomial)
            return {reduce_signs(powered): coefficient**exponent} if exponent else {_ONE: sp.S.One}
        _foresee_expansion(comb(len(base) + exponent - 1, exponent))
        product: Polynomial = {_ONE: sp.Integer(1)}
        for _ in range(exponent):
            product = polynomial_product(product, base)
        return product

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
                    monomial_product(product.monomial, closed[1]),
                    product.coefficient * closed[0],
                )
        return total

    # sums ---------------------------------------------------------------------------------

    def _sum(self, expr: sp.Sum) -> Polynomial:
        inner, limits = expr.function, expr.limits
        variable, *bounds = limits[0]
        if len(bounds) != 2:
            raise unsupported(expr, "a sum needs a lower and an upper limit", "give both limits")
        lower, upper = bounds
        if is_random(lower) or is_random(upper):
            raise unsupported(expr, "a limit of a sum is random", "use constant limits")
        index = sp.Dummy(variable.name, integer=True)
        inner = inner.subs(variable, index)
        rest = [(v, lo.subs(variable, index), hi.subs(variable, index)) for v, lo, hi in limits[1:]]
        number = sp.expand(upper - lower + 1)
        if number.is_Integer and self._explicit(inner, index, lower):
            total: Polynomial = {}
            for k in range(int(number)):
                tick()
                for monomial, coefficient in self.scalar(
                    sp.Sum(inner.subs(index, lower + k), *rest)
                    if rest
                    else inner.subs(index, lower + k)
                ).items():
                    add_to(total, monomial, coefficient)
            return total
        summed = self._bind(self.scalar(inner), index, lower, upper, number)
        for v, lo, hi in rest:
            outer = sp.Dummy(v.name, integer=True)
            summed = rename(summed, v, outer)
            summed = self._bind(summed, outer, lo, hi, sp.expand(hi - lo + 1))
        return summed

    def _explicit(self, inner: sp.Expr, index: sp.Symbol, lower: sp.Expr) -> bool:
        """Tell whether a finite sum has to be written out: its index is not a plain one from 0."""
        if lower != 0:
            return True
        return any(
            index in place.free_symbols and place != index
            for element in inner.atoms(MatrixElement)
            for place in element.indices
        ) or any(
            node.has(index)
            for node in (
                *inner.atoms(sp.KroneckerDelta, sp.MatrixSymbol),
                *(limit for nested in inner.atoms(sp.Sum) for limit in nested.limits),
            )
        )

    def _bind(
        self, poly: Polynomial, index: sp.Symbol, lower: sp.Expr, upper: sp.Expr, number: sp.Expr
    ) -> Polynomial:
        """Sum a polynomial over a fixed label, as a bound label where that is possible."""
        total: Polynomial = {}
        for monomial, coefficient in poly.items():
            touched = [(item, p) for item, p in monomial if mentions(item, index)]
            others = frozenset(item for item in monomial if item not in touched)
            if not touched:
                factor = (
                    sp.summation(coefficient, (index, lower, upper))
                    if coefficient.has(index)
                    else coefficient * number
                )
                add_to(total, others, factor)
            elif (
                lower == 0
                and not coefficient.has(index)
                and all(
                    isinstance(item, Component) and occurs_plainly(item, index)
                    for item, _ in touched
                )
            ):
                label = self.fresh(number)
                sizes = {} if not isinstance(label, int) else {label: number}
                tensors: list[Tensor] = []
                for item, power in touched:
                    for _ in range(power):
                        copied, inner_sizes = self.instantiate(item)  # type: ignore[arg-type]
                        sizes |= inner_sizes
                        tensors += [
                            (m, label if r == index else r, label if c == index else c)
                            for m, r, c in copied
                        ]
                closed = canonical_product(tensors, (), sizes, self.properties)
                if closed is not None:
                    add_to(total, monomial_product(others, closed[1]), coefficient * closed[0])
            else:
                block = SummedBlock(index, lower, upper, coefficient, frozenset(touched))
                add_to(total, monomial_product(others, [(block, 1)]), sp.Integer(1))
        return total

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

    # determinants -------------------------------------------------------------------------

    def _determinant(self, matrix: sp.MatrixExpr) -> Polynomial:
        if not is_random(matrix):
            return {_ONE: sp.Determinant(matrix)}
        if isinstance(matrix, HaarOrthogonal):
            return {frozenset([(DeterminantSign(matrix), 1)]): sp.Integer(1)}
        if isinstance(matrix, sp.Transpose):
            return self._determinant(matrix.arg)
        if isinstance(matrix, sp.Inverse):
            inner = self._determinant(matrix.arg)
            if len(inner) == 1:
                (monomial, coefficient) = next(iter(inner.items()))
                if all(isinstance(item, DeterminantSign) for item, _ in monomial):
                    return {monomial: 1 / coefficient}
        if isinstance(matrix, sp.MatPow) and matrix.exp.is_Integer:
            return self._power(sp.Pow(sp.Determinant(matrix.base), matrix.exp, evaluate=False))
        if isinstance(matrix, sp.MatMul):
            scale, factors = matrix.as_coeff_matrices()
            if all(factor.is_square for factor in factors):
                product = (
                    self.scalar(scale**matrix.rows)
                    if not is_random(scale)
                    else self._power(sp.Pow(scale, matrix.rows, evaluate=False))
                )
                for factor in factors:
                    product = polynomial_product(product, self._determinant(factor))
                return {reduce_signs(m): c for m, c in product.items()}
        if sp.sympify(matrix.shape[0]).is_Integer:
            size = int(matrix.shape[0])
            foresee(f"writing out a determinant of size {size}", leibniz_seconds(size))
            entries = [
                [self.closed(self.entry(matrix, sp.Integer(a), sp.Integer(b))) for b in range(size)]
                for a in range(size)
            ]
            return leibniz(entries)
        raise unsupported(
            sp.Determinant(matrix),
            "this determinant is no polynomial of known degree",
            "use products, or matrices of integer size",
        )

    # matrices -----------------------------------------------------------------------------

    def matrix(self, expr: sp.MatrixExpr) -> Polynomial:
        """Return a matrix expression as a polynomial in its output labels ROW and COLUMN."""
        ends = [
            sp.Integer(0) if size == 1 else label
            for label, size in zip((ROW, COLUMN), expr.shape, strict=True)
        ]
        return self.closed(self.entry(expr, *ends))

    def entry(self, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
        """Return the entry of a matrix expression at two labels as a sum of open products."""
        from weingarten.networks.entries import entry  # noqa: PLC0415 - mutual recursion

        return entry(self, matrix, row, column)
