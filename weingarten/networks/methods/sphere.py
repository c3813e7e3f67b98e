r"""Polynomials in one row, or one column, of a Haar matrix: averages over the sphere.

If every random factor has its row at the same fixed index, or contracted with the same constant
vector v, the average depends on one vector only, uniform on a sphere. A
Gaussian vector is such a vector times an independent length, so for a polynomial F of degree 2n

``E F(u) = E F(g) / (d (d+2) ⋯ (d+2n-2))``,

and the Gaussian average of a product of forms is a sum over the ways in which they hang together
(:mod:`weingarten.networks.gaussian_forms`). It holds for every d ≥ 1, without any
Weingarten function.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from functools import partial
from math import lgamma, log, log10, prod
from typing import NamedTuple

import sympy as sp

from weingarten.budget import foresee, foresee_digits
from weingarten.combinatorics.set_partitions import DisjointSets
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import Dimension, Exact
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.form_cumulants import cumulants_of, gaussian_moment, gaussian_seconds
from weingarten.networks.gaussian_forms import Form, Term, times
from weingarten.networks.merging import Delta
from weingarten.networks.model import Component, Label, Tensor
from weingarten.networks.one_vector import side_of_vector, vector_average, vector_seconds
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

#: Below, pairings are as quick, and a derivation shows them.
_MANY_FACTORS = 8


class _Polynomial(NamedTuple):
    """A power of the length of v, and forms in the other index with their powers."""

    scale: Term
    forms: Counter[Form]
    name: str

    @property
    def coordinate(self) -> Form | None:
        """The only form, if it is linear: its powers have one moment, that of a normal."""
        form = next(iter(self.forms)) if len(self.forms) == 1 else None
        return form if form is not None and form.degree == 1 else None


def _offer(request: Job) -> Offer | None:
    if request.determinant or request.degree % 2:
        return None
    for side in (0, 1):
        found = _on_one_vector(request, side)
        if found is not None:
            break
    else:
        return None
    name = f"a polynomial of degree {request.degree} in one row or column of {request.haar.name}"
    polynomial = _Polynomial(*found, name)
    if polynomial.coordinate is None and cumulants_of(polynomial.forms) is None:
        return _by_parts(request, name)
    return Offer(
        partial(_cost, request, polynomial),
        partial(_average, request, polynomial),
        settles=True,
    )


def _by_parts(request: Job, name: str) -> Offer | None:
    """Offer what is no product of forms with known cumulants, such as parts of a pure state."""
    if side_of_vector(request) is None or request.degree < _MANY_FACTORS:
        return None

    def run() -> Integral:
        foresee(name, vector_seconds(request))
        scale = request.at.quotient(1, range(0, request.degree, 2))
        return Integral(vector_average(request, scale))

    return Offer(lambda: PredictedCost(vector_seconds(request)), run)


def _cost(request: Job, polynomial: _Polynomial) -> PredictedCost:
    seconds = 2e-4 + 1e-6 * request.degree
    if polynomial.coordinate is None:
        seconds += gaussian_seconds(polynomial.forms, request)
    return PredictedCost(seconds)


def _average(request: Job, polynomial: _Polynomial) -> Integral:
    scale, forms, name = polynomial
    half = request.degree // 2
    foresee(name, 5e-5 * half)
    coordinate = polynomial.coordinate
    result: Averaged = {}
    if coordinate is not None:
        # x^T g is normal: the only moment, and its long numbers may cancel
        number = _coordinate_moment(half, request.at, name)
        term = coordinate.norm(request.dimension, request.properties)
        terms: list[tuple[Term, Exact]] = [(_power(term, half), number)] if term else []
    else:
        moment = gaussian_moment(forms, request, name)
        foresee(name, 5e-4 * len(moment))
        foresee_digits(name, max((log10(abs(c)) for c in moment.values() if c), default=0.0))
        terms = [
            (term, request.at.quotient(c, range(0, 2 * half, 2))) for term, c in moment.items() if c
        ]
    for term, coefficient in terms:
        factor, monomial = times(term, scale)
        power, rest, integer = dimension_power(factor, request.haar.dimension)
        put(result, monomial, rest, _scaled(coefficient, integer, power, request.at))
    labels = {
        form.labels[0]
        for form in forms
        if not isinstance(form.labels[0], int) and form.labels[0].is_Integer
    }
    return Integral(result, max(len(labels), 1))


def _coordinate_moment(half: int, at: Dimension, name: str) -> Exact:
    """Return E u_1^{2 half} = (2 half - 1)!! / (d (d+2) ⋯)."""
    digits = (lgamma(2 * half + 1) - lgamma(half + 1)) / log(10) - half * log10(2)
    d = at.integer
    if d is not None and d % 2:  # the odd numbers above and below cancel
        common = max(d, 2 * half + 1)
        foresee_digits(name, (common - half) / 2 * log10(common + 1) if common == d else d)
        return Fraction(prod(range(1, min(d, 2 * half), 2)), prod(range(common, d + 2 * half, 2)))
    # over even numbers at least powers of two are left
    foresee_digits(name, digits if at.symbolic else min(digits, 2 * half * log10(2)))
    return at.quotient(prod(range(1, 2 * half, 2)), range(0, 2 * half, 2))


def _scaled(value: Exact, integer: int, power: int, at: Dimension) -> Exact:
    scaled = value if integer == 1 else value * integer
    return at.power(power) * scaled if power else scaled


def _power(term: Term, exponent: int) -> Term:
    factor, monomial = term
    return factor**exponent, frozenset(
        (item, power * exponent if isinstance(item, Component) else power)
        for item, power in monomial
    )


class _Cut(NamedTuple):
    """A component taken apart at its random factors."""

    slots: list[tuple[Label, Label]]
    constants: dict[int, list[Tensor]]
    root: dict[int, int]
    sizes: dict[int, sp.Expr]

    def piece(self, label: int) -> tuple[list[Tensor], dict[int, sp.Expr]]:
        """Return the constants that hang on a bound label, with the ranges of their labels."""
        here = self.root[label]
        sizes = {x: size for x, size in self.sizes.items() if self.root[x] == here}
        return self.constants.get(here, []), sizes


def _cut(component: Component, request: Job) -> _Cut:
    sizes = {-1 - k: request.sized(size) for k, size in enumerate(component.sizes)}
    joined: DisjointSets[int] = DisjointSets()
    slots: list[tuple[Label, Label]] = []
    fixed: list[Tensor] = []
    for tensor in component.tensors:
        base, row, column = tensor
        if base == request.haar:
            slots.append((row, column))
            continue
        fixed.append(tensor)
        if isinstance(row, int) and isinstance(column, int):
            joined.join(row, column)
    root = {label: joined.find(label) for label in sizes}
    constants: defaultdict[int, list[Tensor]] = defaultdict(list)
    for tensor in fixed:
        label = tensor[1] if isinstance(tensor[1], int) else tensor[2]
        assert isinstance(label, int)  # a component holds together by bound labels
        constants[root[label]].append(tensor)
    return _Cut(slots, dict(constants), root, sizes)


def _on_one_vector(request: Job, side: int) -> tuple[Term, Counter[Form]] | None:
    """Return (power of the length of v, forms in the other index), None for several vectors."""
    cuts = [(_cut(component, request), power) for component, power in request.components]
    scale = _common_vector(request, cuts, side)
    if scale is None:
        return None
    forms: Counter[Form] = Counter()
    for cut, power in cuts:
        for form in _forms(cut, 1 - side, request):
            forms[form] += power
    return scale, forms


def _forms(cut: _Cut, side: int, request: Job) -> list[Form]:
    pieces: defaultdict[int, list[Label]] = defaultdict(list)
    forms = []
    for slot in cut.slots:
        label = slot[side]
        if isinstance(label, int):
            pieces[cut.root[label]].append(label)
        else:
            forms.append(Form.of([label], [], {}, request))
    return forms + [Form.of(labels, *cut.piece(here), request) for here, labels in pieces.items()]


def _common_vector(request: Job, cuts: list[tuple[_Cut, int]], side: int) -> Term | None:
    """Return a power of the length of v, if v stands at every index on this side, else None."""
    one: Term = (sp.S.One, frozenset())
    labels = {slot[side] for cut, _ in cuts for slot in cut.slots}
    (cut, power), *others = cuts
    if len(labels) == 1 and not others and power == 1:
        (label,) = labels
        if isinstance(label, int):  # one index, summed over: the sum of what else it carries
            if any(_root(cut, slot[1 - side]) == cut.root[label] for slot in cut.slots):
                return None
            tensors, sizes = cut.piece(label)
            closed: Delta = (label, label, request.dimension)
            return canonical_product(tensors, [closed], sizes, request.properties)
    if not any(isinstance(label, int) for label in labels):
        return one if len(labels) == 1 else None
    vectors = set()
    for cut, _ in cuts:
        ends = Counter(_root(cut, label) for slot in cut.slots for label in slot)
        for slot in cut.slots:
            label = slot[side]
            if not isinstance(label, int) or ends[cut.root[label]] != 1:
                return None
            vectors.add(Form.of([label], *cut.piece(label), request))
            if len(vectors) > 1:
                return None
    (vector,) = vectors
    norm = vector.norm(request.dimension, request.properties)
    return None if norm is None else _power(norm, request.degree // 2)


def _root(cut: _Cut, label: Label) -> int:
    """Return the piece of a bound label; fixed labels have none, 0."""
    return cut.root[label] if isinstance(label, int) else 0


METHOD = Method(
    name="sphere",
    words="one row or column, uniform on the sphere: Gaussian forms over the mean length",
    offer=_offer,
    preference=40,
)
