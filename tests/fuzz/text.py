"""Names in expressions: which are free, whether bound ones differ, and text read back."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.printing.repr import ReprPrinter
from sympy.stats.rv import RandomSymbol

from weingarten import HaarOrthogonal

__all__ = ["as_code", "confused_names", "free_names", "read_text"]


def free_names(expr: sp.Basic, bound: frozenset[sp.Basic] = frozenset()) -> set[sp.Basic]:
    """Return the symbols and matrices that occur free, the sizes of matrices included."""
    if isinstance(expr, RandomSymbol) and not isinstance(expr, sp.MatrixSymbol):
        return set()
    if isinstance(expr, sp.Symbol):
        return set() if expr in bound else {expr}
    found: set[sp.Basic] = set()
    if isinstance(expr, sp.MatrixSymbol):
        found.add(expr)
    for scope, part in _scopes(expr):
        found |= free_names(part, bound | scope)
    return found


def _scopes(expr: sp.Basic) -> list[tuple[frozenset[sp.Basic], sp.Basic]]:
    """Return the parts of a node, each with the symbols that the node binds in it."""
    if isinstance(expr, sp.Lambda):
        return [(frozenset(expr.variables), expr.expr)]
    if isinstance(expr, sp.Sum | sp.Product):
        parts, inside = [], frozenset[sp.Basic]()
        for variable, *bounds in reversed(expr.limits):
            parts += [(inside, bound) for bound in bounds]
            inside |= {variable}
        return [*parts, (inside, expr.function)]
    return [(frozenset(), arg) for arg in expr.args]


def confused_names(expr: sp.Basic) -> list[str]:
    """Return what a reader of the text would mistake: a bound name that means something else too.

    Where something is bound, no other symbol of that name may occur inside, free or bound.
    """
    found = []
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Lambda):
            variables, inside = list(node.variables), node.expr
        elif isinstance(node, sp.Sum | sp.Product):
            variables, inside = node.variables, node.function
        else:
            continue
        if len({str(v) for v in variables}) < len(variables):
            found.append(f"{variables} are bound together")
        for variable in variables:
            others = {
                s
                for s in (*inside.atoms(sp.Symbol), *inside.atoms(sp.MatrixSymbol))
                if s != variable and str(s) == str(variable)
            }
            rebound = [
                n
                for n in sp.preorder_traversal(inside)
                if isinstance(n, sp.Sum | sp.Lambda) and variable in n.variables
            ]
            if others or rebound:
                found.append(f"{variable} is bound where {others or rebound} is inside")
    return found


# text read back ---------------------------------------------------------------------------

_FUNCTIONS = {
    "Trace": sp.Trace, "KroneckerDelta": sp.KroneckerDelta, "Determinant": sp.Determinant,
    "conjugate": sp.conjugate, "Adjoint": sp.Adjoint, "sqrt": sp.sqrt, "Abs": sp.Abs,
    "DiagonalOf": DiagonalOf, "DiagMatrix": DiagMatrix, "DiagonalMatrix": DiagonalMatrix,
}  # fmt: skip
_OPERATIONS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


class _UnreadableError(Exception):
    """The text uses notation that does not say all, such as I for an identity."""


def read_text(expr: sp.Expr) -> sp.Expr | None:
    """Return a scalar as a reader of its text understands it; None where text cannot say it."""
    names: dict[str, sp.Basic] = {}
    for symbol in free_names(expr):
        if names.setdefault(str(symbol), symbol) != symbol:
            return None
    if "I" in names or expr.atoms(sp.Identity, sp.HadamardProduct, sp.MatrixBase):
        return None
    if expr.atoms(sp.OneMatrix, sp.ZeroMatrix, sp.FunctionMatrix, sp.Piecewise):
        return None
    try:
        return _built(ast.parse(str(expr), mode="eval").body, names)
    except (SyntaxError, TypeError, _UnreadableError):  # names clash: confused_names says which
        return None


def _built(node: ast.expr, names: Mapping[str, sp.Basic]) -> sp.Basic:
    match node:
        case ast.Constant(value=int(number)):
            return sp.Integer(number)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_built(inner, names)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_built(left, names), _built(right, names))
        case ast.Name(id="I"):
            return sp.I
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Attribute(value=inner, attr="T"):
            return sp.Transpose(_built(inner, names))
        case ast.Subscript(value=matrix, slice=ast.Tuple(elts=[row, column])):
            if isinstance(row, ast.Slice) or isinstance(column, ast.Slice):
                raise _UnreadableError
            return MatrixElement(_built(matrix, names), _built(row, names), _built(column, names))
        case ast.Call(func=ast.Name(id="Sum"), args=[body, *limits]):
            return _sum(body, limits, names)
        case ast.Call(func=ast.Name(id=name), args=args) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_built(arg, names) for arg in args))
    raise _UnreadableError


def _sum(body: ast.expr, limits: list[ast.expr], names: Mapping[str, sp.Basic]) -> sp.Sum:
    """Read a sum: the last limit is the outermost, and its variable is new from there on."""
    inside, read = dict(names), []
    for limit in reversed(limits):
        if not isinstance(limit, ast.Tuple) or not isinstance(limit.elts[0], ast.Name):
            raise _UnreadableError
        bounds = [_built(bound, inside) for bound in limit.elts[1:]]
        name = limit.elts[0].id
        inside[name] = sp.Dummy(name, integer=True)
        read.append((inside[name], *bounds))
    return sp.Sum(_built(body, inside), *reversed(read))


# reproductions ----------------------------------------------------------------------------


_VARIABLES = {
    "NormalDistribution": 'sympy.stats.Normal("X", 1, 2)',
    "BernoulliDistribution": 'sympy.stats.Bernoulli("Y", Rational(1, 3))',
}


class _Code(ReprPrinter):
    """Python text that builds an expression again, its symbols named beforehand."""

    def __init__(self, names: Mapping[sp.Basic, str]) -> None:
        super().__init__()
        self.known = names

    def _print(self, expr: object, **kwargs: object) -> str:
        if isinstance(expr, sp.Basic) and expr in self.known:
            return self.known[expr]
        if type(expr) is MatrixElement:
            return f"MatrixElement({', '.join(map(self._print, expr.args))})"
        if isinstance(expr, MatrixElement):
            parent, row, column = map(self._print, expr.args)
            return f"{parent}[{row}, {column}]"
        if isinstance(expr, RandomSymbol):
            return _VARIABLES[type(expr.pspace.distribution).__name__]
        if isinstance(expr, sp.Integer):
            return f"S({int(expr)})" if expr < 0 else str(int(expr))
        return super()._print(expr, **kwargs)


def as_code(*exprs: sp.Basic) -> tuple[list[str], list[str]]:
    """Return lines that define the symbols, and text that builds each expression from them."""
    symbols = sorted({s for e in exprs for s in e.atoms(sp.Symbol)}, key=sp.srepr)
    matrices = sorted({s for e in exprs for s in e.atoms(sp.MatrixSymbol)}, key=sp.srepr)
    used: Counter[str] = Counter()
    names: dict[sp.Basic, str] = {}
    lines = []
    for symbol in [*symbols, *matrices]:
        printer = _Code(names)
        used[symbol.name] += 1
        name = symbol.name + ("" if used[symbol.name] == 1 else f"_{used[symbol.name]}")
        if isinstance(symbol, HaarOrthogonal):
            text = f"HaarOrthogonal({symbol.name!r}, {printer.doprint(symbol.dimension)})"
        elif isinstance(symbol, sp.MatrixSymbol):
            shape = ", ".join(printer.doprint(side) for side in symbol.shape)
            text = f"MatrixSymbol({symbol.name!r}, {shape})"
        else:
            text = sp.srepr(symbol)
        names[symbol] = name
        lines.append(f"{name} = {text}")
    return lines, [_Code(names).doprint(expr) for expr in exprs]
