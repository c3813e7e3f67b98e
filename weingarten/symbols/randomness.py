"""Random symbols of ``sympy.stats`` beside the Haar matrices, and independent of them.

The Haar average comes first and leaves a polynomial in them; its terms are averaged by SymPy here.
What SymPy cannot average or sample is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
import sympy.stats
from numpy.typing import NDArray
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.stats.compound_rv import CompoundPSpace
from sympy.stats.rv import RandomIndexedSymbol, RandomMatrixSymbol, RandomSymbol
from sympy.stats.stochastic_process_types import BernoulliProcess

from weingarten.budget import tick
from weingarten.errors import InvalidInputError
from weingarten.exact.scalars import is_array, to_sympy
from weingarten.nodes import nodes_of
from weingarten.symbols.random_matrices import RandomMatrix, random_matrices

__all__ = ["averaged_over_rest", "other_random_symbols", "random_names", "sample_symbol"]

_SIZED = (sp.Trace, MatrixElement, sp.Determinant)


def other_random_symbols(expr: sp.Basic) -> list[RandomSymbol]:
    """Return the random symbols of ``sympy.stats`` in an expression that are no Haar matrices.

    Raises
    ------
    InvalidInputError
        If two of them share a name but not a distribution.
    """
    found = sorted(
        {
            x
            for x in nodes_of(expr)
            if isinstance(x, RandomSymbol) and not isinstance(x, RandomMatrix)
        },
        key=lambda x: (x.symbol.name, sp.default_sort_key(x)),
    )
    for first, second in pairwise(found):
        if first.symbol.name == second.symbol.name and _space(first) != _space(second):
            raise InvalidInputError(
                "expr",
                f"must not use the name {first.symbol} for different random symbols",
                f"{first.pspace} and {second.pspace}",
                "give each random symbol its own name",
            )
    return found


def random_names(expr: sp.Basic) -> list[str]:
    """Return the names of all that is random in an expression, random matrices first."""
    names = [matrix.name for matrix in random_matrices(expr)]
    return list(dict.fromkeys([*names, *sorted(map(str, other_random_symbols(expr)))]))


def _space(symbol: RandomSymbol) -> sp.Basic:
    """Return what a random symbol belongs to: its process if it is a value of one."""
    return symbol.pspace.process if isinstance(symbol, RandomIndexedSymbol) else symbol.pspace


def averaged_over_rest(value: Any) -> Any:
    """Return the mean of a result of the Haar average over all other random symbols in it.

    Examples
    --------
    >>> import sympy
    >>> from sympy.stats import Normal
    >>> averaged_over_rest(Normal("X", 0, 2) ** 2 / sympy.Symbol("d"))
    4/d
    """
    if not other_random_symbols(value):
        return value
    if isinstance(value, sp.MatrixBase):
        return sp.ImmutableMatrix(*value.shape, [averaged_over_rest(x) for x in value])
    if isinstance(value, sp.MatrixExpr):
        return _matrix(value)
    return _scalar(value)


def _matrix(value: sp.MatrixExpr) -> Any:
    if isinstance(value, sp.MatAdd):
        return sp.MatAdd(*(averaged_over_rest(x) for x in value.args)).doit(deep=False)
    if isinstance(value, sp.MatMul):
        scale, factors = value.as_coeff_matrices()
        if not any(other_random_symbols(x) for x in factors):
            return averaged_over_rest(scale) * sp.MatMul(*factors)
    if isinstance(value, sp.FunctionMatrix):
        function = sp.Lambda(value.lamda.variables, averaged_over_rest(value.lamda.expr))
        return sp.FunctionMatrix(*value.shape, function)
    if all(size.is_Integer for size in map(sp.sympify, value.shape)):
        return averaged_over_rest(sp.ImmutableMatrix(value.as_explicit()))
    raise _refused(other_random_symbols(value), value)


def _scalar(value: sp.Expr) -> sp.Expr:
    terms = _split(value)
    return sp.Add(*(constant * _mean(factors) for factors, constant in terms.items()))


Terms = dict[frozenset[tuple[sp.Expr, sp.Expr]], sp.Expr]


def _split(expr: sp.Expr) -> Terms:
    """Return a sum of products as {random factors with their exponents: constant factor}."""
    if not other_random_symbols(expr):
        return {frozenset(): expr}
    if isinstance(expr, sp.Add):
        total: Terms = {}
        for arg in expr.args:
            for factors, constant in _split(arg).items():
                total[factors] = total.get(factors, sp.Integer(0)) + constant
        return total
    if isinstance(expr, sp.Mul):
        product: Terms = {frozenset(): sp.Integer(1)}
        for arg in expr.args:
            product = _times(product, _split(arg))
        return product
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp.is_positive:
        base = _split(expr.base)
        if len(base) == 1:
            ((factors, constant),) = base.items()
            powered = frozenset((x, n * expr.exp) for x, n in factors)
            return {powered: constant**expr.exp}
        product = {frozenset(): sp.Integer(1)}
        for _ in range(int(expr.exp)):
            product = _times(product, base)
        return product
    if isinstance(expr, _SIZED) and all(
        size.is_Integer for size in map(sp.sympify, expr.args[0].shape)
    ):
        explicit = expr.func(expr.args[0].as_explicit(), *expr.args[1:]).doit()
        if explicit != expr and not explicit.has(*_SIZED[::2]):
            return _split(sp.expand(explicit))
    return {frozenset([(expr, sp.Integer(1))]): sp.Integer(1)}


def _times(left: Terms, right: Terms) -> Terms:
    product: Terms = {}
    for one, a in left.items():
        for two, b in right.items():
            tick()
            powers = dict(one)
            for factor, n in two:
                powers[factor] = powers.get(factor, sp.Integer(0)) + n
            key = frozenset(powers.items())
            product[key] = product.get(key, sp.Integer(0)) + a * b
    return product


def _mean(factors: frozenset[tuple[sp.Expr, sp.Expr]]) -> sp.Expr:
    """Return the mean of a product, one independent group of random symbols after the other."""
    sums = [(x, n) for x, n in factors if isinstance(x, sp.Sum)]
    if sums:
        return _mean_of_sums(sums, sp.Mul(*(x**n for x, n in factors if (x, n) not in sums)))
    groups: list[tuple[set[sp.Basic], sp.Expr]] = []
    for factor, exponent in factors:
        spaces, product = {_space(x) for x in factor.atoms(RandomSymbol)}, factor**exponent
        apart = []
        for others, rest in groups:
            if others & spaces:
                spaces, product = spaces | others, product * rest
            else:
                apart.append((others, rest))
        groups = [*apart, (spaces, product)]
    return sp.Mul(*(_by_sympy(product) for _, product in groups))


def _mean_of_sums(sums: list[tuple[sp.Sum, sp.Expr]], rest: sp.Expr) -> sp.Expr:
    """Return the mean of a product of sums as the sum of means, under indices of distinct names."""
    copies = [x for x, n in sums for _ in range(int(n))]
    taken = {s.name for x in (*copies, rest) for s in x.free_symbols if isinstance(s, sp.Symbol)}
    limits: list[tuple[sp.Symbol, sp.Expr, sp.Expr]] = []
    for copy in copies:
        body, own = copy.function, []
        renaming: dict[sp.Symbol, sp.Symbol] = {}
        for variable, *bounds in reversed(copy.limits):
            name = variable.name
            while name in taken:
                name += "_"
            taken.add(name)
            renaming[variable] = sp.Symbol(name, **variable.assumptions0)
            own.append((renaming[variable], *(b.xreplace(renaming) for b in bounds)))
        limits += reversed(own)
        rest = rest * body.xreplace(renaming)
    return sp.Sum(averaged_over_rest(rest), *limits)


def _by_sympy(product: sp.Expr) -> sp.Expr:
    """Return the mean of a product of functions of random symbols, or refuse it by name."""
    symbols = other_random_symbols(product)
    matrices = [x for x in symbols if isinstance(x, RandomMatrixSymbol)]
    compound = [x for x in symbols if isinstance(x.pspace, CompoundPSpace)]
    # SymPy takes a compound variable for independent of the variable in its distribution, and any
    # two values of a process for independent, which only those of a Bernoulli process are
    mixed = compound if _meet(product, compound) else []
    times = [x for x in symbols if isinstance(x, RandomIndexedSymbol)]
    tied = times if len(times) > 1 and not _independent_values(times) else []
    if matrices or mixed or tied:
        raise _refused(matrices or mixed or tied, product)
    constants = {
        x: sp.Dummy(commutative=True)
        for x in product.atoms(*_SIZED, sp.KroneckerDelta)
        if not other_random_symbols(x)
    }
    # SymPy integrates over the plain symbol of the same name, which a constant may be as well
    renamed = {
        x: x.xreplace({x.symbol: sp.Dummy()}) for x in symbols if x.symbol in product.free_symbols
    }
    try:
        mean = sympy.stats.E(product.xreplace(constants).xreplace(renamed))
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError,
            ValueError) as error:  # fmt: skip
        raise _refused(symbols, product) from error
    unfinished = (sp.Integral, sp.Sum, sympy.stats.Expectation, sympy.stats.Probability)
    if mean.has(*unfinished, RandomSymbol, sp.nan, sp.oo, sp.zoo):
        raise _refused(symbols, product)
    return mean.xreplace({dummy: x for x, dummy in constants.items()})


def _meet(product: sp.Expr, compound: list[RandomSymbol]) -> bool:
    """Tell whether a product has a compound variable beside another variable."""
    outside = product.xreplace({x: sp.Dummy() for x in compound})
    return bool(compound) and (bool(outside.atoms(RandomSymbol)) or len(compound) > 1)


def _independent_values(times: list[RandomSymbol]) -> bool:
    return all(isinstance(x.pspace.process, BernoulliProcess) for x in times)


def _refused(symbols: list[RandomSymbol], expr: sp.Basic) -> InvalidInputError:
    names = ", ".join(dict.fromkeys(str(x) for x in symbols))
    return InvalidInputError(
        "expr",
        f"must have random symbols that SymPy can average; {names} is none in this place",
        expr,
        "give its distribution numbers or symbols with assumptions, replace it by a constant "
        "matrix and average over it afterwards, or use weingarten.estimate",
    )


def sample_symbol(
    symbol: RandomSymbol, count: int, values: Mapping[sp.Basic, Any], rng: np.random.Generator
) -> NDArray[Any]:
    """Return independent draws of a random symbol at the values of its parameters."""
    known = {
        s: to_sympy(values[s])
        for s in symbol.pspace.free_symbols
        if s in values and not is_array(values[s])
    }
    try:
        draws = np.asarray(
            sympy.stats.sample(symbol.subs(known), size=(count,), library="scipy", seed=rng),
            dtype=float,
        )
    except (AttributeError, NotImplementedError, TypeError, ValueError) as error:
        raise InvalidInputError(
            "expr",
            f"must have random symbols that SymPy can sample; {symbol} is none",
            symbol.pspace,
            "give values to the parameters of its distribution, or replace it by a constant",
        ) from error
    return draws
