"""Gap, spectrum map and contraction: the circle, mutual consistency, edges, and power."""

import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import sympy as sp
from scipy.special import digamma

from bn_theory import catalogue, formula
from bn_theory.campaigns.power import power
from bn_theory.laws.contraction.derive import (
    contraction,
)
from bn_theory.laws.gaps.derive import gap_recursion, gap_series, predicted_gaps
from bn_theory.laws.sphere_integrals.derive import log_ratio_series
from bn_theory.networks.simulate import draw_weights, forward, isometry_gap, spectral_batch
from bn_theory.networks.spec import NetworkSpec
from bn_theory.verification.streams import estimate
from tests.tiers import HEAVY_FORMULAS, heavy_apart
from weingarten.errors import CostLimitError, InvalidInputError

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


@pytest.mark.parametrize(
    "entry",
    heavy_apart(FORWARD, lambda entry: entry.name in {*NETWORKS, *HEAVY_FORMULAS}),
    ids=lambda entry: entry.name,
)
def test_every_entry_derives_prints_and_passes(entry):
    assert entry.derive() == entry.expr
    assert entry.latex()
    assert all(meaning for meaning in entry.symbols.values())
    assert pickle.loads(pickle.dumps(entry.sampler)) is entry.sampler
    networks = NETWORKS.get(entry.name, 500)
    words = {verdict.word for verdict in entry.verdicts(networks, seed=5, level=1e-4)}
    assert "pass" in words
    assert "rejected" not in words


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


@pytest.mark.campaign
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
