"""Requests that are large: their values against independent ones, their time, their refusal."""

from fractions import Fraction
from math import comb, factorial
from time import process_time

import mpmath
import numpy as np
import pytest
import sympy as sp

from bn_theory import catalogue, formula
from bn_theory.laws.common.moment_numbers import moments_from_sums
from bn_theory.laws.common.wide import limit_at_infinity
from bn_theory.laws.row_norms.derive import row_norm_cumulant
from bn_theory.laws.shaping.derive_injection import injection_coefficients
from bn_theory.laws.sphere_integrals.derive import isometry_gap_step
from tests.tiers import heavy, heavy_apart
from weingarten.budget import spending
from weingarten.errors import CostLimitError

D = sp.Symbol("d")


def beta_moment(d, rank, k):
    """E a^k for a ~ Beta(rank/2, (d - rank)/2), k of either sign."""
    value = Fraction(1)
    for i in range(abs(k)):
        step = i if k > 0 else -1 - i
        ratio = Fraction(rank + 2 * step, d + 2 * step)
        value = value * ratio if k > 0 else value / ratio
    return value


def cumulant(moments, k):
    """κ_k as k! times a coefficient of log Σ μ_j t^j/j!, by the power series of log(1 + x)."""
    size = k + 1
    rest = [Fraction(0)] + [Fraction(moments[j]) / factorial(j) for j in range(1, size)]
    total, power = [Fraction(0)] * size, [Fraction(1)] + [Fraction(0)] * k
    for n in range(1, size):
        power = [sum(power[i] * rest[j - i] for i in range(j + 1)) for j in range(size)]
        total = [t + Fraction((-1) ** (n + 1), n) * p for t, p in zip(total, power, strict=True)]
    return total[k] * factorial(k)


@pytest.mark.parametrize(("d", "rank"), [(7, 3), (60, 41)])
def test_high_moments_of_a_projector_are_those_of_a_beta_law(d, rank):
    spectrum = [1] * rank + [0] * (d - rank)
    high = formula("forward.row_norm_moment", k=45).evaluate(eigenvalues=spectrum)
    assert high == sp.Rational(*beta_moment(d, rank, 45).as_integer_ratio())
    moments = [beta_moment(d, rank, k) for k in range(21)]
    found = formula("forward.row_norm_cumulant", k=20).evaluate(eigenvalues=spectrum)
    assert found == sp.Rational(*cumulant(moments, 20).as_integer_ratio())
    # centring takes one of the directions that carry samples away
    overlaps = [sp.Rational(1, rank)] * rank + [0] * (d - rank)
    centred = formula("forward.mean_removal_moment", k=16)
    value = centred.evaluate(eigenvalues=spectrum, overlaps=overlaps)
    assert value == sp.Rational(*beta_moment(d, rank - 1, 16).as_integer_ratio())


def test_values_by_recursion_are_those_of_the_written_statement():
    spectrum, overlaps = [5, 3, 1, 1], [sp.Rational(2, 5), sp.Rational(1, 5), 0, sp.Rational(1, 8)]
    for name in ("row_norm_moment", "row_norm_cumulant", "mean_removal_moment"):
        for k in range(2, 8):
            law = formula(f"forward.{name}", k=k)
            given = {"eigenvalues": spectrum}
            if name == "mean_removal_moment":
                given["overlaps"] = overlaps
            # a conjecture is substituted into
            assert sp.expand(law.evaluate(**given) - law.with_expr(law.expr).evaluate(**given)) == 0
    spectrum = [5, 4, 4, 3]
    series = formula("forward.isometry_gap_step", order=7)
    written = series.with_expr(series.expr).evaluate(eigenvalues=spectrum)
    assert sp.simplify(series.evaluate(eigenvalues=spectrum) - written) == 0


def test_the_symbolic_cumulant_follows_from_the_moments():
    k, width = 12, 5
    eigenvalues = [4, 1, 0, -2, -3]
    moments = []
    for order in range(k + 1):
        # Dirichlet moments of the squared entries of a uniform direction, by the Gaussian trick
        series = [Fraction(1)] + [Fraction(0)] * order
        for value in eigenvalues:
            factor = [Fraction(comb(2 * j, j), 4**j) * value**j for j in range(order + 1)]
            series = [
                sum(series[i] * factor[j - i] for i in range(j + 1)) for j in range(order + 1)
            ]
        rising = np.prod([Fraction(width, 2) + j for j in range(order)], initial=Fraction(1))
        moments.append(series[order] * factorial(order) / rising)
    sums = {f"t{j}": sum(value**j for value in eigenvalues) for j in range(2, k + 1)}
    for statement in (row_norm_cumulant(D, k).subs(D, width), row_norm_cumulant(width, k)):
        assert statement.subs(sums) == sp.Rational(*cumulant(moments, k).as_integer_ratio())


@pytest.mark.parametrize("k", [40, -40])
def test_rectangular_moments_of_high_order(k):
    value = formula("forward.rectangular_step").evaluate(d=200, rank=100, k=k)
    assert value == sp.Rational(*beta_moment(200, 100, k).as_integer_ratio())
    centred = formula("forward.mean_removal").evaluate(d=200, n=101, k=k)
    assert centred == value


@pytest.mark.parametrize("d", [2, 11, 16, 101, 400])
def test_the_log_gain_can_be_printed_at_any_width(d):
    value = formula("backward.isometric_log_gain").evaluate(d=d)
    assert len(str(value)) < 200
    with mpmath.workdps(40):
        exact = mpmath.digamma(mpmath.mpf(d * (d - 1)) / 2) - mpmath.digamma(mpmath.mpf(d * d) / 2)
        assert abs(mpmath.mpf(str(sp.N(value, 30))) - exact) < mpmath.mpf(10) ** -28


@pytest.mark.campaign
def test_the_series_of_order_30_reaches_the_integral():
    spectrum = np.linspace(0.7, 1.3, 200).tolist()
    series = formula("forward.isometry_gap_step", order=30)
    exact = formula("forward.isometry_gap_step").evaluate(eigenvalues=spectrum)
    assert abs(series.evaluate(eigenvalues=spectrum) - exact) < 1e-14
    assert len(isometry_gap_step(D, 30).args) == 30


@pytest.mark.parametrize("scale", [1e-150, heavy(1.0), heavy(3e7)])
def test_moments_of_floats_are_those_of_the_same_fractions(scale):
    eigenvalues = [1.5 * scale, 0.25 * scale, 0.3 * scale]
    sums = [sum(Fraction(x) ** j for x in eigenvalues) for j in range(1, 41)]
    exact = moments_from_sums(sums, 3)
    floats = moments_from_sums([sp.Float(sp.Rational(s), 30) for s in sums], 3)
    for found, stated in zip(floats[1:], exact[1:], strict=True):
        assert abs(found / sp.Rational(stated) - 1) < 1e-13
    high = moments_from_sums([sp.Float(sum(x**j for x in [1.5, 0.2])) for j in range(1, 1001)], 2)
    for x, y in zip(high[500:1000:100], high[501::100], strict=True):
        assert abs(x / y * 1.5 - 1) < 2e-3  # the largest eigenvalue remains
    # signs, zeros, and orders whose moments are below the range of double precision
    deviations = [0.1, 0.0, -0.1]
    sums = [sum((sp.Float(x) ** j for x in deviations), sp.Float(0)) for j in range(1, 1001)]
    found = moments_from_sums(sums, 3)
    assert found[3] == 0
    assert 0 < found[1000] < sp.Float("1e-1000")


def test_what_takes_long_says_so_before():
    thirds = [Fraction(x) ** j for j in range(1, 401) for x in (0.1,)]
    with spending(1.0), pytest.raises(CostLimitError, match="moments of a row norm to order 400"):
        moments_from_sums(thirds, 3)
    with spending(1.0), pytest.raises(CostLimitError, match="injected variance to α\\^16"):
        injection_coefficients(16, 77)


@pytest.mark.parametrize(
    "text", ["(n*d**2 + d)/(3*d**2 - n)", "(d + n)/(d**2 + 1)", "d**2/(d + 1)"]
)
def test_limits_at_infinity_are_those_of_sympy(text):
    n, d = sp.symbols("n d", positive=True)
    expr = sp.parse_expr(text, {"n": n, "d": d})
    assert limit_at_infinity(expr, d) == sp.limit(expr, d, sp.oo)


def test_bounds_of_many_exact_eigenvalues_are_numbers_at_once():
    rationals = [sp.Rational(900 + 7 * i % 200, 1000) for i in range(200)]
    floats = [float(x) for x in rationals]
    bound = formula("forward.gap_bound").evaluate(eigenvalues=rationals, depth=1000, C=1)
    near = formula("forward.gap_bound").evaluate(eigenvalues=floats, depth=1000, C=1)
    assert sp.Abs(sp.N(bound) / near - 1) < 1e-12
    for name in ("forward.gap_depth_bound", "backward.jacobian_bound"):
        on_scale = [[x * len(e) / sum(e) for x in e] for e in (rationals, floats)]
        values = [formula(name).evaluate(eigenvalues=e, depth=30) for e in on_scale]
        assert all(isinstance(value, sp.Float) for value in values)
        assert abs(values[0] / values[1] - 1) < 1e-12


_WIDE = list(range(1, 201))
_NEAR = np.linspace(0.9, 1.1, 200).tolist()
_LARGE = {
    "forward.gram_mean": {"eigenvalues": _WIDE, "i": 0, "j": 0},
    "forward.gram_covariance": {"eigenvalues": _WIDE, "i": 0, "j": 1, "k": 1, "l": 0},
    "forward.gram_moments": {"eigenvalues": _WIDE, "indices": ((0, 1), (1, 2), (2, 0)) * 3},
    "forward.row_norm_moment": {"eigenvalues": _WIDE, "k": 45},
    "forward.row_norm_joint": {"eigenvalues": _WIDE, "k": (4, 3, 3)},
    "forward.row_norm_cumulant": {"eigenvalues": _WIDE, "k": 45},
    "forward.log_row_norm": {"eigenvalues": _WIDE},
    "forward.isometry_gap_step": {"eigenvalues": _NEAR, "order": 60},
    "forward.spectrum_map": {"eigenvalues": _WIDE},
    "forward.contraction": {"eigenvalues": _NEAR, "order": 16},
    "forward.gap_bound": {"eigenvalues": _WIDE, "depth": 1000},
    "forward.gap_telescoping": {"eigenvalues": _WIDE, "depth": 1000},
    "forward.gaussian_step": {"eigenvalues": _WIDE},
    "forward.rectangular_step": {"d": 200, "rank": 100, "k": 1000},
    "forward.rectangular_log": {"d": 200, "rank": 99},
    "forward.mean_removal": {"d": 200, "n": 100, "k": 1000},
    "forward.mean_removal_log": {"d": 200, "n": 100},
    "forward.mean_removal_moment": {
        "eigenvalues": _WIDE,
        "overlaps": [sp.Rational(1, 200)] * 200,
        "k": 30,
    },
    "backward.layer_gain": {"eigenvalues": _WIDE},
    "backward.isotropic_gain": {"eigenvalues": _WIDE},
    "backward.isometric_log_gain": {"d": 200},
    "backward.gaussian_growth": {"eigenvalues": _WIDE},
    "backward.isometric_depth": {"d": 200, "depth": 1000},
    "backward.isometric_moment": {"d": 200, "depth": 1000, "k": 3},
    "backward.amplification": {"eigenvalues": _NEAR, "depth": 1000},
}
_LONG = {
    "backward.isometric_moment",
    "forward.contraction",
    "forward.mean_removal",
    "forward.row_norm_cumulant",
}


@pytest.mark.parametrize("name", heavy_apart(sorted(_LARGE), _LONG.__contains__))
def test_large_values_take_less_than_a_minute(name):
    started = process_time()
    formula(name).evaluate(**_LARGE[name])
    assert process_time() - started < 60


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("forward.row_norm_moment", {"k": 80}),
        ("forward.row_norm_cumulant", {"k": 45}),
        ("forward.mean_removal_moment", {"k": 40}),
        ("forward.isometry_gap_step", {"order": 80}),
        ("forward.contraction", {"order": 13, "k": 13}),
        heavy("backward.amplification", {"depth": 10_000}),
        ("forward.rectangular_step", {"k": 10**6}),
    ],
)
def test_statements_that_are_too_long_are_refused_at_once(name, parameters):
    started = process_time()
    with pytest.raises(CostLimitError, match="pass max_cost=None"):
        catalogue()[name].derive(**parameters)
    assert process_time() - started < 5
