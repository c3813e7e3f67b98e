"""Mean logarithms and their slopes: closed forms against quadrature, edges, remainders."""

import math

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.laws.common.closed_mean_logs import closed_log_sensitivities, closed_mean_log
from bn_theory.laws.common.quadrature import log_sensitivities, mean_log_ratio
from bn_theory.laws.sphere_integrals.derive import log_ratio_remainder, log_ratio_series
from weingarten.errors import InvalidInputError


@pytest.mark.parametrize(
    "eigenvalues",
    [
        [9, 1],
        [4, 1, 0],
        [2, 2, 1, 1],
        [3, 3, 3, 3, 1, 1],
        [2] * 5,
        [1, 1, 1, 0, 0],
        [7, 0, 0],
        [5, 5, 2, 2, 1, 1, 0],
        [sp.Rational(1, 3), sp.Rational(7, 5)],
    ],
)
def test_closed_forms_agree_with_the_quadrature(eigenvalues):
    exact = [sp.sympify(value) for value in eigenvalues]
    floats = [float(value) for value in exact]
    drift = float(closed_mean_log(exact)) - math.log(np.mean(floats))
    assert drift == pytest.approx(mean_log_ratio(floats).value, abs=1e-14)
    shares = [float(share) for share in closed_log_sensitivities(exact)]
    assert shares == pytest.approx(list(log_sensitivities(floats).value), abs=1e-13)
    assert sum(shares) == pytest.approx(1)


def test_no_closed_form_is_claimed_where_there_is_none():
    assert closed_mean_log([sp.Integer(x) for x in (3, 2, 1)]) is None
    assert closed_log_sensitivities([sp.Integer(x) for x in (3, 3, 2, 1)]) is None


def test_gap_step_at_the_edges():
    step = formula("forward.isometry_gap_step").evaluate
    x, y = sp.symbols("x y", positive=True)
    assert step(eigenvalues=[1, 1, 1]) == 0
    assert step(eigenvalues=[0.7, 0.7]) == 0
    assert step(eigenvalues=[3]) == 0
    assert step(eigenvalues=[1, 1, 0]) is sp.oo
    assert step(eigenvalues=[1.0, 2.0, 0.0]) is sp.oo
    two = 2 * sp.log((sp.sqrt(x) + sp.sqrt(y)) / 2) - (sp.log(x) + sp.log(y)) / 2
    assert float((step(eigenvalues=[x, y]) - two).subs({x: 3, y: 5})) == pytest.approx(0)
    assert step(eigenvalues=[4, 1]) == sp.expand_log(2 * sp.log(sp.Rational(3, 2)) - sp.log(2))
    wide = step(eigenvalues=np.logspace(-12, 0, 1000))
    assert wide.is_Float
    assert wide.is_finite
    assert formula("forward.log_row_norm").remainder(eigenvalues=[3, 2, 1]) < 1e-14
    assert formula("forward.log_row_norm").evaluate(eigenvalues=[x, y, 1]).has(sp.Integral)
    with pytest.raises(InvalidInputError, match="eigenvalues must be given"):
        step(d=3)


@pytest.mark.parametrize("order", [2, 3, 4, 7])
def test_the_moment_series_keeps_its_remainder_bound(order):
    for eigenvalues in ([1.3, 1.0, 0.7], [2.5, 0.5, 0.5, 0.5], [1.01, 0.99]):
        step = formula("forward.isometry_gap_step")
        exact = step.evaluate(eigenvalues=eigenvalues)
        mean = np.mean(eigenvalues)
        sums = {f"t{j}": np.sum((eigenvalues - mean) ** j) for j in range(2, order + 1)}
        gap = np.log(mean) - np.mean(np.log(eigenvalues))
        series = gap + log_ratio_series(len(eigenvalues), order).subs({"m": mean, **sums})
        bound = step.remainder(eigenvalues=eigenvalues, order=order)
        assert abs(float(series - exact)) <= bound + 1e-15
    assert log_ratio_remainder([1.0, -1.0], 4) == math.inf


def test_spectrum_map_keeps_the_trace_and_the_order():
    whole = formula("forward.spectrum_map").evaluate
    matrix = whole(eigenvalues=[1.0, 5.0, 2.0])
    assert float(sum(matrix)) == pytest.approx(3)
    assert matrix[0] < matrix[2] < matrix[1]
    assert whole(eigenvalues=[1.0, 5.0, 2.0], k=2) == matrix[1]
    assert list(whole(eigenvalues=[9, 1])) == [sp.Rational(3, 2), sp.Rational(1, 2)]
    assert list(whole(eigenvalues=[2, 2, 0])) == [sp.Rational(3, 2), sp.Rational(3, 2), 0]
    with pytest.raises(InvalidInputError, match="k must count the 2 eigenvalues"):
        whole(eigenvalues=[2, 1], k=3)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("forward.log_row_norm", {"eigenvalues": [4, 1, 0.5]}),
        ("forward.isometry_gap_step", {"eigenvalues": [4, 1, 0.5]}),
        ("forward.spectrum_map", {"eigenvalues": [4, 1, 0.5]}),
    ],
)
def test_off_by_three_percent_is_rejected(name, values):
    law = formula(name)
    assert law.verify(samples=40_000, seed=4, **values).passed
    wrong = law.with_expr(law.expr * sp.Rational(103, 100))
    assert not wrong.verify(samples=40_000, seed=4, **values).passed
