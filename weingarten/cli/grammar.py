"""The grammar of texts, and errors that show the place of a mistake; nothing is evaluated."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from weingarten.errors import InvalidInputError

if TYPE_CHECKING:
    from lark import Lark, Tree
    from lark.exceptions import UnexpectedInput

__all__ = ["error_at", "tree_of"]

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
    | "|" sum "|" -> bars
    | "(" sum ")"
NAME: /[A-Za-z_][A-Za-z_0-9]*/
NUMBER: /\d+(\.\d+)?/
%ignore /\s+/
"""
_MAX_LENGTH = 10_000
_SHOWN = 30  # characters of the text on both sides of the place of an error


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415 - importing the package loads no parser

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


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


class _At(str):
    """A piece of text that shows itself without quotes in messages."""

    def __repr__(self) -> str:
        return str(self)


def error_at(text: str, line: int, column: int, got: str, remedy: str) -> InvalidInputError:
    """Return an error that shows a place of a text, line and column counted from 1."""
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
        return error_at(
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
        return error_at(text, error.line, error.column, repr(str(error.token)), wanted)
    assert isinstance(error, UnexpectedEOF | UnexpectedToken)
    lines = text.splitlines()
    return error_at(
        text,
        len(lines),
        len(lines[-1]) + 1,
        "the end of the text",
        "close all brackets and complete the last operation",
    )


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
