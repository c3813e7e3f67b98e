"""Judging: equalities, inequalities, vectors, exact invariants and families."""

import numpy as np
import pytest
import sympy as sp

from bn_theory.verdicts import family_wise, judge
from weingarten.errors import InvalidInputError
from weingarten.sampling import Estimate

HALF = sp.Rational(1, 2)


def verdict(mean, stderr=0.01, predicted=HALF, samples=1000, **options):
    return judge("f", {"d": 3}, predicted, Estimate(mean, stderr, samples, 0), **options)


def test_z_and_p_are_those_of_students_t():
    result = verdict(0.52, samples=11)
    assert result.z == pytest.approx(2)
    assert result.p_value == pytest.approx(0.0733880, abs=1e-6)  # two-sided t, 10 degrees
    assert result.passed
    assert not verdict(0.54).passed


@pytest.mark.parametrize(
    ("relation", "mean", "passed"),
    [("<=", 0.3, True), ("<=", 0.7, False), (">=", 0.7, True), (">=", 0.3, False)],
)
def test_inequalities_fail_on_one_side_only(relation, mean, passed):
    assert verdict(mean, relation=relation).passed is passed


def test_a_declared_remainder_is_granted_and_no_more():
    assert not verdict(0.56).passed
    assert verdict(0.56, remainder=0.05).passed
    assert verdict(0.56, remainder=0.05).z == pytest.approx(1)
    assert verdict(0.52, remainder=0.05).z == 0
    assert not verdict(0.64, remainder=0.05).passed


def test_invariants_without_spread_are_compared_to_rounding():
    assert verdict(0.5, 0.0).passed
    assert verdict(0.5 + 1e-15, 1e-17).passed
    assert not verdict(0.5 + 1e-8, 0.0).passed
    assert verdict(1e-14, 0.0, sp.Integer(0), rounding=1e-12).passed
    assert not verdict(1e-10, 0.0, sp.Integer(0), rounding=1e-12).passed
    assert not verdict(1e-14, 0.0, sp.Integer(0)).passed


def test_of_a_vector_the_worst_component_counts():
    estimate = Estimate(np.array([0.5, 0.54, 0.5]), np.full(3, 0.01), 1000, 0)
    result = judge("f", {}, sp.Matrix([HALF, HALF, HALF]), estimate)
    assert (result.estimate.mean, result.comparisons) == (0.54, 3)
    assert result.adjusted_p_value == pytest.approx(3 * result.p_value)
    with pytest.raises(InvalidInputError, match="as many components"):
        judge("f", {}, (HALF, HALF), estimate)


def test_holm_adjusts_a_family():
    means = [0.5, 0.524, 0.5301]
    verdicts = family_wise([verdict(mean) for mean in means], level=0.01)
    p = [v.p_value for v in verdicts]
    assert [v.adjusted_p_value for v in verdicts] == pytest.approx([1, 2 * p[1], 3 * p[2]])
    assert [v.passed for v in verdicts] == [True, True, False]
    assert family_wise([]) == ()


def test_right_formulas_are_rejected_as_often_as_the_level_says():
    rng = np.random.default_rng(0)
    rejected = 0
    for _ in range(400):
        draws = rng.exponential(size=500)
        result = judge("f", {}, sp.Integer(1), Estimate.from_samples(draws), level=0.05)
        rejected += not result.passed
    assert 6 <= rejected <= 38  # 20 expected, standard deviation 4.4


def test_what_cannot_be_judged_is_refused():
    for level in (0, 1, "x"):
        with pytest.raises(InvalidInputError, match="level must lie between 0 and 1"):
            verdict(0.5, level=level)
    with pytest.raises(InvalidInputError, match="relation must be one of"):
        verdict(0.5, relation="=")
    with pytest.raises(InvalidInputError, match="predicted must be finite"):
        verdict(0.5, predicted=sp.oo)


def test_text_of_a_verdict():
    assert str(verdict(0.52)) == (
        "f [d=3]: predicted 0.5, sampled 0.52 ± 1.0e-02 (1000 networks, seed 0), z = +2.00: pass"
    )
    long = judge("f", {"eigenvalues": np.arange(1.0, 9)}, HALF, Estimate(0.5, 0.1, 10, 0))
    assert long.setting == "eigenvalues=[1, 2, 3, … 8 in all]"
