"""The series of shaping know where they hold: against quadrature, simulation and exact sums."""

import math

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.laws.common.activations import as_activation
from bn_theory.laws.shaping.derive_injection import injected_gap
from bn_theory.laws.shaping.leftover import leftover_at
from tests.tiers import heavy
from weingarten.errors import InvalidInputError

GAP = formula("shaping.injected_gap")
SCHEDULE = formula("shaping.gain_schedule")
RATE = formula("shaping.explosion_rate")
U = sp.Symbol("u")
NUMERIC = {"tanh": np.tanh, "sin": np.sin, "arctan": np.arctan, "arcsinh": np.arcsinh}


def injected_at_three(function, alpha, nodes=40):
    """E v at d = 3 by quadrature over the pairs of orthonormal rows in Euler angles."""
    heights, weights = np.polynomial.legendre.leggauss(nodes)
    turns = 2 * np.pi * (np.arange(nodes) + 0.5) / nodes
    z, a, b = np.meshgrid(heights, turns, turns, indexing="ij")
    radius = np.sqrt(1 - z**2)
    first = np.stack([radius * np.cos(a), radius * np.sin(a), z])
    along = np.stack([z * np.cos(a), z * np.sin(a), -radius])
    across = np.stack([-np.sin(a), np.cos(a), np.zeros_like(a)])
    second = np.cos(b) * along + np.sin(b) * across
    x, y = (function(alpha * math.sqrt(3) * row) for row in (first, second))
    share = np.sum(x * y, axis=0) ** 2 / (np.sum(x * x, axis=0) * np.sum(y * y, axis=0))
    return 2 * np.tensordot(weights, share.mean(axis=(1, 2)), axes=1) / 2


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("order", [4, 6, 8])
def test_the_remainder_bounds_what_the_series_leaves_out_at_three(name, order):
    rng = np.random.default_rng(order)
    for alpha in rng.uniform(0.02, 0.9, size=5):
        given = {"d": 3, "alpha": float(alpha), "activation": name, "order": order}
        exact = injected_at_three(NUMERIC[name], alpha)
        remainder = GAP.remainder(**given)
        series = injected_gap(3, order, as_activation(name)).subs(sp.Symbol("alpha"), alpha)
        value = float(series)
        assert abs(value - exact) <= remainder
        if remainder > value / 4:
            with pytest.raises(InvalidInputError, match="must be at most about"):
                GAP.evaluate(**given)
            continue
        assert abs(float(GAP.evaluate(**given)) - value) < 1e-12 * value
        # planted: a coefficient 5 % off is not excused
        if remainder < 0.01 * value:
            assert abs(1.05 * value - exact) > remainder


@pytest.mark.parametrize(("d", "alpha", "name"), [(8, 0.25, "tanh"), heavy(40, 0.2, "sin")])
def test_the_remainder_bounds_what_the_series_leaves_out_in_networks(d, alpha, name):
    given = {"d": d, "alpha": alpha, "activation": name}
    measured = GAP.simulate(2000, seed=11, **given)
    difference = abs(float(GAP.evaluate(**given)) - measured.mean)
    assert difference <= GAP.remainder(**given) + 4 * measured.stderr


@pytest.mark.campaign
def test_gains_outside_the_range_are_refused_and_it_is_named():
    for alpha in (0.5, 1):
        with pytest.raises(InvalidInputError, match=r"at most about 0\.2\d for the series"):
            GAP.evaluate(d=100, alpha=alpha, activation="tanh")
    measured = GAP.simulate(40, seed=1, d=100, alpha=1, activation="tanh")
    assert 0.1 < measured.mean < 0.16
    with pytest.raises(InvalidInputError, match=r"\.simulate"):
        SCHEDULE.evaluate(d=100, alpha=1, exponent=0.4, activation="tanh")
    with pytest.raises(InvalidInputError, match="for the series"):
        GAP.evaluate(d=100, alpha=2, c3=sp.Rational(1, 3))
    with pytest.raises(InvalidInputError, match="for the series"):
        RATE.evaluate(d=64, alpha=1, exponent=0.25, activation="tanh", depth=300)
    with pytest.raises(InvalidInputError, match="growth of log"):
        RATE.evaluate(d=8, alpha=0.15, exponent=0, activation="tanh", depth=10**4)


def test_what_is_not_bounded_is_infinite():
    assert GAP.remainder(d=8, alpha=0.1, c3=sp.Rational(1, 3), c5=sp.Rational(2, 15)) == math.inf
    assert GAP.remainder(d=8, activation="tanh") == math.inf
    assert SCHEDULE.remainder(d=8, activation="tanh") == math.inf
    assert RATE.remainder(d=8, alpha=0.1, exponent=0, c3=1, depth=3) == math.inf
    infinite = SCHEDULE.remainder(d=8, alpha=0.2, exponent=0.4, activation="tanh")
    one = GAP.remainder(d=8, alpha=0.2, activation="tanh")
    assert one < infinite < 2 * one


def test_a_linear_activation_injects_nothing_and_two_units_neither():
    assert GAP.evaluate(d=5, alpha=1, activation="identity") == 0
    assert GAP.remainder(d=5, alpha=1, activation="identity") == 0
    assert GAP.evaluate(d=2, alpha=0.5, activation="tanh") == 0
    assert SCHEDULE.evaluate(d=2, alpha=0.5, exponent=0, activation="tanh") == 0
    assert leftover_at(2, as_activation("tanh"), 6, 0.5) < 1e-25


@pytest.mark.parametrize(
    "exponent", [heavy(sp.Rational(1, 4)), sp.Rational(1, 8), sp.Rational(1, 9)]
)
def test_the_first_power_decides_whether_the_total_is_finite(exponent):
    """c₃ = 0: the leading term is that of α⁸, so the total is finite iff 8p > 1."""
    given = {"d": 16, "activation": U + U**5, "order": 8}
    total = SCHEDULE.evaluate(alpha=sp.Rational(1, 5), exponent=exponent, **given)
    if 8 * exponent > 1:
        one = GAP.evaluate(alpha=sp.Rational(1, 5), **given)
        assert total == one * sp.zeta(8 * exponent)
        deep = SCHEDULE.evaluate(alpha=sp.Rational(1, 5), exponent=exponent, depth=1000, **given)
        assert 0 < total - deep < total / 500
    else:
        assert total is sp.oo
        assert SCHEDULE.remainder(alpha=sp.Rational(1, 5), exponent=exponent, **given) == 0
    with pytest.raises(InvalidInputError, match="pass a higher order="):
        SCHEDULE.evaluate(alpha=sp.Rational(1, 5), exponent=1, **(given | {"order": 6}))


def test_a_budget_without_a_cubic_term():
    given = {"d": 16, "exponent": 1, "activation": U + U**5, "order": 8}
    largest = SCHEDULE.evaluate(budget=sp.Rational(1, 10_000), **given)
    coefficient = injected_gap(16, 8, as_activation(U + U**5)) / sp.Symbol("alpha") ** 8
    assert abs(float(coefficient * largest**8 * sp.zeta(8)) - 1e-4) < 1e-15
    with pytest.raises(InvalidInputError, match="pass a higher order="):
        SCHEDULE.evaluate(budget=sp.Rational(1, 10_000), **(given | {"order": 6}))
    with pytest.raises(InvalidInputError, match="for the series"):
        SCHEDULE.evaluate(d=8, exponent=1, activation="tanh", budget=10)


def test_the_growth_of_gradients_is_measured_within_its_remainder():
    given = {"d": 8, "alpha": 0.12, "exponent": 0, "activation": "tanh", "depth": 3}
    value, remainder = float(RATE.evaluate(**given)), RATE.remainder(**given)
    assert 0 < remainder < value / 4
    measured = RATE.simulate(20_000, seed=5, **given)
    assert abs(measured.mean - value) < remainder + 4 * measured.stderr


@pytest.mark.parametrize("alpha", [1e-5, 1e-60, 1e-200, 1e-300])
def test_gains_whose_powers_are_no_floats_have_the_leading_term(alpha):
    share = {"d": 8, "activation": "tanh"}
    four = sp.Float(alpha) ** 4
    unit = float(
        GAP.expr.subs({"d": 8, "c3": sp.Rational(1, 3), "alpha": sp.Symbol("x")}).coeff(
            sp.Symbol("x"), 4
        )
    )
    assert float(GAP.evaluate(alpha=alpha, **share) / four) == pytest.approx(unit, rel=1e-8)
    total = SCHEDULE.evaluate(alpha=alpha, exponent=0, depth=5, **share)
    assert float(total / four) == pytest.approx(5 * unit, rel=1e-8)
    rate = RATE.evaluate(alpha=alpha, exponent=0, depth=5, **share)
    assert rate > 0
    assert float(GAP.remainder(alpha=alpha, **share)) <= 1e-6 * alpha**4


@pytest.mark.parametrize("entry", [GAP, SCHEDULE, RATE], ids=lambda entry: entry.name)
def test_gains_far_outside_are_refused_by_their_value(entry):
    values = {} if entry is GAP else {"exponent": 0.4, "depth": 5}
    for alpha in (1e10, 1e300):
        with pytest.raises(InvalidInputError, match="alpha must be at most about") as caught:
            entry.evaluate(d=8, alpha=alpha, activation="tanh", **values)
        assert f"got {alpha}" in str(caught.value)
