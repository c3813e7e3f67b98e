"""Packages that extras bring: what needs one of them says so in a line where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from weingarten.errors import MissingPackageError

__all__ = ["importing_extras"]

#: What extras bring, by what importing calls it: the name it is installed by, and the extra.
_EXTRAS = {
    "array_api_compat": ("array-api-compat", "torch"),
    "jax": ("jax", "jax"),
    "matplotlib": ("matplotlib", "report"),
    "rich": ("rich", "report"),
    "sklearn": ("scikit-learn", "report"),
    "torch": ("torch", "torch"),
}


@contextmanager
def importing_extras(request: str) -> Iterator[None]:
    """Import inside what an extra brings; ``request`` is what needs it.

    Raises
    ------
    MissingPackageError
        If a package of an extra is not installed, with the remedy. Any other module that cannot
        be found is a defect, and its error is left alone.

    Examples
    --------
    >>> with importing_extras("a picture"):
    ...     raise ModuleNotFoundError(name="sklearn.datasets")
    Traceback (most recent call last):
        ...
    weingarten.errors.MissingPackageError: a picture needs scikit-learn, which is not installed:
    pip install scikit-learn (of the extra report)
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = _EXTRAS.get((error.name or "").partition(".")[0])
        if missing is None:
            raise
        raise MissingPackageError(request, *missing) from error
