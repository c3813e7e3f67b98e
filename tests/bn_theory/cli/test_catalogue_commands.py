"""The command line, through click's runner."""

import json

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner

import bn_theory
from bn_theory.cli import catalogue_commands, main


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_list_names_every_formula():
    result = invoke("list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(bn_theory.catalogue())


def test_show_prints_the_statement():
    result = invoke("show", "forward.row_norm_variance")
    assert result.exit_code == 0
    assert "d + 2" in result.stdout
    assert "holds for" in result.stdout
    latex = invoke("show", "forward.row_norm_variance", "--latex").stdout
    assert latex == r"\mathrm{Var}(a_j) = \frac{2 v}{d + 2}" + "\n"


def test_show_lists_each_quantity_once_and_prints_psi():
    lines = invoke("show", "backward.gaussian_growth").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("lambda", "eigenv", "d "))] == [
        "lambda[i]", "d", "eigenvalues",
    ]  # fmt: skip
    assert any("ψ" in line for line in lines)
    assert not any("polygamma" in line for line in lines)
    (order,) = (x for x in invoke("show", "forward.rectangular_step").stdout.splitlines()
                if x.startswith("k "))  # fmt: skip
    assert order.endswith("; here -1")


@pytest.mark.parametrize("command", ["show", "verify"])
def test_unknown_names_are_answered_with_near_ones(command):
    result = invoke(command, "forward.row_norm_varianc")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "Error: NAME must be a formula of the catalogue; got 'forward.row_norm_varianc'; "
        "did you mean forward.row_norm_variance"
    )
    assert result.stderr.count("\n") == 1


def test_verify_confirms_and_reports():
    result = invoke("verify", "backward.isometric_depth", "--samples", 200, "--seed", 1)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    count = len(bn_theory.formula("backward.isometric_depth").cases)
    assert lines[-1] == f"{count} of {count} verdicts passed"
    assert lines[0].startswith("backward.isometric_depth [d=2, depth=3]: predicted = 0.3125")


def test_a_failed_verdict_sets_the_exit_status(monkeypatch):
    entry = bn_theory.formula("backward.isometric_depth")
    wrong = entry.with_expr(entry.expr * 2)
    monkeypatch.setattr(catalogue_commands, "chosen_formulas", lambda names: [wrong])
    result = invoke("verify", "x", "--samples", 200)
    assert result.exit_code == 1
    assert "0 of 6 verdicts passed, 6 rejected" in result.stdout
    assert "rejected: backward.isometric_depth" in result.stdout
    # its numbers are told once
    assert result.stdout.count("predicted = ") == 6
    assert result.stdout.splitlines()[0].endswith(": rejected")
    found = invoke("verify", "x", "--samples", 200, "--format", "json")
    assert found.exit_code == 1
    assert {row["verdict"] for row in json.loads(found.stdout)} == {"rejected"}


def test_an_undecided_verdict_is_counted_and_sets_no_exit_status():
    result = invoke("verify", "forward.rectangular_step(-4)", "--samples", 2000)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1] == "1 of 3 verdicts passed, 2 undecided"
    assert lines[0].startswith("forward.rectangular_step(-4) [d=8, rank=7, k=-4]: predicted = inf")
    assert lines[3].startswith("undecided: forward.rectangular_step(-4) [d=8, rank=7, k=-4] (the ")
    assert lines[3].endswith("(the statement is infinite: no sampled mean confirms it)")


def test_the_order_that_is_named_is_the_one_that_is_sampled():
    result = invoke("verify", "forward.row_norm_moment(3)", "--samples", 300)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) >= 4
    assert all("k=3]" in line for line in lines[:3])
    assert "k=2" not in result.stdout
    assert "k=4" not in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [("verify", "--samples", "1"), ("verify", "--seed", "-1"), ("verify", "--level", "1"),
     ("report", "--depth", "0"), ("report", "--width", "1"), ("verify", "--samples", "1+1")],
)  # fmt: skip
def test_options_outside_their_range_are_usage_errors(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Invalid value" in result.stderr


@pytest.mark.campaign
def test_report_on_a_batch_of_ones_own(tmp_path):
    np.save(tmp_path / "batch.npy", np.random.default_rng(0).standard_normal((5, 7)))
    result = invoke(
        "report", "--data", tmp_path / "batch.npy", "--out", tmp_path / "out", "--depth", 4,
        "--networks", 20, "--samples", 50, "--formulas", "forward.gap_*", "--weights", "gaussian",
        "--activation", "sin", "--alpha", 0.05, "--batch", 4, "--formulas", "forward.gram_mean",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert f"wrote {tmp_path / 'out' / 'index.html'}" in result.stdout
    record = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (record["source"], record["network"]["width"]) == ("batch.npy", 4)
    assert record["network"]["weights"] == "gaussian"
    assert record["shaping"] == {"activation": "sin", "alpha": 0.05, "exponent": 0.5}
    assert set(record["formulas"]) == {
        "forward.gram_mean", "forward.gap_telescoping", "forward.gap_bound",
        "forward.gap_contraction_bound", "forward.gap_depth_bound", "forward.gap_never_grows",
    }  # fmt: skip


def test_report_on_digits(tmp_path):
    result = invoke(
        "report", "--out", tmp_path, "--depth", 3, "--width", 8, "--networks", 10, "--samples", 50,
        "--workers", 2, "--formulas", "forward.gap_bound",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert record["source"] == "8 handwritten digits"
    assert record["network"]["input_width"] == 64


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.ones((3, 4)), "--data must have full rank 3"),
        (np.full((3, 4), np.nan), "--data must be finite"),
        (np.ones((4, 3)), "--data must have at least as many features as samples"),
        (np.array([["a"]]), "--data must hold real numbers"),
    ],
)
def test_a_bad_batch_is_refused_in_one_line(tmp_path, rows, message):
    np.save(tmp_path / "batch.npy", rows)
    result = invoke("report", "--data", tmp_path / "batch.npy", "--out", tmp_path / "out")
    assert result.exit_code == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert errors[0].startswith(f"Error: {message}")


def test_more_digits_than_pixels_and_unusable_folders_are_refused(tmp_path):
    result = invoke("report", "--width", 65, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "must have at least as many features as samples" in result.stderr
    (tmp_path / "file").write_text("x")
    result = invoke("report", "--out", tmp_path / "file")
    assert result.exit_code == 2
    assert "file: File exists" in result.stderr
    result = invoke("report", "--data", tmp_path / "none.npy", "--out", tmp_path)
    assert result.exit_code == 2
    assert "--data must be an existing file" in result.stderr


def test_a_job_that_would_take_hours_is_refused(tmp_path):
    result = invoke("report", "--networks", 10**7, "--samples", 50, "--out", tmp_path)
    assert result.exit_code == 2
    assert "or give --no-limit" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nope"), "bn-theory list"),
        (("show", "forward.row_norm_moment(x)"), "must be a formula of the catalogue"),
        (("show", "forward.row_norm_moment(120)"), "give --no-limit to go on regardless"),
        (("verify", "forward.row_norm_variance", "--samples", "1000000000"), "or give --no-limit"),
        (("report", "--depth", "1000000000"), "depth 1000000000 needs about"),
        (("report", "--networks", "100000000"), "give --no-limit to go on regardless"),
    ],
)
def test_refusals_speak_of_flags(arguments, words, tmp_path):
    where = ["--out", str(tmp_path)] if arguments[0] == "report" else []
    result = invoke(*arguments, *where)
    assert result.exit_code == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("Error: ")
    assert words in last
    assert "=None" not in result.output


def test_limits_are_lifted(monkeypatch):
    granted = {}
    monkeypatch.setattr(
        catalogue_commands, "campaign", lambda *_, **options: granted.update(options) or ()
    )
    for flags, limit in (([], 900.0), (["--no-limit"], None)):
        assert invoke("verify", "forward.row_norm_variance", *flags).exit_code == 0
        assert granted["max_seconds"] == limit
    assert invoke("show", "forward.row_norm_moment(3)", "--no-limit").exit_code == 0


def test_an_interrupted_report_sums_up_what_is_done(tmp_path, monkeypatch):
    from bn_theory.study import run

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "follow_networks", stop)
    result = invoke(
        "report", "--out", tmp_path / "out", "--depth", 3, "--width", 6, "--networks", 10,
        "--samples", 60, "--workers", 1, "--formulas", "forward.gap_bound",
    )  # fmt: skip
    assert result.exit_code == 130
    count = len(bn_theory.formula("forward.gap_bound").cases) + 5  # five at the batch's spectrum
    assert f" of {count} verdicts passed" in result.stdout
    last = result.stderr.splitlines()[-1]
    assert last.startswith("interrupted: while following the batch layer by layer; ")
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.parametrize("flag", ["--alpha", "--exponent"])
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_infinite_options_are_refused_at_once(flag, value):
    result = invoke("report", "--activation", "tanh", flag, value)
    assert result.exit_code == 2
    assert "is not a finite number" in result.stderr


def test_a_checkpoint_is_begun_and_gone_on_from(tmp_path):
    path = tmp_path / "run.ckpt"
    asked = ("verify", "forward.row_norm_variance", "--samples", 300, "--checkpoint", path)
    missing = invoke(*asked, "--resume")
    assert missing.exit_code == 2
    assert "--checkpoint must be an existing file to go on from" in missing.stderr
    first = invoke(*asked)
    assert first.exit_code == 0, first.output
    again = invoke(*asked, "--resume")
    assert again.stdout == first.stdout
    other = invoke(*asked, "--seed", 8)
    assert other.exit_code == 2
    assert "must belong to seed 8, and belongs to seed 0" in other.stderr
    alone = invoke("verify", "forward.gram_mean", "--resume")
    assert alone.exit_code == 2
    assert "--resume is about --checkpoint FILE" in alone.stderr


def test_planted_errors_are_counted_and_a_blind_campaign_fails():
    name = "forward.offdiagonal_second_moment"
    result = invoke("verify", name, "--power", 0.03, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert "1 of 1 planted errors were noticed" in result.stdout
    blind = invoke("verify", name, "--power", 0.03, "--samples", 50, "--most", 100)
    assert blind.exit_code == 1
    assert f"unnoticed: the error planted in {name}\n0 of 1 planted errors" in blind.stdout
    quiet = invoke(
        "verify", name, "--power", 0.03, "--samples", 50, "--most", 100, "--format", "json"
    )
    assert quiet.exit_code == 1
    records = json.loads(quiet.stdout)
    assert len(records) == 3
    assert {record["planted_verdict"] for record in records} <= {"pass", "undecided"}
    assert all(record["planted_adjusted_p_value"] >= 0.01 for record in records)
    for record in records:
        wrong = float(sp.sympify(record["planted_predicted"]))
        assert wrong == pytest.approx(1.03 * float(sp.sympify(record["predicted"])))
    told = invoke("verify", name, "--power", 0.03, "--workers", 1, "--format", "csv")
    assert "rejected" in told.stdout
    assert told.stdout.splitlines()[0].endswith("planted_adjusted_p_value,planted_verdict")
    plain = invoke("verify", name, "--samples", 50, "--format", "json")
    assert "planted_verdict" not in json.loads(plain.stdout)[0]


def test_verifying_at_a_width_and_within_a_time():
    name = "backward.isometric_depth"
    result = invoke("verify", name, "--width", 20, "--samples", 50, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert result.stdout.count("[d=20, ") == 6
    timed = invoke("verify", name, "--seconds", 0.01, "--workers", 1)
    assert timed.exit_code == 0, timed.output
    assert "6 of 6 verdicts passed" in timed.stdout
    wrong = invoke("verify", name, "--width", 1)
    assert wrong.exit_code == 2


def test_sampling_until_an_error_is_reached():
    result = invoke("verify", "forward.row_norm_variance", "--samples", 100, "--rtol", 0.02)
    assert result.exit_code == 0, result.output
    assert "(1072 networks" in result.stdout
