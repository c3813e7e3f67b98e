"""The budget of a request: what is refused before, what is stopped while it runs, who governs."""

import time

import numpy as np
import pytest
import sympy as sp

import weingarten.budget as module
from weingarten.budget import budgeted, foresee, spending, tick
from weingarten.errors import CostLimitError, InvalidInputError


def test_what_does_not_fit_is_refused_before():
    with spending(1.0):
        foresee("a request", 0.9)
        with pytest.raises(CostLimitError, match="a request needs about 2 seconds, over"):
            foresee("a request", 2.0)
        with pytest.raises(CostLimitError, match="about inf seconds"):
            foresee("a request", float("inf"))


def test_memory_is_refused_too():
    with spending(1.0):
        foresee("a table", 0.0, 1e3)
        with pytest.raises(CostLimitError, match=r"a table needs about 1e\+04 MB, over"):
            foresee("a table", 0.0, 1e4)


def test_none_never_refuses():
    with spending(None):
        foresee("a request", float("inf"), float("inf"))
        tick()
    foresee("outside of any budget", float("inf"))
    tick()


def test_running_work_is_stopped_within_the_promise(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with spending(10.0, "a long sum"):
        for seconds in (100.0, 110.0, 115.0):
            now[0] = seconds
            tick()
        now[0] = 100.0 + 2 * 10.0 + 2.0
        with pytest.raises(
            CostLimitError, match="a long sum was stopped after 22 seconds"
        ) as caught:
            tick()
    assert (caught.value.limit, caught.value.spent) == (10.0, True)
    assert caught.value.override == "pass max_cost=None to go on regardless"


def test_what_was_spent_counts(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with spending(10.0, "all steps"):
        foresee("a step", 6.0)
        now[0] = 9.5
        foresee("a step", 6.0)
        now[0] = 11.0
        with pytest.raises(CostLimitError, match="all steps needs about 17 seconds"):
            foresee("a step", 6.0)


def test_the_outermost_budget_governs():
    with spending(1.0), spending(None), pytest.raises(CostLimitError):
        foresee("a request", 2.0)
    with spending(None), spending(1.0):
        foresee("a request", 2.0)


def test_a_budget_ends_with_its_block():
    with pytest.raises(ZeroDivisionError), spending(1.0):
        1 / 0  # noqa: B018
    foresee("a request", 2.0)


@pytest.mark.parametrize(
    "bad", [-1, float("nan"), "60", True, 1j, sp.Symbol("x"), sp.nan, [60], np.array([1.0, 2.0])]
)
def test_limits_are_checked(bad):
    with pytest.raises(InvalidInputError, match="max_cost must be a number of seconds >= 0"):
        spending(bad)
    with spending(1.0), pytest.raises(InvalidInputError):
        spending(bad)


@pytest.mark.parametrize(
    "good", [0, 3, 2.5, float("inf"), sp.Rational(1, 3), sp.oo, np.float32(1), np.int64(2), None]
)
def test_numbers_of_any_kind_are_limits(good):
    with spending(good):
        tick()


def test_decorated_functions_open_their_own_budget():
    @budgeted
    def slow(seconds, *, max_cost=60.0):
        foresee("slow", seconds)
        return seconds

    assert slow(59) == 59
    assert slow(61, max_cost=None) == 61
    assert slow(1, max_cost=2) == 1
    with pytest.raises(CostLimitError):
        slow(61)
    with pytest.raises(CostLimitError):
        slow(3, max_cost=2)


def test_a_tick_is_cheap():
    with spending(60):
        start = time.process_time()
        for _ in range(100_000):
            tick()
        assert time.process_time() - start < 0.5
