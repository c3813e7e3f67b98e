"""The circular orthogonal and symplectic ensembles: symmetric and self-dual unitary matrices."""

from __future__ import annotations

import sympy as sp
from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    SymmetricPredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.circular_ensembles import CIRCULAR_ORTHOGONAL, CIRCULAR_SYMPLECTIC
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["CircularOrthogonal", "CircularSymplectic"]


class CircularOrthogonal(RandomMatrix):
    """A member of the circular orthogonal ensemble: U Uᵀ with U Haar on U(d).

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> C = CircularOrthogonal("C", sympy.Symbol("d"))
    >>> expect(sympy.Abs(C[0, 0]) ** 2), expect(sympy.Abs(C[0, 1]) ** 2)
    (2/(d + 1), 1/(d + 1))
    """

    ensemble = CIRCULAR_ORTHOGONAL
    is_unitary_matrix = True
    predicates = (SymmetricPredicate, UnitaryPredicate, InvertiblePredicate, FullRankPredicate)

    def _eval_transpose(self) -> sp.MatrixExpr:
        return self

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return sp.Adjoint(self)


class CircularSymplectic(RandomMatrix):
    """A member of the circular symplectic ensemble: U J Uᵀ Jᵀ with U Haar on U(d), d even.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size, an even number 2m; J is ``SymplecticForm(d)``.

    Raises
    ------
    InvalidInputError
        If the size is odd.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> C = CircularSymplectic("C", 4)
    >>> expect(sympy.Abs(C[0, 0]) ** 2), expect(sympy.Abs(C[0, 2]) ** 2)
    (1/3, 0)
    """

    ensemble = CIRCULAR_SYMPLECTIC
    is_unitary_matrix = True
    predicates = (UnitaryPredicate, InvertiblePredicate, FullRankPredicate)
