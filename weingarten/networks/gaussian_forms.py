r"""Forms in one vector g of independent standard normals, and what joining them leaves.

A *form* is a product of constants with open labels, each contracted with g: ``x^T g``,
``g^T A g``, ``Σ_k a_k g_k^4``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from weingarten.networks.canonical import canonical_product
from weingarten.networks.merging import Delta
from weingarten.networks.model import (
    Component,
    Label,
    Monomial,
    Properties,
    Tensor,
    monomial_product,
)
from weingarten.networks.slots import Job

__all__ = ["Form", "Term", "joined", "row_of", "times"]

#: Label ranges, and what is left of the constants.
Term = tuple[sp.Expr, Monomial]

#: Marks the ends of a form; a name of its own keeps it apart from every constant.
_END = sp.Dummy("end")


def row_of(name: sp.Dummy, dimension: sp.Expr) -> sp.MatrixSymbol:
    """Return a matrix whose first row marks an end: never square, so without any symmetry."""
    return sp.MatrixSymbol(name, dimension + 1, dimension)


@dataclass(frozen=True)
class Form:
    """A product of constants with open labels; equal forms have equal ``shape``.

    Attributes
    ----------
    shape : Component
        The canonical form, with g as a constant.
    labels : tuple
        The labels contracted with g.
    tensors : tuple of Tensor
        The constants, on bound labels -1, -2, ….
    sizes : tuple
        The ranges of the bound labels.
    """

    shape: Component
    labels: tuple[Label, ...]
    tensors: tuple[Tensor, ...]
    sizes: tuple[sp.Expr, ...]

    @classmethod
    def of(
        cls,
        labels: Sequence[Label],
        tensors: Sequence[Tensor],
        sizes: Mapping[int, sp.Expr],
        request: Job,
    ) -> Form:
        """Return the form with these open labels, in canonical form."""
        vector = row_of(_END, request.dimension)
        zero = sp.Integer(0)
        everything = [*tensors, *((vector, zero, label) for label in labels)]
        # a form has no sign of its own
        properties = replace(request.properties, signs=False)
        value = canonical_product(everything, (), sizes, properties)
        assert value is not None
        ((shape, _),) = value[1]
        assert isinstance(shape, Component)
        return cls(
            shape,
            tuple(column for base, _, column in shape.tensors if base == vector),
            tuple(tensor for tensor in shape.tensors if tensor[0] != vector),
            shape.sizes,
        )

    def __hash__(self) -> int:
        return hash(self.shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self.shape == other.shape

    @property
    def degree(self) -> int:
        """The number of factors g."""
        return len(self.labels)

    @property
    def one_label(self) -> bool:
        """Whether all factors g stand at one index."""
        return len(set(self.labels)) == 1

    def shifted(self, offset: int) -> tuple[list[Tensor], list[Label], dict[int, sp.Expr]]:
        """Return constants, open labels and ranges with the bound labels moved by an offset."""

        def moved(label: Label) -> Label:
            return label - offset if isinstance(label, int) else label

        tensors = [(base, moved(row), moved(column)) for base, row, column in self.tensors]
        sizes = {-1 - k - offset: size for k, size in enumerate(self.sizes)}
        return tensors, [moved(label) for label in self.labels], sizes

    def norm(self, dimension: sp.Expr, properties: Properties) -> Term | None:
        """Return v·v for a linear form v·g."""
        return joined([self, self], lambda ends: [(ends[0][0], ends[1][0])], dimension, properties)


def joined(
    forms: Sequence[Form],
    pairs_of: Callable[[list[list[Label]]], list[tuple[Label, Label]]],
    dimension: sp.Expr,
    properties: Properties,
) -> Term | None:
    """Contract forms: ``pairs_of`` says which open labels are equal; None if that is zero."""
    tensors: list[Tensor] = []
    sizes: dict[int, sp.Expr] = {}
    ends: list[list[Label]] = []
    for form in forms:
        more, labels, ranges = form.shifted(len(sizes))
        tensors += more
        ends.append(labels)
        sizes |= ranges
    deltas: list[Delta] = [(one, two, dimension) for one, two in pairs_of(ends)]
    return canonical_product(tensors, deltas, sizes, properties)


def times(left: Term, right: Term) -> Term:
    """Return the product; Kronecker deltas and indicators are their own squares."""
    (factor, monomial), (other, more) = left, right
    both = monomial_product(monomial, more)
    if any(power > 1 and not isinstance(item, Component) for item, power in both):
        both = frozenset((x, p if isinstance(x, Component) else 1) for x, p in both)
    return (factor if other is sp.S.One else factor * other), both
