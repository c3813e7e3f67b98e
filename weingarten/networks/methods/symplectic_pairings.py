r"""Sums over pairs of pairings with signs: the Weingarten formula of Sp(d).

``E Π_a S_{i_a j_a} = Σ_{p,q} J_p(i) J_q(j) ε(p) ε(q) Wg(ct(p,q); d)`` with
:mod:`weingarten.ensembles.symplectic_group`; the conjugate of S is Jᵀ S J.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import islice
from math import factorial, prod
from typing import NamedTuple, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from weingarten.budget import foresee, tick
from weingarten.combinatorics.compatible_pairings import coset_type_codes, orbits, pairings_between
from weingarten.combinatorics.partitions import Partition, partitions_of
from weingarten.combinatorics.set_partitions import DisjointSets
from weingarten.costs import PredictedCost, about_pairings
from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.coefficients import exact_sum
from weingarten.networks.forms import form_at, form_vanishes, with_forms_of
from weingarten.networks.model import Label, Monomial, Tensor, monomial_product
from weingarten.networks.sides import Codes, Side, number_of_values
from weingarten.networks.slots import Averaged, Counts, Integral, Job, Value, dimension_power, put
from weingarten.networks.symmetry import slot_symmetries

__all__ = ["METHOD"]

#: Pairs of pairings from which on symmetries are looked for.
_MANY = 500
#: Seconds: to contract a side or a whole, to count a pair, to write a term, to
#: count the pairs of one pairing that leave the same.
_SECONDS_A_CONTRACTION = 3e-4
_SECONDS_A_PAIR = 1e-6
_SECONDS_A_TERM = 1.5e-4
_SECONDS_A_GROUP = 1e-5
_LISTED_AT_ONCE = 100
#: A component occurs so often at most, for a prediction.
_FEW = 24
#: The partner of each slot.
Partners: TypeAlias = tuple[int, ...]


class _Product(NamedTuple):
    """A product of entries of S alone, conj(S) being Jᵀ S J, and of constants."""

    job: Job
    rows: list[Label]
    columns: list[Label]
    constants: list[Tensor]
    sizes: dict[int, sp.Expr]

    @property
    def size(self) -> sp.Expr:
        """The size of the matrices."""
        return self.job.dimension

    @property
    def half(self) -> int:
        """Half the number of factors."""
        return len(self.rows) // 2


def _offer(job: Job) -> Offer | None:
    if job.degree % 2:  # -1 is symplectic
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    listed = about_pairings(job.degree // 2)
    if job.is_plain:
        return PredictedCost(2e-4 + _SECONDS_A_CONTRACTION * listed)
    if job.degree > _FEW:
        return PredictedCost(_SECONDS_A_PAIR * listed**2, 1e-4 * listed)
    product = _written_in_one(job)
    left, right = (
        _about(labels, product.size, listed) for labels in (product.rows, product.columns)
    )
    if not left or not right:
        return PredictedCost(2e-4)
    return PredictedCost(2e-4 + _seconds(product, left, right), 5e-5 * (left + right))


def _about(labels: list[Label], size: sp.Expr, every: float) -> float:
    """Return how many pairings there are on a side, counted if they are few: indices exclude some.

    Those of a side without known indices are not looked at.
    """
    if all(isinstance(label, int) for label in labels):
        return every
    few = sum(1 for _ in islice(_pairings(labels, size), _LISTED_AT_ONCE))
    return few if few < _LISTED_AT_ONCE else every


def _seconds(product: _Product, left: float, right: float) -> float:
    """Predict the time for so many pairings of rows and of columns."""
    # equal components may be exchanged
    alike = prod(factorial(min(power, _FEW)) for _, power in product.job.components)
    if left * right < _MANY:
        alike = 1
    sides = _split(product)
    if sides is not None:
        whole = product.job.product
        terms = number_of_values(whole, sides[0], left) * number_of_values(whole, sides[1], right)
        return (
            _SECONDS_A_CONTRACTION * (left + right)
            + _SECONDS_A_PAIR * left * right / alike
            + _SECONDS_A_TERM * (1 + product.job.is_matrix) * terms
        )
    return _SECONDS_A_CONTRACTION * max(left * right / alike, left + right)


def _average(job: Job) -> Integral:
    product = _written_in_one(job)
    request = f"the average over {2 * product.half} factors of {job.haar.name}"
    if all(isinstance(x, int) for x in (*product.rows, *product.columns)):
        every = about_pairings(product.half)
        foresee(request, _seconds(product, every, every), 1e-4 * every)
    left, right = _listed(product, request)
    totals: Counts = defaultdict(Counter)
    for (factor, monomial), shape, number in _terms(product, left, right):
        power, rest, times = dimension_power(factor, job.haar.dimension)
        totals[rest, monomial][power, shape] += number * times
    result: Averaged = {}
    for (factor, monomial), numbers in totals.items():
        items = frozenset((power, mu, number) for (power, mu), number in numbers.items() if number)
        value = exact_sum(items, job.at, SYMPLECTIC) if items else None
        if value:
            put(result, monomial, factor, value)
    # also those of conjugates, which stand at the forms
    labels = {x for _, *ends in (job.product.tensors[at] for at in job.product.slots) for x in ends}
    known = [_number(x, product.size) for x in labels if not isinstance(x, int)]
    least = 2 * (1 + max(known, default=0))
    return Integral(result, max(least, SYMPLECTIC.holds_from(product.half)))


def _number(label: sp.Expr, size: sp.Expr) -> int:
    """Return the number of a pair of indices j, j + m, 0 where it is not known."""
    inside = label if label.is_Integer else sp.expand(label - size / 2)
    return int(inside) if inside.is_Integer else 0


def _written_in_one(job: Job) -> _Product:
    whole, size = job.product, job.dimension
    constants = with_forms_of(size, job.haar.dimension, whole.constants)
    sizes = dict(whole.sizes)
    rows: list[Label] = []
    columns: list[Label] = []
    for at, conjugated in zip(whole.slots, whole.conjugated, strict=True):
        _, row, column = whole.tensors[at]
        if conjugated:
            inner = [min(sizes, default=0) - 1, min(sizes, default=0) - 2]
            sizes |= dict.fromkeys(inner, size)
            constants += [form_at(size, inner[0], row), form_at(size, inner[1], column)]
            row, column = inner
        rows.append(row)
        columns.append(column)
    return _Product(job, rows, columns, constants, sizes)


def _terms(
    product: _Product, left: list[Partners], right: list[Partners]
) -> Iterator[tuple[tuple[sp.Expr, Monomial], Partition, int]]:
    """Yield what pairs of pairings leave, with their coset type and their number, with signs.

    A permutation of the slots changes the sign of both pairings alike: of the pairings of the rows
    that are related by a symmetry of the product one is enough.
    """
    if not left or not right:
        return
    representatives, weights = list(range(len(left))), [1] * len(left)
    table = np.array(left, dtype=np.int64).reshape(len(left), 2 * product.half)
    if len(left) * len(right) >= _MANY:
        slots = [
            (product.job.haar, row, column)
            for row, column in zip(product.rows, product.columns, strict=True)
        ]
        generators = slot_symmetries(
            [*slots, *product.constants], range(len(slots)), product.sizes, product.job.properties
        )
        representatives, weights = orbits(table, generators)
    partners = np.array(right, dtype=np.int64).reshape(len(right), 2 * product.half)
    types = partitions_of(product.half)
    contract = _Contraction(product, right)
    contract.foresee_pairs(len(representatives))
    for at, weight in zip(representatives, weights, strict=True):
        tick()
        codes = coset_type_codes(table[at], partners)
        for value, members, signs in contract.with_rows(left[at]):
            counts = np.bincount(codes[members], weights=signs)
            for code in np.flatnonzero(counts):
                yield value, types[int(code)], weight * round(counts[code])


class _Contraction:
    """What is left of the constants for each pairing of the rows, with all pairings of the columns.

    Where no constant ties a row to a column, the two sides are contracted separately.
    """

    def __init__(self, product: _Product, right: list[Partners]) -> None:
        self.product = product
        self.right = right
        self.sides = _split(product)
        self.signs = np.array([_sign(partner) for partner in right])
        self.columns: list[tuple[tuple[sp.Expr, Monomial], Codes]] = []
        if self.sides is not None:
            found: defaultdict[tuple[sp.Expr, Monomial], list[int]] = defaultdict(list)
            for k, partner in enumerate(right):
                value = self._closed(self.sides[1], [(partner, product.columns)])
                if value is not None:
                    found[value].append(k)
            self.columns = [(value, np.array(members)) for value, members in found.items()]

    def foresee_pairs(self, rows: int) -> None:
        """Refuse what would take too long for so many pairings of the rows."""
        each = _SECONDS_A_GROUP * len(self.columns) + _SECONDS_A_PAIR * len(self.right)
        if self.sides is None:
            each = _SECONDS_A_CONTRACTION * len(self.right)
        name = self.product.job.haar.name
        foresee(f"the average over {2 * self.product.half} factors of {name}", each * rows)

    def with_rows(
        self, one: Partners
    ) -> Iterator[tuple[tuple[sp.Expr, Monomial], Codes, NDArray[np.int64]]]:
        """Yield what is left, the positions of pairings of columns that leave it, and the signs."""
        own = _sign(one)
        rows = (one, self.product.rows)
        if self.sides is None:
            whole = (self.product.constants, self.product.sizes)
            for k, two in enumerate(self.right):
                value = self._closed(whole, [rows, (two, self.product.columns)])
                if value is not None:
                    members = np.array([k])
                    yield value, members, own * self.signs[members]
            return
        left = self._closed(self.sides[0], [rows])
        if left is None:
            return
        for (factor, monomial), members in self.columns:
            value = (left[0] * factor, monomial_product(left[1], monomial))
            yield value, members, own * self.signs[members]

    def _closed(self, side: Side, joined: list[tuple[Partners, list[Label]]]) -> Value:
        tick()
        tensors = list(side[0])
        for partner, labels in joined:
            tensors += _forms(partner, labels, self.product.size)
        return canonical_product(tensors, (), side[1], self.product.job.properties)


def _split(product: _Product) -> tuple[Side, Side] | None:
    """Split constants and labels into what hangs on rows and what on columns, if they separate."""
    joined: DisjointSets[Label] = DisjointSets()
    for _, row, column in product.constants:
        if isinstance(row, int) and isinstance(column, int):
            joined.join(row, column)
    on_rows, on_columns = (
        {joined.find(x) for x in labels if isinstance(x, int)}
        for labels in (product.rows, product.columns)
    )
    if on_rows & on_columns:
        return None
    sides: tuple[Side, Side] = ([], {}), ([], {})
    for label, size in product.sizes.items():
        sides[joined.find(label) in on_columns][1][label] = size
    for tensor in product.constants:
        bound = [x for x in tensor[1:] if isinstance(x, int)]
        sides[bool(bound) and joined.find(bound[0]) in on_columns][0].append(tensor)
    return sides


def _listed(product: _Product, request: str) -> tuple[list[Partners], list[Partners]]:
    """Return both lists, made at the same pace: it is seen early that there are too many pairs."""
    found: tuple[list[Partners], list[Partners]] = ([], [])
    open_sides = [
        (listed, _pairings(labels, product.size))
        for listed, labels in zip(found, (product.rows, product.columns), strict=True)
    ]
    while open_sides:
        for listed, more in list(open_sides):
            some = list(islice(more, _LISTED_AT_ONCE))
            listed.extend(some)
            if len(some) < _LISTED_AT_ONCE:
                open_sides.remove((listed, more))
        seconds = _seconds(product, len(found[0]), len(found[1]))
        foresee(request, seconds, in_parts=bool(open_sides))
    return found


def _pairings(labels: list[Label], size: sp.Expr) -> Iterator[Partners]:
    """Yield the pairings of the slots, as partners, that join no entries of J that vanish."""
    masks = [
        sum(1 << b for b, two in enumerate(labels) if a != b and not form_vanishes(one, two, size))
        for a, one in enumerate(labels)
    ]
    return pairings_between(masks)


def _forms(partner: Partners, labels: list[Label], size: sp.Expr) -> list[Tensor]:
    return [form_at(size, labels[a], labels[b]) for a, b in enumerate(partner) if a < b]


def _sign(partner: Partners) -> int:
    """Return (-1) to the number of crossing pairs."""
    pairs = [(a, b) for a, b in enumerate(partner) if a < b]
    crossings = sum(a < c < b < e for a, b in pairs for c, e in pairs)
    return (-1) ** crossings


METHOD = Method(
    name="symplectic-pairings",
    words="pairs of pairings with signs and symplectic forms, counted by coset type",
    offer=_offer,
    preference=70,
    groups=frozenset({"Sp"}),
)
