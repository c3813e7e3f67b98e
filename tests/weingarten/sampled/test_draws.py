"""Long runs: the same numbers for any executor, told progress, longer until precise enough."""

from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, confirm, estimate
from weingarten.sampled import draws
from weingarten.sampled.evaluation import as_values

d = sp.Symbol("d", integer=True, positive=True)
W = HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
EXPR = sp.Trace(W * A * W.T * A)
VALUES = {d: 3, A: np.array([[1.0, 2, 0], [0, 1, 1], [3, 0, 2]])}


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(draws, "_BLOCK_SAMPLES", 100)


class Backwards(Executor):
    """Runs what it is given when the result is asked for, so that nothing runs in order."""

    def __init__(self):
        self.submitted = 0
        self.cancelled = 0

    def submit(self, function, /, *args, **kwargs):
        outer = self
        outer.submitted += 1

        class Late(Future):
            def result(self, timeout=None):
                if not self.done():
                    self.set_result(function(*args, **kwargs))
                return super().result()

            def cancel(self):
                outer.cancelled += not self.done()
                return super().cancel()

        return Late()


def test_executors_change_no_number(small_blocks):
    alone = estimate(EXPR, VALUES, samples=1050, rng=3)
    with ThreadPoolExecutor(3) as threads:
        assert estimate(EXPR, VALUES, samples=1050, rng=3, executor=threads) == alone
    assert estimate(EXPR, VALUES, samples=1050, rng=3, executor=Backwards()) == alone
    assert alone.samples == 1050


def test_processes_change_no_number():
    samples = 2 * draws._BLOCK_SAMPLES + 7
    with ProcessPoolExecutor(2) as pool:
        shared = confirm(EXPR, VALUES, samples=samples, rng=3, executor=pool)
    assert shared.estimate == confirm(EXPR, VALUES, samples=samples, rng=3).estimate
    assert shared


def test_blocks_are_independent(small_blocks):
    # the variance of the mean over blocks is that of independent samples
    x = W[0, 0] ** 2
    whole = estimate(x, {d: 3}, samples=20_000, rng=1)
    # E x^2 - (E x)^2 = 3/15 - 1/9 = 4/45 on the sphere in three dimensions
    assert whole.stderr == pytest.approx(np.sqrt(4 / 45 / 20_000), rel=0.03)
    assert abs(whole.zscore(sp.Rational(1, 3))) < 4
    means = [estimate(x, {d: 3}, samples=200, rng=seed).mean for seed in range(200)]
    assert np.std(means) == pytest.approx(np.sqrt(4 / 45 / 200), rel=0.2)


def test_memory_is_bounded_and_work_is_cancelled(small_blocks):
    executor = Backwards()
    blocks = draws.Campaign(EXPR, as_values(VALUES), 0, executor).draw(100_000)
    next(blocks)
    assert executor.submitted == draws._AHEAD
    blocks.close()
    assert executor.cancelled == draws._AHEAD - 1


def test_progress_is_told(small_blocks):
    told = []
    estimate(EXPR, VALUES, samples=250, rng=0, progress=lambda *state: told.append(state))
    assert told == [(100, 250), (200, 250), (250, 250)]
    told.clear()
    confirm(EXPR, VALUES, samples=250, rng=0, progress=lambda *state: told.append(state))
    assert told[-1] == (250, 250)


def test_the_seed_that_is_reported_draws_the_same_again():
    for rng in (None, 5, np.random.default_rng(5), np.random.SeedSequence(5)):
        first = estimate(EXPR, VALUES, samples=50, rng=rng)
        assert estimate(EXPR, VALUES, samples=50, rng=first.seed) == first
    generator = np.random.default_rng(5)
    one, two = (estimate(EXPR, VALUES, samples=50, rng=generator) for _ in range(2))
    assert one.mean != two.mean


def test_sampling_goes_on_until_the_error_is_small_enough():
    x = W[0, 0] ** 2
    found = estimate(x, {d: 3}, samples=200, rng=2, rtol=0.01)
    assert 0 < found.stderr <= 0.01 * found.mean
    # Var x / (E x)^2 = 4/5: some 8000 samples, not many more
    assert 6000 < found.samples < 12_000
    assert estimate(x, {d: 3}, samples=200, rng=2, rtol=0.5).samples == 200
    verdict = confirm(x, {d: 3}, samples=200, rng=2, rtol=0.01)
    assert verdict
    assert verdict.estimate.stderr <= 0.01 / 3
    matrix = estimate(W * A, VALUES, samples=200, rng=2, rtol=0.5)
    assert matrix.samples > 200


def test_a_mean_of_zero_ends_the_search():
    assert estimate(W[0, 0], {d: 3}, samples=50, rng=2, rtol=1e-6).samples == 5000
    # nothing varies: there is nothing to gain
    assert estimate(sp.Trace(W * W.T), {d: 3}, samples=50, rng=2, rtol=1e-6).samples == 50


@pytest.mark.parametrize("function", [estimate, confirm])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rtol": 0}, "rtol must lie between 0 and 1; got 0"),
        ({"rtol": "x"}, "rtol must lie between 0 and 1"),
        ({"rtol": True}, "rtol must lie between 0 and 1"),
        ({"executor": 3}, "executor must be an executor; got 3"),
        ({"progress": 3}, "progress must be callable; got 3"),
    ],
)
def test_mistakes(function, options, words):
    with pytest.raises(InvalidInputError, match=words):
        function(EXPR, VALUES, samples=10, **options)
