"""From components back to SymPy: traces and products of matrices, or explicit sums over indices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cmp_to_key, lru_cache, reduce
from itertools import product as index_product
from operator import mul

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.printing.precedence import PRECEDENCE

from weingarten.networks.model import (
    COLUMN,
    ROW,
    Component,
    Label,
    Monomial,
    Properties,
    Tensor,
    sort_key,
)

__all__ = ["expression", "matrix_expression", "scalar_factor"]

_DUMMIES = "klmnpqrstuvwxyz"
#: Sums longer than this stay collected by the factors in one group of constants.
_EXPANDED_TERMS = 1500

Word = list[sp.MatrixExpr]
_NOTHING = Properties()


@lru_cache(maxsize=16384)
def scalar_factor(item: object, properties: Properties) -> sp.Expr:
    """Return a component without free output labels as a SymPy scalar."""
    if isinstance(item, sp.Expr):
        return item
    assert isinstance(item, Component)
    chain = as_chain(item, properties)
    if chain is None:
        return _indexed_sum(item)
    word, start, stop = chain
    product = matrix_product(word)
    if start is None or stop is None:
        return trace(product)
    if product.shape == (1, 1):
        return trace(product)
    if isinstance(product, sp.MatrixBase):
        if start.is_Integer and stop.is_Integer:
            return product[int(start), int(stop)]
        return MatrixElement(sp.ImmutableMatrix(product), start, stop)
    if isinstance(product, sp.Identity):
        return sp.KroneckerDelta(start, stop)
    if isinstance(product, sp.Transpose):
        return product.arg[stop, start]
    if isinstance(product, sp.MatrixSymbol):
        return product[start, stop]
    return MatrixElement(product, start, stop)


def trace(product: sp.MatrixExpr) -> sp.Expr:
    """Return the trace, evaluated where the matrix is explicit or an identity."""
    if isinstance(product, sp.MatrixBase):
        return product.trace()
    if isinstance(product, sp.Identity):
        return product.shape[0]
    if isinstance(product, sp.MatMul):
        scale, matrices = product.as_coeff_matrices()
        if scale != 1:
            return scale * trace(matrix_product(list(matrices)))
        # SymPy's printer asks every node and else negates and simplifies the product each time
        product.precedence = PRECEDENCE["Mul"]
    return sp.Trace(product)


def matrix_product(word: Word) -> sp.MatrixExpr:
    """Return a product of matrices as a user would write it: powers collected."""
    return reduce(mul, word) if len(word) > 1 else word[0]


def as_chain(
    component: Component, properties: Properties
) -> tuple[Word, sp.Expr | None, sp.Expr | None] | None:
    """Return a component as a matrix product between two fixed labels, or as a cycle (no ends).

    Diagonal matrices that sit on a label of a chain are put back in between; labels that run over
    part of a range become slices. None if the component is no chain.
    """
    slots: defaultdict[Label, list[tuple[int, int]]] = defaultdict(list)
    loops: defaultdict[Label, list[sp.MatrixExpr]] = defaultdict(list)
    edges: list[Tensor] = []
    for base, row, column in component.tensors:
        if row == column and isinstance(row, int):
            loops[row].append(base)
        else:
            edges.append((base, row, column))
    for at, (_, row, column) in enumerate(edges):
        slots[row].append((at, 0))
        slots[column].append((at, 1))
    for label, matrices in loops.items():
        ends = len(slots[label])
        alone = not edges and len(matrices) == 1
        if not alone and not (ends in (0, 2) and all(properties.diagonal(m) for m in matrices)):
            return None
    if any(len(where) != 2 for label, where in slots.items() if isinstance(label, int) and where):
        return None

    def oriented(at: int, side: int) -> sp.MatrixExpr:
        base, *ends = edges[at]
        sized = _sliced(base, *(_size(component, label) for label in ends))
        return sp.Transpose(sized).doit() if side else sized

    def between(label: Label) -> Word:
        return [
            _sliced(m, component.size(label), component.size(label))
            for m in sorted(loops.get(label, []), key=sort_key)
        ]

    if not edges:
        return (between(-1), None, None)
    fixed = [label for label in slots if not isinstance(label, int)]
    start: Label = min(fixed, key=_end_key) if fixed else edges[0][1]
    at, side = slots[start][0] if fixed else (0, 0)
    word: Word = []
    label = start
    for step in range(len(edges)):
        if isinstance(label, int) and step:
            word += between(label)
        word.append(oriented(at, side))
        label = edges[at][2 - side]
        if isinstance(label, int):
            first, second = slots[label]
            at, side = second if first == (at, 1 - side) else first
    if not fixed:
        return between(start) + word, None, None
    return word, start, label


def _end_key(label: sp.Expr) -> tuple[int, str]:
    return (0 if label == ROW else 2 if label == COLUMN else 1, sort_key(label))


def _size(component: Component, label: Label) -> sp.Expr | None:
    return component.size(label) if isinstance(label, int) else None


def _sliced(base: sp.MatrixExpr, rows: sp.Expr | None, columns: sp.Expr | None) -> sp.MatrixExpr:
    """Return the part of a matrix over which two labels run (None: a fixed label)."""
    height, width = base.shape
    rows = height if rows is None else rows
    columns = width if columns is None else columns
    if (rows, columns) == (height, width):
        return base
    return base[:rows, :columns]


def _indexed_sum(component: Component) -> sp.Expr:
    """Return a component as a sum over dummy indices of entries, evaluated if it is explicit."""
    if all(isinstance(base, sp.MatrixBase) for base, _, _ in component.tensors) and all(
        isinstance(label, int) or label.is_Integer
        for _, r, c in component.tensors
        for label in (r, c)
    ):
        return _evaluated_sum(component)
    names = [
        sp.Symbol(_DUMMIES[k % 15] + "_" * (k // 15), integer=True)
        for k in range(len(component.sizes))
    ]
    factors: defaultdict[sp.Expr, int] = defaultdict(int)
    for base, row, column in component.tensors:
        a = names[-1 - row] if isinstance(row, int) else row
        b = names[-1 - column] if isinstance(column, int) else column
        factors[MatrixElement(base, a, b)] += 1
    used = {s.name for s in sp.Mul(*factors).atoms(sp.Symbol) if s not in names}
    rename = {n: sp.Symbol(n.name + "_", integer=True) for n in names if n.name in used}
    body = sp.Mul(*(f**p for f, p in factors.items())).xreplace(rename)
    limits = [
        (rename.get(n, n), 0, size - 1) for n, size in zip(names, component.sizes, strict=True)
    ]
    return sp.Sum(body, *limits)


def _evaluated_sum(component: Component) -> sp.Expr:
    total = sp.Integer(0)
    for values in index_product(*(range(int(size)) for size in component.sizes)):
        term = sp.Integer(1)
        for base, row, column in component.tensors:
            a = values[-1 - row] if isinstance(row, int) else int(row)
            b = values[-1 - column] if isinstance(column, int) else int(column)
            term *= base[a, b]
            if term == 0:
                break
        total += term
    return total


def expression(result: Mapping[Monomial, sp.Expr], properties: Properties = _NOTHING) -> sp.Expr:
    """Return a polynomial without free output labels as a SymPy expression."""
    result = with_canonical_deltas(result)
    if len(result) <= _EXPANDED_TERMS:
        return sp.Add(*(_term(monomial, c, properties) for monomial, c in result.items()))
    apart = _apart(result)
    collected: defaultdict[Monomial, defaultdict[sp.Expr, list[sp.Expr]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for monomial, coefficient in result.items():
        head = frozenset(x for x in monomial if x[0] in apart)
        collected[head][coefficient].append(_word_product(monomial - head, properties))
    words = {w for inner in collected.values() for found in inner.values() for w in found}
    rank = {w: i for i, w in enumerate(sorted(words, key=cmp_to_key(sp.Basic.compare)))}
    return sp.Add(
        *(
            _term(head, sp.Add(*(c * _sum(found, rank) for c, found in inner.items())), properties)
            for head, inner in collected.items()
        )
    )


def _sum(words: list[sp.Expr], rank: Mapping[sp.Expr, int]) -> sp.Expr:
    """Add distinct products of words, in the order that SymPy would find by comparing them."""
    if len(words) < 2 or sp.Integer(1) in words:
        return sp.Add(*words)
    return sp.Add._from_args(sorted(words, key=rank.__getitem__))


@lru_cache(maxsize=16384)
def _word_product(monomial: Monomial, properties: Properties) -> sp.Expr:
    return sp.Mul(*(scalar_factor(item, properties) ** power for item, power in monomial))


def _term(monomial: Monomial, coefficient: sp.Expr, properties: Properties) -> sp.Expr:
    factors = [scalar_factor(item, properties) ** power for item, power in monomial]
    if not factors:
        return coefficient
    return sp.Mul(coefficient, *factors)


def _bases(item: object) -> set[sp.MatrixExpr]:
    return {base for base, _, _ in item.tensors} if isinstance(item, Component) else set()


def _apart(result: Mapping[Monomial, sp.Expr]) -> set[object]:
    """Return the factors in one group of constants that never share a component with the rest."""
    items = {item: _bases(item) for item in {item for m in result for item, _ in m}}
    groups: list[set[sp.MatrixExpr]] = []
    for bases in {frozenset(found) for found in items.values()}:
        meeting = [g for g in groups if g & bases]
        groups = [g for g in groups if not g & bases] + [set(bases).union(*meeting)]
    if len(groups) < 2:
        return set()
    first = min(groups, key=lambda g: sorted(map(sort_key, g)))
    return {item for item, bases in items.items() if bases & first}


def with_canonical_deltas(result: Mapping[Monomial, sp.Expr]) -> dict[Monomial, sp.Expr]:
    """Write products of Kronecker deltas in one way: every index against the first of its class."""
    total: dict[Monomial, sp.Expr] = {}
    for monomial, coefficient in result.items():
        key = monomial
        deltas = [item for item, _ in monomial if isinstance(item, sp.KroneckerDelta)]
        if len(deltas) > 1:
            classes: list[set[sp.Expr]] = []
            for delta in deltas:
                ends = set(delta.args[:2])
                meeting = [c for c in classes if c & ends]
                classes = [c for c in classes if not c & ends] + [ends.union(*meeting)]
            fresh: set[sp.Expr] = set()
            for members in classes:
                head, *rest = sorted(members, key=lambda x: (not x.is_Integer, sort_key(x)))
                fresh |= {sp.KroneckerDelta(head, x) for x in rest}
            if 0 in fresh or any(d == 0 for d in fresh):
                continue
            kept = [(i, p) for i, p in monomial if not isinstance(i, sp.KroneckerDelta)]
            key = frozenset(kept + [(d, 1) for d in fresh])
        total[key] = total[key] + coefficient if key in total else coefficient
    return {m: c for m, c in total.items() if c != 0}


# matrix-valued results --------------------------------------------------------------------


def matrix_expression(
    result: Mapping[Monomial, sp.Expr],
    shape: tuple[sp.Expr, sp.Expr],
    properties: Properties = _NOTHING,
) -> sp.MatrixExpr:
    """Return a polynomial in the output labels as a SymPy matrix of this shape."""
    collected: defaultdict[sp.MatrixExpr, list[sp.Expr]] = defaultdict(list)
    for monomial, coefficient in with_canonical_deltas(result).items():
        inside = frozenset(x for x in monomial if _has_output(x[0]))
        matrix = _matrix_factor(inside, shape, properties)
        collected[matrix].append(_term(monomial - inside, coefficient, properties))
    terms = []
    for matrix, scalars in collected.items():
        scalar = sp.Add(*scalars)
        if scalar == 0 or isinstance(matrix, sp.ZeroMatrix):
            continue
        if isinstance(matrix, sp.MatMul):
            scale, factors = matrix.as_coeff_matrices()
            terms.append(scalar * scale * matrix_product(list(factors)))
        else:
            terms.append(matrix if scalar == 1 else scalar * matrix)
    if not terms:
        return sp.ZeroMatrix(*shape)
    return reduce(lambda a, b: a + b, sorted(terms, key=sp.default_sort_key))


def _has_output(item: object) -> bool:
    if isinstance(item, Component):
        return any(label in (ROW, COLUMN) for _, r, c in item.tensors for label in (r, c))
    return isinstance(item, sp.Basic) and item.has(ROW, COLUMN)


def _matrix_factor(
    inside: Monomial, shape: tuple[sp.Expr, sp.Expr], properties: Properties
) -> sp.MatrixExpr:
    """Recognise the matrix whose entry at (row, column) is a product of factors."""
    between: list[sp.MatrixExpr] = []
    left: list[sp.MatrixExpr] = []
    right: list[sp.MatrixExpr] = []
    equal = False
    for item, power in inside:
        if item == sp.KroneckerDelta(ROW, COLUMN):
            equal = True
            continue
        chain = as_chain(item, properties) if isinstance(item, Component) else None
        if chain is None:
            return _function_matrix(inside, shape, properties)
        word, start, stop = chain
        product = matrix_product(word)
        if (start, stop) == (ROW, COLUMN):
            between += [product] * power
        elif start == stop and start in (ROW, COLUMN):
            (left if start == ROW else right).extend([DiagMatrix(_diagonal(product))] * power)
        elif start == ROW and stop == 0 and product.shape[1] == 1 and power == 1:
            left_vector = product
            if shape[1] == 1 and not between and len(inside) == 1:
                return left_vector
            left.extend([DiagMatrix(left_vector)])
        elif stop == COLUMN and start == 0 and product.shape[0] == 1 and power == 1:
            if shape[0] == 1 and not between and len(inside) == 1:
                return product
            right.extend([DiagMatrix(sp.Transpose(product).doit())])
        elif start == 0 and stop == ROW and product.shape[0] == 1 and power == 1:
            left.extend([DiagMatrix(sp.Transpose(product).doit())])
        else:
            return _function_matrix(inside, shape, properties)
    if equal:
        identity = sp.Identity(shape[0])
        middle = [sp.HadamardProduct(identity, *between)] if between else []
        return matrix_product([*left, *middle, *right] or [identity])
    if not between and left and not right and shape[1] == 1:
        columns = [matrix.args[0] for matrix in left]
        return columns[0] if len(columns) == 1 else sp.HadamardProduct(*columns)
    core: sp.MatrixExpr
    if not between:
        core = sp.OneMatrix(*shape)
    elif len(between) == 1:
        core = between[0]
    else:
        core = sp.HadamardProduct(*between)
    return matrix_product([*left, core, *right])


def _diagonal(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return the diagonal as a column; SymPy's DiagonalOf cannot take explicit matrices."""
    explicit = isinstance(matrix, sp.MatrixBase)
    return sp.ImmutableMatrix(matrix.diagonal().T) if explicit else DiagonalOf(matrix)


def _function_matrix(
    inside: Monomial, shape: tuple[sp.Expr, sp.Expr], properties: Properties
) -> sp.MatrixExpr:
    i, j = sp.symbols("i j", integer=True)
    body = sp.Mul(
        *(
            scalar_factor(item, properties).subs({ROW: i, COLUMN: j}) ** power
            for item, power in inside
        )
    )
    return sp.FunctionMatrix(*shape, sp.Lambda((i, j), body))
