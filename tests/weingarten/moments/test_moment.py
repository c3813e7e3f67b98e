"""moment and moment_cost as they are called: values, coercion, errors, limits."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings

from tests.strategies import power_matrices
from weingarten import CostLimitError, InvalidInputError, moment, moment_cost
from weingarten.moments.moment_methods import moment_methods

d = sp.Symbol("d")
METHODS = tuple(moment_methods())


@pytest.mark.parametrize(
    ("powers", "expected"),
    [
        ([[2]], 1 / d),
        ([[4]], 3 / (d * (d + 2))),
        ([[2, 2]], 1 / (d * (d + 2))),
        ([[2, 0], [0, 2]], (d + 1) / (d * (d - 1) * (d + 2))),
        ([[1, 1], [1, 1]], -1 / (d * (d - 1) * (d + 2))),
    ],
)
def test_known_moments(powers, expected):
    assert moment(powers, d) == expected


@pytest.mark.parametrize("powers", [[], [[]], [[], []], [[0]], [[0, 0], [0, 0]]])
@pytest.mark.parametrize("dimension", [d, 2])
def test_the_empty_product_is_one(powers, dimension):
    assert moment(powers, dimension) == 1
    assert isinstance(moment(powers, dimension), sp.Integer)


@settings(max_examples=60)
@given(power_matrices(max_rows=3, max_columns=3))
def test_odd_sums_vanish_in_every_dimension_that_fits(powers):
    odd = any(sum(line) % 2 for line in [*powers, *zip(*powers, strict=True)])
    size = max(len(powers), len(powers[0]))
    assert (moment(powers, d) == 0) >= odd
    assert (moment(powers, size) == 0) >= odd


@pytest.mark.parametrize("method", METHODS)
def test_zero_and_one_have_no_cost(method):
    for powers in ([[1, 1, 1]], [[0]]):
        assert moment_cost(powers, method).seconds == 0
        assert moment(powers, d, method) == (0 if any(powers[0]) else 1)


def test_all_kinds_of_integers_and_matrices_are_one_request():
    expected = moment([[2, 0], [0, 2]], 3)
    assert isinstance(expected, sp.Rational)
    for powers in (((2, 0), (0, 2)), np.array([[2, 0], [0, 2]]), sp.Matrix([[2, 0], [0, 2]])):
        for dimension in (3, sp.Integer(3), np.int64(3)):
            assert moment(powers, dimension) == expected


@pytest.mark.parametrize("dimension", [2 * d, d + 1, d**2, sp.Symbol("N", positive=True)])
def test_symbolic_dimensions_are_substituted(dimension):
    powers = [[2, 1, 1], [0, 1, 1]]
    expected = moment(powers, d).subs(d, dimension)
    assert sp.cancel(moment(powers, dimension) - expected) == 0


def test_results_are_factored():
    assert str(moment([[2, 0, 0], [0, 2, 0], [0, 0, 2]], d)) == (
        "(d**2 + 3*d - 2)/(d*(d - 2)*(d - 1)*(d + 2)*(d + 4))"
    )


@pytest.mark.parametrize(
    ("powers", "dimension", "message"),
    [
        ([[2, 0], [0, 2]], 1, "powers must have at most d = 1 rows and columns; got '2x2'"),
        ([[2, 0, 0]], 2, "powers must have at most d = 2 rows and columns; got '1x3'"),
        ([[1, 1, 1]], 2, "powers must have at most d = 2 rows and columns"),
        ([[2], [0, 2]], 3, "powers must be a rectangular matrix"),
        ([[-2]], 3, "powers must be a rectangular matrix of non-negative integers"),
        ([[2.0]], 3, "powers must be a rectangular matrix of non-negative integers"),
        ("2,0;0,2", 3, "powers must be a rectangular matrix"),
        ([[2]], 0, "d must be a positive integer"),
        ([[2]], -1, "d must be a positive integer"),
        ([[2]], 2.5, "d must be a positive integer"),
        ([[2]], sp.Rational(5, 2), "d must be a positive integer"),
        ([[2]], "d", "d must be a positive integer"),
    ],
)
def test_bad_input_is_named(powers, dimension, message):
    with pytest.raises(InvalidInputError) as caught:
        moment(powers, dimension)
    assert message in str(caught.value)


def test_unknown_methods_list_the_known():
    with pytest.raises(InvalidInputError, match=f"{', '.join(METHODS)}; got 'wick'"):
        moment([[2]], d, method="wick")
    with pytest.raises(InvalidInputError, match="at most two nonzero rows or columns"):
        moment([[2] * 3] * 3, d, method="closed")


@pytest.mark.parametrize("powers", [[[2] * 7] * 7, [[8] * 6] * 6, [[2] * 40] * 40])
def test_costly_requests_are_refused_at_once(powers):
    with pytest.raises(CostLimitError, match="pass max_cost=None") as caught:
        moment(powers, d)
    assert caught.value.estimate > caught.value.limit == 60


def test_the_limit_can_be_moved():
    powers = [[2] * 3] * 3
    with pytest.raises(CostLimitError):
        moment(powers, d, "qr", max_cost=1e-9)
    assert moment(powers, d, "qr", max_cost=None) == moment(powers, d)


@pytest.mark.parametrize("method", METHODS[1:])
def test_memory_is_bounded_when_the_prediction_was_too_low(method, monkeypatch):
    monkeypatch.setattr("weingarten.budget.MAX_MEGABYTES", 1e-3)
    monkeypatch.setattr("weingarten.moments.plan.foresee", lambda *_: None)
    with pytest.raises(CostLimitError, match="pass max_cost=None"):
        moment([[2, 2, 1, 1], [1, 3, 2, 2], [1, 1, 3, 1], [2, 2, 2, 2]], d, method)


def test_predicted_memory_is_limited_too(monkeypatch):
    monkeypatch.setattr("weingarten.budget.MAX_MEGABYTES", 1e-6)
    with pytest.raises(CostLimitError, match="MB, over the limit"):
        moment([[2, 2, 2], [2, 2, 4], [2, 4, 2]], d)


def test_plans_are_immutable_and_name_every_method():
    plan = moment_cost([[2] * 4] * 4)
    assert set(plan.estimates) == set(METHODS) - {"closed"}
    assert plan.seconds == min(cost.seconds for cost in plan.estimates.values())
    with pytest.raises(AttributeError):
        plan.method = "qr"
    with pytest.raises(TypeError):
        plan.estimates["qr"] = 0
    assert moment_cost([[2] * 4] * 4, "qr").method == "qr"
    assert set(moment_cost([[2], [2]]).estimates) == set(METHODS)


def test_predictions_grow_with_the_problem():
    for method in ("qr", "counting", "gorin-lopez"):
        costs = [moment_cost([[power] * 4] * 4, method).seconds for power in (1, 2, 3, 4)]
        assert costs == sorted(costs)
    assert moment_cost([[10**6] * 3] * 3).seconds > 1e6
    assert moment_cost([[2] * 60] * 60).seconds > 1e6
