"""What activations inject, schedules of gains, and shaped networks."""

import pickle
from itertools import product

import numpy as np
import pytest
import sympy as sp

from bn_theory import catalogue, formula
from bn_theory.laws.common.activations import NumericActivation, as_activation, shape_coefficients
from bn_theory.laws.shaping.derive_growth import drift, growth_coefficients, log_growth, memory
from bn_theory.laws.shaping.derive_injection import (
    column_sum_moment,
    injection_coefficients,
)
from bn_theory.laws.shaping.sample import gradient_profile, shaped
from tests.bn_theory.laws import growth_by_hand
from weingarten import HaarOrthogonal, expect
from weingarten.errors import InvalidInputError
from weingarten.sampled.sampling import sample_haar

D, ALPHA, U = sp.symbols("d alpha u")
SHAPING = [name for name in catalogue() if name.startswith("shaping.")]


def test_leading_coefficient_is_the_known_law():
    c3 = sp.Symbol("c3")
    known = 12 * c3**2 * D**2 * (D - 1) * (D - 2) / ((D + 1) * (D + 2) * (D + 4) * (D + 6))
    assert sp.simplify(injection_coefficients(4, D)[0] - known) == 0


@pytest.mark.parametrize("name", ["relu", "ReLU", "gelu"])
def test_what_is_not_odd_is_refused_by_name(name):
    for law in ("shaping.injected_gap", "shaping.injection_at"):
        with pytest.raises(
            InvalidInputError, match=r"must be odd.*mean_field_gradient serves others"
        ):
            formula(law).evaluate(d=8, alpha=sp.Rational(1, 100), activation=name)


def test_symbolic_and_integer_coefficients_agree():
    for d in (2, 3, 7):
        symbolic = [c.subs(D, d) for c in injection_coefficients(6, D)]
        assert all(
            sp.expand(a - b) == 0
            for a, b in zip(symbolic, injection_coefficients(6, d), strict=True)
        )


@pytest.mark.parametrize("name", ["tanh", "sin", "erf", "arctan"])
def test_series_against_an_exact_integral_over_o_of_two_and_three(name):
    # at d = 2 rows are (c, s), (-s, c) up to signs: nothing is injected, at any gain
    assert (
        formula("shaping.injected_gap").evaluate(d=2, alpha=sp.Rational(1, 3), activation=name) == 0
    )
    activation = NumericActivation(as_activation(name))
    angles = np.linspace(0, 2 * np.pi, 101)
    rows = np.array([[np.cos(angles), np.sin(angles)], [-np.sin(angles), np.cos(angles)]])
    active = shaped(rows.transpose(2, 0, 1), 0.5, activation)
    assert np.allclose(np.einsum("kn,kn->k", active[:, 0], active[:, 1]), 0)


@pytest.mark.campaign
def test_orders_converge_to_the_sampled_value():
    rng, alpha, width = np.random.default_rng(0), 0.35, 6
    state = sample_haar(width, size=(60_000,), rng=rng)
    active = shaped(state, alpha, np.tanh)
    active /= np.linalg.norm(active, axis=-1, keepdims=True)
    gram = active @ active.swapaxes(-1, -2)
    draws = (gram**2).sum(axis=(1, 2)) / width - 1
    mean, error = draws.mean(), draws.std() / len(draws) ** 0.5
    law = formula("shaping.injected_gap")
    values = [
        float(law.evaluate(d=width, alpha=alpha, activation="tanh", order=order))
        for order in (4, 6, 8)
    ]
    distances = [abs(value - mean) for value in values]
    assert distances[0] > distances[1] > 5 * error  # planted: too low an order is seen
    assert distances[2] < 5 * error


def test_column_sums_by_direct_summation():
    # Σ_kl E O_1k² O_2k² O_1l⁴ from single moments, at d = 3
    from weingarten.moments import moment

    total = sp.Integer(0)
    for k, m in product(range(3), repeat=2):
        powers = [[0] * 3, [0] * 3]
        powers[0][k] += 2
        powers[1][k] += 2
        powers[0][m] += 4
        total += moment(powers, 3)
    assert column_sum_moment(((2, 2), (4, 0)), 3) == total


@pytest.mark.parametrize("size", [sp.Symbol("d", integer=True, positive=True), sp.Integer(2)])
def test_column_sums_are_what_the_engine_says_of_expressions(size):
    haar, k = HaarOrthogonal("O", size), sp.Symbol("k", integer=True)
    for sums in [((3, 1), (1, 3)), ((3, 1), (3, 1), (4, 0)), ((5, 1), (1, 1), (2, 4), (0, 6))]:
        asked = [sp.Sum(haar[k, 0] ** a * haar[k, 1] ** b, (k, 0, size - 1)) for a, b in sums]
        found = expect(sp.Mul(*asked)).subs(size, D)
        assert sp.factor(found) == column_sum_moment(sums, int(size) if size.is_Integer else D)


def test_shape_coefficients_of_the_named_activations():
    expected = {
        "tanh": (sp.Rational(1, 3), sp.Rational(2, 15)),
        "sin": (sp.Rational(1, 6), sp.Rational(1, 120)),
        "erf": (sp.Rational(1, 3), sp.Rational(1, 10)),
        "arctan": (sp.Rational(1, 3), sp.Rational(1, 5)),
        "identity": (0, 0),
    }
    for name, values in expected.items():
        assert shape_coefficients(as_activation(name), 5) == values


@pytest.mark.parametrize(
    "given", [sp.tanh, sp.Lambda(U, sp.tanh(U)), sp.tanh(sp.Symbol("x")), 3 * sp.tanh(U)]
)
def test_activations_are_read_in_every_form(given):
    law = formula("shaping.injected_gap")
    expected = law.evaluate(d=5, alpha=sp.Rational(1, 5), activation="tanh")
    assert law.evaluate(d=5, alpha=sp.Rational(1, 5), activation=given) == expected


@pytest.mark.parametrize(
    "bad",
    [
        "relu",
        "__import__('os')",
        sp.cos,
        sp.Symbol("x") ** 3,
        sp.exp,
        sp.Integer(1),
        sp.Symbol("x") * sp.Symbol("y"),
        None,
        3.0,
        sp.Max(0, U),
        1 / U,
    ],
)
def test_bad_activations_are_named(bad):
    with pytest.raises(InvalidInputError, match="activation must be"):
        formula("shaping.injected_gap").evaluate(d=5, alpha=0.1, activation=bad)


@pytest.mark.parametrize("order", [3, 5, 2, 4.0, "4"])
def test_bad_orders_are_named(order):
    with pytest.raises(InvalidInputError, match="order must be an even integer >= 4"):
        formula("shaping.injected_gap").evaluate(d=5, alpha=0.1, activation="sin", order=order)


def test_numeric_activation_is_picklable_and_has_the_slope():
    activation = pickle.loads(pickle.dumps(NumericActivation(as_activation("erf"))))
    points, step = np.linspace(-1, 1, 5), 1e-6
    slope = (activation(points + step) - activation(points - step)) / (2 * step)
    assert np.allclose(activation.slope(points), slope)
    assert NumericActivation(as_activation("identity")).slope(points).tolist() == [1.0] * 5


def test_schedule_is_finite_iff_four_p_exceeds_one():
    law = formula("shaping.gain_schedule")
    given = {"d": 8, "alpha": sp.Rational(1, 5), "activation": "tanh", "order": 4}
    one = formula("shaping.injected_gap").evaluate(**given)
    assert law.evaluate(exponent=sp.Rational(1, 4), **given) is sp.oo
    assert law.evaluate(exponent=0, **given) is sp.oo
    assert law.evaluate(exponent=0, depth=7, **given) == 7 * one
    assert law.evaluate(exponent=1, **given) == one * sp.zeta(4)
    assert law.evaluate(exponent=1, depth=2, **given) == one * sp.Rational(17, 16)


def test_budget_gives_the_largest_gain():
    law = formula("shaping.gain_schedule")
    given = {"d": 8, "exponent": sp.Rational(2, 5), "activation": "sin"}
    alpha = law.evaluate(budget=sp.Rational(1, 100), **given)
    total = law.evaluate(alpha=alpha, order=4, **given)
    assert abs(float(total) - 0.01) < 1e-14
    with pytest.raises(InvalidInputError, match="exponent must be above 1/4"):
        law.evaluate(budget=0.01, **(given | {"exponent": 0.25}))


def test_explosion_rate_by_schedule():
    law = formula("shaping.explosion_rate")
    given = {"d": 8, "alpha": sp.Rational(1, 10), "activation": "tanh"}
    limit = law.evaluate(exponent=0, depth=sp.oo, **given)
    deep = law.evaluate(exponent=0, depth=500, **given)
    assert isinstance(deep, sp.Rational)
    assert limit < deep < limit * sp.Rational(101, 100)  # the layers next to the top grow more
    decaying = [law.evaluate(exponent=0.4, depth=depth, **given) for depth in (5, 50, 500)]
    assert decaying == sorted(decaying, reverse=True)
    assert law.evaluate(exponent=0.4, depth=sp.oo, **given) == 0
    with pytest.raises(InvalidInputError, match="depth must be given"):
        law.evaluate(exponent=0, **given)
    with pytest.raises(InvalidInputError, match="order must be 4"):
        law.evaluate(exponent=0, depth=3, order=6, **given)


def test_growth_of_the_antisymmetric_part_against_one_sampled_activation():
    width, kappa, rng = 5, 0.01, np.random.default_rng(3)
    state = sample_haar(width, size=(40_000,), rng=rng)
    skew = rng.standard_normal(state.shape)
    skew -= skew.swapaxes(1, 2)
    skew /= np.linalg.norm(skew, axis=(1, 2))[:, None, None]
    sizes = []
    for sign in (kappa, -kappa):
        gradient = np.linalg.solve((state - sign * state**3).swapaxes(1, 2), skew)
        below = state.swapaxes(1, 2) @ (gradient * (1 - 3 * sign * state**2))
        sizes.append(((below - below.swapaxes(1, 2)) ** 2).sum(axis=(1, 2)) / 4)
    g, h = map(float, growth_coefficients(width))
    plus, minus = sizes
    for draws, expected in (
        (((plus + minus) / 2 - 1) / kappa**2, g),
        (((plus - minus) / 4 / kappa) ** 2, h),
        (np.log(plus * minus) / 4 / kappa**2, float(log_growth(width))),
    ):
        error = draws.std() / len(draws) ** 0.5
        assert abs(draws.mean() - expected) < 4 * error
        assert abs(draws.mean() - 1.1 * expected) > 4 * error or expected == h  # planted
    assert drift(D) == 0


@pytest.mark.parametrize("d", [D, 2, 3, 7, 20])
def test_growth_is_that_of_entries_by_hand(d):
    assert growth_coefficients(d) == growth_by_hand.growth_coefficients(d)
    assert memory(d) == growth_by_hand.memory(d)
    assert drift(d) == growth_by_hand.drift(d) == 0
    assert growth_coefficients(d) == tuple(x.subs(D, d) for x in growth_coefficients(D))


def test_gradient_profile_against_finite_differences():
    width, rng = 3, np.random.default_rng(4)
    logs, gaps = gradient_profile(width, [0.3] * 4, NumericActivation(as_activation("sin")), 5, rng)
    assert logs.shape == gaps.shape == (5, 5)
    assert np.allclose(logs[:, -1], 0)
    assert np.allclose(gaps[:, 0], 0, atol=1e-12)
    # gains near zero: a linear network, whose gradients never grow
    flat, _ = gradient_profile(width, [1e-6] * 30, NumericActivation(as_activation("tanh")), 5, rng)
    assert np.all(np.diff(flat, axis=-1) >= -1e-9)


@pytest.mark.campaign
def test_measured_slopes_scale_as_the_injected_variance():
    """tanh and sin differ by 4 in c3², so gains differ by √2 for equal slopes."""
    rng, depth = np.random.default_rng(1), 90
    slopes = []
    for name, alpha in (("tanh", 0.3), ("sin", 0.3 * 2**0.5)):
        logs, _ = gradient_profile(
            16, [alpha] * depth, NumericActivation(as_activation(name)), 120, rng
        )
        slopes.append((logs[:, 15] - logs[:, 55]).mean() / 40)
    assert slopes[0] > 0
    assert 0.5 < slopes[1] / slopes[0] < 2


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPING)
def test_every_case_is_confirmed(name):
    verdicts = formula(name).verdicts(samples=400, seed=3, level=1e-3)
    words = {verdict.word for verdict in verdicts}
    assert "pass" in words, list(map(str, verdicts))
    assert "rejected" not in words, list(map(str, verdicts))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPING)
def test_three_per_cent_off_is_rejected(name):
    law = formula(name)
    wrong = law.with_expr(law.expr * sp.Rational(103, 100))
    verdicts = wrong.verdicts(seed=5, level=0.01 / len(SHAPING))
    assert any(verdict.word == "rejected" for verdict in verdicts), list(map(str, verdicts))
