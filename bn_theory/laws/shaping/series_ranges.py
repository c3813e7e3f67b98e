"""Where the series of shaping say something, what they leave out, and what to do elsewhere.

A series serves while what it leaves out is at most a quarter of its value; outside, the quantity is
one to sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.laws.common import activations
from bn_theory.laws.common.activations import NumericActivation
from bn_theory.laws.common.shared import LARGEST_SHARE
from bn_theory.laws.shaping import derive_injection
from bn_theory.laws.shaping.leftover import leftover_at, leftover_constant
from bn_theory.laws.shaping.sample import antisymmetric_growth
from bn_theory.notation import ARGUMENT, coefficient
from weingarten.errors import InvalidInputError

__all__ = [
    "check_gain",
    "check_growth",
    "check_schedule",
    "gain_remainder",
    "growth_remainder",
    "power_sum",
    "schedule_remainder",
    "shape",
]

#: Growth of log‖Anti‖ in all layers up to which its direction keeps the isotropic law.
LARGEST_GROWTH = 1.0
# how many networks are sampled for what the growth leaves out, and for how much work in all
_MOST_NETWORKS, _FEWEST_NETWORKS, _SAMPLED_WORK = 2000, 50, 5e7
_STEP, _ERRORS = 1 / 16, 6.0
_NAMES = ("c3", "c5", "c7")
_ENORMOUS = 1e9


def shape(values: Mapping[str, Any], order: int) -> dict[sp.Symbol, sp.Expr]:
    """Return c3, c5, … of the activation, or those given instead of it."""
    activation = values.get("activation")
    if activation is None:
        return {sp.Symbol(name): values[name] for name in _NAMES if name in values}
    coefficients = activations.shape_coefficients(activation, order - 1)
    return {coefficient(2 * i + 3): value for i, value in enumerate(coefficients)}


def _activation(values: Mapping[str, Any]) -> sp.Expr | None:
    """Return the activation, or the polynomial of the coefficients given; None for symbols."""
    if "activation" in values:
        return values["activation"]
    given = [values.get(name, sp.Integer(0)) for name in _NAMES]
    if not any(name in values for name in _NAMES) or any(c.free_symbols for c in given):
        return None
    powers = zip((3, 5, 7), (-1, 1, -1), given, strict=True)
    return ARGUMENT + sp.Add(*(sign * c * ARGUMENT**r for r, sign, c in powers))


def _terms(d: int, order: int, values: Mapping[str, Any]) -> dict[int, float]:
    """Return the coefficients of the powers of α that are not zero."""
    given = shape(values, order)
    series = derive_injection.injection_coefficients(order, d)
    found = {4 + 2 * i: c.subs(given) for i, c in enumerate(series)}
    return {power: float(c) for power, c in found.items() if c != 0 and not c.free_symbols}


def _numbers(values: Mapping[str, Any]) -> tuple[int, float, sp.Expr] | None:
    """Return width, gain and activation, or None where they are not all known.

    A gain far outside every range stands for larger ones, whose powers are no floats.
    """
    d, alpha, activation = values.get("d"), values.get("alpha"), _activation(values)
    if not isinstance(d, sp.Integer) or activation is None:
        return None
    if alpha is None or alpha.free_symbols:
        return None
    return int(d), min(float(alpha), _ENORMOUS), activation


def power_sum(layers: int | sp.Expr, power: float) -> float:
    """Return Σ_{l≤layers} l^(-power) in floating point, infinite where it diverges.

    Examples
    --------
    >>> power_sum(2, 1.0), power_sum(sp.oo, 1.0), round(power_sum(sp.oo, 2.0), 6)
    (1.5, inf, 1.644934)
    """
    if layers is sp.oo:
        return float(sp.zeta(sp.Float(power))) if power > 1 else math.inf
    return math.fsum(layer**-power for layer in range(1, int(layers) + 1))


def _largest_gain(d: int, order: int, activation: sp.Expr, terms: Mapping[int, float]) -> float:
    """Return about the largest gain in the range of one layer, 0 if there is none."""
    gain = 2.0
    for _ in range(80):
        value = sum(c * gain**power for power, c in terms.items())
        if leftover_at(d, activation, order, gain) <= LARGEST_SHARE * value:
            return gain
        gain *= 0.9
    return 0.0


def _outside(
    quantity: str,
    numbers: tuple[int, float, sp.Expr],
    order: int,
    terms: Mapping[int, float],
    given: sp.Expr | None = None,
) -> InvalidInputError:
    d, alpha, activation = numbers
    if not terms:
        return InvalidInputError(
            "order",
            f"must reach the first term of the series for {activation}, which is zero to α^{order}",
            order,
            "pass a higher order=",
        )
    largest = _largest_gain(d, order, activation, terms)
    return InvalidInputError(
        "alpha",
        f"must be at most about {largest:.2g} for the series of {quantity} to α^{order} at d = {d} "
        f"and {activation}: beyond it leaves out more than a quarter of its value",
        alpha if given is None else float(given),
        "sample the quantity: .simulate(...) with the same values; or take smaller gains",
    )


def _in_range(value: float, rest: float) -> bool:
    return rest <= LARGEST_SHARE * abs(value)


def check_gain(values: Mapping[str, Any]) -> None:
    """Refuse a gain at which the series of the injected variance says nothing."""
    numbers, order = _numbers(values), int(values["order"])
    if numbers is None:
        return
    d, alpha, activation = numbers
    terms = _terms(d, order, values)
    value = sum(c * alpha**power for power, c in terms.items())
    rest = leftover_constant(d, activation, order, alpha) * alpha ** (order + 2)
    if not _in_range(value, rest):
        raise _outside("the injected variance", numbers, order, terms, values["alpha"])


def gain_remainder(values: Mapping[str, Any]) -> float:
    """Return a bound on what the series leaves out at one gain; ``inf`` without an activation."""
    numbers, order = _numbers(values), int(values["order"])
    if numbers is None or "activation" not in values:
        return math.inf
    d, alpha, activation = numbers
    return leftover_constant(d, activation, order, alpha) * alpha ** (order + 2)


def _schedule(values: Mapping[str, Any]) -> tuple[int | sp.Expr, float] | None:
    layers, exponent = values.get("depth", sp.oo), values.get("exponent")
    if exponent is None or exponent.free_symbols:
        return None
    return layers, float(exponent)


def _schedule_rest(values: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the value of the series and what it leaves out, over all layers, where both are known.

    The gains decay, so one constant serves all layers.
    """
    numbers, schedule, order = _numbers(values), _schedule(values), int(values["order"])
    if numbers is None or schedule is None:
        return None
    d, alpha, activation = numbers
    layers, exponent = schedule
    terms = _terms(d, order, values)
    sums = {power: power_sum(layers, power * exponent) for power in terms}
    if math.inf in sums.values():
        return math.inf, 0.0
    value = sum(c * alpha**power * sums[power] for power, c in terms.items())
    constant = leftover_constant(d, activation, order, alpha)
    if constant == 0:
        return value, 0.0
    return value, constant * alpha ** (order + 2) * power_sum(layers, (order + 2) * exponent)


def check_schedule(values: Mapping[str, Any]) -> None:
    """Refuse gains at which the series of the injected total says nothing.

    Without a gain, for the largest one below a budget, refuse a series that is zero.
    """
    if "alpha" not in values and "budget" in values:
        small = _numbers({**values, "alpha": sp.Rational(1, 10)})
        if small is not None and small[0] > 2:
            d, alpha, activation = small
            terms = _terms(d, int(values["order"]), values)
            if not terms and leftover_constant(d, activation, int(values["order"]), alpha) > 0:
                raise _outside("the injected total", small, int(values["order"]), terms)
        return
    found, numbers, order = _schedule_rest(values), _numbers(values), int(values["order"])
    if found is not None and numbers is not None and not _in_range(*found):
        terms = _terms(numbers[0], order, values)
        raise _outside("the injected total", numbers, order, terms, values["alpha"])


def schedule_remainder(values: Mapping[str, Any]) -> float:
    """Return a bound on what the total leaves out; 0 for a total that is infinite."""
    found = _schedule_rest(values)
    if found is None or "activation" not in values:
        return math.inf
    return found[1]


def check_growth(values: Mapping[str, Any], rate: sp.Expr) -> None:
    """Refuse gains and depths at which second order in κ does not describe the growth."""
    numbers, layers = _numbers(values), values.get("depth", sp.oo)
    if numbers is None or rate.free_symbols:
        return
    d, alpha, activation = numbers
    terms = _terms(d, 4, values)
    value = sum(c * alpha**power for power, c in terms.items())
    rest = leftover_constant(d, activation, 4, alpha) * alpha**6
    if not terms and rest > 0 and d > 2:
        raise InvalidInputError(
            "activation",
            "must have a term in u³: the growth is stated to α⁴ only",
            activation,
            "sample the quantity: .simulate(...) with the same values",
        )
    if not _in_range(value, rest):
        raise _outside("one layer", numbers, 4, terms, values["alpha"])
    if layers is not sp.oo and abs(float(rate) * int(layers)) > LARGEST_GROWTH:
        raise InvalidInputError(
            "depth",
            f"must keep the growth of log‖Anti‖ in all layers below {LARGEST_GROWTH:g}, here "
            f"{float(rate) * int(layers):.3g}: beyond, its direction leaves the isotropic law",
            int(layers),
            "sample the quantity: .simulate(...) with the same values; or take fewer layers",
        )


def growth_remainder(values: Mapping[str, Any]) -> float:
    """Return a bound on what second order in s = α² leaves out of the growth per layer.

    In sampled networks: the mean of the growth at s minus its own Taylor polynomial, taken by
    differences at small s in the same network, and six standard errors. ``inf`` where a sample
    would take long, or the activation is not given.
    """
    numbers, schedule = _numbers(values), _schedule(values)
    if numbers is None or schedule is None or "activation" not in values:
        return math.inf
    (d, alpha, activation), (depth, exponent) = numbers, schedule
    if depth is sp.oo:
        return math.inf
    layers = int(depth)
    networks = min(_MOST_NETWORKS, int(_SAMPLED_WORK / (d**3 * layers)))
    if networks < _FEWEST_NETWORKS:
        return math.inf
    plain = {
        "d": d,
        "exponent": exponent,
        "depth": layers,
        "activation": NumericActivation(activation),
    }

    def growth(share: float) -> npt.NDArray[np.float64]:
        rng = np.random.default_rng([d, layers])
        return antisymmetric_growth({**plain, "alpha": alpha * share**0.5}, networks, rng)

    h = _STEP
    one, two, three = growth(h), growth(2 * h), growth(3 * h)
    first = (18 * one - 9 * two + 2 * three) / (6 * h)
    second = (-5 * one + 4 * two - three) / (2 * h * h)
    rest = growth(1.0) - first - second
    bound = abs(rest.mean()) + _ERRORS * rest.std(ddof=1) / math.sqrt(networks)
    return float(bound) if math.isfinite(bound) else math.inf
