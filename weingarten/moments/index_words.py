"""Index words: the second spelling of a moment, one row and one column index for each factor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set

import sympy as sp

from weingarten.coerce import as_index
from weingarten.errors import InvalidInputError
from weingarten.moments.power_matrices import PowerMatrix

__all__ = ["powers_of_words"]


def powers_of_words(rows: object, columns: object, d: int | sp.Expr) -> PowerMatrix:
    """Return the powers of entries in the product of O[rows[k], columns[k]] over k.

    Parameters
    ----------
    rows, columns : sequence of int, or str
        Words of one length: indices counted from 0, or letters, of which unequal ones stand for
        unequal indices.
    d : int or Expr
        The dimension, which integer indices have to be smaller than.

    Raises
    ------
    InvalidInputError
        If a word is missing or no word, or the lengths differ.

    Examples
    --------
    >>> powers_of_words((0, 0, 1, 1), (0, 0, 1, 1), 5)
    ((2, 0), (0, 2))
    >>> powers_of_words("iijj", "kkkk", 5)
    ((2,), (2,))
    """
    words = [_word(rows, "rows", d), _word(columns, "columns", d)]
    if len(words[0]) != len(words[1]):
        raise InvalidInputError(
            "columns",
            f"must have the length {len(words[0])} of rows",
            len(words[1]),
            "give one row and one column index for each factor",
        )
    counts = Counter(zip(*words, strict=True))
    distinct = [list(dict.fromkeys(word)) for word in words]
    return tuple(tuple(counts[i, j] for j in distinct[1]) for i in distinct[0])


def _word(word: object, argument: str, d: int | sp.Expr) -> tuple[int | str, ...]:
    if isinstance(word, str) and (word.isalpha() or not word):
        return tuple(word)
    if isinstance(word, str | bytes | Mapping | Set) or not isinstance(word, Iterable):
        raise InvalidInputError(
            argument,
            "must be indices, one for each factor",
            word,
            f'pass for instance {argument}=(0, 0, 1, 1) or {argument}="iijj"',
        )
    return tuple(as_index(index, argument, d) for index in word)
