"""Gradients with fewer samples than units: the flow of perturbations, its top rate, networks."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula, trainable_depth
from bn_theory.laws.stationary import derive_perturbations
from bn_theory.laws.stationary.depths import finite_width_share
from bn_theory.laws.stationary.derive_perturbations import characteristic, growth_rate, pair_flow
from bn_theory.networks.simulate import draw_weight
from tests.sampled_once import sampled_once
from weingarten import InvalidInputError

GROWTH = formula("backward.rank_deficient_growth")


def u(p, q):
    p, q = sorted((p, q))
    return sp.Symbol(f"U{p}_{q}")


def m(k):
    return sp.Integer(1) if k < 2 else sp.Symbol(f"m{k}")


@pytest.mark.parametrize(("p", "q"), [(0, 0), (0, 1), (1, 1), (0, 3), (2, 1), (2, 2)])
def test_words_written_out_are_the_closed_flow(p, q):
    v = sp.Symbol("v")
    expected = (
        sp.Rational(1, 2) * u(0, 0) * (m(p) * m(q + 2) + m(p + 2) * m(q) + 2 * m(p + 1) * m(q + 1))
    )
    for near, far in ((p, q), (q, p)):
        expected += 2 * (near + 1) * u(near, far) - 2 * (near + 2) * u(near + 1, far)
        expected += 2 * v * sum((near + 1 - k) * m(k) * u(near - k, far) for k in range(near + 1))
    assert sp.expand(pair_flow(p, q) - expected) == 0


@pytest.mark.parametrize(("p", "q"), [(0, 0), (0, 1), (1, 1)])
def test_the_flow_is_what_a_wide_layer_does_to_a_perturbation(p, q):
    d, networks, step = 80, 150, 1e-6
    rng = np.random.default_rng(5)
    spectrum = np.where(np.arange(d) < d // 2, 1.5, 0.5)
    noise = rng.standard_normal((networks, d, d))
    delta = (noise + np.swapaxes(noise, 1, 2)) / np.sqrt(2 * d)
    delta -= np.eye(d) * np.einsum("bii->b", delta)[:, None, None] / d
    gram = np.diag(spectrum)
    weight = draw_weight((d, d), "haar", networks, rng)

    def after(matrix):
        moved = weight @ matrix @ np.swapaxes(weight, 1, 2)
        scale = np.sqrt(np.einsum("bii->bi", moved))
        return moved / scale[:, :, None] / scale[:, None, :]

    def size(change, base, p, q):
        left = np.linalg.matrix_power(base, p) @ change
        return np.einsum("bij,bji->b", left @ np.linalg.matrix_power(base, q), change) / d

    base = np.broadcast_to(gram, delta.shape)
    change = (after(gram + step * delta) - after(gram - step * delta)) / (2 * step)
    changes = d * (size(change, after(gram), p, q) - size(delta, base, p, q))
    given = {sp.Symbol("v"): (spectrum**2).mean() - 1}
    given |= {m(k): (spectrum**k).mean() for k in range(2, 8)}
    given |= {
        sp.Symbol(f"U{i}_{j}"): size(delta, base, i, j).mean()
        for i in range(4)
        for j in range(i, 4)
    }
    expected = float(pair_flow(p, q).subs(given))
    error = changes.std() / networks**0.5
    assert abs(expected) > 8 * error
    assert changes.mean() == pytest.approx(expected, abs=4 * error + 0.03 * abs(expected))


@pytest.mark.parametrize(
    ("share", "stated"),
    [(1 / 8, 3.493), (1 / 4, 1.503), (1 / 2, 0.5235), (3 / 4, 0.2048), (0.9, 0.0855)],
)
def test_values_found_before(share, stated):
    assert growth_rate(share) == pytest.approx(stated, abs=6e-4)


def test_limits_of_few_and_of_many_samples():
    assert growth_rate(1e-4) * 2e-4 == pytest.approx(1, abs=2e-4)  # the mean field: 1/(2γ)
    assert growth_rate(1 - 1e-4) / 1e-4 == pytest.approx(1, abs=1e-3)
    rates = [growth_rate(share) for share in np.linspace(0.01, 0.99, 50)]
    assert all(x > y for x, y in pairwise(rates))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_the_root_is_the_top_one_and_the_series_has_converged(share):
    rate = growth_rate(share)
    scale = (1 - share) / share
    above = rate * (1 + 1e-6) + scale * np.geomspace(1e-6, 1e3, 400)
    assert min(derive_perturbations._defect(x, share) for x in above) > 0
    _, _, products = characteristic(share)
    assert np.abs(products[-1]).max() < 1e-13 * np.abs(products).max()


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_the_disc_carries_the_stationary_moments(share):
    """Σ m_{p+1} z^(p+1) at a point inside the disc, against the moments that the flow leaves."""
    v = 2 * (1 - share) / (share * (2 - share))
    moments = [1.0, 1.0]
    for k in range(1, 60):
        pairs = sum(moments[j] * moments[k - j] for j in range(k + 1))
        moments.append(moments[k] + v / 2 * pairs)
    z = 0.05 / (1 + v)
    series = sum(moments[k] * z**k for k in range(1, 60))
    root = np.sqrt((z - 1) ** 2 - 2 * v * z + v * v * z * z)
    assert (-(z - 1) - root) / (v * z) - 1 == pytest.approx(series, rel=1e-9)
    # the weight at zero is what M tends to
    far = -1e9
    root = np.sqrt((far - 1) ** 2 - 2 * v * far + v * v * far * far)
    assert (-(far - 1) - root) / (v * far) == pytest.approx(1 - share, abs=1e-6)


@pytest.mark.campaign
def test_sampled_networks_agree_up_to_the_stated_order():
    assert GROWTH.status.kind == "heuristic"
    growth, values = sampled_once(GROWTH), {"d": 24, "n": 12}
    assert growth.verify(40, seed=1, **values).word == "pass"
    for factor in (sp.Rational(2, 3), sp.Rational(3, 2)):
        wrong = growth.with_expr(GROWTH.expr * factor)
        assert wrong.verify(40, seed=1, **values).word == "rejected"


@pytest.mark.slow
def test_networks_of_two_widths_tell_an_error_of_3_percent():
    growth, values = sampled_once(GROWTH), {"d": 48, "n": 12}
    assert growth.verify(400, seed=1, **values).word == "pass"
    for percent in (97, 103):
        wrong = growth.with_expr(GROWTH.expr * sp.Rational(percent, 100))
        assert wrong.verify(400, seed=1, **values).word == "rejected"


# rates times d of 300 to 19 500 sampled networks, 1300 to 6700 layers each, to four digits
MEASURED = {
    (32, 4): 4.9438, (64, 8): 4.2639, (128, 16): 3.8639, (256, 32): 3.6732,
    (32, 8): 1.8094, (64, 16): 1.6654, (128, 32): 1.5847, (256, 64): 1.5439,
    (32, 16): 0.5832, (64, 32): 0.5570, (128, 64): 0.5409, (256, 128): 0.5323,
    (32, 24): 0.2271, (64, 48): 0.2183, (128, 96): 0.2118,
}  # fmt: skip


@pytest.mark.parametrize(("d", "n"), MEASURED)
def test_what_a_finite_width_adds_is_within_its_share(d, n):
    added = MEASURED[d, n] / growth_rate(n / d) - 1
    assert 0.5 * finite_width_share(n, d) < added < finite_width_share(n, d)
    if (2 * d, 2 * n) in MEASURED:
        extrapolated = (2 * MEASURED[2 * d, 2 * n] - MEASURED[d, n]) / d
        left = abs(extrapolated - float(GROWTH.evaluate(d=d, n=n)))
        assert left < GROWTH.remainder(d=d, n=n) + 6e-4 / d


def test_the_share_that_a_finite_width_adds_near_n_equal_to_d():
    """Sampled, in units of 1/d²: one, two and four missing directions."""
    for d, n, measured in ((64, 63, 1.637), (64, 62, 2.545), (64, 60, 4.231), (24, 20, 3.751)):
        added = measured / d / growth_rate(n / d) - 1
        assert 0 < added < finite_width_share(n, d)


def test_depth_until_gradients_have_grown_tenfold():
    assert float(trainable_depth(16, 32)) == pytest.approx(32 * np.log(10) / 0.5235, rel=1e-4)
    assert trainable_depth(32, 32) is sp.oo
    assert GROWTH.evaluate(n=16, d=32) * trainable_depth(16, 32) == pytest.approx(np.log(10))
    assert GROWTH.evaluate(n=16).free_symbols == {sp.Symbol("d")}
    with pytest.raises(InvalidInputError, match="n must be"):
        trainable_depth(0, 4)
    with pytest.raises(InvalidInputError, match="below d"):
        GROWTH.evaluate(d=8, n=8)


def test_a_single_sample_has_no_gradient_that_could_grow():
    rng = np.random.default_rng(2)
    weight = draw_weight((8, 8), "haar", 1, rng)[0]
    rows = weight @ rng.standard_normal((8, 1))
    state, gradient = rows / np.abs(rows), rng.standard_normal((8, 1))
    assert np.allclose((gradient - gradient * state * state) / np.abs(rows), 0)
    for ask in (lambda: trainable_depth(1, 64), lambda: GROWTH.evaluate(d=64, n=1)):
        with pytest.raises(InvalidInputError, match="must be an integer"):
            ask()
