"""What the names in a text stand for: random matrices of every law, and sizes of matrices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

import sympy as sp

from weingarten.coerce import as_dimension
from weingarten.errors import NOTHING, InvalidInputError
from weingarten.symbols.circular import CircularOrthogonal, CircularSymplectic
from weingarten.symbols.gaussian import GaussianMatrix, GaussianOrthogonal, GaussianUnitary
from weingarten.symbols.haar import HaarOrthogonal
from weingarten.symbols.permutation import RandomPermutation
from weingarten.symbols.points import Stiefel, UniformSphere
from weingarten.symbols.random_matrices import RandomMatrix
from weingarten.symbols.special import SpecialOrthogonal, SpecialUnitary
from weingarten.symbols.symplectic import HaarSymplectic
from weingarten.symbols.unitary import HaarUnitary

__all__ = [
    "FUNCTIONS",
    "LAWS",
    "Declarations",
    "Law",
    "Sizes",
    "as_declarations",
    "as_names",
    "law_named",
]

#: Rows and columns of a matrix.
Sizes = tuple[Any, Any]


class Law(NamedTuple):
    """A law that a name may have.

    Attributes
    ----------
    symbol : type
        The class of its random matrices.
    sizes : tuple of int
        How many sizes may be given: one, two, or either; two must be given if one may not.
    options : mapping
        What else the class is given.
    """

    symbol: type[RandomMatrix]
    sizes: tuple[int, ...] = (1,)
    options: Mapping[str, str] = MappingProxyType({})

    def build(self, name: str, rows: Any, columns: Any) -> RandomMatrix:
        """Return the random matrix of a name, a number of rows and one of columns."""
        given = (rows,) if self.sizes == (1,) else (rows, columns)
        found: RandomMatrix = self.symbol(name, *given, **self.options)
        return found


#: The laws by the words of ``random``, which are the options of the command line.
LAWS: Mapping[str, Law] = {
    "orthogonal": Law(HaarOrthogonal),
    "unitary": Law(HaarUnitary),
    "symplectic": Law(HaarSymplectic),
    "special-orthogonal": Law(SpecialOrthogonal),
    "special-unitary": Law(SpecialUnitary),
    "circular-orthogonal": Law(CircularOrthogonal),
    "circular-symplectic": Law(CircularSymplectic),
    "gaussian": Law(GaussianMatrix, (1, 2)),
    "complex-gaussian": Law(GaussianMatrix, (1, 2), {"field": "complex"}),
    "gaussian-orthogonal": Law(GaussianOrthogonal),
    "gaussian-unitary": Law(GaussianUnitary),
    "permutation": Law(RandomPermutation),
    "sphere": Law(UniformSphere),
    "stiefel": Law(Stiefel, (2,)),
}


def _dashed(word: str) -> str:
    """Return a word in small letters with dashes: the name of a class in Python, too."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", word.strip()).replace("_", "-").lower()


#: Other names of laws, in small letters: what Python calls them, and what papers do.
_ALIASES: Mapping[str, str] = {
    **{_dashed(law.symbol.__name__): word for word, law in LAWS.items() if not law.options},
    "haar": "orthogonal",
    "o": "orthogonal",
    "u": "unitary",
    "sp": "symplectic",
    "so": "special-orthogonal",
    "su": "special-unitary",
    "coe": "circular-orthogonal",
    "cse": "circular-symplectic",
    "goe": "gaussian-orthogonal",
    "gue": "gaussian-unitary",
    "gaussian-complex": "complex-gaussian",
}

#: The letters of papers for the laws that have some.
_LETTERS = ("O", "U", "Sp", "SO", "SU", "COE", "CSE", "GOE", "GUE")

_SYMPLECTIC = ("symplectic", "circular-symplectic")

#: The functions of the language, which no matrix is named like, and how they are used.
FUNCTIONS = {
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


class Declarations(NamedTuple):
    """What the names of a text stand for.

    Attributes
    ----------
    d : Expr
        The dimension.
    random : mapping
        The law of each random matrix, in words.
    sizes : mapping
        The sizes, as they were given, of matrices that are not d × d: one or two.
    """

    d: sp.Expr
    random: Mapping[str, str]
    sizes: Mapping[str, tuple[Any, ...]]

    def matrix(self, name: str) -> sp.MatrixExpr:
        """Return the random or constant matrix of a name."""
        given = self.sizes.get(name, (self.d,))
        rows, columns = given[0], given[-1]
        if name in self.random:
            return LAWS[self.random[name]].build(name, rows, columns)
        return sp.MatrixSymbol(name, rows, columns)

    def check(self, name: str, argument: str) -> None:
        """Raise about ``argument``, which gives the size, if no matrix of the law has it."""
        try:
            self.matrix(name)
        except InvalidInputError as error:
            raise InvalidInputError(
                argument,
                f"must fit {name}, whose law is {self.random[name]}: {error.argument} "
                f"{error.constraint}",
                error.value,
                error.remedy,
            ) from None

    @property
    def form_size(self) -> Any:
        """The size of J, the form of the symplectic matrices; None without them or if declared."""
        names = [n for n, word in self.random.items() if word in _SYMPLECTIC]
        if not names or "J" in {*self.random, *self.sizes}:
            return None
        sizes = {self.sizes.get(name, (self.d,))[0] for name in names}
        return sizes.pop() if len(sizes) == 1 else self.d

    def scalars(self) -> dict[str, sp.Symbol]:
        """Return the symbols that occur in sizes, by name: they are the same ones in the text."""
        sizes = (sp.sympify(size) for given in self.sizes.values() for size in given)
        symbols = set().union(self.d.free_symbols, *(size.free_symbols for size in sizes))
        return {str(symbol): symbol for symbol in sorted(symbols, key=str)}


def as_declarations(d: sp.Expr, haar: Any, unitary: Any, random: Any, sizes: Any) -> Declarations:
    """Return the declarations that the arguments of ``parse_expression`` make.

    Raises
    ------
    InvalidInputError
        If a name is none, a law unknown, or a size does not fit its law.
    """
    orthogonal = as_names(haar, "haar", "W and O") or as_names((haar,), "haar", "W and O")
    # what is given another law is not orthogonal
    words = dict.fromkeys(orthogonal, "orthogonal")
    words |= dict.fromkeys(as_names(unitary, "unitary", "U and V"), "unitary")
    if not isinstance(random, Mapping | None):
        raise InvalidInputError(
            "random",
            "must map names to laws",
            random,
            'pass for instance {"H": "gaussian-unitary"}',
        )
    names = as_names(tuple(random or ()), "random", "H and G")
    words |= {name: _known_law(name, (random or {})[name]) for name in names}
    found = _as_sizes(sizes)
    for name, word in words.items():
        _check_sizes(name, word, found.get(name, ()))
    declared = Declarations(d, words, found)
    for name in words:
        declared.check(name, "sizes" if name in found else "d")
    return declared


def law_named(word: str) -> str:
    """Return the law of a word as :data:`LAWS` spells it; an unknown word as it is.

    Examples
    --------
    >>> law_named("COE"), law_named("HaarUnitary"), law_named("gaussian"), law_named("x")
    ('circular-orthogonal', 'unitary', 'gaussian', 'x')
    """
    dashed = _dashed(word)
    dashed = dashed if dashed in LAWS else _ALIASES.get(dashed, dashed)
    return dashed if dashed in LAWS else word


def _known_law(name: str, word: Any) -> str:
    word = law_named(word) if isinstance(word, str) else word
    if not isinstance(word, str) or word not in LAWS:
        near = get_close_matches(str(word), LAWS, n=1)
        raise InvalidInputError(
            "random",
            f"must give {name} one of the laws {', '.join(LAWS)}, or {', '.join(_LETTERS)}",
            word,
            f"did you mean {near[0]}?" if near else 'pass for instance "unitary"',
        )
    return word


def as_names(given: Any, argument: str, such_as: str) -> tuple[str, ...]:
    """Return names for matrices, or raise.

    Examples
    --------
    >>> as_names(["U", "V"], "unitary", "U and V")
    ('U', 'V')
    """
    several = isinstance(given, Iterable) and not isinstance(given, str)
    names = tuple(given) if several else (given,)
    for name in names:
        known = isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", name)
        if not known or name in ("d", "I", *FUNCTIONS):
            raise InvalidInputError(
                argument,
                f"must be names other than d, I, {', '.join(FUNCTIONS)}",
                name,
                f"choose names such as {such_as}, one for each matrix",
            )
    return names


def _as_sizes(sizes: Any) -> dict[str, tuple[Any, ...]]:
    if not isinstance(sizes, Mapping | None):
        raise InvalidInputError(
            "sizes", "must map names of matrices to sizes", sizes, 'pass {"W": 3} or {"G": (3, 2)}'
        )
    found = {}
    for name in as_names(tuple(sizes or ()), "sizes", "W and G"):
        given = (sizes or {})[name]
        several = given if isinstance(given, tuple | list) else (given,)
        if len(several) not in (1, 2):
            raise InvalidInputError(
                "sizes", f"must give {name} one size or two", given, "pass rows and columns"
            )
        found[name] = tuple(as_dimension(size, "sizes") for size in several)
    return found


def _check_sizes(name: str, word: str, given: tuple[Any, ...]) -> None:
    """Check that a law is given as many sizes as it has."""
    allowed = LAWS[word].sizes
    if len(given or (None,)) not in allowed:
        wanted = "rows and columns" if allowed == (2,) else "one size"
        raise InvalidInputError(
            "sizes",
            f"must give {name} {wanted}: its law is {word}",
            ", ".join(map(str, given)) or NOTHING,
            f'pass for instance {{"{name}": {"(d, k)" if allowed == (2,) else "3"}}}',
        )
