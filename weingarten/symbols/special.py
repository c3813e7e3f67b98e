"""The Haar measures of SO(d) and SU(d): determinant 1."""

from __future__ import annotations

from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    OrthogonalPredicate,
    RealElementsPredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.other_laws import SPECIAL_ORTHOGONAL, SPECIAL_UNITARY
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["SpecialOrthogonal", "SpecialUnitary"]


class SpecialOrthogonal(RandomMatrix):
    """A Haar-distributed rotation: a random orthogonal matrix with determinant 1.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Notes
    -----
    An average of less than d factors is that over O(d); at an integer d those of higher degree are
    right too.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> R = SpecialOrthogonal("R", 3)
    >>> expect(R[0, 0] * R[1, 1] * R[2, 2]), expect(sympy.Trace(R) ** 3)
    (1/6, 1)
    """

    ensemble = SPECIAL_ORTHOGONAL
    is_unitary_matrix = True
    predicates = (
        OrthogonalPredicate,
        UnitaryPredicate,
        InvertiblePredicate,
        FullRankPredicate,
        RealElementsPredicate,
    )


class SpecialUnitary(RandomMatrix):
    """A Haar-distributed random unitary matrix with determinant 1.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Notes
    -----
    An average of p factors and q conjugates vanishes unless d divides p - q. For a symbolic d it
    is taken to be larger than that.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> V = SpecialUnitary("V", 2)
    >>> expect(V[0, 0] * V[1, 1]), expect(sympy.Trace(V) ** 4)
    (1/2, 2)
    """

    ensemble = SPECIAL_UNITARY
    is_unitary_matrix = True
    predicates = (UnitaryPredicate, InvertiblePredicate, FullRankPredicate)
