"""Exact expectations of SymPy expressions in Haar orthogonal matrices: SymPy in, SymPy out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten.budget import DEFAULT_MAX_COST, budgeted, tick
from weingarten.coerce import as_flag
from weingarten.errors import InvalidInputError
from weingarten.networks import (
    Averager,
    Lowering,
    Properties,
    as_assumptions,
    expression,
    matrix_expression,
)
from weingarten.networks.choosing import AUTO, as_method
from weingarten.networks.lowering.blocks import as_blocks
from weingarten.networks.naming import readable
from weingarten.networks.shapes import shape_of
from weingarten.symbols.arrays import as_constant
from weingarten.symbols.random_matrices import RandomEntry, random_matrices
from weingarten.symbols.randomness import averaged_over_rest, other_random_symbols

__all__ = [
    "Expectation",
    "as_expression",
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
        The condition on the symbolic dimensions under which ``value`` holds; true if none.
    orders : tuple of (dimension, int)
        The least value of each symbolic dimension covered by ``valid_for``.
    """

    expr: sp.Basic
    value: sp.Basic
    valid_for: sp.Basic
    orders: tuple[tuple[sp.Expr, int], ...]

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"

    def latex(self) -> str:
        """Return the equation in LaTeX, without delimiters."""
        from weingarten.expectations.steps_latex import random_names  # noqa: PLC0415 - not needed to average
        from weingarten.printing.typesetting import latex, mean_latex  # noqa: PLC0415

        left = mean_latex(latex(self.expr), random_names(self.expr))
        return f"{left} = {latex(self.value)}"


@budgeted
def expect(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
    method: str = AUTO,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> Any:
    r"""Return the exact expectation of a polynomial expression in Haar matrices.

    Parameters
    ----------
    expr : Expr, MatrixExpr or Matrix
        A polynomial in the entries of one or several independent :class:`HaarOrthogonal` and
        :class:`HaarUnitary`, and in their conjugates: entries with integer or symbolic indices,
        sums, products, integer powers, transposes, adjoints, inverses, traces, determinants,
        Hadamard products, diagonals, slices, with any constants.
    assumptions : Boolean, optional
        What is known of constant matrices, as for ``sympy.ask``: ``Q.symmetric(A)``,
        ``Q.diagonal(A)``, ``Q.orthogonal(A)`` and, of projections, ``Eq(A**2, A)``, combined with
        ``&``. Equal terms are merged by it; any other fact is refused.
    small_d : bool, optional
        Return a Piecewise that is also right below the range of the generic result.
    method : str, optional
        ``"auto"`` takes for each product of traces, sums and entries the method with the least
        predicted time. A method asked for by name is used for every product to which it applies,
        and has to apply to one: ``"characters"``, ``"sphere"``, ``"patterns"`` (moments of
        entries), ``"zonal"``, ``"one-sided"`` or ``"pairings"``; for unitary matrices
        ``"complex-sphere"`` or ``"bijections"``. The result does not depend on it, except that
        terms may be collected in another form.
    max_cost : float or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

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
        If the predicted cost exceeds ``max_cost``.

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
    return expectation(expr, assumptions, small_d=small_d, method=method).value


@budgeted
def expectation(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
    method: str = AUTO,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> Expectation:
    """Return an expectation with the condition on the dimension under which it holds.

    Parameters and errors are those of :func:`expect`.

    Returns
    -------
    Expectation
        With the attributes ``value`` and ``valid_for``.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> result = expectation(Trace(W) ** 4)
    >>> result.value, result.valid_for
    (3, d >= 2)
    """
    expr = as_expression(expr)
    properties = Properties(as_assumptions(assumptions, expr))
    method = as_method(method)
    value, orders = _evaluate(expr, properties, {}, method)
    if as_flag(small_d, "small_d"):
        value = _with_small_dimensions(expr, properties, value, orders, method)
        orders = {}
    conditions = [sp.Ge(dimension, least) for dimension, least in orders.items() if least > 1]
    return Expectation(expr, value, sp.And(*conditions), tuple(orders.items()))


def as_expression(expr: Any, argument: str = "expr") -> sp.Basic:
    """Return a scalar or matrix expression with consistent Haar matrices, or raise by name."""
    if isinstance(expr, str | bytes):
        raise InvalidInputError(
            argument,
            "must be a SymPy expression, not text",
            expr,
            "build it with SymPy, or read text with weingarten.parse_expression",
        )
    try:
        result = sp.sympify(as_constant(expr, argument), strict=True)
    except (sp.SympifyError, TypeError):
        raise InvalidInputError(
            argument, "must be a SymPy expression or matrix", expr, "build it with SymPy"
        ) from None
    if isinstance(result, sp.MatrixBase):
        result = sp.ImmutableMatrix(result)
    if not isinstance(result, sp.Expr | sp.MatrixBase):
        raise InvalidInputError(
            argument, "must be a scalar or a matrix", expr, "pass one expression at a time"
        )
    random_matrices(result)
    return result


def _evaluate(
    expr: sp.Basic,
    properties: Properties,
    overrides: dict[sp.Expr, int],
    method: str,
) -> tuple[sp.Basic, dict[sp.Expr, int]]:
    if isinstance(expr, sp.MatrixBase):
        entries, orders = _evaluate_all(list(expr), properties, overrides, method)
        return sp.ImmutableMatrix(*expr.shape, entries), orders
    blocks = as_blocks(expr)
    if blocks is not None and not all(size.is_Integer for size in shape_of(blocks)):
        parts, orders = _evaluate_all(list(blocks.blocks), properties, overrides, method)
        rows, columns = blocks.blockshape
        grid = [parts[a * columns : (a + 1) * columns] for a in range(rows)]
        return sp.BlockMatrix(grid), orders
    if isinstance(expr, MatrixSlice) and not all(size.is_Integer for size in shape_of(expr)):
        whole, orders = _evaluate(expr.parent, properties, overrides, method)
        if isinstance(whole, sp.ZeroMatrix):
            return sp.ZeroMatrix(*shape_of(expr)), orders
        return MatrixSlice(whole, expr.rowslice, expr.colslice), orders
    lowering = Lowering(properties)
    averager = Averager(lowering, overrides, method=method)
    prepared = lowering.prepare(expr)
    result: sp.Basic
    if not isinstance(expr, sp.MatrixExpr):
        result = expression(averager.average(lowering.scalar(prepared)), properties)
    elif shape_of(expr) == (1, 1):
        averaged = averager.average(lowering.scalar(prepared))
        result = sp.ImmutableMatrix([[expression(averaged, properties)]])
    else:
        averaged = averager.average(lowering.matrix(prepared))
        result = matrix_expression(lowering, averaged, shape_of(expr))
    if other_random_symbols(expr):  # asked of the input: a result may be long
        result = averaged_over_rest(result)
    return readable(result, expr), averager.orders


def _evaluate_all(
    exprs: list[sp.Basic], properties: Properties, overrides: dict[sp.Expr, int], method: str
) -> tuple[list[sp.Basic], dict[sp.Expr, int]]:
    """Average several expressions; the orders returned hold for all of them."""
    values = []
    orders: dict[sp.Expr, int] = {}
    for expr in exprs:
        tick()
        value, found = _evaluate(expr, properties, overrides, method)
        values.append(value)
        for dimension, least in found.items():
            orders[dimension] = max(orders.get(dimension, 1), least)
    return values, orders


def _with_small_dimensions(
    expr: sp.Basic,
    properties: Properties,
    generic: sp.Basic,
    orders: dict[sp.Expr, int],
    method: str,
) -> sp.Basic:
    """Add a branch for every small d at which the generic formula differs or has a pole."""
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
    largest = max(
        (int(x) for e in expr.atoms(RandomEntry) for x in e.indices if x.is_Integer), default=0
    )
    branches = []
    for small in range(largest + 1, orders[dimension]):
        exact, _ = _evaluate(expr, properties, {dimension: small}, method)
        exact = _at_dimension(exact, dimension, small)
        try:
            general = _at_dimension(generic, dimension, small)
            same = general.is_finite is not False and sp.expand(general - exact) == 0
        except (ZeroDivisionError, ValueError):
            same = False
        if not same:
            branches.append((exact, sp.Eq(dimension, small)))
    return sp.Piecewise(*branches, (generic, True)) if branches else generic


def _at_dimension(value: sp.Basic, dimension: sp.Expr, small: int) -> sp.Expr:
    """Set d in the coefficients but not in the shapes of matrices."""
    frozen = {
        item: sp.Dummy()
        for item in value.atoms(sp.Trace, sp.matrices.expressions.matexpr.MatrixElement, sp.Sum)
    }
    plain = value.xreplace(frozen).subs(dimension, small)
    return plain.xreplace({dummy: item for item, dummy in frozen.items()})
