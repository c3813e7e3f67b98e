r"""One layer near isometry, as a linear map on equivariant tensors of the deviation Δ = G - I.

Below the top layer the second moments T_ij,kl = E[A_ij A_kl | G] of A = ∂ℓ/∂X Xᵀ are equivariant
under rotations, so to second order in Δ they are combinations of 21 tensors made of δ, Δ and Δ²
(:func:`tensors`). With H = W Δ Wᵀ and h = diag H one layer gives, in the frame of its rows,

``Ã_ab = (1+h_a)^{-1/2} (1+h_b)^{1/2} (A'_ab - A'_aa G'_ab)``,
``G'_ab = (δ_ab + H_ab) (1+h_a)^{-1/2} (1+h_b)^{-1/2}``,

and A = Wᵀ Ã W. Everything is a sum over labels of entries of H; contracted with a tensor of H it is
a number, whose mean over W the engine gives; these numbers determine the tensor. There are some ten
thousand such sums, all of few coset types: they are counted here, and each type is averaged once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from weingarten.coerce import as_dimension, refuses_text
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.combinatorics.partitions import Partition, partitions_of
from weingarten.combinatorics.set_partitions import merged_labels
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension, exact_to_sympy
from weingarten.moments.conjugation import circuit_moment_terms

__all__ = [
    "SMALLEST_DIMENSION",
    "Tensor",
    "layer_tensor_map",
    "observable",
    "start_tensor",
    "tensors",
]

Edge = tuple[int, int]
_PAIRINGS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
_ORDER = 2

#: Smallest width at which the tensors, and tr Δ⁴ and (tr Δ²)², are linearly independent. Below it
#: tr Δ⁴ = (tr Δ²)²/2, and independent ones among the tensors are chosen.
SMALLEST_DIMENSION = 4


@dataclass(frozen=True)
class Tensor:
    """A product over the two pairs of a pairing of (i, j, k, l) of powers of Δ, times tr Δ².

    Examples
    --------
    >>> str(Tensor(1, (0, 1)))
    'δ_ik Δ_jl'
    """

    pairing: int
    powers: tuple[int, int]
    trace: bool = False

    @property
    def order(self) -> int:
        """Degree in Δ."""
        return sum(self.powers) + 2 * self.trace

    def __str__(self) -> str:
        names = ("δ", "Δ", "(Δ²)")
        pairs = _PAIRINGS[self.pairing]
        shown = [
            f"{names[power]}_{''.join('ijkl'[x] for x in pair)}"
            for power, pair in zip(self.powers, pairs, strict=True)
        ]
        return " ".join((["tr(Δ²)"] if self.trace else []) + shown)


# listed once: tensors are found by their place
@lru_cache(maxsize=1)
def tensors() -> tuple[Tensor, ...]:
    """Return the equivariant tensors up to second order, for traceless Δ, by order.

    Examples
    --------
    >>> [sum(tensor.order == r for tensor in tensors()) for r in range(3)]
    [3, 6, 12]
    """
    found = [
        Tensor(p, (a, b))
        for p in range(3)
        for a, b in product(range(_ORDER + 1), repeat=2)
        if a + b <= _ORDER
    ]
    found += [Tensor(p, (0, 0), trace=True) for p in range(3)]
    return tuple(sorted(found, key=lambda t: (t.order, t.pairing, t.trace, t.powers)))


# A term: coefficient, entries of H by their labels, labels that are equal. Labels 0 to 3 are the
# free ones; a sum over terms uses further labels for inner sums, counted from 4 on.
@dataclass(frozen=True)
class _Term:
    coefficient: Fraction
    edges: tuple[Edge, ...] = ()
    equal: tuple[Edge, ...] = ()
    inner: int = 0  # how many inner labels


_Sum = list[_Term]
_ONE: _Sum = [_Term(Fraction(1))]


def _shift(edges: Iterable[Edge], by: int) -> tuple[Edge, ...]:
    return tuple((x + by if x > 3 else x, y + by if y > 3 else y) for x, y in edges)


def _mul(left: _Sum, right: _Sum, order: int = _ORDER) -> _Sum:
    """Multiply, renaming the inner labels of the right factor, up to an order in H."""
    return [
        _Term(
            a.coefficient * b.coefficient,
            a.edges + _shift(b.edges, a.inner),
            a.equal + _shift(b.equal, a.inner),
            a.inner + b.inner,
        )
        for a in left
        for b in right
        if len(a.edges) + len(b.edges) <= order
    ]


def _power(label: int, exponent: Fraction) -> _Sum:
    """Return (1 + h_label)^exponent to second order."""
    h = (label, label)
    second = exponent * (exponent - 1) / 2
    return [_Term(Fraction(1)), _Term(exponent, (h,)), _Term(second, (h, h))]


def _gram(a: int, b: int) -> _Sum:
    """Return G'_ab."""
    half = Fraction(-1, 2)
    entry = [_Term(Fraction(1), (), ((a, b),)), _Term(Fraction(1), ((a, b),))]
    return _mul(_mul(entry, _power(a, half)), _power(b, half))


def _deviation(a: int, b: int) -> _Sum:
    """Return Δ'_ab = G'_ab - δ_ab."""
    return [*_gram(a, b), _Term(Fraction(-1), (), ((a, b),))]


def _collect(terms: _Sum) -> _Sum:
    """Add up equal terms, dropping the orders that cancel."""
    totals: dict[tuple[tuple[Edge, ...], tuple[Edge, ...], int], Fraction] = {}
    for term in terms:
        key = (tuple(sorted(term.edges)), tuple(sorted(set(term.equal))), term.inner)
        totals[key] = totals.get(key, Fraction(0)) + term.coefficient
    return [_Term(c, *key) for key, c in totals.items() if c]


def _factor(power: int, a: int, b: int) -> _Sum:
    """Return (Δ'^power)_ab."""
    if power == 0:
        return [_Term(Fraction(1), (), ((a, b),))]
    if power == 1:
        return _collect(_deviation(a, b))
    left = [_Term(t.coefficient, t.edges, t.equal, 1) for t in _collect(_deviation(a, 4))]
    return _collect(_same_inner(left, _collect(_deviation(4, b))))


def _same_inner(left: _Sum, right: _Sum) -> _Sum:
    """Multiply factors that share the inner labels the left one counts."""
    return [
        _Term(a.coefficient * b.coefficient, a.edges + b.edges, a.equal + b.equal, a.inner)
        for a in left
        for b in right
        if len(a.edges) + len(b.edges) <= _ORDER
    ]


def _tensor_at(tensor: Tensor, labels: Sequence[int]) -> _Sum:
    """Return a tensor of Δ' at four labels."""
    first, second = _PAIRINGS[tensor.pairing]
    terms = _mul(
        _factor(tensor.powers[0], labels[first[0]], labels[first[1]]),
        _factor(tensor.powers[1], labels[second[0]], labels[second[1]]),
    )
    if tensor.trace:
        left = [_Term(t.coefficient, t.edges, t.equal, 2) for t in _collect(_deviation(4, 5))]
        terms = _mul(terms, _same_inner(left, _collect(_deviation(5, 4))))
    return _collect(terms)


# one tensor is contracted with all 21
@lru_cache(maxsize=64)
def _moved(tensor: Tensor) -> tuple[_Term, ...]:
    """Return E[Ã_ab Ã_cd | H], a, b, c, d = 0 … 3, if E[A'_ij A'_kl | G'] is the tensor of Δ'."""
    half = Fraction(1, 2)
    front = _mul(_mul(_power(0, -half), _power(1, half)), _mul(_power(2, -half), _power(3, half)))
    whole: _Sum = []
    for first, second in product((False, True), repeat=2):
        labels = (0, 0 if first else 1, 2, 2 if second else 3)
        piece = _tensor_at(tensor, labels)
        if first:
            piece = _mul(piece, _gram(0, 1))
        if second:
            piece = _mul(piece, _gram(2, 3))
        sign = Fraction((-1) ** (first + second))
        whole += [_Term(sign * t.coefficient, t.edges, t.equal, t.inner) for t in piece]
    return tuple(_collect(_mul(_collect(whole), _collect(front))))


def _test(tensor: Tensor) -> _Term:
    """Return a tensor of H itself, as one term."""
    edges: list[Edge] = []
    equal: list[Edge] = []
    inner = 0
    for power, (a, b) in zip(tensor.powers, _PAIRINGS[tensor.pairing], strict=True):
        if power == 0:
            equal.append((a, b))
        elif power == 1:
            edges.append((a, b))
        else:
            edges += [(a, 4 + inner), (4 + inner, b)]
            inner += 1
    if tensor.trace:
        edges += [(4 + inner, 5 + inner), (5 + inner, 4 + inner)]
        inner += 2
    return _Term(Fraction(1), tuple(edges), tuple(equal), inner)


class _Averages:
    """Averages of sums over labels of entries of H, in a field that contains d.

    Polynomials in power sums of the traceless Δ are read at tr Δ² = tr Δ⁴ = 1 (tr Δ⁴ = 1/2 for
    d < 4), which leaves as many independent equations as there are tensors.
    """

    def __init__(self, d: int | sp.Expr) -> None:
        symbol = sp.Dummy("d")
        self.field: Any = sp.QQ if isinstance(d, int) else sp.QQ.frac_field(symbol)
        self.d = self.field.from_sympy(sp.Integer(d) if isinstance(d, int) else symbol)
        self.symbol, self.value = symbol, sp.sympify(d)
        dimension = d if isinstance(d, int) else symbol
        small = isinstance(d, int) and d < SMALLEST_DIMENSION
        self.fourth = self.field.from_sympy(sp.Rational(1, 2) if small else sp.Integer(1))
        at = Dimension.of(dimension)
        self.sided: dict[Partition, Any] = {(): self.field.one}
        for n in range(1, 2 * _ORDER + 1):
            self.sided |= {mu: self._sided(mu, at, dimension) for mu in partitions_of(n)}

    def _sided(self, mu: Partition, at: Dimension, dimension: int | sp.Expr) -> Any:
        """Return the mean of entries of W Δ Wᵀ whose indices a pairing of this coset type joins."""
        terms = circuit_moment_terms({mu: 1}, at, smallest_part=2)
        values = (
            self.field.from_sympy(exact_to_sympy(number, dimension)) * self.trace(nu)
            for nu, number in terms
        )
        return sum(values, self.field.zero)

    def trace(self, nu: Partition) -> Any:
        """Return Π tr Δ^{ν_i} for a ν without parts 1."""
        return self.fourth ** nu.count(4)

    def mean(self, counts: Mapping[tuple[int, Partition], Any]) -> Any:
        """Return Σ counts · d^labels · (one-sided sum of the coset type)."""
        total = self.field.zero
        for (labels, mu), count in counts.items():
            if count:
                number = self.field.from_sympy(sp.Rational(count.numerator, count.denominator))
                total += number * self.d**labels * self.sided[mu]
        return total

    def to_sympy(self, value: Any) -> sp.Expr:
        """Return an element of the field as SymPy, in factored form."""
        return sp.factor(self.field.to_sympy(value)).xreplace({self.symbol: self.value})


# the same graphs come out of many products; a few dozen are different
@lru_cache(maxsize=1024)
def _label_counts(labels: int, edges: tuple[Edge, ...]) -> Mapping[tuple[int, Partition], int]:
    """Return by (labels left, coset type) how the pairings of the entries' indices fall."""
    if not edges:
        return Counter({(labels, ()): 1})
    slots = [label for edge in edges for label in edge]
    counts: Counter[tuple[int, Partition]] = Counter()
    for p, mu in _typed_pairings(len(edges)):
        roots = list(range(labels))
        left = labels
        for a, b in p:
            x, y = roots[slots[a]], roots[slots[b]]
            if x != y:
                roots = [x if root == y else root for root in roots]
                left -= 1
        counts[left, mu] += 1
    return counts


# every graph with so many edges goes through them
@lru_cache(maxsize=8)
def _typed_pairings(n: int) -> tuple[tuple[tuple[Edge, ...], Partition], ...]:
    base = tuple((2 * a, 2 * a + 1) for a in range(n))
    return tuple((p, coset_type(p, base)) for p in pairings(n))


def _contract(left: _Term, right: _Term) -> tuple[int, tuple[Edge, ...]]:
    """Return the number of labels and the edges left when all labels of a product are summed."""
    edges = left.edges + _shift(right.edges, left.inner)
    equal = left.equal + _shift(right.equal, left.inner)
    count = 4 + left.inner + right.inner
    roots = merged_labels(count, equal)
    names = {root: i for i, root in enumerate(dict.fromkeys(roots))}
    renamed = sorted(
        (min(pair), max(pair)) for pair in ((names[roots[x]], names[roots[y]]) for x, y in edges)
    )
    return len(names), tuple(renamed)


def _traces(labels: int, edges: tuple[Edge, ...], averages: _Averages) -> Any:
    """Return Σ over labels of entries of Δ where every label sits on 0 or 2 slots."""
    slots = [label for edge in edges for label in edge]
    pairs: dict[int, list[int]] = {}
    for slot, label in enumerate(slots):
        pairs.setdefault(label, []).append(slot)
    base = [(2 * a, 2 * a + 1) for a in range(len(edges))]
    kind = coset_type([(a, b) for a, b in pairs.values()], base) if edges else ()
    if 1 in kind:
        return averages.field.zero  # a factor tr Δ
    return averages.d ** (labels - len(pairs)) * averages.trace(kind)


# 21 times 21 pairs of tensors, counted once for all widths
@lru_cache(maxsize=512)
def _image_counts(tensor: Tensor, test: Tensor) -> Mapping[tuple[int, Partition], int]:
    """Return the label counts of Σ E[ÃÃ] · test at the order of the test."""
    graphs: Counter[tuple[int, tuple[Edge, ...]]] = Counter()
    for term in _moved(tensor):
        if len(term.edges) == test.order:
            graphs[_contract(term, _test(test))] += term.coefficient  # type: ignore[assignment]
    totals: Counter[tuple[int, Partition]] = Counter()
    for graph, coefficient in graphs.items():
        if coefficient:
            for key, count in _label_counts(*graph).items():
                totals[key] += coefficient * count
    return totals


@refuses_text("d")
def layer_tensor_map(d: int | sp.Expr) -> sp.ImmutableMatrix:
    """Return the matrix that one layer applies to the coefficients of :func:`tensors`.

    It is block triangular in the order of the tensors. For d = 2 and 3, where the tensors depend on
    one another, the image is written in some of them that do not.

    Examples
    --------
    >>> layer_tensor_map(4)[:3, :3].eigenvals()
    {1: 1, 2/3: 1, 0: 1}
    """
    size = as_dimension(d)
    if isinstance(size, int) and size < 2:
        raise InvalidInputError("d", "must be at least 2", size, "one unit passes no gradient")
    return _layer_tensor_map(size)


# statement, limit and values at a width start from it
@lru_cache(maxsize=8)
def _layer_tensor_map(d: int | sp.Expr) -> sp.ImmutableMatrix:
    averages = _Averages(d)
    basis = tensors()
    rows: list[list[sp.Expr]] = []
    for order in range(_ORDER + 1):
        part = [tensor for tensor in basis if tensor.order == order]
        gram = [[_traces(*_contract(_test(x), _test(y)), averages) for y in part] for x in part]
        image = [[averages.mean(_image_counts(y, x)) for y in basis] for x in part]
        left = DomainMatrix(gram, (len(part), len(part)), averages.field)
        right = DomainMatrix(image, (len(part), len(basis)), averages.field)
        kept = _independent(left, d)
        solved = left.extract(kept, kept).lu_solve(right.extract(kept, range(len(basis))))
        found = dict(zip(kept, solved.to_list(), strict=True))
        rows += [found.get(i, [averages.field.zero] * len(basis)) for i in range(len(part))]
    return sp.ImmutableMatrix([[averages.to_sympy(value) for value in row] for row in rows])


def _independent(gram: DomainMatrix, d: int | sp.Expr) -> list[int]:
    """Return the positions of a basis among tensors with these scalar products."""
    if isinstance(d, int) and d < SMALLEST_DIMENSION:
        return list(gram.rref()[1])
    return list(range(gram.shape[0]))


@refuses_text("d")
def start_tensor(d: int | sp.Expr) -> sp.Matrix:
    """Return the tensor of an isotropic Γ of unit norm at the top: E[A_ij A_kl] = δ_ik G_jl/d²."""
    wanted = {Tensor(1, (0, 0)), Tensor(1, (0, 1))}
    return sp.Matrix([int(tensor in wanted) for tensor in tensors()]) / sp.sympify(d) ** 2


@refuses_text("d")
def observable(d: int | sp.Expr) -> tuple[sp.Matrix, sp.Matrix]:
    """Return the rows that give the constant and the tr Δ² term of E‖∂ℓ/∂X‖² = E tr AᵀA G^{-1}."""
    averages = _Averages(as_dimension(d))
    rows: list[list[sp.Expr]] = [[], []]
    inverse = [
        _Term(Fraction(1), (), ((0, 2), (1, 3))),
        _Term(Fraction(-1), ((1, 3),), ((0, 2),)),
        _Term(Fraction(1), ((1, 4), (4, 3)), ((0, 2),), 1),
    ]
    for tensor in tensors():
        totals = [averages.field.zero, averages.field.zero]
        for term in inverse:
            order = tensor.order + len(term.edges)
            if order in (0, 2):
                value = _traces(*_contract(_test(tensor), term), averages)
                totals[order // 2] += int(term.coefficient) * value
        for row, total in zip(rows, totals, strict=True):
            row.append(averages.to_sympy(total))
    return sp.Matrix([rows[0]]), sp.Matrix([rows[1]])
