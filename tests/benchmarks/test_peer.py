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
