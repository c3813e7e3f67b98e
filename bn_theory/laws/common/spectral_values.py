"""Values of statements that contain integrals over the spectrum.

An evaluator takes any expression in the statement's symbols and integrals, so it serves conjectures
as well. Exact eigenvalues give exact values where a closed form exists, symbols leave the integral
standing, and everything else becomes a Float with a known error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.common import quadrature
from bn_theory.laws.common.closed_mean_logs import closed_mean_log
from bn_theory.laws.common.shared import given_spectrum
from bn_theory.laws.common.sphere_means import mean_log, mean_log_ratio
from bn_theory.notation import MEAN, D, T

__all__ = [
    "has_symbols",
    "integral_error",
    "normalised_value",
    "ratio_error",
    "spectral_value",
    "written_out",
]

# above this, sums of digamma functions are computed in floating point
_MOST_EXACT_TERMS = 64


def written_out(expr: sp.Expr, spectrum: Spectrum) -> sp.Expr:
    """Put symbolic eigenvalues into the products of an integral."""
    numbers = spectrum.values()
    product = sp.Mul(*(1 / sp.sqrt(1 + x * T) for x in numbers))
    return expr.replace(lambda part: isinstance(part, sp.Product), lambda _: product)


def _mean_log(spectrum: Spectrum) -> sp.Expr:
    """Return E log(a/m), exact where there is a closed form."""
    closed = closed_mean_log(spectrum.exact) if spectrum.exact else None
    if closed is not None:
        return closed - sp.log(spectrum.mean)
    return sp.Float(quadrature.mean_log_ratio(spectrum.as_array()).value)


def has_symbols(spectrum: Spectrum) -> bool:
    """Tell whether an eigenvalue is a symbol."""
    return any(value.free_symbols for value in spectrum.exact)


def spectral_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in the integrals E log a, E log(a/m) and symbols of the spectrum."""
    spectrum = given_spectrum(values)
    given: dict[sp.Basic, sp.Expr] = {}
    for atom in expr.atoms(sp.Integral):
        if has_symbols(spectrum) and closed_mean_log(spectrum.exact) is None:
            scaled = atom.xreplace({D: sp.Integer(len(spectrum)), MEAN: spectrum.mean})
            given[atom] = written_out(scaled, spectrum)
        elif atom == mean_log_ratio(D):
            given[atom] = _mean_log(spectrum)
        elif atom == mean_log(D):
            given[atom] = _mean_log(spectrum) + sp.log(spectrum.mean)
    return _finished(expr.xreplace(given), values, spectrum)


def _finished(expr: sp.Expr, values: Mapping[str, Any], spectrum: Spectrum) -> sp.Expr:
    given = {}
    for symbol in expr.free_symbols:
        value = spectrum.value_of(symbol) if isinstance(symbol, sp.Symbol) else None
        if value is None:
            value = next((v for name, v in values.items() if name == symbol.name), None)
        if value is not None:
            given[symbol] = value
    if sp.oo in given.values():
        return sp.oo
    result = expr.xreplace(given)
    if len(spectrum) > _MOST_EXACT_TERMS or result.has(sp.Float):
        result = result.replace(sp.Sum, _numerical_sum)
    result = sp.expand(sp.expand_func(result.doit() if result.has(sp.Sum) else result))
    return sp.N(result) if result.has(sp.Float) else result


def _numerical_sum(summand: sp.Expr, limits: sp.Tuple) -> sp.Float:
    """Sum a function of an index in floating point."""
    index, first, last = limits
    terms = sp.lambdify(index, summand, "scipy")(np.arange(int(first), int(last) + 1))
    return sp.Float(math.fsum(np.atleast_1d(terms)))


def ratio_error(values: Mapping[str, Any]) -> float:
    """Return an estimate of the error of φ + E log(a/m), quadrature and rounding; 0 if exact."""
    spectrum = given_spectrum(values)
    if spectrum.exact and closed_mean_log(spectrum.exact) is not None:
        return 0.0
    found = quadrature.mean_log_ratio(spectrum.as_array())
    gap = float(spectrum.isometry_gap)
    size = abs(float(found.value)) + (gap if math.isfinite(gap) else 0.0)
    # deviations from a rounded mean are off by units in its last place
    array = spectrum.as_array()
    size += float(np.mean(np.abs(array / array.mean() - 1))) + quadrature.ROUNDING
    return float(found.error) + quadrature.ROUNDING * size


def integral_error(values: Mapping[str, Any]) -> float:
    """Return an estimate of the error of E log a, or of what adds terms of order 1; 0 if exact."""
    found = ratio_error(values)
    if found == 0:
        return 0.0
    scale = abs(math.log(float(given_spectrum(values).mean)))
    return found + quadrature.ROUNDING * (1.0 + scale)


def normalised_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in symbols of G/m: d, t_k = tr Δ^k with Δ = G/m - I, and the like."""
    spectrum = given_spectrum(values)
    given = {}
    for symbol in expr.free_symbols:
        value = spectrum.value_of(symbol, relative=True)
        if value is not None:
            given[symbol] = value
    return expr.xreplace(given)
