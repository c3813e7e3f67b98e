"""The names that a printed expression uses: of bound indices, of symbols, of Greek letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.printing.latex import LatexPrinter, accepted_latex_functions

__all__ = ["NamingPrinter"]

#: What a bound index is called where its own name is taken.
_LETTERS = "ijklpqrsuvwxyz"
#: A name of several letters: one symbol, not a product.
_WORD = re.compile(r"[A-Za-z]{2,}")
_SPECIAL = str.maketrans({letter: "\\" + letter for letter in "#%&$"})


class NamingPrinter(LatexPrinter):
    """Prints every bound variable by a name of its own, whatever it is called."""

    def __init__(self, symbol_names: dict[sp.Symbol, str] | None = None) -> None:
        super().__init__({"imaginary_unit": "ri", "symbol_names": symbol_names or {}})
        self._inside = 0
        self._bound: dict[sp.Basic, str] = {}
        self._taken: set[str] = set()

    @contextmanager
    def _slashed(self) -> Iterator[None]:
        """Print what is inside with a slash instead of a fraction."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @contextmanager
    def _naming(self, expr: Any) -> Iterator[None]:
        """Start with the names of what is free; a free dummy gives way to what has its name."""
        free = _free_symbols(expr)
        dummies = sorted((x for x in free if isinstance(x, sp.Dummy)), key=sp.default_sort_key)
        self._inside, self._bound = 0, {}
        self._taken = {str(x.name) for x in free.difference(dummies) if hasattr(x, "name")}
        with self._binding(dummies):
            yield

    @contextmanager
    def _binding(self, variables: Sequence[sp.Basic]) -> Iterator[None]:
        """Give each bound variable a name that nothing else in the expression has."""
        outer = self._bound
        self._bound = dict(outer)
        for variable in variables:
            name = str(getattr(variable, "name", variable))
            choices = (name, *_LETTERS, *(f"{name}_{n}" for n in range(1, 10)))
            free = (choice for choice in choices if choice not in self._taken)
            chosen = next(free, None) or next(
                f"{name}_{n}" for n in count(10) if f"{name}_{n}" not in self._taken
            )
            self._taken.add(chosen)
            self._bound[variable] = chosen
        try:
            yield
        finally:
            self._bound = outer

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        if expr in self._bound:
            return self._deal_with_super_sub(self._bound[expr])
        return super()._print_Symbol(expr, style)

    def _print_Dummy(self, expr: Any) -> str:
        return self._print_Symbol(expr)

    def _deal_with_super_sub(self, string: str, style: str = "plain") -> str:
        if "{" in string:
            return super()._deal_with_super_sub(string, style)
        string = "".join(map(_spelled, string)).translate(_SPECIAL)
        name = string.lstrip("_")
        # SymPy takes an underscore in front for a script of nothing
        front = r"\_" * (len(string) - len(name))
        text = super()._deal_with_super_sub(name, style) if name else ""
        word = _WORD.match(text)
        if word is None:
            return front + text
        return rf"\mathrm{{{front}{word[0]}}}{text[word.end() :]}"

    def _hprint_Function(self, func: str) -> str:
        if func in accepted_latex_functions:
            return rf"\{func}"
        return self._deal_with_super_sub(func)


def _free_symbols(expr: Any) -> set[Any]:
    if isinstance(expr, list | tuple | sp.Tuple):
        return set().union(*map(_free_symbols, expr))
    matrices = expr.atoms(MatrixSymbol) if hasattr(expr, "atoms") else set()
    return set(getattr(expr, "free_symbols", ())) | matrices


def _spelled(letter: str) -> str:
    """Return the name by which SymPy knows a Greek letter; other letters as they are."""
    words = unicodedata.name(letter, "").split()
    if len(words) == 4 and words[0] == "GREEK" and words[2] == "LETTER":
        name = {"LAMDA": "lambda"}.get(words[3], words[3].lower())
        return name if words[1] == "SMALL" else name.capitalize()
    return letter
