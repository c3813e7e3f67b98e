"""Packages that an extra brings: what needs one of them says so in a line where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from weingarten.errors import MissingPackageError

__all__ = ["importing_extras"]

#: What the extra ``report`` brings and importing calls it, and the name it is installed by.
_REPORT = {"matplotlib": "matplotlib", "rich": "rich", "sklearn": "scikit-learn"}


@contextmanager
def importing_extras(request: str) -> Iterator[None]:
    """Import inside what the extra ``report`` brings; ``request`` is what needs it.

    Raises
    ------
    MissingPackageError
        If a package of the extra is not installed, with the remedy. Any other module that cannot
        be found is a defect, and its error is left alone.

    Examples
    --------
    >>> with importing_extras("a picture"):
    ...     raise ModuleNotFoundError(name="sklearn.datasets")
    Traceback (most recent call last):
        ...
    weingarten.errors.MissingPackageError: a picture needs scikit-learn, which is not installed:
    pip install "weingarten-bn[report]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = _REPORT.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise MissingPackageError(request, package) from error
