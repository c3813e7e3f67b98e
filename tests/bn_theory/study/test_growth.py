"""Measured growth rates: which networks explode."""

import numpy as np
import pytest

from bn_theory import NetworkSpec, formula
from bn_theory.study.growth import gradient_growth, orthogonal_batch
from weingarten.errors import InvalidInputError


def _rate(**spec):
    rank = spec.pop("rank", None)
    return gradient_growth(NetworkSpec(depth=60, **spec), rank=rank, networks=30, seed=2).rate


def test_haar_networks_with_as_many_samples_as_units_stay_bounded():
    growth = gradient_growth(NetworkSpec(width=8, batch=8, depth=300), networks=30)
    assert np.all(growth.log_norms <= 1e-9)
    assert growth.log_norms[-1] > np.log(0.5)
    assert abs(growth.rate.mean) < 5 * growth.rate.stderr + 1e-9


def test_smaller_batches_grow_faster():
    rates = [_rate(width=16, batch=n).mean for n in (4, 8, 16)]
    assert rates[0] > rates[1] > 0.01 > abs(rates[2])


def test_rank_decides_for_repeated_samples():
    rates = [_rate(width=12, batch=12, rank=r).mean for r in (4, 8, 12)]
    assert rates[0] > rates[1] > 0.01 > abs(rates[2])


def test_gaussian_weights_grow():
    """Growth sets in once the state has collapsed, after some multiple of the width in layers."""
    spec = NetworkSpec(width=24, batch=24, depth=500, weights="gaussian")
    rate = gradient_growth(spec, networks=6).rate
    assert rate.mean > 4 * rate.stderr
    assert 0.005 < rate.mean < 0.05


def test_one_layer_agrees_with_the_exact_gain():
    growth = gradient_growth(NetworkSpec(width=16, batch=8, depth=4), networks=500)
    exact = float(formula("backward.batch_gain").evaluate(d=16, n=8))
    # Jensen: the mean log lies below half the log of the mean square, but close to it
    assert abs(growth.log_norms[0]) < 1e-12
    assert -0.1 < growth.rate.mean - np.log(exact) / 2 < 0.2


def test_bad_requests_are_named():
    with pytest.raises(InvalidInputError, match="rank must be at most 3"):
        orthogonal_batch(5, 3, 4)
    with pytest.raises(InvalidInputError, match="at least 4 layers"):
        gradient_growth(NetworkSpec(width=4, batch=4, depth=3))
