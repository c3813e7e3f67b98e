r"""Gaussian matrices: integration by parts, E[G_ij f] = Σ E[G_ij G_kl] E[∂f/∂G_kl].

One factor is joined with every other one, which leaves products with two factors less. Products in
canonical form that are equal are averaged once, so that powers of traces take no sum over all
(2n-1)!! pairings: tr(G)^20 is ten steps. The covariances are, with q the conjugate of p,

* real entries: E G_ij G_kl = [i=k][j=l]; complex ones: E G_ij conj(G_kl) = [i=k][j=l];
* GOE: E H_ij H_kl = [i=k][j=l] + [i=l][j=k];
* GUE: E H_ij H_kl = [i=l][j=k].
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from typing import NamedTuple

import sympy as sp

from weingarten.budget import foresee, tick
from weingarten.costs import (
    PredictedCost,
    about_factorial,
    about_pairings,
    number_of_partitions,
)
from weingarten.networks.canonical import canonical_product
from weingarten.networks.choosing import Method, Offer
from weingarten.networks.factors import factor_key
from weingarten.networks.merging import Delta
from weingarten.networks.model import Component, Monomial, Tensor, monomial_product
from weingarten.networks.slots import Averaged, Integral, Job, dimension_power, put

__all__ = ["METHOD"]

#: (what is left of the constants, product of label ranges) → number
Means = dict[tuple[Monomial, sp.Expr], int]

_SECONDS_A_JOIN = 2e-4
#: A term with one or two constants, and one whose constants are all different.
_SECONDS_A_TERM = 8e-4
_SECONDS_A_DISTINCT_TERM = 2e-3
#: Numbers that are small enough for a prediction.
_FEW = 40


def _offer(job: Job) -> Offer | None:
    numbers = job.numbers
    balanced = job.haar.is_real_matrix or job.haar.is_hermitian_matrix or numbers[0] == numbers[1]
    if job.degree % 2 or not balanced:
        return Offer(lambda: PredictedCost(0.0), lambda: Integral({}), settles=True)
    return Offer(partial(_cost, job), partial(_average, job))


def _cost(job: Job) -> PredictedCost:
    return PredictedCost(2e-4 + _seconds(job))


def _seconds(job: Job) -> float:
    """Predict the time from the products that are met: as many as come out, where constants are.

    Equal components may be exchanged, a trace may be read from each of its factors, and from the
    other end where all of its constants are equal. That is little help where real factors turn
    constants that are not symmetric: what is left after the first joins is different each time.
    """
    half, degree = job.degree // 2, job.degree
    hermitian, real = job.haar.is_hermitian_matrix, job.haar.is_real_matrix
    bases = {base for component, _ in job.components for base, _, _ in component.tensors}
    fixed = bases - set(job.kinds)
    constants = len(fixed)
    turned = real and constants == 2 and not all(job.properties.symmetric(base) for base in fixed)
    if not constants and all(len(component.tensors) == 1 for component, _ in job.components):
        return _SECONDS_A_JOIN * degree  # tr H and tr H leave a constant
    if not constants and all(component.sizes for component, _ in job.components):
        # sets of traces: of all lengths if H and Hᵀ are joined, else of the even ones
        return (
            _SECONDS_A_JOIN * degree * number_of_partitions(degree if hermitian and real else half)
        )
    if job.is_plain:
        return _SECONDS_A_JOIN * degree * len(job.components)
    ways = about_pairings(half) if real or hermitian else about_factorial(half)
    if hermitian and real:
        ways *= 2.0**half
    for component, power in job.components:
        ways /= about_factorial(min(power, _FEW))
        if constants <= 2 and not turned:
            turns = 2.0 * sum(base in job.kinds for base, _, _ in component.tensors)
            ways /= min(turns, _FEW) ** min(power, _FEW)
    each = _SECONDS_A_TERM if constants <= 2 else _SECONDS_A_DISTINCT_TERM
    least = degree * number_of_partitions(degree) if constants <= 2 else number_of_partitions(half)
    return each * max(ways, least)


def _average(job: Job) -> Integral:
    foresee(f"the average over {job.degree} factors of {job.haar.name}", _seconds(job))
    result: Averaged = {}
    for (monomial, factor), number in _ByParts(job).mean(frozenset(job.components)).items():
        power, rest, integer = dimension_power(factor, job.haar.dimension)
        put(result, monomial, rest, job.at.power(power) * (number * integer))
    return Integral(result)


class _Part(NamedTuple):
    """A term of an integration by parts: what is constant, what is random, and their factors."""

    constant: Monomial
    random: Monomial
    factor: sp.Expr
    number: int


class _ByParts:
    """The means of products, each computed once."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.known: dict[Monomial, Means] = {frozenset(): {(frozenset(), sp.S.One): 1}}

    def mean(self, product: Monomial) -> Means:
        """Return the mean of a product of components that all hold the matrix.

        A list of what is still open stands in for recursion: powers may be high.
        """
        parts: dict[Monomial, list[_Part]] = {}
        open_products = [product]
        while open_products:
            tick()
            now = open_products[-1]
            if now in self.known:
                open_products.pop()
                continue
            if now not in parts:
                parts[now] = self._parts(now)
                open_products += [part.random for part in parts[now]]
                continue
            total: Counter[tuple[Monomial, sp.Expr]] = Counter()
            for constant, random, factor, number in parts.pop(now):
                for (others, more), value in self.known[random].items():
                    key = monomial_product(constant, others), factor * more
                    total[key] += number * value
            self.known[now] = {key: value for key, value in total.items() if value}
        return self.known[product]

    def _parts(self, product: Monomial) -> list[_Part]:
        """Return what is left of a product when one factor is joined, the random part by itself."""
        found = []
        for (left, factor), number in self._joined(product).items():
            random = frozenset(x for x in left if self._is_random(x[0]))
            found.append(_Part(left - random, random, factor, number))
        return found

    def _is_random(self, item: object) -> bool:
        return isinstance(item, Component) and any(t[0] in self.job.kinds for t in item.tensors)

    def _joined(self, product: Monomial) -> Means:
        """Return the product with one factor joined with every other one."""
        first = min((x for x, _ in product), key=lambda x: (len(x.tensors), factor_key(x)))  # type: ignore[attr-defined]
        rest = _without(product, first)
        tensors, sizes = self.job.instantiate(first)  # type: ignore[arg-type]
        at = next(a for a, tensor in enumerate(tensors) if tensor[0] in self.job.kinds)
        total: defaultdict[tuple[Monomial, sp.Expr], int] = defaultdict(int)
        self._join(total, tensors, sizes, at, range(len(tensors)), 1, rest)
        for other, power in rest:
            more, wider = self.job.instantiate(other)  # type: ignore[arg-type]
            both = [*tensors, *more]
            places = range(len(tensors), len(both))
            self._join(total, both, sizes | wider, at, places, power, _without(rest, other))
        return total

    def _join(
        self,
        total: defaultdict[tuple[Monomial, sp.Expr], int],
        tensors: list[Tensor],
        sizes: dict[int, sp.Expr],
        at: int,
        places: range,
        number: int,
        rest: Monomial,
    ) -> None:
        """Join the factor at a place with each of others, and close what is left."""
        sized = {label: self.job.sized(size) for label, size in sizes.items()}
        for place in places:
            if place == at or tensors[place][0] not in self.job.kinds:
                continue
            left = [tensor for a, tensor in enumerate(tensors) if a not in (at, place)]
            for deltas in self._covariances(tensors[at], tensors[place]):
                tick()
                closed = canonical_product(left, deltas, sized, self.job.properties)
                if closed is not None:
                    total[monomial_product(closed[1], rest), closed[0]] += number

    def _covariances(self, one: Tensor, two: Tensor) -> list[list[Delta]]:
        """Return the terms of the covariance of two factors: labels that have to be equal."""
        (base, row, column), (other, second_row, second_column) = one, two
        rows, columns = self.job.haar.shape
        straight: list[Delta] = [(row, second_row, rows), (column, second_column, columns)]
        crossed: list[Delta] = [(row, second_column, rows), (column, second_row, columns)]
        if self.job.haar.is_hermitian_matrix:
            return [straight, crossed] if self.job.haar.is_real_matrix else [crossed]
        return [straight] if base != other or self.job.haar.is_real_matrix else []


def _without(product: Monomial, item: object) -> Monomial:
    return frozenset((x, n - (x == item)) for x, n in product if n > (x == item))


METHOD = Method(
    name="wick",
    words="integration by parts: Wick's theorem, equal products averaged once",
    offer=_offer,
    preference=70,
    groups=frozenset({"Gaussian", "GOE", "GUE"}),
)
