"""Integration by parts for Gaussian factors: one is joined with every other, equal products once.

Products in canonical form that are equal are averaged once, so that powers of traces take no sum
over all ways to join the factors: tr(G)^20 is ten steps.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple, TypeAlias

import sympy as sp

from weingarten.budget import tick
from weingarten.networks.canonical import canonical_product
from weingarten.networks.factors import factor_key
from weingarten.networks.merging import Delta
from weingarten.networks.model import Component, Monomial, Tensor, monomial_product
from weingarten.networks.slots import Job

__all__ = ["ByParts", "Means"]

#: (what is left of the constants, product of label ranges) → number
Means: TypeAlias = dict[tuple[Monomial, sp.Expr], int]


class _Part(NamedTuple):
    """A term of an integration by parts: what is constant, what is random, and their factors."""

    constant: Monomial
    random: Monomial
    factor: sp.Expr
    number: int


class ByParts:
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
