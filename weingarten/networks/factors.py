"""Factors of monomials beside components: determinants, Kronecker deltas, sums that stay sums."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.networks.model import (
    Component,
    Monomial,
    Polynomial,
    add_to,
    conjugate_of,
    is_conjugate,
    random_of,
    sort_key,
)
from weingarten.networks.naming import Places
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = [
    "BLOCK_PLACES",
    "DeterminantSign",
    "SummedBlock",
    "block_depth",
    "factor_key",
    "haars_of",
    "is_long_minor",
    "mentions",
    "occurs_plainly",
    "reduced",
    "reduced_polynomial",
]

#: The variables of summed blocks, by how deep sums are nested inside.
BLOCK_PLACES = Places()
#: From this size on powers of a minor written out are too long.
_LONG = 6


def is_long_minor(size: sp.Expr) -> bool:
    """Tell whether a minor of this size is a factor, not written out in entries."""
    return not size.is_Integer or bool(size >= _LONG)


class DeterminantSign(NamedTuple):
    """The determinant of a Haar matrix or of its conjugate: a random sign, or a random phase.

    Or that of a part M of it, of symbolic size, which is no sign. Of one that is not square it
    stands for the volume √det(M*M), an even number of times; M is a slice or its transpose.
    """

    haar: sp.MatrixExpr

    @property
    def is_minor(self) -> bool:
        """Whether it is the determinant of a part."""
        return isinstance(self.part, MatrixSlice)

    @property
    def part(self) -> sp.MatrixExpr:
        """The slice, also where its rows span the volume, or the whole matrix."""
        is_transposed = isinstance(self.haar, sp.Transpose)
        return self.haar.arg if is_transposed else self.haar

    @property
    def whole(self) -> sp.MatrixExpr:
        """The matrix, or its conjugate, of which this is the determinant or a minor."""
        return self.part.parent if self.is_minor else self.haar

    def conjugate(self) -> DeterminantSign:
        """Return the complex conjugate."""
        if not self.is_minor:
            return DeterminantSign(conjugate_of(self.haar))
        part = self.part
        other = MatrixSlice(conjugate_of(part.parent), part.rowslice, part.colslice)
        return DeterminantSign(other if part == self.haar else sp.Transpose(other))

    def as_scalar(self) -> sp.Expr:
        """Return what it is as a SymPy scalar."""
        if not self.is_minor:
            return sp.Determinant(self.haar)
        rows, columns = shape_of(self.haar)
        if rows == columns:
            return sp.Determinant(_readable(self.haar))
        plain = self.conjugate() if is_conjugate(self.whole) else self
        part = _readable(plain.haar)
        return sp.sqrt(sp.Determinant(sp.adjoint(part) * part))


def _readable(part: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return a slice or its transpose, the matrix itself where the slice is all of it."""
    if isinstance(part, sp.Transpose):
        return sp.Transpose(_readable(part.arg))
    return part.parent if shape_of(part) == shape_of(part.parent) else part


class SummedBlock(NamedTuple):
    """A sum that no bound label can stand for; equal ones have equal variables."""

    variable: sp.Symbol
    lower: sp.Expr
    upper: sp.Expr
    coefficient: sp.Expr
    monomial: Monomial


def factor_key(item: object) -> tuple[object, ...]:
    """Return a key that orders factors in the same way in every process."""
    if isinstance(item, Component):
        tensors = (
            (sort_key(base), *(("", str(x)) if isinstance(x, int) else sort_key(x) for x in ends))
            for base, *ends in item.tensors
        )
        return 0, tuple(tensors), tuple(map(sort_key, item.sizes))
    if isinstance(item, DeterminantSign):
        return 1, sort_key(item.haar)
    if isinstance(item, SummedBlock):
        inner = sorted((*factor_key(x), power) for x, power in item.monomial)
        return 2, *(sort_key(x) for x in item[1:4]), tuple(inner)
    assert isinstance(item, sp.Basic)
    return 3, sort_key(item)


def reduced(monomial: Monomial) -> Monomial:
    """Use det(W)² = 1, or det(U) conj(det(U)) = 1, and δ² = δ."""
    if not any(
        isinstance(item, DeterminantSign) or (power > 1 and isinstance(item, sp.KroneckerDelta))
        for item, power in monomial
    ):
        return monomial
    signs = {item.haar: power for item, power in monomial if isinstance(item, DeterminantSign)}
    kept: list[tuple[Hashable, int]] = []
    for item, power in monomial:
        if isinstance(item, DeterminantSign):
            if item.is_minor:
                kept.append((item, power))
                continue
            other = conjugate_of(item.haar)
            left = power % 2 if other == item.haar else max(power - signs.get(other, 0), 0)
            kept += [(item, left)] * (left > 0)
        else:
            kept.append((item, 1 if isinstance(item, sp.KroneckerDelta) else power))
    return frozenset(kept)


def reduced_polynomial(poly: Polynomial) -> Polynomial:
    """Reduce every monomial; those that become equal add up."""
    total: Polynomial = {}
    for monomial, coefficient in poly.items():
        add_to(total, reduced(monomial), coefficient)
    return total


def mentions(item: object, index: sp.Symbol) -> bool:
    """Tell whether a factor depends on an index."""
    if isinstance(item, Component):
        return any(
            place.has(index)
            for place in (*item.sizes, *(x for tensor in item.tensors for x in tensor))
            if not isinstance(place, int)
        )
    if isinstance(item, SummedBlock):
        return any(x.has(index) for x in (item.lower, item.upper, item.coefficient)) or any(
            mentions(inner, index) for inner, _ in item.monomial
        )
    if isinstance(item, DeterminantSign):
        return item.is_minor and bool(item.haar.has(index))
    return isinstance(item, sp.Basic) and item.has(index)


def occurs_plainly(component: Component, index: sp.Symbol) -> bool:
    """Tell whether the index occurs only as itself, never inside i + 1, a range or a matrix."""
    return all(
        label == index or not label.has(index)
        for _, r, c in component.tensors
        for label in (r, c)
        if not isinstance(label, int)
    ) and not any(
        place.has(index) for place in (*component.sizes, *(t[0] for t in component.tensors))
    )


def block_depth(monomial: Monomial) -> int:
    """Return how many sums are nested in the blocks of a monomial."""
    depths = (
        1 + block_depth(item.monomial) for item, _ in monomial if isinstance(item, SummedBlock)
    )
    return max(depths, default=0)


def haars_of(monomial: Monomial) -> set[RandomMatrix]:
    """Return the random matrices in a monomial."""
    found: set[RandomMatrix | None] = set()
    for item, _ in monomial:
        if isinstance(item, Component):
            found |= {random_of(base) for base, _, _ in item.tensors}
        elif isinstance(item, DeterminantSign):
            found.add(random_of(item.whole))
        elif isinstance(item, SummedBlock):
            found |= haars_of(item.monomial)
    return {matrix for matrix in found if matrix is not None}
