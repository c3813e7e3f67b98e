"""The catalogue: every formula of the package, by name.

Report, documentation, command line and tests all walk :func:`catalogue`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

import sympy as sp

from bn_theory.entries import ENTRIES
from bn_theory.statement import Case, Formula
from weingarten.errors import InvalidInputError

__all__ = ["Case", "Formula", "catalogue", "chosen_formulas", "formula"]

_VALUE = r"(?:[a-z_]+\s*=\s*)?(?:[+-]?\d+|oo|True|False)"
_CALL = re.compile(rf"\s*([a-z_.]+)\s*(?:\(\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*,?\s*\))?\s*")
_WORDS: Mapping[str, object] = {"oo": sp.oo, "True": True, "False": False}


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Formula]:
    """Return all formulas by name, in the order in which the theory builds up.

    Examples
    --------
    >>> "forward.row_norm_variance" in catalogue()
    True
    """
    return MappingProxyType({entry.name: entry for entry in ENTRIES})


def formula(name: str, **parameters: object) -> Formula:
    """Return a formula of the catalogue.

    Parameters
    ----------
    name : str
        A name, with the values of its parameters in parentheses if it has any:
        ``"family.name(3)"`` is the formula ``"family.name"`` at k = 3, and so is
        ``"family.name(k=3)"``.
    **parameters
        The same choices by keyword.

    Raises
    ------
    InvalidInputError
        If there is no such formula, naming the near ones.

    Examples
    --------
    >>> formula("backward.isometric_depth").evaluate(d=2, depth=1)
    1/2
    """
    found = _CALL.fullmatch(name) if isinstance(name, str) else None
    entry = catalogue().get(found[1]) if found else None
    if found is None or entry is None:
        near = difflib.get_close_matches(str(name), list(catalogue()), n=3, cutoff=0.6)
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "bn_theory.catalogue() and bn-theory list name them all"
        )
        raise InvalidInputError("name", "must be a formula of the catalogue", name, hint)
    if found[2] is not None:
        parameters = _in_parentheses(entry, found[2]) | parameters
    return entry.at(**parameters)


def chosen_formulas(formulas: str | Formula | Iterable[str | Formula] | None) -> list[Formula]:
    """Return formulas given by name or as such, one or several; None stands for all.

    Raises
    ------
    InvalidInputError
        If there is no such formula.

    Examples
    --------
    >>> [entry.name for entry in chosen_formulas("backward.isometric_depth")]
    ['backward.isometric_depth']
    """
    if formulas is None:
        return list(catalogue().values())
    given = [formulas] if isinstance(formulas, str | Formula) else formulas
    if not isinstance(given, Iterable) or isinstance(given, bytes | sp.Basic | sp.MatrixBase):
        raise InvalidInputError(
            "formulas", "must be formulas or their names", formulas, 'pass ["family.name"]'
        )
    entries = list(given)
    for entry in entries:
        if not isinstance(entry, str | Formula):
            raise InvalidInputError(
                "formulas", "must be formulas or their names", entry, 'pass ["family.name"]'
            )
    return [entry if isinstance(entry, Formula) else formula(entry) for entry in entries]


def _in_parentheses(entry: Formula, text: str) -> dict[str, object]:
    """Read values in order, then values by keyword: numbers, True, False and oo."""
    plain: list[object] = []
    named: dict[str, object] = {}
    for item in text.split(","):
        name, equals, word = item.rpartition("=")
        value = _WORDS.get(word.strip()) if word.strip() in _WORDS else int(word)
        if equals:
            named[name.strip()] = value
        else:
            plain.append(value)
    return (_positional(entry, tuple(plain)) if plain else {}) | named


def _positional(entry: Formula, numbers: tuple[object, ...]) -> dict[str, object]:
    """Match the numbers in parentheses to the parameters: one each, or all to one tuple."""
    names = list(entry.parameters)
    if len(names) == 1 and isinstance(entry.parameters[names[0]], tuple):
        return {names[0]: numbers}
    if len(numbers) > len(names):
        raise InvalidInputError(
            "name",
            f"must give at most {len(names)} parameters to {entry.name}",
            numbers,
            f"its parameters are {', '.join(names) or 'none'}",
        )
    return dict(zip(names, numbers, strict=False))
