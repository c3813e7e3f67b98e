"""The four methods against each other, for a symbolic and for integer dimensions."""

import pytest
import sympy as sp
from hypothesis import assume, given, settings

from tests.strategies import even_power_matrices
from weingarten import moment, moment_cost

d = sp.Symbol("d")
METHODS = ("closed", "qr", "counting", "gorin-lopez")


def applicable(powers, seconds=0.3):
    """Return the methods that apply and are cheap."""
    return [name for name, cost in moment_cost(powers).estimates.items() if cost.seconds < seconds]


@settings(max_examples=300)
@given(even_power_matrices(max_rows=4, max_columns=4, max_moves=5))
def test_methods_agree_as_functions_of_d(powers):
    methods = applicable(powers)
    assume(len(methods) > 1)
    results = {name: moment(powers, d, name) for name in methods}
    assert len(set(results.values())) == 1, results


@settings(max_examples=150)
@given(even_power_matrices(max_rows=6, max_columns=5, max_moves=4))
def test_methods_agree_on_wide_sparse_matrices(powers):
    results = {name: moment(powers, d, name) for name in applicable(powers)}
    assert len(set(results.values())) == 1, results


@settings(max_examples=100)
@given(even_power_matrices(max_rows=4, max_columns=4, max_moves=4))
def test_integer_dimensions_agree_with_the_function_of_d(powers):
    smallest = max(len(powers), len(powers[0]))
    symbolic = moment(powers, d)
    for dimension in range(smallest, smallest + 4):
        for name in applicable(powers):
            assert moment(powers, dimension, name) == symbolic.subs(d, dimension)


@pytest.mark.parametrize("power", [2, 4, 20, 400])
@pytest.mark.parametrize("method", ["closed", "qr", "gorin-lopez"])
def test_one_entry(power, method):
    expected = sp.prod(range(power - 1, 0, -2)) / sp.prod(d + 2 * s for s in range(power // 2))
    assert sp.cancel(moment([[power]], d, method) / expected) == 1


@pytest.mark.parametrize(
    "powers",
    [
        [[3, 1, 0], [1, 3, 0], [0, 0, 2]],
        [[4, 2, 0], [2, 2, 2], [0, 2, 2]],
        [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]],
        [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]],
        [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
        [[2, 1, 1, 0], [1, 2, 0, 1], [1, 0, 2, 1], [0, 1, 1, 2]],
    ],
)
def test_three_and_more_columns(powers):
    results = {name: moment(powers, d, name) for name in METHODS[1:]}
    assert len(set(results.values())) == 1, results


@pytest.mark.slow
@pytest.mark.parametrize(
    "powers", [[[1] * 6] * 6, [[2] * 4] * 4, [[3] * 4] * 2 + [[1] * 4] * 2], ids=str
)
def test_dense_matrices(powers):
    assert moment(powers, d, "counting", max_cost=None) == moment(powers, d, "gorin-lopez")


@pytest.mark.slow
@settings(max_examples=150)
@given(even_power_matrices(max_rows=6, max_columns=6, max_moves=8))
def test_methods_agree_on_larger_matrices(powers):
    results = {name: moment(powers, d, name) for name in applicable(powers, seconds=2)}
    assert len(set(results.values())) == 1, results
