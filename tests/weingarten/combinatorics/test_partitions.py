"""Partitions and the numbers attached to them, against SymPy and identities that sum over all."""

from math import factorial, prod

import pytest
import sympy as sp
from hypothesis import given
from sympy.utilities.iterables import partitions as sympy_partitions

from tests.strategies import partitions
from tests.tableaux import standard_tableaux
from weingarten.combinatorics.partitions import (
    conjugate,
    contents,
    integer_partitions,
    pairings_of_coset_type,
    partition_index,
    partitions_of,
    z_factor,
)


@pytest.mark.parametrize("n", range(13))
def test_all_partitions_in_reverse_lexicographic_order(n):
    listed = partitions_of(n)
    expected = [
        tuple(sorted((part for part, m in p.items() for _ in range(m)), reverse=True))
        for p in sympy_partitions(n, size=False)
    ]
    assert listed == tuple(integer_partitions(n)) == tuple(sorted(expected, reverse=True))
    assert partition_index(n) == {mu: k for k, mu in enumerate(listed)}


def test_parts_can_be_bounded():
    assert list(integer_partitions(5, 2)) == [(2, 2, 1), (2, 1, 1, 1), (1, 1, 1, 1, 1)]
    assert list(integer_partitions(0, 0)) == [()]


@given(partitions(max_n=20))
def test_conjugation_is_an_involution(mu):
    assert conjugate(conjugate(mu)) == mu
    assert conjugate(mu) == tuple(sp.combinatorics.IntegerPartition(mu).conjugate if mu else ())


@given(partitions(max_n=20))
def test_contents_lie_in_the_boxes(mu):
    transposed = conjugate(mu)
    assert sum(contents(mu, 2)) == sum(p * (p - 1) for p in mu) - sum(
        p * (p - 1) // 2 for p in transposed
    )
    assert len(contents(mu, 2)) == sum(mu)


@pytest.mark.parametrize("n", range(10))
def test_sums_over_all_partitions(n):
    shapes = partitions_of(n)
    assert sum(factorial(n) // z_factor(mu) for mu in shapes) == factorial(n)
    assert sum(pairings_of_coset_type(mu) for mu in shapes) == prod(range(1, 2 * n, 2))
    assert sum(standard_tableaux(mu) ** 2 for mu in shapes) == factorial(n)
    # the representation on pairings is the sum of all 2λ, each once
    doubled = [tuple(2 * part for part in mu) for mu in shapes]
    assert sum(map(standard_tableaux, doubled)) == prod(range(1, 2 * n, 2))


@given(partitions(max_n=14))
def test_tableaux_of_the_transposed_shape_are_as_many(mu):
    assert standard_tableaux(mu) == standard_tableaux(conjugate(mu))


def test_tableaux_are_counted_by_removing_a_box():
    for mu in partitions_of(8):
        smaller = [
            tuple(p for p in (*mu[:i], mu[i] - 1, *mu[i + 1 :]) if p)
            for i in range(len(mu))
            if mu[i] > (mu[i + 1] if i + 1 < len(mu) else 0)
        ]
        assert standard_tableaux(mu) == sum(map(standard_tableaux, smaller))
