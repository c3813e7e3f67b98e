"""Reading the keyword values of a formula: domains, contradictions, and errors that name them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sympy as sp

from bn_theory.law.quantities import Quantity, SpectrumDomain
from bn_theory.law.spectrum import Spectrum
from weingarten.errors import NOTHING, InvalidInputError

__all__ = [
    "as_spelled",
    "by_name",
    "label",
    "missing_values",
    "read_values",
    "supplied",
    "unknown",
]


def read_values(
    quantities: Sequence[Quantity], values: Mapping[str, object], *, relative: bool = False
) -> dict[str, Any]:
    """Return the values in exact form, with those that a spectrum among them determines.

    With ``relative`` the symbols mean those of the spectrum over its mean.

    Raises
    ------
    InvalidInputError
        For a value outside its domain, or one that contradicts the spectrum.
    """
    domains = {quantity.name: quantity.domain for quantity in quantities}
    read: dict[str, Any] = {name: domains[name].read(name, v) for name, v in values.items()}
    for quantity in quantities:
        value = None if quantity.symbol is None else supplied(quantity.symbol, read, relative)
        if value is None:
            continue
        given = read.setdefault(quantity.name, value)
        if given != value and sp.simplify(given - value) != 0:
            raise InvalidInputError(
                quantity.name,
                f"must agree with the eigenvalues, which give {value}",
                given,
                f"leave {quantity.name} out",
            )
    return read


def by_name(
    formula: str, quantities: Sequence[Quantity], values: Mapping[str, object]
) -> dict[str, object]:
    """Return the values under the names of their quantities, by alias or printed symbol as well.

    Raises
    ------
    InvalidInputError
        For a keyword that is no quantity of the formula, or two that mean the same.
    """
    printed = {q.symbol.name: q.name for q in quantities if q.symbol is not None}
    names = printed | {alias: q.name for q in quantities for alias in (q.name, *q.aliases)}
    renamed: dict[str, object] = {}
    for keyword, value in values.items():
        if keyword not in names:
            raise unknown(formula, keyword, [q.name for q in quantities])
        name = names[keyword]
        if name in renamed:
            raise InvalidInputError(
                keyword,
                f"must not be given beside another keyword for {name}",
                value,
                "pass one of the two",
            )
        renamed[name] = value
    return renamed


@contextmanager
def as_spelled(quantities: Sequence[Quantity], values: Mapping[str, object]) -> Iterator[None]:
    """Report errors about a quantity under the keyword that it was given by."""
    try:
        yield
    except InvalidInputError as error:
        spelled = [
            keyword
            for q in quantities
            if q.name == error.argument
            for keyword in values
            if keyword in (str(q.symbol), *q.aliases)
        ]
        if error.argument in values or not spelled:
            raise
        raise InvalidInputError(
            spelled[0], error.constraint, error.value, error.remedy
        ) from error.__cause__


def label(chosen: Mapping[str, object], names: Sequence[str]) -> str:
    """Return the parameters chosen as they follow a formula's name; nothing if there are none.

    :func:`bn_theory.formula` reads numbers, True, False and oo back: in the order of the names
    alone, else by keyword; the one sequence of a formula without its brackets.

    Examples
    --------
    >>> label({"k": 3}, ["k"]), label({"k": (2, 1)}, ["k"]), label({"k": 3}, ["order", "k"])
    ('(3)', '(2,1)', '(k=3)')
    """
    if not chosen:
        return ""
    if list(chosen) == list(names[: len(chosen)]):
        texts = [_flat(value) for value in chosen.values()]
    else:
        texts = [f"{name}={_flat(value)}" for name, value in chosen.items()]
    return f"({','.join(texts)})"


def _flat(value: object) -> str:
    return ",".join(map(_flat, value)) if isinstance(value, tuple) else str(value)


def supplied(symbol: sp.Symbol, read: Mapping[str, Any], relative: bool = False) -> sp.Expr | None:
    """Return the value that a spectrum among the values gives to a symbol, if any."""
    for value in read.values():
        if isinstance(value, Spectrum):
            return value.value_of(symbol, relative=relative)
    return None


def unknown(formula: str, name: str, known: Iterable[str]) -> InvalidInputError:
    """Return the error for a keyword that is no quantity of the formula."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"it takes {', '.join(names) or 'none'}"
    return InvalidInputError(name, f"is not a quantity of {formula}", name, remedy)


def missing_values(
    formula: str, missing: Iterable[str], quantities: Sequence[Quantity]
) -> InvalidInputError:
    """Return the error for symbols or quantities without a value, by the keywords to pass."""
    by_symbol = {str(q.symbol): q.name for q in quantities if q.symbol is not None}
    known = [q.name for q in quantities]
    spectra = [q.name for q in quantities if isinstance(q.domain, SpectrumDomain)]
    names = [by_symbol.get(name, name) for name in missing]
    direct = [f"{name}=" for name in names if name in known]
    options = [f"{name}=" for name in spectra if name not in names]
    if direct:
        options.append(", ".join(direct))
    return InvalidInputError(
        ", ".join(names),
        f"must be given to evaluate {formula}",
        NOTHING,
        f"pass {', or '.join(options)}",
    )
