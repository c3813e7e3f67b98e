"""Plans: what is predicted, by which methods, and what running one gives."""

import time

import pytest
import sympy as sp
from sympy import Q, Sum, Trace

from weingarten import (
    Budget,
    CostLimitError,
    ExpectationPlan,
    HaarOrthogonal,
    InvalidInputError,
    cumulant,
    derivation,
    expect,
    expect_cost,
    expect_einsum,
    expectation,
    moment,
    moment_cost,
)
from weingarten.expectations import problems
from weingarten.networks.average import Averager
from weingarten.plans import Plan

d = sp.Symbol("d", integer=True, positive=True)
W, V, W4 = HaarOrthogonal("W", d), HaarOrthogonal("V", d), HaarOrthogonal("W", 4)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
k = sp.Symbol("k", integer=True)
GIVEN = Q.symmetric(A) & Q.symmetric(B)

EXPRS = {
    "trace": (Trace(W * A) ** 4, True),
    "several terms": (Trace(W * A) ** 4 + W[0, 0] ** 3 + A[0, 0], True),
    "two matrices": (Trace(W * A * V * B) ** 2, True),
    "zonal": (Trace(W * A * W.T * B) ** 6, GIVEN),
    "explicit": (sp.Matrix([[W[0, 0] ** 2, W[0, 1]]]), True),
    "sum": (Sum(W[k, k] ** 2 * A[k, k], (k, 0, d - 1)), True),
    "determinant": (sp.Determinant(W4) * W4[0, 0] * W4[1, 1] * W4[2, 2] * W4[3, 3], True),
    "matrix": (W * A * W.T, True),
    "nothing random": (A[0, 0], True),
}


@pytest.mark.parametrize("name", EXPRS)
def test_a_plan_names_what_is_run_and_runs(name):
    expr, given = EXPRS[name]
    plan = expect_cost(expr, given)
    assert isinstance(plan, ExpectationPlan)
    assert all(isinstance(product, Plan) for product in plan.products)
    assert 0 < plan.seconds < 10 > plan.megabytes >= 0
    assert plan.run() == expectation(expr, given)
    text = str(plan)
    for product in plan.products:
        assert f"over {product.matrix} of" in text
        assert product.method in product.estimates
    if not isinstance(expr, sp.MatrixBase):
        done = derivation(expr, given).steps
        assert {step.method for step in done} == {product.method for product in plan.products}


def test_planning_averages_nothing(monkeypatch):
    monkeypatch.setattr(Averager, "average", None)
    assert expect_cost(Trace(W * A) ** 2).products
    # what no computer could do is planned in no time
    start = time.process_time()
    plan = expect_cost(Trace(W * A * W.T * B) ** 30)
    assert plan.seconds > 1e6
    assert time.process_time() - start < 5


def test_long_polynomials_are_sampled():
    expr = sum(W4[a, b] for a in range(2) for b in range(4)) ** 6
    plan = expect_cost(expr)
    assert len(plan.products) <= 24
    assert sum(product.stands_for for product in plan.products) == pytest.approx(1716, rel=0.02)
    assert "like it" in str(plan)
    matrix = sp.Matrix(20, 20, lambda a, b: HaarOrthogonal("O", 20)[a, b] ** 2)
    assert sum(product.stands_for for product in expect_cost(matrix).products) == pytest.approx(
        400, rel=0.05
    )


@pytest.mark.parametrize(
    ("expr", "given"),
    [
        (Trace(W * A) ** 6, True),
        (Trace(W * A * W.T * B) ** 4, True),
        (Trace(W * A * W.T * B) ** 5, Q.symmetric(A)),
        (Trace(W * A * W.T * B) ** 9, GIVEN),
        (Trace(HaarOrthogonal("W", 3)) ** 400, True),
    ],
)
def test_predictions_are_right_within_a_factor(expr, given):
    """Time on the CPU, generously: caches may be warm, and the machine another one."""
    predicted = expect_cost(expr, given).seconds
    start = time.process_time()
    expect(expr, given)
    assert time.process_time() - start < 20 * predicted + 0.2


def test_a_named_method_is_planned_or_refused():
    expr = Trace(W * A * W.T * B) ** 3
    assert {p.method for p in expect_cost(expr, GIVEN, method="zonal").products} == {"zonal"}
    with pytest.raises(InvalidInputError, match=r"one of .*pairings.*; got 'zonal'; pass one"):
        expect_cost(expr, method="zonal")
    with pytest.raises(InvalidInputError, match="must be 'auto' or one of"):
        expect_cost(expr, method="guess")
    assert expect_cost(W[0, 0] ** 3, method="zonal").seconds < 1


def test_einsum_and_derivations_take_a_method_too():
    found = [expect_einsum("ij,ij,kl,kl->", W, A, W, A, method=m) for m in ("auto", "patterns")]
    assert found[0] == found[1] == expect(Trace(W * A.T) ** 2)
    with pytest.raises(InvalidInputError, match=r"one of .*pairings.*; got 'zonal'"):
        expect_einsum("ij,ij,kl,kl->", W, A, W, A, method="zonal")
    assert {step.method for step in derivation(W[0, 0] ** 4, method="pairings").steps} == {
        "pairings"
    }
    assert cumulant(Trace(W * A), 2, method="patterns") == cumulant(Trace(W * A), 2)


def test_plans_of_moments_and_of_expectations_are_one_family():
    (product,) = expect_cost(W[0, 0] ** 2 * W[1, 1] ** 2).products
    plan = moment_cost([[2, 0], [0, 2]])
    assert isinstance(plan, Plan)
    assert product.seconds == plan.seconds
    assert "a moment of degree 4" in str(plan)
    assert str(plan).count("is taken") == str(product).count("is taken") == 1


@pytest.mark.parametrize("call", [expect, expectation, derivation, lambda x: cumulant(x, 1)])
def test_nothing_is_read_or_averaged_twice(call, monkeypatch):
    reads, averages = [], []
    read, average = problems.Reading.of.__func__, Averager.average

    def reading(cls, *args):
        reads.append(args)
        return read(cls, *args)

    def averaging(self, poly):
        averages.append(poly)
        return average(self, poly)

    monkeypatch.setattr(problems.Reading, "of", classmethod(reading))
    monkeypatch.setattr(Averager, "average", averaging)
    call(Trace(W * A) ** 2 + W[0, 0] ** 2)
    assert len(reads) == len(averages) == 1


def test_a_plan_that_is_run_is_not_read_again_and_averages_once(monkeypatch):
    plan = expect_cost(Trace(W * A) ** 2 + W[0, 0] ** 2)
    averages = []
    average = Averager.average
    monkeypatch.setattr(problems.Reading, "of", None)
    monkeypatch.setattr(
        Averager, "average", lambda self, poly: averages.append(poly) or average(self, poly)
    )
    result, steps = plan.run(), plan.derivation()
    assert (result.value, result.valid_for) == (steps.value, steps.valid_for)
    assert {step.method for step in steps.steps} == {product.method for product in plan.products}
    assert len(averages) == 1


def test_a_plan_is_run_within_a_budget():
    plan = expect_cost(Trace(W * A) ** 20)
    for run in (plan.run, plan.derivation):
        with pytest.raises(CostLimitError, match="over the limit of 1;"):
            run(max_cost=1)


def test_small_dimensions_are_read_once(monkeypatch):
    reads = []
    read = problems.Reading.of.__func__
    monkeypatch.setattr(
        problems.Reading, "of", classmethod(lambda cls, *args: reads.append(1) or read(cls, *args))
    )
    value = expect(Trace(W) ** 6, small_d=True)
    assert [value.subs(d, n) for n in (1, 2, 3)] == [1, 10, 15]
    assert len(reads) == 1


def test_a_budget_is_read_afterwards():
    budget = Budget(seconds=30, megabytes=100)
    value = expect(Trace(W * A) ** 6, max_cost=budget)
    assert value == expect(Trace(W * A) ** 6)
    assert set(budget.spent) == {
        "expect", "reading the expression", "averaging over W", "writing the result",
    }  # fmt: skip
    assert 0 < sum(budget.spent.values()) < 30
    cost = budget.predicted["averaging over W"]
    assert 0 < cost.seconds < 30 > cost.megabytes > 0
    assert "averaging over W" in str(budget)
    assert repr(budget) == "Budget(seconds=30, megabytes=100)"
    before = sum(budget.spent.values())
    moment([[2] * 3] * 3, d, max_cost=budget)
    assert sum(budget.spent.values()) > before
    assert "moment" in budget.spent


def test_a_budget_limits_time_and_memory():
    with pytest.raises(CostLimitError, match="seconds, over the limit of 1"):
        expect(Trace(W * A) ** 20, max_cost=Budget(seconds=1))
    powers = [[2, 2, 2], [2, 2, 4], [2, 4, 2]]
    with pytest.raises(CostLimitError, match="MB, over the limit of 1e-06"):
        moment(powers, d, max_cost=Budget(seconds=None, megabytes=1e-6))
    assert moment(powers, d, max_cost=Budget(None, None)) == moment(powers, d)
    for bad in ({"seconds": -1}, {"megabytes": "much"}):
        (argument,) = bad
        with pytest.raises(InvalidInputError, match=f"{argument} must be a number of {argument}"):
            Budget(**bad)


def test_memory_decides_between_methods():
    powers = [[8] * 4] * 4
    budget = Budget(seconds=None, megabytes=None)
    assert moment_cost(powers).method == "gorin-lopez"
    with pytest.raises(CostLimitError):
        moment(powers, d, max_cost=Budget(1e-3, 1e9))
    assert budget.spent == {}


def test_a_budget_is_shared_by_what_it_is_passed_to(monkeypatch):
    import weingarten.budget as module

    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    budget = Budget(seconds=10)
    with module.spending(budget, "one"):
        now[0] += 6.0
    with module.spending(budget, "two"), module.stage("of two"):
        module.foresee("a step", 3.0)
        with pytest.raises(CostLimitError, match="over the limit of 4"):
            module.foresee("a step", 5.0)
        now[0] += 1.0
    assert budget.spent == {"one": 6.0, "two": 0.0, "of two": 1.0}
    assert budget.predicted["of two"].seconds == 8.0
