"""Entries of matrix expressions as open products of tensors: one rule per SymPy matrix node."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from itertools import product as index_product

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import foresee, tick
from weingarten.errors import InvalidInputError
from weingarten.networks.lowering.conjugates import conjugate_tensor, conjugate_term
from weingarten.networks.lowering.polynomials import Lowering, Product
from weingarten.networks.lowering.refusals import check_equal, is_random, unsupported
from weingarten.networks.merging import Delta
from weingarten.networks.model import COLUMN, ROW, Label, Monomial, monomial_product
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["entry", "times"]

_ONE: Monomial = frozenset()
_ATOM = Product(sp.Integer(1), _ONE)
#: Matrices that are written out, one value of each label at a time.
_WRITTEN_OUT = (sp.MatrixBase, sp.BlockMatrix, sp.KroneckerProduct)


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
    if isinstance(matrix, sp.MatrixBase):
        matrix = sp.ImmutableMatrix(matrix)
    rows, columns = shape_of(matrix)
    low.check_label(matrix, row, rows)
    low.check_label(matrix, column, columns)
    for kinds, rule in _RULES:
        if isinstance(matrix, kinds):
            return rule(low, matrix, row, column)
    if not is_random(matrix):
        return _constant(low, matrix, row, column)
    raise unsupported(matrix, f"{type(matrix).__name__} is not")


def _atom(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    return [_ATOM._replace(tensors=((matrix, row, column),))]


def _constant(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Leave a constant as it is; single entries of explicit matrices are numbers."""
    if isinstance(matrix, sp.MatrixBase) and not _open(row, column):
        ends = [sp.sympify(label) for label in (row, column)]
        if all(label.is_Integer for label in ends):
            return _scalar_products(low, matrix[tuple(map(int, ends))])
    return _atom(low, matrix, row, column)


def _scalar_products(low: Lowering, value: sp.Expr) -> list[Product]:
    return [Product(coefficient, monomial) for monomial, coefficient in low.scalar(value).items()]


def _random(low: Lowering, matrix: RandomMatrix, row: Label, column: Label) -> list[Product]:
    for side, label in enumerate((row, column)):
        if not isinstance(label, int):
            matrix.check_index(label, side)
    return _atom(low, matrix, row, column)


def _sum(low: Lowering, matrix: sp.MatAdd, row: Label, column: Label) -> list[Product]:
    _check_shapes(matrix)
    return [term for arg in matrix.args for term in entry(low, arg, row, column)]


def _check_shapes(matrix: sp.MatrixExpr) -> None:
    rows, columns = shape_of(matrix)
    for arg in matrix.args:
        height, width = shape_of(arg)
        check_equal(matrix, height, rows)
        check_equal(matrix, width, columns)


def _transpose(low: Lowering, matrix: sp.Transpose, row: Label, column: Label) -> list[Product]:
    return entry(low, matrix.arg, column, row)


def _adjoint(low: Lowering, matrix: sp.Adjoint, row: Label, column: Label) -> list[Product]:
    """Conjugate the products that make up the entry of the transpose."""
    total = []
    for product in entry(low, matrix.arg, column, row):
        monomial, factor = conjugate_term(low, product.monomial)
        total.append(
            Product(
                low.conjugate(product.coefficient) * factor,
                monomial,
                tuple(conjugate_tensor(tensor, low.properties) for tensor in product.tensors),
                product.deltas,
            )
        )
    return total


def _hadamard(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    _check_shapes(matrix)
    total = [_ATOM]
    for arg in matrix.args:
        total = times(total, entry(low, arg, row, column))
    return total


def _hadamard_power(
    low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label
) -> list[Product]:
    if not (matrix.exp.is_Integer and matrix.exp.is_nonnegative):
        if not is_random(matrix):
            return _constant(low, matrix, row, column)
        raise unsupported(matrix, "an elementwise power must be a non-negative integer")
    foresee(f"an elementwise power {matrix.exp}", 1e-4 * float(matrix.exp))
    total = [_ones(low, row, column)]
    for _ in range(int(matrix.exp)):
        total = times(total, entry(low, matrix.base, row, column))
    return total


def _inverse(low: Lowering, matrix: sp.Inverse, row: Label, column: Label) -> list[Product]:
    if is_random(matrix):
        return entry(low, _inverted(matrix), row, column)
    return _atom(low, matrix, row, column)


def _identity(low: Lowering, matrix: sp.Identity, row: Label, column: Label) -> list[Product]:
    return [_equal(row, column, shape_of(matrix)[0])]


def _zero(low: Lowering, matrix: sp.ZeroMatrix, row: Label, column: Label) -> list[Product]:
    return []


def _one(low: Lowering, matrix: sp.OneMatrix, row: Label, column: Label) -> list[Product]:
    return [_ones(low, row, column)]


def _diagonal_matrix(
    low: Lowering, matrix: DiagonalMatrix, row: Label, column: Label
) -> list[Product]:
    rows, columns = shape_of(matrix)
    if rows == columns:
        return times(entry(low, matrix.arg, row, row), [_equal(row, column, rows)])
    shared = low.fresh(sp.Min(rows, columns))
    ends = _ATOM._replace(deltas=((row, shared, rows), (column, shared, columns)))
    return times(entry(low, matrix.arg, shared, shared), [ends])


def _diagonal_of(low: Lowering, matrix: DiagonalOf, row: Label, column: Label) -> list[Product]:
    return entry(low, matrix.arg, row, row)


def _diag_matrix(low: Lowering, matrix: DiagMatrix, row: Label, column: Label) -> list[Product]:
    vector = matrix.args[0]
    rows, columns = shape_of(vector)
    zero = sp.Integer(0)
    if columns == 1:
        inner = entry(low, vector, row, zero)
    elif rows == 1:
        inner = entry(low, vector, zero, row)
    else:
        raise InvalidInputError(
            "expr",
            "must have vectors inside DiagMatrix",
            matrix,
            "use DiagonalMatrix for the diagonal part of a matrix",
        )
    return times(inner, [_equal(row, column, shape_of(matrix)[0])])


def _equal(row: Label, column: Label, size: sp.Expr) -> Product:
    return _ATOM._replace(deltas=((row, column, size),))


def _open(row: Label, column: Label) -> bool:
    """Tell whether a label is summed over, or runs over the rows or columns of the result."""
    return any(isinstance(label, int) or label in (ROW, COLUMN) for label in (row, column))


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
        check_equal(matrix, shape_of(left)[1], shape_of(right)[0])
    total = [Product(coefficient, monomial) for monomial, coefficient in low.scalar(scale).items()]
    here = row
    for position, factor in enumerate(factors):
        there = column if position == len(factors) - 1 else low.fresh(shape_of(factor)[1])
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
    size = shape_of(base)[0]
    check_equal(matrix, *shape_of(base))
    foresee(f"a matrix power {power}", 1e-5 * power**2)
    if power == 0:
        return [_equal(row, column, size)]
    total, here = [_ATOM], row
    for step in range(power):
        there = column if step == power - 1 else low.fresh(size)
        total = times(total, entry(low, base, here, there))
        here = there
    return total


def _inverted(matrix: sp.Inverse) -> sp.MatrixExpr:
    """Return the inverse of a product of Haar matrices and constants as such a product."""
    inner = matrix.arg
    if isinstance(inner, RandomMatrix) and inner.is_unitary_matrix:
        return inner.inverse()
    if isinstance(inner, sp.Inverse):
        return inner.arg
    if isinstance(inner, sp.Transpose | sp.Adjoint):
        return type(inner)(
            _inverted(sp.Inverse(inner.arg)) if is_random(inner) else sp.Inverse(inner.arg)
        )
    if isinstance(inner, sp.MatPow) and inner.exp.is_Integer:
        return sp.MatPow(_inverted(sp.Inverse(inner.base)), inner.exp, evaluate=False)
    if isinstance(inner, sp.MatMul):
        scale, factors = inner.as_coeff_matrices()
        if not is_random(scale) and all(shape_of(f)[0] == shape_of(f)[1] for f in factors):
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
    """Shift fixed labels; a bound one that starts above 0, of a random matrix, is written out."""
    parent = matrix.parent
    shifts = [part[0] != 0 or part[2] != 1 for part in (matrix.rowslice, matrix.colslice)]
    if any(shifts) and not is_random(parent) and _open(row, column):
        return _atom(low, matrix, row, column)
    bound = [isinstance(label, int) and s for label, s in zip((row, column), shifts, strict=True)]
    total: list[Product] = []
    for ends, deltas in _values(low, matrix, (row, column), bound):
        places = [
            sp.expand(start + step * end) if shifted else end
            for end, shifted, (start, _, step) in zip(
                ends, shifts, (matrix.rowslice, matrix.colslice), strict=True
            )
        ]
        total += times(entry(low, parent, *places), [_ATOM._replace(deltas=deltas)])
    return total


def _explicit(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    if is_random(matrix):
        return _written_out(low, matrix, row, column)
    if not isinstance(matrix, sp.MatrixBase) and all(s.is_Integer for s in shape_of(matrix)):
        matrix = sp.ImmutableMatrix(matrix.as_explicit())
    return _constant(low, matrix, row, column)


def _written_out(low: Lowering, matrix: sp.MatrixExpr, row: Label, column: Label) -> list[Product]:
    """Write a matrix of integer shape out, one value of each label at a time."""
    written = [isinstance(x, int) or not x.is_Integer for x in (row, column)]
    total: list[Product] = []
    for (a, b), deltas in _values(low, matrix, (row, column), written):
        if isinstance(matrix, sp.KroneckerProduct):
            inner = _entry_of_kronecker(low, matrix, int(a), int(b))
        elif isinstance(matrix, sp.BlockMatrix):
            inner = _entry_of_block(low, matrix, a, b)
        else:
            inner = _scalar_products(low, sp.sympify(matrix[a, b]))
        total += times(inner, [_ATOM._replace(deltas=deltas)])
    return total


def _entry_of_block(
    low: Lowering, matrix: sp.BlockMatrix, row: sp.Integer, column: sp.Integer
) -> list[Product]:
    """Return the entry of the block that it is in; SymPy would multiply the block out first."""
    heights, widths = matrix.blockshape
    down, inner_row = _place(matrix, row, [matrix.blocks[a, 0] for a in range(heights)], 0)
    along, inner_column = _place(matrix, column, [matrix.blocks[0, b] for b in range(widths)], 1)
    return entry(low, matrix.blocks[down, along], inner_row, inner_column)


def _place(
    matrix: sp.BlockMatrix, label: sp.Integer, blocks: list[sp.MatrixExpr], side: int
) -> tuple[int, sp.Integer]:
    """Return the block that an index falls into, and its position there."""
    for number, block in enumerate(blocks):
        size = shape_of(block)[side]
        if label == 0 or (size.is_Integer and label < size):
            return number, label
        if not size.is_Integer:
            break
        label -= size
    raise unsupported(
        matrix, f"the block of its index {label} depends on the sizes", "take an entry of one block"
    )


def _entry_of_kronecker(
    low: Lowering, matrix: sp.KroneckerProduct, row: int, column: int
) -> list[Product]:
    total = [_ATOM]
    for factor in reversed(matrix.args):
        height, width = map(int, shape_of(factor))
        row, a = divmod(row, height)
        column, b = divmod(column, width)
        total = times(total, entry(low, factor, sp.Integer(a), sp.Integer(b)))
    return total


def _values(
    low: Lowering, matrix: sp.MatrixExpr, labels: tuple[Label, Label], written: list[bool]
) -> Iterator[tuple[list[Label], tuple[Delta, ...]]]:
    """Yield all values of the labels to be written out, with the deltas that pick them."""
    choices: list[list[Label]] = []
    for label, size, chosen in zip(labels, shape_of(matrix), written, strict=True):
        if not chosen:
            choices.append([label])
        elif size.is_Integer:
            foresee(f"writing out a matrix with {size} rows or columns", 5e-4 * int(size))
            every = [sp.Integer(k) for k in range(int(size))]
            # a symbol may be known to stop earlier: the index of a part of the matrix
            choices.append([k for k in every if not low.stays_below(label, k)])
        else:
            raise unsupported(
                matrix,
                f"a {type(matrix).__name__} of size {size} cannot be written out",
                "use an integer size, or a slice that starts at 0",
            )
    for values in index_product(*choices):
        tick()
        if labels[0] == labels[1] and values[0] != values[1]:
            continue
        deltas = tuple(
            (label, value, size)
            for label, value, size in zip(labels, values, shape_of(matrix), strict=True)
            if label != value
        )
        yield list(values), deltas


#: The rule for each kind of node; an Inverse is a MatPow for SymPy and has to come first.
_RULES = (
    (RandomMatrix, _random),
    (sp.MatrixSymbol, _atom),
    (sp.MatMul, _product),
    (sp.MatAdd, _sum),
    (sp.Transpose, _transpose),
    (sp.Adjoint, _adjoint),
    (sp.HadamardProduct, _hadamard),
    (HadamardPower, _hadamard_power),
    (sp.Inverse, _inverse),
    (sp.MatPow, _power),
    (sp.Identity, _identity),
    (sp.ZeroMatrix, _zero),
    (sp.OneMatrix, _one),
    (DiagonalMatrix, _diagonal_matrix),
    (DiagonalOf, _diagonal_of),
    (DiagMatrix, _diag_matrix),
    (MatrixSlice, _slice),
    (_WRITTEN_OUT, _explicit),
)
