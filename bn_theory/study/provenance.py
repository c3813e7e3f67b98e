"""Where a study was made: versions and machine, so that its numbers can be made again."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from weingarten import __version__

__all__ = ["provenance"]

_PACKAGES = ("numpy", "scipy", "sympy", "python-flint", "networkx", "matplotlib", "scikit-learn")


def provenance(command: str = "") -> dict[str, str]:
    """Return version, command, machine and package versions, as text by name.

    Examples
    --------
    >>> sorted(provenance("bn-theory report"))
    ['command', 'machine', 'packages', 'version']
    """
    cores = os.cpu_count() or 1
    return {
        "version": __version__,
        "command": command,
        "machine": f"{platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}",
        "packages": ", ".join(
            f"{name} {found}" for name in _PACKAGES if (found := _version(name)) is not None
        ),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
