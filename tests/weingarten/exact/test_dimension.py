"""Coefficients of an integer dimension are the values of those of the symbolic one."""

import pickle
from collections import Counter
from copy import deepcopy
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from weingarten.exact.dimension import SYMBOLIC, Dimension, exact_to_sympy
from weingarten.exact.rational import RationalFunction

d = sp.Symbol("d")
SIZES = st.integers(1, 12)
SHIFTS = st.lists(st.integers(0, 6), max_size=4)
TERMS = st.lists(st.tuples(st.integers(-9, 9), SHIFTS.map(Counter)), max_size=4)


def value_at(function, size):
    value = exact_to_sympy(function, d).subs(d, size)
    return Fraction(int(value.p), int(value.q))


@given(SIZES, st.integers(-20, 20), SHIFTS)
def test_quotients_and_products(size, number, shifts):
    at = Dimension(size)
    below = sp.prod([d + c for c in shifts])
    assert sp.cancel(exact_to_sympy(SYMBOLIC.quotient(number, shifts), d) - number / below) == 0
    assert sp.expand(exact_to_sympy(SYMBOLIC.product(shifts), d) - below) == 0
    assert at.quotient(number, shifts) == value_at(SYMBOLIC.quotient(number, shifts), size)
    assert at.product(shifts) == value_at(SYMBOLIC.product(shifts), size)


@given(SIZES, TERMS)
def test_sums_of_fractions(size, terms):
    expected = sp.Add(*(n / sp.prod([(d + c) ** m for c, m in x.items()]) for n, x in terms))
    symbolic = SYMBOLIC.sum_of(terms)
    assert sp.cancel(exact_to_sympy(symbolic, d) - expected) == 0
    assert Dimension(size).sum_of(terms) == value_at(symbolic, size)
    for at in (SYMBOLIC, Dimension(size)):
        assert at.sum_of(terms, 6) * 6 == at.sum_of(terms)


@given(SIZES, st.integers(0, 5), st.lists(st.tuples(st.integers(-9, 9), SHIFTS), max_size=4))
def test_powers_and_weighted_sums(size, exponent, terms):
    at = Dimension(size)
    assert at.power(exponent) == size**exponent == value_at(SYMBOLIC.power(exponent), size)
    total = SYMBOLIC.weighted_sum([(n, SYMBOLIC.quotient(1, x)) for n, x in terms])
    assert at.weighted_sum([(n, at.quotient(1, x)) for n, x in terms]) == value_at(total, size)


def test_a_sum_may_hold_bare_numbers():
    total = SYMBOLIC.weighted_sum([(2, Fraction(1, 2)), (1, SYMBOLIC.power(1))])
    assert exact_to_sympy(total, d) == d + 1


def test_coefficients_are_of_one_kind():
    assert SYMBOLIC.coefficient(3) == RationalFunction([3])
    assert Dimension(2).coefficient(3) == Fraction(3)
    function = SYMBOLIC.power(2)
    assert SYMBOLIC.coefficient(function) is function


def test_what_an_integer_rules_out():
    assert SYMBOLIC.admits(10**9)
    assert Dimension(3).admits(3)
    assert not Dimension(3).admits(4)
    assert Dimension(2).vanishes([0, -2])
    assert not Dimension(2).vanishes([0, 2])
    assert not SYMBOLIC.vanishes([0])


@pytest.mark.parametrize("size", [3, sp.Integer(3), d, 2 * d + 1])
def test_there_is_one_object_for_each(size):
    dimension = Dimension.of(size)
    assert dimension is Dimension.of(size)
    assert dimension is (SYMBOLIC if dimension.symbolic else Dimension(3))
    assert pickle.loads(pickle.dumps(dimension)) is dimension
    assert deepcopy(dimension) is dimension
