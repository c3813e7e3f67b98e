"""Formulas that are not the package's own: registered in a session, or brought by a package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType

from bn_theory import laws
from bn_theory.collection.own_formulas import discovered
from bn_theory.law.formula import Formula
from weingarten.errors import InvalidInputError

__all__ = ["GROUP", "all_formulas", "register"]

#: The entry points by which a package brings formulas: a Formula, or several.
GROUP = "bn_theory.formulas"

_NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
_REGISTERED: dict[str, Formula] = {}


def register(formula: Formula) -> Formula:
    """Add a formula of one's own to the catalogue, and return it.

    From then on it is found by name, listed, verified and reported like the others, in this
    session. A package brings formulas to every session by an entry point of the group
    ``bn_theory.formulas`` that names a Formula or an iterable of them; those need no registration.

    Parameters
    ----------
    formula : Formula
        Its name consists of small letters and underscores, with a dot after the family:
        ``"mine.gap_squared"``. A formula registered before under that name is replaced; one of the
        package's own, or of another package, is not.

    Raises
    ------
    InvalidInputError
        If it is no Formula, or its name does not do.

    Examples
    --------
    >>> import bn_theory
    >>> register(bn_theory.formula("forward.row_norm_variance"))
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: formula must have a name that is free; got
    'forward.row_norm_variance'; choose another name
    """
    _REGISTERED.update(_checked([formula], {**_own(), **_brought()}, "formula"))
    return formula


def all_formulas() -> Mapping[str, Formula]:
    """Return all formulas by name: the package's own, those of other packages, those registered."""
    return MappingProxyType({**_own(), **_brought(), **_REGISTERED})


# the folders of formulas are read once
@lru_cache(maxsize=1)
def _own() -> Mapping[str, Formula]:
    return MappingProxyType({entry.name: entry for entry in discovered(laws)})


# other packages are looked through once
@lru_cache(maxsize=1)
def _brought() -> Mapping[str, Formula]:
    found: dict[str, Formula] = {}
    for point in entry_points(group=GROUP):
        loaded = point.load()
        several = [loaded] if isinstance(loaded, Formula) else loaded
        found |= _checked(several, {**_own(), **found}, f"entry point {point.value}")
    return MappingProxyType(found)


def _checked(
    formulas: Iterable[object], taken: Mapping[str, Formula], argument: str
) -> dict[str, Formula]:
    """Return formulas by name, or raise naming what brought them."""
    found: dict[str, Formula] = {}
    for item in formulas if isinstance(formulas, Iterable) else [formulas]:
        if not isinstance(item, Formula):
            raise InvalidInputError(
                argument, "must be a Formula", item, "build it with bn_theory.Formula"
            )
        if not _NAME.fullmatch(item.name):
            raise InvalidInputError(
                argument,
                "must have a name of small letters and underscores with a dot in it",
                item.name,
                'name it for instance "mine.gap_squared"',
            )
        if item.name in taken or item.name in found:
            raise InvalidInputError(
                argument, "must have a name that is free", item.name, "choose another name"
            )
        found[item.name] = item
    return found
