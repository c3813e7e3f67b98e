"""Activations that need not be odd, and the first power in which one is not linear."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp

from bn_theory.laws.common.activations import ACTIVATIONS, NumericActivation
from bn_theory.notation import ARGUMENT
from weingarten.errors import InvalidInputError

__all__ = ["AnyActivationDomain", "first_power", "is_odd"]

#: Activations by name, besides the odd ones.
_OTHERS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "gelu": lambda u: u * (1 + sp.erf(u / sp.sqrt(2))) / 2,
    "relu": lambda u: sp.Max(u, 0),
    "silu": lambda u: u / (1 + sp.exp(-u)),
    "softplus": lambda u: sp.log(1 + sp.exp(u)),
}
_NAMED = {**ACTIVATIONS, **_OTHERS}
#: How far the Taylor series is followed.
_DEGREE = 16


class AnyActivationDomain:
    """Functions of one variable: a name, or a SymPy function."""

    @property
    def text(self) -> str:
        """The domain in words."""
        return f"an activation: {', '.join(sorted(_NAMED))}, or a SymPy function of one variable"

    def read(self, name: str, value: object) -> sp.Expr:
        """Return the activation as an expression in the symbol u."""
        error = InvalidInputError(
            name,
            f"must be {self.text}",
            value,
            "pass a name, sympy.tanh, or an expression in one symbol",
        )
        if isinstance(value, str):
            if value not in _NAMED:
                raise error
            return _NAMED[value](ARGUMENT)
        if isinstance(value, sp.Lambda | sp.FunctionClass):
            try:
                expr = value(ARGUMENT)
            except TypeError:
                raise error from None
        elif isinstance(value, sp.Expr) and len(value.free_symbols) == 1:
            expr = value.xreplace({next(iter(value.free_symbols)): ARGUMENT})
        else:
            raise error
        if not isinstance(expr, sp.Expr) or expr.free_symbols != {ARGUMENT}:
            raise error
        return expr

    def plain(self, name: str, value: object) -> object:
        """Return a NumPy function."""
        if not isinstance(value, sp.Expr):
            raise InvalidInputError(name, f"must be {self.text}", value, "pass one of them")
        return NumericActivation(value)


def is_odd(activation: sp.Expr) -> bool:
    """Return whether f(-u) = -f(u), as far as SymPy sees.

    Examples
    --------
    >>> is_odd(sp.tanh(ARGUMENT)), is_odd(sp.Max(ARGUMENT, 0))
    (True, False)
    """
    mirrored = activation.xreplace({ARGUMENT: -ARGUMENT})
    return bool(mirrored + activation == 0 or sp.simplify(mirrored + activation) == 0)


# every value over many layers of one activation asks for it
@lru_cache(maxsize=64)
def first_power(activation: sp.Expr) -> int | None:
    """Return the first power after u in the Taylor series at 0; None without one.

    Examples
    --------
    >>> first_power(sp.tanh(ARGUMENT)), first_power(ARGUMENT - ARGUMENT**5)
    (3, 5)
    >>> first_power(sp.exp(ARGUMENT)), first_power(sp.Max(ARGUMENT, 0))
    (2, None)
    """
    if activation.has(sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside, sp.Piecewise):
        return None
    try:
        series = sp.series(activation, ARGUMENT, 0, _DEGREE).removeO()
        slope = series.coeff(ARGUMENT, 1)
    except (NotImplementedError, ValueError, TypeError, AttributeError):
        return None
    if slope == 0:
        return None
    powers = (r for r in range(2, _DEGREE) if series.coeff(ARGUMENT, r) != 0)
    return next(powers, None)
