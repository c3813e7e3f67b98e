"""The Haar measure of the unitary group U(d): a matrix symbol with complex entries."""

from __future__ import annotations

from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.unitary_group import UNITARY
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["HaarUnitary"]


class HaarUnitary(RandomMatrix):
    """A Haar-distributed random unitary matrix U, as a SymPy matrix symbol.

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
    The entries are complex. ``U.H`` is the adjoint and the inverse, ``U.C`` the conjugate, ``U.T``
    the transpose, which is another random matrix than ``U.H``; ``conjugate(U[i, j])`` and
    ``Abs(U[i, j])**2`` are entries of these. Averages vanish unless U and its conjugate occur
    equally often.

    Examples
    --------
    >>> import sympy
    >>> U = HaarUnitary("U", sympy.Symbol("d"))
    >>> U.I, U.H, sympy.conjugate(U[0, 1])
    (Adjoint(U), Adjoint(U), conjugate(U[0, 1]))
    >>> sympy.ask(sympy.Q.unitary(U)), sympy.ask(sympy.Q.orthogonal(U))
    (True, None)
    """

    ensemble = UNITARY
    is_unitary_matrix = True
    predicates = (UnitaryPredicate, InvertiblePredicate, FullRankPredicate)
