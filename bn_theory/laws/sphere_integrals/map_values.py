"""Values of the spectrum map: exact where there is a closed form, otherwise with a known error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.laws.common import quadrature
from bn_theory.laws.common.closed_forms import closed_log_sensitivities
from bn_theory.laws.common.shared import given_spectrum
from bn_theory.laws.common.spectral_values import has_symbols, written_out
from bn_theory.laws.common.sphere import eigenvalue
from bn_theory.laws.sphere_integrals.derive import spectrum_map
from bn_theory.notation import EIGENVALUE, D
from weingarten.errors import InvalidInputError

__all__ = ["map_error", "map_value"]


def map_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Return an expression in E (X'ᵀX')_ss: for the index s, or for all of them as a column."""
    spectrum = given_spectrum(values)
    index = values.get("s")
    if index is not None and not 1 <= index <= len(spectrum):
        raise InvalidInputError(
            "s", f"must count the {len(spectrum)} eigenvalues from 1", index, "pass a smaller s"
        )
    wanted = range(len(spectrum)) if index is None else [int(index) - 1]
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
    if spectrum.exact and closed_log_sensitivities(spectrum.exact) is not None:
        return 0.0
    found = quadrature.log_sensitivities(spectrum.as_array())
    rounding = quadrature.ROUNDING * float(np.max(np.abs(found.value)))
    return len(spectrum) * (float(found.error.max()) + rounding)
