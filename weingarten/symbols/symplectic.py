"""The Haar measure of the unitary symplectic group, and the form that it leaves alone."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.assumptions.predicates.matrices import (
    FullRankPredicate,
    InvertiblePredicate,
    OrthogonalPredicate,
    RealElementsPredicate,
    UnitaryPredicate,
)

from weingarten.ensembles.symplectic_group import SYMPLECTIC
from weingarten.symbols.random_matrices import RandomMatrix

__all__ = ["HaarSymplectic", "SymplecticForm"]


class SymplecticForm(sp.MatrixExpr):
    """The matrix J = [[0, 1], [-1, 0]] in blocks of size m: J² = -1, Jᵀ = -J.

    Parameters
    ----------
    d : int or Expr
        Its size, an even number 2m.

    Examples
    --------
    >>> J = SymplecticForm(4)
    >>> J.as_explicit()
    Matrix([
    [ 0,  0, 1, 0],
    [ 0,  0, 0, 1],
    [-1,  0, 0, 0],
    [ 0, -1, 0, 0]])
    >>> J.T, J.I
    (-J, -J)
    """

    is_commutative = False

    def __new__(cls, d: Any) -> SymplecticForm:
        """Check the size."""
        form: SymplecticForm = super().__new__(cls, sp.sympify(SYMPLECTIC.dimension(d)))
        return form

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The shape (d, d)."""
        return self.args[0], self.args[0]

    def _entry(self, i: Any, j: Any, **_: Any) -> sp.Expr:
        half = self.args[0] / 2
        return sp.KroneckerDelta(j, i + half) - sp.KroneckerDelta(i, j + half)

    def _eval_transpose(self) -> sp.MatrixExpr:
        return -self

    def _eval_inverse(self, **_: Any) -> sp.MatrixExpr:
        return -self

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return self

    def _eval_adjoint(self) -> sp.MatrixExpr:
        return -self

    def _eval_trace(self) -> sp.Expr:
        return sp.S.Zero

    def _sympystr(self, printer: Any) -> str:
        return "J"

    def _latex(self, printer: Any) -> str:
        return "J"

    def _pretty(self, printer: Any) -> Any:
        return printer._print(sp.Symbol("J"))


class HaarSymplectic(RandomMatrix):
    """A Haar-distributed unitary symplectic matrix S: S S* = 1 and S J Sᵀ = J.

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

    Notes
    -----
    Its conjugate is J S Jᵀ, so that averages of unequally many factors and conjugates need not
    vanish. Sp(2) is SU(2).

    Examples
    --------
    >>> import sympy
    >>> from weingarten import expect
    >>> m = sympy.Symbol("m", integer=True, positive=True)
    >>> S, J = HaarSymplectic("S", 2 * m), SymplecticForm(2 * m)
    >>> expect(sympy.Trace(S) ** 2), expect(sympy.Abs(S[0, 0]) ** 2), expect(S * J * S.T)
    (1, 1/(2*m), J)
    """

    ensemble = SYMPLECTIC
    is_unitary_matrix = True
    predicates = (UnitaryPredicate, InvertiblePredicate, FullRankPredicate)


for _predicate in (OrthogonalPredicate, RealElementsPredicate, InvertiblePredicate):
    _predicate.register(SymplecticForm)(lambda expr, assumptions: True)
