"""One-layer gains against mpmath, exact sums over the circle, and their limits."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from bn_theory import catalogue, formula
from bn_theory.law.spectrum import Spectrum
from bn_theory.laws.layer_gains.derive import batch_gain, batch_gain_crossing, mean_reciprocal
from bn_theory.laws.layer_gains.gain_values import layer_gains, reciprocal_value
from tests.tiers import heavy
from weingarten.errors import InvalidInputError

D, N = sp.symbols("d n")


def _oracle(eigenvalues, k):
    """Return g_k by mpmath, from 1/a = ½ ∫ exp(-a t/2) dt for a Gaussian row."""
    d = len(eigenvalues)
    with mpmath.workdps(30):
        values = [mpmath.mpf(x) for x in eigenvalues]

        def integrand(t):
            product = mpmath.mpf(1)
            for value in values:
                product /= mpmath.sqrt(1 + 2 * value * t)
            return product * (1 + values[k] * t) / (1 + 2 * values[k] * t)

        points = [0, *(mpmath.mpf(10) ** p for p in range(-12, 13, 2)), mpmath.inf]
        return (d - 2) * mpmath.quad(integrand, points)


@pytest.mark.parametrize(
    "spectrum",
    [heavy([4, 3, 2, 1]), [1, 1, 1, 0, 5], heavy([1e6, 1.0, 1.0, 1e-6, 1.0]), [2, 2, 2, 2, 0]],
)
def test_layer_gains_against_mpmath(spectrum):
    found = formula("backward.layer_gain").evaluate(eigenvalues=spectrum)
    for k in (0, len(spectrum) - 1):
        expected = _oracle(spectrum, k)
        assert abs(float(found[k]) / float(expected) - 1) < 1e-10
        assert formula("backward.layer_gain").evaluate(eigenvalues=spectrum, k=k + 1) == found[k]


def test_gain_in_dimension_two_by_the_exact_mean_over_the_circle():
    # g_k = E[(1 - x_k²)/a] is smooth in the angle: the trapezoidal rule is exact to rounding
    first, second = 3.0, 0.5
    angles = (np.arange(400) + 0.5) * 2 * np.pi / 400
    a = first * np.cos(angles) ** 2 + second * np.sin(angles) ** 2
    share = first * np.cos(angles) ** 2 / a
    found = formula("backward.layer_gain").evaluate(eigenvalues=[first, second])
    expected = [np.mean((1 - s) / a) for s in (share, 1 - share)]
    assert np.allclose([float(x) for x in found], expected)


def test_gains_add_up_to_the_isotropic_gain():
    spectrum = [5, 2, 1, 1]
    gains = formula("backward.layer_gain").evaluate(eigenvalues=spectrum)
    mean = formula("backward.isotropic_gain").evaluate(eigenvalues=spectrum)
    assert abs(sum(gains) / 4 - mean) < 1e-12
    assert formula("backward.isotropic_gain").evaluate(eigenvalues=[1] * 5) == sp.Rational(4, 5)


def test_gradient_gives_the_weighted_sum():
    law, spectrum = formula("backward.layer_gain"), [2, 2, 2, 0]
    gains = law.evaluate(eigenvalues=spectrum)
    value = law.evaluate(eigenvalues=spectrum, gradient=[[1, 0, 0, 2], [0, 3, 0, 0]])
    assert value == gains[0] + 4 * gains[3] + 9 * gains[1]
    assert gains[3] == reciprocal_value(Spectrum(spectrum)) == 1


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [([1, 0], [0, sp.oo]), ([1, 1, 0, 0], [sp.oo] * 4), ([2, 2], [sp.Rational(1, 4)] * 2)],
)
def test_small_ranks(spectrum, expected):
    assert list(formula("backward.layer_gain").evaluate(eigenvalues=spectrum)) == expected
    assert list(layer_gains(Spectrum(spectrum))) == expected


def test_extreme_spectra_stay_finite():
    wide = np.geomspace(1e-6, 1e6, 1000)
    gains = formula("backward.layer_gain").evaluate(eigenvalues=wide)
    assert all(np.isfinite(float(g)) and g > 0 for g in gains)
    assert mean_reciprocal(D).has(sp.Integral)


def test_batch_gain_is_derived_with_its_limits():
    gain = batch_gain(D)
    assert sp.simplify(gain - (N - 1) * (D - 2) / ((N - 2) * D)) == 0
    assert sp.simplify(gain.subs(N, D) - (1 - 1 / D)) == 0
    assert sp.limit(gain, D, sp.oo) == (N - 1) / (N - 2)
    centred = batch_gain(D, mean_removal=True)
    assert sp.simplify(sp.limit(centred, D, sp.oo) - (N - 2) / (N - 3)) == 0
    for removed in (False, True):
        crossing = batch_gain_crossing(D, removed)
        assert sp.simplify(batch_gain(D, removed).subs(N, crossing) - 1) == 0


def test_batch_gain_names_what_is_wrong():
    law = formula("backward.batch_gain")
    assert law.evaluate(d=16, n=8) == sp.Rational(49, 48)
    with pytest.raises(InvalidInputError, match="n must be at least 3"):
        law.evaluate(d=16, n=2)
    with pytest.raises(InvalidInputError, match="n must be at least 4"):
        law.evaluate(d=16, n=3, mean_removal=True)
    with pytest.raises(InvalidInputError, match="n must be at most 16"):
        law.evaluate(d=16, n=17)
    with pytest.raises(InvalidInputError, match="mean_removal must be True or False"):
        law.evaluate(d=16, n=8, mean_removal=1)


def test_degenerate_input_by_rank():
    law = formula("backward.degenerate_input")
    assert law.evaluate(d=16, rank=16) == formula("backward.batch_gain").evaluate(d=16, n=16)
    assert law.evaluate(d=16, rank=8, n=8) == formula("backward.batch_gain").evaluate(d=16, n=8)
    assert law.evaluate(d=16, rank=2) is sp.oo
    assert law.evaluate(d=2, rank=2) == sp.Rational(1, 2)
    gains = [law.evaluate(d=16, rank=rank) for rank in range(3, 17)]
    assert gains == sorted(gains, reverse=True)
    with pytest.raises(InvalidInputError, match="rank must be at most d = 4"):
        law.evaluate(d=4, rank=5)


def test_gaussian_growth_at_isometry_is_exact():
    law = formula("backward.gaussian_growth")
    assert sp.simplify(law.evaluate(d=2) - sp.EulerGamma) == 0
    for d in (3, 8, 128):
        expected = np.log(d / 2) - float(sp.digamma(sp.Rational(d, 2)))
        assert abs(float(law.evaluate(d=d)) - expected) < 1e-12
        assert abs(float(law.evaluate(eigenvalues=[1] * d)) - expected) < 1e-12


# heuristic laws need long chains of layers: each has a test of its own
BACKWARD = [
    name
    for name, law in catalogue().items()
    if name.startswith("backward.") and law.status.kind != "heuristic"
]
# a vector of zeros in every draw: an offset replaces the factor
_OFFSET = {"backward.isometric_invariant"}


@pytest.mark.parametrize("name", BACKWARD)
def test_statements_name_their_symbols(name):
    law = formula(name)
    assert all(law.symbols.values()), law.symbols
    assert law.latex().startswith(law.left_latex)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKWARD)
def test_three_per_cent_off_is_rejected(name):
    law = formula(name)
    shift = -sp.ImmutableDenseMatrix([1, 1, 1]) * sp.Float(1e-9)
    wrong = law.expr + shift if name in _OFFSET else law.expr * sp.Rational(103, 100)
    verdicts = law.with_expr(wrong).verdicts(seed=5, level=0.01 / len(BACKWARD))
    assert any(verdict.word == "rejected" for verdict in verdicts), list(map(str, verdicts))


@pytest.mark.parametrize("name", ["forward.spectrum_map", "backward.layer_gain"])
@pytest.mark.parametrize("index", [4, sp.Symbol("s"), 10**30])
def test_an_index_that_counts_no_eigenvalue_is_refused(name, index):
    with pytest.raises(InvalidInputError, match="s must count the 3 eigenvalues from 1"):
        formula(name).evaluate(eigenvalues=[3, 1, 1], s=index)


@pytest.mark.parametrize("d", [1, 2, sp.Integer(2)])
@pytest.mark.parametrize(
    "name",
    [
        "backward.isotropic_gain",
        "backward.layer_gain",
        "backward.batch_gain",
        "backward.degenerate_input",
        "backward.epsilon_reciprocal",
        "forward.rectangular_step",
        "forward.mean_removal",
    ],
)
def test_a_statement_is_refused_where_it_is_zero_times_infinity(name, d):
    with pytest.raises(InvalidInputError, match=r"d must be at least 3 .* got (1|2); ask for the"):
        formula(name).derive(d)
    assert formula(name).derive(3) != 0


def test_values_are_right_where_statements_are_refused():
    # E 1/a over the circle: 1/sqrt(λ_1 λ_2)
    assert formula("backward.isotropic_gain").evaluate(eigenvalues=[2, 1]) == sp.sqrt(2) / 4
    assert formula("forward.rectangular_step").evaluate(d=2, rank=2, k=-1) == 1
    with pytest.raises(InvalidInputError, match="d must be at least 5 where the mean of a"):
        formula("forward.rectangular_step").derive(4, k=-2)
