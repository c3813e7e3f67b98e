"""Variances, covariances and cumulants of expressions in Haar matrices, from exact expectations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import comb, factorial, prod
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.utilities.iterables import multiset_partitions

from weingarten.budget import budgeted, foresee, tick
from weingarten.coerce import as_integer
from weingarten.costs import number_of_partitions
from weingarten.errors import InvalidInputError
from weingarten.exact.rational import RationalFunction
from weingarten.expectations.averages import expect
from weingarten.expectations.problems import as_expression
from weingarten.symbols.random_matrices import RandomMatrix, random_matrices

__all__ = ["covariance", "cumulant", "joint_cumulant", "variance"]

#: Seconds to multiply out a term of products of means, and to factor a coefficient.
_SECONDS_A_TERM = 3e-4
_SECONDS_A_COEFFICIENT = 1e-2
#: Seconds for a product of two functions of d, for each order of the cumulant that it belongs to.
_SECONDS_AN_ORDER = 8e-6

_Mean = Callable[[Sequence[int]], sp.Expr]

#: Iterables that are one expression, or text, and no sequence of expressions.
_SINGLE = (sp.Expr, sp.MatrixBase, str, bytes)


def variance(expr: Any, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return the variance of a scalar expression, exactly: its covariance with itself.

    Notes
    -----
    With a complex random matrix, the imaginary unit or a conjugate in x it is ``E|x|² - |E x|²``,
    else ``E[x²] - E[x]²``, which takes the symbols in x for real: ``covariance(x, conjugate(x))``
    is the spread for complex values of them. A 1×1 matrix is taken for its entry.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> variance(Trace(HaarOrthogonal("W", Symbol("d"))))
    1
    """
    scalar = _as_scalar(expr, "expr")
    if _has_conjugates(scalar):
        return joint_cumulant(scalar, sp.conjugate(scalar), assumptions=assumptions, **options)
    return covariance(scalar, scalar, assumptions, **options)


def _has_conjugates(expr: sp.Expr) -> bool:
    """Tell whether something in an expression is said to be complex by its conjugate."""
    adjoints = expr.atoms(sp.Adjoint)
    constant = any(not x.has(RandomMatrix) for x in adjoints)
    return constant or expr.has(sp.conjugate, sp.re, sp.im)


def covariance(first: Any, second: Any, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return E[x y] - E[x] E[y] of two scalar expressions, exactly.

    With a complex random matrix or the imaginary unit in x or y, the second one is conjugated:
    ``E[x ȳ] - E[x] E[ȳ]``.

    Examples
    --------
    >>> from sympy import Symbol
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> covariance(W[0, 0] ** 2, W[0, 1] ** 2)
    -2/(d**2*(d + 2))
    """
    one, two = _as_scalar(first, "first"), _as_scalar(second, "second")
    both = sp.Tuple(one, two)
    if both.has(sp.I) or not all(matrix.is_real_matrix for matrix in random_matrices(both)):
        two = sp.conjugate(two)
    return joint_cumulant(one, two, assumptions=assumptions, **options)


@budgeted
def cumulant(expr: Any, order: int, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return the cumulant of a scalar expression of a given order ≥ 1, exactly.

    Nothing is conjugated: of a complex x the second one is ``E[x²] - E[x]²``.

    Examples
    --------
    >>> from sympy import Symbol, Trace
    >>> from weingarten import HaarOrthogonal
    >>> cumulant(Trace(HaarOrthogonal("W", Symbol("d"))), 4)
    0
    """
    scalar, order = _as_scalar(expr, "expr"), as_integer(order, "order", minimum=1)
    foresee(f"a cumulant of order {order}", _recursion_seconds([order]))
    return joint_cumulant(*[scalar] * order, assumptions=assumptions, **options)


@budgeted
def joint_cumulant(*exprs: Any, assumptions: Any = True, **options: Any) -> sp.Expr:
    """Return the joint cumulant of several scalar expressions, exactly.

    It is Σ over set partitions π of Π_{B in π} E[Π_{b in B} x_b] with weight
    ``(-1)^(|π|-1) (|π|-1)!``; one expression gives its mean, two their covariance. Nothing is
    conjugated: conjugate what has to be.

    Parameters
    ----------
    *exprs : Expr or MatrixExpr
        The scalar expressions (or 1×1 matrices), at least one; repetitions are allowed. One
        sequence of expressions serves as well: ``joint_cumulant([x, y])`` is
        ``joint_cumulant(x, y)``.
    assumptions : Boolean, optional
        As for :func:`expect`; so are the keyword options ``small_d``, ``method`` and ``max_cost``.

    Examples
    --------
    >>> from sympy import Symbol
    >>> from weingarten import HaarOrthogonal
    >>> W = HaarOrthogonal("W", Symbol("d"))
    >>> joint_cumulant(W[0, 0], W[0, 0], W[1, 1], W[1, 1])
    2/(d**2*(d - 1)*(d + 2))
    """
    if exprs and isinstance(exprs[0], Iterable) and not isinstance(exprs[0], _SINGLE):
        first, *given = exprs
        if len(given) > 1 or (given and assumptions is not True):
            raise InvalidInputError(
                "exprs",
                "must be one sequence or several expressions",
                exprs,
                "pass joint_cumulant(x, y) or joint_cumulant([x, y], assumptions)",
            )
        exprs, assumptions = tuple(first), given[0] if given else assumptions
    factors = [_as_scalar(x, "exprs") for x in exprs]
    if not factors:
        raise InvalidInputError("exprs", "must not be empty", exprs, "pass at least one expression")
    distinct = list(dict.fromkeys(factors))
    numbers = [distinct.index(x) for x in factors]
    means: dict[tuple[int, ...], sp.Expr] = {}

    def mean(block: Sequence[int]) -> sp.Expr:
        key = tuple(block)
        if key not in means:
            means[key] = expect(sp.Mul(*(distinct[k] for k in key)), assumptions, **options)
        return means[key]

    rational = _from_rational_means([*Counter(numbers).values()], mean)
    return _from_partitions(numbers, mean) if rational is None else rational


def _from_partitions(numbers: Sequence[int], mean: _Mean) -> sp.Expr:
    words = f"a sum over the partitions of {len(numbers)} factors"
    foresee(words, 1e-5 * number_of_partitions(len(numbers)))
    terms = []
    for blocks in multiset_partitions(numbers):
        tick()
        weight = _set_partitions(numbers, blocks) * factorial(len(blocks) - 1)
        terms.append((-1) ** (len(blocks) - 1) * weight * sp.Mul(*map(mean, blocks)))
    return _tidy(sp.Add(*terms))


def _recursion_seconds(counts: Sequence[int]) -> float:
    """Predict the time of the recursion from its pairs of products, one in the other."""
    pairs = prod((count + 1) * (count + 2) / 2 for count in counts)
    return _SECONDS_AN_ORDER * sum(counts) * pairs


def _from_rational_means(counts: Sequence[int], mean: _Mean) -> sp.Expr | None:
    """Return the cumulant of so many factors of each kind, or None unless means are rational in d.

    Of the blocks with one chosen factor, each leaves a cumulant and a mean (Speed 1983); no
    partition is listed.
    """
    symbols: set[sp.Basic] = set()
    means: dict[tuple[int, ...], sp.Expr] = {}
    cumulants: dict[tuple[int, ...], RationalFunction] = {}
    foresee(f"a cumulant of {sum(counts)} factors", _recursion_seconds(counts))
    lower = [*product(*(range(count + 1) for count in counts))]
    for powers in lower[1:]:
        value = mean([k for k, power in enumerate(powers) for _ in range(power)])
        symbols |= value.free_symbols
        if len(symbols) > 1 or not value.is_rational_function(*symbols):
            return None
        means[powers] = value
    d = next(iter(symbols), sp.Dummy())
    try:
        known = {p: RationalFunction.from_sympy(value, d) for p, value in means.items()}
    except InvalidInputError:
        return None
    for powers in lower[1:]:
        chosen = next(k for k, power in enumerate(powers) if power)
        total = known[powers]
        for taken in product(*(range(power + 1) for power in powers)):
            if not taken[chosen] or taken == powers:
                continue
            tick()
            rest = tuple(power - part for power, part in zip(powers, taken, strict=True))
            ways = prod(map(comb, powers, taken)) * taken[chosen] // powers[chosen]
            total -= known[rest] * cumulants[taken] * ways
        cumulants[powers] = total
    return cumulants[lower[-1]].to_sympy(d)


def _set_partitions(numbers: Sequence[int], blocks: Sequence[Sequence[int]]) -> int:
    """Count the set partitions of the positions of a multiset that give these blocks."""
    ways = prod(map(factorial, Counter(numbers).values()))
    for block in blocks:
        ways //= prod(map(factorial, Counter(block).values()))
    return ways // prod(map(factorial, Counter(map(tuple, blocks)).values()))


def _as_scalar(expr: Any, argument: str) -> sp.Expr:
    """Return a scalar expression, the single entry of a 1×1 matrix included, or raise."""
    result = as_expression(expr, argument)
    if not isinstance(result, sp.MatrixExpr | sp.MatrixBase):
        return result
    if tuple(map(sp.sympify, result.shape)) != (1, 1):
        raise InvalidInputError(
            argument, "must be scalar", expr, "take entries or traces of matrices"
        )
    return result[0, 0] if isinstance(result, sp.MatrixBase) else sp.Trace(result)


def _expanded_terms(product: sp.Expr) -> float:
    """Count the terms of a product of sums and their powers once it is multiplied out."""
    total = 1.0
    for factor in sp.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if base.is_Add and exponent.is_Integer and exponent.is_positive:
            total *= comb(len(base.args) + int(exponent) - 1, int(exponent))
    return total


def _tidy(value: sp.Expr) -> sp.Expr:
    """Collect equal products of traces and entries, with factored coefficients."""
    if value.has(sp.Piecewise):
        return value
    size = sum(map(_expanded_terms, sp.Add.make_args(value)))
    words = f"collecting {size:.3g} terms"
    foresee(words, _SECONDS_A_TERM * size)
    names = {
        item: sp.Dummy(commutative=True)
        for item in value.atoms(sp.Trace, MatrixElement, sp.Sum, sp.KroneckerDelta)
    }
    if not names:  # rational in the sizes: nothing to collect, and expansion is slow
        return sp.factor(sp.together(value))
    collected = _in_names(value.xreplace(names), set(names.values()))
    back = {dummy: item for item, dummy in names.items()}
    # many products have the same coefficient
    coefficients = dict.fromkeys(collected.values(), sp.S.Zero)
    foresee(words, _SECONDS_A_COEFFICIENT * len(coefficients))
    for coefficient in coefficients:
        tick()
        coefficients[coefficient] = sp.factor(sp.together(coefficient))
    return sp.Add(*(coefficients[c] * x.xreplace(back) for x, c in collected.items()))


def _in_names(value: sp.Expr, names: set[sp.Symbol]) -> dict[sp.Expr, sp.Expr]:
    """Return a polynomial in some symbols: their products, with coefficients as they stand."""
    tick()
    if value.free_symbols.isdisjoint(names):
        return {sp.S.One: value}
    if value.is_Add:
        sums: defaultdict[sp.Expr, list[sp.Expr]] = defaultdict(list)
        for term in value.args:
            for product, coefficient in _in_names(term, names).items():
                sums[product].append(coefficient)
        return {product: sp.Add(*found) for product, found in sums.items()}
    if value.is_Pow and value.base.is_Add and value.exp.is_Integer and value.exp.is_positive:
        return _multiplied([_in_names(value.base, names)] * int(value.exp))
    if value.is_Mul:
        return _multiplied([_in_names(factor, names) for factor in value.args])
    return {value: sp.S.One}


def _multiplied(factors: Iterable[dict[sp.Expr, sp.Expr]]) -> dict[sp.Expr, sp.Expr]:
    total: dict[sp.Expr, sp.Expr] = {sp.S.One: sp.S.One}
    for factor in factors:
        sums: defaultdict[sp.Expr, list[sp.Expr]] = defaultdict(list)
        for one, first in total.items():
            for two, second in factor.items():
                tick()
                sums[one * two].append(first * second)
        total = {product: sp.Add(*found) for product, found in sums.items()}
    return total
