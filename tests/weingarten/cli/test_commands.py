"""The command line: what it prints, and one clear line with status 2 for every mistake."""

import io
import re
import shlex
import subprocess
import sys

import click
import pytest
import sympy as sp
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from weingarten import latex, wg, wg_table
from weingarten.cli import commands as cli
from weingarten.cli.integers import parse_partition, parse_powers, parse_set_partitions
from weingarten.ensembles.family import FAMILY
from weingarten.moments import moment

d = sp.Symbol("d")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def output_of(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def error_of(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: ")
    return result.stderr.removeprefix("Error: ").rstrip("\n")


class TestWg:
    def test_value(self):
        assert output_of("wg", "2,1") == "-1/(d*(d - 2)*(d - 1)*(d + 4))\n"

    def test_order_of_parts_and_spaces_do_not_matter(self):
        assert output_of("wg", " 1, 2 ") == output_of("wg", "2,1")

    def test_integer_dimension(self):
        assert output_of("wg", "2,1", "--dim", "5") == f"{wg((2, 1), 5)}\n"

    def test_dimension_below_the_order_is_the_pseudo_inverse(self):
        # O(1) = {1, -1}: every even moment is 1, the sum of Wg over the 3 x 3 pairs of pairings
        one, two = (sp.Rational(output_of("wg", mu, "--dim", "1").strip()) for mu in ("1,1", "2"))
        assert 3 * one + 6 * two == 1

    def test_latex(self):
        assert output_of("wg", "2,1", "--latex") == latex(wg((2, 1), d)) + "\n"


class TestTable:
    def test_one_line_for_each_partition(self):
        lines = [line.split(maxsplit=1) for line in output_of("table", "4").splitlines()]
        values = {parse_partition(name): value for name, value in lines}
        assert values == {mu: str(value) for mu, value in wg_table(4, d).items()}

    def test_columns_are_aligned(self):
        lines = output_of("table", "3").splitlines()
        assert len({len(line) - len(line.split(maxsplit=1)[1]) for line in lines}) == 1

    def test_integer_dimension(self):
        values = [line.split()[1] for line in output_of("table", "3", "--dim", "2").splitlines()]
        assert values == [str(value) for value in wg_table(3, 2).values()]

    def test_latex_is_one_environment(self):
        lines = output_of("table", "3", "--latex").splitlines()
        assert (lines[0], lines[-1]) == (r"\begin{align*}", r"\end{align*}")
        assert [line.endswith(r"\\") for line in lines[1:-1]] == [True, True, False]
        for line, (mu, value) in zip(lines[1:-1], wg_table(3, d).items(), strict=True):
            assert rf"\mathrm{{Wg}}_{{{','.join(map(str, mu))}}}(d)" in line
            assert latex(value) in line


class TestMoment:
    def test_value(self):
        assert output_of("moment", "2,0;0,2") == f"{moment([[2, 0], [0, 2]], d)}\n"

    def test_one_entry(self):
        assert output_of("moment", "2") == "1/d\n"

    def test_odd_degree_is_zero(self):
        assert output_of("moment", "1,0;0,2") == "0\n"

    def test_integer_dimension(self):
        # E (O_11 O_22)^2 on O(2) is E cos^4 = 3/8
        assert output_of("moment", "2,0;0,2", "--dim", "2") == "3/8\n"

    def test_thousands_of_digits(self):
        limit = sys.get_int_max_str_digits()
        # E O_11^6000 on O(2) is E cos^6000 = binomial(6000, 3000) / 2^6000
        expected = sp.binomial(6000, 3000) / sp.Integer(2) ** 6000
        assert output_of("moment", "6000", "--dim", "2") == f"{expected}\n"
        assert len(output_of("moment", "3000,2")) > limit
        assert sys.get_int_max_str_digits() == limit

    def test_latex(self):
        assert output_of("moment", "4", "--latex") == latex(moment([[4]], d)) + "\n"


class TestGroups:
    def test_functions(self):
        assert output_of("wg", "2,1", "--group", "U") == f"{wg((2, 1), d, group='U')}\n"
        assert output_of("wg", "2", "--group", "Sp", "--dim", "4") == f"{wg((2,), 4, group='Sp')}\n"

    def test_tables(self):
        lines = [
            line.split(maxsplit=1) for line in output_of("table", "3", "--group", "U").splitlines()
        ]
        expected = {",".join(map(str, mu)): str(v) for mu, v in wg_table(3, d, group="U").items()}
        assert dict(lines) == expected

    def test_moments(self):
        shown = output_of("moment", "1,0;0,1", "--group", "U", "--conjugate", "0,1;1,0")
        assert shown == "-1/(d*(d - 1)*(d + 1))\n"

    def test_records_name_the_group(self):
        import json

        record = json.loads(
            output_of("moment", "1", "--group", "COE", "--conjugate", "1", "--format", "json")
        )
        assert record["group"] == "COE"
        assert record["valid_for"] == "d >= 1"
        assert "group" not in json.loads(output_of("moment", "2", "--format", "json"))

    def test_tables_of_permutations(self):
        lines = output_of("table", "2", "--group", "permutation", "--dim", "4").splitlines()
        # the inverse of [[4, 4], [4, 16]]
        assert [x.split() for x in lines] == [
            ["0,1;0,1", "1/3"], ["0,1;0/1", "-1/12"], ["0/1;0,1", "-1/12"], ["0/1;0/1", "1/12"],
        ]  # fmt: skip
        assert r"_{0,1;\,0\mid 1}" in output_of(
            "table", "2", "--group", "permutation", "--format", "latex"
        )
        assert "--no-limit" in error_of("table", "9", "--group", "permutation")

    def test_permutations_take_two_set_partitions(self):
        pair = (((0, 1), (2,)), ((0,), (1, 2)))
        text = ("wg", "0,1/2; 0/1,2", "--group", "permutation")
        assert output_of(*text) == f"{wg(pair, d, group='permutation')}\n"
        assert output_of(*text, "--dim", "2") == f"{wg(pair, 2, group='permutation')}\n"
        assert '"d >= 3"' in output_of(*text, "--format", "json")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("0,1/2", "there must be two"),
            ("0,x/2;0/1,2", "character 3 is 'x', not a non-negative integer"),
            ("0/1;0/2", "'0/1;0/2': both must have the same points, each of them once, as in"),
            ("0,1/1;0,1", "'0,1/1;0,1': both must have the same points, each of them once"),
            ("0,1;0", "'0,1;0': both must have the same points"),
        ],
    )
    def test_wrong_set_partitions(self, text, message):
        assert message in error_of("wg", text, "--group", "permutation")

    def test_odd_sizes_are_one_line(self):
        assert error_of("wg", "1", "--group", "Sp", "--dim", "3").startswith("--dim must be even")


class TestSpellings:
    """What people write, beside what the help says."""

    @pytest.mark.parametrize(
        ("text", "options", "value"),
        [
            ("tr(U*A*U^H*B)", ("--unitary", "U"), "Trace(A)*Trace(B)/d"),
            ("tr(U*A*U^dagger*B)", ("--unitary", "U"), "Trace(A)*Trace(B)/d"),
            ("tr(W*A*W^T*B)", (), "Trace(A)*Trace(B)/d"),
            ("|U[0,0]|^4", ("--unitary", "U", "--d", "3"), "1/6"),
            ("|tr(U)*conj(tr(V))|^2", ("--unitary", "U,V"), "1"),
            ("||U[0,0]|^2*3|^2", ("--unitary", "U", "--dim", "2"), "3"),
            ("|C[0,0]|^2", ("--random", "C=COE"), "2/(d + 1)"),
            ("tr(C*C)", ("--random", "C=gue"), "d**2"),
            ("tr(C*C.H)", ("--random", "C=HaarSymplectic"), "d"),
        ],
    )
    def test_averages(self, text, options, value):
        assert output_of("expect", text, *options).splitlines()[0] == value

    def test_groups_in_any_case(self):
        assert output_of("wg", "2,1", "--group", "u") == output_of("wg", "2,1", "--group", "U")
        assert output_of("wg", "2,1", "--group", "SP") == output_of("wg", "2,1", "--group", "Sp")

    @pytest.mark.parametrize(
        ("text", "message"),
        [("|U|^2", "bars around a matrix"), ("|U[0,0]^2", "the end of"), ("tr(U^x)", "exponent x")],
    )
    def test_mistakes(self, text, message):
        result = run("expect", text, "--unitary", "U")
        assert result.exit_code == 2
        assert message in result.stderr


class TestSeries:
    @pytest.mark.parametrize("group", ["O", "U", "Sp", "COE", "CSE"])
    def test_value(self, group):
        found = sp.sympify(output_of("series", "2,1", "--group", group, "--order", "4"))
        rest = wg((2, 1), d, group=group) - found.subs(sp.Symbol("d"), d)
        assert abs(rest.subs(d, 10**4)) < 1e-28  # beside d^-4, d^-8 is left out

    def test_permutations(self):
        assert output_of("series", "0,1;0/1", "--group", "permutation", "--order", "2") == (
            "-1/d**2 - 1/d**3\n"
        )

    def test_there_is_no_dimension_to_give(self):
        assert "--dim" not in output_of("series", "--help")
        assert "No such option '--dim'" in run("series", "2,1", "--dim", "3").stderr


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "2,x",
                "cannot read coset type '2,x': part 2 (character 3) is 'x', not a positive integer",
            ),
            (
                "",
                "cannot read coset type '': part 1 (character 1) is empty, not a positive integer",
            ),
            (
                "2,,1",
                "cannot read coset type '2,,1': part 2 (character 3) is empty, "
                "not a positive integer",
            ),
            (
                "2, 0",
                "cannot read coset type '2, 0': part 2 (character 4) is '0', "
                "not a positive integer",
            ),
            (
                "2,1.5",
                "cannot read coset type '2,1.5': part 2 (character 3) is '1.5', "
                "not a positive integer",
            ),
            (
                "9999999999",
                "cannot read coset type '9999999999': part 1 (character 1) is "
                "'9999999999', not a positive integer of at most 9 digits",
            ),
        ],
    )
    def test_coset_type(self, text, message):
        assert error_of("wg", text) == message

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "2,0; 0,y",
                "cannot read powers '2,0; 0,y': entry 2 of row 2 (character 8) is 'y', "
                "not a non-negative integer",
            ),
            (
                "2;-2",
                "cannot read powers '2;-2': entry 1 of row 2 (character 3) is '-2', "
                "not a non-negative integer",
            ),
            (
                "2,0;",
                "cannot read powers '2,0;': entry 1 of row 2 (character 5) is empty, "
                "not a non-negative integer",
            ),
            ("2,0;2", "cannot read powers '2,0;2': row 2 has length 1 but row 1 has length 2"),
        ],
    )
    def test_powers(self, text, message):
        assert error_of("moment", text) == message

    @pytest.mark.parametrize("text", ["0", "-1", "2.5", "d", "", "__import__('os')"])
    def test_dimension(self, text):
        assert error_of("wg", "2", f"--dim={text}") == (
            f"cannot read --dim {text!r}: it must be a positive integer; leave it out for a "
            "result in the symbol d"
        )

    @pytest.mark.parametrize("text", ["x", "4.0", "", "²"])
    def test_order(self, text):
        assert error_of("table", text) == (
            f"cannot read order {text!r}: it must be a non-negative integer such as 4"
        )

    def test_more_rows_than_the_dimension(self):
        message = error_of("moment", "2;2;2", "--dim", "2")
        assert "powers" in message or "d " in message
        assert "got" in message

    def test_cost_limit(self):
        message = error_of("table", "40")
        assert message.startswith("wg_table(40) needs about ")
        assert message.endswith(
            "seconds, over the limit of 60; give --no-limit to go on regardless"
        )
        # what would take years is not to be started
        remedy = "ask for less, or give --no-limit to go on regardless"
        assert error_of("wg", "100000").endswith(remedy)

    def test_cost_limit_is_lifted(self, monkeypatch):
        monkeypatch.setattr(cli, "wg", lambda *_, group, max_cost: max_cost)
        assert output_of("wg", "2") == "60.0\n"
        assert output_of("wg", "2", "--no-limit") == "None\n"

    def test_wrong_use_of_options(self):
        result = run("wg", "2", "--dimension", "3")
        assert result.exit_code == 2
        assert "No such option" in result.stderr


@given(st.text(alphabet="0123456789,;/ -+*()x²٣\n", max_size=12))
def test_any_text_is_read_or_refused_with_a_value_error(text):
    for parse in (parse_partition, parse_powers, parse_set_partitions):
        try:
            assert parse(text)
        except ValueError as error:
            message = str(error)
            assert repr(text) in message


@given(st.lists(st.integers(1, 10**9 - 1), min_size=1))
def test_partitions_survive_a_round_trip(parts):
    assert parse_partition(",".join(map(str, parts))) == tuple(sorted(parts, reverse=True))


@given(st.integers(1, 4), st.data())
def test_powers_survive_a_round_trip(columns, data):
    row = st.lists(st.integers(0, 99), min_size=columns, max_size=columns).map(tuple)
    rows = tuple(data.draw(st.lists(row, min_size=1, max_size=4)))
    assert parse_powers(";".join(",".join(map(str, row)) for row in rows)) == rows


@pytest.mark.parametrize(("name", "words"), [("wg", "twice their sum"), ("table", "d >= 2 N")])
def test_help_names_the_groups_that_need_twice_the_size(name, words):
    text = " ".join(output_of(name, "--help").split())
    before = text.partition(words)[0].rpartition("--group")[2]
    named = set(re.findall(r"\w+", before))
    least = {group: law.holds_from(3) for group, law in FAMILY.items()}
    assert named & set(FAMILY) == {group for group, d_from in least.items() if d_from > 3}


@pytest.mark.parametrize("name", [None, *sorted(cli.main.commands)])
def test_help_shows_examples(name):
    text = output_of(*filter(None, [name]), "--help")
    assert "Examples:" in text
    assert text.count("  weingarten ") >= 3


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_examples_in_the_help_run(name):
    command = cli.main.commands[name]
    context = click.Context(command, info_name=name, parent=click.Context(cli.main))
    lines = [line.strip() for line in command.get_help(context).splitlines()]
    examples = [shlex.split(line)[1:] for line in lines if line.startswith("weingarten ")]
    assert examples
    for arguments in examples:
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert result.stdout


def test_installed_command():
    source = "from weingarten.cli.commands import main; main()"
    version = subprocess.run(
        [sys.executable, "-c", source, "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("weingarten, version ")
    mistake = subprocess.run(
        [sys.executable, "-c", source, "wg", "two"], capture_output=True, text=True, check=False
    )
    assert mistake.returncode == 2
    assert mistake.stderr.splitlines() == [
        "Error: cannot read coset type 'two': part 1 (character 1) is 'two', not a positive integer"
    ]


class _Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("limit", [(), ("--no-limit",)])
def test_progress_is_told_on_a_terminal_and_its_line_emptied(monkeypatch, capsys, limit):
    monkeypatch.setattr("weingarten.budget._SECONDS_BETWEEN_REPORTS", 0.0)
    shown = _Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    cli.main(["expect", "tr(W*A)**4", *limit], standalone_mode=False)
    assert "averaging over W: 0 s" in shown.getvalue()
    assert shown.getvalue().endswith("\r\x1b[K")
    assert capsys.readouterr().out.endswith("valid for d >= 2\n")
