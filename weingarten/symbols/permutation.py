"""The matrix of a uniformly distributed permutation."""

from __future__ import annotations

from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    OrthogonalPredicate,
    RealElementsPredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.other_laws import PERMUTATION
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["RandomPermutation"]


class RandomPermutation(RandomMatrix):
    """The matrix of a uniformly distributed permutation of d things.

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
    >>> P = RandomPermutation("P", sympy.Symbol("d"))
    >>> expect(P[0, 0] * P[1, 1]), expect(P[0, 0] * P[0, 1]), expect(sympy.Trace(P) ** 3)
    (1/(d*(d - 1)), 0, 5)
    """

    ensemble = PERMUTATION
    is_unitary_matrix = True
    predicates = (
        OrthogonalPredicate,
        UnitaryPredicate,
        InvertiblePredicate,
        FullRankPredicate,
        RealElementsPredicate,
    )
