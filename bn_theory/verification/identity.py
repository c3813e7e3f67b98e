"""What the draws of a sampler depend on, as a text that is the same as long as they are."""

from __future__ import annotations

import hashlib
import inspect
from functools import partial
from typing import Any

import numpy as np

__all__ = ["digest"]


def digest(*things: object) -> str:
    """Return a short digest of functions (their source) and plain values.

    Functions that these functions call are not looked into.

    Examples
    --------
    >>> digest([1, 2.5]) == digest([1, 2.5]), digest([1]) == digest([1.0])
    (True, False)
    """
    return hashlib.sha256(_text(list(things)).encode()).hexdigest()[:16]


def _text(thing: Any) -> str:
    if isinstance(thing, partial):
        return f"partial({_text([thing.func, thing.args, thing.keywords])})"
    if isinstance(thing, np.ndarray):
        return f"array({thing.tolist()!r})"
    if isinstance(thing, dict):
        return f"{{{', '.join(f'{key!r}: {_text(value)}' for key, value in thing.items())}}}"
    if isinstance(thing, list | tuple):
        return f"[{', '.join(map(_text, thing))}]"
    if callable(thing):
        named = thing if hasattr(thing, "__qualname__") else type(thing)
        state = "" if named is thing else _text(vars(thing))
        try:
            source = inspect.getsource(named)
        except (OSError, TypeError):
            # typed at a prompt, or compiled
            code = getattr(named, "__code__", None)
            source = "" if code is None else f"{code.co_code!r}{code.co_names!r}"
        return f"{named.__module__}.{named.__qualname__}{state}: {source}"
    return repr(thing)
