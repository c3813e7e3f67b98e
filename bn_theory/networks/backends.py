"""Whose arrays the simulator computes with: NumPy's, PyTorch's or JAX's, by the array API standard.

Nothing but NumPy is imported unless it is asked for by name, or its arrays are given.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from weingarten.errors import InvalidInputError
from weingarten.extras import importing_extras

__all__ = [
    "BACKENDS",
    "as_floats",
    "as_numpy",
    "move",
    "namespace",
    "namespace_of",
    "on_device",
    "precision",
]

BACKENDS = ("numpy", "torch", "jax")


def namespace(backend: str) -> Any:
    """Return the functions of the array API standard for the arrays of a backend.

    Raises
    ------
    InvalidInputError
        If it is none of ``BACKENDS``.
    MissingPackageError
        If it is not installed.

    Examples
    --------
    >>> namespace("numpy").__name__
    'numpy'
    """
    if backend == "numpy":
        return np
    with importing_extras(f"backend={backend!r}"):
        if backend == "torch":
            import array_api_compat.torch as compatible  # noqa: PLC0415 - only if asked for

            return compatible
        if backend == "jax":
            import jax.numpy as standard  # noqa: PLC0415 - only if asked for

            return standard
    raise InvalidInputError(
        "backend", f"must be one of {', '.join(map(repr, BACKENDS))}", backend, 'pass "numpy"'
    )


def namespace_of(array: object) -> Any:
    """Return the namespace of an array; NumPy's for what is none (lists, numbers).

    Examples
    --------
    >>> namespace_of([[1.0]]).__name__
    'numpy'
    """
    owner = type(array).__module__.partition(".")[0]
    return namespace({"torch": "torch", "jax": "jax", "jaxlib": "jax"}.get(owner, "numpy"))


def as_floats(array: object, name: str) -> Any:
    """Return an array of its own backend, of floating point: double precision unless it is single.

    Raises
    ------
    InvalidInputError
        Naming the argument, if that is no array of real numbers.

    Examples
    --------
    >>> as_floats([[1, 2]], "state").dtype.name, as_floats(np.zeros(2, np.float32), "x").dtype.name
    ('float64', 'float32')
    """
    xp = namespace_of(array)
    try:
        found = xp.asarray(array)
        if xp is np and found.dtype == object:  # Fraction, SymPy
            found = found.astype(np.float64)
        if xp.isdtype(found.dtype, "real floating"):
            return found
        if xp.isdtype(found.dtype, ("bool", "integral")):
            return xp.astype(found, xp.float64)
    except (TypeError, ValueError):
        pass
    raise InvalidInputError(
        name, "must be an array of real numbers", array, "pass floats, in rows of equal length"
    )


def precision(dtype: object) -> str:
    """Return the name of a dtype of any backend, float64 or float32.

    Raises
    ------
    InvalidInputError
        If it is neither.

    Examples
    --------
    >>> precision(np.float32), precision("float64")
    ('float32', 'float64')
    """
    try:
        name = np.dtype(dtype).name if isinstance(dtype, str | type | np.dtype) else str(dtype)
    except TypeError:
        name = str(dtype)
    name = name.rpartition(".")[2]
    if name not in ("float64", "float32"):
        raise InvalidInputError(
            "dtype", "must be float64 or float32", dtype, 'pass dtype="float32"'
        )
    return name


def as_numpy(array: Any) -> Any:
    """Return an array of any backend as NumPy's, from whatever device it is on.

    Examples
    --------
    >>> as_numpy(np.ones(2)).tolist()
    [1.0, 1.0]
    """
    if type(array).__module__.partition(".")[0] == "torch":
        array = array.detach().cpu()
    return np.asarray(array)


def on_device(array: Any, device: object) -> Any:
    """Return an array of PyTorch or JAX on a device of its backend."""
    if type(array).__module__.partition(".")[0] == "torch":
        return array.to(device)
    import jax  # noqa: PLC0415 - its namespace is loaded already

    return jax.device_put(array, device)


def move(array: Any, backend: str, dtype: object = np.float64, device: object = None) -> Any:
    """Return a NumPy array as one of a backend, in a precision, on a device of its.

    Raises
    ------
    InvalidInputError
        If the dtype is neither float64 nor float32, or JAX was not told to use double precision.

    Examples
    --------
    >>> move(np.eye(2), "numpy", "float32").dtype.name
    'float32'
    """
    xp, name = namespace(backend), precision(dtype)
    if backend == "numpy" and device not in (None, "cpu"):
        raise InvalidInputError("device", "must be None for NumPy", device, 'pass backend="torch"')
    if backend == "jax":
        return _move_to_jax(xp, array, name, device)
    found = xp.asarray(array, dtype=getattr(xp, name))
    if device is None or backend == "numpy":
        return found
    try:
        return found.to(device)
    except (AssertionError, RuntimeError):  # not compiled in, not there, or no such name
        raise _no_device(device) from None


def _no_device(device: object) -> InvalidInputError:
    return InvalidInputError(
        "device", "must be one that the backend has on this machine", device, 'pass "cpu"'
    )


def _move_to_jax(xp: Any, array: Any, name: str, device: object) -> Any:
    import jax  # noqa: PLC0415 - its namespace is loaded already

    if name == "float64" and not jax.config.jax_enable_x64:
        raise InvalidInputError(
            "dtype",
            "must be float32 unless JAX was told to use double precision",
            name,
            'call jax.config.update("jax_enable_x64", True) first',
        )
    try:
        target = jax.devices(device)[0] if isinstance(device, str) else device
    except RuntimeError:
        raise _no_device(device) from None
    return jax.device_put(xp.asarray(array, dtype=getattr(xp, name)), target)
