"""Laws of row norms that are those of Beta variables, against matrices and Beta integrals."""

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.campaigns.power import power
from bn_theory.laws.beta_laws.derive import centred_power_sums

D = sp.Symbol("d")


def test_centred_power_sums_against_matrices():
    rng = np.random.default_rng(1)
    batch = rng.normal(size=(4, 6))
    samples = batch.shape[1]
    kernel, constant = batch.T @ batch, np.full(samples, samples**-0.5)
    centring = np.eye(samples) - np.outer(constant, constant)
    values = {}
    for j in range(1, 5):
        power = np.linalg.matrix_power(kernel, j)
        values[sp.Symbol(f"p{j}")] = np.trace(power)
        values[sp.Symbol(f"q{j}")] = constant @ power @ constant
    for j, statement in enumerate(centred_power_sums(4), 1):
        expected = np.trace(np.linalg.matrix_power(kernel @ centring, j))
        assert float(statement.subs(values)) == pytest.approx(expected)


def test_isometric_laws_are_those_of_beta_variables():
    step = formula("forward.rectangular_step")
    for d, rank, k in [(8, 3, 1), (8, 3, 4), (8, 5, -1), (9, 7, -2)]:
        a, b = sp.Rational(rank, 2), sp.Rational(d - rank, 2)
        beta = sp.beta(a + k, b) / sp.beta(a, b)
        assert step.evaluate(d=d, rank=rank, k=k) == sp.nsimplify(beta.evalf(30), rational=True)
    assert step.evaluate(d=8, rank=2, k=-1) is sp.oo
    assert step.evaluate(d=2, rank=2, k=-1) == 1
    log = formula("forward.rectangular_log").evaluate(d=8, rank=3)
    assert float(log) == pytest.approx(float(sp.digamma(sp.Rational(3, 2)) - sp.digamma(4)))
    removed = formula("forward.mean_removal")
    for k in (-1, 2):
        assert removed.evaluate(d=8, n=6, k=k) == step.evaluate(d=8, rank=5, k=k)
    assert sp.simplify(removed.derive(k=-1) - (D - 2) / (sp.Symbol("n") - 3)) == 0


def test_general_mean_removal_reduces_to_isometry():
    moment = formula("forward.mean_removal_moment")
    exact = moment.evaluate(eigenvalues=[1] * 5 + [0] * 3, overlaps=[1] + [0] * 7, k=3)
    assert exact == formula("forward.mean_removal").evaluate(d=8, n=5, k=3)


@pytest.mark.campaign
def test_off_by_three_percent_is_rejected():
    names = ["rectangular_step", "rectangular_log", "mean_removal", "mean_removal_log"]
    names = [f"forward.{name}" for name in (*names, "mean_removal_moment")]
    for row in power(names, samples=20_000, seed=4):
        assert row.passed, row.formula
        assert row.rejected, row.formula
