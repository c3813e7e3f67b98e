"""All ensembles by name, found in the files beside this one: a new one is a file there."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from weingarten import ensembles
from weingarten.coerce import as_one_of
from weingarten.ensembles.base import Ensemble

__all__ = ["FAMILY", "as_ensemble", "ensembles_in"]


def ensembles_in(package: ModuleType) -> dict[str, Ensemble]:
    """Return the ensembles that the modules of a package hold, by group, in their order.

    Examples
    --------
    >>> list(ensembles_in(ensembles))
    ['O', 'U', 'Sp', 'COE', 'CSE']
    """
    names = [f"{package.__name__}.{module.name}" for module in iter_modules(package.__path__)]
    held = [vars(import_module(name)).values() for name in names if name != __name__]
    found = [value for values in held for value in values if isinstance(value, Ensemble)]
    return {x.group: x for x in sorted(found, key=lambda x: (x.place, x.group))}


#: Every ensemble by the name of its group.
FAMILY: dict[str, Ensemble] = ensembles_in(ensembles)


def as_ensemble(group: object, *also: str) -> Ensemble:
    """Return the ensemble of a group named by its letters, or raise.

    ``also`` are other groups that the caller serves by itself.

    Examples
    --------
    >>> as_ensemble("U")
    <unitary group U(d)>
    """
    if isinstance(group, str) and group in FAMILY:
        return FAMILY[group]
    return FAMILY[as_one_of(group, "group", (*FAMILY, *also), "O")]
