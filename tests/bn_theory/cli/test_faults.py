"""What ends the commands, made to happen to real processes: nothing is lost, and all is said."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import active_children

import pytest
from click.testing import CliRunner

import bn_theory
from bn_theory.cli import catalogue_commands as commands
from bn_theory.cli import options
from bn_theory.cli.catalogue_commands import main
from bn_theory.cli.options import pool
from tests.tiers import heavy
from weingarten.errors import CampaignError

# the first is done at once, the second takes minutes
NAMES = ("forward.row_norm_variance", "backward.rank_deficient_growth")
CASES = [len(bn_theory.formula(name).cases) for name in NAMES]


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def started(*arguments, **how):
    command = [sys.executable, "-m", "bn_theory", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, start_new_session=True, **pipes, **how)


def networks_in(path):
    with closing(sqlite3.connect(path)) as file:
        return file.execute("SELECT count(*) FROM summary").fetchone()[0]


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        return [int(child) for child in file.read().split()]


def ended(process):
    """Wait for a process that was told to end, and return what it printed since."""
    begun = time.monotonic()
    try:
        return *process.communicate(timeout=60), time.monotonic() - begun
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def long_run(path, workers):
    return started(
        "verify", *NAMES, "--samples", 4000, "--no-limit", "--workers", workers,
        "--checkpoint", path,
    )  # fmt: skip


@pytest.mark.parametrize("workers", [heavy(1), 2])
def test_ctrl_c_ends_a_run_at_once_and_keeps_what_was_drawn(tmp_path, workers):
    path = tmp_path / "run.ckpt"
    with long_run(path, workers) as process:
        assert "row_norm_variance" in process.stdout.readline()
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err, seconds = ended(process)
    assert process.returncode == 130
    assert seconds < 20
    assert "Traceback" not in err
    assert out.splitlines()[-1].endswith("verdicts passed")
    words = err.splitlines()
    assert f"what was drawn is in {path}: run the same again to go on" in words
    assert words[-1].startswith("interrupted: ")
    assert words[-1].endswith(f" of {sum(CASES)} verdicts are in")
    assert networks_in(path) > 0


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="finds children in /proc")
def test_a_worker_that_is_killed_ends_a_run_with_what_is_known(tmp_path):
    path = tmp_path / "run.ckpt"
    with long_run(path, 2) as process:
        assert "row_norm_variance" in process.stdout.readline()
        os.kill(children(process)[-1], signal.SIGKILL)
        out, err, _ = ended(process)
    assert process.returncode == 2
    assert "Traceback" not in err
    assert "verdicts passed" in out
    said = err.splitlines()[-1]
    assert said.startswith("Error: a worker process ended abruptly")
    assert f"what was drawn is in {path}: run the same again to go on" in said
    assert networks_in(path) > 0


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_disk_that_becomes_full_keeps_what_fitted(tmp_path):
    path = tmp_path / "run.ckpt"
    asked = ("verify", NAMES[0], "--samples", 8000)
    with started(*asked, "--checkpoint", path, preexec_fn=_small_files) as process:
        _, err, _ = ended(process)
    assert process.returncode == 2
    assert "Traceback" not in err
    said = err.splitlines()[-1]
    assert said.startswith(f"Error: the checkpoint {path} cannot be written")
    assert said.endswith("make room or correct the permissions, and run the same again to go on")
    assert path.stat().st_size <= 40_000
    resumed = invoke(*asked, "--checkpoint", path, "--resume", "--workers", 1)
    assert resumed.exit_code == 0, resumed.output
    assert resumed.stdout == invoke(*asked, "--workers", 1).stdout


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted: 1 of 3 verdicts are in"),
        (CampaignError("it broke; pass checkpoint=FILE"), 2, "it broke; give --checkpoint FILE"),
    ],
)
def test_what_is_known_is_printed_in_every_format(monkeypatch, error, code, words):
    def broken(formulas, *, on_verdict, **_):
        on_verdict(formulas[0].verify(samples=50, **formulas[0].cases[0].values))
        raise error

    monkeypatch.setattr(commands, "campaign", broken)
    for style, shown in [("json", '"verdict": "pass"'), ("csv", ",pass,"), ("text", "1 of 1 verd")]:
        found = invoke("verify", NAMES[0], "--workers", 1, "--format", style)
        assert found.exit_code == code
        assert shown in found.stdout
        assert words in found.stderr.replace(f"of {CASES[0]}", "of 3")


def _forever(seconds):
    time.sleep(seconds)


def test_workers_end_with_the_run():
    begun, workers = time.monotonic(), []

    def interrupted():
        with pool(2) as executor:
            for _ in range(5):
                executor.submit(_forever, 100)
            workers.extend(process.pid for process in active_children())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun < 50
    assert len(workers) >= 2
    # the executor waits for them, too: which of the two hears of their end is left open
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


class Interrupted(ProcessPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        os.kill(os.getpid(), signal.SIGINT)
        return super().submit(fn, *args, **kwargs)


def test_ctrl_c_while_workers_start_is_answered(monkeypatch):
    monkeypatch.setattr(options, "ProcessPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt), pool(2):
        raise AssertionError("it goes on")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def report(path, *more):
    return partial(
        invoke, "report", "--out", path, "--depth", 3, "--width", 6, "--networks", 10,
        "--samples", 60, "--workers", 1, "--formulas", "forward.gap_bound", *more,
    )  # fmt: skip


def test_a_report_that_breaks_sums_up_and_goes_on(tmp_path, monkeypatch):
    from bn_theory.study import run

    def broken(*_):
        raise CampaignError("a worker died")

    path = tmp_path / "run.ckpt"
    asked = report(tmp_path / "out", "--checkpoint", path)
    monkeypatch.setattr(run, "follow_networks", broken)
    result = asked()
    assert result.exit_code == 2
    assert "verdicts passed" in result.stdout
    assert result.stderr.splitlines()[-2:] == [
        f"what was drawn for the formulas is in {path}: run the same again to go on",
        "Error: a worker died",
    ]
    monkeypatch.undo()
    assert asked("--resume").exit_code == 0
    assert (tmp_path / "out" / "index.html").exists()
    missing = report(tmp_path / "out", "--resume")()
    assert missing.exit_code == 2
    assert "--resume is about --checkpoint FILE" in missing.stderr
