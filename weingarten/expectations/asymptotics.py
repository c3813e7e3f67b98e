"""Expansion of expectations in powers of 1/d."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten.budget import DEFAULT_MAX_COST, Budget, budgeted, foresee, tick
from weingarten.coerce import as_flag, as_integer
from weingarten.errors import InvalidInputError
from weingarten.expectations.averages import expect
from weingarten.expectations.problems import as_expression
from weingarten.networks.choosing import AUTO, as_method
from weingarten.networks.shapes import shape_of
from weingarten.symbols.normalised_traces import NormalizedTrace
from weingarten.symbols.random_matrices import RandomMatrix, random_matrices
from weingarten.wording import told_apart

__all__ = ["asymptotic"]

#: What counts as of order one whatever its dependence on d.
_OF_ORDER_ONE = (
    sp.Trace, NormalizedTrace, MatrixElement, sp.Sum, sp.KroneckerDelta, sp.Determinant,
)  # fmt: skip


@budgeted
def asymptotic(
    expr: Any,
    order: int,
    d: Any = None,
    assumptions: Any = True,
    *,
    normalised: bool = False,
    remainder: bool = False,
    method: str = AUTO,
    max_cost: float | Budget | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    """Return the expansion of an expectation in 1/d, up to and including the power ``order``.

    Parameters
    ----------
    expr : Expr
        A scalar expression in Haar matrices, or an expectation already computed.
    order : int
        The highest power of 1/d kept; it may be negative, positive powers of d are always kept.
    d : Symbol, optional
        The dimension; needed only where it cannot be read off the expression.
    assumptions : Boolean, optional
        As for :func:`weingarten.expect`.
    normalised : bool, optional
        Write traces of constants as :class:`NormalizedTrace`, which count as of order one.
    remainder : bool, optional
        Add the order of what is left out, ``O(d**(-order - 1))``, unless nothing is.
    method : str, optional
        As for :func:`weingarten.expect`.
    max_cost : float, Budget or None, optional
        Refuse when the predicted time in seconds is larger; None never refuses.

    Returns
    -------
    Expr
        A polynomial in d and 1/d. Traces, entries and sums of constants count as of order one,
        whatever their dependence on d: put in their scaling first if they have one.

    Examples
    --------
    >>> import sympy
    >>> from weingarten import HaarOrthogonal
    >>> d = sympy.Symbol("d")
    >>> W = HaarOrthogonal("W", d)
    >>> asymptotic(W[0, 0] ** 2 * W[1, 1] ** 2, 4)
    d**(-2) + 2/d**4

    With normalised traces the leading order of an alternating word is a sum over non-crossing
    permutations, and for unitary matrices the expansion, in 1/d², is the one by genus:

    >>> from weingarten import HaarUnitary
    >>> U, A = HaarUnitary("U", d), sympy.MatrixSymbol("A", d, d)
    >>> word = sympy.Trace(U * A * U.H * A * U * A * U.H * A) / d
    >>> asymptotic(word, 1, normalised=True, remainder=True)
    -NormalizedTrace(A)**4 + 2*NormalizedTrace(A**2)*NormalizedTrace(A)**2 + O(d**(-2), (d, oo))
    """
    expression = as_expression(expr)
    highest = as_integer(order, "order")
    name = as_method(method)
    if isinstance(expression, sp.MatrixExpr | sp.MatrixBase):
        raise InvalidInputError(
            "expr", "must be scalar", expression, "expand single entries or traces"
        )
    if d is None:
        d = _dimension(expression)
    if not isinstance(d, sp.Symbol):
        raise InvalidInputError("d", "must be a symbol", d, "use a symbolic dimension")
    for symbol in expression.atoms(sp.Symbol) - {d}:
        if symbol.name == d.name:
            present, given = told_apart(symbol, d)
            raise InvalidInputError(
                "d", f"must be the symbol of the expression, {present}", given, "pass that one"
            )
    value = expression
    if expression.has(RandomMatrix):
        value = expect(expression, assumptions, method=name)
    if as_flag(normalised, "normalised"):
        value = value.xreplace(
            {x: shape_of(x.arg)[0] * NormalizedTrace(x.arg) for x in value.atoms(sp.Trace)}
        )
    kept = {item: sp.Dummy() for item in value.atoms(*_OF_ORDER_ONE)}
    terms = sp.Add.make_args(value.xreplace(kept))
    foresee(f"an expansion up to d**{-highest}", 5e-4 * max(highest, 1) * len(terms))
    coefficients: dict[int, sp.Expr] = {}
    for term in terms:
        for power, coefficient in _series(term, d, highest).items():
            coefficients[power] = coefficients.get(power, sp.Integer(0)) + coefficient
    back = {dummy: item for item, dummy in kept.items()}
    expansion = sp.Add(
        *(sp.expand(coefficient) * d**power for power, coefficient in coefficients.items())
    ).xreplace(back)
    if not as_flag(remainder, "remainder") or _is_whole(value, expansion):
        return expansion
    rest = sp.Order(d ** (-highest - 1), (d, sp.oo))
    if expansion == 0:
        return rest
    # SymPy would ask how fast each term grows: it fails at a sum to d - 1, and is slow at a trace
    terms = sorted([*sp.Add.make_args(expansion), rest], key=cmp_to_key(sp.Basic.compare))
    return sp.Add(*terms, evaluate=False)


def _is_whole(value: sp.Expr, expansion: sp.Expr) -> bool:
    """Tell whether an expansion is all of a value."""
    return bool(sp.cancel(sp.together(value - expansion)) == 0)


def _dimension(expr: sp.Expr) -> sp.Symbol:
    """Return the symbol of the sizes: d, and m where the size is 2*m."""
    sizes = {w.dimension for w in random_matrices(expr)}
    symbols = {symbol for size in sizes or {expr} for symbol in size.free_symbols}
    found = [symbol for symbol in symbols if isinstance(symbol, sp.Symbol)]
    if len(found) != 1:
        raise (
            InvalidInputError(
                "d", "must be given where the expression has several symbols", expr, "pass d=..."
            )
            if found
            else InvalidInputError(
                "expr", "must have a symbolic dimension", expr, "use a symbol for the size"
            )
        )
    return found[0]


def _series(term: sp.Expr, d: sp.Symbol, order: int) -> dict[int, sp.Expr]:
    """Expand a rational function of d in 1/d: the coefficients of its powers, by long division."""
    front, rational = term.as_independent(d)
    top, bottom = sp.fraction(sp.together(rational))
    try:
        above, below = sp.Poly(top, d).all_coeffs(), sp.Poly(bottom, d).all_coeffs()
    except sp.PolynomialError:
        raise InvalidInputError(
            "expr", f"must be rational in {d}", term, "expand only expectations"
        ) from None
    highest = len(above) - len(below)
    lead = below[0]
    quotients: list[sp.Expr] = []
    for k in range(highest + order + 1):
        tick()
        earlier = zip(below[1:], reversed(quotients), strict=False)
        rest = sp.Add(above[k] if k < len(above) else sp.Integer(0), *(-b * q for b, q in earlier))
        if not rest.is_number:
            rest = sp.expand(rest)
        quotients.append(rest / lead)
    return {highest - k: front * q for k, q in enumerate(quotients) if q != 0}
