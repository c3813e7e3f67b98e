"""The two packages compute the same functions: haarpy as one more oracle, on its fastest cases."""

import pytest
import sympy as sp

from tests.benchmarks.cases import by_name

pytest.importorskip("haarpy")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("Wg(2, 1), symbolic d", "zonal"),
        ("O_11^20", "gorin"),
        ("2×2 all ^4", "gorin"),
        ("((2,2,0),(2,0,2),(0,2,2))", "gorin"),
        ("Π_{i≤4} O_ii²", "collins"),
    ],
)
def test_haarpy_agrees(name, algorithm):
    case = by_name(name)
    assert sp.cancel(case.ours()() - case.peers[algorithm]()()) == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "signed"),
    [
        ("COE: all Wg of n = 4, symbolic d", False),
        ("Sp: all Wg of n = 3, symbolic d", True),
        ("CSE: all Wg of n = 3, symbolic d", True),
    ],
)
def test_haarpy_agrees_on_tables_of_other_groups(name, signed):
    case = by_name(name)
    ours, theirs = case.ours()(), case.peers["zonal"]()()
    for one, other in zip(ours, theirs, strict=True):
        # haarpy's sign is that of the permutation it is given
        assert 0 in {sp.cancel(one - other), sp.cancel(one + other) if signed else None}


@pytest.mark.filterwarnings("ignore")
def test_haarpy_agrees_on_permutation_matrices():
    case = by_name("permutation: E P_00 P_11 P_22 P_33")
    assert sp.cancel(case.ours()() - case.peers["set partitions"]()()) == 0
