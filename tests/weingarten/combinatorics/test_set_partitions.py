"""Set partitions against Bell numbers, Stirling numbers and Möbius inversion by hand."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import bell
from sympy.functions.combinatorial.numbers import stirling

from weingarten.combinatorics.set_partitions import (
    DisjointSets,
    merged_labels,
    refinements,
    set_partitions,
)


@pytest.mark.parametrize("n", range(7))
def test_numbers_of_partitions(n):
    found = list(set_partitions(range(n)))
    assert len(found) == len(set(found)) == bell(n)
    assert Counter(map(len, found)) == {k: stirling(n, k) for k in range(n + 1) if stirling(n, k)}
    for blocks in found:
        assert sorted(x for block in blocks for x in block) == list(range(n))
        assert all(list(block) == sorted(block) for block in blocks)
        assert list(blocks) == sorted(blocks)


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4))))
def test_what_may_not_join_stays_apart(apart):
    kept = set(set_partitions(range(5), lambda a, b: (a, b) not in apart))
    assert kept == {
        blocks
        for blocks in set_partitions(range(5))
        if not any((a, b) in apart for block in blocks for a in block for b in block if a < b)
    }


@pytest.mark.parametrize("n", range(1, 6))
def test_moebius_inversion(n):
    # Σ over finer partitions of μ is 0 unless there is none
    for blocks in set_partitions(range(n)):
        total = sum(weight for _, weight in refinements(blocks))
        assert total == (len(blocks) == n)
        assert all(
            any(set(piece) <= set(block) for block in blocks)
            for finer, _ in refinements(blocks)
            for piece in finer
        )


PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8)


@given(PAIRS, PAIRS)
def test_two_ways_of_joining(first, second):
    labels = merged_labels(7, second, merged_labels(7, first))
    joined = DisjointSets()
    for a in range(7):
        joined.find(a)
    for a, b in first + second:
        joined.join(a, b)
    blocks = joined.blocks()
    assert sorted(map(sorted, blocks)) == sorted(
        [a for a in range(7) if labels[a] == root] for root in set(labels)
    )
    for a, b in product(range(7), repeat=2):
        assert (joined.find(a) == joined.find(b)) == (labels[a] == labels[b])
    assert all(labels[a] == min(block) for block in blocks for a in block)
