"""The gap and the spectrum after several layers: recursion, mean flow, and networks by hand."""

import math

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner

from bn_theory import formula
from bn_theory.cli import main
from bn_theory.law.status import EXACT, HEURISTIC, asymptotic
from bn_theory.laws.common.quadrature import mean_log_ratio
from bn_theory.laws.contraction.derive import contraction
from bn_theory.laws.contraction.derive_depth import contraction_over_layers
from bn_theory.laws.gaps.derive import predicted_gaps
from bn_theory.laws.gaps.gaussian_flow import gaussian_losses
from bn_theory.laws.gaps.mean_flow import mean_flow
from bn_theory.laws.sphere_integrals.gap_over_layers import gaps_over_depth
from bn_theory.laws.stationary.derive import flow
from tests.tiers import heavy
from weingarten.errors import InvalidInputError

D = sp.Symbol("d")
GAP = formula("forward.isometry_gap_step")
SPECTRUM = formula("forward.contraction")
LOG_NORM = formula("forward.log_row_norm")
GRAM = formula("forward.spectrum_map")
GAUSSIAN = formula("forward.gaussian_step")


def states(eigenvalues, depth, count, seed):
    """Return X_L of networks with Haar weights, from the definition, and log a_j of layer L."""
    rng = np.random.default_rng(seed)
    d = len(eigenvalues)
    state = np.broadcast_to(np.diag(np.sqrt(np.asarray(eigenvalues, float))), (count, d, d))
    for _ in range(depth):
        q, r = np.linalg.qr(rng.standard_normal((count, d, d)))
        mixed = (q * np.sign(np.einsum("bii->bi", r))[:, None, :]) @ state
        norms = np.linalg.norm(mixed, axis=-1, keepdims=True)
        state = mixed / norms
    return state, 2 * np.log(norms[..., 0]).mean(axis=-1)


def networks(eigenvalues, depth, count, seed):
    """Return G_L of networks with Haar weights."""
    state, _ = states(eigenvalues, depth, count, seed)
    return state @ np.swapaxes(state, -1, -2)


def gaps_of(grams):
    spectrum = np.linalg.eigvalsh(grams)
    return -np.mean(np.log(spectrum), axis=-1)


def test_one_layer_is_what_it_was():
    assert GAP.at(depth=1).expr == GAP.expr
    assert GAP.at(depth=1).left_latex == r"\mathbb{E}_{W}\, \phi(X_1)"
    assert GAP.evaluate(eigenvalues=[4, 1], depth=1) == GAP.evaluate(eigenvalues=[4, 1])
    assert contraction_over_layers(D, 5, 3, 1) == contraction(D, 5, 3)
    assert SPECTRUM.at(depth=1).left_latex == r"\mathbb{E}_{W}\, v(G_1)"


def test_the_status_is_that_of_the_depth():
    assert GAP.at(depth=1).status == EXACT
    assert GAP.at(depth=2).status == HEURISTIC
    assert GAP.standing_in_words == "exact; over several layers heuristic"
    assert GAP.at(depth=2).standing_in_words == "heuristic"
    assert GAP.at(depth=2, order=4).status == asymptotic("O(Δ^5)")
    assert SPECTRUM.at(depth=9).status == asymptotic("O(Δ^5)")


def test_to_lowest_order_every_layer_contracts_by_the_rate():
    t2, m = sp.symbols("t2 m")
    rate = D / (D + 2)
    for depth in (2, 7):
        gap = GAP.at(order=2, depth=depth).expr
        assert sp.simplify(gap - t2 / (2 * D * m**2) * rate**depth) == 0
        assert sp.simplify(SPECTRUM.at(order=2, depth=depth).expr - t2 / D * rate**depth) == 0


def test_two_layers_are_one_after_the_other():
    """To third order only t2 and t3 are there, whose means one layer up are known."""
    for d in (3, 8, D):
        once = {sp.Symbol("t2"): contraction(d, 3) * d, sp.Symbol("t3"): contraction(d, 3, 3)}
        twice = contraction(d, 3).xreplace(once)
        assert sp.simplify(contraction_over_layers(d, 3, depth=2) - twice) == 0


def test_a_width_and_the_symbol_agree():
    symbolic = SPECTRUM.at(order=4, depth=6).expr
    numeric = contraction_over_layers(7, 4, depth=6)
    assert sp.expand(symbolic.subs(D, 7) - numeric) == 0


@pytest.mark.parametrize(
    ("eigenvalues", "depth", "count"),
    [([1.3, 1.0, 1.0, 0.9, 0.8], 6, 4000), ([3, 1, 1, 1, 1, 1, 1, 1], 8, 3000)],
)
def test_networks_by_hand_agree(eigenvalues, depth, count):
    grams = networks(eigenvalues, depth, count, seed=3)
    drawn = gaps_of(grams)
    error = drawn.std() / math.sqrt(count)
    off = abs(drawn.mean() - float(GAP.evaluate(eigenvalues=eigenvalues, depth=depth)))
    assert off < 4.5 * error + GAP.remainder(eigenvalues=eigenvalues, depth=depth)
    assert GAP.remainder(eigenvalues=eigenvalues, depth=depth) < 0.2 * drawn.mean()


def test_the_flow_meets_the_recursion_where_both_are_right():
    spectrum = [1.3] * 8 + [0.9] * 24
    flow, errors = mean_flow(spectrum, 60)
    recursion = predicted_gaps(spectrum, 60)
    assert np.all(np.abs(flow - recursion)[2:] < errors[2:])
    assert np.all(np.abs(flow / recursion - 1) < 4e-3)


def test_the_flow_takes_off_what_one_layer_does():
    for spectrum in ([4.0] * 4 + [1.0] * 12, [1e-9, 1.0, 1.0, 2.0, 3.0], np.geomspace(0.01, 3, 24)):
        gaps, errors = mean_flow(spectrum, 1)
        exact = float(GAP.evaluate(eigenvalues=[float(x) for x in spectrum]))
        assert abs(gaps[1] - exact) < max(errors[1], 2e-3 * gaps[1])


def test_the_flow_goes_from_anywhere_down_to_isometry():
    rng = np.random.default_rng(0)
    for d in (2, 3, 10, 60):
        for spread in (0.0, 1e-3, 1.0, 20.0):
            spectrum = np.exp(rng.uniform(-1, 1, d) * spread)
            gaps, errors = gaps_over_depth(spectrum, 20)
            assert np.all(np.isfinite(gaps))
            assert np.all(np.diff(gaps) <= 0)
            assert np.all(errors <= gaps[0])  # no draw has a larger gap than at first
            assert gaps[-1] >= 0
    # a single large direction, and one that is nearly lost
    for spectrum in ([1e15] + [1.0] * 9, [1e-25] + [1.0] * 9):
        gaps, _ = gaps_over_depth(spectrum, 10)
        assert np.all(np.diff(gaps) < 0)


def test_many_layers_of_a_wide_network_stay_below_the_bound():
    spectrum = [float(x) for x in np.geomspace(0.05, 3, 100)]
    bound = formula("forward.gap_depth_bound")
    for depth in (10, 1000):
        gap = float(GAP.evaluate(eigenvalues=spectrum, depth=depth))
        assert 0 < gap < float(bound.evaluate(eigenvalues=spectrum, depth=depth))


def test_a_wrong_statement_over_layers_is_rejected():
    values = {"eigenvalues": [1.2, 1.1, 0.9, 0.8], "depth": 6}
    wrong = GAP.at(depth=6, order=6)
    assert wrong.verify(4000, seed=2, **values).passed
    assert wrong.with_expr(wrong.expr * sp.Rational(11, 10)).verify(
        4000, seed=2, **values
    ).word == ("rejected")
    followed = GAP.at(depth=6)
    case = {"eigenvalues": [4] * 4 + [1] * 12}
    assert followed.verify(1000, seed=2, **case).passed
    taken = followed.expr - sp.Symbol("phi")
    conjecture = followed.with_expr(sp.Symbol("phi") + taken * sp.Rational(11, 10))
    assert conjecture.verify(1000, seed=2, **case).word == "rejected"


@pytest.mark.parametrize(
    ("eigenvalues", "depth", "count"),
    [
        ([3, 1], 3, 4000),
        ([1.3, 1.0, 1.0, 0.9, 0.8], 4, 4000),
        ([4.0] * 4 + [1.0] * 12, 5, 1000),
        ([0.01, 0.2, 1.0, 1.0, 2.0, 3.0], 12, 2000),
    ],
)
def test_log_norms_and_the_mean_gram_matrix_agree_with_networks_by_hand(eigenvalues, depth, count):
    state, logs = states(eigenvalues, depth, count, seed=8)
    values = {"eigenvalues": eigenvalues, "depth": depth}
    off = abs(logs.mean() - float(LOG_NORM.evaluate(**values)))
    assert off < 4.5 * logs.std() / math.sqrt(count) + LOG_NORM.remainder(**values)
    kept = np.sum(state**2, axis=-2)
    expected = np.array(GRAM.evaluate(**values), dtype=float).ravel()
    assert abs(expected.sum() - len(eigenvalues)) < 1e-9
    errors = 4.5 * kept.std(axis=0) / math.sqrt(count) + GRAM.remainder(**values)
    assert np.all(np.abs(kept.mean(axis=0) - expected) < errors)
    # what is estimated says something
    assert LOG_NORM.remainder(**values) < abs(LOG_NORM.evaluate(**values))
    assert GRAM.remainder(**values) <= np.max(np.abs(expected - 1)) + 1e-12


def test_log_norms_are_what_the_gap_loses():
    for spectrum in ([1.2, 1.1, 0.9, 0.8], [4.0] * 4 + [1.0] * 12):
        gaps = [float(GAP.evaluate(eigenvalues=spectrum, depth=depth)) for depth in (6, 7)]
        taken = float(LOG_NORM.evaluate(eigenvalues=spectrum, depth=7))
        assert taken == pytest.approx(gaps[1] - gaps[0], rel=2e-3)


def test_the_trace_of_the_open_flow_is_the_flow_of_moments():
    """K^k of the samples moves as its trace does: the hierarchy that the mean map solves."""
    for k in (1, 2, 3, 4):
        moments = [sp.Integer(1), *(sp.Symbol(f"m{j}") for j in range(1, k + 2))]
        variance = sp.Symbol("m2") - 1
        opened = -2 * k * (moments[k + 1] - moments[k]) + 2 * variance * sum(
            (k - q) * moments[q] * moments[k - q] for q in range(k)
        )
        assert sp.expand((opened - flow(k)).subs(sp.Symbol("m1"), 1)) == 0


def test_near_isometry_the_mean_gram_matrix_contracts_by_the_rate():
    for d in (2, 3, 7):
        deviations = np.array([1e-6] + [-1e-6 / (d - 1)] * (d - 1))
        found = GRAM.evaluate(eigenvalues=list(1 + deviations), depth=9)
        found = np.array(found, dtype=float).ravel() - 1
        assert found == pytest.approx(deviations * (d / (d + 2)) ** 9, rel=1e-4)
    one = formula("forward.spectrum_map", depth=9).evaluate(eigenvalues=[3])
    assert one == sp.ImmutableDenseMatrix([1.0])


def test_later_layers_say_what_they_are():
    for law in (LOG_NORM, GRAM):
        assert law.at(depth=1).expr == law.expr
        assert law.status == EXACT
        assert law.at(depth=2).status == HEURISTIC
        with pytest.raises(InvalidInputError, match="must all be positive to be followed"):
            law.evaluate(eigenvalues=[2, 1, 0], depth=2)
        with pytest.raises(InvalidInputError, match="must be numbers to be computed with"):
            law.evaluate(eigenvalues=[sp.Symbol("x"), 1], depth=2)
        case = {"eigenvalues": [4] * 8 + [1] * 24}
        deep = law.at(depth=5)
        own = deep.evaluate(**case)
        copied = deep.with_expr(deep.expr).evaluate(**case)
        assert np.allclose(np.array(own, float), np.array(copied, float), rtol=1e-12)
        wrong = deep.with_expr(deep.expr * sp.Rational(5, 4))
        assert wrong.verify(200, seed=2, **case).word == "rejected"
        assert deep.verify(200, seed=2, **case).passed
    assert GRAM.at(depth=5).evaluate(eigenvalues=[2, 1, 1], s=1) > 1


def gaussian_states(eigenvalues, depth, count, seed):
    """Return the states of networks with Gaussian weights after 1, …, depth layers."""
    rng = np.random.default_rng(seed)
    d = len(eigenvalues)
    state = np.broadcast_to(np.diag(np.sqrt(np.asarray(eigenvalues, float))), (count, d, d))
    found = []
    for _ in range(depth):
        mixed = rng.standard_normal((count, d, d)) @ state
        state = mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)
        found.append(state)
    return found


@pytest.mark.parametrize(
    ("eigenvalues", "count"), [([1.0] * 8, 2000), ([8.0] + [1.0] * 15, 500), ([3.0, 1.0], 4000)]
)
def test_gaussian_layers_agree_with_networks_by_hand(eigenvalues, count):
    for depth, state in enumerate(gaussian_states(eigenvalues, 3, count, seed=2), 1):
        drawn = gaps_of(state @ np.swapaxes(state, 1, 2))
        values = {"eigenvalues": eigenvalues, "depth": depth}
        error, rest = drawn.std() / math.sqrt(count), GAUSSIAN.remainder(**values)
        value = float(GAUSSIAN.evaluate(**values))
        assert abs(drawn.mean() - value) < 4 * error + rest
        assert (rest > 1e-3) == (depth > 1)


def test_what_a_gaussian_layer_takes_off_is_that_of_a_free_product():
    """A few wide networks, whose spectra are near the free ones."""
    start = [4.0] * 64 + [1.0] * 192
    losses = gaussian_losses(start, 4)
    for layer, state in enumerate(gaussian_states(start, 3, 3, seed=1), 1):
        spectra = np.linalg.svd(state, compute_uv=False) ** 2
        taken = [-mean_log_ratio(spectrum).value for spectrum in spectra]
        assert np.mean(taken) == pytest.approx(losses[layer], rel=0.08)
    # the variance of the spectrum grows by 1 a layer, and near 0 is all that counts for large d
    wide = gaussian_losses([1.0] * 4000, 4)
    assert wide * 4000 == pytest.approx([0, 1, 2, 3], abs=0.01)


def test_gaussian_layers_beyond_the_range_are_refused():
    assert GAUSSIAN.status == EXACT
    assert GAUSSIAN.at(depth=3).status == HEURISTIC
    assert GAUSSIAN.at(depth=1).expr == GAUSSIAN.expr
    assert GAUSSIAN.evaluate(eigenvalues=[1, 0, 1], depth=3) is sp.oo
    assert GAUSSIAN.evaluate(eigenvalues=[7], depth=5) == 0
    with pytest.raises(InvalidInputError, match="depth must be small beside the width 4"):
        GAUSSIAN.evaluate(eigenvalues=[1, 1, 1, 1], depth=9)
    with pytest.raises(InvalidInputError, match="must be numbers to be computed with"):
        GAUSSIAN.evaluate(eigenvalues=[sp.Symbol("x"), 1], depth=2)
    deep = GAUSSIAN.at(depth=4)
    case = {"eigenvalues": [4] * 16 + [1] * 48}
    copied = deep.with_expr(deep.expr).evaluate(**case)
    assert copied == deep.evaluate(**case)
    wrong = deep.with_expr(deep.expr * sp.Rational(108, 100))
    assert wrong.verify(200, seed=2, **case).word == "rejected"


def test_what_cannot_be_followed_is_said():
    assert GAP.evaluate(eigenvalues=[1, 0, 1], depth=5) is sp.oo
    assert GAP.evaluate(eigenvalues=[1, 0, 1], depth=5, order=3) is sp.oo
    with pytest.raises(InvalidInputError, match="must be numbers to be computed with"):
        GAP.evaluate(eigenvalues=[sp.Symbol("x"), 1], depth=2)
    with pytest.raises(InvalidInputError, match="to be followed over layers"):
        GAP.evaluate(eigenvalues=[1e-70, 1.0, 1.0], depth=2)
    with pytest.raises(InvalidInputError, match="must lie closer to their mean"):
        SPECTRUM.evaluate(eigenvalues=[5, 1, 1, 1], depth=3)
    with pytest.raises(InvalidInputError, match="depth must be an integer >= 1"):
        GAP.evaluate(eigenvalues=[2, 1], depth=0)


def test_the_command_line_takes_a_depth():
    name = "forward.isometry_gap_step(depth=5)"
    shown = CliRunner().invoke(main, ["show", name])
    assert shown.exit_code == 0, shown.output
    assert "status       heuristic" in shown.output
    run = CliRunner().invoke(main, ["verify", name, "--samples", "50", "--workers", "1"])
    assert run.exit_code == 0, run.output
    assert f"{name}" in run.output or "depth=5" in run.output


def _sampled_gap(eigenvalues, depth, networks):
    """Return the mean gap after layers of plain NumPy, and its error."""
    rng, d = np.random.default_rng(7), len(eigenvalues)
    gram = np.broadcast_to(
        np.diag(np.asarray(eigenvalues) / np.mean(eigenvalues)), (networks, d, d)
    )
    for _ in range(depth):
        weights = np.linalg.qr(rng.standard_normal((networks, d, d)))[0]
        moved = weights @ gram @ weights.transpose(0, 2, 1)
        scale = 1 / np.sqrt(np.einsum("nii->ni", moved))
        gram = moved * scale[:, :, None] * scale[:, None, :]
    gaps = -np.linalg.slogdet(gram)[1] / d
    return gaps.mean(), gaps.std() / np.sqrt(networks)


@pytest.mark.parametrize(
    ("eigenvalues", "depth"),
    [
        ([0.3, 1, 1], 3),
        ([0.1, 1, 1, 1], 3),
        ([0.1, 0.1, 1, 1], 2),
        ([8, 8, 1], 3),
        ([1e-5, 1e-5, 1e-5, 1], 10),
        heavy([1e-5, 1e-5, 1, 1, 1], 30),
        heavy([1e-3] * 4 + [1] * 4, 30),
    ],
)
def test_small_widths_and_spectra_far_from_isometry_keep_to_their_remainders(eigenvalues, depth):
    mean, stderr = _sampled_gap(eigenvalues, depth, 20_000)
    gaps, errors = gaps_over_depth(eigenvalues, depth)
    assert abs(gaps[-1] - mean) <= errors[-1] + 4 * stderr
