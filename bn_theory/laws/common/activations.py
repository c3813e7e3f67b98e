"""Odd activations: read from a name or a SymPy function, and expanded by Taylor's series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import sympy as sp
from sympy.polys.polyerrors import BasePolynomialError

from bn_theory.notation import ARGUMENT
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError

__all__ = ["ACTIVATIONS", "NumericActivation", "as_activation", "shape_coefficients"]

#: Activations by name.
ACTIVATIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "tanh": sp.tanh,
    "sin": sp.sin,
    "erf": sp.erf,
    "arctan": sp.atan,
    "atan": sp.atan,
    "arcsinh": sp.asinh,
    "identity": lambda u: u,
}

_CONSTRAINT = "must be an odd function of one variable, analytic at 0, with f'(0) != 0"
#: Known by name where an activation need not be odd (``shaping.mean_field_gradient``).
_NOT_ODD = ("elu", "gelu", "leaky_relu", "relu", "selu", "sigmoid", "silu", "softplus", "swish")
_REMEDY = (
    f"pass one of {', '.join(map(repr, ACTIVATIONS))}, or SymPy: sympy.tanh, "
    "sympy.Lambda(u, u - u**3), or an expression in one symbol"
)


def as_activation(value: object, name: str = "activation") -> sp.Expr:
    """Return an activation as an expression in the symbol ``u``.

    Parameters
    ----------
    value : str, SymPy function, sympy.Lambda, or sympy.Expr
        A name is looked up, never evaluated; an expression has exactly one symbol.

    Raises
    ------
    InvalidInputError
        If it is unknown, not odd, or has no linear term.

    Examples
    --------
    >>> as_activation("sin"), as_activation(sp.Symbol("x") ** 3 + sp.Symbol("x"))
    (sin(u), u**3 + u)
    """
    if isinstance(value, str):
        if value.lower() in _NOT_ODD:
            raise InvalidInputError(
                name,
                "must be odd, which what is stated here needs",
                value,
                "at large d shaping.mean_field_gradient serves others, with mean_removal=True",
            )
        if value not in ACTIVATIONS:
            raise InvalidInputError(name, "must be a known activation", value, _REMEDY)
        return ACTIVATIONS[value](ARGUMENT)
    if isinstance(value, sp.Lambda):
        if len(value.variables) != 1:
            raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY)
        expr = value(ARGUMENT)
    elif isinstance(value, sp.Expr):
        symbols = value.free_symbols
        if len(symbols) != 1:
            raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY)
        expr = value.xreplace({symbols.pop(): ARGUMENT})
    elif isinstance(value, sp.FunctionClass):
        try:
            expr = value(ARGUMENT)
        except TypeError:
            raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY) from None
    else:
        raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY)
    if expr.free_symbols != {ARGUMENT}:
        raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY)
    _check_odd(expr, value, name)
    return expr


def _check_odd(expr: sp.Expr, value: object, name: str) -> None:
    try:
        mirrored = expr.xreplace({ARGUMENT: -ARGUMENT})
        odd = mirrored + expr == 0 or sp.simplify(mirrored + expr) == 0
        slope = sp.limit(expr.diff(ARGUMENT), ARGUMENT, 0)
        # what has no Taylor series, such as u/(1 + |u|), makes SymPy give up in many ways
        sp.series(expr, ARGUMENT, 0, 4).removeO().as_poly(ARGUMENT, domain="EX").degree()
    except (NotImplementedError, ValueError, TypeError, AttributeError, BasePolynomialError):
        odd, slope = False, sp.nan
    if not odd or not slope.is_finite or slope.is_zero or slope.is_real is False:
        raise InvalidInputError(name, _CONSTRAINT, value, _REMEDY)


# series, range and remainder ask for the same ones
@refuses_text("activation")
@lru_cache(maxsize=64)
def shape_coefficients(activation: sp.Expr, degree: int) -> tuple[sp.Expr, ...]:
    """Return (c3, c5, …, c_degree) of f(u)/f'(0) = u - c3 u³ + c5 u⁵ - … .

    The slope f'(0) is divided out: batch normalisation does not see it.

    Examples
    --------
    >>> shape_coefficients(as_activation("tanh"), 5), shape_coefficients(as_activation("sin"), 5)
    ((1/3, 2/15), (1/6, 1/120))
    """
    series = sp.series(activation, ARGUMENT, 0, degree + 1).removeO()
    slope = series.coeff(ARGUMENT, 1)
    return tuple(
        sp.simplify((-1) ** ((r - 1) // 2) * series.coeff(ARGUMENT, r) / slope)
        for r in range(3, degree + 1, 2)
    )


@dataclass(frozen=True)
class NumericActivation:
    """An activation and its derivative as NumPy functions; picklable, for process pools.

    Examples
    --------
    >>> float(NumericActivation(as_activation("sin"))(0.0))
    0.0
    >>> float(NumericActivation(as_activation("sin")).slope(0.0))
    1.0
    """

    expr: sp.Expr

    def __call__(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return f at each value."""
        return np.asarray(_numeric(self.expr)(np.asarray(values, dtype=float)))

    def slope(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return f' at each value."""
        given = np.asarray(values, dtype=float)
        found = np.asarray(_numeric(self.expr.diff(ARGUMENT))(given))
        return np.broadcast_to(found, given.shape)


# compiled once for all networks that are sampled
@lru_cache(maxsize=64)
def _numeric(expr: sp.Expr) -> Callable[[npt.NDArray[np.float64]], npt.ArrayLike]:
    function: Callable[[npt.NDArray[np.float64]], npt.ArrayLike]
    function = sp.lambdify(ARGUMENT, expr, modules=["scipy", "numpy"])
    return function
