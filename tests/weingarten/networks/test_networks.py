"""The machinery under expectations: canonical forms, pairings by coset type, symmetries."""

import numpy as np
import pytest
import sympy as sp

from weingarten import HaarOrthogonal, coset_type, expect, pairings
from weingarten.combinatorics.compatible_pairings import (
    coset_type_codes,
    multiplicities,
    orbits,
    pairings_between,
    partner_rows,
)
from weingarten.combinatorics.partitions import partitions_of
from weingarten.networks import Lowering, Properties
from weingarten.networks.canonical import merge_labels
from weingarten.networks.model import Component
from weingarten.networks.slots import compatible, count_pairings
from weingarten.networks.symmetry import slot_symmetries

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W = HaarOrthogonal("W", d)
A, B, S, D = (sp.MatrixSymbol(name, d, d) for name in "ABSD")


def everything(n):
    return partner_rows([(1 << 2 * n) - 1] * (2 * n))


def lowered(expr, assumptions=sp.true):
    return Lowering(Properties(assumptions)).scalar(expr)


@pytest.mark.parametrize(
    ("one", "two", "assumptions"),
    [
        (sp.Trace(A * B * W), sp.Trace(W * A * B), sp.true),
        (sp.Trace(A * B * W), sp.Trace(W.T * B.T * A.T), sp.true),
        (sp.Trace(S * B * W), sp.Trace(W.T * B.T * S), sp.Q.symmetric(S)),
        (sp.Trace(D * A * D * D), sp.Trace(D**3 * A.T), sp.Q.diagonal(D)),
        (
            sp.Sum(W[i, j] ** 2 * A[i, j], (i, 0, d - 1), (j, 0, d - 1)),
            sp.Trace(sp.HadamardProduct(W, W) * A.T),
            sp.true,
        ),
        (sp.Trace(W * A * W.T), sp.Trace(A), sp.true),
    ],
)
def test_equal_scalars_have_equal_networks(one, two, assumptions):
    assert lowered(one, assumptions) == lowered(two, assumptions)


def test_different_scalars_have_different_networks():
    assert lowered(sp.Trace(A * B)) != lowered(sp.Trace(A * B.T))
    assert lowered(sp.Trace(W * A * W * B)) != lowered(sp.Trace(W * A * W.T * B))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_coset_types_match_the_union_graph(n):
    rows = everything(n)
    listed = list(pairings(n))
    as_rows = [[dict(p + tuple((b, a) for a, b in p))[x] for x in range(2 * n)] for p in listed]
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, as_rows))
    table = np.array(as_rows)
    for p, row in zip(listed, table, strict=True):
        codes = coset_type_codes(row, table)
        assert [partitions_of(n)[c] for c in codes] == [coset_type(p, q) for q in listed]


@pytest.mark.parametrize("n", [13, 14, 20])
def test_coset_types_of_many_slots(n):
    """Types of any size: a code in powers of 2n + 1 does not fit into a machine word."""
    rng = np.random.default_rng(n)

    def drawn():
        row = np.empty(2 * n, dtype=np.int64)
        order = rng.permutation(2 * n)
        row[order[::2]], row[order[1::2]] = order[1::2], order[::2]
        return row

    def pairs(row):
        return [(a, int(b)) for a, b in enumerate(row) if a < b]

    one, many = drawn(), np.array([drawn() for _ in range(40)])
    many[0] = one
    found = [partitions_of(n)[code] for code in coset_type_codes(one, many)]
    assert found == [coset_type(pairs(one), pairs(row)) for row in many]
    assert found[0] == (1,) * n


def test_multiplicities_count_every_pair_once():
    rows = everything(3)
    codes = coset_type_codes(rows[0], rows)
    counted = multiplicities(codes, np.arange(len(rows)) % 2, 3)
    assert sum(n for types in counted.values() for n in types.values()) == 15
    assert sum(types.get((3,), 0) for types in counted.values()) == 8


def test_pairings_of_compatible_slots_are_counted():
    zero, one = sp.Integer(0), sp.Integer(1)
    for labels in ([zero, zero, one, one], [zero, one, i, j], [zero] * 4 + [i, -1], [zero, one]):
        assert count_pairings(labels) == len(list(pairings_between(compatible(labels))))


def test_orbits_of_the_full_symmetric_group():
    rows = everything(3)
    swaps = [[1, 0, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]]
    representatives, sizes = orbits(rows, swaps)
    assert (len(representatives), sizes) == (1, [15])
    assert orbits(rows, [])[1] == [1] * 15


@pytest.mark.parametrize(
    ("expr", "assumptions", "orbit_sizes"),
    [
        (sp.Trace(W) ** 4, sp.true, [3]),
        (sp.Trace(W * A * W.T * B) ** 2, sp.true, [1, 1, 1]),
        (sp.Trace(W * S * W.T * S) ** 2, sp.Q.symmetric(S), [1, 2]),
        (sp.Trace(W * A) * sp.Trace(W * B) * sp.Trace(W * S) * sp.Trace(W * D), sp.true, [1] * 3),
    ],
)
def test_slot_symmetries(expr, assumptions, orbit_sizes):
    low = Lowering(Properties(assumptions))
    ((monomial, _),) = low.scalar(expr).items()
    tensors, sizes = [], {}
    for item, power in monomial:
        assert isinstance(item, Component)
        for _ in range(power):
            copied, ranges = low.instantiate(item)
            tensors += copied
            sizes |= ranges
    slots = [at for at, tensor in enumerate(tensors) if tensor[0] == W]
    generators = slot_symmetries(tensors, slots, sizes, low.properties)
    assert all(sorted(g) == list(range(len(slots))) for g in generators)
    assert sorted(orbits(everything(len(slots) // 2), generators)[1]) == orbit_sizes


def test_merging_labels():
    k = sp.Symbol("k", integer=True, positive=True)
    assert merge_labels([(sp.Integer(0), sp.Integer(1), d)], {}) is None
    renaming, left, factors = merge_labels([(-1, -2, d)], {-1: k, -2: d})
    assert set(renaming.values()) <= {-1, -2}
    assert list(left.values()) == [k]
    assert factors == []
    _, left, factors = merge_labels([(-1, i, d)], {-1: d})
    assert (left, factors) == ({}, [])
    _, _, factors = merge_labels([(-1, i, d)], {-1: k})
    assert factors == [sp.Piecewise((1, i < k), (0, True))]


@pytest.mark.parametrize("n", [3, 4, 6])
def test_powers_of_a_corner_of_a_random_matrix(n):
    """Tr (ZZᵀ)^n of a k×r corner: a Beta moment for one row, and k for whole rows."""
    k, r = sp.symbols("k r", integer=True, positive=True)
    corner = HaarOrthogonal("W", d)[:k, :r]
    value = expect(sp.Trace((corner * corner.T) ** n))
    beta = sp.prod((r + 2 * s) / (d + 2 * s) for s in range(n))
    assert sp.cancel(value.subs(k, 1) - beta) == 0
    assert sp.cancel(value.subs(r, d) - k) == 0
    assert sp.expand(value - value.subs({k: r, r: k}, simultaneous=True)) == 0
