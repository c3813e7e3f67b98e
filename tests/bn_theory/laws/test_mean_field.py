"""Activations at any gain: means over the normal law, sums over layers, networks, one layer."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from bn_theory import formula
from bn_theory.laws.mean_field import derive, gains
from tests.sampled_once import sampled_once
from tests.tiers import heavy
from weingarten import InvalidInputError

VARIANCE = formula("shaping.mean_field_variance")
GRADIENT = formula("shaping.mean_field_gradient")
INJECTION = formula("shaping.injection_at")
U = sp.Symbol("u")


@pytest.mark.parametrize(
    ("activation", "exponent", "stated"),
    [("tanh", 0, 4.910), ("tanh", 0.4, 0.376), ("sin", 0, 8.170), ("sin", 0.4, 0.321)],
)
def test_numbers_of_sixty_layers(activation, exponent, stated):
    found = GRADIENT.evaluate(alpha=1, exponent=exponent, activation=activation, depth=60)
    assert float(found) == pytest.approx(stated, abs=6e-4)


def test_one_layer_at_the_gain_with_which_schedules_start():
    value = INJECTION.evaluate(d=100, alpha=1, activation="tanh")
    assert float(value) == pytest.approx(0.129, abs=1e-3)
    assert INJECTION.remainder(d=100, alpha=1, activation="tanh") < 0.02 * value
    # the width at which the mean field holds is not yet reached
    wide = VARIANCE.evaluate(alpha=1, activation="tanh", exponent=0, depth=1)
    assert 0.9 < value / wide < 1


def _mean(function):
    return quad(lambda u: function(u) * np.exp(-u * u / 2) / np.sqrt(2 * np.pi), -12, 12)[0]


@pytest.mark.parametrize("gain", [0.05, 1.0, 4.0])
@pytest.mark.parametrize("name", ["tanh", "sin", "arctan"])
def test_means_are_those_of_an_adaptive_quadrature(name, gain):
    function = {"tanh": np.tanh, "sin": np.sin, "arctan": np.arctan}[name]
    size = _mean(lambda u: function(gain * u) ** 2)
    slope = _mean(lambda u: ((function(gain * u + 1e-5) - function(gain * u - 1e-5)) / 2e-5) ** 2)
    share = _mean(lambda u: u * function(gain * u)) ** 2 / size
    given = {"alpha": gain, "exponent": 0, "activation": name}
    assert float(VARIANCE.evaluate(**given, depth=3)) == pytest.approx(1 - share**6, rel=1e-5)
    growth = np.log(gain**2 * slope / size)
    assert float(GRADIENT.evaluate(**given, depth=2)) == pytest.approx(growth, rel=1e-5, abs=1e-7)


def test_relu_gains_what_mean_field_theory_says_at_every_gain():
    for gain in (0.1, 1, 7):
        found = GRADIENT.evaluate(
            alpha=gain, exponent=0.3, activation="relu", depth=4, mean_removal=True
        )
        assert float(found) == pytest.approx(2 * np.log(np.pi / (np.pi - 1)), rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "limit"),
    [
        ("tanh", 1 / 4),
        heavy(U - U**5 / 10, 1 / 8),
        heavy(U + U**7 / 99, 1 / 12),
        ("softplus", 1 / 2),
    ],
)
def test_finite_at_infinite_depth_above_the_exponent_of_the_first_power(activation, limit):
    given = {"alpha": 0.5, "activation": activation, "depth": sp.oo, "mean_removal": True}
    assert GRADIENT.evaluate(exponent=sp.nsimplify(limit), **given) is sp.oo
    found = GRADIENT.evaluate(exponent=limit * 1.3, **given)
    assert found.is_finite
    assert GRADIENT.remainder(exponent=limit * 1.3, **given) < 0.02 * found
    part = GRADIENT.evaluate(exponent=limit * 1.3, **{**given, "depth": 10_000})
    assert 0 < part < found


def test_what_diverges_leaves_nothing_of_isometry():
    given = {"alpha": 1, "activation": "tanh", "depth": sp.oo}
    assert VARIANCE.evaluate(exponent=0.2, **given) == 1
    assert VARIANCE.evaluate(exponent=0.4, **given) < 1
    relu = {"alpha": 1, "activation": "relu", "depth": sp.oo, "mean_removal": True}
    assert GRADIENT.evaluate(exponent=3, **relu) is sp.oo
    assert GRADIENT.evaluate(**{**given, "activation": "identity"}, exponent=0) == 0


@pytest.mark.parametrize("exponent", [0.1, 0.4, 0.25])
def test_cells_of_layers_add_up_to_the_layers(exponent):
    layers = 5000
    terms, _ = gains.layer_terms(sp.tanh(U), np.arange(1.0, layers + 1) ** -exponent)
    found = gains.total(sp.tanh(U), 1.0, exponent, layers)
    for term, (value, error) in zip(terms.sum(axis=1), found, strict=True):
        assert value == pytest.approx(term, abs=error + 1e-12)
        assert error < 2e-3 * value


def test_small_gains_are_the_series_at_large_width():
    given = {"alpha": 0.02, "exponent": 0.3, "activation": "tanh", "depth": 40}
    leading = 12 / 9 * 0.02**4 * np.sum(np.arange(1.0, 41) ** -1.2)  # 12 c3² α⁴
    assert float(VARIANCE.evaluate(**given)) == pytest.approx(leading, rel=2e-3)
    one = formula("shaping.injected_gap", order=4).expr
    c3, alpha = sp.symbols("c3 alpha")
    assert sp.limit(one, sp.Symbol("d"), sp.oo) == 12 * c3**2 * alpha**4


def test_moments_of_an_entry_are_those_of_the_normal_law():
    assert derive.normal_variance() == 1


@pytest.mark.parametrize("gain", [heavy(0.7), 2.5])
def test_one_layer_of_width_three_is_an_integral_over_rotations(gain):
    """Rows o₁ = (sin t cos s, sin t sin s, cos t), o₂ turned about it: three angles."""

    angles = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    heights, weights = np.polynomial.legendre.leggauss(80)
    turn, height, around = np.meshgrid(angles, heights, angles, indexing="ij")
    low, zero = np.sqrt(1 - height**2), np.zeros_like(height)
    first = np.stack([low * np.cos(around), low * np.sin(around), height])
    across = np.stack([-np.sin(around), np.cos(around), zero])
    third = np.cross(first, across, axis=0)
    second = np.cos(turn) * across + np.sin(turn) * third
    x, y = (np.tanh(gain * np.sqrt(3) * row) for row in (first, second))
    cosine = np.sum(x * y, axis=0) ** 2 / np.sum(x**2, axis=0) / np.sum(y**2, axis=0)
    mean = np.mean(cosine, axis=(0, 2)) @ weights / 2
    given = {"d": 3, "alpha": gain, "activation": "tanh"}
    rest = INJECTION.remainder(**given)
    assert float(INJECTION.evaluate(**given)) == pytest.approx(2 * mean, abs=rest + 1e-5)
    assert rest < 0.02 * 2 * mean


@pytest.mark.campaign
def test_one_layer_continues_the_series():
    series = formula("shaping.injected_gap")
    given = {"d": 8, "alpha": 0.15, "activation": "sin"}
    error = INJECTION.remainder(**given) + series.remainder(**given, order=8)
    found = INJECTION.evaluate(**given)
    assert float(found) == pytest.approx(float(series.evaluate(**given, order=8)), abs=error)
    assert INJECTION.evaluate(d=2, alpha=3, activation="tanh") == 0
    assert INJECTION.evaluate(d=9, alpha=0, activation="tanh") == 0


@pytest.mark.campaign
@pytest.mark.parametrize("entry", [VARIANCE, GRADIENT], ids=lambda entry: entry.name)
def test_sampled_networks_agree_up_to_the_stated_order(entry):
    assert entry.status.kind == "heuristic"
    entry = sampled_once(entry)
    for case in entry.cases:
        assert entry.verify(case.samples, seed=1, **case.values).word == "pass"
    case = entry.cases[0]
    wrong = entry.with_expr(entry.expr * sp.Rational(5, 4))
    assert wrong.verify(case.samples, seed=1, **case.values).word == "rejected"


def test_sampled_layers_agree():
    injection = sampled_once(INJECTION)
    for case in INJECTION.cases:
        assert injection.verify(case.samples, seed=2, **case.values).word == "pass"
    case = INJECTION.cases[0]
    wrong = injection.with_expr(INJECTION.expr * sp.Rational(103, 100))
    assert wrong.verify(case.samples, seed=2, **case.values).word == "rejected"


def test_what_is_not_odd_is_refused_by_name_with_a_remedy():
    given = {"alpha": 1, "exponent": 0, "activation": "relu", "depth": 3}
    with pytest.raises(InvalidInputError, match="mean_removal=True"):
        GRADIENT.evaluate(**given)
    with pytest.raises(InvalidInputError, match="even terms"):
        VARIANCE.evaluate(**given)
    with pytest.raises(InvalidInputError, match="activation must be"):
        INJECTION.evaluate(d=8, alpha=1, activation="relu")
    with pytest.raises(InvalidInputError, match="finite mean square"):
        GRADIENT.evaluate(**{**given, "activation": sp.exp(U**4), "mean_removal": True})


@pytest.mark.campaign
def test_the_remainder_is_what_finite_width_takes_off_at_any_gain():
    for given in (
        {"alpha": 0.1, "activation": "tanh", "d": 32, "depth": 1, "exponent": 0},
        {"alpha": 1, "activation": "sin", "d": 24, "depth": 4, "exponent": 0.3},
        {"alpha": 3, "activation": "erf", "d": 24, "depth": 6, "exponent": 0},
    ):
        found = VARIANCE.simulate(300, seed=2, **given)
        off = abs(found.mean - float(VARIANCE.evaluate(**given)))
        assert off < VARIANCE.remainder(**given) < 5 * off, given
    # two units stay orthogonal, whatever an odd function does
    alone = {"alpha": 1, "activation": "tanh", "d": 2, "depth": 3, "exponent": 0}
    assert VARIANCE.remainder(**alone) == pytest.approx(float(VARIANCE.evaluate(**alone)))
    wide = {"alpha": 1, "activation": "tanh", "d": 256, "depth": 1, "exponent": 0}
    wrong = VARIANCE.with_expr(VARIANCE.expr * sp.Rational(103, 100))
    assert wrong.verify(200, seed=1, **wide).word == "rejected"


def test_exponents_and_gains_at_the_ends_of_the_floats():
    """With p = 1e300 only the first layer has a gain; gains of 1e-300 inject nothing."""
    values = {"d": 64, "activation": "tanh"}
    for entry in (VARIANCE, GRADIENT):
        one = entry.evaluate(alpha=1, exponent=0, depth=1, **values)
        assert float(entry.evaluate(alpha=1, exponent=1e300, depth=5, **values)) == pytest.approx(
            float(one), rel=1e-12
        )
        assert abs(entry.evaluate(alpha=1e-300, exponent=0, depth=5, **values)) < 1e-28
        with pytest.raises(InvalidInputError, match=r"alpha must be at most 1e\+06"):
            entry.evaluate(alpha=1e300, exponent=0, depth=5, **values)
    # a cubic keeps its shape at any gain
    for alpha in (1e-300, 1e-100, 1e5):
        noise, _ = gains.layer_terms(U**3, np.array([alpha]))[0][:, 0]
        assert noise == pytest.approx(-2 * np.log(9 / 15), rel=1e-9)


@pytest.mark.parametrize("alpha", [1e2, 1e4, 1e5, 1e6])
def test_large_gains_against_their_limit(alpha):
    """χ tends to α φ(0) ∫ sech⁴, β₀ to 2/π: a sign, whose slope is a peak."""
    terms, errors = gains.layer_terms(sp.tanh(U), np.array([alpha]))
    limits = (-np.log(2 / np.pi) * 2, np.log(alpha * 4 / 3 / np.sqrt(2 * np.pi)) / 2)
    for value, error, limit in zip(terms[:, 0], errors[:, 0], limits, strict=True):
        assert abs(value - limit) < error + 2 / alpha


def test_gains_of_which_rounding_leaves_nothing_are_refused():
    assert INJECTION.evaluate(d=4, alpha=0, activation="tanh") == 0
    for alpha in (1e-4, 1e-200, 1e-320):
        with pytest.raises(InvalidInputError, match=r"alpha must be 0.*shaping\.injected_gap"):
            INJECTION.evaluate(d=4, alpha=alpha, activation="tanh")
