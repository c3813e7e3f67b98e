"""The package's own formulas, found in its folders: a subject is a folder with ``records.py``."""

from __future__ import annotations

import math
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

from bn_theory.law.formula import Formula

__all__ = ["discovered"]


def discovered(package: ModuleType) -> tuple[Formula, ...]:
    """Return the formulas of all subjects of a package.

    A subject is a folder with a module ``records``, whose ``ENTRIES`` are its formulas. Subjects
    stand in the order of the numbers ``PLACE`` in their records; those without come last, by name.

    Examples
    --------
    >>> from bn_theory import laws
    >>> discovered(laws)[0].name
    'forward.gram_mean'
    """
    folders = [
        f"{package.__name__}.{found.name}"
        for found in iter_modules(package.__path__)
        if found.ispkg
    ]
    subjects = [
        import_module(f"{folder}.records") for folder in folders if find_spec(f"{folder}.records")
    ]
    subjects.sort(key=lambda records: (getattr(records, "PLACE", math.inf), records.__name__))
    return tuple(entry for records in subjects for entry in records.ENTRIES)
