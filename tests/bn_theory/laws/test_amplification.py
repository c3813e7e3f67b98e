"""The growth of gradients near isometry, against pairs of networks and one exact layer."""

import math
from time import process_time

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.campaigns.power import power
from bn_theory.laws.amplification.derive import amplification, amplification_limit
from bn_theory.laws.common.perturbation import layer_tensor_map
from bn_theory.laws.isometric_gradients.derive import isometric_depth
from bn_theory.networks.simulate import draw_weights, forward, gradient_log_norms, spectral_batch
from bn_theory.networks.spec import NetworkSpec
from tests.bn_theory.laws.test_remainders import exact_reciprocal
from weingarten.errors import CostLimitError, InvalidInputError

D, M = sp.symbols("d L")


def test_amplification_starts_from_the_exact_isotropic_gain():
    # one layer: (1 - 1/d) E[1/a], E[1/a] = 1 + 2v/(d + 2) + …
    v = sp.Symbol("v")
    for d in (2, 3, 4, 6):
        exact = (1 - sp.Rational(1, d)) * (1 + 2 * v / (d + 2))
        assert sp.expand(amplification(d, 1) - exact) == 0


def test_amplification_at_isometry_is_the_known_law():
    for d, depth in ((3, 4), (5, 2)):
        value = amplification(d, depth).subs(sp.Symbol("v"), 0)
        assert value == isometric_depth(d).subs(M, depth)


def test_order_zero_of_the_tensor_map_has_the_known_eigenvalues():
    values = layer_tensor_map(4)[:3, :3].eigenvals()
    assert values == {sp.Integer(1): 1, sp.Rational(2, 3): 1, sp.Integer(0): 1}


@pytest.mark.campaign
@pytest.mark.parametrize(("width", "depth"), [(2, 4), (3, 2), (4, 6)])
def test_second_order_against_paired_networks(width, depth):
    """The same weights with and without a deviation ±Δ: only even orders are left."""
    rng, size, count = np.random.default_rng(width), 0.05, 30_000
    deviation = np.linspace(-1, 1, width)
    deviation *= size / np.sqrt(np.mean(deviation**2))
    weights = draw_weights(NetworkSpec(width=width, batch=width, depth=depth), count, rng)
    top = rng.standard_normal((count, width, width))
    top /= np.linalg.norm(top, axis=(1, 2), keepdims=True)

    def gain(eigenvalues):
        trace = forward(spectral_batch(eigenvalues), weights)
        # spectral_batch sorts; the law depends on the spectrum only, the pairing stays close
        return np.exp(2 * gradient_log_norms(trace, top)[:, 0])

    ones = np.ones(width)
    draws = (gain(ones + deviation) + gain(ones - deviation) - 2 * gain(ones)) / 2 / size**2
    slope = float(amplification(width, depth).coeff(sp.Symbol("v")))
    error = draws.std() / count**0.5
    assert error < 0.1 * slope
    assert abs(draws.mean() - slope) < 4 * error
    # planted: a coefficient a half too large is rejected by the same draws
    assert abs(draws.mean() - 1.5 * slope) > 4 * error


def test_amplification_converges_with_depth():
    limit = amplification_limit(4)
    deep = amplification(4, 200)
    assert all(abs(sp.N(x)) < 1e-9 for x in sp.Poly(deep - limit, sp.Symbol("v")).all_coeffs())


@pytest.mark.campaign
def test_dependent_tensors_leave_the_symbolic_result():
    # below d = 4 the tensors depend on one another; the rational function of d has no pole there
    symbolic = amplification(D, 7)
    for d in (2, 3, 4, 5):
        assert sp.expand(symbolic.subs(D, d) - amplification(d, 7)) == 0


@pytest.mark.campaign
def test_deep_recursions_are_quick_or_refused():
    started = process_time()
    deep = [amplification(2, 1000), amplification(3, 1000), amplification(D, 60)]
    assert sp.expand(deep[2].subs(D, 5) - amplification(5, 60)) == 0
    limits = [amplification_limit(d) for d in (2, 3)]
    for found, limit in zip(deep, limits, strict=False):
        assert all(abs(sp.N(x)) < 1e-9 for x in sp.Poly(found - limit, sp.Symbol("v")).all_coeffs())
    law = formula("backward.amplification")
    assert abs(law.evaluate(d=200, depth=10_000).subs("v", 0) - sp.Rational(199, 400)) < 1e-40
    assert process_time() - started < 60
    with pytest.raises(CostLimitError, match="pass max_cost=None"):
        law.evaluate(d=199, depth=10_000, max_cost=0.01)


def test_amplification_refuses_singular_batches():
    with pytest.raises(InvalidInputError, match=r"backward\.degenerate_input"):
        formula("backward.amplification").evaluate(eigenvalues=[2, 1, 0], depth=3)


def test_amplification_at_one_layer_stays_within_its_remainder():
    law = formula("backward.amplification", depth=1)
    rng = np.random.default_rng(5)
    for width in (3, 4, 6, 10):
        for spread in (0.02, 0.1, 0.3):
            values = 1 + spread * rng.uniform(-1, 1, width)
            values = (values / values.mean()).tolist()
            exact = float((1 - 1 / width) * exact_reciprocal(values))
            assert abs(float(law.evaluate(eigenvalues=values)) - exact) <= law.remainder(
                eigenvalues=values
            )
    assert law.remainder(d=4, v=0.01) == math.inf


@pytest.mark.campaign
def test_off_by_three_percent_is_rejected():
    for row in power(["backward.amplification"], samples=20_000, seed=4):
        assert row.passed, row.formula
        assert row.rejected, row.formula
