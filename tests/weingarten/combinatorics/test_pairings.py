"""Pairings, their union graphs and coset types, against NetworkX and counting formulas."""

from collections import Counter
from itertools import islice

import networkx as nx
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import pairings_of_points
from weingarten.combinatorics.pairing_tables import pairing_ranks, partner_table
from weingarten.combinatorics.pairings import coset_type, number_of_pairings, pairings, union_graph
from weingarten.combinatorics.partitions import pairings_of_coset_type, partitions_of
from weingarten.errors import InvalidInputError


@pytest.mark.parametrize("n", range(6))
def test_every_pairing_comes_once_and_in_order(n):
    listed = list(pairings(n))
    assert len(set(listed)) == len(listed) == number_of_pairings(n) == sp.factorial2(2 * n - 1)
    assert listed == sorted(listed)
    for pairing in listed:
        assert all(a < b for a, b in pairing)
        assert sorted(point for pair in pairing for point in pair) == list(range(2 * n))


def test_pairings_are_lazy():
    first, second = islice(pairings(50), 2)
    assert first == tuple((a, a + 1) for a in range(0, 100, 2))
    assert second[-2:] == ((96, 98), (97, 99))


def test_no_points_have_one_pairing():
    assert list(pairings(0)) == [()]
    assert coset_type((), ()) == ()


@pytest.mark.parametrize("bad", [-1, 1.0, "2", None, True])
def test_number_of_pairs_must_be_a_natural_number(bad):
    # at the call, not at the first pairing that is asked for
    with pytest.raises(InvalidInputError, match="n must be an integer >= 0"):
        pairings(bad)


@pytest.mark.parametrize("n", range(1, 6))
def test_coset_types_are_as_frequent_as_the_double_cosets_are_large(n):
    first, *_ = pairings(n)
    counts = Counter(coset_type(first, q) for q in pairings(n))
    assert counts == {mu: pairings_of_coset_type(mu) for mu in partitions_of(n)}


@given(st.integers(1, 6).flatmap(lambda n: st.tuples(*[pairings_of_points(n)] * 2)))
def test_coset_type_is_read_off_the_components_of_the_union_graph(pair):
    p, q = pair
    graph = union_graph(p, q)
    sizes = sorted((len(part) // 2 for part in nx.connected_components(graph)), reverse=True)
    assert coset_type(p, q) == coset_type(q, p) == tuple(sizes)
    assert set(dict(graph.degree()).values()) == {2}


@given(st.data(), st.integers(1, 5))
def test_relabelling_the_points_changes_nothing(data, n):
    p, q = data.draw(pairings_of_points(n)), data.draw(pairings_of_points(n))
    names = data.draw(st.permutations("abcdefghij"))
    renamed = [[(names[a], names[b]) for a, b in pairing] for pairing in (p, q)]
    assert coset_type(p, q) == coset_type(*renamed)


def test_coset_type_is_made_of_python_ints_whatever_the_labels():
    p = np.array([[0, 1], [2, 3], [4, 5]])
    result = coset_type(p, [[1, 2], [3, 0], {4, 5}])
    assert result == (2, 1)
    assert [type(part) for part in result] == [int, int]
    assert coset_type(iter([(sp.Integer(0), 1)]), [(0, sp.Integer(1))]) == (1,)


def test_a_common_pair_is_a_double_edge():
    graph = union_graph([(0, 1)], [(1, 0)])
    assert sorted(graph.edges(data="pairing")) == [(0, 1, "p"), (0, 1, "q")]


GOOD = [(0, 1), (2, 3)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("0123", "q must be a sequence of pairs of points; got '0123'"),
        (["01", "23"], "q must be a sequence of pairs of points; got '01'"),
        (7, "q must be a sequence of pairs of points; got 7"),
        ([0, 1, 2, 3], "q must be a sequence of pairs of points; got 0"),
        ([(0, 1), (2,)], "two in each; got \\(2,\\)"),
        ([(0, 1, 2), (3,)], "two in each; got \\(0, 1, 2\\)"),
        ([(0, 1), (1, 2)], "each point exactly once; got \\(1, 2\\)"),
        ([(0, 0), (1, 2)], "each point exactly once; got \\(0, 0\\)"),
        ([([0], 1), (2, 3)], "hashable labels"),
        ([(0, 1)], "q must pair the same points as p; got \\[2, 3\\]"),
        ([(0, 1), (2, 4)], "q must pair the same points as p; got \\[3, 4\\]"),
    ],
)
@pytest.mark.parametrize("function", [coset_type, union_graph])
def test_malformed_pairings_are_named(function, bad, message):
    with pytest.raises(InvalidInputError, match=message):
        function(GOOD, bad)


def test_the_first_argument_is_named_too():
    with pytest.raises(InvalidInputError, match="p must pair each point exactly once"):
        coset_type([(0, 1), (0, 1)], GOOD)


@pytest.mark.parametrize("n", range(6))
def test_tables_of_partners_follow_the_order_of_the_pairings(n):
    table = partner_table(n)
    for row, pairing in zip(table, pairings(n), strict=True):
        assert all(row[a] == b and row[b] == a for a, b in pairing)
    shuffled = np.random.default_rng(n).permutation(len(table))
    assert (pairing_ranks(table[shuffled]) == shuffled).all()
