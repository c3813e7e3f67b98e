"""Estimates go on to the same bits after an end; files that are not theirs are refused."""

import multiprocessing
import os
import random
import resource
import signal
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)

import numpy as np
import pytest
import sympy as sp

import weingarten
from weingarten import CampaignError, HaarOrthogonal, HaarUnitary, confirm, estimate
from weingarten.errors import InvalidInputError
from weingarten.sampled import checkpoints, draws

d = sp.Symbol("d")
W, U = HaarOrthogonal("W", d), HaarUnitary("U", d)
REAL, COMPLEX = W[0, 0] ** 2, U[0, 0] * U[1, 1]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(draws, "_BLOCK_SAMPLES", 200)


def _interrupt(after):
    def progress(done, total):
        if done >= after:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("function", [estimate, confirm])
@pytest.mark.parametrize("expr", [REAL, COMPLEX, W[:2, :2] * W[:2, :2]], ids=str)
@pytest.mark.parametrize("options", [{}, {"rtol": 0.03}], ids=str)
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, function, expr, options):
    path, options = tmp_path / "run.ckpt", {"samples": 1100, "rng": 3, **options}
    for after in (400, 1000):
        with pytest.raises(KeyboardInterrupt) as caught:
            function(expr, {d: 3}, checkpoint=path, progress=_interrupt(after), **options)
        assert "samples are in" in caught.value.__notes__[0]
    told = []
    found = function(
        expr, {d: 3}, checkpoint=path, progress=lambda done, _: told.append(done), **options
    )
    assert told[0] > 800, "what was drawn is not drawn again"
    assert repr(found) == repr(function(expr, {d: 3}, **options))
    with ThreadPoolExecutor(2) as pool:
        again = function(expr, {d: 3}, checkpoint=path, executor=pool, **options)
    assert repr(again) == repr(found)
    # without a seed, that of the file
    del options["rng"]
    assert repr(function(expr, {d: 3}, checkpoint=path, **options)) == repr(found)


def _run(path, interval):
    checkpoints._INTERVAL = interval
    estimate(REAL, {d: 3}, samples=40_100, rng=1, checkpoint=path)


def test_killed_at_random_points_the_estimate_is_that_of_an_uninterrupted_run(tmp_path):
    rng, path, kills, longest = random.Random(0), tmp_path / "run.ckpt", 0, 0.15
    while True:
        process = multiprocessing.get_context("fork").Process(target=_run, args=(path, 0.005))
        process.start()
        process.join(rng.uniform(0.01, longest * (1 + kills / 4)))
        process.kill()
        process.join()
        # it may have come to its end just before it was to be killed
        assert process.exitcode in (0, -signal.SIGKILL), "it failed by itself"
        if process.exitcode == 0 and kills >= 3:
            break
        if process.exitcode == 0:
            path.unlink()
            kills, longest = 0, max(longest / 2, 0.01)
            continue
        kills += 1
        assert kills < 200
    told = []
    options = {"samples": 40_100, "rng": 1}
    found = estimate(
        REAL, {d: 3}, checkpoint=path, progress=lambda *state: told.append(state), **options
    )
    assert told == [], "everything is in the file"
    assert found == estimate(REAL, {d: 3}, **options)


OTHERS = [
    ({"samples": 500}, "its samples changed since"),
    ({"values": {d: 4}}, "its values changed since"),
    ({"expr": W[0, 1] ** 2}, "its expression changed since"),
    ({"rtol": 0.1}, "its rtol changed since"),
    ({"rng": 4}, "must belong to seed 4, and belongs to seed 3"),
]


@pytest.mark.parametrize(("other", "words"), OTHERS)
def test_a_checkpoint_of_another_request_is_refused(tmp_path, other, words):
    asked = {"expr": REAL, "values": {d: 3}, "samples": 300, "rng": 3}
    asked["checkpoint"] = tmp_path / "run.ckpt"
    estimate(**asked)
    with pytest.raises(InvalidInputError, match=words):
        estimate(**{**asked, **other})
    with pytest.raises(InvalidInputError, match="its purpose changed since"):
        confirm(**asked)


def test_a_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch):
    path, options = tmp_path / "run.ckpt", {"samples": 300, "rng": 3}
    estimate(REAL, {d: 3}, checkpoint=path, **options)
    data = path.read_bytes()
    monkeypatch.setattr(weingarten, "__version__", "0.0.1")
    with pytest.raises(InvalidInputError, match=r"must belong to version 0\.0\.1, .* begin a new"):
        estimate(REAL, {d: 3}, checkpoint=path, **options)
    monkeypatch.undo()
    assert path.read_bytes() == data


def test_nan_in_a_late_sample_keeps_the_blocks_before(tmp_path):
    path = tmp_path / "run.ckpt"
    rare = sp.log(W[0, 0] + sp.Rational(998, 1000))  # W[0, 0] is uniform between -1 and 1
    for _ in range(2):
        with pytest.raises(InvalidInputError, match="expr must be finite in every samp") as caught:
            estimate(rare, {d: 3}, samples=10_000, rng=4, checkpoint=path)
        assert caught.value.__notes__[0].startswith(f"600 samples are in {path}")


class Mortal(ProcessPoolExecutor):
    """Dies at the seventh block."""

    def submit(self, fn, /, *args, **kwargs):
        self.given = getattr(self, "given", 0) + 1
        return super().submit(os._exit, 1) if self.given == 7 else super().submit(fn, *args)


@pytest.mark.parametrize("function", [estimate, confirm])
def test_a_worker_that_dies_loses_no_block_that_came_to_its_end(tmp_path, function):
    path, options = tmp_path / "run.ckpt", {"samples": 2100, "rng": 3}
    with (
        Mortal(1) as executor,
        pytest.raises(
            CampaignError, match=r"abruptly .* what was drawn is in .*run\.ckpt"
        ) as caught,
    ):
        function(REAL, {d: 3}, checkpoint=path, executor=executor, **options)
    assert caught.value.__notes__[0].startswith(f"1200 samples are in {path}")
    told = []
    resumed = function(
        REAL, {d: 3}, checkpoint=path, progress=lambda done, _: told.append(done), **options
    )
    assert told[0] == 1400
    assert repr(resumed) == repr(function(REAL, {d: 3}, **options))


def _in_small_files(path):
    resource.setrlimit(resource.RLIMIT_FSIZE, (14_000, 14_000))
    checkpoints._INTERVAL = 0.0
    wide = sp.Matrix(20, 20, lambda i, j: W[i, j] ** 2)
    with pytest.raises(CampaignError, match=r"cannot be written \(.*make room"):
        estimate(wide, {d: 20}, samples=4000, rng=1, checkpoint=path)
    os._exit(7)


def test_a_disk_that_becomes_full_is_named(tmp_path):
    path = tmp_path / "run.ckpt"
    process = multiprocessing.get_context("fork").Process(target=_in_small_files, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 7
    assert path.stat().st_size <= 14_000


def test_values_are_told_apart_by_their_bits(tmp_path):
    A = sp.MatrixSymbol("A", 2, 2)
    expr, path = sp.Trace(HaarOrthogonal("W", 2) * A) ** 2, tmp_path / "run.ckpt"
    options = {"samples": 300, "rng": 3, "checkpoint": path}
    estimate(expr, {A: np.eye(2)}, **options)
    with pytest.raises(InvalidInputError, match="its values changed since"):
        estimate(expr, {A: np.eye(2) * (1 + 1e-15)}, **options)


def test_a_damaged_checkpoint_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "run.ckpt"
    options = {"samples": 300, "rng": 3, "checkpoint": path}
    estimate(REAL, {d: 3}, **options)
    data = path.read_bytes()
    for damaged in (data[: len(data) // 2], b"no database" * 500):
        path.write_bytes(damaged)
        with pytest.raises(InvalidInputError, match="must be an undamaged checkpoint"):
            estimate(REAL, {d: 3}, **options)
        assert path.read_bytes() == damaged
    del options["rng"]
    with pytest.raises(InvalidInputError, match="must be an undamaged checkpoint"):
        estimate(REAL, {d: 3}, **options)


class Broken(Executor):
    def submit(self, fn, /, *args, **kwargs):
        raise BrokenExecutor("gone")


def test_workers_that_die_and_disks_that_are_full(tmp_path):
    with pytest.raises(CampaignError, match=r"ended abruptly .* pass checkpoint=FILE"):
        estimate(REAL, {d: 3}, executor=Broken())
    path = tmp_path / "run.ckpt"
    with pytest.raises(CampaignError, match=r"what was drawn is in .*run\.ckpt"):
        estimate(REAL, {d: 3}, executor=Broken(), checkpoint=path)
    with pytest.raises(CampaignError, match="/dev/full cannot be written"):
        estimate(REAL, {d: 3}, checkpoint="/dev/full")


class Ahead(Executor):
    """Has computed everything before anybody asks."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_running_or_notify_cancel()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.mark.parametrize("function", [estimate, confirm])
def test_blocks_that_nobody_has_taken_yet_are_kept(tmp_path, function):
    path, options = tmp_path / "run.ckpt", {"samples": 2100, "rng": 3}
    with pytest.raises(KeyboardInterrupt) as caught:
        function(REAL, {d: 3}, checkpoint=path, executor=Ahead(), progress=_interrupt(0), **options)
    assert caught.value.__notes__[0].startswith(f"2100 samples are in {path}")
    told = []
    found = function(
        REAL, {d: 3}, checkpoint=path, progress=lambda *state: told.append(state), **options
    )
    assert told == [], "nothing is drawn again"
    assert repr(found) == repr(function(REAL, {d: 3}, **options))


def test_the_block_before_the_interrupt_is_in_the_file(tmp_path):
    path = tmp_path / "run.ckpt"
    with pytest.raises(KeyboardInterrupt) as caught:
        estimate(REAL, {d: 3}, samples=900, rng=3, checkpoint=path, progress=_interrupt(400))
    assert caught.value.__notes__[0].startswith("400 samples are in")
    told = []
    options = {"checkpoint": path, "progress": lambda done, _: told.append(done)}
    estimate(REAL, {d: 3}, samples=900, rng=3, **options)
    assert told == [600, 800, 900]


def test_a_claim_of_another_shape_is_told_at_the_first_block(tmp_path):
    told = []
    with pytest.raises(InvalidInputError, match="claim must have the shape"):
        confirm(
            REAL,
            {d: 3},
            claim=sp.Matrix([[1, 2]]),
            samples=2000,
            progress=lambda *state: told.append(state),
        )
    assert len(told) == 1
