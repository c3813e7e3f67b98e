"""Names of bound indices: every one its own object inside, a fresh readable name outside.

Inside the engine a bound index is a ``Dummy``, so that it equals no symbol of the user whatever its
name. On the way out each gets a name that stands for nothing else in the input, in the result, or
in a scope around it, so that a printed result reads back as the same object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

from weingarten.budget import tick
from weingarten.nodes import nodes_of

__all__ = ["PLACES", "Places", "distinct_indices", "fresh_symbols", "readable", "replaced"]

#: The letters that bound indices are called by, in this order.
LETTERS = "klmnpqrstuvwxyz"

#: A node that binds variables.
_SCOPES = (ExprWithLimits, sp.Lambda)


class Places:
    """Canonical bound variables: the same ones wherever a sum of so many indices is written."""

    def __init__(self) -> None:
        self._made: list[sp.Dummy] = []

    def __getitem__(self, position: int) -> sp.Dummy:
        while len(self._made) <= position:
            name = LETTERS[len(self._made) % len(LETTERS)]
            self._made.append(sp.Dummy(name, integer=True))
        return self._made[position]


#: The bound labels of components that are written as sums.
PLACES = Places()


def distinct_indices(
    expr: sp.Basic, bound: Mapping[sp.Symbol, sp.Symbol] | None = None
) -> sp.Basic:
    """Return an expression in which no two sums share an index, and none is a free symbol.

    The limits of SymPy's sums are listed from the innermost outwards: the bounds of one may use the
    variables of those after it, never those before it.
    """
    bound = bound or {}
    if not bound and not expr.has(*_SCOPES):
        return expr
    if isinstance(expr, ExprWithLimits):
        inner = dict(bound)
        limits = []
        for variable, *bounds in reversed(expr.limits):
            ends = [distinct_indices(x, inner) for x in bounds]
            inner[variable] = _fresh(variable, expr)
            limits.append((inner[variable], *ends))
        return expr.func(distinct_indices(expr.function, inner), *reversed(limits))
    if isinstance(expr, sp.Lambda):
        flat = {v: _fresh(v, expr) for v in expr.bound_symbols}
        inner = {**bound, **flat}
        return sp.Lambda(expr.signature.xreplace(flat), distinct_indices(expr.expr, inner))
    if expr in bound:
        return bound[expr]
    if not expr.args:
        return expr
    args = [distinct_indices(arg, bound) for arg in expr.args]
    changed = any(a is not b for a, b in zip(args, expr.args, strict=True))
    return expr.func(*args) if changed else expr


def _fresh(variable: sp.Symbol, scope: sp.Basic) -> sp.Dummy:
    """Return a dummy for a bound variable: an integer in sums, whatever else the user declared.

    Assumptions of a name say nothing of the values it takes: a positive index may start at 0.
    """
    if isinstance(scope, sp.Sum | sp.Product):
        return sp.Dummy(variable.name, integer=True)
    return sp.Dummy(variable.name, **variable.assumptions0)


def names_of(*exprs: sp.Basic) -> frozenset[str]:
    """Return the names that free symbols, matrices and their sizes go by in the expressions."""
    symbols = {symbol for expr in exprs for symbol in expr.free_symbols}
    for matrix in {matrix for expr in exprs for matrix in expr.atoms(sp.MatrixSymbol)}:
        symbols |= {s for size in matrix.shape for s in size.free_symbols}
    return frozenset(str(symbol.name) for symbol in symbols if hasattr(symbol, "name"))


def replaced(expr: sp.Expr, index: sp.Symbol, value: sp.Expr) -> sp.Expr:
    """Put a value in for an index that no sum in the expression binds."""
    if expr.has(sp.Derivative, sp.Subs):  # these hold the index as the variable of a function
        return expr.subs(index, value)
    return expr.xreplace({index: value})


def fresh_symbols(names: Iterable[str], *inputs: sp.Basic) -> list[sp.Symbol]:
    """Return integer symbols of these names, or others where the inputs use them already."""
    used = set(names_of(*inputs))
    symbols = []
    for wanted in names:
        name = next(name for name in _candidates(wanted) if name not in used)
        used.add(name)
        symbols.append(sp.Symbol(name, integer=True))
    return symbols


def readable(result: sp.Basic, *inputs: sp.Basic) -> sp.Basic:
    """Return ``result`` with a name for each bound dummy that nothing in the inputs goes by."""
    scopes = dict.fromkeys(_outermost_scopes(result))
    if not scopes:
        return result
    bound = {scope: list(dict.fromkeys(_bound_variables(scope))) for scope in scopes}
    taken = names_of(*inputs) | _names_in(result, {v for found in bound.values() for v in found})
    renamed: dict[frozenset[tuple[sp.Symbol, sp.Symbol]], dict[sp.Basic, sp.Basic]] = {}
    named = {}
    for scope, variables in bound.items():
        tick()
        names = _names(variables, taken)
        # sums of one kind share their entries: each is built anew once
        done = renamed.setdefault(frozenset(names.items()), dict(names))
        named[scope] = _rebuilt(scope, done)
    return result.xreplace(named)


def _names_in(result: sp.Basic, bound: set[sp.Symbol]) -> frozenset[str]:
    """Return the names in a result but for those of bound dummies; parts that recur are seen once.

    SymPy's ``free_symbols`` asks each sum for those of all in it, again and again.
    """
    names: set[str] = set()
    for node in nodes_of(result):
        if isinstance(node, sp.MatrixSymbol) or (
            isinstance(node, sp.Symbol) and not (node.is_Dummy and node in bound)
        ):
            names.add(node.name)
    return frozenset(names)


def _rebuilt(expr: sp.Basic, done: dict[sp.Basic, sp.Basic]) -> sp.Basic:
    """Return an expression with what is in ``done`` replaced, which grows by what was built."""
    found = done.get(expr)
    if found is None:
        args = [_rebuilt(arg, done) for arg in expr.args]
        changed = any(new is not old for new, old in zip(args, expr.args, strict=True))
        found = done[expr] = expr.func(*args) if changed else expr
    return found


def _outermost_scopes(expr: sp.Basic) -> Iterator[sp.Basic]:
    """Yield the nodes that bind variables, from the outside; parts that recur are seen once."""
    seen: set[int] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SCOPES):
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            waiting += node.args
            if isinstance(node, sp.MatrixBase):
                waiting += node.flat()


def _names(variables: Sequence[sp.Symbol], taken: frozenset[str]) -> dict[sp.Symbol, sp.Symbol]:
    """Name all the dummies bound in a scope and in those inside it, each differently."""
    used = set(taken) | {v.name for v in variables if not isinstance(v, sp.Dummy)}
    names: dict[sp.Symbol, sp.Symbol] = {}
    for variable in variables:
        if isinstance(variable, sp.Dummy):
            name = next(name for name in _candidates(variable.name) if name not in used)
            used.add(name)
            names[variable] = sp.Symbol(name, integer=variable.is_integer)
    return names


def _bound_variables(expr: sp.Basic) -> Iterator[sp.Symbol]:
    if isinstance(expr, _SCOPES):
        yield from expr.bound_symbols if isinstance(expr, sp.Lambda) else expr.variables
    for arg in expr.args:
        yield from _bound_variables(arg)


def _candidates(name: str) -> Iterable[str]:
    """Yield the name itself, then the usual letters, then the letters with a number."""
    yield name
    yield from LETTERS
    for number in count(1):
        yield from (f"{letter}_{number}" for letter in LETTERS)
