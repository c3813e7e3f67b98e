"""The Haar measure of the orthogonal group O(d): a matrix symbol that knows it is orthogonal."""

from __future__ import annotations

from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    OrthogonalPredicate,
    RealElementsPredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["HaarOrthogonal"]


class HaarOrthogonal(RandomMatrix):
    """A Haar-distributed random orthogonal matrix W, as a SymPy matrix symbol.

    Two symbols of the same name and size are the same matrix; different names are independent.

    Parameters
    ----------
    name : str
        How the matrix prints.
    d : int or Expr
        Its size: a positive integer, or a SymPy expression with symbols.

    Raises
    ------
    InvalidInputError
        If ``name`` is empty or no string, or ``d`` is no positive integer or symbolic expression.

    Notes
    -----
    The matrix is real, invertible and orthogonal: ``W.I`` is ``W.T``. Entries are ``W[i, j]`` with
    integer or symbolic indices counted from 0, and ``W[:k, :]`` is its first k rows, a uniformly
    distributed point of the Stiefel manifold. In sums and products with W, NumPy arrays stand for
    constant matrices.

    Examples
    --------
    >>> import sympy
    >>> W = HaarOrthogonal("W", sympy.Symbol("d"))
    >>> W.I
    W.T
    >>> W[0, 1], W.shape
    (W[0, 1], (d, d))
    >>> W.subs(sympy.Symbol("d"), 3).shape
    (3, 3)
    """

    ensemble = ORTHOGONAL
    is_unitary_matrix = True
    predicates = (
        OrthogonalPredicate,
        UnitaryPredicate,
        InvertiblePredicate,
        FullRankPredicate,
        RealElementsPredicate,
    )
