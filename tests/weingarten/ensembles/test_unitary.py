"""The unitary group: the suite of all ensembles, published values, and sums known otherwise."""

from math import prod

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import partitions
from tests.weingarten.ensembles.family import EnsembleSuite, d
from tests.weingarten_sums import weighted_wg_sum
from weingarten import InvalidInputError, wg, wg_apply, wg_series, wg_table
from weingarten.combinatorics.partitions import class_size, partitions_of
from weingarten.ensembles.unitary_group import UNITARY


class TestUnitary(EnsembleSuite):
    group = "U"
    dimensions = (1, 2, 3)


@pytest.mark.parametrize(
    ("mu", "printed"),
    [
        ((), "1"),
        ((1,), "1/d"),
        ((1, 1), "1/((d - 1)*(d + 1))"),
        ((2,), "-1/(d*(d - 1)*(d + 1))"),
        ((1, 1, 1), "(d**2 - 2)/(d*(d - 2)*(d - 1)*(d + 1)*(d + 2))"),
        ((2, 1), "-1/((d - 2)*(d - 1)*(d + 1)*(d + 2))"),
        ((3,), "2/(d*(d - 2)*(d - 1)*(d + 1)*(d + 2))"),
    ],
)
def test_published_values(mu, printed):
    # Collins and Śniady 2006, after Theorem 2.1
    assert str(wg(mu, d, group="U")) == printed


@given(st.integers(1, 12), st.integers(1, 30))
def test_rows_sum_to_the_moment_of_a_unit_vector(n, size):
    # E |U_11|^{2n} = n! Σ_μ Wg = n!/(d (d+1) … (d+n-1)), for every d >= 1
    counts = {mu: class_size(mu, 1) for mu in partitions_of(n)}
    expected = sp.Rational(1, prod(size + k for k in range(n)))
    assert weighted_wg_sum(counts, size, UNITARY) == expected


@given(partitions(min_n=1, max_n=14), st.integers(0, 9), st.data())
def test_recursion_at_integer_dimensions(mu, extra, data):
    # Samuel 1980: d Wg(μ) + Σ Wg(split) + Σ j Wg(merged) = [k = 1] Wg(μ∖1)
    size, k = sum(mu) + extra, data.draw(st.sampled_from(mu))
    rest = list(mu)
    rest.remove(k)
    total = size * wg(mu, size, group="U")
    total += sum(wg([*rest, a, k - a], size, group="U") for a in range(1, k))
    for i, j in enumerate(rest):
        total += j * wg([*rest[:i], *rest[i + 1 :], j + k], size, group="U")
    assert total == (wg(rest, size, group="U") if k == 1 else 0)


def test_full_cycles_are_catalan_numbers_over_a_product():
    for n in range(1, 9):
        expected = (-1) ** (n - 1) * sp.catalan(n - 1) / sp.Mul(*(d + c for c in range(1 - n, n)))
        assert sp.cancel(wg((n,), d, group="U") - expected) == 0


def test_series_have_one_parity():
    # d Wg(μ) changes by one power a step: only every second power occurs
    series = wg_series((2, 1), d, 8, group="U")
    assert {sp.degree(term, 1 / d) % 2 for term in sp.Add.make_args(series)} == {0}


def test_large_tables_agree_with_single_values():
    for size in (d, 7, 30):
        table = wg_table(13, size, group="U")
        for mu in partitions_of(13)[::25]:
            assert table[mu] == wg(mu, size, group="U")


def test_a_table_says_whose_it_is():
    table = wg_table(2, d, group="U")
    assert repr(table) == "WeingartenTable(n=2, d=d, group='U', 2 functions)"
    assert r"\mathrm{Wg}^{\mathrm{U}}_{2}(d)" in table.latex()


def test_vectors_have_an_entry_for_each_permutation():
    # rows sum to 1/(d (d+1) ⋯)
    expected = 1 / (d * (d + 1) * (d + 2) * (d + 3))
    assert set(wg_apply([1] * 24, d, group="U")) == {expected}
    with pytest.raises(InvalidInputError, match=r"each of the n! permutations of n points; got 3"):
        wg_apply([1, 2, 3], d, group="U")


@pytest.mark.parametrize("group", ["u", "SU", "", None, 3])
def test_groups_must_be_known(group):
    with pytest.raises(InvalidInputError, match="group must be one of 'O', 'U', 'Sp'"):
        wg((1,), d, group=group)
