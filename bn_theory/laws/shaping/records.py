"""Records of activation shaping: what an activation injects, and gains that keep it bounded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.inputs import missing_values
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.status import Status, asymptotic
from bn_theory.laws.common.choices import ActivationDomain, EvenDomain
from bn_theory.laws.common.shared import METEREZ, width
from bn_theory.laws.shaping import derive_injection, derive_schedule, sample
from bn_theory.laws.shaping.series_ranges import (
    check_gain,
    check_growth,
    check_schedule,
    gain_remainder,
    growth_remainder,
    power_sum,
    schedule_remainder,
    shape,
)
from bn_theory.notation import ALPHA, DEPTH, EXPONENT, D, coefficient, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 100


_ASSUMPTIONS = (
    "activation f(αu)/α on pre-activations u of unit variance; f odd and analytic at 0, "
    "f(u)/f'(0) = u - c3 u³ + c5 u⁵ - …",
    "n = d, no mean removal; W Haar-distributed on O(d)",
)


def _activation() -> Quantity:
    return Quantity("activation", "the activation f; its Taylor series enters", ActivationDomain())


def _alpha() -> Quantity:
    return Quantity("alpha", meaning_of(ALPHA), RealDomain(0), ALPHA)


def _order(default: int) -> Quantity:
    return Quantity(
        "order",
        "power of α up to which the series is given",
        EvenDomain(4),
        default=sp.Integer(default),
    )


def _coefficients() -> tuple[Quantity, ...]:
    """Return c3, c5, c7 of the activation, which may be given instead of it."""
    return tuple(
        Quantity(
            f"c{r}",
            meaning_of(coefficient(r)),
            RealDomain(),
            coefficient(r),
        )
        for r in (3, 5, 7)
    )


def _series_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    given: dict[sp.Symbol, sp.Expr] = shape(values, int(values["order"]))
    given |= {s: values[n] for n, s in (("d", D), ("alpha", ALPHA)) if n in values}
    return expr.subs(given)


def _said_once(values: Mapping[str, Any]) -> None:
    """Refuse two keywords of which only one would be used."""
    for kept, others in (("activation", ("c3", "c5", "c7")), ("alpha", ("budget",))):
        for name in others:
            if kept in values and name in values:
                raise InvalidInputError(
                    name,
                    f"must be left out where {kept} is given",
                    values[name],
                    "pass one of the two",
                )


def _to_order(order: int) -> Status:
    return asymptotic(f"O(α^{order + 2})")


INJECTED_GAP = Formula(
    name="shaping.injected_gap",
    title="Spectrum variance that one shaped activation injects at isometry",
    left=r"\mathbb{E}_{W}\,v(f(\alpha u)/\alpha)",
    derivation=derive_injection.injected_gap,
    quantities=(width(2), _alpha(), _activation(), _order(6), *_coefficients()),
    sampler=sample.injected_gap,
    sampled_at=("d", "alpha", "activation"),
    cases=(
        Case({"d": 4, "alpha": 0.2, "activation": "tanh"}, samples=20_000),
        Case({"d": 4, "alpha": 0.2, "activation": "sin"}, samples=20_000),
        Case({"d": 8, "alpha": 0.2, "activation": "erf", "order": 8}, samples=10_000),
        Case({"d": 8, "alpha": 0.15, "activation": "arctan", "order": 8}, samples=10_000),
        Case({"d": 16, "alpha": 0.1, "activation": "tanh"}, samples=10_000),
        Case({"d": 32, "alpha": 0.1, "activation": "sin"}, samples=4_000),
    ),
    assumptions=(*_ASSUMPTIONS, "the state is a Haar orthogonal matrix"),
    validity=(
        "every integer d >= 2, to the stated order in α, while what is left out is at most a "
        "quarter of the value. It is bounded by the mean, in sampled pairs of rows, of the "
        "injected variance minus its own Taylor polynomial, and six standard errors. Larger gains "
        "are refused: sample them"
    ),
    status_at=_to_order,
    generic_from=None,  # at an integer d its few numbers are found ten times as fast
    reference=f"moments of two rows of an orthogonal matrix, by the engine; setting of {METEREZ}",
    evaluator=_series_value,
    remainder_bound=gain_remainder,
    in_range=check_gain,
    constraint=_said_once,
)


def _schedule_given(values: Mapping[str, Any]) -> dict[sp.Symbol, sp.Expr]:
    given: dict[sp.Symbol, sp.Expr] = shape(values, int(values["order"]))
    names = (("d", D), ("alpha", ALPHA), ("exponent", EXPONENT))
    given |= {symbol: values[name] for name, symbol in names if name in values}
    return given


def _schedule_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    given, layers = _schedule_given(values), values.get("depth", sp.oo)
    terms = []
    for term in sp.Add.make_args(expr):
        # a term whose coefficient vanishes does not diverge
        if term.replace(sp.harmonic, lambda *_: sp.Integer(1)).subs(given) == 0:
            continue
        # the sums first: harmonic(L, 0) would turn into L
        summed = term.replace(sp.harmonic, lambda _, s: _harmonic(layers, s.subs(given)))
        # the leading sum diverges first: the later ones must not turn it into oo - oo
        terms.append(sp.oo if summed.has(sp.oo) else summed.subs(given))
    value = sp.oo if sp.oo in terms else sp.Add(*terms)
    budget = values.get("budget")
    if budget is None or "alpha" in values:
        return value
    leading = _leading(value)
    found = derive_schedule.largest_gain(leading, budget)
    if found.is_finite:
        check_schedule({**values, "alpha": found, "order": int(sp.degree(leading, ALPHA))})
    return found


def _leading(total: sp.Expr) -> sp.Expr:
    """Return the term of a polynomial in α of lowest degree."""
    if total.is_zero or total is sp.oo:
        return total
    return min(sp.Add.make_args(sp.expand(total)), key=lambda term: sp.degree(term, ALPHA))


# more layers than these are added up in floating point: powers that are integers, and others
_MOST_RATIONAL_LAYERS, _MOST_EXACT_LAYERS = 1000, 64


def _harmonic(layers: int | sp.Expr, power: sp.Expr) -> sp.Expr:
    """Return Σ_{l≤layers} l^(-power), infinite where it diverges."""
    if layers is sp.oo:
        if power.free_symbols:
            return sp.zeta(power)
        return sp.zeta(power) if power > 1 else sp.oo
    if not isinstance(layers, int):
        return sp.harmonic(layers, power)
    if power.is_zero:
        return sp.Integer(layers)
    if power.is_Integer and layers <= _MOST_RATIONAL_LAYERS:
        total = sum(Fraction(layer) ** -int(power) for layer in range(1, layers + 1))
        return sp.Rational(total.numerator, total.denominator)
    if power.is_number and (layers > _MOST_EXACT_LAYERS or power.has(sp.Float)):
        return sp.Float(power_sum(layers, float(power)))
    return sp.Add(*(sp.Integer(layer) ** -power for layer in range(1, layers + 1)))


_EXPONENT = Quantity("exponent", meaning_of(EXPONENT), RealDomain(0), EXPONENT)
_LAYERS = Quantity(
    "depth", f"{meaning_of(DEPTH)}, or oo (the default)", OrderDomain(1, None, infinite=True), DEPTH
)

GAIN_SCHEDULE = Formula(
    name="shaping.gain_schedule",
    title="Spectrum variance that gains α_l = α l^(-p) inject in all",
    left=r"\sum_{l=1}^{L} \mathbb{E}_{W_l}\,v_l",
    derivation=derive_schedule.gain_schedule,
    quantities=(
        width(2),
        _alpha(),
        _EXPONENT,
        _activation(),
        _LAYERS,
        _order(6),
        *_coefficients(),
        Quantity(
            "budget",
            "without alpha: the value is the largest α whose total, to leading order in α, "
            "stays below it",
            RealDomain(0, strict=True),
        ),
    ),
    sampler=sample.scheduled_injection,
    sampled_at=("d", "alpha", "exponent", "activation", "depth"),
    cases=(
        Case(
            {"d": 8, "alpha": 0.2, "exponent": 0.4, "activation": "tanh", "depth": 10},
            samples=8_000,
        ),
        Case(
            {"d": 8, "alpha": 0.2, "exponent": 0, "activation": "sin", "depth": 5, "order": 6},
            samples=8_000,
        ),
    ),
    assumptions=(*_ASSUMPTIONS, "each layer injects into an isometric state"),
    validity=(
        "as for shaping.injected_gap. At infinite depth and d > 2 the total is finite iff 4jp > 1, "
        "with 2j + 1 the first power after u that f has: 4p > 1 if c3 ≠ 0, 8p > 1 if c3 = 0 and "
        "c5 ≠ 0; for d = 2 nothing is injected"
    ),
    status_at=_to_order,
    generic_from=None,
    reference="sum of shaping.injected_gap over the layers",
    evaluator=_schedule_value,
    remainder_bound=schedule_remainder,
    in_range=check_schedule,
    constraint=_said_once,
)


def _rate_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    layers = values.get("depth")
    if layers is None:
        raise missing_values("shaping.explosion_rate", ["L"], EXPLOSION_RATE.quantities)
    given = _schedule_given(values)
    if layers is sp.oo:
        # H(L, s)/L tends to 0 but for s = 0; the layers next to the top are ever fewer
        kept = expr.replace(sp.harmonic, lambda _, s: sp.Integer(int(s.subs(given) == 0)) * DEPTH)
        kept = kept.replace(lambda e: isinstance(e, sp.Sum), lambda _: sp.Integer(0))
        return sp.cancel(kept.subs(given))
    kept = expr.replace(sp.harmonic, lambda _, s: _harmonic(layers, s.subs(given)))
    if isinstance(layers, int | sp.Integer):
        kept = kept.replace(
            lambda e: isinstance(e, sp.Sum), lambda total: _edge(total.subs(given), int(layers))
        )
    return kept.subs(given).subs(DEPTH, layers)


# a value is asked for when its range is checked, and again
@lru_cache(maxsize=16)
def _edge(total: sp.Sum, layers: int) -> sp.Expr:
    """Return a sum over the layers term by term, in floating point as :func:`_harmonic` does."""
    term, index = total.function.subs(DEPTH, layers), total.limits[0][0]
    rational = term.xreplace({index: sp.Integer(2)}).is_Rational
    most = _MOST_RATIONAL_LAYERS if rational else _MOST_EXACT_LAYERS
    if layers > most and term.free_symbols == {index}:
        terms = sp.lambdify(index, term)(np.arange(1.0, layers + 1))
        return sp.Float(math.fsum(np.broadcast_to(terms, layers)))
    if rational:
        return _rational_sum(term, index, layers)
    return sp.Add(*(term.xreplace({index: sp.Integer(k)}) for k in range(1, layers + 1)))


def _rational_sum(term: sp.Expr, index: sp.Symbol, layers: int) -> sp.Rational:
    """Return the sum of a product of powers, of the index and of numbers, over 1, …, layers.

    Examples
    --------
    >>> k = sp.Symbol("k", integer=True)
    >>> _rational_sum(3 * k**-2 * sp.Rational(1, 2) ** (3 - k), k, 2)
    9/8
    """
    numbers = range(1, layers + 1)
    products = [Fraction(1)] * layers
    for base, exponent in term.as_powers_dict().items():
        power = sp.lambdify(index, exponent)
        fixed = None if base == index else Fraction(int(base.p), int(base.q))
        bases = [Fraction(k) if fixed is None else fixed for k in numbers]
        products = [
            product * b ** int(power(k))
            for product, b, k in zip(products, bases, numbers, strict=True)
        ]
    total = sum(products)
    return sp.Rational(total.numerator, total.denominator)


def _check_rate(values: Mapping[str, Any]) -> None:
    if "depth" in values:
        check_growth(
            values, _rate_value(derive_schedule.explosion_rate(D, values["order"]), values)
        )


EXPLOSION_RATE = Formula(
    name="shaping.explosion_rate",
    title="Growth of the log gradient norm per layer of a shaped network",
    left=(
        r"\frac{1}{L}\, \mathbb{E}_{W_1,\dots,W_L,Q_L} "
        r"\log(\|\mathrm{Anti}(Q_0)\| / \|\mathrm{Anti}(Q_L)\|)"
    ),
    derivation=derive_schedule.explosion_rate,
    quantities=(width(2), _alpha(), _EXPONENT, _activation(), _LAYERS, _order(4), *_coefficients()),
    sampler=sample.antisymmetric_growth,
    sampled_at=("d", "alpha", "exponent", "activation", "depth"),
    cases=(
        Case(
            {"d": 8, "alpha": 0.03, "exponent": 0, "activation": "tanh", "depth": 3},
            samples=20_000,
        ),
        Case(
            {"d": 8, "alpha": 0.04, "exponent": 0.4, "activation": "sin", "depth": 5},
            samples=12_000,
        ),
        Case(
            {"d": 16, "alpha": 0.03, "exponent": 0, "activation": "sin", "depth": 12},
            samples=2_000,
        ),
    ),
    assumptions=(
        *_ASSUMPTIONS,
        "X_0 orthogonal; Q_l = X_lᵀ ∂ℓ/∂X_l, Q_L antisymmetric and isotropic; other gradients add "
        "terms that do not grow with depth, as their symmetric part decays",
    ),
    validity=(
        "to order α⁴ at fixed depth, while the growth in all layers is below 1: beyond, the "
        "direction of the antisymmetric part leaves the isotropic law, and the coefficient h "
        "follows it; such values are refused: sample them"
    ),
    status_at=_to_order,
    reference="second order perturbation theory of the antisymmetric part, moments by the engine",
    evaluator=_rate_value,
    remainder_bound=growth_remainder,
    in_range=_check_rate,
    constraint=_said_once,
)

ENTRIES = (INJECTED_GAP, GAIN_SCHEDULE, EXPLOSION_RATE)
