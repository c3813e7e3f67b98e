"""Exact expectations of SymPy expressions in random matrices: SymPy in, SymPy out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted
from weingarten.coerce import as_flag
from weingarten.errors import InvalidInputError
from weingarten.expectations.demands import Demands
from weingarten.expectations.problems import Answer, Problem
from weingarten.networks.choosing import AUTO
from weingarten.symbols.random_matrices import RandomMatrix, random_matrices
from weingarten.symbols.randomness import random_names

__all__ = [
    "Expectation",
    "averaged",
    "expect",
    "expectation",
]


@dataclass(frozen=True)
class Expectation:
    """An exact expectation together with where it holds.

    Attributes
    ----------
    expr : Basic
        The random expression.
    value : Basic
        Its exact average.
    valid_for : Basic
        The condition on the symbolic dimensions under which ``value`` holds; true if none. It
        says where the average holds, and where what it is taken of exists: the row 5 of a matrix
        demands ``d >= 6``, its first r rows ``r <= d``. Sizes are taken for positive integers, and
        a symbol that is an index by itself, as in ``W[i, j]``, for an index of the matrix.
    orders : tuple of (dimension, int)
        The least value of each symbolic dimension from which on the average holds, whatever the
        indices are.
    """

    expr: sp.Basic
    value: sp.Basic
    valid_for: sp.Basic
    orders: tuple[tuple[sp.Expr, int], ...]

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def latex(self) -> str:
        """Return the equation in LaTeX, without delimiters."""
        from weingarten.printing.typesetting import latex, mean_latex  # noqa: PLC0415 - not needed to average

        left = mean_latex(latex(self.expr), random_names(self.expr))
        return f"{left} = {latex(self.value)}"


@budgeted
def expect(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> Any:
    r"""Return the exact expectation of a polynomial expression in Haar matrices.

    Parameters
    ----------
    expr : Expr, MatrixExpr or Matrix
        A polynomial in the entries of one or several independent random matrices, such as
        :class:`HaarOrthogonal`, :class:`HaarUnitary`, :class:`HaarSymplectic`,
        :class:`GaussianMatrix` or :class:`RandomPermutation`, and in their conjugates: entries
        with integer or symbolic indices, sums, products, integer powers, transposes, adjoints,
        inverses, traces, determinants, Hadamard products, diagonals, slices, with any constants.
    assumptions : Boolean, optional
        What is known of constant matrices, as for ``sympy.ask``: ``Q.symmetric(A)``,
        ``Q.diagonal(A)``, ``Q.orthogonal(A)``, ``Q.hermitian(A)``, ``Q.unitary(A)``,
        ``Q.real_elements(A)``, of projections ``Eq(A**2, A)`` and of antisymmetric matrices, for
        which SymPy has no predicate, ``Eq(A.T, -A)``, combined with ``&``. Equal terms are merged
        by it, and those that are zero left out; any other fact is refused.
    small_d : bool, optional
        Return a Piecewise that is also right below the range of the generic result.
    method : str, optional
        ``"auto"`` takes for each product of traces, sums and entries the method with the least
        predicted time. A method asked for by name is used for every product to which it applies,
        and has to apply to one: ``"pairings"``, ``"sphere"``, ``"patterns"`` (moments of entries)
        and so on. :func:`derivation` names the one that was taken; any other word is refused with
        the names of all that apply. The result does not depend on it, except that terms may be
        collected in another form.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses. A
        :class:`Budget` limits memory too, and tells afterwards what was spent on which stage.

    Returns
    -------
    Expr, MatrixExpr or Matrix
        Of the same shape as ``expr``. Unequal index symbols are not assumed distinct: the result
        has Kronecker deltas. For an integer dimension it is exact at any degree. For a symbolic d
        it is a rational function of d that holds from some d on; :func:`expectation` returns the
        condition with it.

    Raises
    ------
    InvalidInputError
        If the expression is not polynomial in the random matrices (the message names the
        offending part), an index is out of range, or shapes do not match.
    CostLimitError
        If the predicted cost exceeds ``max_cost``; :func:`expect_cost` gives the estimates.

    Notes
    -----
    Random symbols of ``sympy.stats`` are taken for independent of the Haar matrices and averaged
    too, by SymPy; what SymPy cannot average is refused by name.

    Weingarten calculus (Collins & Śniady, Comm. Math. Phys. 264 (2006) 773) on einsum networks:
    pairs of pairings, or of bijections of plain with conjugated factors, are counted by type, never
    written out.

    Examples
    --------
    >>> from sympy import MatrixSymbol, Symbol, Trace, conjugate, symbols
    >>> from weingarten import HaarOrthogonal
    >>> d = Symbol("d", integer=True, positive=True)
    >>> i, j, k, l = symbols("i j k l", integer=True)
    >>> W, A = HaarOrthogonal("W", d), MatrixSymbol("A", d, d)
    >>> expect(W[0, 0] ** 2 * W[0, 1] ** 2)
    1/(d*(d + 2))
    >>> expect(W[i, j] * W[k, l])
    KroneckerDelta(i, k)*KroneckerDelta(j, l)/d
    >>> expect(W * A * W.T)
    (Trace(A)/d)*I
    >>> expect(Trace(W) ** 4)
    3
    >>> from weingarten import HaarUnitary
    >>> U = HaarUnitary("U", d)
    >>> expect(U * A * U.H), expect(U[i, j] * conjugate(U[k, l]))
    ((Trace(A)/d)*I, KroneckerDelta(i, k)*KroneckerDelta(j, l)/d)
    """
    problem = Problem(expr, assumptions, method)
    value, _ = _average(problem, as_flag(small_d, "small_d"))  # nobody asks where it holds
    return value


@budgeted
def expectation(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> Expectation:
    """Return an expectation with the condition on the dimensions under which it holds.

    Parameters and errors are those of :func:`expect`.

    Returns
    -------
    Expectation
        With the attributes ``value`` and ``valid_for``.

    Notes
    -----
    The condition says also what indices, slices, sums and sizes demand. A symbol that is an index
    by itself, as in ``W[i, j]``, is taken for an index of the matrix and demands nothing; nor do
    matrices inside a Piecewise, whose conditions may exclude them.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> result = expectation(Trace(W) ** 4)
    >>> result.value, result.valid_for
    (3, d >= 2)
    >>> rows = W[: Symbol("r"), :]
    >>> expectation(W[3, 5] ** 2).valid_for, expectation(Trace(rows * rows.T)).valid_for
    (d >= 6, r <= d)
    """
    return averaged(Problem(expr, assumptions, method), small_d=as_flag(small_d, "small_d"))


def averaged(problem: Problem, *, small_d: bool = False) -> Expectation:
    """Return the expectation that a problem asks for."""
    value, orders = _average(problem, small_d)
    condition = Demands(problem.expr).condition(orders)
    return Expectation(problem.expr, value, condition, tuple(orders.items()))


def _average(problem: Problem, small_d: bool) -> tuple[sp.Basic, dict[sp.Expr, int]]:
    """Return an average, and the least value of each dimension from which on it holds."""
    answer = problem.answer()
    if small_d:
        return _with_small_dimensions(problem, answer), {}
    return answer.value, answer.orders


def _with_small_dimensions(problem: Problem, answer: Answer) -> sp.Basic:
    """Add a branch for every small d at which the generic formula differs or has a pole."""
    expr, generic, orders = problem.expr, answer.value, answer.orders
    symbolic = {w.dimension for w in random_matrices(expr) if not w.dimension.is_Integer}
    if len(symbolic) > 1:
        raise InvalidInputError(
            "small_d",
            "works for one symbolic dimension",
            sorted(map(str, symbolic)),
            "give the other dimensions integer values",
        )
    if not symbolic or not orders:
        return generic
    if isinstance(expr, sp.MatrixBase | sp.MatrixExpr):
        raise InvalidInputError(
            "small_d",
            "works for scalar expressions",
            expr,
            "take single entries, or use integer dimensions",
        )
    (dimension,) = symbolic
    branches = []
    for small in range(Demands(expr).least(dimension), orders[dimension]):
        if not all(_has_size(w, dimension, small) for w in random_matrices(expr)):
            continue
        exact = _at_dimension(problem.answer({dimension: small}).value, dimension, small)
        try:
            general = _at_dimension(generic, dimension, small)
            same = general.is_finite is not False and sp.expand(general - exact) == 0
        except (ZeroDivisionError, ValueError):
            same = False
        if not same:
            branches.append((exact, sp.Eq(dimension, small)))
    return sp.Piecewise(*branches, (generic, True)) if branches else generic


def _has_size(matrix: RandomMatrix, dimension: sp.Expr, small: int) -> bool:
    """Tell whether matrices of a law come in a size: those of some laws are even."""
    if matrix.dimension != dimension:
        return True
    try:
        matrix.ensemble.dimension(small)
    except InvalidInputError:
        return False
    return True


def _at_dimension(value: sp.Basic, dimension: sp.Expr, small: int) -> sp.Expr:
    """Set d in the coefficients but not in the shapes of matrices."""
    frozen = {
        item: sp.Dummy()
        for item in value.atoms(sp.Trace, sp.matrices.expressions.matexpr.MatrixElement, sp.Sum)
    }
    plain = value.xreplace(frozen).subs(dimension, small)
    if not isinstance(dimension, sp.Symbol) and len(dimension.free_symbols) == 1:
        (symbol,) = dimension.free_symbols  # 2*m: the m that stand alone
        for root in sp.solve(dimension - small, symbol):
            plain = plain.subs(symbol, root)
    return plain.xreplace({dummy: item for item, dummy in frozen.items()})
