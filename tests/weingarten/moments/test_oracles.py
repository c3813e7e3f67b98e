"""Moments against exact integration over O(2) and O(3), identities, and sampling."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import even_power_matrices, power_matrices
from tests.weingarten.moments.oracles import moment_over_o2, moment_over_o3
from weingarten import Estimate, moment, moment_cost, sample_haar

d = sp.Symbol("d")


def square(powers, size):
    """Fill up with zeros to a square matrix."""
    rows = [list(row) + [0] * (size - len(row)) for row in powers]
    return rows + [[0] * size for _ in range(size - len(rows))]


def cheap_methods(powers):
    return [name for name, cost in moment_cost(powers).estimates.items() if cost.seconds < 0.3]


@settings(max_examples=200)
@given(power_matrices(max_rows=2, max_columns=2, max_power=8))
def test_o2_by_trigonometry(powers):
    expected = moment_over_o2(square(powers, 2))
    for method in cheap_methods(powers):
        assert moment(powers, 2, method) == sp.Rational(expected.numerator, expected.denominator)


@pytest.mark.parametrize("powers", [[[1, 1], [1, 1]], [[3, 1], [1, 3]], [[2, 4], [6, 2]]])
def test_o2_needs_both_components(powers):
    """These distinguish O(2) from SO(2) or are far from zero in both."""
    expected = moment_over_o2(powers)
    assert expected != 0
    assert moment(powers, 2) == sp.Rational(expected.numerator, expected.denominator)


@pytest.mark.campaign
@settings(max_examples=150)
@given(even_power_matrices(max_rows=3, max_columns=3, max_moves=5))
def test_o3_column_by_column(powers):
    expected = moment_over_o3(square(powers, 3))
    for method in cheap_methods(powers):
        assert moment(powers, 3, method) == sp.Rational(expected.numerator, expected.denominator)


@settings(max_examples=60)
@given(power_matrices(max_rows=3, max_columns=3, max_power=3))
def test_o3_any_parity(powers):
    """Determinants have odd row sums: their average over O(3), not SO(3), is zero."""
    expected = moment_over_o3(square(powers, 3))
    assert moment(powers, 3) == sp.Rational(expected.numerator, expected.denominator)


def raised(powers, entries):
    """Return the power matrix times the entries, with a fresh last column."""
    rows = [[*row, 0] for row in powers]
    for i, j in entries:
        rows[i][j] += 1
    return rows


def is_zero(expression):
    return sp.cancel(sp.together(expression)) == 0


@settings(max_examples=60)
@given(even_power_matrices(max_rows=3, max_columns=3, max_moves=3), st.data())
def test_rows_have_unit_norm(powers, data):
    """Σ_j O_ij² = 1 inside any moment: the support, and d minus it fresh columns."""
    i, support = data.draw(st.integers(0, len(powers) - 1)), len(powers[0])
    within = sum(moment(raised(powers, [(i, j)] * 2), d) for j in range(support))
    fresh = (d - support) * moment(raised(powers, [(i, support)] * 2), d)
    assert is_zero(within + fresh - moment(powers, d))


@settings(max_examples=60)
@given(power_matrices(max_rows=3, max_columns=3, max_power=2), st.data())
def test_rows_are_orthogonal(powers, data):
    """Σ_j O_ij O_kj = 0 inside any moment."""
    assume(len(powers) > 1)
    i = data.draw(st.integers(0, len(powers) - 1))
    k = data.draw(st.sampled_from([row for row in range(len(powers)) if row != i]))
    support = len(powers[0])
    within = sum(moment(raised(powers, [(i, j), (k, j)]), d) for j in range(support))
    fresh = (d - support) * moment(raised(powers, [(i, support), (k, support)]), d)
    assert is_zero(within + fresh)


@pytest.mark.parametrize("method", ["qr", "counting", "gorin-lopez"])
def test_unit_norm_holds_for_each_method(method):
    powers = [[2, 1, 1], [2, 1, 1], [0, 2, 2]]
    within = sum(moment(raised(powers, [(0, j)] * 2), d, method) for j in range(3))
    fresh = (d - 3) * moment(raised(powers, [(0, 3)] * 2), d, method)
    assert is_zero(within + fresh - moment(powers, d, method))


@pytest.mark.parametrize("method", ["qr", "counting", "gorin-lopez"])
@pytest.mark.parametrize(
    "powers", [[[2, 4, 0], [0, 2, 6], [2, 0, 2]], [[2, 2, 0, 0], [0, 2, 2, 0], [0, 0, 4, 2]]]
)
def test_entries_become_gaussian(powers, method):
    """√d times a fixed corner of O tends to independent N(0,1), whose moments are (m-1)!!."""
    degree = sum(map(sum, powers))
    expected = sp.prod(sp.factorial2(m - 1) for row in powers for m in row if m)
    assert sp.limit(moment(powers, d, method) * d ** (degree // 2), d, sp.oo) == expected


@pytest.mark.slow
@pytest.mark.parametrize("size", [4, 5])
def test_dense_twos_by_contraction(size):
    """Σ_j O_1j² = 1 at d = size, where no fresh column is left."""
    powers = [[2] * size for _ in range(size)]
    powers[0][0] = 0
    total = sp.Integer(0)
    for j in range(size):
        raised_once = [list(row) for row in powers]
        raised_once[0][j] += 2
        total += moment(raised_once, size)
    assert total == moment(powers, size) != 0
    assert moment([[2] * size] * size, d).subs(d, size) == moment([[2] * size] * size, size)


@settings(max_examples=100)
@given(even_power_matrices(max_rows=4, max_columns=4, max_moves=4), st.randoms())
def test_permutations_and_transposition(powers, random):
    rows = [list(row) for row in powers]
    random.shuffle(rows)
    columns = [list(column) for column in zip(*rows, strict=True)]
    random.shuffle(columns)
    for method in cheap_methods(powers):
        expected = moment(powers, d, method)
        assert moment(columns, d, method) == expected
        assert moment([*columns, [0] * len(rows)], d, method) == expected


@pytest.mark.parametrize(
    ("powers", "dimension"),
    [
        ([[2, 0], [0, 2]], 3),
        ([[1, 1], [1, 1]], 3),
        ([[4, 0, 0], [0, 2, 2]], 3),
        ([[2, 2, 0], [2, 0, 2], [0, 2, 2]], 3),
        ([[1, 1, 0], [0, 1, 1], [1, 0, 1]], 5),
        ([[4, 2], [2, 0]], 5),
    ],
)
def test_sampled_matrices(powers, dimension):
    rng = np.random.default_rng(20240229)
    rows, columns = len(powers), len(powers[0])
    corner = sample_haar(dimension, 200_000, rows=rows, rng=rng)[:, :, :columns]
    products = np.prod(corner ** np.array(powers), axis=(1, 2))
    mean, error = products.mean(), products.std() / np.sqrt(len(products))
    estimate = Estimate(float(mean), float(error), len(products), 20240229)
    assert abs(estimate.mean - float(moment(powers, dimension))) < 5 * estimate.stderr
