"""Text to SymPy for the command line: a grammar with error positions, nothing is evaluated.

The language: numbers, names, ``+ - * / ** ^``, parentheses, entries ``W[0,1]``, transposes ``W.T``
and inverses ``W.I``, and the functions tr (trace), det, hadamard, diag, diagonal, transpose,
sum(expression, i) over the whole range or sum(expression, i, 0, d-1). Names given as Haar matrices
are random, other capital names are constant d × d matrices, small names are scalars or indices, and
``I`` is the identity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix

from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError
from weingarten.symbols import HaarOrthogonal

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

__all__ = ["parse_expression"]

_GRAMMAR = r"""
?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: unary | product "*" unary -> mul | product "/" unary -> div
?unary: power | "-" unary -> neg | "+" unary
?power: postfix | postfix ("**" | "^") unary -> pow
?postfix: atom
    | postfix "." NAME -> attribute
    | postfix "[" sum "," sum "]" -> entry
?atom: NUMBER -> number
    | NAME "(" [sum ("," sum)*] ")" -> call
    | NAME -> name
    | "(" sum ")"
NAME: /[A-Za-z_][A-Za-z_0-9]*/
NUMBER: /\d+(\.\d+)?/
%ignore /\s+/
"""
_MAX_LENGTH = 10_000
_MAX_DEPTH = 200
_FUNCTIONS = "tr, trace, det, hadamard, diag, diagonal, transpose, sum"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415 - importing the package loads no parser

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


def parse_expression(
    text: str, *, d: Any = None, haar: Sequence[str] = ("W", "O"), sizes: Any = None
) -> sp.Expr:
    """Return the SymPy expression that a text such as ``"tr(W*A*W.T*B)**2"`` denotes.

    Parameters
    ----------
    text : str
        The expression; the module documentation gives the language.
    d : int or Expr, optional
        The dimension, the symbol d (a positive integer) by default.
    haar : sequence of str, optional
        The names that stand for Haar matrices.
    sizes : mapping, optional
        Sizes of Haar matrices that differ from ``d``, by name.

    Raises
    ------
    InvalidInputError
        With the position of what was not understood.

    Examples
    --------
    >>> parse_expression("tr(W*A*W.T)")
    Trace(W*A*W.T)
    >>> parse_expression("tr(W*)")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: text must be an expression; got ')' at column 6:
    tr(W*)
         ^; expected a name, a number or an opening parenthesis
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError(
            "text", "must be an expression", text, 'pass for instance "tr(W)**2"'
        )
    if len(text) > _MAX_LENGTH:
        raise InvalidInputError(
            "text",
            f"must be at most {_MAX_LENGTH} characters long",
            f"{len(text)} characters",
            "build long expressions with SymPy",
        )
    dimension = as_dimension(sp.Symbol("d", integer=True, positive=True) if d is None else d)
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415 - as above

    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None
    reader = _Reader(text, sp.sympify(dimension), tuple(haar), dict(sizes or {}))
    result = reader.read(tree, 0)
    if not isinstance(result, sp.Expr):
        raise InvalidInputError("text", "must be an expression", text, "write one expression")
    return result


class _At(str):
    """A piece of text that shows itself without quotes in messages."""

    def __repr__(self) -> str:
        return str(self)


def _error(text: str, line: int, column: int, got: str, remedy: str) -> InvalidInputError:
    shown = text.splitlines()[line - 1] if text.splitlines() else text
    pointer = f"{got} at column {column}:\n{shown}\n{' ' * (column - 1)}^"
    return InvalidInputError("text", "must be an expression", _At(pointer), remedy)


def _syntax_error(text: str, error: UnexpectedInput) -> InvalidInputError:
    from lark.exceptions import (  # noqa: PLC0415 - as above
        UnexpectedCharacters,
        UnexpectedEOF,
        UnexpectedToken,
    )

    if isinstance(error, UnexpectedCharacters):
        return _error(
            text,
            error.line,
            error.column,
            repr(text[error.pos_in_stream or 0]),
            "this character has no meaning here",
        )
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        wanted = (
            "expected a name, a number or an opening parenthesis"
            if "NAME" in error.expected
            else "expected an operator or a closing bracket"
        )
        return _error(text, error.line, error.column, repr(str(error.token)), wanted)
    assert isinstance(error, UnexpectedEOF | UnexpectedToken)
    lines = text.splitlines()
    return _error(
        text,
        len(lines),
        len(lines[-1]) + 1,
        "the end of the text",
        "close all brackets and complete the last operation",
    )


class _Reader:
    """Walk the parse tree and build SymPy nodes, checking shapes on the way."""

    def __init__(self, text: str, d: sp.Expr, haar: tuple[str, ...], sizes: dict[str, Any]) -> None:
        self.text = text
        self.d = d
        self.haar = haar
        self.sizes = sizes
        self.indices: set[str] = set()

    def fail(self, node: Tree[Any] | Token, got: str, remedy: str) -> InvalidInputError:
        meta = node if isinstance(node, str) else node.meta  # a token is a string
        return _error(self.text, meta.line or 1, meta.column or 1, got, remedy)

    def read(self, node: Tree[Any], depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise self.fail(node, "too many nested brackets", f"nest at most {_MAX_DEPTH} deep")
        rule: Callable[[Tree[Any], int], Any] = getattr(self, f"_{node.data}")
        try:
            return rule(node, depth + 1)
        except InvalidInputError as error:
            if error.argument == "text":
                raise
            raise self.fail(node, str(error), "correct this part") from None
        except (sp.ShapeError, TypeError, ValueError, IndexError) as error:
            raise self.fail(node, str(error), "check shapes and indices") from None

    def _both(self, node: Tree[Any], depth: int) -> list[Any]:
        return [self.read(child, depth) for child in node.children]

    def _number(self, node: Tree[Any], depth: int) -> sp.Expr:
        return sp.Rational(str(node.children[0]))

    def _name(self, node: Tree[Any], depth: int) -> sp.Expr:
        name = str(node.children[0])
        if name in self.haar:
            return HaarOrthogonal(name, self.sizes.get(name, self.d))
        if name == "d":
            return self.d
        if name == "I":
            return sp.Identity(self.d)
        if name[0].isupper():
            return sp.MatrixSymbol(name, self.d, self.d)
        if name in "ijklmn":
            return sp.Symbol(name, integer=True)
        return sp.Symbol(name)

    def _add(self, node: Tree[Any], depth: int) -> sp.Expr:
        return self._chain(node, depth)

    _sub = _mul = _div = _add

    def _chain(self, node: Tree[Any], depth: int) -> sp.Expr:
        """Read a left-nested chain such as a + b - c link by link: long sums need no recursion."""
        kinds = ("add", "sub") if node.data in ("add", "sub") else ("mul", "div")
        links: list[Tree[Any]] = []
        head: Tree[Any] = node
        while head.data in kinds:
            links.append(head)
            head = head.children[0]
        total = self.read(head, depth)
        for link in reversed(links):
            right = self.read(link.children[1], depth)
            try:
                total = self._joined(link, total, right)
            except (sp.ShapeError, TypeError, ValueError) as error:
                if isinstance(error, InvalidInputError):
                    raise
                raise self.fail(link, str(error), "check the shapes") from None
        return total

    def _joined(self, node: Tree[Any], left: Any, right: Any) -> Any:
        if node.data in ("add", "sub"):
            if left.is_Matrix != right.is_Matrix:
                raise self.fail(node, "a sum of a matrix and a scalar", "multiply the scalar by I")
            return left + right if node.data == "add" else left - right
        if node.data == "mul":
            return left * right
        if right.is_Matrix:
            raise self.fail(node, "division by a matrix", "multiply by the inverse, X.I")
        if right == 0:
            raise self.fail(node, "division by zero", "change the denominator")
        return left / right

    def _neg(self, node: Tree[Any], depth: int) -> sp.Expr:
        return -self.read(node.children[0], depth)

    def _pow(self, node: Tree[Any], depth: int) -> sp.Expr:
        base, exponent = self._both(node, depth)
        if not exponent.is_Integer:
            raise self.fail(node, f"exponent {exponent}", "use an integer exponent")
        if abs(int(exponent)) > 1000:
            raise self.fail(node, f"exponent {exponent}", "use an exponent of at most 1000")
        if base.is_Rational and max(abs(base.p), base.q).bit_length() * abs(int(exponent)) > 10**5:
            raise self.fail(node, "a number of too many digits", "use smaller numbers")
        return base**exponent

    def _attribute(self, node: Tree[Any], depth: int) -> sp.Expr:
        inner = self.read(node.children[0], depth)
        name = node.children[1]
        if not inner.is_Matrix or name not in ("T", "I"):
            raise self.fail(name, f".{name}", "a matrix has .T (transpose) and .I (inverse)")
        return inner.T if name == "T" else inner.I

    def _entry(self, node: Tree[Any], depth: int) -> sp.Expr:
        matrix, row, column = self._both(node, depth)
        if not matrix.is_Matrix:
            raise self.fail(node, f"an entry of the scalar {matrix}", "only matrices have entries")
        return matrix[row, column]

    def _call(self, node: Tree[Any], depth: int) -> sp.Expr:
        head, *children = node.children
        name = str(head)
        args = [self.read(child, depth) for child in children if child is not None]
        if name == "sum" and len(args) in (2, 4):
            body, index = args[:2]
            if not isinstance(index, sp.Symbol):
                raise self.fail(node, f"sum over {index}", "sum over an index such as i")
            lower, upper = args[2:] or (sp.Integer(0), self.d - 1)
            return sp.Sum(body, (index, lower, upper))
        matrices: dict[str, Callable[..., sp.Expr]] = {
            "tr": sp.Trace,
            "trace": sp.Trace,
            "det": sp.Determinant,
            "transpose": lambda m: m.T,
            "diagonal": DiagonalMatrix,
            "diag": DiagMatrix,
        }
        if name == "hadamard" and len(args) > 1 and all(a.is_Matrix for a in args):
            return sp.HadamardProduct(*args)
        if name in matrices and len(args) == 1 and args[0].is_Matrix:
            return matrices[name](args[0])
        if name in matrices or name in ("hadamard", "sum"):
            raise self.fail(head, f"{name} with these arguments", _USAGE[name])
        raise self.fail(head, f"the function {name}", f"known functions: {_FUNCTIONS}")


_USAGE = {
    "tr": "tr takes one matrix",
    "trace": "trace takes one matrix",
    "det": "det takes one matrix",
    "transpose": "transpose takes one matrix",
    "diagonal": "diagonal takes one matrix",
    "diag": "diag takes one vector",
    "hadamard": "hadamard takes two or more matrices",
    "sum": "write sum(expression, i) or sum(expression, i, lower, upper)",
}
