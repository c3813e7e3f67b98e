"""wg_apply against the dense oracle, the Gram matrix and direct averages over group elements."""

from fractions import Fraction
from math import lcm

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiers import heavy
from weingarten.calculus.apply import wg_apply
from weingarten.calculus.gram import gram_inverse
from weingarten.calculus.weingarten_functions import wg_table
from weingarten.combinatorics.pairing_tables import partner_table
from weingarten.combinatorics.pairings import coset_type, number_of_pairings, pairings
from weingarten.errors import CostLimitError, InvalidInputError

d = sp.Symbol("d")


def vectors(n):
    size = number_of_pairings(n)
    return st.lists(st.integers(-9, 9), min_size=size, max_size=size)


def fractions(n, seed):
    pairs = np.random.default_rng(seed).integers(1, 9, (number_of_pairings(n), 2))
    return [Fraction(int(a), int(b)) for a, b in pairs]


@pytest.mark.parametrize(
    ("n", "dimension"),
    [(n, k) for n in range(1, 5) for k in (1, 2, 3, 4, 7)] + [(n, d) for n in range(1, 4)],
)
def test_agrees_with_the_dense_matrix(n, dimension):
    vector = np.random.default_rng(n).integers(-9, 10, number_of_pairings(n))
    dense = gram_inverse(n, dimension) * sp.Matrix(vector)
    assert (wg_apply(vector, dimension) - dense).applyfunc(sp.cancel).is_zero_matrix
    if isinstance(dimension, int):
        floats = np.array(dense, dtype=float)[:, 0]
        assert np.allclose(wg_apply(vector * 1.0, dimension), floats, rtol=1e-15, atol=1e-17)


def gram_times(vector, n, dimension, rows=slice(None)):
    """Apply some rows of the Gram matrix, counting loops for all pairings at once.

    Going along p and then q permutes the points; every loop is two of its cycles, and a cycle has
    one point that is smallest.
    """
    table = partner_table(n).astype(np.intp)
    scale = lcm(*(entry.denominator for entry in vector))
    integers = np.array([int(entry * scale) for entry in vector], dtype=object)
    result = []
    for p in table[rows]:
        step = table[:, p]
        here, smallest = step, step
        for _ in range(n):
            here = np.take_along_axis(step, here, axis=1)
            smallest = np.minimum(smallest, here)
        loops = (smallest == np.arange(2 * n)).sum(axis=1) // 2
        result.append(Fraction(int((dimension**loops).dot(integers)), scale))
    return result


def applied(vector, dimension):
    return [Fraction(x.p, x.q) for x in wg_apply(vector, dimension)]


@pytest.mark.parametrize(("n", "dimension"), [(5, 5), (5, 8), heavy(6, 6)])
def test_the_gram_matrix_undoes_it(n, dimension):
    vector, rows = fractions(n, seed=n), slice(None, None, 400)
    assert gram_times(applied(vector, dimension), n, dimension, rows) == vector[rows]


@pytest.mark.campaign
@pytest.mark.parametrize("dimension", [2, 3])
def test_below_n_it_is_the_pseudo_inverse(dimension):
    vector = fractions(5, seed=0)
    once = applied(vector, dimension)
    projected = gram_times(once, 5, dimension)
    assert projected != vector
    assert applied(projected, dimension) == once
    image = gram_times(vector, 5, dimension)
    assert gram_times(applied(image, dimension), 5, dimension) == image


@pytest.mark.parametrize(
    ("n", "dimension"), [(4, d), (4, d + 1), (5, d), (5, 2), heavy(6, 3), heavy(6, d)]
)
def test_columns_are_weingarten_functions(n, dimension):
    listed, table = list(pairings(n)), wg_table(n, dimension)
    unit = np.zeros(len(listed), dtype=int)
    unit[17] = 1
    for p, value in list(zip(listed, wg_apply(unit, dimension), strict=True))[::23]:
        assert value == table[coset_type(p, listed[17])]


@settings(max_examples=20)
@given(vectors(3), vectors(3), st.integers(1, 6))
def test_it_is_linear_and_symmetric(left, right, dimension):
    a, b = sp.Matrix(left), sp.Matrix(right)
    assert wg_apply(2 * a - b, dimension) == 2 * wg_apply(a, dimension) - wg_apply(b, dimension)
    assert (a.T * wg_apply(b, dimension))[0] == (b.T * wg_apply(a, dimension))[0]


def test_it_averages_a_monomial():
    # E O_11² O_22² at d = 3: indices 0 0 1 1 on both sides
    compatible = sp.Matrix([int(p == ((0, 1), (2, 3))) for p in pairings(2)])
    assert (compatible.T * wg_apply(compatible, 3))[0] == sp.Rational(4, 30)


def test_symbols_and_irrational_numbers_in_the_vector():
    x, y = sp.symbols("x y")
    entries = [x, y / 3 + sp.sqrt(2), (x + y) ** 2]
    for dimension in (2, d):
        expected = gram_inverse(2, dimension) * sp.Matrix(entries)
        difference = wg_apply(entries, dimension) - expected
        assert difference.applyfunc(sp.simplify).is_zero_matrix


def test_integers_of_any_size():
    vector = [10**60 + 1, -(3**150), 5]
    assert wg_apply(vector, 4) == gram_inverse(2, 4) * sp.Matrix(vector)
    large = [(-1) ** k * 7 ** (k % 90) for k in range(105)]
    assert wg_apply(large, 3) == gram_inverse(4, 3) * sp.Matrix(large)


@pytest.mark.parametrize("zero", [[0] * 15, np.zeros(15)])
def test_zero_stays_zero(zero):
    assert not any(wg_apply(zero, 3))


def test_floats_lose_nothing_but_their_own_rounding():
    rng = np.random.default_rng(1)
    exact = [int(x) for x in rng.integers(-(2**50), 2**50, 945)]
    for dimension in (2, 5, 40):
        expected = np.array([float(x) for x in wg_apply(exact, dimension)])
        floats = wg_apply(np.array(exact, dtype=float), dimension)
        assert np.abs(floats - expected).max() <= 1e-15 * np.abs(expected).max()


def test_columns_are_treated_one_by_one():
    rng = np.random.default_rng(2)
    block = rng.standard_normal((15, 4)) * np.array([1.0, 1e-200, 1e200, 0.0])
    result = wg_apply(block, 5)
    assert result.shape == (15, 4)
    for j in range(4):
        assert np.array_equal(result[:, j], wg_apply(block[:, j], 5))
    whole = rng.integers(0, 9, (15, 2))
    assert wg_apply(whole, 5) == gram_inverse(3, 5) * sp.Matrix(whole)
    assert wg_apply(sp.Matrix(whole), 5) == wg_apply(whole, 5)


@pytest.mark.parametrize(
    ("dtype", "expected"), [("f4", "f8"), ("f8", "f8"), ("c8", "c16"), ("c16", "c16")]
)
def test_float_arrays_come_back_in_double_precision(dtype, expected):
    vector = np.arange(3).astype(dtype) * (1 + 1j if dtype.startswith("c") else 1)
    result = wg_apply(vector, 2)
    assert result.dtype == np.dtype(expected)
    exact = np.array(gram_inverse(2, 2).tolist(), dtype=float)
    assert np.allclose(result, exact @ vector)


@pytest.mark.parametrize(
    "vector",
    [
        [1, 2, 3],
        (1, 2, 3),
        iter([1, 2, 3]),
        np.array([1, 2, 3]),
        np.array([1, Fraction(2), sp.Integer(3)], dtype=object),
        sp.Matrix([1, 2, 3]),
        sp.ImmutableMatrix([1, 2, 3]),
    ],
)
def test_exact_input_gives_an_immutable_matrix(vector):
    result = wg_apply(vector, d)
    assert isinstance(result, sp.ImmutableDenseMatrix)
    assert result.shape == (3, 1)
    assert result[0] == (d - 4) / (d * (d - 1) * (d + 2))


@pytest.mark.parametrize(
    ("vector", "dimension", "message"),
    [
        ([1, 2], d, r"\(2n-1\)!! pairings of 2n points; got 2; pass 1, 3, 15"),
        (np.zeros(4), 3, r"\(2n-1\)!! pairings"),
        ([], d, "vector must not be empty"),
        ("abc", d, "sequence of exact numbers"),
        (5, d, "sequence of exact numbers"),
        (["1", 2, 3], d, "sequence of exact numbers.*got '1'"),
        ([1.0, 2, 3], d, "got 1.0; .*numpy.asarray"),
        ([True, 2, 3], d, "got True"),
        ([sp.Float(1), 2, 3], d, "got 1.0"),
        ([sp.nan, 2, 3], d, "got nan"),
        ([sp.oo, 2, 3], d, "got oo"),
        (np.ones(3), d, "d must be an integer for a vector of floats; got d"),
        (np.array([1.0, np.nan, 0.0]), 3, "finite numbers"),
        (np.ones((3, 1, 1)), 3, "one or two axes"),
        (np.ones((1, 1, 1), dtype=int), 3, "sequence of exact numbers"),
        ([1, 2, 3], 0, "d must be a positive integer"),
        ([1, 2, 3], 2.0, "d must be a positive integer"),
    ],
)
def test_bad_input_is_named(vector, dimension, message):
    with pytest.raises(InvalidInputError, match=message):
        wg_apply(vector, dimension)


def test_long_vectors_are_refused_by_their_cost():
    with pytest.raises(CostLimitError, match="wg_apply with n = 8 and 1 columns"):
        wg_apply(np.zeros(number_of_pairings(8)), 9)
    with pytest.raises(CostLimitError):
        wg_apply([1, 2, 3], d, max_cost=1e-6)
    symbols = [sp.Symbol(f"x{k}") for k in range(945)]
    with pytest.raises(CostLimitError, match="945 columns"):
        wg_apply(symbols, d)


def test_monte_carlo():
    # average of (aᵀ O b)^6 for fixed a and b is Σ_p,q a(p) Wg(p, q) b(q)
    a, b = np.array([1.0, -2.0, 0.5]), np.array([0.3, 1.0, 1.0])
    legs = np.full(15, (b @ b) ** 3)
    exact = (a @ a) ** 3 * wg_apply(legs, 3).sum()
    rng = np.random.default_rng(0)
    direction = rng.standard_normal((100_000, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    sample = (np.linalg.norm(b) * direction @ a) ** 6
    assert abs(sample.mean() - exact) < 4.5 * sample.std() / np.sqrt(len(sample))
