"""Matrix-valued results: polynomials in the output labels as SymPy matrices."""

from __future__ import annotations

from collections import defaultdict

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf

from weingarten.budget import foresee, tick
from weingarten.networks.factors import mentions
from weingarten.networks.lowering import Lowering
from weingarten.networks.lowering.sums import with_value
from weingarten.networks.model import (
    COLUMN,
    ROW,
    Component,
    Monomial,
    Polynomial,
    Properties,
    add_to,
    sort_key,
    transposed,
)
from weingarten.networks.render import (
    as_chain,
    expression,
    matrix_product,
    plain_number,
    scalar_factor,
    sliced,
    term,
    with_canonical_deltas,
)
from weingarten.networks.shapes import Shape, shape_of

__all__ = ["matrix_expression"]

#: Results of integer size that are no product of matrices are written out up to this many entries.
_MAX_ENTRIES = 256
#: The indices of the entries of a matrix that is written as a function of them.
_INDICES = sp.symbols("i j", integer=True, cls=sp.Dummy)


def matrix_expression(low: Lowering, result: Polynomial, shape: Shape) -> sp.MatrixExpr:
    """Return a polynomial in the output labels as a SymPy matrix of this shape.

    A matrix of integer size is written out where it holds nothing but numbers and scalars, or
    where its terms are no products of matrices.
    """
    properties = low.properties
    small = all(size.is_Integer for size in shape) and shape[0] * shape[1] <= _MAX_ENTRIES
    if small and not any(_holds_symbols(item) for monomial in result for item, _ in monomial):
        return _written_out(low, result, shape)
    collected: defaultdict[sp.MatrixExpr, list[sp.Expr]] = defaultdict(list)
    for monomial, coefficient in with_canonical_deltas(result).items():
        tick()
        inside = frozenset(x for x in monomial if _has_output(x[0]))
        scalar, weight = coefficient.as_independent(ROW, COLUMN, as_Add=False)
        matrix = _matrix_factor(inside, shape, properties) if weight == 1 else None
        if matrix is None:
            if small:
                return _written_out(low, result, shape)
            matrix = _function_matrix(inside, weight, shape, properties)
        collected[matrix].append(term(monomial - inside, scalar, properties))
    terms: list[sp.MatrixExpr] = []
    numbers = sp.zeros(*shape) if small else None  # explicit matrices add up
    for matrix, scalars in collected.items():
        scalar = plain_number(sp.Add(*scalars))
        if isinstance(matrix, sp.MatrixBase):
            numbers += scalar * matrix
        elif scalar != 0:
            terms.append(_scaled(scalar, matrix))
    if numbers is not None and any(numbers):
        terms.append(sp.ImmutableMatrix(numbers))
    if not terms:
        return sp.ZeroMatrix(*shape)
    order = {x: sp.default_sort_key(x) for x in terms}
    if len(set(order.values())) < len(terms):  # terms that print alike: by all that tells apart
        order = {x: (key, sort_key(x)) for x, key in order.items()}
    terms.sort(key=order.__getitem__)
    return terms[0] if len(terms) == 1 else sp.MatAdd(*terms)


def _scaled(scalar: sp.Expr, matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    if not isinstance(matrix, sp.MatMul):
        return matrix if scalar == 1 else sp.MatMul(scalar, matrix)
    scale, factors = matrix.as_coeff_matrices()
    scalar *= scale
    return sp.MatMul(*factors) if scalar == 1 else sp.MatMul(scalar, *factors)


def _written_out(low: Lowering, result: Polynomial, shape: Shape) -> sp.ImmutableMatrix:
    """Return a matrix entry by entry, with numbers put in for the output labels."""
    number = int(shape[0] * shape[1])
    foresee(f"writing out {number} entries", 1e-4 * number * len(result))

    def entry(row: int, column: int) -> sp.Expr:
        tick()
        total: Polynomial = {}
        for monomial, coefficient in result.items():
            found = with_value(low, monomial, coefficient, ROW, sp.Integer(row))
            if found is not None:
                found = with_value(low, *found, COLUMN, sp.Integer(column))
            if found is not None:
                add_to(total, *found)
        return expression(total, low.properties)

    return sp.ImmutableMatrix(int(shape[0]), int(shape[1]), entry)


def _holds_symbols(item: object) -> bool:
    """Tell whether a factor with output labels has a matrix in it that is a symbol."""
    if isinstance(item, Component):
        return _has_output(item) and any(
            not isinstance(base, sp.MatrixBase) for base, _, _ in item.tensors
        )
    return False


def _has_output(item: object) -> bool:
    return mentions(item, ROW) or mentions(item, COLUMN)


def _matrix_factor(inside: Monomial, shape: Shape, properties: Properties) -> sp.MatrixExpr | None:
    """Recognise the matrix whose entry at (row, column) is a product of factors, else None."""
    between: list[sp.MatrixExpr] = []
    left: list[sp.MatrixExpr] = []
    right: list[sp.MatrixExpr] = []
    equal = False
    for item, power in sorted(inside, key=lambda x: sort_key(scalar_factor(x[0], properties))):
        if item == sp.KroneckerDelta(ROW, COLUMN):
            equal = True
            continue
        chain = as_chain(item, properties) if isinstance(item, Component) else None
        if chain is None:
            return None
        word, start, stop = chain
        # labels of the result may run over a part of the rows and columns of what is there
        for label, at, side in ((start, 0, 0), (stop, -1, 1)):
            if label in (ROW, COLUMN):
                size = shape[0] if label == ROW else shape[1]
                word[at] = sliced(word[at], *((size, None) if side == 0 else (None, size)))
        product = matrix_product(word)
        height, width = shape_of(product)
        if (start, stop) == (ROW, COLUMN):
            between += [product] * power
        elif start == stop and start in (ROW, COLUMN):
            (left if start == ROW else right).extend([_diagonal(product)] * power)
        elif start == ROW and stop == 0 and width == 1:
            if shape[1] == 1 and len(inside) == power == 1:
                return product
            left += [product] * power
        elif stop == COLUMN and start == 0 and height == 1:
            if shape[0] == 1 and len(inside) == power == 1:
                return product
            right += [transposed(product)] * power
        elif start == 0 and stop == ROW and height == 1:
            left += [transposed(product)] * power
        elif start == COLUMN and stop == 0 and width == 1:
            right += [product] * power
        else:
            return None
    if not between and left and not right and not equal and shape[1] == 1:
        return None if _explicit(left) else _one_of(left)
    core: sp.MatrixExpr
    if equal and shape[0] != shape[1]:
        return None
    if equal:
        identity = sp.Identity(shape[0])
        core = sp.HadamardProduct(identity, *between) if between else identity
    elif not between and left and right and not _explicit([*left, *right]):
        return matrix_product([_one_of(left), transposed(_one_of(right))])
    elif not between:
        core = sp.OneMatrix(*shape)
    else:
        core = between[0] if len(between) == 1 else sp.HadamardProduct(*between)
    around = [*map(_as_diagonal, left), core, *map(_as_diagonal, right)]
    if len(around) > 1 and isinstance(core, sp.Identity):
        around.remove(core)
    return matrix_product(around)


def _explicit(vectors: list[sp.MatrixExpr]) -> bool:
    return any(isinstance(vector, sp.MatrixBase) for vector in vectors)


def _one_of(vectors: list[sp.MatrixExpr]) -> sp.MatrixExpr:
    """Return the elementwise product of columns."""
    return vectors[0] if len(vectors) == 1 else sp.HadamardProduct(*vectors)


def _diagonal(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return the diagonal as a column, written out where explicit matrices are in it.

    SymPy's DiagonalOf cannot take those.
    """
    explicit = isinstance(matrix, sp.MatrixBase) or bool(matrix.atoms(sp.MatrixBase))
    if explicit and shape_of(matrix)[0].is_Integer:
        return sp.ImmutableMatrix([matrix[k, k] for k in range(int(shape_of(matrix)[0]))])
    return DiagonalOf(matrix)


def _as_diagonal(vector: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return the diagonal matrix of a column, written out where the column is."""
    explicit = isinstance(vector, sp.MatrixBase)
    return sp.ImmutableMatrix(sp.diag(*vector)) if explicit else DiagMatrix(vector)


def _function_matrix(
    inside: Monomial, weight: sp.Expr, shape: Shape, properties: Properties
) -> sp.MatrixExpr:
    """Return a matrix as the function of its indices that its entries are."""
    put_in = dict(zip((ROW, COLUMN), _INDICES, strict=True))
    body = term(inside, weight, properties).xreplace(put_in)
    return sp.FunctionMatrix(*shape, sp.Lambda(_INDICES, body))
