"""``bn-theory check``, through click's runner."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

import bn_theory
from bn_theory.cli import main
from bn_theory.cli.check_command import read_assignments

EXACT = "(1 - 1/d)*(1 + (d/(d + 2))^(L - 1))/2"


def invoke(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def depth(expr, *arguments):
    return invoke(expr, "--of", "backward.isometric_depth", *arguments)


def test_a_right_conjecture_passes_and_a_wrong_one_is_rejected():
    right = depth(EXACT, "--at", "d=8", "L=3")
    assert right.exit_code == 0, right.output
    lines = right.stdout.splitlines()
    assert lines[0].startswith("conjecture: backward.isometric_depth = ")
    assert lines[1].startswith("backward.isometric_depth [d=8, L=3]: predicted = 0.7175, sampled")
    assert lines[1].endswith(": pass")
    assert lines[-1] == "1 of 1 verdicts passed"
    wrong = depth("1 - 1/d", "--at", "d=8", "L=3", "--networks", 500, "--seed", 5)
    assert wrong.exit_code == 1
    assert "(500 networks, seed 5)" in wrong.stdout
    assert wrong.stdout.splitlines()[-1] == "0 of 1 verdicts passed, 1 rejected"


def test_bounds_and_a_minus_sign():
    assert depth("<= 1", "--at", "d=8", "L=3").exit_code == 0
    assert depth(">= 1", "--at", "d=8", "L=3").exit_code == 1
    assert depth("-1/d + 1", "--at", "d=8", "L=1").exit_code == 0
    assert depth("-hello", "--at", "d=8", "L=1").stderr.startswith("Error: EXPR must be")


def test_without_values_all_cases_are_one_family():
    result = depth("<= 1", "--networks", 100)
    assert result.exit_code == 0
    count = len(bn_theory.formula("backward.isometric_depth").cases)
    assert result.stdout.splitlines()[-1] == f"{count} of {count} verdicts passed"


def test_formats():
    at = ("--at", "d=8", "L=3", "--networks", 300)
    (row,) = json.loads(depth(EXACT, *at, "--format", "json").stdout)
    assert (row["formula"], row["verdict"]) == ("backward.isometric_depth", "pass")
    assert row["values"] == {"d": 8, "L": 3}
    assert row["predicted"] == "287/400"
    (cells,) = csv.DictReader(io.StringIO(depth(EXACT, *at, "--format", "csv").stdout))
    assert cells["verdict"] == "pass"
    latex = depth("<= 1", *at, "--latex").stdout
    assert r"\leq 1" in latex
    assert r"\begin{longtable}" in latex
    assert depth(EXACT, *at, "--format", "markdown").stdout.startswith("| conjecture | formula |")
    assert depth("1", *at, "--format", "json").exit_code == 1


@pytest.mark.parametrize("arguments", [("--list",), ("1", "--of", "help")])
def test_the_quantities_are_listed(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert heads == list(bn_theory.catalogue())
    rows = json.loads(invoke("--list", "--format", "json").stdout)
    depths = next(row for row in rows if row["quantity"] == "backward.isometric_depth")
    assert depths["values"] == ["d", "depth"]
    assert depths["symbols"] == ["d", "L", "depth"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "EXPR is missing"),
        (("1 - 1/d",), "--of is missing; bn-theory check --list shows"),
        (("1", "2", "--of", "x"), "several EXPR: '1', '2'"),
        (("1", "--of", "backward.isometric_dept"), "--of must be a formula of the catalogue"),
        (("1", "--of", "backward.isometric_dept"), "did you mean backward.isometric_depth"),
        (("1", "--of", "nonsense"), "bn-theory list"),
        (("1/n", "--of", "backward.isometric_depth"), "EXPR must be an expression; got n at"),
        (("< 1", "--of", "backward.isometric_depth"), "EXPR must begin with"),
        (("1", "--of", "backward.isometric_depth", "--at", "d=4"), "--at must give a value of dep"),
        (("1", "--of", "backward.isometric_depth", "--at", "d=4", "x=1"), "--at x is not a quant"),
        (("1", "--of", "backward.isometric_depth", "--at", "d=0", "L=1"), "--at d must be an int"),
        (("1", "--of", "backward.isometric_depth", "--at", "4"), "--at must give values as NAME"),
        (("1", "--of", "backward.isometric_depth", "--at", "d=4+1"), "--at must give d a number"),
        (("1", "--of", "backward.isometric_depth", "--at", "d=4", "d=5"), "--at gives d twice"),
        (("1", "--of", "backward.isometric_depth", "--networks", "10" * 6), "give --no-limit"),
    ],
)
def test_mistakes_name_the_flag(arguments, words):
    result = invoke(*arguments)
    assert result.exit_code == 2
    message = next(line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert words in message
    assert "bn_theory." not in message


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["d=8"], {"d": 8}),
        (["d=8 n=4", "k=-1"], {"d": 8, "n": 4, "k": -1}),
        (["d = 8, v=1/2, alpha=1e-3"], {"d": 8, "v": 0.5, "alpha": 0.001}),
        (["eigenvalues=2,1,1", "k=2"], {"eigenvalues": (2, 1, 1), "k": 2}),
        (["eigenvalues=[2,1.5],k=(2, 1)"], {"eigenvalues": (2, 1.5), "k": (2, 1)}),
        (["gradient=[[1,0],[0,1]]"], {"gradient": ((1, 0), (0, 1))}),
        (["activation=tanh mean_removal=True"], {"activation": "tanh", "mean_removal": True}),
        (["gaussian=false", "mean_removal=TRUE"], {"gaussian": False, "mean_removal": True}),
        (["order=oo"], {"order": float("inf")}),
    ],
)
def test_values_are_read_by_hand(texts, values):
    assert read_assignments(texts) == values


@pytest.mark.parametrize(
    "text", ["d", "d=", "=8", "d=1;2", "d=__import__('os')", "d=1/0", "d=9" * 2000]
)
def test_what_is_no_value_is_refused(text):
    with pytest.raises(ValueError, match=r"must give|more than"):
        read_assignments([text])
