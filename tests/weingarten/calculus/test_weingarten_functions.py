"""Weingarten functions against their definition, recursions and averages known otherwise.

Nothing here uses characters: the oracles are the Gram matrix, brute-force sums over pairings, the
orthogonality recursion and averages over O(1) and O(2) done by hand.
"""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import prod

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import even_power_matrices, partitions
from tests.tiers import heavy
from tests.weingarten_sums import weighted_wg_sum, wg_rational
from weingarten import (
    CostLimitError,
    InvalidInputError,
    wg,
    wg_series,
    wg_table,
    wg_validity,
)
from weingarten.calculus.gram import gram_inverse_by_type, gram_matrix, gram_products
from weingarten.characters.jack import character_vector
from weingarten.characters.sparse import sparse_character_table
from weingarten.combinatorics.circuits import circuit_counts
from weingarten.combinatorics.joins import PAIRINGS
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.combinatorics.partitions import pairings_of_coset_type, partitions_of
from weingarten.ensembles.orthogonal_group import ORTHOGONAL
from weingarten.exact.rational import RationalFunction

d = sp.Symbol("d")
#: Partitions of which the function is expanded; those of 4 take a quarter of a second.
SERIES = [*(mu for n in range(1, 4) for mu in partitions_of(n)), *map(heavy, partitions_of(4))]


# --- values and their form ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mu", "printed"),
    [
        ((), "1"),
        ((1,), "1/d"),
        ((1, 1), "(d + 1)/(d*(d - 1)*(d + 2))"),
        ((2,), "-1/(d*(d - 1)*(d + 2))"),
        ((1, 1, 1), "(d**2 + 3*d - 2)/(d*(d - 2)*(d - 1)*(d + 2)*(d + 4))"),
        ((2, 1), "-1/(d*(d - 2)*(d - 1)*(d + 4))"),
        ((3,), "2/(d*(d - 2)*(d - 1)*(d + 2)*(d + 4))"),
    ],
)
def test_published_values_print_in_factored_form(mu, printed):
    assert str(wg(mu, d)) == printed


@pytest.mark.parametrize("n", [*range(6), heavy(6)])
def test_symbolic_values_are_entries_of_the_inverse_gram_matrix(n):
    expected = gram_inverse_by_type(n, d)
    assert dict(wg_table(n, d)) == expected
    assert {mu: wg(mu, d) for mu in expected} == expected


@pytest.mark.campaign
def test_the_explicit_inverse_of_order_15():
    # plain SymPy elimination of the whole matrix, sharing nothing with the package but pairings
    field = sp.QQ.frac_field(d)
    inverse = sp.polys.matrices.DomainMatrix.from_Matrix(gram_matrix(3, d)).convert_to(field).inv()
    listed = list(pairings(3))
    for i, p in enumerate(listed):
        for j, q in enumerate(listed):
            assert field.from_sympy(wg(coset_type(p, q), d)) == inverse[i, j].element


@pytest.mark.parametrize("n", range(1, 6))
def test_a_row_times_the_gram_matrix_is_a_row_of_the_unit_matrix(n):
    # Σ_q Wg(p, q) d^loops(q, r) = δ_pr as rational functions, one r for each coset type with p
    p, *_ = listed = list(pairings(n))
    types = {coset_type(p, q): q for q in listed}
    for mu, r in types.items():
        terms = Counter((coset_type(p, q), len(coset_type(q, r))) for q in listed)
        total = RationalFunction([0])
        for (nu, loops), count in terms.items():
            total += wg_rational(nu, ORTHOGONAL) * RationalFunction([0] * loops + [count])
        assert total == RationalFunction([1 if mu == (1,) * n else 0])


@pytest.mark.parametrize("dimension", range(1, 7))
@pytest.mark.parametrize("n", [*range(7), heavy(7)])
def test_integer_dimensions_give_the_pseudo_inverse(n, dimension):
    # in the commutant algebra, M the multiplication by the Gram matrix G and g, w the vectors of
    # G and Wg: G Wg G = G, and Wg in the range of M, characterise the pseudo-inverse
    types = partitions_of(n)
    table = wg_table(n, dimension)
    values = [[flint.fmpq(int(table[mu].p), int(table[mu].q))] for mu in types]
    multiply = flint.fmpq_mat(
        [
            [flint.fmpq(sum(c * dimension**k for k, c in entry.items())) for entry in row]
            for row in gram_products(n, PAIRINGS)
        ]
    )
    w = flint.fmpq_mat(values)
    g = flint.fmpq_mat([[flint.fmpq(dimension ** len(mu))] for mu in types])
    assert multiply * multiply * w == g
    augmented = flint.fmpq_mat(
        [row + value for row, value in zip(multiply.tolist(), values, strict=True)]
    )
    assert augmented.rank() == multiply.rank()
    assert [wg(mu, dimension) for mu in types] == [table[mu] for mu in types]


@pytest.mark.parametrize("n", [12, 17])
def test_large_tables_agree_with_single_values(n):
    # the table is computed modulo primes, a value with exact integers
    for dimension in (d, n // 2, 2 * n):
        table = wg_table(n, dimension)
        for mu in partitions_of(n)[:: len(table) // 5]:
            assert table[mu] == wg(mu, dimension)


@pytest.mark.parametrize("alpha", [1, 2])
@pytest.mark.parametrize("n", range(1, 13))
def test_whole_tables_of_characters_agree_with_single_ones(n, alpha):
    types = partitions_of(n)
    table = sparse_character_table(n, alpha)
    expected = [character_vector(mu, alpha) for mu in types]
    assert [tuple(table.row(i)) for i in range(len(types))] == expected


# --- the orthogonality recursion (Collins and Matsumoto 2017) ----------------------------------


def recursion_terms(mu, k):
    """Yield (coefficient, shift, partition): Σ coefficient (d + shift or 1) Wg = right side."""
    rest = list(mu)
    rest.remove(k)
    for a in range(1, k):
        yield 1, tuple(sorted([*rest, a, k - a], reverse=True))
    for j in rest:
        others = list(rest)
        others.remove(j)
        yield 2 * j, tuple(sorted([*others, k + j], reverse=True))


@pytest.mark.parametrize("n", range(1, 11))
def test_recursion_as_rational_functions(n):
    for mu in partitions_of(n):
        for k in set(mu):
            total = wg_rational(mu, ORTHOGONAL) * RationalFunction([k - 1, 1])
            for factor, nu in recursion_terms(mu, k):
                total += factor * wg_rational(nu, ORTHOGONAL)
            rest = tuple(part for part in mu if part != 1) + (1,) * (mu.count(1) - 1)
            assert total == (wg_rational(rest, ORTHOGONAL) if k == 1 else RationalFunction([0]))


@settings(max_examples=60)
@given(partitions(min_n=1, max_n=14), st.integers(0, 9), st.data())
def test_recursion_at_integer_dimensions(mu, extra, data):
    # from d = n on: below, it holds on the range of the Gram matrix only
    dimension, k = sum(mu) + extra, data.draw(st.sampled_from(mu))
    total = (dimension + k - 1) * wg(mu, dimension)
    total += sum(factor * wg(nu, dimension) for factor, nu in recursion_terms(mu, k))
    rest = list(mu)
    rest.remove(k)
    assert total == (wg(rest, dimension) if k == 1 else 0)


def test_recursion_far_beyond_any_table():
    mu = (6, 5, 4, 3, 2)
    assert 26 * wg(mu, 25) + sum(factor * wg(nu, 25) for factor, nu in recursion_terms(mu, 2)) == 0


# --- sums that are known in closed form --------------------------------------------------------


@given(st.integers(0, 12), st.integers(1, 40))
def test_rows_sum_to_the_moment_of_a_unit_vector(n, dimension):
    # E (Σ_j O_1j²)^n = 1: every row of Wg sums to 1/(d (d+2) … (d+2n-2)), for every d >= 1
    counts = {mu: pairings_of_coset_type(mu) for mu in partitions_of(n)}
    expected = Fraction(1, prod(dimension + 2 * k for k in range(n)))
    assert weighted_wg_sum(counts, dimension, ORTHOGONAL) == expected
    if n <= 8:
        table = wg_table(n, dimension)
        assert sum(count * table[mu] for mu, count in counts.items()) == expected


@pytest.mark.parametrize("n", range(1, 9))
def test_rows_sum_symbolically(n):
    counts = {mu: pairings_of_coset_type(mu) for mu in partitions_of(n)}
    total = sum((counts[mu] * wg_rational(mu, ORTHOGONAL) for mu in counts), RationalFunction([0]))
    assert total == RationalFunction([1], [2 * k for k in range(n)])
    assert weighted_wg_sum(counts, d, ORTHOGONAL) == total.to_sympy(d)


def moment(powers, dimension):
    """E Π O_ij^powers[i][j] by the definition, counted over compatible pairings."""
    edges = [
        (("row", i), ("column", j))
        for i, row in enumerate(powers)
        for j, power in enumerate(row)
        for _ in range(power)
    ]
    counts = {
        tuple(length // 2 for length in lengths): count
        for lengths, count in circuit_counts(edges).items()
    }
    return weighted_wg_sum(counts, dimension, ORTHOGONAL) if counts else sp.Integer(0)


@settings(max_examples=40)
@given(even_power_matrices(max_rows=3, max_columns=3, max_moves=4), st.integers(0, 3))
def test_summing_a_squared_row_removes_it(powers, extra):
    # Σ_j O_1j² = 1 inside any average, at a small integer dimension and symbolically
    columns = len(powers[0])
    dimension = max(columns, len(powers)) + extra

    def with_square(j):
        wider = [[*row, 0] for row in powers]
        wider[0][j] += 2
        return wider

    for size in (dimension, d):
        known = [moment(with_square(j), size) for j in range(columns)]
        other = moment(with_square(columns), size) if size != columns else 0
        total = sum(known) + (size - columns) * other
        assert sp.cancel(total - moment(powers, size)) == 0


@settings(max_examples=40)
@given(even_power_matrices(max_rows=2, max_columns=2, max_moves=4))
def test_averages_over_the_plane_by_trigonometry(powers):
    # O(2) is half rotations and half reflections; equally spaced angles integrate exactly
    (a, b), (c, e) = ([*row, 0][:2] for row in [*powers, [0, 0]][:2])
    degree = a + b + c + e
    angles = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    cosine, sine = np.cos(angles), np.sin(angles)
    rotation = cosine**a * (-sine) ** b * sine**c * cosine**e
    reflection = cosine**a * sine**b * sine**c * (-cosine) ** e
    assert float(moment(powers, 2)) == pytest.approx((rotation + reflection).mean() / 2, abs=1e-12)


@given(st.integers(0, 9))
def test_in_one_dimension_all_functions_are_equal(n):
    # O = ±1: the Gram matrix is all ones, and its pseudo-inverse 1/(2n-1)!!² everywhere
    pairs = prod(range(1, 2 * n, 2))
    assert set(wg_table(n, 1).values()) == {sp.Rational(1, pairs**2)}


# --- canonical requests ------------------------------------------------------------------------


@pytest.mark.parametrize("three", [3, sp.Integer(3), np.int64(3), np.uint8(3)])
def test_an_integer_dimension_may_come_as_any_integer_type(three):
    for mu in partitions_of(5):
        value = wg(mu, three)
        assert isinstance(value, sp.Rational)
        assert value == wg(mu, 3)
    assert dict(wg_table(4, three)) == dict(wg_table(4, 3))


def test_parts_may_come_in_any_order_and_type():
    for mu in [(1, 2), [2, 1], np.array([1, 2]), (sp.Integer(2), 1), sp.Tuple(1, 2), iter((1, 2))]:
        assert wg(mu, d) == -1 / (d * (d - 2) * (d - 1) * (d + 4))
    table = wg_table(3, d)
    assert table[1, 2] == table[2, 1] == table[np.int64(2), 1]


@pytest.mark.parametrize("mu", [(1,), (2, 1), (3,), (2, 2), (1, 1, 1, 1)])
@pytest.mark.parametrize(
    "dimension",
    [2 * d, d + 1, sp.Symbol("n", integer=True, positive=True), sp.Symbol("d", positive=True)],
)
def test_expressions_are_put_into_the_symbolic_result(mu, dimension):
    assert sp.cancel(wg(mu, dimension) - wg(mu, d).subs(d, dimension)) == 0
    assert sp.cancel(wg_table(sum(mu), dimension)[mu] - wg(mu, dimension)) == 0
    assert wg(mu, dimension).free_symbols == sp.sympify(dimension).free_symbols


def test_a_request_does_not_depend_on_those_before_it():
    assert wg((2,), d) != wg((2,), 1) == wg((2,), sp.Integer(1)) == sp.Rational(1, 9)
    assert wg((2,), sp.Integer(1)) == wg((2,), np.int64(1))
    assert wg((2,), d).subs(d, 1) == sp.zoo


@pytest.mark.parametrize(
    "dimension",
    [
        *(0, -1, sp.Integer(0), sp.Rational(1, 2), Fraction(1, 2), 0.5, 3.0, sp.Float(3)),
        *("d", "3", True, None, [3], sp.oo, sp.I, sp.pi, sp.Symbol("d", negative=True)),
    ],
)
@pytest.mark.parametrize("call", [lambda x: wg((2, 1), x), lambda x: wg_table(3, x)])
def test_dimensions_must_be_positive_integers_or_symbolic(call, dimension):
    with pytest.raises(InvalidInputError, match="d must be a positive integer or a SymPy") as error:
        call(dimension)
    assert error.value.argument == "d"


@pytest.mark.parametrize(
    "mu", ["21", "2,1", (2, 0), (2, -1), (1.0,), (True,), ((2, 1),), 3, None, {"a": 1}]
)
def test_coset_types_must_be_partitions(mu):
    with pytest.raises(InvalidInputError, match=r"coset_type must be .* integer partition"):
        wg(mu, d)


@pytest.mark.parametrize("n", [-1, 2.0, "2", None, True])
def test_orders_of_tables_must_be_natural_numbers(n):
    with pytest.raises(InvalidInputError, match="n must be an integer >= 0"):
        wg_table(n, d)


def test_tables_are_mappings():
    table = wg_table(4, d)
    assert isinstance(table, Mapping)
    assert list(table) == list(partitions_of(4))
    assert len(table) == 5
    assert (3, 1) in table
    assert (3, 2) not in table
    assert "31" not in table
    with pytest.raises(KeyError):
        table[2, 1]
    assert table[3, 1] is table[3, 1]
    assert dict(wg_table(0, d)) == {(): 1}


def test_hopeless_requests_are_refused():
    with pytest.raises(CostLimitError, match="max_cost=None"):
        wg_table(200, d)
    with pytest.raises(CostLimitError, match="max_cost=None"):
        wg(range(1, 40), 3)
    with pytest.raises(CostLimitError):
        wg_table(4, d, max_cost=1e-9)
    assert wg((2, 1), d, max_cost=None) == wg((2, 1), d)


def test_the_range_of_validity_is_stated():
    assert wg_validity((2, 1), d) == (d >= 3)
    assert wg_table(3, d).validity == (d >= 3)
    # at d = n it holds, at d = n - 1 it has a pole
    for n in range(2, 6):
        for mu in partitions_of(n):
            assert wg(mu, d).subs(d, n) == wg(mu, n)
        assert any(wg(mu, d).subs(d, n - 1) == sp.zoo for mu in partitions_of(n))


# --- large-d expansions ------------------------------------------------------------------------


@pytest.mark.parametrize("mu", SERIES)
def test_series_are_expansions_of_the_functions(mu):
    order = 6
    x = sp.Symbol("x")
    lowest = 2 * sum(mu) - len(mu)
    exact = sp.series(sp.cancel(wg(mu, 1 / x)), x, 0, lowest + order).removeO()
    assert sp.expand(wg_series(mu, d, order).subs(d, 1 / x) - exact) == 0


@given(partitions(min_n=1, max_n=9))
def test_series_lead_with_products_of_catalan_numbers(mu):
    # Collins and Śniady 2006, Theorem 3.13
    power = sum(mu) * 2 - len(mu)
    leading = prod((-1) ** (part - 1) * sp.catalan(part - 1) for part in mu)
    assert wg_series(mu, d, 1) == leading * d**-power


def test_series_converge_to_the_functions():
    for mu in [(3, 2), (2, 2, 2, 1), (5, 4)]:
        approximate = wg_series(mu, d, 40).subs(d, 400)
        assert abs(approximate / wg(mu, 400) - 1) < sp.Rational(1, 10**40)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (("21", d, 3), "coset_type"),
        (((2, 1), 5, 3), "d"),
        (((2, 1), "d", 3), "d"),
        (((2, 1), d, -1), "order"),
        (((2, 1), d, 1.5), "order"),
    ],
)
def test_series_name_bad_input(arguments, argument):
    with pytest.raises(InvalidInputError) as error:
        wg_series(*arguments)
    assert error.value.argument == argument
