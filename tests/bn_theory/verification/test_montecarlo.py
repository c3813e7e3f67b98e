"""Drawing in blocks: the same numbers whoever computes them."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

from bn_theory.verification.montecarlo import (
    block_size,
    check_cost,
    draw_networks,
    resolve_seed,
)
from bn_theory.verification.streams import estimate
from weingarten.errors import CostLimitError, InvalidInputError


def uniform(count, rng):
    return rng.uniform(size=count)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_executor_changes_no_number(pool):
    with pool(2) as executor:
        spread = draw_networks(uniform, 95, block=10, seed=3, executor=executor)
    np.testing.assert_array_equal(spread, draw_networks(uniform, 95, block=10, seed=3))


def test_blocks_are_independent_and_seeds_reproduce():
    draws = draw_networks(uniform, 1000, block=10, seed=3)
    assert len(np.unique(draws)) == 1000
    assert not np.array_equal(draws, draw_networks(uniform, 1000, block=10, seed=4))
    first, again = (estimate(uniform, 50, block=7, seed=5) for _ in range(2))
    assert first == again
    assert (first.samples, first.seed) == (50, 5)


def test_mean_and_error_are_those_of_the_draws():
    draws = draw_networks(uniform, 500, block=64, seed=1)
    result = estimate(uniform, 500, block=64, seed=1)
    assert result.mean == pytest.approx(draws.mean())
    assert result.stderr == pytest.approx(draws.std(ddof=1) / np.sqrt(500))


def test_vectors_are_averaged_by_component():
    result = estimate(lambda count, rng: rng.normal([1, 5], 1, (count, 2)), 400, block=50, seed=0)
    assert result.mean.shape == result.stderr.shape == (2,)
    np.testing.assert_allclose(result.mean, [1, 5], atol=5 / np.sqrt(400))


def test_progress_counts_networks():
    seen = []
    draw_networks(uniform, 25, block=10, seed=0, progress=lambda *args: seen.append(args))
    assert seen == [(10, 25), (20, 25), (25, 25)]


def test_seeds_come_in_three_kinds():
    assert resolve_seed(np.int64(7)) == 7
    generator = np.random.default_rng(0)
    drawn = resolve_seed(generator)
    assert drawn == resolve_seed(np.random.default_rng(0)) != resolve_seed(generator)
    assert resolve_seed(None) != resolve_seed(None)
    with pytest.raises(InvalidInputError, match="seed must be an integer >= 0"):
        resolve_seed(-1)


def test_bad_requests_are_refused():
    with pytest.raises(InvalidInputError, match="samples must be an integer >= 2"):
        draw_networks(uniform, 1, block=10, seed=0)
    with pytest.raises(InvalidInputError, match="draw must return 10 draws on its first axis"):
        draw_networks(lambda count, rng: np.zeros(3), 10, block=10, seed=0)
    with pytest.raises(InvalidInputError, match="finite"):
        estimate(lambda count, rng: np.full(count, np.inf), 10, block=10, seed=0)


def test_cost_is_predicted_and_limited():
    check_cost(1000, 32, 32, 50)
    with pytest.raises(CostLimitError, match="1000000 networks of width 100"):
        check_cost(10**6, 100, 100, 50)
    check_cost(10**6, 100, 100, 50, None)


def test_blocks_hold_a_bounded_number_of_entries():
    for rows, columns, depth in [(2, 2, 1), (32, 32, 50), (8, 100, 3), (200, 200, 10)]:
        assert (
            1
            <= block_size(rows, columns, depth)
            <= max(1, 2**22 // (3 * rows * max(rows, columns) * depth))
        )
