"""Canonical forms of multigraphs, against all renamings of their vertices."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weingarten.combinatorics.multigraphs import (
    Edge,
    Multigraph,
    canonical_edges,
    canonical_matrix,
    connected_edges,
)

ENDS = st.integers(0, 4)
EDGES = st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=7)


def renamed(edges, names):
    return sorted(tuple(sorted((names[a], names[b]))) for a, b in edges)


def least(edges):
    """Return the least of all renamings: a canonical form by trying everything."""
    ends = sorted({end for edge in edges for end in edge})
    return min(
        renamed(edges, dict(zip(ends, order, strict=True)))
        for order in permutations(range(len(ends)))
    )


@given(EDGES, EDGES)
def test_equal_forms_mean_isomorphic(one, two):
    assert (canonical_edges(one) == canonical_edges(two)) == (least(one) == least(two))
    assert least(canonical_edges(one)) == least(one)


@given(EDGES, st.permutations(range(5)), st.randoms())
def test_renaming_and_reordering_change_nothing(edges, names, random):
    moved = [(names[a], names[b]) for a, b in edges]
    moved = [edge if random.random() < 0.5 else edge[::-1] for edge in moved]
    random.shuffle(moved)
    assert canonical_edges(moved) == canonical_edges(edges)


NAMED = st.lists(
    st.tuples(st.sampled_from("ab"), ENDS, st.one_of(ENDS, st.sampled_from("xy")), st.booleans()),
    min_size=1,
    max_size=6,
)


@given(NAMED, st.permutations(range(5)))
def test_names_directions_and_fixed_ends_are_kept(edges, names):
    def form(edges):
        graph = Multigraph([Edge(*edge) for edge in edges])
        return graph.encode(graph.canonical_order(dict.fromkeys(graph.vertices, 0)))

    moved = [
        (name, names[one], names[two] if isinstance(two, int) else two, directed)
        for name, one, two, directed in edges
    ]
    assert form(moved[::-1]) == form(edges)


def test_a_direction_tells_ends_apart():
    cycle = [Edge("", 0, 1, True), Edge("", 1, 2, True), Edge("", 2, 0, True)]
    other = [Edge("", 0, 1, True), Edge("", 1, 2, True), Edge("", 0, 2, True)]
    forms = []
    for edges in (cycle, other):
        graph = Multigraph(edges)
        forms.append(graph.encode(graph.canonical_order(dict.fromkeys(graph.vertices, 0))))
    assert forms[0] != forms[1]


@given(EDGES)
def test_symmetries_generate_the_automorphism_group(edges):
    graph = Multigraph([Edge("", a, b) for a, b in edges])
    ends = graph.vertices
    same = renamed(edges, {x: x for x in ends})
    everything = {
        order
        for order in permutations(ends)
        if renamed(edges, dict(zip(ends, order, strict=True))) == same
    }
    generators = [tuple(g[x] for x in ends) for g in graph.symmetries(dict.fromkeys(ends, 0))]
    group, frontier = {tuple(ends)}, [tuple(ends)]
    while frontier:
        here = frontier.pop()
        for generator in generators:
            there = tuple(generator[ends.index(x)] for x in here)
            if there not in group:
                group.add(there)
                frontier.append(there)
    assert group == everything


def test_large_symmetry_is_no_search():
    # 12 vertices that are all alike: 12! labellings, if symmetries were not used
    complete = [(a, b) for a in range(12) for b in range(a)]
    assert canonical_edges(complete) == tuple(sorted((b, a) for a, b in complete))
    assert len(Multigraph([Edge("", *e) for e in complete]).symmetries(dict.fromkeys(range(12), 0)))


@given(EDGES)
def test_components_share_no_vertex(edges):
    parts = connected_edges(edges)
    assert sorted(edge for part in parts for edge in part) == sorted(edges)
    ends = [{end for edge in part for end in edge} for part in parts]
    assert sum(map(len, ends)) == len(set().union(*ends))


@pytest.mark.parametrize("size", [2, 3])
def test_matrices_by_all_orders(size):
    rows = [[(3 * i + j * j) % 4 for j in range(size)] for i in range(size)]
    forms = {
        canonical_matrix([[rows[i][j] for j in columns] for i in lines])
        for lines in permutations(range(size))
        for columns in permutations(range(size))
    }
    assert len(forms) == 1
