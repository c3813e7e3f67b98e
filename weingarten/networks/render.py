"""From components back to SymPy: traces and products of matrices, or explicit sums over indices.

Bound indices are dummies here; :func:`weingarten.networks.naming.readable` gives them names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cmp_to_key, lru_cache
from itertools import groupby
from itertools import product as index_product
from math import prod

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.printing.precedence import PRECEDENCE

from weingarten.budget import tick
from weingarten.networks.factors import DeterminantSign, SummedBlock
from weingarten.networks.merging import end_key
from weingarten.networks.model import (
    Component,
    Label,
    Monomial,
    Properties,
    Tensor,
    is_conjugate,
    sort_key,
    transposed,
)
from weingarten.networks.naming import PLACES
from weingarten.networks.selections import complete_legs, leg_of, whole_index
from weingarten.networks.shapes import shape_of
from weingarten.symbols.symplectic import SymplecticForm

__all__ = [
    "EXPANDED_TERMS",
    "as_chain",
    "expression",
    "matrix_product",
    "plain_number",
    "scalar_factor",
    "sliced",
    "term",
    "with_canonical_deltas",
]

#: Sums longer than this stay collected by the factors in one group of constants.
EXPANDED_TERMS = 1500
#: Sums over entries of explicit matrices are carried out up to this many terms.
_EVALUATED_TERMS = 64

Word = list[sp.MatrixExpr]
NOTHING_KNOWN = Properties()


# one component stands in many terms of a result
@lru_cache(maxsize=16384)
def scalar_factor(item: object, properties: Properties) -> sp.Expr:
    """Return a factor of a monomial as a SymPy scalar."""
    if isinstance(item, sp.Expr):
        return item
    if isinstance(item, DeterminantSign):
        return item.as_scalar()
    if isinstance(item, SummedBlock):
        body, limits = _summand(item, properties)
        return sp.Sum(body, *limits)
    assert isinstance(item, Component)
    chain = as_chain(item, properties)
    if chain is None:
        return _indexed_sum(item)
    word, start, stop = chain
    if start is not None and len(word) > 1 and _can_be_evaluated(item):
        return _evaluated_sum(item)
    if start is None and all(is_conjugate(matrix) for matrix in word):
        word = [transposed(matrix) for matrix in reversed(word)]  # adjoints read better
    product = matrix_product(word)
    if start is None or stop is None:
        return trace(product)
    if shape_of(product) == (1, 1):
        return trace(product)
    if isinstance(product, sp.MatrixBase):
        if start.is_Integer and stop.is_Integer:
            return plain_number(product[int(start), int(stop)])
        return MatrixElement(product, start, stop)
    if isinstance(product, sp.Identity):
        return sp.KroneckerDelta(start, stop)
    if isinstance(product, sp.Transpose):
        return product.arg[stop, start]
    if isinstance(product, sp.MatrixSymbol | MatrixSlice | sp.Adjoint | SymplecticForm):
        return product[start, stop]
    return MatrixElement(product, start, stop)


def _summand(block: SummedBlock, properties: Properties) -> tuple[sp.Expr, list[sp.Tuple]]:
    """Return what a block sums, and its limits from the inside out.

    Sums inside it are opened where there are cases: SymPy takes cases out of the sum inside, also
    those that depend on its index.
    """
    limits = [sp.Tuple(block.variable, block.lower, block.upper)]
    inner = [x for x in block.monomial if isinstance(x[0], SummedBlock)]
    body = term(block.monomial.difference(inner), block.coefficient, properties)
    for item, power in inner:
        assert isinstance(item, SummedBlock)
        if not scalar_factor(item, properties).has(sp.Piecewise):
            body *= scalar_factor(item, properties) ** power
            continue
        for _ in range(power):
            summand, opened = _summand(item, properties)
            fresh = {x: sp.Dummy(x.name, integer=True) for x, _, _ in opened}
            body *= summand.xreplace(fresh)
            limits = [limit.xreplace(fresh) for limit in opened] + limits
    return body, limits


def trace(product: sp.MatrixExpr) -> sp.Expr:
    """Return the trace, evaluated where the matrix is explicit or an identity."""
    if isinstance(product, sp.MatrixBase):
        return plain_number(product.trace())
    if isinstance(product, sp.Identity):
        return product.shape[0]
    if isinstance(product, sp.ZeroMatrix):
        return sp.S.Zero
    if isinstance(product, sp.Transpose):
        return trace(product.arg)
    if isinstance(product, sp.BlockMatrix):
        rows, columns = product.blockshape
        blocks = [product.blocks[k, k] for k in range(min(rows, columns))]
        if rows == columns and all(x.shape[0] == x.shape[1] for x in blocks):
            return sp.Add(*(trace(block) for block in blocks))
    if isinstance(product, sp.MatMul):
        scale, matrices = product.as_coeff_matrices()
        if scale != 1:
            return scale * trace(matrix_product(list(matrices)))
        # SymPy's printer asks every node and else negates and simplifies the product each time
        product.precedence = PRECEDENCE["Mul"]
    return sp.Trace(product)


def matrix_product(word: Word) -> sp.MatrixExpr:
    """Return a product of matrices as a user would write it: powers and numbers collected.

    Built from its parts: SymPy's own product searches all its factors for simplifications.
    """
    factors: Word = []
    for matrix, run in groupby(_with_explicit_forms(word)):
        times = len(list(run))
        explicit = isinstance(matrix, sp.MatrixBase)
        if explicit and factors and isinstance(factors[-1], sp.MatrixBase):
            factors[-1] = factors[-1] * matrix**times
        elif times == 1:
            factors.append(matrix)
        elif explicit:
            factors.append(matrix**times)
        elif isinstance(matrix, sp.Inverse):
            factors.append(sp.MatPow(matrix.arg, -times))
        else:
            factors.append(sp.MatPow(matrix, times))
    return factors[0] if len(factors) == 1 else sp.MatMul(*factors)


def _with_explicit_forms(word: Word) -> Word:
    """Write the forms J among explicit matrices out, if nothing else is in a word."""
    forms = [type(x) is SymplecticForm and x.shape[0].is_Integer for x in word]
    explicit = [isinstance(x, sp.MatrixBase) for x in word]
    if not any(forms) or not any(explicit):
        return word
    if not all(a or b for a, b in zip(forms, explicit, strict=True)):
        return word
    return [x.as_explicit() if form else x for x, form in zip(word, forms, strict=True)]


def as_chain(
    component: Component, properties: Properties
) -> tuple[Word, sp.Expr | None, sp.Expr | None] | None:
    """Return a component as a matrix product between two fixed labels, or as a cycle (no ends).

    Diagonal matrices that sit on a label of a chain are put back in between; labels that run over
    part of a range become slices. None if the component is no chain.
    """
    if any(_is_cut(component, tensor) for tensor in component.tensors):
        return None
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
        sized = sliced(base, *(_size(component, label) for label in ends))
        return transposed(sized) if side else sized

    def between(label: Label) -> Word:
        return [
            sliced(m, component.size(label), component.size(label))
            for m in sorted(loops.get(label, []), key=sort_key)
        ]

    if not edges:
        return (between(-1), None, None)
    fixed = [label for label in slots if not isinstance(label, int)]
    start: Label = min(fixed, key=end_key) if fixed else edges[0][1]
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


def _is_cut(component: Component, tensor: Tensor) -> bool:
    """Tell whether a symbolic part of an explicit matrix is summed over: no slice of it exists."""
    base, *ends = tensor
    return isinstance(base, sp.MatrixBase) and any(
        isinstance(label, int) and not component.size(label).is_Integer for label in ends
    )


def _size(component: Component, label: Label) -> sp.Expr | None:
    return component.size(label) if isinstance(label, int) else None


def sliced(base: sp.MatrixExpr, rows: sp.Expr | None, columns: sp.Expr | None) -> sp.MatrixExpr:
    """Return the part of a matrix over which two labels run (None: a fixed label)."""
    height, width = shape_of(base)
    rows = height if rows is None else rows
    columns = width if columns is None else columns
    if (rows, columns) == (height, width):
        return base
    if isinstance(base, MatrixSlice):  # SymPy compares symbolic bounds of slices of slices
        parts = [
            part if wanted == size else (part[0], part[0] + wanted * part[2], part[2])
            for part, wanted, size in zip(
                (base.rowslice, base.colslice), (rows, columns), (height, width), strict=True
            )
        ]
        return MatrixSlice(base.parent, *parts)
    return base[:rows, :columns]


def _indexed_sum(component: Component) -> sp.Expr:
    """Return a component as a sum over dummy indices of entries, evaluated if it is explicit."""
    if _can_be_evaluated(component):
        return _evaluated_sum(component)
    places: dict[Label, sp.Expr] = {-1 - k: PLACES[k] for k in range(len(component.sizes))}
    readers, wholes = _read_from_legs(component, places)
    factors: defaultdict[sp.Expr, int] = defaultdict(int)
    for at, (base, *ends) in enumerate(component.tensors):
        if at not in readers:
            row, column = (places[x] if isinstance(x, int) else x for x in ends)
            factors[_element(base, row, column)] += 1
    body = sp.Mul(*(factor**power for factor, power in factors.items()))
    limits = [
        (PLACES[k], 0, size - 1) for k, size in enumerate(component.sizes) if -1 - k not in wholes
    ]
    return sp.Sum(body, *limits) if limits else body


def _read_from_legs(
    component: Component, places: dict[Label, sp.Expr]
) -> tuple[set[int], set[Label]]:
    """Put what its legs make up for each index; return what read them, and these indices."""
    on_index: defaultdict[Label, list[int]] = defaultdict(list)
    for at, (base, _, column) in enumerate(component.tensors):
        if isinstance(column, int) and leg_of(base) is not None:
            on_index[column].append(at)
    readers: set[int] = set()
    wholes: set[Label] = set()
    for label, ats in on_index.items():
        assert isinstance(label, int)
        for dims, legs in complete_legs(component.tensors, ats).items():
            if label in wholes or component.size(label) != sp.Mul(*dims):
                continue
            rows = [component.tensors[at][1] for at in legs]
            inner = [places[x] if isinstance(x, int) else x for x in rows]
            places[label] = whole_index(inner, dims)
            readers |= set(legs)
            wholes.add(label)
    return readers, wholes


def _element(base: sp.MatrixExpr, row: sp.Expr, column: sp.Expr) -> sp.Expr:
    indexed = sp.MatrixSymbol | sp.Adjoint | sp.MatrixBase | MatrixSlice | SymplecticForm
    if isinstance(base, indexed):
        return base[row, column]
    return MatrixElement(base, row, column)


def _can_be_evaluated(component: Component) -> bool:
    """Tell whether explicit matrices are summed over few enough entries to write them out."""
    explicit = any(isinstance(base, sp.MatrixBase) for base, _, _ in component.tensors)
    sizes = component.sizes
    return explicit and all(s.is_Integer for s in sizes) and prod(sizes) <= _EVALUATED_TERMS


def _evaluated_sum(component: Component) -> sp.Expr:
    total = []
    for values in index_product(*(range(int(size)) for size in component.sizes)):
        tick()
        entries = (
            _element(base, *(sp.Integer(values[-1 - x]) if isinstance(x, int) else x for x in ends))
            for base, *ends in component.tensors
        )
        total.append(sp.Mul(*entries))
    return plain_number(sp.Add(*total))


def plain_number(value: sp.Expr) -> sp.Expr:
    """Return a number multiplied out: SymPy leaves (1 - I)*(1 + I) as it is."""
    return sp.expand(value) if value.is_number else value


def expression(
    result: Mapping[Monomial, sp.Expr], properties: Properties = NOTHING_KNOWN
) -> sp.Expr:
    """Return a polynomial without free output labels as a SymPy expression."""
    result = with_canonical_deltas(result)
    if len(result) <= EXPANDED_TERMS:
        return sp.Add(*(term(monomial, c, properties) for monomial, c in result.items()))
    apart = _apart(result)
    collected: defaultdict[Monomial, defaultdict[sp.Expr, list[sp.Expr]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for monomial, coefficient in result.items():
        tick()
        head = frozenset(x for x in monomial if x[0] in apart)
        collected[head][coefficient].append(_word_product(monomial - head, properties))
    words = {w for inner in collected.values() for found in inner.values() for w in found}
    rank = {w: i for i, w in enumerate(sorted(words, key=cmp_to_key(_compared)))}
    return sp.Add(
        *(
            term(head, sp.Add(*(c * _sum(found, rank) for c, found in inner.items())), properties)
            for head, inner in collected.items()
        )
    )


def _compared(one: sp.Basic, two: sp.Basic) -> int:
    tick()
    return int(one.compare(two))


def _sum(words: list[sp.Expr], rank: Mapping[sp.Expr, int]) -> sp.Expr:
    """Add distinct products of words, in the order that SymPy would find by comparing them."""
    if len(words) < 2 or sp.Integer(1) in words:
        return sp.Add(*words)
    return sp.Add._from_args(sorted(words, key=rank.__getitem__))


# one product of words stands beside many coefficients
@lru_cache(maxsize=16384)
def _word_product(monomial: Monomial, properties: Properties) -> sp.Expr:
    return sp.Mul(*(scalar_factor(item, properties) ** power for item, power in monomial))


def term(monomial: Monomial, coefficient: sp.Expr, properties: Properties) -> sp.Expr:
    """Return a monomial with its coefficient as a SymPy product."""
    tick()
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
        tick()
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
