"""The catalogue: every formula of the package, and those registered, by name.

Report, documentation, command line and tests all walk :func:`catalogue`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

import sympy as sp

from bn_theory.collection.registry import all_formulas
from bn_theory.law.formula import Case, Formula
from weingarten.errors import InvalidInputError
from weingarten.printing.notebooks import html_table

__all__ = ["Case", "Formula", "catalogue", "chosen_formulas", "formula"]

_VALUE = r"(?:[a-z_]+\s*=\s*)?(?:[+-]?\d+|oo|[Tt]rue|[Ff]alse)"
_CALL = re.compile(rf"\s*([a-z_.]+)\s*(?:\(\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*,?\s*\))?\s*")
#: What makes a name a pattern.
_PATTERN = re.compile(r"[*?\[]")
_WORDS: Mapping[str, object] = {"oo": sp.oo, "true": True, "false": False}


#: What begins a name, in the words that a reader looks for.
_FAMILIES = {
    "forward": "forward activations signal",
    "backward": "backward gradient gradients",
    "shaping": "shaping activation",
}


class Catalogue(Mapping[str, Formula]):
    """Formulas by name, in order; nothing can be added. Notebooks show them as a table."""

    def __init__(self, entries: Mapping[str, Formula]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Formula:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<catalogue of {len(self)} formulas>"

    def _repr_html_(self) -> str:
        rows = [(entry.name, entry.title, f"${entry.latex()}$") for entry in self.values()]
        return html_table(("name", "what it gives", "statement"), rows)


def catalogue(about: str | None = None) -> Catalogue:
    """Return all formulas by name, in the order in which the theory builds up.

    Parameters
    ----------
    about : str, optional
        Words; only the formulas that have all of them in their name, title, assumptions or the
        meanings of their symbols are returned. Capitals do not matter.

    Raises
    ------
    InvalidInputError
        If ``about`` is no text, or nothing is about it, naming the words that are near.

    Examples
    --------
    >>> "forward.row_norm_variance" in catalogue()
    True
    >>> list(catalogue(about="rank-deficient gain"))
    ['backward.degenerate_input']
    """
    if about is None:
        return Catalogue(all_formulas())
    if not isinstance(about, str):
        raise InvalidInputError("about", "must be text", about, 'pass for instance "gradient"')
    texts = {name: _words(entry) for name, entry in all_formulas().items()}
    wanted = about.casefold().split()
    found = {
        name: entry
        for name, entry in all_formulas().items()
        if all(word in texts[name] for word in wanted)
    }
    if not found:
        known = set(re.findall(r"[a-z]{3,}", " ".join(texts.values())))
        near = [x for word in wanted for x in difflib.get_close_matches(word, known, n=2)]
        hint = f"did you mean {' or '.join(near)}?" if near else "bn-theory list names all formulas"
        raise InvalidInputError("about", "must be words that some formula is about", about, hint)
    return Catalogue(found)


def _words(entry: Formula) -> str:
    """Return the text in which :func:`catalogue` looks for words."""
    meanings = [quantity.meaning for quantity in entry.quantities]
    family = _FAMILIES.get(entry.name.partition(".")[0], "")
    return " ".join([entry.name, entry.title, family, *entry.assumptions, *meanings]).casefold()


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
    entry = all_formulas().get(found[1]) if found else None
    if found is None or entry is None:
        raise _no_formula(name)
    if found[2] is not None:
        parameters = _in_parentheses(entry, found[2]) | parameters
    return entry.at(**parameters)


def chosen_formulas(formulas: str | Formula | Iterable[str | Formula] | None) -> list[Formula]:
    """Return formulas given by name, by pattern or as such; None stands for all.

    A pattern has ``*``, ``?`` or ``[…]`` in it, as file names do: ``"backward.*"``. It adds what is
    not among the formulas before it.

    Raises
    ------
    InvalidInputError
        If there is no such formula.

    Examples
    --------
    >>> [entry.name for entry in chosen_formulas("backward.isometric_depth")]
    ['backward.isometric_depth']
    >>> [entry.name for entry in chosen_formulas("forward.gram_*")]
    ['forward.gram_mean', 'forward.gram_covariance', 'forward.gram_moments']
    """
    if formulas is None:
        return list(all_formulas().values())
    given = [formulas] if isinstance(formulas, str | Formula) else formulas
    if not isinstance(given, Iterable) or isinstance(given, bytes | sp.Basic | sp.MatrixBase):
        raise InvalidInputError(
            "formulas", "must be formulas or their names", formulas, 'pass ["family.name"]'
        )
    chosen: list[Formula] = []
    for item in given:
        if not isinstance(item, str | Formula):
            raise InvalidInputError(
                "formulas", "must be formulas or their names", item, 'pass ["family.name"]'
            )
        if isinstance(item, Formula):
            chosen.append(item)
        elif _PATTERN.search(item):
            chosen += [entry for entry in _matching(item) if entry not in chosen]
        else:
            chosen.append(formula(item))
    return chosen


def _matching(pattern: str) -> list[Formula]:
    """Return the formulas whose names match a pattern, or raise naming near ones."""
    found = [entry for name, entry in all_formulas().items() if fnmatchcase(name, pattern.strip())]
    if not found:
        raise _no_formula(pattern)
    return found


def _no_formula(name: object) -> InvalidInputError:
    """Return the error for a name or pattern that no formula has."""
    text = str(name)
    near = difflib.get_close_matches(text, list(all_formulas()), n=3, cutoff=0.6)
    if not near and _PATTERN.search(text):
        families = sorted({entry.partition(".")[0] for entry in all_formulas()})
        begun = difflib.get_close_matches(text.partition(".")[0], families, n=1)
        near = [f"{family}.*" for family in begun]
    hint = f"did you mean {' or '.join(near)}?" if near else "bn-theory list names them all"
    return InvalidInputError("name", "must be a formula of the catalogue", name, hint)


def _in_parentheses(entry: Formula, text: str) -> dict[str, object]:
    """Read values in order, then values by keyword: numbers, True, False and oo."""
    plain: list[object] = []
    named: dict[str, object] = {}
    for item in text.split(","):
        name, equals, word = item.rpartition("=")
        known = word.strip().lower()
        value = _WORDS[known] if known in _WORDS else int(word)
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
