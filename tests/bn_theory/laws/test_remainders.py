"""What values in floating point and truncated series state as their error, against mpmath."""

import mpmath
import numpy as np
import pytest

from bn_theory import formula
from bn_theory.laws.sphere_integrals.derive import log_ratio_series
from tests.tiers import heavy
from weingarten.errors import InvalidInputError


def exact_log(values):
    """E log a by the integral ∫ [(1+t)^(-d/2) - Π (1+λt)^(-1/2)] dt/t, in t = e^s."""
    half = mpmath.mpf(len(values)) / 2

    def integrand(s):
        t = mpmath.exp(s)
        return (1 + t) ** -half - mpmath.fprod((1 + x * t) ** -0.5 for x in values)

    return mpmath.quad(integrand, [-80, -20, -8, -4, 0, 4, 8, 20, 80])


def exact_reciprocal(values):
    """E 1/a = (d/2 - 1) ∫ Π (1+λt)^(-1/2) dt."""

    def integrand(s):
        t = mpmath.exp(s)
        return t * mpmath.fprod((1 + x * t) ** -0.5 for x in values)

    points = [-80, -20, -8, -4, 0, 4, 8, 20, 120]
    return (mpmath.mpf(len(values)) / 2 - 1) * mpmath.quad(integrand, points)


SPECTRA = [np.random.default_rng(i).lognormal(0, 0.5 + i / 2, 4 + i).tolist() for i in range(4)]


@pytest.mark.parametrize("values", [*SPECTRA, [1.0 + 1e-9, 1.0, 1.0 - 1e-9], [1e3 + 1, 1e3, 999.5]])
def test_quadratures_state_their_rounding(values):
    with mpmath.workdps(40):
        exact = [mpmath.mpf(x) for x in values]
        log = exact_log(exact)
        law = formula("forward.log_row_norm")
        error = abs(mpmath.mpf(float(law.evaluate(eigenvalues=values))) - log)
        assert error <= law.remainder(eigenvalues=values) < 1e-10
        mean = mpmath.fsum(exact) / len(exact)
        gap = mpmath.log(mean) - mpmath.fsum(map(mpmath.log, exact)) / len(exact)
        step = formula("forward.isometry_gap_step")
        found = mpmath.mpf(float(step.evaluate(eigenvalues=values)))
        assert abs(found - (gap + log - mpmath.log(mean))) <= step.remainder(eigenvalues=values)
        if len(values) > 2:
            gain = formula("backward.isotropic_gain")
            wanted = (1 - mpmath.mpf(1) / len(values)) * exact_reciprocal(exact)
            found = mpmath.mpf(float(gain.evaluate(eigenvalues=values)))
            assert abs(found - wanted) <= gain.remainder(eigenvalues=values)
            assert 0 < formula("backward.layer_gain").remainder(eigenvalues=values) < 1e-7


def test_exact_values_have_no_remainder():
    assert formula("forward.log_row_norm").remainder(eigenvalues=[9, 1]) == 0
    assert formula("backward.isotropic_gain").remainder(eigenvalues=[2, 2, 2]) == 0
    assert formula("backward.gaussian_growth").remainder(d=8) == 0


@pytest.mark.parametrize("order", [heavy(2), 5, heavy(8)])
def test_the_series_of_the_gap_step_stays_within_its_remainder(order):
    rng = np.random.default_rng(order)
    for width in (2, 3, 9):
        values = rng.uniform(0.5, 1.5, width).tolist()
        series = formula("forward.isometry_gap_step", order=order)
        with mpmath.workdps(30):
            exact = [mpmath.mpf(x) for x in values]
            gap = -mpmath.fsum(map(mpmath.log, exact)) / width
            wanted = float(gap + exact_log(exact))
        bound = series.remainder(eigenvalues=values)
        deviations = np.array(values) - np.mean(values)
        sums = {f"t{j}": np.sum(deviations**j) for j in range(2, order + 1)}
        drift = log_ratio_series(width, order).subs({"m": np.mean(values), **sums})
        phi = np.log(np.mean(values)) - np.mean(np.log(values))
        assert abs(phi + float(drift) - wanted) <= bound + 1e-13


def test_series_far_from_isometry_are_refused():
    with pytest.raises(InvalidInputError, match="integral"):
        formula("forward.isometry_gap_step", order=6).evaluate(eigenvalues=[64.0] + [0.01] * 63)
    with pytest.raises(InvalidInputError, match="simulate"):
        formula("forward.contraction", order=6).evaluate(eigenvalues=[5, 1, 1, 1])
    with pytest.raises(InvalidInputError, match="simulate"):
        formula("backward.amplification", depth=3).evaluate(eigenvalues=[3, 1, 1, 1])
