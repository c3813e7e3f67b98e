"""circuit_counts against listing all pairings of half-edges."""

from collections import Counter
from itertools import product

import networkx as nx
import pytest
from hypothesis import given, settings

from tests.strategies import multigraphs
from weingarten.budget import spending
from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.pairings import number_of_pairings, pairings
from weingarten.combinatorics.partitions import pairings_of_coset_type, partitions_of
from weingarten.errors import CostLimitError


def listed(edges):
    """Count circuits for every choice of one pairing at every vertex, by connected components."""
    stubs = {}
    for number, ends in enumerate(edges):
        for side, vertex in enumerate(ends):
            stubs.setdefault(vertex, []).append((number, side))
    if any(len(here) % 2 for here in stubs.values()):
        return Counter()
    counts = Counter()
    choices = [
        [[(here[a], here[b]) for a, b in pairing] for pairing in pairings(len(here) // 2)]
        for here in stubs.values()
    ]
    for choice in product(*choices):
        graph = nx.Graph()
        graph.add_nodes_from(range(len(edges)))
        for joined in choice:
            graph.add_edges_from((a[0], b[0]) for a, b in joined)
        sizes = (len(part) for part in nx.connected_components(graph))
        counts[tuple(sorted(sizes, reverse=True))] += 1
    return counts


@settings(max_examples=150)
@given(multigraphs())
def test_agrees_with_listing(edges):
    assert circuit_counts(edges) == listed(edges)


@given(multigraphs(max_edges=6))
def test_names_and_order_do_not_matter(edges):
    renamed = [(f"{b}!", f"{a}!") for a, b in reversed(edges)]
    assert circuit_counts(renamed) == circuit_counts(edges)


@pytest.mark.parametrize("n", range(7))
def test_loops_at_one_vertex_are_counted_like_coset_types(n):
    expected = {mu: pairings_of_coset_type(mu) for mu in partitions_of(n)}
    assert circuit_counts([("i", "i")] * n) == expected


def test_a_moment_is_a_bipartite_multigraph():
    # rows and columns of O_11² O_22² and of O_11 O_12 O_21 O_22, edges of the two kinds apart
    assert circuit_counts([("a", "A"), ("a", "A"), ("b", "B"), ("b", "B")]) == {(2, 2): 1}
    assert circuit_counts([("a", "A"), ("a", "B"), ("b", "A"), ("b", "B")]) == {(4,): 1}


def test_all_choices_are_counted_once():
    edges = [(i, j) for i in range(3) for j in range(3, 6)] * 2
    counts = circuit_counts(edges)
    assert sum(counts.values()) == number_of_pairings(3) ** 6


def test_odd_degrees_leave_nothing():
    assert circuit_counts([(0, 1)]) == {}
    assert circuit_counts([(0, 1), (1, 2), (2, 2)]) == {}


def test_nothing_to_pair():
    assert circuit_counts([]) == {(): 1}


def test_too_many_states_are_refused(monkeypatch):
    monkeypatch.setattr("weingarten.budget.MAX_MEGABYTES", 0.02)
    edges = [(i, j) for i in range(4) for j in range(4, 8)]
    with (
        pytest.raises(CostLimitError, match=r"counting the circuits of 16 edges .* MB, over"),
        spending(60),
    ):
        circuit_counts(edges)
    with spending(None):
        assert circuit_counts(edges)
