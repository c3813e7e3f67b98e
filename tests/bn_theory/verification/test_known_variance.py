"""Exact variances: known before sampling, they say how many networks a statement needs."""

import math
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.collection.names import catalogue
from bn_theory.laws.common.second_moments import Infinite
from bn_theory.verification.criteria import Criteria
from bn_theory.verification.summaries import Summary
from bn_theory.verification.verdicts import judge

HOOKS = [entry for entry in catalogue().values() if entry.exact_square is not None]
# of powers of row norms it is known only that it is infinite
KNOWN = [entry for entry in HOOKS if not isinstance(entry.exact_square, Infinite)]
# of its powers, the engine has the moments at twice the order only at k = 1
KNOWN = [e.at(k=1) if e.name == "backward.isometric_moment" else e for e in KNOWN]
MOMENT = formula("forward.row_norm_moment(2)")
VALUES = {"eigenvalues": [5, 3, 1, 1]}


@pytest.mark.parametrize("law", KNOWN, ids=lambda law: law.name)
def test_the_exact_variance_is_that_of_the_draws(law):
    for case in law.chosen_cases[::2]:
        trial = law.trial(min(case.samples, 4000), 3, values=case.values)
        predicted = float(trial.predicted)
        exact = float(trial.criteria.exact_square()) - predicted**2
        draws = trial.summary.column(0)
        # five standard errors of a variance
        assert draws.variance == pytest.approx(exact, rel=5 * math.sqrt(2 / draws.freedom))
        verdict = trial.verdict()
        assert verdict.exact_stderr == pytest.approx(math.sqrt(exact / draws.samples))
        assert verdict.stderr == verdict.exact_stderr
        assert verdict.plain_z == pytest.approx((draws.mean - predicted) / verdict.stderr)


def test_the_bounds_are_bounds_and_exact_ones_are_below_them():
    for law in KNOWN:
        if law.second_moment is not None:
            case = law.chosen_cases[0]
            criteria = law.trial(2, 0, values=case.values).criteria
            assert float(criteria.exact_square()) <= float(criteria.second_moment()) * (1 + 1e-12)


def test_as_many_networks_as_it_takes_are_drawn_at_once():
    needed = MOMENT.networks_needed(0.004, **VALUES)
    verdict = MOMENT.verify(samples=100, rtol=0.004, **VALUES)
    assert verdict.samples == needed > 100
    assert verdict.comparisons == 1, "there is one look"
    assert verdict.stderr <= 0.004 * float(verdict.predicted)
    assert MOMENT.verify(samples=5000, rtol=0.1, **VALUES).samples == 5000


def test_a_budget_that_is_too_small_is_told_before_it_is_spent():
    verdict = MOMENT.verify(samples=100, rtol=0.001, most=2000, **VALUES)
    assert (verdict.samples, verdict.word) == (100, "undecided")
    assert verdict.reason == "rtol = 0.001 needs 5.9e+03 networks by their exact variance, not 100"
    assert verdict.p_value == 1
    # what is clearly wrong is rejected all the same
    wrong = MOMENT.with_expr(2 * MOMENT.expr)
    assert wrong.verify(samples=100, rtol=0.001, most=2000, **VALUES).word == "rejected"


def test_without_an_exact_variance_the_need_is_estimated():
    law = formula("backward.isometric_log_gain")
    verdict = law.verify(samples=200, rtol=0.001, most=1000, d=4)
    assert verdict.word == "undecided"
    assert "rtol = 0.001 needs about" in verdict.reason
    assert law.networks_needed(0.01, d=4) is None
    # a bound on the mean square bounds the need
    depth = formula("backward.isometric_depth")
    most = depth.networks_needed(0.01, d=4, depth=3)
    assert depth.verify(samples=200, rtol=0.01, d=4, depth=3).samples <= most


def test_what_holds_in_every_draw_needs_no_precision():
    law = formula("forward.gap_telescoping")
    verdict = law.verify(samples=50, rtol=0.001, eigenvalues=[5, 3, 1, 1], depth=3)
    assert (verdict.samples, verdict.word) == (50, "pass")


def test_networks_of_ones_own_have_no_known_variance():
    assert MOMENT.with_sampler(lambda *_: None).exact_square is None


def _judged(draws, mean, square, level=1e-3):
    summary = Summary.of(draws)
    criteria = Criteria(exact_square=lambda: square)
    found = summary.estimate(0)
    return judge("f", {}, sp.Float(mean), found, criteria, level=level, draws=summary)


def test_an_infinite_variance_is_known_beforehand():
    # a sample that looks as light as one could wish
    verdict = _judged(np.random.default_rng(0).normal(size=500), 0.0, math.inf)
    assert verdict.word == "undecided"
    assert "their variance is infinite" in verdict.reason
    assert _judged(np.random.default_rng(0).normal(size=500), 9.0, math.inf).word == "undecided"


def test_powers_of_row_norms_without_a_variance_are_not_sampled_for_long():
    law = formula("forward.rectangular_step").at(k=-1)
    verdict = law.verify(samples=500, rtol=0.01, d=8, rank=3)
    assert (verdict.samples, verdict.word) == (500, "undecided")
    assert "their variance is infinite" in verdict.reason
    assert law.networks_needed(0.01, d=8, rank=3) == math.inf
    # one with a variance
    assert law.verify(samples=500, d=24, rank=22).word == "pass"
    wrong = law.with_expr(2 * law.expr)
    assert wrong.verify(samples=500, d=24, rank=22).word == "rejected"


def test_a_tail_that_has_not_shown_itself_is_known():
    # one draw in a million is a thousand: mean 1.001, and no sample of 1000 shows it
    draws = np.random.default_rng(1).uniform(0.5, 1.5, 1000)
    mean = 1.0 + 1e-6 * 1e4
    verdict = _judged(draws, mean, 1 + 1 / 12 + 1e-6 * 1e8)
    assert (verdict.word, "by their exact variance" in verdict.reason) == ("undecided", True)
    # without the exact variance the right formula is rejected
    plain = judge("f", {}, sp.Float(mean + 0.04), Summary.of(draws).estimate(0), draws=draws)
    assert plain.word == "rejected"


def test_a_wrong_formula_does_not_hide_behind_the_variance_that_follows_from_it():
    draws = 1 + 0.01 * np.random.default_rng(2).normal(size=400)
    for wrong in (0.5, 0.9, 0.99, 1.01, 1.1, 2.0):
        assert _judged(draws, wrong, 1.0001).word == "rejected", wrong
    assert _judged(draws, 1.0, 1.0001).word == "pass"


@pytest.mark.campaign
def test_the_level_holds_with_an_exact_variance():
    from scipy import stats

    rng, trials, level = np.random.default_rng(3), 400, 0.05
    for law, mean, square in (
        (lambda: rng.exponential(size=60), 1.0, 2.0),
        (lambda: -rng.exponential(size=60), -1.0, 2.0),
        (lambda: rng.standard_normal(60), 0.0, 1.0),
    ):
        wrong = sum(
            _judged(law(), mean, square, level=level).word == "rejected" for _ in range(trials)
        )
        assert stats.binom.sf(wrong - 1, trials, level) > 1e-4


def test_a_law_with_a_wrong_mean_square_is_found_out():
    # the test of the variances has teeth
    law = replace(MOMENT, exact_square=lambda law, values: MOMENT.exact_square(law, values) * 1.01)
    trial = law.trial(4000, 3, values=VALUES)
    draws = trial.summary.column(0)
    exact = float(trial.criteria.exact_square()) - float(trial.predicted) ** 2
    assert abs(draws.variance / exact - 1) > 5 * math.sqrt(2 / draws.freedom)
