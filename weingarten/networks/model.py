"""What a polynomial in random matrices is made of: tensors on labels, components, polynomials.

A *tensor* ``(base, row, column)`` is an entry of a matrix ``base``. The conjugate of an entry
of a complex random matrix U is a tensor with the base ``conjugate_of(U)`` and the row and column of
the entry of U; that of an entry of a real one is this entry. A *label* is either fixed, a SymPy
expression such as ``0`` or ``i``, or bound, a negative Python int that is summed over
``range(size)`` (negative, so that it never equals an index: SymPy's 0 equals Python's).
Any number of slots may carry the same label (a hyperedge). A *component* is a product of tensors
held together by bound labels, in canonical form, so that equal scalars compare equal; a *monomial*
is a multiset of components; a *polynomial* maps monomials to coefficients.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

import sympy as sp

from weingarten.budget import tick
from weingarten.networks.properties import Properties
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = [
    "COLUMN",
    "ROW",
    "Component",
    "Label",
    "Monomial",
    "Polynomial",
    "Properties",
    "SortKey",
    "Tensor",
    "add_to",
    "bases_of",
    "conjugate_of",
    "is_conjugate",
    "monomial_product",
    "polynomial_product",
    "random_of",
    "sort_key",
    "transposed",
]

#: The free labels of a matrix-valued expression.
ROW = sp.Dummy("row", integer=True, nonnegative=True)
COLUMN = sp.Dummy("column", integer=True, nonnegative=True)

Label: TypeAlias = "int | sp.Expr"
Tensor = tuple[sp.MatrixExpr, Label, Label]


def conjugate_of(base: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return the base of the conjugates of a random matrix, and back; of a real one, itself.

    It is the node that SymPy has for the conjugate of a matrix. That of a Hermitian one does not
    occur: conjugating an entry swaps its row and column.
    """
    if isinstance(base, RandomMatrix):
        return base if base.is_real_matrix else sp.Adjoint(sp.Transpose(base))
    return base.arg.arg


def bases_of(matrix: RandomMatrix) -> tuple[sp.MatrixExpr, ...]:
    """Return the bases of the tensors of a random matrix: itself, and its conjugate if another."""
    return (matrix,) if matrix.is_real_matrix else (matrix, conjugate_of(matrix))


def is_conjugate(base: sp.MatrixExpr) -> bool:
    """Tell whether a base is the conjugate of a complex random matrix."""
    return (
        isinstance(base, sp.Adjoint)
        and isinstance(base.arg, sp.Transpose)
        and isinstance(base.arg.arg, RandomMatrix)
    )


def random_of(base: sp.MatrixExpr) -> RandomMatrix | None:
    """Return the random matrix of which a base is the matrix itself or its conjugate, else None."""
    if isinstance(base, RandomMatrix):
        return base
    return base.arg.arg if is_conjugate(base) else None


def transposed(matrix: sp.MatrixExpr) -> sp.MatrixExpr:
    """Return the transpose, carried out where the matrix is explicit or a transpose itself."""
    if isinstance(matrix, sp.MatrixBase):
        return matrix.T
    if isinstance(matrix, sp.Adjoint) and isinstance(matrix.arg, sp.Transpose):
        return sp.Adjoint(matrix.arg.arg)  # of a conjugate
    return matrix.arg if isinstance(matrix, sp.Transpose) else sp.Transpose(matrix)


class Component:
    """A connected product of tensors; bound labels are -1, -2, … with these ``sizes``."""

    __slots__ = ("_hash", "sizes", "tensors")

    def __init__(self, tensors: tuple[Tensor, ...], sizes: tuple[sp.Expr, ...]) -> None:
        self.tensors = tensors
        self.sizes = sizes
        self._hash = hash((tensors, sizes))

    def size(self, label: int) -> sp.Expr:
        """Return the range of a bound label."""
        return self.sizes[-1 - label]

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Component)
            and self._hash == other._hash
            and self.tensors == other.tensors
            and self.sizes == other.sizes
        )

    def __repr__(self) -> str:
        return f"Component({self.tensors}, {self.sizes})"


#: Components (or SymPy scalars such as Kronecker deltas) with their powers.
Monomial = frozenset[tuple[Hashable, int]]
Polynomial = dict[Monomial, sp.Expr]


#: What matrices and indices are ordered by: their text, then all that the text leaves out.
SortKey: TypeAlias = tuple[str, str]


# the text of a matrix or index is asked for at every comparison, and slow to write
@lru_cache(maxsize=16384)
def sort_key(item: sp.Basic) -> SortKey:
    """Return a deterministic key that orders matrices and indices; unequal ones differ in it.

    Symbols that print alike, dummies or ones with other assumptions, are different objects.
    """
    return str(item), sp.srepr(item)


def monomial_product(*factors: Iterable[tuple[Hashable, int]]) -> Monomial:
    """Return the product of monomials."""
    total: dict[Hashable, int] = {}
    for factor in factors:
        for item, power in factor:
            total[item] = total.get(item, 0) + power
    return frozenset(total.items())


def add_to(total: Polynomial, monomial: Monomial, coefficient: sp.Expr) -> None:
    """Add one term to a polynomial in place."""
    value = total.get(monomial, 0) + coefficient
    if value == 0:
        total.pop(monomial, None)
    else:
        total[monomial] = value


def polynomial_product(
    left: Mapping[Monomial, sp.Expr], right: Mapping[Monomial, sp.Expr]
) -> Polynomial:
    """Return the product of two polynomials."""
    product: Polynomial = {}
    for m1, c1 in left.items():
        for m2, c2 in right.items():
            tick()
            add_to(product, monomial_product(m1, m2), c1 * c2)
    return product
