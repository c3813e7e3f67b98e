"""Class functions and patterns of the circular ensembles and of permutations, one with another."""

from itertools import permutations, product

import numpy as np
import pytest
import sympy as sp
from sympy import Abs, Trace, conjugate

from weingarten import (
    CircularOrthogonal,
    CircularSymplectic,
    CostLimitError,
    HaarSymplectic,
    RandomPermutation,
    evaluate,
    expect,
    expectation,
    moment,
)

d, m = sp.symbols("d m", integer=True, positive=True)
i, j, k, n = sp.symbols("i j k n", integer=True, nonnegative=True)
MATRICES = [
    CircularOrthogonal("C", d),
    CircularOrthogonal("C", 1),
    CircularOrthogonal("C", 2),
    CircularSymplectic("C", 2 * m),
    CircularSymplectic("C", 2),
    CircularSymplectic("C", 4),
]


@pytest.mark.parametrize("W", MATRICES)
@pytest.mark.parametrize(
    ("plain", "others"), [((1,), (1,)), ((2,), (1, 1)), ((2, 1), (3,)), ((1, 1), (1, 1))]
)
def test_class_functions_are_sums_over_bijections(W, plain, others):
    expr = sp.Mul(*(Trace(W**a) for a in plain), *(conjugate(Trace(W**a)) for a in others))
    by_characters, listed = expectation(expr), expectation(expr, method="circular")
    assert sp.cancel(by_characters.value - listed.value) == 0
    assert by_characters.valid_for == listed.valid_for


def test_class_functions_have_a_symmetry_of_unitary_matrices():
    # at d = 1 the symplectic size is 2: a phase times the unit matrix
    for power in range(6):
        assert expect(Abs(Trace(CircularSymplectic("C", 2) ** 3)) ** (2 * power)) == 4**power
        assert expect(Abs(Trace(CircularOrthogonal("C", 1) ** 2)) ** (2 * power)) == 1
    assert expect(Trace(MATRICES[0]) ** 2) == 0


@pytest.mark.parametrize("W", MATRICES)
def test_patterns_are_sums_over_bijections(W):
    size = W.shape[0]
    A = sp.MatrixSymbol("A", size, size)
    last = 0 if size == 1 else 1
    questions = [
        Abs(W[0, 0] * W[0, last]) ** 2,
        W[i, j] * W[j, 0] * conjugate(W[i, 0] * W[j, j]),
        W[i, i] * conjugate(W[k, n]),
        (W * A)[0, 0] * conjugate(W[0, i]),
    ]
    for expr in questions:
        found = [expect(expr, method=name) for name in ("circular-patterns", "circular")]
        if size.is_Integer:
            values = [
                [value.subs(dict(zip((i, j, k, n), at, strict=True))).doit() for value in found]
                for at in product(range(min(size, 2)), repeat=4)
            ]
        else:
            half = size / 2 if isinstance(W, CircularSymplectic) else 0
            at = {i: 0, j: half + 1, k: half, n: 0}
            values = [[value.subs(at).doit() for value in found]]
        assert all(sp.simplify(one - two) == 0 for one, two in values)


@pytest.mark.parametrize("group", ["COE", "CSE"])
def test_entries_with_fixed_indices_are_moments(group):
    W = {"COE": CircularOrthogonal, "CSE": CircularSymplectic}[group]("C", 4)
    for powers in ([[4]], [[0, 3]], [[1, 1], [0, 1]], [[2, 0], [0, 2]]):
        expr = sp.Mul(
            *(W[a, b] ** p for a, row in enumerate(powers) for b, p in enumerate(row) if p)
        )
        expected = moment(powers, 4, group=group, conjugate=powers)
        assert expect(expr * conjugate(expr)) == expected


def test_long_sums_over_bijections_are_refused():
    W, A, B = MATRICES[0], sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
    with pytest.raises(CostLimitError, match="the average over 12 factors of C needs"):
        expect(Trace(W * A * W.H * B) ** 6)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("powers", [{1: 3}, {1: 2, 2: 1}, {2: 2, 3: 1}, {6: 2}, {4: 1, 2: 1}])
def test_traces_of_permutations_by_enumeration(size, powers):
    def trace(listed, power):
        return sum(all_equal(listed, start, power) for start in range(size))

    def all_equal(listed, start, power):
        here = start
        for _ in range(power):
            here = listed[here]
        return here == start

    P = RandomPermutation("P", size)
    expr = sp.Mul(*(Trace(P**a) ** p for a, p in powers.items()))
    group = list(permutations(range(size)))
    total = sum(sp.Mul(*(trace(s, a) ** p for a, p in powers.items())) for s in group)
    assert expect(expr) == sp.Rational(total, len(group))
    general = expectation(expr.subs(P, RandomPermutation("P", d)))
    if general.valid_for.subs(d, size):
        assert general.value == sp.Rational(total, len(group))


def test_the_trace_of_a_permutation_has_bell_numbers():
    assert expect(Trace(RandomPermutation("P", d)) ** 30) == sp.bell(30)


#: Few entries, so that averages of words become averages of few products of entries.
FIRST = {(0, 0): 1, (1, 2): 2}
SECOND = {(0, 2): -1, (2, 1): 3, (1, 1): 1}


@pytest.mark.campaign
@pytest.mark.parametrize(
    "W",
    [
        HaarSymplectic("W", 4),
        CircularOrthogonal("W", 3),
        CircularSymplectic("W", 4),
    ],
)
def test_one_of_each_orbit_of_words_is_enough(W):
    size = int(W.shape[0])
    A, B = (sp.MatrixSymbol(name, size, size) for name in "AB")
    numbers = {
        x: sp.ImmutableMatrix(size, size, lambda a, b, e=entries: e.get((a, b), 0))
        for x, entries in ((A, FIRST), (B, SECOND))
    }

    arrays = {x: sp.matrix2numpy(value, dtype=float) for x, value in numbers.items()}

    def one(X):
        return Abs(Trace(W * X)) ** 6

    def two(X, Y):
        return Trace(W * X * W.H * Y) ** 3

    def together(X, Y):
        return Trace((W * X * W.H * Y) ** 2) * Abs(Trace(W * X)) ** 2

    for word, names in ((one, [A]), (two, [A, B]), (together, [A, B])):
        by_entries = expect(word(*(numbers[name] for name in names)))
        general = evaluate(expect(word(*names)), arrays)
        assert by_entries != 0
        assert abs(complex(general) - complex(by_entries)) < 1e-9


@pytest.mark.campaign
def test_one_of_each_orbit_of_pairs_of_partitions_is_enough():
    size = 4
    P = RandomPermutation("P", size)
    A, B = (sp.MatrixSymbol(name, size, size) for name in "AB")
    rng = np.random.default_rng(12)
    arrays = {x: rng.normal(size=(size, size)) for x in (A, B)}
    group = np.array([np.eye(size)[list(s)] for s in permutations(range(size))])
    for expr in (
        Trace(P * A) ** 4 * Trace(P),
        Trace(P * A * P.T * B) ** 2,
        Trace(P * A) ** 2 * Trace(P * B) ** 2,
        (P * A)[0, 1] * Trace(P * B * P) * P[0, 0],
    ):
        mean = np.mean(evaluate(expr, {**arrays, P: group}))
        assert np.isclose(evaluate(expect(expr), arrays), mean)


def test_a_line_of_the_form_has_one_entry():
    C, A = CircularSymplectic("C", 2 * m), sp.MatrixSymbol("A", 2 * m, 2 * m)
    found = expect((C * A * C.C)[0, 0] ** 2)
    assert found == A[0, 0] ** 2 / (m * (2 * m - 1))
    found = expect((C * A * C.H)[0, 0] ** 2)
    assert not found.has(sp.KroneckerDelta)
    fixed = CircularSymplectic("C", 4)
    B = sp.MatrixSymbol("A", 4, 4)
    array = np.arange(16.0).reshape(4, 4) ** 2 - 2j * np.eye(4)
    direct = evaluate(expect((fixed * B * fixed.H)[0, 0] ** 2), {B: array})
    assert np.isclose(evaluate(found.subs(m, 2), {B: array}), direct)
