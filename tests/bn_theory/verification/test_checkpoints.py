"""Faults: whatever ends a campaign, what was drawn is kept, and nothing wrong comes of it."""

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import bn_theory
from bn_theory import CampaignError
from bn_theory.verification import trials
from bn_theory.verification.streams import Request, summarise
from bn_theory.verification.summaries import Summary
from tests.tiers import heavy
from weingarten.errors import InvalidInputError
from weingarten.sampled import checkpoints
from weingarten.sampled.checkpoints import Checkpoint

REQUEST = {"version": "1", "seed": 3, "parts": [{"name": "f", "block": 10}]}
NAMES = ["forward.row_norm_variance", "forward.row_norm_moment"]


def slow(count, rng):
    time.sleep(0.002)
    return rng.exponential(size=(count, 2))


REQUESTS = [
    Request(draw=slow, networks=405, block=10, seed=3),
    Request(draw=slow, networks=200, block=10, seed=4),
]


def bits(summary):
    return {name: array.tobytes() for name, array in summary.arrays().items()}


def _run(path, workers, interval, executor=None):
    checkpoints._INTERVAL = interval
    if workers and executor is None:
        with ProcessPoolExecutor(workers) as pool:
            return _run(path, workers, interval, pool)
    with Checkpoint(path, REQUEST, Summary) as store:
        return [bits(s) for s in summarise(REQUESTS, executor=executor, store=store)]


def _in_a_group(*arguments):
    os.setsid()
    _run(*arguments)


@pytest.mark.parametrize(("workers", "interval"), [heavy(0, 0.0), heavy(0, 0.02), (2, 0.02)])
def test_killed_at_random_points_the_numbers_are_those_of_an_uninterrupted_run(
    tmp_path, workers, interval, monkeypatch
):
    monkeypatch.setattr(checkpoints, "_INTERVAL", interval)
    rng, path = random.Random(workers + interval), tmp_path / "run.ckpt"
    kills, longest = 0, 0.35
    while True:
        process = multiprocessing.get_context("fork").Process(
            target=_in_a_group, args=(path, workers, interval)
        )
        process.start()
        process.join(rng.uniform(0.02, longest * (1 + kills / 4)))
        if process.exitcode == 0 and kills >= 3:
            break
        if process.exitcode == 0:
            # a fast machine was done before enough kills: from the start, and sooner
            path.unlink()
            kills, longest = 0, max(longest / 2, 0.02)
            continue
        assert process.exitcode is None, "it failed by itself"
        # with its workers
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()  # it has not yet a group of its own
        process.join()
        kills += 1
        assert kills < 200
    told = []
    with Checkpoint(path, REQUEST, Summary, must_exist=True) as store:
        stream = summarise(REQUESTS, store=store, gained=lambda networks, _: told.append(networks))
        found = [bits(summary) for summary in stream]
    assert told == [405, 200], "everything is in the file, and nothing is drawn again"
    assert found == [bits(s) for s in summarise(REQUESTS)]


def campaign(path, samples=3000, **options):
    return bn_theory.campaign(NAMES, samples=samples, seed=5, checkpoint=path, **options)


def test_ctrl_c_keeps_what_was_drawn(tmp_path):
    path = tmp_path / "run.ckpt"

    def interrupt(done, total):
        if done > 10_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        campaign(path, progress=interrupt)
    assert any("run the same again to go on" in note for note in caught.value.__notes__)
    drawn = []
    resumed = campaign(path, resume=True, progress=lambda done, total: drawn.append(done))
    assert resumed == bn_theory.campaign(NAMES, samples=3000, seed=5)
    # the first word is of what the file held
    assert drawn[0] >= 3000
    # and once more: everything is there
    assert campaign(path) == resumed


def test_more_networks_may_be_asked_for_later(tmp_path):
    path = tmp_path / "run.ckpt"
    campaign(path, samples=5000)
    drawn = []
    more = campaign(path, samples=9000, progress=lambda done, total: drawn.append(done))
    assert more == bn_theory.campaign(NAMES, samples=9000, seed=5)
    with pytest.raises(InvalidInputError, match="samples must be at least the 8192 networks in"):
        campaign(path, samples=1000)


@pytest.mark.campaign
def test_sequential_stopping_resumes_to_the_same_bits(tmp_path):
    path, options = tmp_path / "run.ckpt", {"rtol": 0.003, "samples": 500}

    def interrupt(done, total):
        if done > 30_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        campaign(path, progress=interrupt, **options)
    resumed = campaign(path, **options)
    assert resumed == bn_theory.campaign(NAMES, seed=5, **options)
    assert len({verdict.samples for verdict in resumed}) > 1
    with pytest.raises(InvalidInputError, match="as it is now: its rtol changed since"):
        campaign(path, samples=500, rtol=0.02)


OTHERS = [
    ({"seed": 6}, "must belong to seed 5, and belongs to seed 6"),
    ({"formulas": NAMES[:1]}, "must be about 14 formulas and cases, and is about"),
    (
        {"formulas": NAMES[::-1]},
        "must be about forward.row_norm_variance, and is about forward.row_norm_moment",
    ),
]


@pytest.mark.parametrize(("other", "words"), OTHERS)
def test_a_checkpoint_of_another_request_is_refused(tmp_path, other, words):
    path = tmp_path / "run.ckpt"
    options = {"formulas": NAMES, "samples": 50, "seed": 5, **other}
    bn_theory.campaign(**options, checkpoint=path)
    count = sum(len(bn_theory.formula(name).cases) for name in NAMES)
    with pytest.raises(InvalidInputError, match=words.replace("14", str(count))):
        campaign(path, samples=50)


def test_a_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    monkeypatch.setattr(trials, "__version__", "0.0.1")
    campaign(path, samples=50)
    monkeypatch.undo()
    with pytest.raises(InvalidInputError, match=r"and belongs to version 0\.0\.1; .* begin a new"):
        campaign(path, samples=50)


def _first(values, networks, rng):
    return rng.uniform(size=networks)


def _second(values, networks, rng):
    return 2 * rng.uniform(size=networks)


def test_a_checkpoint_of_another_sampler_is_refused(tmp_path):
    law, path = bn_theory.formula(NAMES[0]), tmp_path / "run.ckpt"
    options = {"samples": 50, "checkpoint": path, "eigenvalues": [2, 1]}
    law.with_sampler(_first).verify(**options)
    with pytest.raises(InvalidInputError, match="its sampler changed since"):
        law.with_sampler(_second).verify(**options)
    with pytest.raises(InvalidInputError, match="its values changed since"):
        law.with_sampler(_first).verify(**{**options, "eigenvalues": [3, 1]})


def _damage(path, how):
    data = path.read_bytes()
    if how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "begun":
        path.write_bytes(data[:60])
    elif how == "text":
        path.write_text("no database at all, but long enough to be one " * 100)
    elif how == "flipped":
        with sqlite3.connect(path) as file:
            (blob,) = file.execute("SELECT data FROM summary LIMIT 1").fetchone()
            blob = blob[:700] + bytes([blob[700] ^ 1]) + blob[701:]
            file.execute("UPDATE summary SET data = ? WHERE part = 0", (blob,))
    elif how == "noise":
        half = len(data) // 2
        path.write_bytes(data[:half] + bytes(4096) + data[half + 4096 :])


@pytest.mark.parametrize("how", ["cut", "begun", "text", "flipped", "noise"])
def test_a_damaged_checkpoint_is_refused_and_left_alone(tmp_path, how):
    path = tmp_path / "run.ckpt"
    campaign(path, samples=5000)
    _damage(path, how)
    data = path.read_bytes()
    with pytest.raises(InvalidInputError, match=r"must be an undamaged checkpoint .* move it away"):
        campaign(path, samples=5000)
    assert path.read_bytes() == data


def test_another_file_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "mine.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE precious (x)")
    data = path.read_bytes()
    with pytest.raises(InvalidInputError, match="must be a checkpoint"):
        campaign(path)
    assert path.read_bytes() == data
    with pytest.raises(InvalidInputError, match="must be a file that can be opened"):
        campaign(tmp_path / "no" / "folder")
    with pytest.raises(InvalidInputError, match="must be an existing file to go on from"):
        campaign(tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()


def test_a_file_in_use_is_refused(tmp_path):
    path = tmp_path / "run.ckpt"
    with (
        Checkpoint(path, REQUEST, Summary),
        pytest.raises(InvalidInputError, match="must not be in use by another process"),
    ):
        Checkpoint(path, REQUEST, Summary)
    Checkpoint(path, REQUEST, Summary).__exit__()


def test_a_full_disk_keeps_what_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "_INTERVAL", 0.0)
    path, seen = tmp_path / "run.ckpt", []
    original = Checkpoint.flush

    def flush(self):
        # as many pages as it has: the next one does not fit
        if len(seen) >= 3:
            pages = self._file.execute("PRAGMA page_count").fetchone()[0]
            self._file.execute(f"PRAGMA max_page_count = {pages}")
        original(self)

    monkeypatch.setattr(Checkpoint, "flush", flush)
    with pytest.raises(CampaignError, match=r"cannot be written \(.*full\).* make room") as caught:
        campaign(path, on_verdict=seen.append)
    assert len(seen) >= 3
    assert caught.value.verdicts == tuple(seen)
    monkeypatch.setattr(Checkpoint, "flush", original)
    drawn = []
    resumed = campaign(path, progress=lambda done, total: drawn.append(done))
    assert drawn[0] >= 3000
    assert resumed == bn_theory.campaign(NAMES, samples=3000, seed=5)


_DIE = multiprocessing.get_context("fork").Value("i", 0)


def _mortal(values, networks, rng):
    draws = rng.uniform(size=networks)
    if _DIE.value and draws[0] > 0.9:
        os._exit(1)
    return draws


def test_a_dead_worker_loses_nothing(tmp_path):
    law = bn_theory.formula("forward.row_norm_variance").with_sampler(_mortal)
    path, options = tmp_path / "run.ckpt", {"samples": 100_000, "eigenvalues": [2, 1]}
    _DIE.value = 1
    with (
        ProcessPoolExecutor(2) as pool,
        pytest.raises(CampaignError, match=r"what was drawn is in .*run\.ckpt: run the same again"),
    ):
        law.verify(**options, checkpoint=path, executor=pool)
    _DIE.value = 0
    drawn = []
    with ProcessPoolExecutor(2) as pool:
        resumed = law.verify(
            **options,
            checkpoint=path,
            executor=pool,
            resume=True,
            progress=lambda done, total: drawn.append(done),
        )
    assert resumed == law.verify(**options)
    assert resumed.samples == 100_000


def test_nothing_in_a_checkpoint_is_executed(tmp_path):
    import io
    import pickle

    path = tmp_path / "run.ckpt"
    with Checkpoint(path, REQUEST, Summary):
        pass
    buffer = io.BytesIO()
    np.save(buffer, np.array([print], dtype=object), allow_pickle=True)
    data = buffer.getvalue()
    assert pickle.dumps(print) in data or b"print" in data
    with sqlite3.connect(path) as file:
        import hashlib

        digest = hashlib.sha256(data).hexdigest()
        file.execute("INSERT INTO summary VALUES (0, -1, 1, ?, ?)", (data, digest))
    with pytest.raises(InvalidInputError, match="must be an undamaged checkpoint"):
        Checkpoint(path, REQUEST, Summary)


def test_a_checkpoint_of_another_format_is_refused(tmp_path):
    path = tmp_path / "run.ckpt"
    campaign(path, samples=50)
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 1")
    data = path.read_bytes()
    with pytest.raises(InvalidInputError, match=r"of format 2, not 1; .* the version that wrote"):
        campaign(path, samples=50)
    assert path.read_bytes() == data


def test_notes_are_kept_with_what_they_were_taken_from(tmp_path):
    path = tmp_path / "run.ckpt"
    with Checkpoint(path, REQUEST, Summary) as store:
        (found,) = summarise(REQUESTS[1:], store=store)
        store.take_note("more", "[3]")
        store._file.close()  # as if it were killed now
        store._changed.clear()
    with Checkpoint(path, REQUEST, Summary) as store:
        assert store.note("more") == "[3]"
        assert bits(store.drawn(0)[1]) == bits(found)
