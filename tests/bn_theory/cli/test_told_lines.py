"""What `bn-theory` prints and writes, read back by other readers; names, patterns, Ctrl-C."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys

import pytest
import sympy as sp
from click.testing import CliRunner

import bn_theory
from bn_theory.cli import catalogue_commands, conclusions, main
from bn_theory.collection.names import chosen_formulas
from bn_theory.verification.verdicts import judge
from weingarten import InvalidInputError
from weingarten.sampled.running_means import Estimate

VARIANCE = "forward.row_norm_variance"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def output_of(*arguments):
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


# ------------------------------------------------------------------ names, patterns, words


def test_patterns_stand_for_names():
    names = [entry.name for entry in chosen_formulas("backward.*")]
    assert names == [name for name in bn_theory.catalogue() if name.startswith("backward.")]
    assert len(names) > 5
    both = [entry.name for entry in chosen_formulas(["forward.gram_mean", "forward.gram_m*"])]
    assert both == ["forward.gram_mean", "forward.gram_moments"]
    one = [entry.name for entry in chosen_formulas("?ackward.isometric_d[e]pth")]
    assert one == ["backward.isometric_depth"]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("backwrd.*", "did you mean backward.*?"),
        ("forward.row_norm_varianc?e", "did you mean forward.row_norm_variance"),
        ("x*", "bn-theory list names them all"),
    ],
)
@pytest.mark.parametrize("command", ["show", "verify", "list"])
def test_patterns_that_match_nothing_are_answered_with_near_ones(command, pattern, hint):
    result = invoke(command, pattern)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1


def test_words_find_formulas():
    lines = output_of("list", "gradient").splitlines()
    names = {line.split()[0] for line in lines}
    backward = {name for name in bn_theory.catalogue() if name.startswith("backward.")}
    assert names == backward | {"shaping.explosion_rate", "shaping.mean_field_gradient"}
    assert output_of("list", "Gram", "mean", "before").split()[0] == "forward.gram_mean"
    narrowed = output_of("list", "forward.*", "gaussian").splitlines()
    assert {line.split()[0] for line in narrowed} == {
        name for name in bn_theory.catalogue(about="gaussian") if name.startswith("forward.")
    }
    assert len(narrowed) >= 1


def test_words_that_nothing_is_about_are_answered_with_near_ones():
    result = invoke("list", "gradeint")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: WORD must be words that some formula is about; got 'gradeint'; "
        "did you mean gradient or gradients?\n"
    )
    with pytest.raises(InvalidInputError, match="about must be text"):
        bn_theory.catalogue(about=7)
    assert list(bn_theory.catalogue(about="")) == list(bn_theory.catalogue())


def test_several_formulas_are_shown():
    text = output_of("show", "forward.gram_*")
    for name in ("forward.gram_mean", "forward.gram_covariance", "forward.gram_moments"):
        assert text.count(f"{name}\n") == 1


def shell(**environment):
    code = (
        "import sys; sys.argv[0] = 'bn-theory';"
        "from bn_theory.cli.catalogue_commands import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return result.stdout


WHERE = {key: os.environ[key] for key in ("PATH", "PYTHONPATH") if key in os.environ}


def test_shells_complete_names():
    found = shell(
        **WHERE,
        _BN_THEORY_COMPLETE="bash_complete",
        COMP_WORDS="bn-theory verify backward.isometric_",
        COMP_CWORD="2",
    )
    expected = [name for name in bn_theory.catalogue() if name.startswith("backward.isometric_")]
    assert [line.split(",")[1] for line in found.splitlines()] == expected


@pytest.mark.campaign
def test_other_shells_have_their_source():
    assert "--command bn-theory" in shell(**WHERE, _BN_THEORY_COMPLETE="fish_source")
    assert "#compdef bn-theory" in shell(**WHERE, _BN_THEORY_COMPLETE="zsh_source")


# ------------------------------------------------------------------ formats


def test_list_in_every_format():
    rows = json.loads(output_of("list", "--format", "json"))
    assert {row["name"]: row["title"] for row in rows} == {
        name: entry.title for name, entry in bn_theory.catalogue().items()
    }
    assert list(csv.DictReader(io.StringIO(output_of("list", "--format", "csv")))) == rows
    lines = output_of("list", "--format", "markdown").splitlines()
    assert len(lines) == len(rows) + 2
    # a bar of a title is escaped, and ends no cell
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {3}
    assert output_of("list", "--latex").count(r"\item") == len(rows)


def test_a_formula_survives_json():
    (row,) = json.loads(output_of("show", VARIANCE, "--format", "json"))
    d, v = sp.symbols("d v")
    assert sp.sympify(row["statement"]) == 2 * v / (d + 2)
    assert row["relation"] == "=="
    assert set(row["symbols"]) == {"d", "v"}
    assert row["latex"].endswith(r"\frac{2 v}{d + 2}")
    (third,) = json.loads(output_of("show", "forward.row_norm_moment(3)", "--format", "json"))
    assert third["parameters"] == {"k": 3}


def test_formulas_in_markdown_and_latex():
    text = output_of("show", "forward.gram_mean", VARIANCE, "--format", "markdown")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["forward.gram_mean", VARIANCE]
    assert text.count("$$") == 4
    lines = output_of("show", "forward.gram_mean", VARIANCE, "--latex").splitlines()
    assert lines == [bn_theory.formula(name).latex() for name in ("forward.gram_mean", VARIANCE)]


def test_verdicts_in_every_format():
    request = ("verify", "backward.isometric_depth", "--samples", 50, "--seed", 3)
    rows = json.loads(output_of(*request, "--format", "json"))
    cases = bn_theory.formula("backward.isometric_depth").cases
    assert [row["values"] for row in rows] == [dict(case.values) for case in cases]
    for row in rows:
        z = (row["sampled"] - float(sp.Rational(row["predicted"]))) / row["stderr"]
        assert row["z"] == pytest.approx(z)
        assert (row["relation"], row["verdict"], row["networks"]) == ("==", "pass", 50)
    table = list(csv.DictReader(io.StringIO(output_of(*request, "--format", "csv"))))
    assert [row["predicted"] for row in table] == [row["predicted"] for row in rows]
    assert table[0]["values"] == "d: 2; depth: 3"
    assert r"\begin{longtable}" in output_of(*request, "--latex")
    assert len(output_of(*request, "--format", "markdown").splitlines()) == len(rows) + 2


def test_json_of_verdicts_is_standard_where_a_statement_is_infinite():
    def refuse(word):
        raise AssertionError(word)

    text = output_of("verify", "forward.rectangular_step(-4)", "--samples", 50, "--format", "json")
    rows = json.loads(text, parse_constant=refuse)
    assert (rows[0]["predicted"], rows[0]["verdict"], rows[0]["z"]) == ("oo", "undecided", None)


def test_lines_show_relation_score_and_word():
    lines = output_of("verify", "backward.isometric_invariant", "--samples", 20).splitlines()
    pattern = r".* predicted ≤ 0, holds in every draw \(off by at most .*\) \(20 networks.*\): pass"
    assert all(re.fullmatch(pattern, line) for line in lines[:-1])
    lines = output_of("verify", "backward.isometric_depth", "--samples", 200).splitlines()
    pattern = r".* predicted = .*, sampled .* ± .* \(200 networks, seed \d+\), z = [+-].*: pass"
    assert all(re.fullmatch(pattern, line) for line in lines[:-1])


def test_a_word_is_final_only_if_no_other_verdict_can_change_it():
    def word(z):
        verdict = judge("f", {}, sp.Integer(0), Estimate(z, 1.0, 10**6, 0), level=0.01)
        return conclusions._word_so_far(verdict, 10)

    # two-sided levels 0.01 and 0.001 of the normal law
    assert [word(2.5), word(2.7), word(3.2), word(3.4)] == [
        "pass", "open until all verdicts are in", "open until all verdicts are in", "rejected"
    ]  # fmt: skip


# ------------------------------------------------------------------ files


@pytest.mark.latex
def test_the_exported_document_compiles(tmp_path):
    file = tmp_path / "formulas.tex"
    result = invoke("export", file, "shaping.*", "forward.row_norm_*", "backward.isometric_*")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"wrote {file} (")
    compiled = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    log = compiled.stdout.decode("utf-8", "replace")
    assert compiled.returncode == 0, log
    widths = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(widths, default=0) < 10


def test_exported_files_hold_the_catalogue(tmp_path):
    for name in ("a.json", "a.csv", "a.md"):
        assert invoke("export", tmp_path / name, "forward.gram_*", VARIANCE).exit_code == 0
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    d, v = sp.symbols("d v")
    assert sp.sympify(rows[-1]["statement"]) == 2 * v / (d + 2)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row["statement"] for row in table] == [row["statement"] for row in rows]
    assert (tmp_path / "a.md").read_text(encoding="utf-8").count("\n## ") == 3


def test_files_that_cannot_be_written_are_refused(tmp_path):
    result = invoke("export", tmp_path / "formulas.txt")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: FILE must end in .tex, .json, .md, .csv; got")
    assert invoke("export", tmp_path / "none" / "a.json", VARIANCE).exit_code == 2
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------ exit statuses


def test_exit_statuses_are_in_the_help():
    text = output_of("--help")
    found = dict(re.findall(r"^ +(\d+) +(\S.*)$", text, re.MULTILINE))
    assert set(found) == {"0", "1", "2", "130"}


@pytest.mark.campaign
def test_ctrl_c_sums_up_what_is_done():
    # more networks than the test waits for; the first verdicts come soon
    arguments = ["verify", "backward.isometric_depth", "--samples", "20000", "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bn_theory", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    first = process.stdout.readline()
    assert first.startswith("backward.isometric_depth [d=2, depth=3]")
    # as a terminal does: to every process of the group, the workers too
    os.killpg(process.pid, signal.SIGINT)
    try:
        output, errors = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        # what is left running would fail another test
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 130, errors
    assert re.search(r"^\d of \d verdicts passed", output, re.MULTILINE)
    assert re.search(r"^interrupted: \d of 6 verdicts are in$", errors, re.MULTILINE)
    assert "Traceback" not in errors


def test_interrupted_work_is_printed_as_data(monkeypatch):
    def stopped(_, *, on_verdict, **__):
        on_verdict(judge("f", {}, sp.Rational(1, 2), Estimate(0.5, 0.1, 100, 0)))
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue_commands, "campaign", stopped)
    result = invoke("verify", VARIANCE, "--format", "json")
    assert result.exit_code == 130
    assert [row["formula"] for row in json.loads(result.stdout)] == ["f"]
    assert "interrupted: 1 of " in result.stderr
