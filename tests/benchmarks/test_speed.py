"""The suite under pytest-benchmark: ``python -m pytest tests/benchmarks --benchmark-only``.

Every round starts with empty caches, so what is measured is a first call in a warm interpreter;
``tests.benchmarks.compare`` measures cold processes and haarpy.
"""

import functools
import gc

import pytest

from tests.benchmarks.cases import CASES

LONG = {"table of n = 25, converted on access", "5×5 all ^2"}


def forget():
    """Empty every functools cache of the package."""
    for item in gc.get_objects():
        if isinstance(item, functools._lru_cache_wrapper) and str(
            getattr(item, "__module__", "")
        ).startswith("weingarten"):
            item.cache_clear()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_first_call(benchmark, case):
    call = case.ours()
    rounds = 1 if case.name in LONG else 5
    result = benchmark.pedantic(call, setup=forget, rounds=rounds, iterations=1)
    assert result is not None
