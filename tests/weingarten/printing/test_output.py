"""The printed formats carry the exact result: other readers find in them what was computed."""

import csv
import io
import json
import math
import signal
import subprocess
import sys

import pytest
import sympy as sp
from click.testing import CliRunner

from weingarten import latex, moment, wg, wg_table
from weingarten.cli import terminal
from weingarten.cli.commands import main
from weingarten.printing.output import FORMATS, Output, as_text, written

d = sp.Symbol("d")


def output_of(*arguments):
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


def read_markdown(text):
    """Return the rows of a table in Markdown, by the rules of GitHub: bars end cells."""
    head, rule, *rows = [
        [cell.strip() for cell in line[1:-1].split(" | ")] for line in text.splitlines()
    ]
    assert set(rule) == {"---"}
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_json_of_a_function_of_d():
    found = json.loads(output_of("wg", "1,2", "--format", "json"))
    assert found["coset_type"] == "2,1"
    assert found["valid_for"] == "d >= 3"
    assert sp.sympify(found["value"]) == wg((2, 1), d)


@pytest.mark.parametrize("style", ["json", "csv"])
def test_matrices_are_read_back_by_their_names(style):
    A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
    for text, value in {
        "tr(W*A*W.T*B)": sp.Trace(A) * sp.Trace(B) / d,
        "W*A*W.T": sp.MatMul(sp.Trace(A) / d, sp.Identity(d)),
    }.items():
        printed = output_of("expect", text, "--format", style)
        row = json.loads(printed) if style == "json" else read_csv(printed)[0]
        assert sp.sympify(row["value"], locals={"A": A, "B": B}) == value


def test_eigenvalues_are_read_back_as_a_list():
    value = sp.IndexedBase("lambda")[sp.Symbol("i")] + 1
    assert as_text(value) == "lamda[i] + 1"
    assert sp.sympify(as_text(value), locals={"lamda": sp.IndexedBase("lambda")}) == value


def test_json_of_a_number_holds_for_its_dimension():
    found = json.loads(output_of("moment", "2,0;0,2", "--dim", "2", "--format", "json"))
    assert found == {"powers": "2,0;0,2", "d": "2", "value": "3/8", "valid_for": None}


@pytest.mark.parametrize(("powers", "least"), [("4", 1), ("2,2,2", 3), ("0,0;2,0;0,2", 2)])
def test_the_range_of_a_moment_counts_rows_and_columns(powers, least):
    found = json.loads(output_of("moment", powers, "--format", "json"))
    assert found["valid_for"] == f"d >= {least}"
    # there it is the exact value, which the integer dimension gives without the formula
    matrix = [[int(x) for x in row.split(",")] for row in powers.split(";")]
    assert sp.sympify(found["value"]).subs(d, 3) == moment(matrix, 3)


@pytest.mark.parametrize("reader", [json.loads, read_csv])
def test_tables_hold_every_function(reader):
    style = "json" if reader is json.loads else "csv"
    rows = reader(output_of("table", "4", "--format", style))
    found = {
        tuple(map(int, row["coset_type"].split(","))): sp.sympify(row["value"]) for row in rows
    }
    table = wg_table(4, d)
    assert list(found) == list(table)
    assert all(sp.cancel(found[mu] - table[mu]) == 0 for mu in table)
    assert {row["valid_for"] for row in rows} == {"d >= 4"}


def test_markdown_is_a_table_of_formulas():
    rows = read_markdown(output_of("table", "3", "--format", "markdown"))
    assert [row["coset_type"] for row in rows] == ["3", "2,1", "1,1,1"]
    assert [row["value"] for row in rows] == [f"${latex(x)}$" for x in wg_table(3, d).values()]


def test_expect_says_from_which_d_it_holds_in_every_format():
    for style in ("text", "latex", "json", "csv", "markdown"):
        assert "d >= 2" in output_of("expect", "tr(W)**4", "--format", style).replace("\\", "")
    assert output_of("expect", "tr(W)**4", "--format", "latex") == "3 % valid for d >= 2\n"


def test_steps_are_data():
    found = json.loads(output_of("expect", "tr(W*A)**4", "--steps", "--format", "json"))
    (step,) = found["steps"]
    values = {tuple(map(int, mu.split(","))): value for mu, value in step["functions"].items()}
    assert {mu: sp.sympify(value) for mu, value in values.items()} == dict(wg_table(2, d))
    assert step["result"] == found["value"]


def test_latex_is_an_alias():
    for arguments in (["wg", "2,1"], ["table", "2"], ["moment", "4"], ["expect", "tr(W)**2"]):
        assert output_of(*arguments, "--latex") == output_of(*arguments, "--format", "latex")
    result = CliRunner().invoke(main, ["wg", "2", "--latex", "--format", "csv"])
    assert result.exit_code == 2
    assert result.stderr == "Error: --latex contradicts --format csv; give one of them\n"


def test_unknown_formats_are_refused_with_the_known_ones():
    result = CliRunner().invoke(main, ["wg", "2", "--format", "yaml"])
    assert result.exit_code == 2
    assert all(f"'{style}'" in result.stderr for style in FORMATS)


AWKWARD = {
    "text": 'a "quoted", comma; and\na line | with a bar',
    "value": sp.Abs(sp.Symbol("x")) / 3,
    "number": math.inf,
    "nothing": None,
    "list": ["x", 1],
    "mapping": {sp.Symbol("v"): "a, variance"},
    "flag": True,
}
OUTPUT = Output(records=lambda: [AWKWARD], text=lambda: "text", latex=lambda: "latex")


def test_csv_quotes_what_needs_it():
    (row,) = read_csv(written(OUTPUT, "csv"))
    assert row == {
        "text": AWKWARD["text"],
        "value": "Abs(x)/3",
        "number": "inf",
        "nothing": "",
        "list": "x; 1",
        "mapping": "v: a, variance",
        "flag": "true",
    }


def test_json_is_standard():
    def refuse(word):
        raise AssertionError(word)

    (row,) = json.loads(written(OUTPUT, "json"), parse_constant=refuse)
    assert row["number"] == "inf"
    assert row["nothing"] is None
    assert row["flag"] is True
    assert row["mapping"] == {"v": "a, variance"}


def test_bars_and_lines_do_not_break_a_markdown_table():
    (row,) = read_markdown(written(OUTPUT, "markdown"))
    assert row["value"] == r"$\frac{\left\vert {x}\right\vert }{3}$"
    assert row["text"].endswith(r"a line \| with a bar")


def test_a_single_output_is_an_object_and_several_are_a_list():
    single = Output(records=OUTPUT.records, text=OUTPUT.text, latex=OUTPUT.latex, single=True)
    assert isinstance(json.loads(written(single, "json")), dict)
    assert isinstance(json.loads(written(OUTPUT, "json")), list)
    empty = Output(records=list, text=str, latex=str)
    assert [written(empty, style) for style in FORMATS] == ["", "", "[]", "", ""]


def test_numbers_of_any_length_are_written_in_every_format():
    limit = sys.get_int_max_str_digits()
    found = json.loads(output_of("moment", "6000", "--dim", "2", "--format", "json"))["value"]
    # E O_11^6000 on O(2) is binomial(6000, 3000) / 2^6000
    assert len(found) > 3000
    assert sp.Rational(found) == sp.binomial(6000, 3000) / sp.Integer(2) ** 6000
    assert sys.get_int_max_str_digits() == limit


def test_lists_are_joined():
    assert as_text(("a", ["b", None])) == "a; b; "


def test_ctrl_c_ends_with_130():
    # the process waits in its own command, so that the signal arrives while a command runs
    code = (
        "import time\n"
        "from weingarten.cli import commands as cli\n"
        "def wait(*_, **__):\n"
        "    print('started', flush=True)\n"
        "    time.sleep(60)\n"
        "cli.wg = wait\n"
        "cli.main(['wg', '2'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == terminal.INTERRUPTED == 130
    assert errors == "interrupted\n"
