"""The methods against each other and an exact quadrature, for symbolic and integer dimensions.

A new method file is found here, and fails until what it states holds.
"""

import importlib
import pkgutil

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings

import weingarten.moments.methods as package
from tests.fuzz.nodes import haar_nodes
from tests.strategies import even_power_matrices
from weingarten import CostLimitError, InvalidInputError, moment, moment_cost
from weingarten.costs import PredictedCost
from weingarten.exact.dimension import SYMBOLIC
from weingarten.moments.jobs import MOMENT_GROUPS, MomentJob
from weingarten.moments.moment_methods import MomentMethod, moment_methods

d = sp.Symbol("d")
METHODS = tuple(moment_methods())
# |W_00|^4 and the like, of which no symmetry makes the mean vanish
SMALL, WIDE = ((2,), (2,)), ((2, 2, 2),) * 3
MODULES = sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def test_every_module_states_one_method():
    stated = [importlib.import_module(f"{package.__name__}.{name}").METHOD for name in MODULES]
    assert all(isinstance(method, MomentMethod) for method in stated)
    assert len(stated) == len({method.words for method in stated})
    for method in stated:
        assert method.words
        assert method.groups
        assert method.groups <= set(MOMENT_GROUPS)
        for group in method.groups:
            assert moment_methods(group)[method.name] is method
            small, wide = (
                MomentJob(group, powers, powers, SYMBOLIC).canonical() for powers in (SMALL, WIDE)
            )
            assert isinstance(method.cost(small), PredictedCost)
            assert (method.cost(wide) is None) == bool(method.requires)


@pytest.mark.parametrize("group", MOMENT_GROUPS)
def test_plans_of_every_group_name_its_methods(group):
    plan = moment_cost([[2, 1], [1, 2]], group=group, conjugate=[[2, 1], [1, 2]])
    assert set(plan.estimates) <= set(moment_methods(group))
    # powers of zeros and ones are zeros and ones
    assert plan.degree == (4 if group == "permutation" else 12)
    assert plan.method in str(plan)
    # the plan is what runs, and what the other methods say; over permutations this is no zero
    for powers in ([[2, 1], [1, 2]], [[2, 0], [0, 1]]):
        for size in (4, d):
            chosen = moment(powers, size, group=group, conjugate=powers)
            for name in moment_cost(powers, group=group, conjugate=powers).estimates:
                other = moment(powers, size, name, group=group, conjugate=powers)
                assert sp.cancel(other - chosen) == 0, name


def test_every_method_is_in_the_words_of_moment():
    for group in MOMENT_GROUPS:
        for name in moment_methods(group):
            assert f'``"{name}"``' in moment.__doc__, f"tell of {name!r} in the docstring of moment"


def test_costs_are_refused_by_group_before_the_work_starts():
    with pytest.raises(CostLimitError, match="over the unitary group"):
        moment([[3] * 6] * 6, d, group="U", conjugate=[[3] * 6] * 6)


def test_the_cost_over_the_symplectic_group_knows_its_size():
    powers = [[1] * 4] * 4
    free, paired = (moment_cost(powers, group="Sp", conjugate=powers, d=n) for n in (None, 4))
    assert free.seconds != paired.seconds
    with pytest.raises(InvalidInputError, match="at most d = 2 rows"):
        moment_cost(powers, group="Sp", conjugate=powers, d=2)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "powers",
    [[[4]], [[1, 1], [1, 1], [2, 2]], [[2, 0], [0, 4]], [[2, 1, 1], [1, 2, 1], [1, 1, 2]]],
    ids=str,
)
def test_every_method_is_confirmed_by_an_exact_quadrature(name, powers):
    matrices, weights = haar_nodes(3, sum(map(sum, powers)))
    exponents = np.zeros((3, 3), dtype=int)
    exponents[: len(powers), : len(powers[0])] = powers
    expected = weights @ np.prod(matrices**exponents, axis=(1, 2))
    if name not in moment_cost(powers).estimates:
        with pytest.raises(InvalidInputError, match=moment_methods()[name].requires):
            moment(powers, 3, name)
        return
    for value in (moment(powers, 3, name), moment(powers, d, name).subs(d, 3)):
        assert float(value) == pytest.approx(expected, rel=1e-9)


def applicable(powers, seconds=0.3):
    """Return the methods that apply and are cheap."""
    return [name for name, cost in moment_cost(powers).estimates.items() if cost.seconds < seconds]


@pytest.mark.campaign
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
    results = {name: moment(powers, d, name) for name in applicable(powers)}
    assert len(results) > 1
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
