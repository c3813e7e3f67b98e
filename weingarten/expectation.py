"""Exact expectations of SymPy expressions in Haar orthogonal matrices: SymPy in, SymPy out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any

import sympy as sp
from sympy.utilities.iterables import multiset_partitions

from weingarten.coerce import as_integer
from weingarten.costs import DEFAULT_MAX_COST
from weingarten.errors import InvalidInputError
from weingarten.networks import (
    Averager,
    Lowering,
    Properties,
    expression,
    matrix_expression,
)
from weingarten.symbols import HaarElement, haar_symbols

__all__ = [
    "Expectation",
    "as_assumptions",
    "as_expression",
    "covariance",
    "cumulant",
    "expect",
    "expectation",
    "joint_cumulant",
    "variance",
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
        left = rf"\mathbb{{E}}\left[{sp.latex(self.expr)}\right]"
        return rf"$\displaystyle {left} = {sp.latex(self.value)}$"


def expect(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> Any:
    r"""Return the exact expectation of a polynomial expression in Haar orthogonal matrices.

    Parameters
    ----------
    expr : Expr, MatrixExpr or Matrix
        A polynomial in the entries of one or several independent :class:`HaarOrthogonal`: entries
        with integer or symbolic indices, sums, products, integer powers, transposes, inverses,
        traces, determinants, Hadamard products, diagonals, slices, with any constants.
    assumptions : Boolean, optional
        What is known of constant matrices, as for ``sympy.ask``: ``Q.symmetric(A)``,
        ``Q.diagonal(A)``, ``Q.orthogonal(A)``, combined with ``&``. Equal terms are merged by it.
    small_d : bool, optional
        Return a Piecewise that is also right below the range of the generic result.
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
    Weingarten calculus (Collins & Śniady, Comm. Math. Phys. 264 (2006) 773) on einsum networks:
    pairs of pairings are counted by coset type, never written out.

    Examples
    --------
    >>> from sympy import MatrixSymbol, Symbol, Trace, symbols
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
    """
    return expectation(expr, assumptions, small_d=small_d, max_cost=max_cost).value


def expectation(
    expr: Any,
    assumptions: Any = True,
    *,
    small_d: bool = False,
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
    properties = Properties(as_assumptions(assumptions))
    value, orders = _evaluate(expr, properties, {}, max_cost)
    if small_d:
        value = _with_small_dimensions(expr, properties, value, orders, max_cost)
        orders = {}
    conditions = [sp.Ge(dimension, least) for dimension, least in orders.items() if least > 1]
    return Expectation(expr, value, sp.And(*conditions), tuple(orders.items()))


def as_expression(expr: Any) -> sp.Basic:
    """Return a scalar or matrix expression with consistent Haar matrices, or raise."""
    if isinstance(expr, str | bytes):
        raise InvalidInputError(
            "expr",
            "must be a SymPy expression, not text",
            expr,
            "build it with SymPy, or read text with weingarten.parse_expression",
        )
    try:
        result = sp.sympify(expr, strict=True)
    except (sp.SympifyError, TypeError):
        raise InvalidInputError(
            "expr", "must be a SymPy expression or matrix", expr, "build it with SymPy"
        ) from None
    if isinstance(result, sp.MatrixBase):
        result = sp.ImmutableMatrix(result)
    if not isinstance(result, sp.Expr | sp.MatrixBase):
        raise InvalidInputError(
            "expr", "must be a scalar or a matrix", expr, "pass one expression at a time"
        )
    haar_symbols(result)
    return result


def as_assumptions(assumptions: Any) -> sp.Basic:
    """Return SymPy assumptions from True, one assumption or several."""
    if assumptions is None or assumptions is True:
        return sp.true
    if isinstance(assumptions, list | tuple | set | frozenset):
        assumptions = sp.And(*assumptions)
    if not isinstance(assumptions, sp.logic.boolalg.Boolean):
        raise InvalidInputError(
            "assumptions",
            "must be SymPy assumptions",
            assumptions,
            "pass for instance Q.symmetric(A) & Q.diagonal(B)",
        )
    return assumptions


def _evaluate(
    expr: sp.Basic,
    properties: Properties,
    overrides: dict[sp.Expr, int],
    max_cost: float | None,
) -> tuple[sp.Basic, dict[sp.Expr, int]]:
    if isinstance(expr, sp.MatrixBase):
        orders: dict[sp.Expr, int] = {}
        entries = []
        for item in expr:
            value, found = _evaluate(item, properties, overrides, max_cost)
            entries.append(value)
            for dimension, least in found.items():
                orders[dimension] = max(orders.get(dimension, 1), least)
        return sp.ImmutableMatrix(*expr.shape, entries), orders
    lowering = Lowering(properties, max_cost)
    averager = Averager(lowering, max_cost, overrides)
    result: sp.Basic
    if isinstance(expr, sp.MatrixExpr):
        shape = tuple(map(sp.sympify, expr.shape))
        if shape == (1, 1):
            result = sp.ImmutableMatrix(
                [[expression(averager.average(lowering.scalar(expr)), properties)]]
            )
        else:
            poly = lowering.matrix(expr)
            result = matrix_expression(averager.average(poly), shape, properties)
            if all(size.is_Integer for size in shape) and not result.atoms(sp.MatrixSymbol):
                result = sp.ImmutableMatrix(result.doit().as_explicit())
    else:
        result = expression(averager.average(lowering.scalar(expr)), properties)
    return result, averager.orders


def _with_small_dimensions(
    expr: sp.Basic,
    properties: Properties,
    generic: sp.Basic,
    orders: dict[sp.Expr, int],
    max_cost: float | None,
) -> sp.Basic:
    """Add a branch for every small d at which the generic formula differs or has a pole."""
    symbolic = {w.dimension for w in haar_symbols(expr) if not w.dimension.is_Integer}
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
        (int(x) for e in expr.atoms(HaarElement) for x in e.indices if x.is_Integer), default=0
    )
    branches = []
    for small in range(largest + 1, orders[dimension]):
        exact, _ = _evaluate(expr, properties, {dimension: small}, max_cost)
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


# moments and cumulants --------------------------------------------------------------------


def variance(expr: Any, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return E[x²] - E[x]² of a scalar expression, exactly.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> variance(Trace(HaarOrthogonal("W", Symbol("d"))))
    1
    """
    return cumulant(expr, 2, assumptions, **options)


def covariance(first: Any, second: Any, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return E[x y] - E[x] E[y] of two scalar expressions, exactly.

    Examples
    --------
    >>> from sympy import Symbol
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> covariance(W[0, 0] ** 2, W[0, 1] ** 2)
    -2/(d**2*(d + 2))
    """
    return joint_cumulant([first, second], assumptions, **options)


def cumulant(expr: Any, order: int, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return the cumulant of a scalar expression of a given order ≥ 1, exactly.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> cumulant(Trace(HaarOrthogonal("W", Symbol("d"))), 4)
    0
    """
    order = as_integer(order, "order", minimum=1)
    return joint_cumulant([expr] * order, assumptions, **options)


def joint_cumulant(exprs: Sequence[Any], assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return the joint cumulant of several scalar expressions, exactly.

    It is Σ over set partitions π of Π_{B in π} E[Π_{b in B} x_b] with weight
    ``(-1)^(|π|-1) (|π|-1)!``; one expression gives its mean, two their covariance.

    Parameters
    ----------
    exprs : sequence of Expr
        The scalar expressions, at least one; repetitions are allowed.
    assumptions : Boolean, optional
        As for :func:`expect`; so are the keyword options ``small_d`` and ``max_cost``.

    Examples
    --------
    >>> from sympy import Symbol
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> joint_cumulant([W[0, 0], W[0, 0], W[1, 1], W[1, 1]])
    2/(d**2*(d - 1)*(d + 2))
    """
    if isinstance(exprs, sp.Basic) or not isinstance(exprs, Iterable):
        raise InvalidInputError(
            "exprs", "must be a sequence of expressions", exprs, "pass a list such as [x, y]"
        )
    factors = [as_expression(x) for x in exprs]
    if not factors:
        raise InvalidInputError("exprs", "must not be empty", exprs, "pass at least one expression")
    for factor in factors:
        if isinstance(factor, sp.MatrixExpr | sp.MatrixBase):
            raise InvalidInputError(
                "exprs", "must be scalars", factor, "take entries or traces of matrices"
            )
    distinct = list(dict.fromkeys(factors))
    numbers = [distinct.index(x) for x in factors]
    means: dict[tuple[int, ...], sp.Expr] = {}

    def mean(block: Sequence[int]) -> sp.Expr:
        key = tuple(sorted(block))
        if key not in means:
            means[key] = expect(sp.Mul(*(distinct[k] for k in key)), assumptions, **options)
        return means[key]

    total: dict[tuple[tuple[int, ...], ...], int] = {}
    for blocks in multiset_partitions(list(range(len(factors)))):
        key = tuple(sorted(tuple(sorted(numbers[k] for k in block)) for block in blocks))
        sign = (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)
        total[key] = total.get(key, 0) + sign
    result = sp.Add(*(n * sp.Mul(*(mean(b) for b in key)) for key, n in total.items()))
    return tidy(result)


def tidy(value: sp.Expr) -> sp.Expr:
    """Collect equal products of traces and entries, with factored coefficients."""
    if value.has(sp.Piecewise):
        return value
    from sympy.matrices.expressions.matexpr import MatrixElement  # noqa: PLC0415

    names = {
        item: sp.Dummy(commutative=True)
        for item in value.atoms(sp.Trace, MatrixElement, sp.Sum, sp.KroneckerDelta)
    }
    plain = sp.expand(value.xreplace(names)) if names else value
    if not names:
        return sp.factor(sp.together(plain))
    back = {dummy: item for item, dummy in names.items()}
    collected = sp.Poly(plain, *names.values(), domain="EX") if plain != 0 else None
    if collected is None:
        return sp.Integer(0)
    return sp.Add(
        *(
            sp.factor(sp.together(c))
            * sp.Mul(*(back[g] ** p for g, p in zip(names.values(), m, strict=True)))
            for m, c in collected.terms()
        )
    )
