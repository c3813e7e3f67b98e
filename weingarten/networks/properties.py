"""What is known of constant matrices: facts that a user states, and what follows from them.

Sums, products, powers and the like of matrices are judged here by their structure and not by
``sympy.ask``, which takes a product of symmetric matrices for symmetric.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import sympy as sp
from sympy.assumptions import AppliedPredicate
from sympy.matrices.expressions import MatrixSlice
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix

from weingarten.errors import InvalidInputError
from weingarten.networks.shapes import shape_of
from weingarten.symbols.random_matrices import RandomMatrix
from weingarten.symbols.symplectic import SymplecticForm
from weingarten.wording import told_apart

__all__ = ["Properties", "as_assumptions"]

#: What is stated: the name of a property, and the constant matrix that has it.
Fact = tuple[str, sp.MatrixExpr]
Facts = frozenset[Fact]

_REMEDY = (
    "leave it out, or state of constant matrices Q.symmetric(A), Q.diagonal(A), Q.orthogonal(A), "
    "Q.hermitian(A), Q.unitary(A), Q.real_elements(A), Eq(A**2, A) or Eq(A.T, -A), combined with &"
)
_PREDICATES = {
    sp.Q.symmetric: "symmetric",
    sp.Q.diagonal: "diagonal",
    sp.Q.orthogonal: "orthogonal",
    sp.Q.hermitian: "hermitian",
    sp.Q.unitary: "unitary",
    sp.Q.real_elements: "real",
}


def as_assumptions(assumptions: Any, *exprs: sp.Basic) -> sp.Basic:
    """Return SymPy assumptions from True, one assumption or several; all of them are used.

    Raises
    ------
    InvalidInputError
        For what is no assumption, an assumption that would change nothing, and one on a matrix
        that prints like one of ``exprs`` and is another.

    Examples
    --------
    >>> A = sp.MatrixSymbol("A", 3, 3)
    >>> as_assumptions([sp.Q.symmetric(A), sp.Q.orthogonal(A)])
    Q.orthogonal(A) & Q.symmetric(A)
    >>> as_assumptions(sp.Q.invertible(A))
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: assumptions must be facts that are used; got
    Q.invertible(A); leave it out, or state of constant matrices Q.symmetric(A), Q.diagonal(A),
    Q.orthogonal(A), Q.hermitian(A), Q.unitary(A), Q.real_elements(A), Eq(A**2, A) or
    Eq(A.T, -A), combined with &
    """
    given = assumptions
    if given is None:
        given = ()
    elif not isinstance(given, list | tuple | set | frozenset):
        given = (given,)
    for fact in given:
        if fact is not True and not isinstance(fact, sp.logic.boolalg.Boolean):
            raise InvalidInputError(
                "assumptions",
                "must be SymPy assumptions",
                assumptions,
                "pass for instance Q.symmetric(A) & Q.diagonal(B)",
            )
    known = sp.And(*given)
    if known == sp.true:
        return known
    names = {matrix for expr in exprs for matrix in expr.atoms(sp.MatrixSymbol)}
    for fact in sp.And.make_args(known):
        found = _read(fact)
        if found is None:
            raise InvalidInputError("assumptions", "must be facts that are used", fact, _REMEDY)
        for matrix in found[1].atoms(sp.MatrixSymbol) - names:
            for other in names:
                if other.name == matrix.name:
                    stated, present = told_apart(matrix, other)
                    raise InvalidInputError(
                        "assumptions",
                        f"must be about the matrices of the expression, {present}",
                        stated,
                        "use the same symbol in both",
                    )
    return known


def _read(fact: sp.Basic) -> Fact | None:
    """Return a fact as (property, constant matrix), None for one that is not used."""
    if isinstance(fact, AppliedPredicate) and len(fact.arguments) == 1:
        name, matrix = _PREDICATES.get(fact.function), fact.arguments[0]
    elif isinstance(fact, sp.Eq):
        name, matrix = _read_equation(*fact.args)
    else:
        return None
    constant = isinstance(matrix, sp.MatrixExpr) and not isinstance(matrix, sp.MatrixBase)
    if name is None or not constant or not _is_square(matrix) or matrix.has(RandomMatrix):
        return None
    return name, matrix.arg if isinstance(matrix, sp.Transpose) else matrix


def _read_equation(left: sp.Basic, right: sp.Basic) -> tuple[str | None, sp.Basic]:
    """Read P² = P and Bᵀ = -B, whichever side stands first and whatever the sign."""
    for one, other in ((left, right), (right, left)):
        if not isinstance(one, sp.MatrixExpr) or not isinstance(other, sp.MatrixExpr):
            return None, one
        if not isinstance(one, sp.MatPow | sp.MatMul) and other in (one**2, one * one):
            return "idempotent", one
        if isinstance(other, sp.MatMul) and other == -one.T:
            return "antisymmetric", one
    return None, left


@dataclass(frozen=True)
class Properties:
    """What is known of the constant matrices, read off a SymPy assumption.

    Without ``signs``, nothing is known of antisymmetric ones: no product is then another one's
    negative.
    """

    assumptions: sp.Basic = field(default=sp.true)
    signs: bool = True

    @cached_property
    def _facts(self) -> Facts:
        read = (_read(fact) for fact in sp.And.make_args(self.assumptions))
        return frozenset(fact for fact in read if fact is not None)

    def symmetric(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` equals its transpose."""
        return not isinstance(base, RandomMatrix) and _known_of(base, self._facts).symmetric

    def diagonal(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` is diagonal."""
        return not isinstance(base, RandomMatrix) and _known_of(base, self._facts).diagonal

    def orthogonal(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` is orthogonal."""
        if isinstance(base, RandomMatrix):
            return base.is_unitary_matrix and base.is_real_matrix
        return _known_of(base, self._facts).orthogonal

    def real(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` is real; the entries of a symbol are complex unless stated."""
        if isinstance(base, RandomMatrix):
            return base.is_real_matrix
        return _known_of(base, self._facts).real

    def hermitian(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` is stated to equal its adjoint."""
        return bool(self._facts) and ("hermitian", base) in self._facts

    def unitary(self, base: sp.MatrixExpr) -> bool:
        """Tell whether the adjoint of ``base`` is stated to be its inverse."""
        return bool(self._facts) and ("unitary", base) in self._facts

    def antisymmetric(self, base: sp.MatrixExpr) -> bool:
        """Tell whether the transpose of ``base`` is its negative, as far as that is stated."""
        if isinstance(base, SymplecticForm):
            return self.signs
        if not self.signs or not self._facts or isinstance(base, RandomMatrix):
            return False
        return _known_of(base, self._facts).antisymmetric

    def idempotent(self, base: sp.MatrixExpr) -> bool:
        """Tell whether ``base`` is stated to equal its square."""
        return bool(self._facts) and ("idempotent", base) in self._facts


def _is_square(matrix: sp.MatrixExpr) -> bool:
    rows, columns = shape_of(matrix)
    return bool(rows == columns)


class _Known:
    """What follows from some facts for one matrix, each answer found when it is asked for."""

    def __init__(self, base: sp.MatrixExpr, facts: Facts) -> None:
        self.base = base
        self.facts = facts

    def _of(self, part: sp.MatrixExpr) -> _Known:
        return _known_of(part, self.facts)

    @cached_property
    def symmetric(self) -> bool:
        base, facts = self.base, self.facts
        return _is_square(base) and _key(base, True, facts) == _key(base, False, facts)

    @cached_property
    def antisymmetric(self) -> bool:
        base = self.base
        if not _is_square(base):
            return False
        if ("antisymmetric", base) in self.facts:
            return True
        if isinstance(base, sp.Transpose | sp.Inverse):
            return self._of(base.args[0]).antisymmetric
        if isinstance(base, sp.MatPow):
            return bool(base.exp.is_odd) and self._of(base.base).antisymmetric
        if isinstance(base, sp.MatAdd):
            return all(self._of(part).antisymmetric for part in base.args)
        factors = list(_matrices(base)) if isinstance(base, sp.MatMul) else []
        return len(factors) == 1 and self._of(factors[0]).antisymmetric

    @cached_property
    def diagonal(self) -> bool:
        base = self.base
        if not _is_square(base):
            return False
        if isinstance(base, sp.MatrixBase):
            return bool(base.is_diagonal())
        if ("diagonal", base) in self.facts or shape_of(base) == (1, 1):
            return True
        if isinstance(base, sp.Identity | sp.ZeroMatrix | DiagMatrix | DiagonalMatrix):
            return True
        if isinstance(base, sp.Transpose | sp.Adjoint | sp.Inverse | sp.MatPow):
            return self._of(base.args[0]).diagonal
        if isinstance(base, sp.MatMul | sp.MatAdd | sp.KroneckerProduct):
            return all(self._of(part).diagonal for part in _matrices(base))
        if isinstance(base, sp.HadamardProduct):
            return any(self._of(part).diagonal for part in base.args)
        if isinstance(base, MatrixSlice):
            return bool(base.rowslice == base.colslice) and self._of(base.parent).diagonal
        return False

    @cached_property
    def orthogonal(self) -> bool:
        base = self.base
        if not _is_square(base):
            return False
        if isinstance(base, sp.MatrixBase):
            return bool(base.T * base == sp.eye(base.rows))
        if ("orthogonal", base) in self.facts or isinstance(base, sp.Identity | SymplecticForm):
            return True
        if isinstance(base, sp.MatPow) and base.exp.is_integer is not True:
            return False
        if isinstance(base, sp.Transpose | sp.Adjoint | sp.Inverse | sp.MatPow):
            return self._of(base.args[0]).orthogonal
        if isinstance(base, sp.MatMul):
            unit = base.as_coeff_mmul()[0] in (1, -1)
            return unit and all(self._of(part).orthogonal for part in _matrices(base))
        return isinstance(base, sp.KroneckerProduct) and all(
            self._of(part).orthogonal for part in base.args
        )

    @cached_property
    def real(self) -> bool:
        base = self.base
        if isinstance(base, sp.MatrixBase):
            return all(entry.is_real for entry in base)
        known = sp.Identity | sp.ZeroMatrix | sp.OneMatrix | SymplecticForm
        if ("real", base) in self.facts or isinstance(base, known):
            return True
        if isinstance(base, MatrixSlice):
            return self._of(base.parent).real
        powers = (sp.MatPow, sp.matrices.expressions.hadamard.HadamardPower)
        if isinstance(base, powers) and base.args[1].is_integer is not True:
            return False  # the square root of a real matrix may be complex
        parts = list(_matrices(base))
        return bool(parts) and all(
            self._of(part).real if isinstance(part, sp.MatrixExpr) else bool(part.is_real)
            for part in base.args
        )


# asked of every tensor whenever a product is put in form
@lru_cache(maxsize=8192)
def _known_of(base: sp.MatrixExpr, facts: Facts) -> _Known:
    return _Known(base, facts)


def _matrices(base: sp.MatrixExpr) -> Iterator[sp.MatrixExpr]:
    return (part for part in base.args if isinstance(part, sp.MatrixExpr))


def _key(base: sp.MatrixExpr, flip: bool, facts: Facts) -> Hashable:
    """Return a key of a matrix, or of its transpose: equal keys, equal matrices."""
    if ("symmetric", base) in facts or shape_of(base) == (1, 1) or _known_of(base, facts).diagonal:
        return base
    if isinstance(base, sp.MatrixBase):
        return sp.ImmutableMatrix(base.T if flip else base)
    if isinstance(base, sp.Transpose):
        return _key(base.arg, not flip, facts)
    if isinstance(base, sp.Adjoint):
        return "conjugate", _key(base.arg, not flip, facts)
    if isinstance(base, sp.Inverse | sp.MatPow):
        return "power", _key(base.args[0], flip, facts), base.args[1]
    if isinstance(base, sp.MatMul):
        factors = [_key(part, flip, facts) for part in _matrices(base)]
        return "product", base.as_coeff_mmul()[0], tuple(factors[::-1] if flip else factors)
    if isinstance(base, sp.MatAdd | sp.HadamardProduct):
        parts = Counter(_key(part, flip, facts) for part in base.args)
        return type(base), frozenset(parts.items())
    if isinstance(base, sp.KroneckerProduct):
        return "Kronecker", tuple(_key(part, flip, facts) for part in base.args)
    if isinstance(base, MatrixSlice):
        sides = (base.rowslice, base.colslice)
        return "slice", _key(base.parent, flip, facts), sides[::-1] if flip else sides
    if isinstance(base, sp.OneMatrix) and _is_square(base):
        return base
    return base, flip
