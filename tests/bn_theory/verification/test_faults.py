"""What executors, samplers and arguments can do wrong, made to happen."""

import subprocess
import sys
import time
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

from bn_theory import CampaignError, campaign, formula
from weingarten.errors import CostLimitError, InvalidInputError

LAW = formula("backward.isometric_depth")
VALUES = {"d": 4, "depth": 3}


class Late(Executor):
    """An executor of one's own: does nothing until it is asked for results, the last ones first."""

    def submit(self, fn, /, *args, **kwargs):
        found = Future()
        with ThreadPoolExecutor(1) as pool:
            found.set_result(pool.submit(fn, *args, **kwargs).result())
        return found


def test_any_executor_will_do():
    options = {"samples": 9000, **VALUES}
    assert LAW.verify(executor=Late(), **options) == LAW.verify(**options)


class Cancelling(Executor):
    def submit(self, fn, /, *args, **kwargs):
        found = Future()
        found.cancel()
        found.set_running_or_notify_cancel()
        return found


class Broken(Executor):
    def submit(self, fn, /, *args, **kwargs):
        raise BrokenExecutor("gone")


def _shut():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    return pool


@pytest.mark.parametrize(
    ("executor", "words"),
    [
        (_shut(), r"the executor takes no work \(.*shutdown.*\): pass one that is not shut down"),
        (Cancelling(), "the executor cancelled what it was given; pass checkpoint=FILE"),
        (Broken(), "a worker process ended abruptly"),
    ],
    ids=["shut down", "cancelling", "broken"],
)
def test_executors_that_do_not_work_are_named(executor, words):
    with pytest.raises(CampaignError, match=words):
        LAW.verify(executor=executor, **VALUES)


def test_what_cannot_be_sent_to_a_process_is_named():
    law = LAW.with_sampler(lambda values, networks, rng: rng.uniform(size=networks))
    with (
        ProcessPoolExecutor(1) as pool,
        pytest.raises(InvalidInputError, match="define functions in a module, or pass a Thread"),
    ):
        law.verify(executor=pool, **VALUES)


def _huge(values, networks, rng):
    return 1e307 * (1 + rng.uniform(size=networks))


def _ragged(values, networks, rng):
    return [[1.0]] * (networks - 1) + [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (_huge, "must return numbers whose squares can be added; got 'numbers up to "),
        (_ragged, "must return 100 draws on its first axis"),
    ],
)
def test_draws_that_are_no_sample_are_refused(sampler, words):
    with pytest.raises(InvalidInputError, match=words):
        LAW.with_sampler(sampler).verify(samples=100, **VALUES)


def _unseen(values, networks, rng):
    raise AssertionError("nothing is to be drawn")


def test_mistakes_are_told_before_anything_is_drawn():
    law = LAW.with_sampler(_unseen)
    for level in (0, 1, 2, "x", True):
        with pytest.raises(InvalidInputError, match="level must lie between 0 and 1"):
            law.verify(level=level, **VALUES)
        with pytest.raises(InvalidInputError, match="level must lie between 0 and 1"):
            campaign([law], level=level)
        with pytest.raises(InvalidInputError, match="level must lie between 0 and 1"):
            law.verdicts(level=level)
    with pytest.raises(InvalidInputError, match="resume must come with a checkpoint"):
        law.verify(resume=True, **VALUES)
    with pytest.raises(InvalidInputError, match="on_verdict must be callable"):
        campaign([law], on_verdict=3)
    with pytest.raises(CostLimitError, match="over the limit of 900"):
        law.verify(samples=10**400, **VALUES)
    for path in (3, b"x", ""):
        with pytest.raises(InvalidInputError, match="checkpoint must be the name of a file"):
            law.verify(checkpoint=path, **VALUES)


def test_a_whole_jacobian_is_known_to_take_long():
    law = formula("backward.jacobian_bound")
    with pytest.raises(CostLimitError, match="sampling 40 networks of width 100"):
        law.verify(samples=40, eigenvalues=[1.5, 0.5] * 50, depth=3)


def test_a_device_that_is_full():
    with pytest.raises(CampaignError, match=r"/dev/full cannot be written \(.*full\)"):
        LAW.verify(samples=100, checkpoint="/dev/full", **VALUES)


def test_without_a_seed_that_of_the_checkpoint_is_taken(tmp_path):
    path = tmp_path / "run.ckpt"
    first = LAW.verify(samples=5000, seed=None, checkpoint=path, **VALUES)
    again = LAW.verify(samples=9000, seed=None, checkpoint=path, **VALUES)
    assert again.seed == first.seed
    assert again == LAW.verify(samples=9000, seed=first.seed, **VALUES)
    assert LAW.verify(samples=100, seed=None, **VALUES).seed != first.seed


def test_a_name_that_sqlite_knows_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    LAW.verify(samples=100, checkpoint=":memory:", **VALUES)
    assert (tmp_path / ":memory:").stat().st_size > 0


SCRIPT = """
import sys, time
import bn_theory

def wait(done, total):
    print("begun", flush=True)
    time.sleep(30)

law = bn_theory.formula("backward.isometric_depth")
law.verify(samples=9000, checkpoint=sys.argv[1], progress=wait, d=4, depth=3)
"""


def test_a_second_process_is_refused_until_the_first_has_ended(tmp_path):
    path = tmp_path / "run.ckpt"
    command = [sys.executable, "-c", SCRIPT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "begun\n"
        options = {"samples": 9000, "checkpoint": path, **VALUES}
        with pytest.raises(InvalidInputError, match="must not be in use by another process"):
            LAW.verify(**options)
        with pytest.raises(InvalidInputError, match="must not be in use by another process"):
            LAW.verify(seed=None, **options)
        first.kill()
    assert LAW.verify(**options) == LAW.verify(samples=9000, **VALUES)


def test_the_time_that_a_block_takes_bounds_what_is_too_late():
    def slow(values, networks, rng):
        time.sleep(0.05)
        return rng.uniform(size=networks)

    begun = time.monotonic()
    verdict = LAW.with_sampler(slow).verify(samples=10**6, seconds=0.12, max_seconds=None, **VALUES)
    assert time.monotonic() - begun < 5
    assert 0 < verdict.samples < 10**5


def _bernoulli(values, networks, rng):
    return (rng.uniform(size=networks) < 0.5).astype(float)


def test_one_per_cent_of_a_formula_of_ones_own_is_noticed():
    law = LAW.with_sampler(_bernoulli)
    right, wrong = law.with_expr(sp.Rational(1, 2)), law.with_expr(sp.Float(0.505))
    assert right.verify(samples=1000, rtol=0.001, most=2_000_000, **VALUES).word == "pass"
    assert wrong.verify(samples=1000, rtol=0.001, most=2_000_000, **VALUES).word == "rejected"


def test_draws_that_do_not_vary_are_compared_each():
    law = LAW.with_sampler(lambda values, networks, rng: np.full(networks, 0.25))
    assert law.with_expr(sp.Rational(1, 4)).verify(samples=10, rtol=0.01, **VALUES).word == "pass"
    verdict = law.with_expr(sp.Float(0.2525)).verify(samples=10, rtol=0.01, **VALUES)
    assert (verdict.word, verdict.samples) == ("rejected", 4096)
    assert "fails in some draw" in str(verdict)
