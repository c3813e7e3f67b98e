"""Entries of matrix expressions as open products of tensors: one rule per SymPy matrix node."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import foresee, tick
from weingarten.errors import InvalidInputError
from weingarten.networks.lowering import Product, is_random, unsupported
from weingarten.networks.model import Label, Monomial, monomial_product
from weingarten.symbols import HaarOrthogonal
from weingarten.wording import told_apart

if TYPE_CHECKING:
    from weingarten.errors import InvalidInputError
from weingarten.networks.lowering import Lowering

__all__ = ["check_equal", "entry", "times"]

_ONE: Monomial = frozenset()
_ATOM = Product(sp.Integer(1), _ONE)


def times(left: list[Product], right: list[Product]) -> list[Product]:
    """Return the product of two sums of products."""
    terms = len(left) * len(right)
    # what comes of a term later takes longer than writing it out
    foresee(f"multiplying matrices out to {terms} terms", 2e-4 * terms)
    return [_joined(a, b) for a in left for b in right]


def _joined(a: Product, b: Product) -> Product:
    tick()
    return Product(
        a.coefficient * b.coefficient,
        monomial_product(a.monomial, b.monomial),
        a.tensors + b.tensors,
        a.deltas + b.deltas,
    )


def entry(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Return ``matrix[row, column]`` as a sum of open products."""
    rows, columns = map(sp.sympify, matrix.shape)  # some SymPy nodes have Python ints here
    _check_fixed(matrix, row, rows)
    _check_fixed(matrix, column, columns)
    if isinstance(matrix, HaarOrthogonal):
        for label, name in ((row, "row index"), (column, "column index")):
            if not isinstance(label, int):
                matrix.check_index(label, name)
        return [_ATOM._replace(tensors=((matrix, row, column),))]
    if isinstance(matrix, sp.MatrixSymbol):
        return [_ATOM._replace(tensors=((matrix, row, column),))]
    if isinstance(matrix, sp.MatMul):
        return _product(low, matrix, row, column)
    if isinstance(matrix, sp.MatAdd | sp.HadamardProduct):
        for arg in matrix.args:
            check_equal(matrix, arg.shape[0], rows)
            check_equal(matrix, arg.shape[1], columns)
    if isinstance(matrix, sp.MatAdd):
        return [term for arg in matrix.args for term in entry(low, arg, row, column)]
    if isinstance(matrix, sp.Transpose | sp.matrices.expressions.adjoint.Adjoint) and (
        isinstance(matrix, sp.Transpose) or is_random(matrix)
    ):
        return entry(low, matrix.arg, column, row)
    if isinstance(matrix, sp.HadamardProduct):
        total = [_ATOM]
        for arg in matrix.args:
            total = times(total, entry(low, arg, row, column))
        return total
    if isinstance(matrix, sp.matrices.expressions.hadamard.HadamardPower):
        if not (matrix.exp.is_Integer and matrix.exp.is_nonnegative):
            raise unsupported(matrix, "an elementwise power must be a non-negative integer")
        total = [_ATOM]
        for _ in range(int(matrix.exp)):
            total = times(total, entry(low, matrix.base, row, column))
        return total
    if isinstance(matrix, sp.Inverse):  # a MatPow for SymPy: it has to come first
        if is_random(matrix):
            return entry(low, _inverted(matrix), row, column)
        return [_ATOM._replace(tensors=((matrix, row, column),))]
    if isinstance(matrix, sp.MatPow):
        return _power(low, matrix, row, column)
    if isinstance(matrix, sp.Identity):
        return [_ATOM._replace(deltas=((row, column, rows),))]
    if isinstance(matrix, sp.ZeroMatrix):
        return []
    if isinstance(matrix, sp.OneMatrix):
        return [_ATOM] if not _open(row, column) else [_ones(low, row, column)]
    if isinstance(matrix, DiagonalMatrix):
        return times(entry(low, matrix.arg, row, row), [_equal(row, column, rows)])
    if isinstance(matrix, DiagonalOf):
        return entry(low, matrix.arg, row, row)
    if isinstance(matrix, DiagMatrix):
        zero = sp.Integer(0)
        vector = matrix.args[0]
        inner = (
            entry(low, vector, row, zero) if vector.shape[1] == 1 else entry(low, vector, zero, row)
        )
        return times(inner, [_equal(row, column, rows)])
    if isinstance(matrix, MatrixSlice):
        return _slice(low, matrix, row, column)
    if isinstance(matrix, sp.MatrixBase | sp.BlockMatrix | sp.KroneckerProduct) and (
        is_random(matrix) or not isinstance(matrix, sp.MatrixBase)
    ):
        return _explicit(low, matrix, row, column)
    if not is_random(matrix):
        constant = sp.ImmutableMatrix(matrix) if isinstance(matrix, sp.MatrixBase) else matrix
        explicit = isinstance(constant, sp.MatrixBase) and not _open(row, column)
        if explicit and row.is_Integer and column.is_Integer:  # type: ignore[union-attr]
            return [_ATOM._replace(coefficient=constant[int(row), int(column)])]
        return [_ATOM._replace(tensors=((constant, row, column),))]
    evaluated = matrix.doit(deep=False)
    if evaluated != matrix:
        return entry(low, evaluated, row, column)
    raise unsupported(matrix, f"{type(matrix).__name__} is not")


def check_equal(expr: sp.Basic, one: sp.Expr, two: sp.Expr) -> None:
    """Raise for sizes that have to be equal; SymPy lets unequal symbols pass."""
    if sp.expand(sp.sympify(one) - two) != 0:
        first, second = told_apart(one, two)
        raise InvalidInputError(
            "expr",
            "must have matching shapes",
            expr,
            f"the sizes {first} and {second} have to be equal",
        )


def _check_fixed(matrix: sp.MatrixExpr, label: Label, size: sp.Expr) -> None:
    if isinstance(label, int) or not sp.sympify(label).is_number:
        return
    if not label.is_Integer or label < 0 or sp.Ge(label, size) == sp.true:
        raise unsupported(
            matrix, f"its index {label} is outside range({size})", "count indices from 0"
        )


def _equal(row: Label, column: Label, size: sp.Expr) -> Product:
    return _ATOM._replace(deltas=((row, column, size),))


def _open(row: Label, column: Label) -> bool:
    return isinstance(row, int) or isinstance(column, int)


def _ones(low: Lowering, row: Label, column: Label) -> Product:
    """Return 1 in a way that keeps bound labels alive: each is equated with itself."""
    return _ATOM._replace(
        deltas=tuple(
            (label, label, low.sizes[label]) for label in (row, column) if isinstance(label, int)
        )
    )


def _product(low: Lowering, matrix: sp.MatMul, row: Label, column: Label) -> list[Product]:
    scale, factors = matrix.as_coeff_matrices()
    for left, right in pairwise(factors):
        check_equal(matrix, left.shape[1], right.shape[0])
    total = [Product(coefficient, monomial) for monomial, coefficient in low.scalar(scale).items()]
    here = row
    for position, factor in enumerate(factors):
        there = column if position == len(factors) - 1 else low.fresh(factor.shape[1])
        total = times(total, entry(low, factor, here, there))
        here = there
    return total


def _power(low: Lowering, matrix: sp.MatPow, row: Label, column: Label) -> list[Product]:
    base, exponent = matrix.args
    if not exponent.is_Integer:
        if not is_random(matrix):
            return [_ATOM._replace(tensors=((matrix, row, column),))]
        raise unsupported(matrix, "the exponent of a matrix must be an integer", "use an integer")
    if exponent < 0:
        base = _inverted(sp.Inverse(base)) if is_random(base) else sp.Inverse(base)
    power = abs(int(exponent))
    if power == 0:
        return [_equal(row, column, matrix.shape[0])]
    total, here = [_ATOM], row
    for step in range(power):
        there = column if step == power - 1 else low.fresh(matrix.shape[0])
        total = times(total, entry(low, base, here, there))
        here = there
    return total


def _inverted(matrix: sp.Inverse) -> sp.MatrixExpr:
    """Return the inverse of a product of Haar matrices and constants as such a product."""
    inner = matrix.arg
    if isinstance(inner, HaarOrthogonal):
        return sp.Transpose(inner)
    if isinstance(inner, sp.Inverse):
        return inner.arg
    if isinstance(inner, sp.Transpose):
        return sp.Transpose(
            _inverted(sp.Inverse(inner.arg)) if is_random(inner) else sp.Inverse(inner.arg)
        )
    if isinstance(inner, sp.MatPow) and inner.exp.is_Integer:
        return sp.MatPow(_inverted(sp.Inverse(inner.base)), inner.exp, evaluate=False)
    if isinstance(inner, sp.MatMul):
        scale, factors = inner.as_coeff_matrices()
        if not is_random(scale) and all(factor.is_square for factor in factors):
            return sp.MatMul(
                1 / scale,
                *(
                    _inverted(sp.Inverse(f)) if is_random(f) else sp.Inverse(f)
                    for f in reversed(factors)
                ),
            )
    raise unsupported(
        matrix,
        "the inverse of a sum or of a part of a random matrix is not",
        "invert only Haar matrices and their products with constants",
    )


def _slice(low: Lowering, matrix: MatrixSlice, row: Label, column: Label) -> list[Product]:
    parent = matrix.parent
    shifted = any(part[0] != 0 or part[2] != 1 for part in (matrix.rowslice, matrix.colslice))
    if shifted and not is_random(parent) and _open(row, column):
        return [_ATOM._replace(tensors=((matrix, row, column),))]
    places: list[Label] = []
    for label, (start, _, step) in ((row, matrix.rowslice), (column, matrix.colslice)):
        if start == 0 and step == 1:
            places.append(label)
        elif isinstance(label, int):
            return _explicit(low, matrix, row, column)
        else:
            places.append(sp.expand(start + step * label))
    return entry(low, parent, *places)


def _explicit(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Write a matrix of integer shape out, one value of each bound label at a time."""
    total: list[Product] = []
    ranges = []
    for label, size in zip((row, column), map(sp.sympify, matrix.shape), strict=True):
        if not isinstance(label, int):
            ranges.append([label])
        elif size.is_Integer:
            foresee(f"writing out a matrix with {size} rows or columns", 5e-4 * int(size))
            ranges.append([sp.Integer(k) for k in range(int(size))])
        else:
            raise unsupported(
                matrix,
                f"a {type(matrix).__name__} of size {size} cannot be written out",
                "use an integer size, or a slice that starts at 0",
            )
    for a in ranges[0]:
        for b in ranges[1] if row != column or not isinstance(row, int) else [a]:
            tick()
            deltas = tuple(
                (label, value, low.sizes[label])
                for label, value in ((row, a), (column, b))
                if isinstance(label, int)
            )
            if isinstance(matrix, MatrixSlice):
                inner = entry(low, matrix, a, b)
            else:
                inner = [
                    Product(coefficient, monomial)
                    for monomial, coefficient in low.scalar(sp.sympify(matrix[a, b])).items()
                ]
            total += times(inner, [_ATOM._replace(deltas=deltas)])
    return total
