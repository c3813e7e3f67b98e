"""What a folder offers, found by looking: a new file there is all it takes."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

__all__ = ["stated_in"]


# modules do not come and go
@cache
def stated_in(package: str, name: str) -> tuple[Any, ...]:
    """Import every module of a package and return what each of them states under a name.

    Parameters
    ----------
    package : str
        The package, by its dotted name.
    name : str
        The name under which each of its modules has to state something.

    Examples
    --------
    >>> "sphere" in {method.name for method in stated_in("weingarten.networks.methods", "METHOD")}
    True
    """
    path = import_module(package).__path__
    modules = sorted(module.name for module in iter_modules(path))
    return tuple(getattr(import_module(f"{package}.{module}"), name) for module in modules)
