"""Values that are wrong for most arguments, and a call that says what came of one."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import sympy as sp

from weingarten import WeingartenError

__all__ = ["WRONG_VALUES", "complaint"]

_SECONDS = 30
_SYMBOL = sp.Symbol("x")
_MATRIX = sp.MatrixSymbol("M", 2, 3)

#: Nothing, text, numbers of the wrong kind or size, empty and odd containers, SymPy objects.
WRONG_VALUES = {
    "None": None,
    "text": "text",
    "empty text": "",
    "bytes": b"text",
    "True": True,
    "half": 0.5,
    "float": 2.0,
    "nan": float("nan"),
    "infinity": float("inf"),
    "complex": 1j,
    "fraction": Fraction(1, 3),
    "zero": 0,
    "negative": -1,
    "huge": 10**30,
    "empty list": [],
    "empty tuple": (),
    "empty dict": {},
    "empty set": set(),
    "list of None": [None],
    "list of text": ["a"],
    "nested": [[1, 2], [3]],
    "negative entries": [-1, 2],
    "floats": [0.5, float("nan")],
    "numbers": {1, 2},
    "mapping": {"a": 1},
    "array": np.array([[0.5, 1.0]]),
    "array of objects": np.array([None, "a"], dtype=object),
    "no number": np.array(["a"]),
    "object": object(),
    "type": int,
    "function": len,
    "generator": (None for _ in range(2)),
    "symbol": _SYMBOL,
    "negative symbol": sp.Symbol("y", negative=True),
    "imaginary symbol": sp.Symbol("z", imaginary=True),
    "matrix symbol": _MATRIX,
    "matrix": sp.Matrix([[1, _SYMBOL]]),
    "rational": sp.Rational(1, 2),
    "root": sp.sqrt(2),
    "SymPy float": sp.Float(2.0),
    "SymPy nan": sp.nan,
    "SymPy infinity": sp.oo,
    "complex infinity": sp.zoo,
    "imaginary unit": sp.I,
    "truth": sp.true,
    "relation": sp.Eq(_SYMBOL, 1),
    "predicate": sp.Q.positive(_SYMBOL),
    "function class": sp.sin,
    "undefined function": sp.Function("f")(_SYMBOL),
    "sum": sp.Sum(_SYMBOL, (_SYMBOL, 0, 3)),
    "interval": sp.Interval(0, 1),
    "tuple": sp.Tuple(1, _SYMBOL),
    "SymPy text": sp.core.symbol.Str("a"),
}


class _TooSlowError(Exception):
    pass


@contextmanager
def _limit(seconds):
    def stop(*_):
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def complaint(call, names):
    """Return what is wrong with the way a call treats a wrong value, an empty text if nothing.

    A value, or an error of the package that names the argument (by one of ``names``), is right.
    """
    try:
        with _limit(_SECONDS):
            call()
    except WeingartenError as error:
        known = any(name in str(error) for name in names) or not hasattr(error, "argument")
        return "" if known else f"the message does not name {names[0]}: {error}"
    except _TooSlowError:
        return f"no answer within {_SECONDS} s"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
