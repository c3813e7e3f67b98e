"""Text to SymPy for the command line: a grammar with error positions, nothing is evaluated.

The language: numbers, names, ``+ - * / ** ^``, parentheses, entries ``W[0,1]``, transposes ``W.T``,
inverses ``W.I``, adjoints ``U.H`` and conjugates ``U.C``, and the functions tr (trace), det,
hadamard, diagonal, transpose, adjoint, conj (conjugate), abs, re, im, sum(expression, i) over the
whole range or sum(expression, i, 0, d-1). Names given as random matrices are random, other capital
names are constant d × d matrices, small names are scalars or indices, and ``I`` is the identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from weingarten.budget import DEFAULT_MAX_COST, budgeted, tick
from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError
from weingarten.symbols.circular import CircularOrthogonal, CircularSymplectic
from weingarten.symbols.gaussian import GaussianMatrix, GaussianOrthogonal, GaussianUnitary
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.permutation import RandomPermutation
from weingarten.symbols.points import UniformSphere
from weingarten.symbols.random_matrices import RandomMatrix
from weingarten.symbols.special import SpecialOrthogonal, SpecialUnitary
from weingarten.symbols.symplectic import HaarSymplectic
from weingarten.symbols.unitary import HaarUnitary
from weingarten.wording import told_apart

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

__all__ = ["Reader", "parse_expression", "tree_of"]

#: From name and size to the random matrix that each name stands for.
Laws = dict[str, Callable[[str, Any], RandomMatrix]]

#: The laws by the words of ``random`` and of ``--random``.
_LAWS: Laws = {
    "orthogonal": HaarOrthogonal,
    "unitary": HaarUnitary,
    "symplectic": HaarSymplectic,
    "special-orthogonal": SpecialOrthogonal,
    "special-unitary": SpecialUnitary,
    "circular-orthogonal": CircularOrthogonal,
    "circular-symplectic": CircularSymplectic,
    "gaussian": lambda name, d: GaussianMatrix(name, d, d),
    "complex-gaussian": lambda name, d: GaussianMatrix(name, d, d, field="complex"),
    "gaussian-orthogonal": GaussianOrthogonal,
    "gaussian-unitary": GaussianUnitary,
    "permutation": RandomPermutation,
    "sphere": UniformSphere,
}

_GRAMMAR = r"""
?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> sub
?product: unary | product "*" unary -> mul | product "/" unary -> div
?unary: power | "-" unary -> neg | "+" unary
?power: postfix | postfix ("**" | "^") unary -> pow
?postfix: atom
    | postfix "." NAME -> attribute
    | postfix "[" sum "," sum "]" -> entry
    | postfix "[" sum "]" -> item
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
_MAX_DIGITS = 1000
_MAX_BITS = 100_000
_SHOWN = 30  # characters of the text on both sides of the place of an error


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415 - importing the package loads no parser

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


@budgeted
def parse_expression(
    text: str,
    *,
    d: Any = None,
    haar: Sequence[str] = ("W", "O"),
    unitary: Sequence[str] = (),
    random: Mapping[str, str] | None = None,
    sizes: Any = None,
    max_cost: float | None = DEFAULT_MAX_COST,
) -> sp.Expr:
    """Return the SymPy expression that a text such as ``"tr(W*A*W.T*B)**2"`` denotes.

    Parameters
    ----------
    text : str
        The expression; the module documentation gives the language.
    d : int or Expr, optional
        The dimension, the symbol d (a positive integer) by default.
    haar : sequence of str, optional
        The names that stand for Haar orthogonal matrices.
    unitary : sequence of str, optional
        The names that stand for Haar unitary matrices, if any.
    random : mapping, optional
        Laws of further names: ``"orthogonal"``, ``"unitary"``, ``"symplectic"``,
        ``"special-orthogonal"``, ``"special-unitary"``, ``"circular-orthogonal"``,
        ``"circular-symplectic"``, ``"gaussian"``, ``"complex-gaussian"``,
        ``"gaussian-orthogonal"``, ``"gaussian-unitary"``, ``"permutation"`` or ``"sphere"``.
    sizes : mapping, optional
        Sizes of Haar matrices that differ from ``d``, by name.
    max_cost : float or None, optional
        Stop when reading takes longer than this many seconds; None never stops.

    Raises
    ------
    InvalidInputError
        With the position of what was not understood.
    CostLimitError
        If reading takes longer than ``max_cost`` allows.

    Examples
    --------
    >>> parse_expression("tr(W*A*W.T)")
    Trace(W*A*W.T)
    >>> parse_expression("tr(U*A*U.H)*conj(U[0,0])", unitary=["U"])
    conjugate(U[0, 0])*Trace(U*A*Adjoint(U))
    >>> parse_expression("tr(H**4)", random={"H": "gaussian-unitary"})
    Trace(H**4)
    >>> parse_expression("tr(W*)")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: text must be an expression; got ')' at column 6:
    tr(W*)
         ^; expected a name, a number or an opening parenthesis
    """
    laws = _laws(haar, unitary, random)
    dimension = as_dimension(sp.Symbol("d", integer=True, positive=True) if d is None else d)
    tree = tree_of(text, 'pass for instance "tr(W)**2"')
    reader = Reader(text, sp.sympify(dimension), laws, _sizes(sizes, tuple(laws)))
    result = reader.read(tree, 0)
    if not isinstance(result, sp.Expr):
        raise InvalidInputError("text", "must be an expression", text, "write one expression")
    return result


def tree_of(text: str, remedy: str) -> Tree[Any]:
    """Return the parse tree of a text, which no one has given a meaning yet.

    Raises
    ------
    InvalidInputError
        With the position of what is not in the grammar; with ``remedy`` if there is no text.
    """
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError("text", "must be an expression", text, remedy)
    if len(text) > _MAX_LENGTH:
        raise InvalidInputError(
            "text",
            f"must be at most {_MAX_LENGTH} characters long",
            f"{len(text)} characters",
            "build long expressions with SymPy",
        )
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415 - as above

    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None


def _laws(haar: Any, unitary: Any, random: Any) -> Laws:
    """Return the random matrix that each name stands for; what is unitary is not orthogonal."""
    orthogonal = _names(haar, "haar", "W and O") or _names((haar,), "haar", "W and O")
    others = _names(unitary, "unitary", "U and V")
    laws: Laws = dict.fromkeys(orthogonal, HaarOrthogonal)
    laws |= dict.fromkeys(others, HaarUnitary)
    if not isinstance(random, Mapping | None):
        raise InvalidInputError(
            "random",
            "must map names to laws",
            random,
            'pass for instance {"H": "gaussian-unitary"}',
        )
    for name in _names(tuple(random or ()), "random", "H and G"):
        laws[name] = _law(name, (random or {})[name])
    return laws


def _law(name: str, words: Any) -> Callable[[str, Any], RandomMatrix]:
    if not isinstance(words, str) or words not in _LAWS:
        near = get_close_matches(str(words), _LAWS, n=1)
        raise InvalidInputError(
            "random",
            f"must give {name} one of the laws {', '.join(_LAWS)}",
            words,
            f"did you mean {near[0]}?" if near else 'pass for instance "unitary"',
        )
    return _LAWS[words]


def _names(given: Any, argument: str, such_as: str) -> tuple[str, ...]:
    several = isinstance(given, Iterable) and not isinstance(given, str)
    names = tuple(given) if several else (given,)
    for name in names:
        known = isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", name)
        if not known or name in ("d", "I", *_USAGE):
            raise InvalidInputError(
                argument,
                f"must be names other than d, I, {', '.join(_USAGE)}",
                name,
                f"choose names such as {such_as}, one for each matrix",
            )
    return names


def _sizes(sizes: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(sizes, Mapping | None) or not set(sizes or {}) <= set(names):
        raise InvalidInputError(
            "sizes", f"must map names of Haar matrices, {', '.join(names)}", sizes, 'pass {"W": 3}'
        )
    return {name: as_dimension(size, "sizes") for name, size in (sizes or {}).items()}


def _size(part: Any, side: int = 0) -> Any:
    """Return the number of rows (0) or columns (1) of a matrix, None for a scalar."""
    return part.shape[side] if part.is_Matrix else None


class _At(str):
    """A piece of text that shows itself without quotes in messages."""

    def __repr__(self) -> str:
        return str(self)


def _error(text: str, line: int, column: int, got: str, remedy: str) -> InvalidInputError:
    shown = text.splitlines()[line - 1] if text.splitlines() else text
    start = max(column - 1 - _SHOWN, 0)
    before = "… " if start else ""
    after = " …" if column + _SHOWN < len(shown) else ""
    pointer = f"{before}{shown[start : column + _SHOWN]}{after}"
    place = f"line {line}, column {column}" if line > 1 else f"column {column}"
    got = got if len(got) <= 2 * _SHOWN else f"{got[: 2 * _SHOWN]}…"
    pointer = f"{got} at {place}:\n{pointer}\n{' ' * (column - 1 - start + len(before))}^"
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
            _NO_MEANING.get(text[error.pos_in_stream or 0], "this character has no meaning here"),
        )
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        if "NAME" in error.expected:
            wanted = "expected a name, a number or an opening parenthesis"
        else:
            wanted = "expected an operator or a closing bracket"
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


def _bits(value: sp.Expr) -> int:
    """Return the length of the number in front of an expression, in bits."""
    number = value.as_coeff_matrices()[0] if value.is_MatMul else value.as_coeff_Mul()[0]
    return max(abs(number.p), number.q).bit_length() if number.is_Rational else 0


class Reader:
    """Walk the parse tree and build SymPy nodes, checking shapes on the way."""

    def __init__(self, text: str, d: sp.Expr, laws: Laws, sizes: dict[str, Any]) -> None:
        self.text = text
        self.d = d
        self.laws = laws
        self.sizes = sizes
        self.indices: set[str] = set()

    def fail(self, node: Tree[Any] | Token, got: str, remedy: str) -> InvalidInputError:
        """Return an error at the place of a node."""
        meta = node if isinstance(node, str) else node.meta  # a token is a string
        return _error(self.text, meta.line or 1, meta.column or 1, got, remedy)

    def misfit(self, node: Tree[Any], error: InvalidInputError) -> InvalidInputError:
        """Return an error of the package as one at a place of the text."""
        constraint = f"{error.argument} {error.constraint}: {error.remedy}"
        return self.fail(node, str(error.value), constraint)

    def read(self, node: Tree[Any], depth: int) -> Any:
        """Return what a node means, so deep inside the text."""
        tick()
        if depth > _MAX_DEPTH:
            raise self.fail(node, "too many nested brackets", f"nest at most {_MAX_DEPTH} deep")
        rule: Callable[[Tree[Any], int], Any] = getattr(self, f"_{node.data}")
        try:
            return rule(node, depth + 1)
        except InvalidInputError as error:
            if error.argument == "text":
                raise
            raise self.misfit(node, error) from None

    def _both(self, node: Tree[Any], depth: int) -> list[Any]:
        return [self.read(child, depth) for child in node.children]

    def _number(self, node: Tree[Any], depth: int) -> sp.Expr:
        digits = str(node.children[0])
        if len(digits) > _MAX_DIGITS:
            raise self.fail(node, "a number of too many digits", f"use at most {_MAX_DIGITS}")
        return sp.Rational(digits)

    def _name(self, node: Tree[Any], depth: int) -> sp.Expr:
        name = str(node.children[0])
        if name in self.laws:
            return self.laws[name](name, self.sizes.get(name, self.d))
        if name == "d":
            return self.d
        if name == "I":
            return sp.Identity(self.d)
        if name in _USAGE:
            raise self.fail(node, f"{name} without arguments", _USAGE[name])
        if name[0].isupper():
            if any(re.fullmatch(rf"{law}_?\d+(_\d+)?", name) for law in self.laws):
                raise self.fail(
                    node,
                    f"the constant matrix {name}",
                    "write entries of a random matrix as W[0,0], counted from 0, and name a "
                    "constant otherwise",
                )
            return sp.MatrixSymbol(name, self.d, self.d)
        if name in "ijklmn":
            return sp.Symbol(name, integer=True)
        return sp.Symbol(name)

    def _add(self, node: Tree[Any], depth: int) -> sp.Expr:
        return self._chain(node, depth)

    _sub = _mul = _div = _add

    def _chain(self, node: Tree[Any], depth: int) -> sp.Expr:
        """Read a left-nested chain such as a + b - c in one go: long ones need no recursion."""
        adds = node.data in ("add", "sub")
        links: list[Tree[Any]] = []
        head: Tree[Any] = node
        while head.data in (("add", "sub") if adds else ("mul", "div")):
            links.append(head)
            head = head.children[0]
        parts = [self.read(head, depth)]
        size = _size(parts[0], not adds)
        for link in reversed(links):
            part = self.read(link.children[1], depth)
            self._check_link(link, size, part)
            if part.is_Matrix and not adds:
                size = _size(part, 1)
            if link.data in ("sub", "div"):
                part = -part if adds else 1 / part
            parts.append(part)
        self._check_bits(node, sum(map(_bits, parts)))
        if size is None:
            return (sp.Add if adds else sp.Mul)(*parts)
        return (sp.MatAdd if adds else sp.MatMul)(*parts).doit(deep=False)

    def _check_link(self, node: Tree[Any], size: Any, part: Any) -> None:
        """Check that a part fits what stands before it, of this size if it is a matrix."""
        place = node.children[1]
        if node.data == "div":
            if part.is_Matrix:
                raise self.fail(place, "division by a matrix", "multiply by the inverse, X.I")
            if part == 0:
                raise self.fail(place, "division by zero", "change the denominator")
        elif node.data != "mul" and (size is None) == bool(part.is_Matrix):
            raise self.fail(place, "a sum of a matrix and a scalar", "multiply the scalar by I")
        if None not in (size, _size(part)) and size != _size(part):
            sizes = " and ".join(told_apart(size, _size(part)))
            raise self.fail(place, "another size", f"the sizes {sizes} have to be equal")

    def _check_bits(self, node: Tree[Any], bits: int) -> None:
        if bits > _MAX_BITS:
            raise self.fail(node, "a number of too many digits", "use smaller numbers")

    def _neg(self, node: Tree[Any], depth: int) -> sp.Expr:
        return -self.read(node.children[0], depth)

    def _pow(self, node: Tree[Any], depth: int) -> sp.Expr:
        base, exponent = self._both(node, depth)
        place = node.children[1]
        if not exponent.is_Integer:
            raise self.fail(place, f"exponent {exponent}", "use an integer exponent")
        if abs(int(exponent)) > 1000:
            raise self.fail(place, f"exponent {exponent}", "use an exponent of at most 1000")
        if base == 0 and exponent < 0:
            raise self.fail(node, "division by zero", "change the denominator")
        self._check_bits(node, _bits(base) * abs(int(exponent)))
        return base**exponent

    def _attribute(self, node: Tree[Any], depth: int) -> sp.Expr:
        inner = self.read(node.children[0], depth)
        name = node.children[1]
        rules = _OF_A_MATRIX if inner.is_Matrix else _OF_A_SCALAR
        if str(name) not in rules:
            remedy = "a matrix has .T (transpose), .I (inverse), .H (adjoint) and .C (conjugate)"
            raise self.fail(name, f".{name}", remedy)
        return rules[str(name)](inner)

    def _entry(self, node: Tree[Any], depth: int) -> sp.Expr:
        matrix, row, column = self._both(node, depth)
        if not matrix.is_Matrix:
            raise self.fail(node, f"an entry of the scalar {matrix}", "only matrices have entries")
        try:
            return matrix[row, column]
        except InvalidInputError as error:
            place = node.children[2 if error.argument.startswith("column") else 1]
            raise self.misfit(place, error) from None

    def _item(self, node: Tree[Any], depth: int) -> sp.Expr:
        place = (node.meta.end_line, node.meta.end_column - 1)
        raise _error(self.text, *place, repr("]"), "an entry has two indices, as in W[0,1]")

    def _call(self, node: Tree[Any], depth: int) -> sp.Expr:
        head, *children = node.children
        name = str(head)
        args = [self.read(child, depth) for child in children if child is not None]
        if name == "sum" and len(args) in (2, 4):
            body, index = args[:2]
            if not isinstance(index, sp.Symbol):
                raise self.fail(node, f"sum over {index}", "sum over an index such as i")
            lower, upper = args[2:] or (sp.Integer(0), self.d - 1)
            if body.is_Matrix or lower.is_Matrix or upper.is_Matrix:
                raise self.fail(node, "a sum of matrices over an index", "sum entries or traces")
            if sp.expand(upper - lower).is_negative:
                raise self.fail(
                    node, f"a sum from {lower} to {upper}", "give the lower limit first"
                )
            return sp.Sum(body, (index, lower, upper))
        if name not in _USAGE:
            raise self.fail(head, f"the function {name}", f"known functions: {', '.join(_USAGE)}")
        if name == "hadamard" and len(args) > 1 and all(a.is_Matrix for a in args):
            if len({a.shape for a in args}) == 1:
                return sp.HadamardProduct(*args).doit(deep=False)
        elif name in _OF_ONE_MATRIX and len(args) == 1 and args[0].is_Matrix:
            return _OF_ONE_MATRIX[name](args[0])
        elif name in _OF_ONE_SCALAR and len(args) == 1 and not args[0].is_Matrix:
            return _OF_ONE_SCALAR[name](args[0])
        raise self.fail(head, f"{name} with these arguments", _USAGE[name])


_NO_MEANING = {
    "'": "write W.T for the transpose",
    ":": "an entry has two indices, as in W[0,1]; slices are for Python",
    "{": "write entries as W[0,1]; this is no LaTeX",
    "\\": "write entries as W[0,1]; this is no LaTeX",
    "=": "write one expression",
    **{
        letter: f"write {name}"
        for letter, name in zip("αλφ", ("alpha", "lambda", "phi"), strict=True)
    },
}
Rules = dict[str, Callable[[Any], sp.Expr]]
_OF_A_MATRIX: Rules = {
    "T": lambda matrix: matrix.T,
    "I": lambda matrix: matrix.I,
    "H": sp.adjoint,
    "C": sp.conjugate,
}
_OF_A_SCALAR: Rules = {"T": lambda scalar: scalar, "H": sp.conjugate, "C": sp.conjugate}
_OF_ONE_MATRIX: Rules = {
    "tr": sp.Trace,
    "trace": sp.Trace,
    "det": sp.Determinant,
    "transpose": lambda matrix: matrix.T,
    "diagonal": DiagonalMatrix,
    "adjoint": sp.adjoint,
    "conj": sp.conjugate,
    "conjugate": sp.conjugate,
}
_OF_ONE_SCALAR: Rules = {
    "conj": sp.conjugate,
    "conjugate": sp.conjugate,
    "abs": sp.Abs,
    "re": sp.re,
    "im": sp.im,
}
_USAGE = {
    "tr": "tr takes one matrix",
    "trace": "trace takes one matrix",
    "det": "det takes one matrix",
    "transpose": "transpose takes one matrix",
    "diagonal": "diagonal takes one matrix",
    "hadamard": "hadamard takes two or more matrices of one shape",
    "sum": "write sum(expression, i) or sum(expression, i, lower, upper)",
    "adjoint": "adjoint takes one matrix",
    "conj": "conj takes one scalar or matrix",
    "conjugate": "conjugate takes one scalar or matrix",
    "abs": "abs takes one scalar",
    "re": "re takes one scalar",
    "im": "im takes one scalar",
}
