"""Powers of one trace by determinants, beside the sums of characters."""

from math import comb

import pytest

from weingarten import CostLimitError
from weingarten.budget import spending
from weingarten.characters import class_functions, group_class_functions
from weingarten.characters.class_functions import class_average, class_average_cost
from weingarten.characters.group_class_functions import group_class_average, group_class_cost
from weingarten.characters.trace_powers import (
    orthogonal_trace_power,
    symplectic_trace_power,
    trace_power_seconds,
    unitary_trace_power,
)
from weingarten.exact.dimension import Dimension


@pytest.fixture
def by_characters(monkeypatch):
    monkeypatch.setattr(class_functions, "_by_determinants", lambda *_: False)
    monkeypatch.setattr(
        group_class_functions, "_determinant_seconds", lambda *_: float("inf")
    )  # fmt: skip


@pytest.mark.usefixtures("by_characters")
@pytest.mark.parametrize("d", range(1, 9))
def test_orthogonal_powers_are_sums_of_characters(d):
    for n in range(15):
        plus, minus = (orthogonal_trace_power(n, d, sign) for sign in (1, -1))
        assert plus + minus == 2 * class_average({1: n}, Dimension(d))
        assert plus - minus == 2 * class_average({1: n}, Dimension(d), determinant=True)


@pytest.mark.usefixtures("by_characters")
@pytest.mark.parametrize("d", [2, 4, 6, 8])
def test_symplectic_powers_are_sums_of_characters(d):
    for n in range(15):
        assert symplectic_trace_power(n, d) == group_class_average("Sp", {1: n}, {}, Dimension(d))


@pytest.mark.usefixtures("by_characters")
@pytest.mark.parametrize("d", range(1, 6))
def test_unitary_powers_are_sums_of_characters(d):
    for n in range(9):
        for other in range(7):
            expected = group_class_average("SU", {1: n}, {1: other}, Dimension(d))
            assert unitary_trace_power(n, other, d) == expected


def test_high_powers_over_small_groups_count_walks():
    # over SO(2) the trace is z + 1/z, over O(2) without SO(2) it is 0; SU(2) counts Catalan's walks
    n = 600
    assert orthogonal_trace_power(n, 2, 1) == comb(n, n // 2)
    assert orthogonal_trace_power(n, 2, -1) == 0
    assert symplectic_trace_power(n, 2) == comb(n, n // 2) // (n // 2 + 1)
    assert class_average({1: n}, Dimension(2)) == comb(n, n // 2) // 2


def test_quicker_of_characters_and_determinants_is_predicted_and_taken(monkeypatch):
    asked = []
    power = class_functions.orthogonal_trace_power
    monkeypatch.setattr(
        class_functions, "orthogonal_trace_power", lambda *args: asked.append(args) or power(*args)
    )
    three, forty = Dimension(3), Dimension(40)
    class_average({1: 400}, three)
    assert asked == [(400, 3, 1), (400, 3, -1)]
    class_average({1: 100}, forty)
    assert len(asked) == 2
    assert class_average_cost({1: 2000}, three).seconds < 0.5
    assert class_average_cost({1: 100}, forty).seconds < 0.5


def test_costs_of_class_functions_rise_with_the_steps():
    def seconds(group, powers, d, conjugated=None):
        given = powers if conjugated is None else conjugated
        return group_class_cost(group, powers, given, Dimension(d)).seconds

    quick = seconds("U", {2: 10}, 3)
    assert quick < seconds("U", {2: 100}, 3) < seconds("U", {2: 100}, 6) < seconds("U", {2: 400}, 6)
    assert seconds("U", {1: 200}, 4) < seconds("U", {1: 199, 2: 1}, 4)
    assert seconds("Sp", {2: 30}, 4, {}) < seconds("Sp", {2: 60}, 6, {})
    assert seconds("U", {2: 100}, None) < 1e-2
    assert trace_power_seconds(100, 2) < trace_power_seconds(100, 8) < trace_power_seconds(100, 40)


def test_the_limit_is_kept_before_and_while_walks_are_counted(monkeypatch):
    with spending(0.5), pytest.raises(CostLimitError, match="needs about"):
        unitary_trace_power(900, 900, 8)
    monkeypatch.setattr(
        "weingarten.characters.trace_powers.trace_power_seconds", lambda *_, **__: 0
    )
    with spending(0.0), pytest.raises(CostLimitError, match="was stopped after"):
        unitary_trace_power(900, 900, 8)
