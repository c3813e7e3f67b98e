"""Text to SymPy for the command line: what a parse tree means, with error positions.

The language: numbers, names, ``+ - * / ** ^``, parentheses, entries ``W[0,1]``, transposes ``W.T``,
inverses ``W.I``, adjoints ``U.H`` and conjugates ``U.C`` (also ``W^T``, ``U^H``, ``U^dagger``),
absolute values ``|U[0,0]|``, and the functions tr (trace), det,
hadamard, diagonal, transpose, adjoint, conj (conjugate), abs, re, im, sum(expression, i) over the
whole range or sum(expression, i, 0, d-1). Names given as random matrices are random, other capital
names are constant matrices, d × d unless sizes are given, and small names are scalars or indices.
``I`` is the identity, ``I(k)`` that of size k; beside symplectic matrices ``J`` is their form, and
``J(2*m)`` the one of another size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from weingarten.budget import DEFAULT_MAX_COST, budgeted, tick
from weingarten.cli.declarations import FUNCTIONS, Declarations, as_declarations
from weingarten.cli.grammar import error_at, tree_of
from weingarten.coerce import as_dimension
from weingarten.errors import InvalidInputError
from weingarten.symbols.symplectic import SymplecticForm
from weingarten.wording import told_apart

if TYPE_CHECKING:
    from lark import Token, Tree

__all__ = ["Reader", "parse_expression", "parse_size"]

_MAX_DEPTH = 200
_MAX_DIGITS = 1000
_MAX_BITS = 100_000


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
        ``"gaussian-orthogonal"``, ``"gaussian-unitary"``, ``"permutation"``, ``"sphere"`` or
        ``"stiefel"``.
    sizes : mapping, optional
        Sizes of random and constant matrices that differ from ``d``, by name: one, or rows and
        columns. Symbols in them mean the same in the text.
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
    >>> n, k = sp.symbols("n k", integer=True, positive=True)
    >>> parse_expression("tr(G*B*G.T)/k", random={"G": "gaussian"}, sizes={"G": (n, k), "B": k})
    Trace(G*B*G.T)/k
    >>> parse_expression("tr(W*)")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: text must be an expression; got ')' at column 6:
    tr(W*)
         ^; expected a name, a number or an opening parenthesis
    """
    dimension = as_dimension(sp.Symbol("d", integer=True, positive=True) if d is None else d)
    tree = tree_of(text, 'pass for instance "tr(W)**2"')
    declared = as_declarations(sp.sympify(dimension), haar, unitary, random, sizes)
    result = Reader(text, declared).read(tree, 0)
    if not isinstance(result, sp.Expr):
        raise InvalidInputError("text", "must be an expression", text, "write one expression")
    return result


def parse_size(text: str, argument: str, d: int | sp.Expr) -> int | sp.Expr:
    """Return the size that a text such as ``"2*m"`` denotes; its names are positive integers.

    Raises
    ------
    InvalidInputError
        About ``argument``, with the position of what was not understood.

    Examples
    --------
    >>> parse_size("2*m + 1", "--unitary", 3), parse_size("d", "--unitary", 3)
    (2*m + 1, 3)
    """
    remedy = "write a size such as 3, k or 2*m"
    try:
        declared = Declarations(sp.sympify(d), {}, {})
        size = _SizeReader(text, declared).read(tree_of(text, remedy), 0)
        return as_dimension(size, argument)
    except InvalidInputError as error:
        raise InvalidInputError(argument, "must give a size", error.value, remedy) from None


def _size(part: Any, side: int = 0) -> Any:
    """Return the number of rows (0) or columns (1) of a matrix, None for a scalar."""
    return part.shape[side] if part.is_Matrix else None


def _bits(value: sp.Expr) -> int:
    """Return the length of the number in front of an expression, in bits."""
    number = value.as_coeff_matrices()[0] if value.is_MatMul else value.as_coeff_Mul()[0]
    return max(abs(number.p), number.q).bit_length() if number.is_Rational else 0


class Reader:
    """Walk the parse tree and build SymPy nodes, checking shapes on the way."""

    def __init__(self, text: str, declared: Declarations) -> None:
        self.text = text
        self.declared = declared
        self.d = declared.d
        self.scalars = declared.scalars()

    def fail(self, node: Tree[Any] | Token, got: str, remedy: str) -> InvalidInputError:
        """Return an error at the place of a node."""
        meta = node if isinstance(node, str) else node.meta  # a token is a string
        return error_at(self.text, meta.line or 1, meta.column or 1, got, remedy)

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
        if name in self.declared.random or name in self.declared.sizes:
            return self.declared.matrix(name)
        if name == "d":
            return self.d
        if name == "I":
            return sp.Identity(self.d)
        if name == "J" and self.declared.form_size is not None:
            return SymplecticForm(self.declared.form_size)
        if name in FUNCTIONS:
            raise self.fail(node, f"{name} without arguments", FUNCTIONS[name])
        if name in self.scalars:
            return self.scalars[name]
        if name[0].isupper():
            if any(re.fullmatch(rf"{law}_?\d+(_\d+)?", name) for law in self.declared.random):
                raise self.fail(
                    node,
                    f"the constant matrix {name}",
                    "write entries of a random matrix as W[0,0], counted from 0, and name a "
                    "constant otherwise",
                )
            return self.declared.matrix(name)
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

    def _bars(self, node: Tree[Any], depth: int) -> sp.Expr:
        (inner,) = self._both(node, depth)
        if inner.is_Matrix:
            raise self.fail(node, "bars around a matrix", "write det or tr of it")
        return sp.Abs(inner)

    def _pow(self, node: Tree[Any], depth: int) -> sp.Expr:
        if node.children[1].data == "name" and str(node.children[1].children[0]) in _RAISED:
            base = self.read(node.children[0], depth)
            if base.is_Matrix:
                return _OF_A_MATRIX[_RAISED[str(node.children[1].children[0])]](base)
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
        raise error_at(self.text, *place, repr("]"), "an entry has two indices, as in W[0,1]")

    def _range(self, node: Tree[Any], body: Any, index: sp.Symbol) -> Any:
        """Return how many values an index has, by the entries that it stands in."""
        sizes = {
            entry.parent.shape[side]
            for entry in body.atoms(sp.matrices.expressions.matexpr.MatrixElement)
            for side, position in enumerate(entry.indices)
            if position == index
        }
        if len(sizes) > 1:
            shown = " and ".join(told_apart(*sorted(sizes, key=str)))
            raise self.fail(node, f"sum over {index}", f"give limits: its ranges are {shown}")
        return sizes.pop() if sizes else self.d

    def _call(self, node: Tree[Any], depth: int) -> sp.Expr:
        head, *children = node.children
        name = str(head)
        args = [self.read(child, depth) for child in children if child is not None]
        if name == "sum" and len(args) in (2, 4):
            body, index = args[:2]
            if not isinstance(index, sp.Symbol):
                raise self.fail(node, f"sum over {index}", "sum over an index such as i")
            if index in self.scalars.values():
                raise self.fail(node, f"sum over the size {index}", "sum over another letter")
            lower, upper = args[2:] or (sp.Integer(0), self._range(node, body, index) - 1)
            if body.is_Matrix or lower.is_Matrix or upper.is_Matrix:
                raise self.fail(node, "a sum of matrices over an index", "sum entries or traces")
            if sp.expand(upper - lower).is_negative:
                raise self.fail(
                    node, f"a sum from {lower} to {upper}", "give the lower limit first"
                )
            return sp.Sum(body, (index, lower, upper))
        if name in _SIZED and len(args) == 1 and not args[0].is_Matrix:
            return _SIZED[name](args[0])
        if name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise self.fail(head, f"the function {name}", f"known functions: {known}")
        if name == "hadamard" and len(args) > 1 and all(a.is_Matrix for a in args):
            if len({a.shape for a in args}) == 1:
                return sp.HadamardProduct(*args).doit(deep=False)
        elif name in _OF_ONE_MATRIX and len(args) == 1 and args[0].is_Matrix:
            return _OF_ONE_MATRIX[name](args[0])
        elif name in _OF_ONE_SCALAR and len(args) == 1 and not args[0].is_Matrix:
            return _OF_ONE_SCALAR[name](args[0])
        raise self.fail(head, f"{name} with these arguments", FUNCTIONS[name])


class _SizeReader(Reader):
    """Read a size: numbers and names, which are positive integers."""

    def _name(self, node: Tree[Any], depth: int) -> sp.Expr:
        name = str(node.children[0])
        return self.d if name == "d" else sp.Symbol(name, integer=True, positive=True)


Rules = dict[str, Callable[[Any], sp.Expr]]
_OF_A_MATRIX: Rules = {
    "T": lambda matrix: matrix.T,
    "I": lambda matrix: matrix.I,
    "H": sp.adjoint,
    "C": sp.conjugate,
}
#: Letters that stand like exponents: U^H is U.H.
_RAISED = {"T": "T", "H": "H", "dagger": "H"}
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
#: Matrices that are written with a size.
_SIZED: Rules = {
    "I": lambda size: sp.Identity(as_dimension(size, "the size of I")),
    "J": SymplecticForm,
}
