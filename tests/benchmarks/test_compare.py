"""The comparison table: its figures and its page, without timing anything long."""

import pytest

from tests.benchmarks import compare
from tests.benchmarks.cases import CASES, by_name
from tests.benchmarks.compare import Measured
from tests.benchmarks.start import start_rows


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (Measured(12.34), "12 s"),
        (Measured(0.00123), "1.2 ms"),
        (Measured(4.2e-5), "42 µs"),
        (Measured(None, "> 60 s"), "> 60 s"),
        (Measured(None), "–"),
    ],
)
def test_show(measured, shown):
    assert compare.show(measured) == shown


def test_ratio():
    assert compare.ratio(Measured(0.001), Measured(2.0), 60) == "2,000"
    assert compare.ratio(Measured(0.5), Measured(None, "> 60 s"), 60) == "> 120"
    assert compare.ratio(Measured(0.5), Measured(None, "not run"), 60) == "–"
    assert compare.ratio(Measured(0.5), Measured(None), 60) == "–"


def test_names_are_unique():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.campaign
def test_a_cold_call_is_timed_or_ended():
    case = by_name("O_11^20")
    assert 0 < compare.cold_seconds("ours", case, 30, 1).seconds < 30
    slow = by_name("5×5 all ^2")
    assert compare.cold_seconds("ours", slow, 0.1, 1) == Measured(None, "> 0 s")


@pytest.mark.campaign
def test_page():
    starts = start_rows(rounds=1)
    page = compare.markdown(["case", "ratio"], [["a|b", "> 2"]], "Intro.", starts)
    assert "| `import sympy` | " in page
    assert "| 1.00 |\n| `import weingarten` | " in page
    assert "| a\\|b | > 2 |" in page
    assert "- Python: " in page
