"""Estimates of means: the arithmetic of their errors, merged from parts."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from weingarten.errors import InvalidInputError
from weingarten.sampled.running_means import Estimate, RunningMean

values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


@given(values)
def test_mean_and_standard_error_are_the_usual_ones(sample):
    estimate = Estimate.from_samples(sample, seed=5)
    assert estimate.mean == pytest.approx(np.mean(sample), abs=1e-9)
    assert estimate.stderr == pytest.approx(np.std(sample, ddof=1) / np.sqrt(len(sample)), abs=1e-9)
    assert (estimate.samples, estimate.seed) == (len(sample), 5)
    assert isinstance(estimate.mean, float)
    assert isinstance(estimate.stderr, float)


@given(st.lists(values, min_size=1, max_size=5))
def test_merging_parts_is_estimating_the_whole(parts):
    whole = Estimate.from_samples([value for part in parts for value in part])
    merged = Estimate.merge(Estimate.from_samples(part, seed=i) for i, part in enumerate(parts))
    assert merged.mean == pytest.approx(whole.mean, abs=1e-9)
    assert merged.stderr == pytest.approx(whole.stderr, abs=1e-9)
    assert merged.samples == whole.samples
    assert merged.seed == tuple(range(len(parts)))


def test_running_means_take_single_samples_and_arrays():
    rng = default_rng(0)
    sample = rng.normal(1e8, 1.0, (50, 2, 3))
    total = RunningMean().update(np.empty((0, 2, 3)))
    for row in sample[:20]:
        total.update(row[None])
    total.merge(RunningMean().update(sample[20:]))
    estimate = total.estimate()
    assert np.allclose(estimate.mean, sample.mean(axis=0), rtol=1e-14)
    # plain sums of squares would have lost all digits of a variance 1e16 times smaller
    assert np.allclose(estimate.stderr, sample.std(axis=0, ddof=1) / np.sqrt(50), rtol=1e-6)


def test_merging_with_an_unknown_seed_has_an_unknown_seed():
    known, unknown = Estimate(0.0, 1.0, 2, seed=(1, 2)), Estimate(0.0, 1.0, 2)
    assert Estimate.merge([known, known]).seed == (1, 2, 1, 2)
    assert Estimate.merge([known, unknown]).seed is None


def test_zscore():
    estimate = Estimate(1.0, 0.25, 100, 0)
    assert estimate.zscore(0.5) == 2.0
    assert estimate.zscore(sp.Rational(3, 2)) == -2.0
    assert isinstance(estimate.zscore(sp.Integer(1)), float)
    constant = Estimate(1.0, 0.0, 100)
    assert (constant.zscore(1), constant.zscore(2)) == (0.0, -np.inf)
    several = Estimate(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 10)
    assert several.zscore([sp.Integer(1), sp.Integer(1)]).tolist() == [-1.0, 0.0]


def test_estimates_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Estimate(0.0, 1.0, 2).mean = 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Estimate(0.0, 1.0, 1), "samples must be at least 2"),
        (lambda: Estimate(0.0, 1.0, 2.5), "samples must be an integer"),
        (lambda: Estimate(np.nan, 1.0, 9), "mean must be finite"),
        (lambda: Estimate(0.0, -1.0, 9), "stderr must be finite and >= 0"),
        (lambda: Estimate(0.0, np.inf, 9), "stderr must be finite and >= 0"),
        (lambda: Estimate.from_samples([1.0]), "samples must be at least 2"),
        (lambda: Estimate.from_samples([]), "samples must be at least 2"),
        (lambda: Estimate.merge([]), "samples must be at least 2"),
        (lambda: Estimate.from_samples([1.0, np.inf]), "finite numbers.*1 other values"),
        (lambda: Estimate.from_samples(["1.0", "2"]), "finite numbers"),
        (lambda: Estimate.from_samples(3.0), "samples along its first axis; got 3.0"),
        (lambda: RunningMean().update([1.0]).update([[1.0]]), "samples of shape"),
    ],
)
def test_bad_estimates_are_named(make, message):
    with pytest.raises(InvalidInputError, match=message):
        make()


def test_complex_samples_have_errors_of_both_parts():
    draws = np.random.default_rng(4)
    samples = draws.normal(size=(60, 3)) + 1j * draws.normal(scale=3, size=(60, 3))
    whole = Estimate.from_samples(samples)
    parts = Estimate.merge([Estimate.from_samples(samples[:7]), Estimate.from_samples(samples[7:])])
    for part in ("real", "imag"):
        alone = Estimate.from_samples(getattr(samples, part))
        for result in (whole, parts):
            assert np.allclose(getattr(result.mean, part), alone.mean)
            assert np.allclose(getattr(result.stderr, part), alone.stderr)
            assert np.allclose(
                getattr(result.zscore(0.2 - 1j), part),
                alone.zscore(0.2 if part == "real" else -1.0),
            )
    single = Estimate.from_samples([1 + 2j, 3 + 2j])
    assert (single.mean, single.stderr) == (2 + 2j, 1 + 0j)
    assert single.zscore(2) == complex(0, np.inf)
    # samples that turn complex later count as complex from the start
    mixed = Estimate.merge([Estimate.from_samples([1.0, 2.0]), Estimate.from_samples([1j, 2j])])
    assert mixed.mean == pytest.approx(0.75 + 0.75j)
