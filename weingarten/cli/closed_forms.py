"""Text to SymPy for closed forms: functions of named symbols, with error positions.

The language: numbers, ``pi``, ``E`` and ``EulerGamma``, the symbols that are handed in, ``+ - * /``
and powers ``**`` or ``^`` with any exponent, parentheses, and the functions of :data:`FUNCTIONS`.
Where a list of numbers is handed in under a name, ``lambda[k]`` is one of them, counted from 1, and
``sum(expression, i)`` goes over all of them; ``sum(expression, i, 1, L)`` goes from 1 to L. Nothing
is evaluated as Python.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from weingarten.budget import DEFAULT_MAX_COST, budgeted, tick
from weingarten.cli.declarations import Declarations
from weingarten.cli.grammar import tree_of
from weingarten.cli.parsing import Reader
from weingarten.errors import InvalidInputError

if TYPE_CHECKING:
    from lark import Token, Tree

__all__ = ["FUNCTIONS", "closed_form_value", "parse_closed_form"]

#: The functions by the names that SymPy prints, and by those that people write.
FUNCTIONS: Mapping[str, Callable[..., sp.Expr]] = MappingProxyType(
    {
        "sqrt": sp.sqrt,
        "exp": sp.exp,
        "log": sp.log,
        "ln": sp.log,
        "abs": sp.Abs,
        "Abs": sp.Abs,
        "gamma": sp.gamma,
        "loggamma": sp.loggamma,
        "digamma": sp.digamma,
        "psi": sp.digamma,
        "polygamma": sp.polygamma,
        "harmonic": sp.harmonic,
        "factorial": sp.factorial,
        "binomial": sp.binomial,
        "KroneckerDelta": sp.KroneckerDelta,
    }
)
_TWO = ("polygamma", "binomial", "KroneckerDelta")
_CONSTANTS = {"pi": sp.pi, "E": sp.E, "EulerGamma": sp.EulerGamma}
#: Functions whose values at integers have about as many digits as the integer is large.
_LONG = (sp.gamma, sp.loggamma, sp.polygamma, sp.harmonic, sp.factorial, sp.binomial)
_LARGEST = 10_000
_MAX_BITS = 100_000
_MAX_TERMS = 100_000
_TERMS = "at most 100000 terms are summed"


@budgeted
def parse_closed_form(
    text: str,
    symbols: Mapping[str, sp.Expr],
    *,
    spectrum: str = "",
    functions: Mapping[str, Callable[..., sp.Expr]] = MappingProxyType({}),
    max_cost: float | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    """Return the SymPy expression that a text such as ``"(1 - 1/d)*(d/(d + 2))**L"`` denotes.

    Parameters
    ----------
    text : str
        The expression; the module documentation gives the language.
    symbols : mapping
        What each name stands for.
    spectrum : str, optional
        The name of a list of as many numbers as ``d`` says: ``"lambda"`` for ``lambda[k]``.
    functions : mapping, optional
        What further functions, by their names, make of their arguments.
    max_cost : float or None, optional
        Stop when reading takes longer than this many seconds; None never stops.

    Raises
    ------
    InvalidInputError
        With the position of what was not understood; of names, the near ones.
    CostLimitError
        If reading takes longer than ``max_cost`` allows.

    Examples
    --------
    >>> d, depth = sp.symbols("d L")
    >>> parse_closed_form("(d/(d + 2))^L", {"d": d, "L": depth, "depth": depth})
    (d/(d + 2))**L
    >>> parse_closed_form("2/(x + 2)", {"d": d})
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: text must be an expression; got x at column 4:
    2/(x + 2)
       ^; known symbols: d
    """
    tree = tree_of(text, 'pass for instance "1 - 1/d"')
    return _Reader(text, symbols, spectrum, functions).read(tree, 0)


class _Reader(Reader):
    """Walk the parse tree and build numbers: no matrices."""

    def __init__(
        self,
        text: str,
        symbols: Mapping[str, sp.Expr],
        spectrum: str,
        functions: Mapping[str, Callable[..., sp.Expr]],
    ) -> None:
        super().__init__(text, Declarations(sp.Symbol("d"), {}, {}))
        self.symbols = symbols
        self.spectrum = spectrum
        self.functions = functions
        self.bound: list[sp.Symbol] = []

    def _name(self, node: Tree[Any], depth: int) -> sp.Expr:
        name = str(node.children[0])
        for index in reversed(self.bound):
            if index.name == name:
                return index
        if name in self.symbols:
            return self.symbols[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name == self.spectrum:
            raise self.fail(node, f"{name} without an index", f"write {name}[k], counted from 1")
        if name in FUNCTIONS:
            raise self.fail(node, f"{name} without arguments", f"write {name}(...)")
        raise self.fail(node, name, _near(name, self.symbols, "symbols"))

    def _attribute(self, node: Tree[Any], depth: int) -> sp.Expr:
        raise self.fail(node.children[1], f".{node.children[1]}", "there are no matrices here")

    def _entry(self, node: Tree[Any], depth: int) -> sp.Expr:
        raise self.fail(node, "two indices", "there are no matrices here")

    def _item(self, node: Tree[Any], depth: int) -> sp.Expr:
        head, index = node.children
        if head.data != "name" or not self.spectrum or head.children[0] != self.spectrum:
            listed = f"only {self.spectrum} has an index" if self.spectrum else "nothing has one"
            raise self.fail(node, "an index", listed)
        return sp.Indexed(sp.IndexedBase(self.spectrum), self.read(index, depth))

    def _pow(self, node: Tree[Any], depth: int) -> sp.Expr:
        base, exponent = self._both(node, depth)
        return self._defined(node, _power(base, exponent))

    def _call(self, node: Tree[Any], depth: int) -> sp.Expr:
        head, *given = node.children
        name, children = str(head), [child for child in given if child is not None]
        if name == "sum":
            return self._sum(head, children, depth)
        if name in self.functions:
            return self.functions[name](*(self.read(child, depth) for child in children))
        if name not in FUNCTIONS:
            known = {**FUNCTIONS, **self.functions}
            raise self.fail(head, f"the function {name}", _near(name, known, "functions"))
        wanted = 2 if name in _TWO else 1
        if len(children) != wanted:
            words = "one argument" if wanted == 1 else "two arguments"
            raise self.fail(head, f"{name} of {len(children)} arguments", f"{name} takes {words}")
        args = [self.read(child, depth) for child in children]
        return self._defined(node, _applied(FUNCTIONS[name], args))

    def _sum(self, head: Tree[Any] | Token, children: list[Tree[Any]], depth: int) -> sp.Expr:
        usage = "write sum(expression, i, lower, upper)"
        if self.spectrum:
            usage = f"write sum({self.spectrum}[i]**2, i) or sum(expression, i, lower, upper)"
        if len(children) not in ((2, 4) if self.spectrum else (4,)):
            raise self.fail(head, f"sum of {len(children)} arguments", usage)
        body, index, *limits = children
        if index.data != "name":
            raise self.fail(index, "no index", usage)
        lower, upper = [self.read(limit, depth) for limit in limits] or (sp.Integer(1), self.d)
        # a symbol of its own: what is summed over may have the name of a symbol
        symbol = sp.Dummy(str(index.children[0]), integer=True)
        self.bound.append(symbol)
        summand = self.read(body, depth)
        self.bound.pop()
        return sp.Sum(summand, (symbol, lower, upper))

    def _defined(self, node: Tree[Any], value: sp.Expr) -> sp.Expr:
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            raise self.fail(node, "an undefined value", "change the argument")
        return value


def _near(name: str, known: Mapping[str, object], what: str) -> str:
    near = [other for other in known if other.casefold() == name.casefold()]
    near = near or difflib.get_close_matches(name, known, n=2)
    return f"did you mean {' or '.join(near)}?" if near else f"known {what}: {', '.join(known)}"


def _error(constraint: str, value: object, remedy: str) -> InvalidInputError:
    return InvalidInputError("expr", constraint, value, remedy)


def _power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """Return a power, unless it is a number of too many digits."""
    if base.is_Rational and exponent.is_Rational:
        bits = max(abs(base.p), base.q).bit_length() * abs(exponent)
        if bits > _MAX_BITS:
            raise _error("must have powers of fewer digits", exponent, "use a smaller exponent")
    return base**exponent


def _applied(function: Callable[..., sp.Expr], args: list[sp.Expr]) -> sp.Expr:
    """Return the value of a function, unless it is a number of too many digits."""
    if function in (*_LONG, sp.digamma):
        for arg in args:
            if arg.is_number and arg.is_extended_real and abs(arg) > _LARGEST:
                raise _error(f"must have arguments up to {_LARGEST}", arg, "use smaller arguments")
    return function(*args)


@budgeted
def closed_form_value(
    expr: sp.Expr,
    value_of: Callable[[sp.Symbol], sp.Expr],
    spectrum: Callable[[int], sp.Expr] | None = None,
    *,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    """Return the number that a closed form is at given values: exact for exact ones.

    Parameters
    ----------
    expr : sympy.Expr
        As :func:`parse_closed_form` returns it.
    value_of : callable
        Returns the number that a symbol, or an undefined function, stands for, or raises.
    spectrum : callable, optional
        Returns number k of the list, counted from 1.
    max_cost : float or None, optional
        Stop when it takes longer than this many seconds; None never stops.

    Raises
    ------
    InvalidInputError
        If it is no finite real number, or one of too many digits.

    Examples
    --------
    >>> expr = parse_closed_form("sum(lambda[k]**2, k)/d", {"d": sp.Symbol("d")}, spectrum="lambda")
    >>> closed_form_value(expr, {sp.Symbol("d"): sp.Integer(2)}.__getitem__, lambda k: k)
    5/2
    """
    value = _Valuer(value_of, spectrum).value(expr, {})
    try:
        fine = not value.free_symbols and value.is_real is not False
        fine = fine and float(value) - float(value) == 0
    except (OverflowError, TypeError):
        fine = False
    if not fine:
        # a number may have more digits than Python writes
        shown = sp.N(value, 5) if value.is_Rational else value
        raise _error("must be a finite real number at these values", shown, "choose other values")
    return value


class _Valuer:
    """Walk an expression from its leaves, so that no number grows unseen."""

    def __init__(
        self,
        value_of: Callable[[sp.Symbol], sp.Expr],
        spectrum: Callable[[int], sp.Expr] | None,
    ) -> None:
        self.value_of = value_of
        self.spectrum = spectrum

    def value(self, expr: sp.Expr, bound: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        tick()
        if expr in bound:
            return bound[expr]
        if isinstance(expr, sp.Symbol | AppliedUndef):
            return sp.sympify(self.value_of(expr))
        if isinstance(expr, sp.Sum):
            return self._sum(expr, bound)
        if isinstance(expr, sp.Indexed):
            index = self._integer(expr.indices[0], bound)
            if self.spectrum is None:
                raise _error("must have no index", expr, "there is no list of numbers")
            return sp.sympify(self.spectrum(index))
        if not isinstance(expr, sp.Expr) or isinstance(expr, ExprWithLimits):
            raise _error("must be a closed form", expr, "write sums, powers and functions")
        if not expr.args:
            return expr
        args = [self.value(arg, bound) for arg in expr.args]
        if expr.is_Pow:
            return _power(*args)
        return _applied(expr.func, args)

    def _integer(self, expr: sp.Expr, bound: Mapping[sp.Symbol, sp.Expr]) -> int:
        found = self.value(expr, bound)
        if not found.is_Integer:
            raise _error("must have integers as indices and limits", found, "change it")
        return int(found)

    def _sum(self, expr: sp.Expr, bound: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        symbol, *limits = expr.limits[-1]
        if len(limits) != 2:
            raise _error("must have sums with both limits", expr, "write them out")
        # the last index is the outer one
        inner = expr.limits[:-1]
        summand = sp.Sum(expr.function, *inner) if inner else expr.function
        lower, upper = (self._integer(limit, bound) for limit in limits)
        if upper - lower >= _MAX_TERMS:
            raise _error("must have shorter sums", upper - lower + 1, _TERMS)
        return sp.Add(
            *(
                self.value(summand, {**bound, symbol: sp.Integer(number)})
                for number in range(lower, upper + 1)
            )
        )
