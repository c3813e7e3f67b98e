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
@pytest.mark.parametrize(
    "name",
    [
        "U(d): all Wg of n = 4, symbolic d",
        "U(d): 2×2 all |U_ij|⁴",
        "U: Wg(2, 1), d = 5",
        "U: Wg(3, 2, 1), d = 5",
        "COE: Wg(2, 1), d = 5",
        "permutation: Wg of ((0, 1, 2), (3,)) and ((0,), (1, 2, 3)), symbolic d",
        "permutation: Wg of ((0, 1, 2), (3,)) and ((0,), (1, 2, 3)), d = 7",
        "permutation: Wg of ((0, 1, 2, 3, 4, 5, 6),) and ((0, 1, 2, 3, 4, 5, 6),), d = 7",
        "permutation: E P_00 P_11, d = 7",
        "permutation: E P_00 P_11 P_22 P_33",
        "permutation: E Π_{i≤6} P_ii",
        "centred-permutation: E C_00 C_11, C = P - 1/d, d = 7",
        "centred-permutation: E C_00 C_11 C_22, C = P - 1/d",
    ],
)
def test_haarpy_agrees_on_other_groups(name):
    case = by_name(name)
    (algorithm, *_) = case.peers
    ours, theirs = case.ours()(), case.peers[algorithm]()()
    if not isinstance(ours, list):
        ours, theirs = [ours], [theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert sp.cancel(one - sp.sympify(other)) == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["Sp: Wg(2, 1), d = 6", "CSE: Wg(2, 1), d = 6"])
def test_haarpy_agrees_up_to_the_sign_of_its_permutation(name):
    case = by_name(name)
    assert abs(case.ours()()) == abs(sp.sympify(case.peers["characters"]()()))
