"""Judging: equalities, inequalities, vectors, exact invariants and families."""

import numpy as np
import pytest
import sympy as sp

from bn_theory.verification.criteria import Criteria
from bn_theory.verification.families import family_wise
from bn_theory.verification.verdicts import judge
from weingarten.errors import InvalidInputError
from weingarten.sampled.running_means import Estimate

HALF = sp.Rational(1, 2)


def verdict(mean, stderr=0.01, predicted=HALF, samples=1000, level=1e-3, **options):
    estimate = Estimate(mean, stderr, samples, 0)
    return judge("f", {"d": 3}, predicted, estimate, Criteria(**options), level=level)


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
    assert not verdict(0.54).passed
    assert verdict(0.54, remainder=0.02).passed
    assert verdict(0.53, remainder=0.02).z == pytest.approx(1)
    assert verdict(0.51, remainder=0.02).z == 0
    assert verdict(0.59, remainder=0.02).word == "rejected"


def test_nothing_passes_by_its_remainder():
    hidden = verdict(0.52, remainder=0.05)
    assert (hidden.word, hidden.passed, hidden.remainder) == ("undecided", False, 0.05)
    assert str(hidden).endswith(
        "z = +2.00: undecided (the remainder 5.0e-02 exceeds 5% of the statement)"
    )
    assert "predicted = 0.5 (remainder 5.0e-02), sampled" in str(hidden)
    assert verdict(0.52, remainder=0.05, remainder_share=0.2).passed
    # a remainder far below the noise hides nothing, even beside a statement that is 0
    assert verdict(0.01, predicted=sp.Integer(0), remainder=1e-9).passed
    assert verdict(-4.7, 0.001, sp.Float(0.13), remainder=float("inf")).word == "undecided"


def test_bounds_and_statements_about_every_draw_say_so():
    inside = verdict(0.3, relation="<=")
    assert str(inside).endswith("seed 0), z = -20.00: pass")
    assert "predicted ≤ 0.5, sampled 0.3" in str(inside)
    assert str(verdict(0.7, relation="<=")).endswith("z = +20.00: rejected")
    above = verdict(0.3, relation=">=")
    assert "predicted ≥ 0.5, sampled 0.3" in str(above)
    # z is (sampled - predicted) / standard error, whichever side would contradict the statement
    assert (above.plain_z, above.z) == (pytest.approx(-20), pytest.approx(20))

    draws = np.array([0.5, 0.5 + 1e-13, 0.5 - 2e-13])
    estimate = Estimate.from_samples(draws, 0)
    kept = judge("f", {}, HALF, estimate, Criteria(every_draw=True), draws=draws)
    assert (kept.word, kept.z) == ("pass", None)
    assert kept.deviation == pytest.approx(2e-13, rel=1e-2)
    assert str(kept) == (
        "f []: predicted = 0.5, holds in every draw (off by at most 2.0e-13) "
        "(3 networks, seed 0): pass"
    )
    # one draw in a thousand decides, although the mean agrees
    draws = np.full(1000, 0.5)
    draws[7] += 1e-6
    estimate = Estimate.from_samples(draws, 0)
    assert judge("f", {}, HALF, estimate, Criteria(every_draw=True), draws=draws).word == "rejected"
    loose = judge("f", {}, HALF, estimate, Criteria(every_draw=True, rounding=1e-5), draws=draws)
    assert loose.word == "pass"


def test_rounding_is_not_taken_for_a_difference_from_zero():
    draws = 1e-16 * (1 + np.random.default_rng(0).uniform(size=1000))
    estimate = Estimate.from_samples(draws, 0)
    zero = sp.Integer(0)
    assert judge("f", {}, zero, estimate, draws=draws).word == "rejected"
    assert judge("f", {}, zero, estimate, Criteria(noise=1e-13), draws=draws).word == "pass"
    assert judge("f", {}, zero, estimate, Criteria(noise=1e-17), draws=draws).word == "rejected"


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
    assert not family_wise([]).passed
    unclear = verdict(0.52, remainder=0.05)
    words = [v.word for v in family_wise([unclear, verdict(0.6), verdict(0.5)], level=0.01)]
    assert words == ["undecided", "rejected", "pass"]


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
    with pytest.raises(InvalidInputError, match="predicted must be a number"):
        verdict(0.5, predicted=sp.nan)
    infinite = verdict(0.5, predicted=sp.oo)
    assert (infinite.word, infinite.z) == ("undecided", None)


def test_text_of_a_verdict():
    assert str(verdict(0.52)) == (
        "f [d=3]: predicted = 0.5, sampled 0.52 ± 1.0e-02 (1000 networks, seed 0), z = +2.00: pass"
    )
    long = judge("f", {"eigenvalues": np.arange(1.0, 9)}, HALF, Estimate(0.5, 0.1, 10, 0))
    assert long.setting == "eigenvalues=[1, 2, 3, … 8 in all]"
