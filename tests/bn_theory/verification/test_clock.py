"""A time that is up ends the sampling: what is judged are the first blocks, without a gap."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp
from scipy import stats

import bn_theory
from bn_theory.verification import stopping
from bn_theory.verification.montecarlo import Sampling
from bn_theory.verification.stopping import Clock, Precise, most_networks
from bn_theory.verification.streams import Request, summarise
from bn_theory.verification.summaries import Summary
from bn_theory.verification.verdicts import judge
from weingarten.errors import InvalidInputError
from weingarten.sampled.checkpoints import Checkpoint, Memory

LAW = bn_theory.formula("backward.isometric_depth")


def normal(count, rng):
    return rng.standard_normal(count)


def request(networks, seed=3, **options):
    return Request(draw=normal, networks=networks, block=10, seed=seed, **options)


class After:
    """The time is up when this was asked so often."""

    def __init__(self, times):
        self.left = times

    def __call__(self, part):
        self.left -= 1
        return self.left < 0


def bits(summary):
    return {name: array.tobytes() for name, array in summary.arrays().items()}


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("times", [0, 1, 7, 40])
def test_the_first_blocks_without_a_gap_are_judged(times, workers):
    executor = ThreadPoolExecutor(workers) if workers else None
    requests = [request(505), request(200, seed=4)]
    found = list(summarise(requests, over=After(times), executor=executor))
    for summary, asked in zip(found, requests, strict=True):
        assert summary.samples >= 10, "one block in any case"
        networks = summary.samples
        assert networks % 10 == 0 or networks == asked.networks
        alone = next(summarise([request(networks, seed=asked.seed)]))
        assert bits(summary) == bits(alone)
    if executor is not None:
        executor.shutdown()


def test_it_goes_on_from_where_the_time_was_up(tmp_path):
    asked, path = {"seed": 3, "parts": [{"name": "f"}]}, tmp_path / "run.ckpt"
    seen = []
    # it is asked for every block in flight whenever one ends
    for times in (5, 5, 10**6):
        with Checkpoint(path, asked, Summary) as store, ThreadPoolExecutor(2) as pool:
            (found,) = summarise([request(505)], store=store, over=After(times), executor=pool)
        seen.append(found.samples)
    assert seen == sorted(seen)
    assert seen[0] < seen[-1] == 505
    assert bits(found) == bits(next(summarise([request(505)])))


def test_a_clock_beside_a_goal_is_one_more_look():
    goal = {"goal": Precise(0.01), "most": 100}
    assert request(20, **goal).looks == 3
    assert request(20, timed=True, **goal).looks == 4
    # by itself it knows nothing of the draws
    assert request(20, timed=True).looks == 1


def test_a_goal_that_may_come_later_is_counted_from_the_beginning():
    assert request(20, open=True, most=100).looks == 4
    assert request(20, open=True, most=100).targets == (20,)
    assert request(20, open=True, most=100, goal=Precise(0.01)).looks == 4


@pytest.mark.campaign
def test_the_level_holds_whenever_the_time_is_up():
    level, trials, rejected = 0.05, 300, 0
    rng = np.random.default_rng(0)
    for seed in range(trials):
        asked = request(20, seed, goal=Precise(0.5), most=160, timed=True)
        (summary,) = summarise([asked], over=After(int(rng.integers(1, 30))))
        found = summary.estimate()
        verdict = judge(
            "f", {}, sp.Integer(0), found, draws=summary, looks=asked.looks, level=level
        )
        rejected += verdict.word == "rejected"
    assert stats.binom.sf(rejected - 1, trials, level) > 1e-4


def test_time_is_shared_and_what_is_left_over_is_for_the_next(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(stopping.time, "monotonic", lambda: now[0])
    clock = Clock(30, 3)
    assert [clock(part) for part in range(3)] == [False, False, False]
    now[0] += 10
    assert [clock(part) for part in range(3)] == [True, False, False]
    now[0] += 20
    assert all(clock(part) for part in range(3))


def test_seconds_end_a_verdict():
    verdict = LAW.verify(samples=10**6, seconds=0.05, max_seconds=None, d=16, depth=10)
    assert 2 <= verdict.samples < 10**6
    assert verdict.word == "pass"
    assert LAW.verify(samples=verdict.samples, d=16, depth=10) == verdict
    found = bn_theory.campaign([LAW], seconds=0, samples=50)
    assert len(found) == len(LAW.cases)


def test_what_is_no_budget_is_refused():
    options = {"d": 4, "depth": 2, "samples": 100}
    for wrong in (-1, "x", True):
        with pytest.raises(InvalidInputError, match="seconds must be a number of seconds"):
            LAW.verify(seconds=wrong, **options)
    with pytest.raises(InvalidInputError, match="most must be at least the 100 networks"):
        LAW.verify(most=50, rtol=0.1, **options)
    with pytest.raises(InvalidInputError, match="executor must be an executor; got 4"):
        LAW.verify(executor=4, **options)
    with pytest.raises(InvalidInputError, match="progress must be callable"):
        Sampling(progress=3)
    assert most_networks(10, 1.0, 50, most=20) == 20


def test_the_networks_left_are_told():
    told = []
    law = bn_theory.formula("backward.isometric_log_gain")
    law.verify(samples=100, rtol=0.01, d=2, progress=lambda *state: told.append(state))
    # the first block is not enough, and as many again are wanted
    assert told == [(4096, 8192), (8192, 8192)]


def test_memory_keeps_what_a_file_keeps():
    store = Memory()
    list(summarise([request(100)], store=store))
    assert store.drawn(0)[0] == 10
    assert store.place == ""
    assert store.note("more") is None
    store.take_note("more", "[1]")
    assert store.note("more") == "[1]"
