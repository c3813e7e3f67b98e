"""Values of the spectrum map: exact where there is a closed form, otherwise with a known error.

After several layers the mean Gram matrix of the samples is a function of the first one with one
number in it, τ, that the flow of the mean spectrum gives (:mod:`bn_theory.laws.gaps.mean_flow`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.laws.common import quadrature
from bn_theory.laws.common.closed_mean_logs import closed_log_sensitivities
from bn_theory.laws.common.shared import given_spectrum, place_of
from bn_theory.laws.common.spectral_values import has_symbols, written_out
from bn_theory.laws.common.sphere_means import eigenvalue
from bn_theory.laws.gaps.mean_flow import followed
from bn_theory.laws.sphere_integrals.derive import spectrum_map
from bn_theory.notation import EIGENVALUE, MEAN, RUNNING, D
from weingarten.budget import foresee
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError

__all__ = ["map_error", "map_over_layers", "map_value"]

_ORIGIN = sp.Function("tau")
#: Times what the first layer and the gap leave out: more than was seen at widths 2 to 64.
_MARGIN = 1.5


@refuses_text("d")
def map_over_layers(d: int | sp.Expr, depth: int = 1) -> sp.Expr:
    """Return E (X_LᵀX_L)_ss in the eigenbasis of X_0ᵀX_0: for L >= 2 by one number τ(L).

    Examples
    --------
    >>> map_over_layers(sp.Symbol("d"), 5).has(sp.Function("tau")(5))
    True
    """
    if depth == 1:
        return spectrum_map(d)

    def kept(index: sp.Expr) -> sp.Expr:
        return eigenvalue(index) / (MEAN + _ORIGIN(sp.Integer(depth)) * eigenvalue(index))

    return sp.sympify(d) * kept(EIGENVALUE) / sp.Sum(kept(RUNNING), (RUNNING, 1, d))


def _map_after(values: Mapping[str, Any]) -> tuple[npt.NDArray[np.float64], float, float]:
    """Return the mean Gram matrix after layers, τ, and an estimate of the largest error.

    The flow is that of large d: what it leaves out in the first layer is known.
    """
    array, depth = _full_rank(values), int(values["depth"])
    relative = array / array.mean()
    foresee(f"{depth} layers of width {len(array)}", 1e-3 * min(depth, 6 * len(array)))
    flow = followed(array, depth)

    def after(origin: float) -> npt.NDArray[np.float64]:
        weights = relative / (1 + origin * relative)
        return np.asarray(weights / weights.mean())

    first = len(array) * quadrature.log_sensitivities(array).value
    size = float(np.max(np.abs(first - 1)))
    missed = float(np.max(np.abs(after(flow.origins[1]) - first))) / size if size else 0.0
    found = after(flow.origins[-1])
    share = min(1.0, _MARGIN * (missed + float(flow.shares[-1])))
    error = float(np.max(np.abs(found - 1))) * share + quadrature.ROUNDING
    return found, float(flow.origins[-1]), error


def _full_rank(values: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    array = given_spectrum(values).as_array()
    if np.any(array == 0):
        raise InvalidInputError(
            "eigenvalues",
            "must all be positive to be followed over layers",
            f"a spectrum of rank {np.count_nonzero(array)}",
            "sample it: .simulate(...) with the same values",
        )
    return array


def _values_after(
    expr: sp.Expr, values: Mapping[str, Any], indices: Sequence[int]
) -> list[sp.Expr]:
    """Return an expression in the mean Gram matrix after layers, for some indices."""
    found, origin, _ = _map_after(values)
    stated = map_over_layers(D, int(values["depth"]))
    if expr == stated:
        return [sp.Float(found[k]) for k in indices]
    spectrum = given_spectrum(values)
    numbers = spectrum.as_array()
    weight = float(np.sum(numbers / (numbers.mean() + origin * numbers)))
    given = {
        next(iter(stated.atoms(sp.Sum))): sp.Float(weight),
        _ORIGIN(values["depth"]): sp.Float(origin),
        D: sp.Integer(len(spectrum)),
        MEAN: sp.Float(numbers.mean()),
    }
    at = eigenvalue(EIGENVALUE)
    return [sp.N(expr.xreplace({**given, at: sp.Float(numbers[k])})) for k in indices]


def map_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in E (X'ᵀX')_ss: for the index s, or for all of them as a column."""
    spectrum = given_spectrum(values)
    index = values.get("s")
    wanted = range(len(spectrum)) if index is None else [place_of(index, spectrum)]
    if int(values["depth"]) > 1:
        after = _values_after(expr, values, wanted)
        return after[0] if index is not None else sp.ImmutableDenseMatrix(after)
    statement = spectrum_map(D)
    shares = closed_log_sensitivities(spectrum.exact) if spectrum.exact else None
    if shares is None and not has_symbols(spectrum):
        floats = quadrature.log_sensitivities(spectrum.as_array()).value
        shares = tuple(sp.Float(share) for share in floats)
    results = []
    for k in wanted:
        if shares is None:
            number = {eigenvalue(EIGENVALUE): spectrum.exact[k], D: sp.Integer(len(spectrum))}
            results.append(written_out(expr.xreplace(number), spectrum))
            continue
        integral = next(iter(statement.atoms(sp.Integral)))
        share = sp.Integer(0) if shares[k].is_zero else shares[k]
        # d λ_k times the integral is d times the share
        held = sp.Dummy()
        scaled = expr.xreplace({integral: held / eigenvalue(EIGENVALUE)})
        value = scaled.xreplace({held: share, D: sp.Integer(len(spectrum))})
        results.append(sp.N(value) if value.has(sp.Float) else sp.expand(value))
    return results[0] if index is not None else sp.ImmutableDenseMatrix(results)


def map_error(values: Mapping[str, Any]) -> float:
    """Return an estimate of the largest error of the entries of the spectrum map."""
    spectrum = given_spectrum(values)
    if int(values["depth"]) > 1:
        return _map_after(values)[2]
    if spectrum.exact and closed_log_sensitivities(spectrum.exact) is not None:
        return 0.0
    found = quadrature.log_sensitivities(spectrum.as_array())
    rounding = quadrature.ROUNDING * float(np.max(np.abs(found.value)))
    return len(spectrum) * (float(found.error.max()) + rounding)
