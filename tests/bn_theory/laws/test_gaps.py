"""Gap, spectrum map and contraction: the circle, mutual consistency, edges, and power."""

import math
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import sympy as sp
from scipy.special import digamma

from bn_theory import catalogue, formula
from bn_theory.campaigns.power import power
from bn_theory.laws.common.closed_mean_logs import closed_log_sensitivities, closed_mean_log
from bn_theory.laws.common.quadrature import log_sensitivities, mean_log_ratio
from bn_theory.laws.contraction.derive import (
    contraction,
    contraction_rate,
    contraction_remainder,
    trace_series,
)
from bn_theory.laws.gaps.derive import gap_recursion, gap_series, predicted_gaps
from bn_theory.laws.sphere_integrals.derive import log_ratio_remainder, log_ratio_series
from bn_theory.networks.simulate import draw_weights, forward, isometry_gap, spectral_batch
from bn_theory.networks.spec import NetworkSpec
from bn_theory.verification.streams import estimate
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.exact.dimension import Dimension

D = sp.Symbol("d")
FORWARD = [entry for name, entry in catalogue().items() if name.startswith("forward.")]
EVERY_NAME = [
    "gram_moments",
    "row_norm_variance",
    "row_norm_covariance",
    "row_norm_moment",
    "row_norm_joint",
    "offdiagonal_second_moment",
    "log_row_norm",
    "isometry_gap_step",
    "spectrum_map",
    "contraction",
    "gap_telescoping",
    "gap_bound",
    "gaussian_step",
    "rectangular_step",
    "mean_removal",
]


def test_the_catalogue_has_every_name():
    assert {f"forward.{name}" for name in EVERY_NAME} <= set(catalogue())


#: Where a draw is an average over hundreds of layers, few networks are enough.
NETWORKS = dict.fromkeys(("forward.stationary_variance", "forward.stationary_log_scale"), 40)


@pytest.mark.parametrize("entry", FORWARD, ids=lambda entry: entry.name)
def test_every_entry_derives_prints_and_passes(entry):
    assert entry.derive() == entry.expr
    assert entry.latex()
    assert all(meaning for meaning in entry.symbols.values())
    assert pickle.loads(pickle.dumps(entry.sampler)) is entry.sampler
    networks = NETWORKS.get(entry.name, 500)
    words = {verdict.word for verdict in entry.verdicts(networks, seed=5, level=1e-4)}
    assert "pass" in words
    assert "rejected" not in words


@pytest.mark.parametrize(
    "eigenvalues",
    [
        [9, 1],
        [4, 1, 0],
        [2, 2, 1, 1],
        [3, 3, 3, 3, 1, 1],
        [2] * 5,
        [1, 1, 1, 0, 0],
        [7, 0, 0],
        [5, 5, 2, 2, 1, 1, 0],
        [sp.Rational(1, 3), sp.Rational(7, 5)],
    ],
)
def test_closed_forms_agree_with_the_quadrature(eigenvalues):
    exact = [sp.sympify(value) for value in eigenvalues]
    floats = [float(value) for value in exact]
    drift = float(closed_mean_log(exact)) - math.log(np.mean(floats))
    assert drift == pytest.approx(mean_log_ratio(floats).value, abs=1e-14)
    shares = [float(share) for share in closed_log_sensitivities(exact)]
    assert shares == pytest.approx(list(log_sensitivities(floats).value), abs=1e-13)
    assert sum(shares) == pytest.approx(1)


def test_no_closed_form_is_claimed_where_there_is_none():
    assert closed_mean_log([sp.Integer(x) for x in (3, 2, 1)]) is None
    assert closed_log_sensitivities([sp.Integer(x) for x in (3, 3, 2, 1)]) is None


def test_gap_step_at_the_edges():
    step = formula("forward.isometry_gap_step").evaluate
    x, y = sp.symbols("x y", positive=True)
    assert step(eigenvalues=[1, 1, 1]) == 0
    assert step(eigenvalues=[0.7, 0.7]) == 0
    assert step(eigenvalues=[3]) == 0
    assert step(eigenvalues=[1, 1, 0]) is sp.oo
    assert step(eigenvalues=[1.0, 2.0, 0.0]) is sp.oo
    two = 2 * sp.log((sp.sqrt(x) + sp.sqrt(y)) / 2) - (sp.log(x) + sp.log(y)) / 2
    assert float((step(eigenvalues=[x, y]) - two).subs({x: 3, y: 5})) == pytest.approx(0)
    assert step(eigenvalues=[4, 1]) == sp.expand_log(2 * sp.log(sp.Rational(3, 2)) - sp.log(2))
    wide = step(eigenvalues=np.logspace(-12, 0, 1000))
    assert wide.is_Float
    assert wide.is_finite
    assert formula("forward.log_row_norm").remainder(eigenvalues=[3, 2, 1]) < 1e-14
    assert formula("forward.log_row_norm").evaluate(eigenvalues=[x, y, 1]).has(sp.Integral)
    with pytest.raises(InvalidInputError, match="eigenvalues must be given"):
        step(d=3)


@pytest.mark.parametrize("order", [2, 3, 4, 7])
def test_the_moment_series_keeps_its_remainder_bound(order):
    for eigenvalues in ([1.3, 1.0, 0.7], [2.5, 0.5, 0.5, 0.5], [1.01, 0.99]):
        step = formula("forward.isometry_gap_step")
        exact = step.evaluate(eigenvalues=eigenvalues)
        mean = np.mean(eigenvalues)
        sums = {f"t{j}": np.sum((eigenvalues - mean) ** j) for j in range(2, order + 1)}
        gap = np.log(mean) - np.mean(np.log(eigenvalues))
        series = gap + log_ratio_series(len(eigenvalues), order).subs({"m": mean, **sums})
        bound = step.remainder(eigenvalues=eigenvalues, order=order)
        assert abs(float(series - exact)) <= bound + 1e-15
    assert log_ratio_remainder([1.0, -1.0], 4) == math.inf


def test_spectrum_map_keeps_the_trace_and_the_order():
    whole = formula("forward.spectrum_map").evaluate
    matrix = whole(eigenvalues=[1.0, 5.0, 2.0])
    assert float(sum(matrix)) == pytest.approx(3)
    assert matrix[0] < matrix[2] < matrix[1]
    assert whole(eigenvalues=[1.0, 5.0, 2.0], k=2) == matrix[1]
    assert list(whole(eigenvalues=[9, 1])) == [sp.Rational(3, 2), sp.Rational(1, 2)]
    assert list(whole(eigenvalues=[2, 2, 0])) == [sp.Rational(3, 2), sp.Rational(3, 2), 0]
    with pytest.raises(InvalidInputError, match="s must count the 2 eigenvalues"):
        whole(eigenvalues=[2, 1], k=3)


def exact_on_circle(delta, k, angles=4096):
    """Mean of v(G') or tr Δ'^k for G = diag(1+δ, 1-δ): the trapezoidal rule on the circle."""
    x = 2 * np.pi * np.arange(angles) / angles
    square = (delta * np.sin(2 * x)) ** 2 / (1 - (delta * np.cos(2 * x)) ** 2)
    return np.mean(square) if k == 2 else (np.mean(2 * square ** (k / 2)) if k % 2 == 0 else 0.0)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_contraction_on_the_circle_to_every_order(k):
    delta = sp.Rational(1, 5)
    for order in (2, 4, 6, 8, 10):
        sums = {f"t{j}": delta**j + (-delta) ** j for j in range(2, order + 1)}
        value = contraction(2, order, k).subs(sums)
        bound = contraction_remainder([0.2, -0.2], order, k)
        assert isinstance(value, sp.Rational)
        assert abs(float(value) - exact_on_circle(0.2, k)) <= bound * (1 + 1e-9) + 1e-16
    assert bound < 2e-5


def test_products_of_traces_on_the_circle():
    """At d = 2 tr Δ'² = 2δ² sin²/(1 - δ² cos²), and tr Δ'³ vanishes."""
    angles = 2 * np.pi * np.arange(512) / 512
    delta, order = 0.3, 9
    square = 2 * (delta * np.sin(angles)) ** 2 / (1 - (delta * np.cos(angles)) ** 2)
    for traces in ((2, 2), (4, 2), (2, 2, 2), (4, 4), (3, 2), (3, 3, 2)):
        found = sum(
            float(c) * math.prod(delta**j + (-delta) ** j for j in nu)
            for nu, c in trace_series(traces, order, Dimension(2)).items()
        )
        exact = 0.0
        if not any(k % 2 for k in traces):
            exact = float(np.mean(math.prod(2 * (square / 2) ** (k / 2) for k in traces)))
        assert abs(found - exact) < 30 * delta ** (order + 1), traces


def test_contraction_of_a_general_width_and_of_its_integers_agree():
    symbolic = contraction(D, 5, 3)
    for width in (5, 6, 9):
        assert sp.simplify(symbolic.subs(D, width) - contraction(width, 5, 3)) == 0
    assert sp.simplify(contraction_rate(D) - D / (D + 2)) == 0
    assert contraction(1, 4).subs({"t2": 0, "t3": 0, "t4": 0}) == 0


def test_two_routes_to_the_next_gap_agree():
    """φ' from traces of the next layer's spectrum, and from the moments of one row norm."""
    order = 6
    traces = gap_series(D, order)
    own = sum(sp.Rational((-1) ** k, k) * sp.Symbol(f"t{k}") / D for k in range(2, order + 1))
    drift = log_ratio_series(D, order).subs("m", 1)
    assert sp.simplify(traces - own - drift) == 0


def test_orders_are_limited_by_cost_not_by_hanging():
    with pytest.raises(CostLimitError, match="recursion to order 12"):
        formula("forward.isometry_gap_step", order=12, depth=3).evaluate(eigenvalues=[1.1, 0.9])
    # none of the cases is looked at for longer than that
    with pytest.raises(InvalidInputError, match="must fit one of"):
        _ = formula("forward.contraction", order=12, depth=3).chosen_cases
    with pytest.raises(CostLimitError, match="pass max_cost=None"):
        contraction(D, 30)
    assert contraction(D, 8).free_symbols >= {sp.Symbol("t8"), D}


def test_gap_recursion_predicts_sampled_networks_layer_by_layer():
    eigenvalues, depth, networks = [1.4, 0.9, 0.9, 0.9, 0.9], 12, 6000
    spec = NetworkSpec(width=5, batch=5, depth=depth)

    def gaps(count, rng):
        trace = forward(spectral_batch(eigenvalues), draw_weights(spec, count, rng))
        return np.stack([isometry_gap(trace.state(layer)) for layer in range(1, depth + 1)], -1)

    sampled = estimate(gaps, networks, block=2000, seed=8)
    predicted = predicted_gaps(eigenvalues, depth)
    assert predicted[0] == pytest.approx(float(isometry_gap(spectral_batch(eigenvalues))))
    assert np.all(np.abs(sampled.mean - predicted[1:]) < 4.5 * sampled.stderr)
    # the leading order alone is visibly off
    leading = predicted_gaps(eigenvalues, depth, order=2)
    assert np.all(np.abs(sampled.mean - leading[1:]) > 6 * sampled.stderr)
    with pytest.raises(InvalidInputError, match="twice their mean"):
        predicted_gaps([3.0, 1.0, 1.0, 0.5], 3)


def test_gap_recursion_is_triangular_with_the_rate_on_top():
    names, matrix = gap_recursion(6, 6)
    assert names[0] == (2,)
    assert matrix[0, 0] == pytest.approx(6 / 8)
    degrees = np.array([sum(nu) for nu in names])
    assert np.all(matrix[degrees[:, None] > degrees[None, :]] == 0)


def test_telescoping_holds_in_every_draw():
    law = formula("forward.gap_telescoping")
    values = {"eigenvalues": [4.0, 2.0, 1.0, 0.5], "depth": 30}
    sampled = law.simulate(50, seed=2, **values)
    assert sampled.stderr < 1e-14
    assert sampled.mean == pytest.approx(float(law.evaluate(**values)), abs=1e-12)
    assert not law.with_expr(law.expr * 1.001).verify(50, **values).passed


def test_gaussian_weights_drift_to_one_per_layer():
    for d in (2, 10, 1000):
        drift = float(formula("forward.gaussian_step").evaluate(eigenvalues=[1.0] * d))
        halves = np.arange(1, d + 1) / 2
        assert drift == pytest.approx(digamma(d / 2) - np.mean(digamma(halves)))
    assert drift == pytest.approx(1, abs=0.01)
    exact = formula("forward.gaussian_step").evaluate(eigenvalues=[1, 1])
    assert sp.simplify(exact - sp.log(2)) == 0


def test_the_published_bound_holds_and_is_far_from_sharp():
    bound = formula("forward.gap_bound").evaluate(eigenvalues=[2.0, 1.0, 1.0], depth=1, C=1)
    exact = formula("forward.isometry_gap_step").evaluate(eigenvalues=[2.0, 1.0, 1.0])
    assert exact < bound
    assert formula("forward.gap_bound").evaluate(eigenvalues=[1, 0], depth=4, C=1) is sp.oo


def test_a_formula_off_by_three_percent_is_rejected():
    names = ["forward.row_norm_moment", "forward.log_row_norm", "forward.mean_removal_moment"]
    for row in power(names, samples=20_000, seed=4):
        assert row.passed
        assert row.rejected


@pytest.mark.slow
def test_campaign_at_three_widths_with_a_hundred_thousand_networks():
    entries = [entry for entry in FORWARD if entry.name != "forward.gap_telescoping"]
    with ProcessPoolExecutor(2) as executor:
        rows = power(entries, samples=100_000, seed=11, max_seconds=None, executor=executor)
    for row in rows:
        assert row.passed, row.formula
        assert row.rejected, row.formula


def test_the_remainder_of_the_contraction_is_quick_for_any_spectrum():
    near_one = contraction_remainder([1 / 3, 1 / 3, 1 / 3, 1e-9 - 1], order=4)
    assert near_one > 1e9
    # Σ_{s ≥ 3} (s+1) ρ^s at ρ = 1/2: 4 - 1 - 1 - 3/4, times tr Δ²/d = 1/4
    assert contraction_remainder([0.5, -0.5], order=4) == pytest.approx(1.25 / 4, rel=1e-14)
    assert contraction_remainder([0.0, 0.0], order=4) == 0
    with pytest.raises(InvalidInputError, match="closer to their mean"):
        formula("forward.contraction").evaluate(eigenvalues=[1e-8, 1, 1, 1], order=4)
