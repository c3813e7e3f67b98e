"""Record of the spectrum after some layers near isometry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Formula
from bn_theory.law.quantities import Quantity
from bn_theory.law.status import Status, asymptotic
from bn_theory.laws.common.settings import (
    SQUARE_LAYER,
    deviations,
    far_from_isometry,
    is_numeric,
    near_cases,
)
from bn_theory.laws.common.shared import (
    LARGEST_SHARE,
    METEREZ,
    eigenvalues,
    mean_over,
    width,
)
from bn_theory.laws.common.spectral_values import (
    normalised_value,
)
from bn_theory.laws.contraction import derive, derive_depth, sample
from bn_theory.notation import central_power_sum
from weingarten.exact.dimension import Dimension

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 30


def _contraction_remainder(values: Mapping[str, Any]) -> float:
    """Return a bound for one layer; for more an estimate, by the last degrees that are kept."""
    relative, order, k = deviations(values), values["order"], values["k"]
    if values["depth"] == 1:
        return derive.contraction_remainder(relative, order, k)
    largest = max(map(abs, relative))
    if largest >= 1:
        return math.inf
    terms = _terms_after(relative, order, k, values["depth"])
    last = terms[-1] if len(terms) > 1 else terms[-1] * largest
    return max(abs(last), abs(terms[-2]) * largest if len(terms) > 1 else 0.0)


def _terms_after(relative: Sequence[float], order: int, k: int, depth: int) -> list[float]:
    """Return the mean after some layers, a term for each degree in Δ; at least one."""
    d = len(relative)
    dimension = Dimension.of(d)
    row = derive_depth.trace_above(k, order, dimension, depth - 1)
    traces = {
        central_power_sum(j): math.fsum(delta**j for delta in relative) for j in range(2, order + 1)
    }
    found = [float(term.xreplace(traces)) for term in derive_depth.by_degree(row, d)] or [0.0]
    return [term / d for term in found] if k == 2 else found


def _contraction_in_range(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum at which the bound on the rest exceeds a quarter of (tr Δ²)^(k/2)."""
    if not is_numeric(values):
        return
    relative, k = np.array(deviations(values)), values["k"]
    scale = float(np.sum(relative**2)) ** (k / 2) / (len(relative) if k == 2 else 1)
    if values["depth"] > 1 and max(map(abs, relative)) < 1:
        terms = _terms_after(list(relative), values["order"], k, values["depth"])
        scale = abs(math.fsum(terms))
    if scale and _contraction_remainder(values) > LARGEST_SHARE * scale:
        kept = f"(tr Δ²)^({k}/2)" if values["depth"] == 1 else "what is kept"
        left_out = f"the terms left out may exceed a quarter of {kept}"
        raise far_from_isometry(
            values, left_out, "sample the quantity: .simulate(...) with the same values"
        )


def _largest_order(order: int, k: int, depth: int) -> int | None:
    # at a width the powers of a matrix are those of numbers
    return max(order, k) if depth == 1 else None


def _to_order(order: int, k: int, depth: int) -> Status:
    del k, depth
    return asymptotic(f"O(Δ^{order + 1})")


def _spectrum_latex(order: int, k: int, depth: int) -> str:
    del order
    mean = mean_over(depth)
    layer = depth if depth < 10 else rf"{{{depth}}}"
    if k == 2:
        return rf"{mean}\, v(G_{layer})"
    return rf"{mean}\,\mathrm{{Tr}}(\Delta_{layer}^{{{k}}})"


CONTRACTION = Formula(
    name="forward.contraction",
    title="Spectrum after one layer near isometry, or several, as a series in Δ = G/m - I",
    left=_spectrum_latex,
    derivation=derive_depth.contraction_over_layers,
    quantities=(
        eigenvalues(),
        width(),
        Quantity("order", "total degree in Δ that is kept", OrderDomain(2), default=4),
        Quantity("k", "2: variance of the spectrum; else tr Δ'^k", OrderDomain(2), default=2),
        Quantity("depth", "number of layers", OrderDomain(1, 10_000), default=1),
    ),
    sampler=sample.next_spectrum,
    sampled_at=("eigenvalues",),
    cases=(
        *near_cases(order=8),
        *near_cases(order=9, k=3)[:2],
        *near_cases(order=10, k=4)[:2],
        *near_cases(depth=5)[:1],
    ),
    assumptions=(*SQUARE_LAYER, "t_k = tr Δ^k; the series converges where no |δ_i| reaches 1"),
    validity=(
        "symbolic d: every integer d >= order; an integer d: always. The remainder is a bound for "
        "one layer, for more an estimate by the last terms kept"
    ),
    status_at=_to_order,
    reference=f"conjugation moments of a traceless matrix; sharpens {METEREZ}",
    generic_from=_largest_order,
    evaluator=normalised_value,
    relative=True,
    remainder_bound=_contraction_remainder,
    in_range=_contraction_in_range,
)


ENTRIES = (CONTRACTION,)
