"""Records of activations at any gain: wide networks to leading order, one layer at finite width."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sympy as sp

from bn_theory.law.domains import OrderDomain
from bn_theory.law.formula import Case, Formula
from bn_theory.law.inputs import missing_values
from bn_theory.law.quantities import Quantity, RealDomain
from bn_theory.law.status import HEURISTIC, SAMPLED
from bn_theory.laws.common.choices import ActivationDomain, FlagDomain
from bn_theory.laws.common.shared import MEAN_OVER_LAYERS, METEREZ, width
from bn_theory.laws.mean_field import derive, gains, sample
from bn_theory.laws.mean_field.activation import AnyActivationDomain, is_odd
from bn_theory.notation import ALPHA, COSINE, DEPTH, EXPONENT, D, meaning_of
from weingarten.errors import InvalidInputError

__all__ = ["ENTRIES", "PLACE"]

#: Where the subject stands in lists of formulas.
PLACE = 101

_YANG = (
    "mean field theory of batch normalisation: G. Yang, J. Pennington, V. Rao, "
    "J. Sohl-Dickstein, S. Schoenholz, A Mean Field Theory of Batch Normalization, ICLR 2019"
)
_ASSUMPTIONS = (
    "activation f(αu)/α on pre-activations u of unit variance, in layer l with the gain α l^(-p)",
    "n = d; X_0 orthogonal; W Haar-distributed on O(d)",
    "d → ∞ at fixed depth: the contraction by d/(d+2) a layer is left out",
)
_MEANS = (
    "The two functions of the gain are the squared correlation of the activation with a standard "
    "normal pre-activation, and the mean square of its slope over its variance, by quadrature at "
    "any gain. "
)
_QUANTITIES = (
    width(2),
    Quantity("alpha", meaning_of(ALPHA), RealDomain(0, strict=True), ALPHA),
    Quantity("exponent", meaning_of(EXPONENT), RealDomain(0), EXPONENT),
    Quantity("activation", "the activation f", AnyActivationDomain()),
    Quantity("depth", meaning_of(DEPTH), OrderDomain(1, infinite=True), DEPTH),
)
_REMOVAL = Quantity(
    "mean_removal", "whether layers remove the mean over samples", FlagDomain(), default=False
)
_NEEDED = ("alpha", "exponent", "activation", "depth")
#: What the next order adds to the growth in a layer, times d, at most (measured).
_GROWTH_NEXT = 0.5
#: Width from which what one layer injects is known to be off by a share over d, and a margin for
#: it; what every layer takes off the variance by its contraction, as a share times d, at most.
_KNOWN, _MARGIN, _CONTRACTION = 64, 1.2, 1.0


def _odd(values: Mapping[str, Any]) -> None:
    activation = values.get("activation")
    if activation is not None and not is_odd(activation):
        raise InvalidInputError(
            "activation",
            "must be odd: even terms correlate all samples alike",
            activation,
            "ask shaping.mean_field_gradient with mean_removal=True, or sample the spectrum",
        )


def _fits(values: Mapping[str, Any]) -> None:
    activation = values.get("activation")
    if activation is not None and not values["mean_removal"] and not is_odd(activation):
        raise InvalidInputError(
            "activation",
            "must be odd where layers remove no mean: that of f would take over the batch",
            activation,
            "pass mean_removal=True",
        )


def _totals(name: str, values: Mapping[str, Any]) -> tuple[gains.Value, ...]:
    missing = [q for q in _NEEDED if q not in values]
    if missing:
        raise missing_values(name, missing, _QUANTITIES)
    alpha, exponent = values["alpha"], values["exponent"]
    for key, value in (("alpha", alpha), ("exponent", exponent)):
        if value.free_symbols:
            raise InvalidInputError(key, "must be a number", value, "pass a number")
    return gains.total(values["activation"], float(alpha), float(exponent), values["depth"])


def _number(value: float) -> sp.Expr:
    return sp.oo if math.isinf(value) else sp.Float(value)


def _variance_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    (lost, _), _ = _totals("shaping.mean_field_variance", values)
    if expr == derive.mean_field_variance(D):
        # no cancellation at small gains
        return sp.Integer(1) if math.isinf(lost) else sp.Float(-math.expm1(-lost))
    return expr.replace(lambda e: isinstance(e, sp.Product), lambda _: sp.Float(math.exp(-lost)))


def _gradient_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    _, (growth, _) = _totals("shaping.mean_field_gradient", values)
    return expr.replace(lambda e: isinstance(e, sp.Sum), lambda _: _number(2 * growth))


def _growth_next(values: Mapping[str, Any]) -> float:
    """Return what finite width adds in all layers, where a width is given."""
    return float(_GROWTH_NEXT * values["depth"] / int(values["d"])) if "d" in values else 0.0


def _variance_next(values: Mapping[str, Any]) -> float:
    """Return the share of the variance that finite width takes off, where a width is given.

    One layer injects less, the more so the smaller the gain, and by how much is known at any width;
    all layers above contract what was injected.
    """
    if "d" not in values:
        return 0.0
    depth, d = values["depth"], int(values["d"])
    if depth is sp.oo:
        return 1.0
    known, alpha = min(d, _KNOWN), float(values["alpha"])
    missed = 0.0
    for gain in {alpha, alpha * int(depth) ** -float(values["exponent"])}:
        (lost, _), _ = gains.total(values["activation"], gain, 0.0, 1)
        limit = -math.expm1(-lost)
        if limit > 0:
            found, _ = gains.injected(values["activation"], known, gain)
            missed = max(missed, abs(found / limit - 1))
    return _MARGIN * missed * known / d + _CONTRACTION * (int(depth) - 1) / d


def _variance_remainder(values: Mapping[str, Any]) -> float:
    (lost, error), _ = _totals("shaping.mean_field_variance", values)
    size = -math.expm1(-lost)
    return math.exp(-lost) * error + min(_variance_next(values), 1.0) * size


def _gradient_remainder(values: Mapping[str, Any]) -> float:
    _, (_, error) = _totals("shaping.mean_field_gradient", values)
    return error + _growth_next(values)


_WIDE = {"d": 128, "depth": 4, "exponent": 0}
#: So wide that the next order is below three per cent.
_WIDER = {"d": 256, "depth": 3, "exponent": 0}

MEAN_FIELD_VARIANCE = Formula(
    name="shaping.mean_field_variance",
    title="Spectrum variance of a wide shaped network, at any gain",
    left=rf"\lim_{{d \to \infty}} {MEAN_OVER_LAYERS}\, v(G_L)",
    derivation=derive.mean_field_variance,
    quantities=_QUANTITIES,
    sampler=sample.spectrum_variance,
    sampled_at=("d", *_NEEDED),
    cases=(
        Case({**_WIDER, "alpha": 1, "activation": "tanh"}, samples=160),
        Case({**_WIDER, "alpha": 1, "activation": "sin", "exponent": 0.4}, samples=160),
        Case({**_WIDER, "alpha": 3, "activation": "erf"}, samples=160),
    ),
    assumptions=(*_ASSUMPTIONS, "f is odd; no mean removal"),
    validity=(
        _MEANS + "Any depth L that is small beside d; at infinite depth the variance is 1 "
        "unless 4p > 1 (for a cubic term; unless 8p > 1 if the first after the linear one is u^5). "
        "The next order lowers it, by a share over d: that by which a layer injects less, up to 16 "
        "at small gains, and 1 for the contraction of each layer, which the remainder is"
    ),
    reference=f"moments of one entry, by the engine, for large d; {_YANG}; setting of {METEREZ}",
    status=HEURISTIC,
    evaluator=_variance_value,
    constraint=_odd,
    remainder_bound=_variance_remainder,
    remainder_share=0.1,
)

MEAN_FIELD_GRADIENT = Formula(
    name="shaping.mean_field_gradient",
    title="Growth of the log gradient norm of a wide shaped network, at any gain",
    left=rf"\lim_{{d \to \infty}} {MEAN_OVER_LAYERS}\, \log "
    r"\frac{\|\nabla_0\|}{\|\nabla_L\|}",
    derivation=derive.mean_field_gradient,
    quantities=(*_QUANTITIES, _REMOVAL),
    sampler=sample.gradient_growth,
    sampled_at=("d", *_NEEDED, "mean_removal"),
    cases=(
        Case({**_WIDE, "alpha": 2, "activation": "tanh"}, samples=120),
        Case({**_WIDE, "alpha": 2, "activation": "sin"}, samples=120),
        Case({**_WIDE, "alpha": 1, "activation": "relu", "mean_removal": True}, samples=120),
    ),
    assumptions=(
        *_ASSUMPTIONS,
        "f is odd, or layers remove means; an isotropic gradient at the top",
    ),
    validity=(
        _MEANS + "ReLU with mean removal gains sqrt(π/(π-1)) a layer at every gain. Finite at "
        "infinite depth iff 4p > 1 for a cubic term, 2p > 1 for a square, 8p > 1 if the first "
        "after the linear one is u^5"
    ),
    reference=f"moments of one entry, by the engine, for large d; {_YANG}; setting of {METEREZ}",
    status=HEURISTIC,
    evaluator=_gradient_value,
    constraint=_fits,
    remainder_bound=_gradient_remainder,
    remainder_share=0.1,
)


#: Gains at which double precision tells what one layer injects.
_SMALLEST_GAIN, _LARGEST_GAIN = 1e-3, 1e300


def _one_layer(values: Mapping[str, Any]) -> gains.Value:
    needed = ("d", "alpha", "activation")
    missing = [name for name in needed if name not in values]
    if missing:
        raise missing_values("shaping.injection_at", missing, INJECTION_AT.quantities)
    d, alpha = values["d"], values["alpha"]
    if not isinstance(d, sp.Integer) or alpha.free_symbols:
        raise InvalidInputError(
            "d, alpha",
            "must be numbers",
            (d, alpha),
            "shaping.injected_gap has a series for symbols",
        )
    gain = float(alpha)
    if alpha != 0 and not _SMALLEST_GAIN <= gain <= _LARGEST_GAIN:
        raise InvalidInputError(
            "alpha",
            f"must be 0, or lie between {_SMALLEST_GAIN:g} and {_LARGEST_GAIN:g}: what a smaller "
            "gain injects is lost in rounding",
            gain,
            "ask shaping.injected_gap, whose series is accurate for small gains",
        )
    return gains.injected(values["activation"], int(d), gain)


def _injection_value(expr: sp.Expr, values: Mapping[str, Any]) -> sp.Expr:
    value, _ = _one_layer(values)
    cosine = sp.Float(value) / (values["d"] - 1)
    return expr.replace(COSINE, lambda *_: cosine).xreplace({D: values["d"]})


def _injection_error(values: Mapping[str, Any]) -> float:
    return _one_layer(values)[1]


INJECTION_AT = Formula(
    name="shaping.injection_at",
    title="Spectrum variance that one shaped activation injects at isometry, at any gain",
    left=r"\mathbb{E}_{W}\,v(f(\alpha u)/\alpha)",
    derivation=derive.injection_at,
    quantities=(
        width(2),
        Quantity("alpha", meaning_of(ALPHA), RealDomain(0), ALPHA),
        Quantity("activation", "the activation f", ActivationDomain()),
    ),
    sampler=sample.injected,
    sampled_at=("d", "alpha", "activation"),
    cases=(
        Case({"d": 4, "alpha": 1, "activation": "tanh"}, samples=20_000),
        Case({"d": 8, "alpha": 2, "activation": "sin"}, samples=8_000),
        Case({"d": 64, "alpha": 1, "activation": "tanh"}, samples=120),
    ),
    assumptions=("the state is a Haar orthogonal matrix, n = d, no mean removal", "f is odd"),
    validity=(
        "every integer d >= 2 and every gain from 1e-3 on. The mean square cosine is a number from "
        "sampled matrices, the mean of its leading part exact by the engine, with six standard "
        "errors as the remainder"
    ),
    reference=f"moments of two rows of an orthogonal matrix, by the engine; setting of {METEREZ}",
    status=SAMPLED,
    evaluator=_injection_value,
    remainder_bound=_injection_error,
)

ENTRIES = (MEAN_FIELD_VARIANCE, MEAN_FIELD_GRADIENT, INJECTION_AT)
