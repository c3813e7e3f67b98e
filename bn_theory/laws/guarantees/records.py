"""Records of the guarantees: bounds with explicit constants, for every input and at any depth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp
from scipy.special import roots_jacobi

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.spectrum import Spectrum
from bn_theory.law.status import BOUND
from bn_theory.laws.common.shared import MEAN_OVER_LAYERS, METEREZ, depth, eigenvalues, width
from bn_theory.laws.guarantees import derive, sample
from bn_theory.notation import CONSTANT, DEPTH, GAP, central_power_sum, meaning_of
from weingarten.errors import NOTHING, InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 44

_SQUARE = (
    "W_1, …, W_L are independent and Haar-distributed on O(d), independent of the batch X_0",
    "as many samples as units, n = d; no mean removal, linear activation",
)
_PROOF = f"Padé and Gauss bounds on E[-log(a_j/m)] by the moments of a row norm; sharpens {METEREZ}"
_GAP = Quantity("phi", meaning_of(GAP), RealDomain(0), GAP)
_NODES = 60
#: Different exact eigenvalues beyond which the gap, a sum of their logarithms, is a number.
_MOST_LOGARITHMS = 32
_LONG = f"a Float from {_MOST_LOGARITHMS + 1} different eigenvalues on"

_SPECTRA: tuple[Sequence[float], ...] = (
    [4, 3, 2, 1],
    [1, 1, 1, 1e-6],
    [8] + [1] * 15,
    [1e-4] * 2 + [1] * 14,
)


def _bound_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Put the spectrum, or d and φ, into a bound; a singular G has no bound."""
    given: dict[sp.Basic, sp.Expr] = {}
    spectrum = values.get("eigenvalues")
    for symbol in expr.free_symbols:
        value = values.get("depth") if symbol == DEPTH else values.get(symbol.name)
        if value is None and isinstance(spectrum, Spectrum):
            value = spectrum.value_of(symbol, relative=True)
        if value is None:
            raise InvalidInputError(
                "depth" if symbol == DEPTH else "eigenvalues",
                "must be given",
                NOTHING,
                "pass depth=" if symbol == DEPTH else "pass eigenvalues=, or d= and phi=",
            )
        given[symbol] = value
    if given.get(GAP) == sp.oo:
        return sp.oo
    if isinstance(spectrum, Spectrum) and len(set(spectrum.exact)) > _MOST_LOGARITHMS:
        given = {symbol: sp.N(value) if symbol == GAP else value for symbol, value in given.items()}
    if given.get(central_power_sum(2)) == 0:  # isometry: nothing to contract
        return sp.Integer(0)
    value = expr.xreplace(given)
    integrals = value.atoms(sp.Integral)
    return value.xreplace({integral: _integrated(integral) for integral in integrals}).doit()


def _integrated(integral: sp.Integral) -> sp.Expr:
    """Return ∫_0^1 s g(s) ds of a rational g without poles there; as it stands, with symbols."""
    if integral.free_symbols:
        return integral
    variable = integral.limits[0][0]
    roots, weights = roots_jacobi(_NODES, 0, 1)
    nodes = (1 + roots) / 2
    # the rule's weight is 1 + x on [-1, 1], four times s ds on [0, 1]
    values = sp.lambdify(variable, integral.function / variable)(nodes)
    return sp.Float(math.fsum(weights * values / 4))


def _rounding(values: Mapping[str, Any]) -> float:
    """Return what double precision may miss where the bound is an integral."""
    if values.get("order", 1) == 1:
        return 0.0
    spectrum = values.get("eigenvalues")
    gap = spectrum.isometry_gap if isinstance(spectrum, Spectrum) else values.get("phi", 0)
    return 1e-12 * float(gap) if gap != sp.oo else 0.0


def _gap_square(formula: Formula, values: Mapping[str, Any]) -> sp.Expr:
    """Return the square of φ(X_0), which no draw exceeds."""
    del formula
    return values["eigenvalues"].isometry_gap ** 2


def _cases(**values: object) -> tuple[Case, ...]:
    return tuple(
        Case({"eigenvalues": spectrum, **values}, samples=count)
        for spectrum, count in zip(_SPECTRA, (4000, 4000, 1000, 1000), strict=True)
    )


GAP_CONTRACTION_BOUND = Formula(
    name="forward.gap_contraction_bound",
    title="Bound on the mean isometry gap after one layer, for every input",
    left=r"\mathbb{E}_{W}\, \phi(X_1)",
    derivation=derive.gap_contraction_bound,
    quantities=(
        eigenvalues(),
        width(),
        _GAP,
        Quantity(
            "order",
            "1: in d and φ alone; else Gauss nodes, from 2·order moments of a row norm",
            OrderDomain(1, 4),
            default=1,
        ),
    ),
    sampler=sample.gap_after,
    sampled_at=("eigenvalues",),
    cases=(*_cases(), *_cases(order=2)),
    assumptions=_SQUARE,
    validity=f"every integer d >= 1 and every full-rank spectrum; oo for a singular G; {_LONG}",
    reference=_PROOF,
    status=BOUND,
    relation="<=",
    evaluator=_bound_value,
    second_moment=_gap_square,
    relative=True,
    remainder_bound=_rounding,
)

GAP_DEPTH_BOUND = Formula(
    name="forward.gap_depth_bound",
    title="Bound on the mean isometry gap after L layers, for every input",
    left=rf"{MEAN_OVER_LAYERS}\, \phi(X_L)",
    derivation=derive.gap_depth_bound,
    quantities=(eigenvalues(), width(), _GAP, depth(minimum=0)),
    sampler=sample.gap_after,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": _SPECTRA[0], "depth": 4}, samples=1000),
        Case({"eigenvalues": _SPECTRA[1], "depth": 10}, samples=400),
        Case({"eigenvalues": _SPECTRA[2], "depth": 5}, samples=200),
    ),
    assumptions=_SQUARE,
    validity=f"every integer d >= 1, every depth and every full-rank spectrum; {_LONG}",
    reference=_PROOF,
    status=BOUND,
    relation="<=",
    evaluator=_bound_value,
    relative=True,
)

GAP_NEVER_GROWS = Formula(
    name="forward.gap_never_grows",
    title="The isometry gap never grows, in any draw",
    left=r"\phi(X_L)",
    derivation=derive.gap_never_grows,
    quantities=(eigenvalues(), width(), _GAP, depth(minimum=0)),
    sampler=sample.gap_after,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": _SPECTRA[0], "depth": 1}, samples=1000),
        Case({"eigenvalues": _SPECTRA[1], "depth": 3}, samples=400),
        Case({"eigenvalues": _SPECTRA[3], "depth": 2}, samples=200),
    ),
    assumptions=("orthogonal weights, whatever their law", _SQUARE[1]),
    validity="every d, every depth, every draw",
    reference="Hadamard's inequality for W G Wᵀ",
    status=BOUND,
    relation="<=",
    every_draw=True,
    rounding=1e-9,
    evaluator=_bound_value,
    relative=True,
)

#: How far floats may be off the scale tr G_0 = d.
_OFF_SCALE = 1e-9


def _on_scale(values: Mapping[str, Any]) -> None:
    """Refuse a spectrum on another scale, which moves the logarithm of the Jacobian."""
    spectrum = values.get("eigenvalues")
    if not isinstance(spectrum, Spectrum) or spectrum.mean.free_symbols:
        return
    if abs(float(spectrum.mean) - 1) > _OFF_SCALE:
        raise InvalidInputError(
            "eigenvalues",
            f"must add up to their number d = {len(spectrum)}, the scale of every later state",
            float(spectrum.power_sum(1)),
            "divide them by their mean: on another scale log‖∂X_L/∂X_0‖ is less by half of the "
            "logarithm of it",
        )


JACOBIAN_BOUND = Formula(
    name="backward.jacobian_bound",
    title="Bound on the largest singular value of the whole network's Jacobian, at any depth",
    left=(
        rf"{MEAN_OVER_LAYERS}\, \log "
        r"\left\| \frac{\partial X_L}{\partial X_0} \right\|_{\mathrm{op}}"
    ),
    derivation=derive.jacobian_bound,
    quantities=(eigenvalues(), width(), _GAP, depth("it holds for every number")),
    sampler=sample.log_operator_norm,
    whole_jacobian=True,
    sampled_at=("eigenvalues", "depth"),
    cases=(
        Case({"eigenvalues": [1.6, 1.2, 0.8, 0.4], "depth": 10}, samples=200),
        Case({"eigenvalues": [1.2, 1, 1, 0.8], "depth": 30}, samples=200),
        Case({"eigenvalues": [2.5, 1, 1, 1, 1, 0.5, 0.5, 0.5], "depth": 5}, samples=60),
    ),
    assumptions=(*_SQUARE, "the batch is on the scale tr G_0 = d"),
    validity=f"every integer d >= 1, every depth and every full-rank spectrum; {_LONG}",
    constraint=_on_scale,
    reference="the Jacobian of a layer by what the layer takes off the gap, summed over layers; "
    f"sharpens {METEREZ}",
    status=BOUND,
    relation="<=",
    evaluator=_bound_value,
    relative=True,
)


def _published_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    """Evaluate the published form, with C = 1 where no constant is given: the paper names none."""
    return _bound_value(expr, {"C": sp.Integer(1), **values})


PUBLISHED_JACOBIAN_BOUND = replace(
    JACOBIAN_BOUND,
    name="backward.published_jacobian_bound",
    title="The published bound on gradients through the whole network, at any depth",
    derivation=derive.published_jacobian_bound,
    quantities=(
        *JACOBIAN_BOUND.quantities,
        Quantity("C", meaning_of(CONSTANT), RealDomain(0, strict=True), CONSTANT),
    ),
    cases=tuple(Case({**case.values, "C": 1}, case.samples // 2) for case in JACOBIAN_BOUND.cases),
    validity="as published, up to an absolute constant C; C = 1, the default, holds at the cases. "
    "It is stated of log‖∂ℓ/∂W_l‖, whose growth is that of the Jacobian",
    reference=METEREZ,
    evaluator=_published_value,
)

ENTRIES = (
    GAP_CONTRACTION_BOUND,
    GAP_DEPTH_BOUND,
    GAP_NEVER_GROWS,
    JACOBIAN_BOUND,
    PUBLISHED_JACOBIAN_BOUND,
)
