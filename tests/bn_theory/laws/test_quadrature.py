"""The integrals over the spectrum against mpmath at 30 digits, and where there are closed forms."""

import math

import mpmath as mp
import numpy as np
import pytest

from bn_theory.laws.common.quadrature import (
    log_sensitivities,
    mean_log_ratio,
    negative_moment,
    negative_moment_sensitivities,
)
from weingarten.errors import InvalidInputError

SPECTRA = [
    [9.0, 1.0],
    [2.0, 1.0, 1.0],
    [1.0, 1e-6, 1e-12],
    [1.0, 1e-20, 1e-40],
    [1e8, 1.0, 1e-4, 3.0, 2.0, 7.0],
    [1.0, 1.0, 1.0, 0.0],
    [1 + 1e-6, 1 - 1e-6, 1.0, 1.0],
]


def _line(function):
    """Integrate over the real line by the trapezoidal rule at 30 digits."""
    step = mp.mpf(1) / 7
    return step * mp.fsum(function(k * step) for k in range(-560, 1400))


def _mean_log(eigenvalues):
    """E log(a/m) in the form with exp(-t) and 2t, which shares nothing with the program's form."""
    with mp.workdps(30):
        values = [mp.mpf(x) for x in eigenvalues]
        mean = mp.fsum(values) / len(values)

        def integrand(s):
            product = mp.fsum(mp.log1p(2 * x / mean * mp.exp(s)) for x in values)
            return mp.exp(-mp.exp(s)) - mp.exp(-product / 2)

        return _line(integrand) - mp.digamma(mp.mpf(len(values)) / 2) - mp.log(2)


@pytest.mark.parametrize("eigenvalues", SPECTRA)
def test_mean_log_ratio_is_right_within_its_error(eigenvalues):
    result = mean_log_ratio(eigenvalues)
    reference = _mean_log(eigenvalues)
    assert abs(result.value - reference) <= max(result.error, 1e-27)
    assert result.error < 1e-13 * abs(result.value)


@pytest.mark.parametrize("eigenvalues", [s for s in SPECTRA if np.count_nonzero(s) > 2])
def test_negative_moment_is_right_within_its_error(eigenvalues):
    result = negative_moment(eigenvalues)
    with mp.workdps(30):
        values = [mp.mpf(x) for x in eigenvalues]
        reference = _line(
            lambda s: mp.exp(s - mp.fsum(mp.log1p(2 * x * mp.exp(s)) for x in values) / 2)
        ) * (len(values) - 2)
        assert abs(result.value - reference) <= result.error + 1e-16 * reference
    assert result.error < 1e-12 * result.value


@pytest.mark.parametrize(
    "eigenvalues",
    [np.logspace(-12, 0, 1000), [1e3] + [1e-9] * 999, np.logspace(-150, 150, 50), [1e300, 1e-300]],
)
def test_wide_and_ill_conditioned_spectra_stay_finite_and_scale(eigenvalues):
    values = np.asarray(eigenvalues)
    result, scaled = mean_log_ratio(values), mean_log_ratio(values * 0.125)
    assert -800 < result.value < 0
    assert result.error < 1e-12 * abs(result.value)
    assert scaled.value == pytest.approx(result.value, rel=1e-13)
    shares = log_sensitivities(values)
    assert shares.value.sum() == pytest.approx(1, abs=1e-12)
    assert np.all(shares.value >= 0)
    assert np.all(shares.error < 1e-12)


def test_two_eigenvalues_have_a_closed_form_at_any_ratio():
    for ratio in (1.0, 1e-3, 1e-12, 0.0):
        exact = 2 * math.log((1 + math.sqrt(ratio)) / 2) - math.log((1 + ratio) / 2)
        result = mean_log_ratio([1.0, ratio])
        assert abs(result.value - exact) <= result.error + 2e-16


@pytest.mark.parametrize("largest", [1e10, 1e140, 1e280])
def test_one_eigenvalue_among_equal_ones_has_a_closed_form_at_any_ratio(largest):
    # E 1/a = arctan(√(λ-1))/√(λ-1) for λ, 1, 1, and λ ∂E log a/∂λ by the same primitive
    root = math.sqrt(largest - 1)
    result = negative_moment([largest, 1.0, 1.0])
    assert abs(result.value - math.atan(root) / root) <= result.error < 1e-12 * result.value
    shares = log_sensitivities([largest, 1.0, 1.0])
    # ½ ∫ (1+λt)^(-1/2) (1+t)^(-2) dt for an eigenvalue of 1
    with mp.workdps(400):
        exact = mp.sqrt(mp.mpf(largest) - 1)
        small = (mp.mpf(largest) * mp.atan(exact) / exact**3 - 1 / exact**2) / 2
        off = [abs(mp.mpf(float(shares.value[k])) - small) for k in (1, 2)]
    assert max(off) <= min(shares.error[1:])
    assert max(shares.error[1:]) < 1e-12 * float(small)


def test_equal_eigenvalues_give_exact_zeros():
    assert mean_log_ratio([0.3] * 7).value == 0
    assert negative_moment([4.0] * 5, 1).value == 0.25


def test_relative_accuracy_survives_near_isometry():
    """-v/(d+2) to leading order, where the naive difference has no digits left."""
    width, spread = 10, 1e-9
    deviations = spread * np.linspace(-1, 1, width)
    actual = np.asarray(1 + deviations) - 1
    expected = -np.mean((actual - actual.mean()) ** 2) / (width + 2)
    assert mean_log_ratio(1 + deviations).value == pytest.approx(expected, rel=1e-7)


def test_sensitivities_are_derivatives():
    values, step = np.array([3.0, 2.0, 1.0, 0.5, 0.5]), 1e-5
    for function, derivative in (
        (lambda x: mean_log_ratio(x).value + math.log(np.mean(x)), log_sensitivities(values)),
        (lambda x: negative_moment(x).value, negative_moment_sensitivities(values)),
    ):
        for k in range(len(values)):
            up, down = values.copy(), values.copy()
            up[k] *= math.exp(step)
            down[k] *= math.exp(-step)
            slope = (function(up) - function(down)) / (2 * step)
            assert derivative.value[k] == pytest.approx(slope, rel=1e-8)


def test_a_moment_that_diverges_is_infinite():
    assert negative_moment([1.0, 1.0, 0.0, 0.0]).value == math.inf
    with pytest.raises(InvalidInputError, match="must have more than 2 non-zero entries"):
        negative_moment_sensitivities([1.0, 1.0, 0.0])


@pytest.mark.parametrize("wrong", [[], [0.0, 0.0], [1.0, -1.0], [math.nan, 1.0], [[1.0, 2.0]]])
def test_bad_spectra_are_refused(wrong):
    with pytest.raises(InvalidInputError, match="eigenvalues must be"):
        mean_log_ratio(wrong)
    with pytest.raises(InvalidInputError, match="q must be positive"):
        negative_moment([1.0, 2.0, 3.0], -1)
