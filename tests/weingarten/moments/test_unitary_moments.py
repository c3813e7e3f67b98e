"""Moments of entries of U(d): integrals over U(2), sums of rows, the Weingarten functions."""

from fractions import Fraction
from itertools import permutations, product
from math import factorial, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from tests.unitary_oracle import nodes
from weingarten import wg
from weingarten.moments.unitary import exact_unitary_moment, unitary_moment_seconds

d = sp.Symbol("d")
powers_2x2 = st.tuples(*[st.tuples(*[st.integers(0, 2)] * 2)] * 2)


@given(powers_2x2, powers_2x2)
def test_integrals_over_two_dimensions(plain, conjugated):
    degree = sum(map(sum, (*plain, *conjugated)))
    matrices, weights = nodes(2, 16)
    drawn = prod(
        matrices[:, a, b] ** plain[a][b] * matrices[:, a, b].conj() ** conjugated[a][b]
        for a, b in product(range(2), repeat=2)
    )
    assert degree <= 16
    found = exact_unitary_moment(plain, conjugated, 2)
    assert np.isclose(weights @ drawn, float(found), atol=1e-12)
    symbolic = exact_unitary_moment(plain, conjugated, None).to_sympy(d)
    assert symbolic.subs(d, 2) == sp.Rational(found)


def words(powers):
    return [(a, b) for a, row in enumerate(powers) for b, n in enumerate(row) for _ in range(n)]


def cycle_type(permutation):
    left, lengths = set(permutation), []
    while left:
        start = here = left.pop()
        length = 1
        while (here := permutation[here]) != start:
            left.remove(here)
            length += 1
        lengths.append(length)
    return tuple(sorted(lengths, reverse=True))


@pytest.mark.parametrize(
    ("plain", "conjugated"),
    [
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 1, 0), (0, 0, 1), (1, 0, 0))),
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 1, 0), (1, 0, 0), (0, 0, 1))),
        (((2, 0, 0), (0, 1, 1)), ((1, 1, 0), (1, 0, 1))),
        (((2, 1), (0, 1)), ((2, 1), (0, 1))),
        (((1, 1, 0), (1, 0, 1)), ((1, 0, 1), (1, 1, 0))),
        (((3, 1),), ((3, 1),)),
    ],
)
def test_sums_of_weingarten_functions(plain, conjugated):
    one, two = words(plain), words(conjugated)
    n = len(one)
    total = sp.Integer(0)
    for s, t in product(permutations(range(n)), repeat=2):
        if all(one[a][0] == two[s[a]][0] and one[a][1] == two[t[a]][1] for a in range(n)):
            total += wg(cycle_type([s.index(t[a]) for a in range(n)]), d, group="U")
    found = exact_unitary_moment(plain, conjugated, None).to_sympy(d)
    assert sp.simplify(total - found) == 0


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_row_has_norm_one(size):
    rest = ((1, 0), (0, 2))
    total = Fraction(0)
    for column in range(size):
        powers = [[*row, *[0] * (size - 2)] for row in rest]
        powers[0][column] += 1
        table = tuple(map(tuple, powers))
        total += exact_unitary_moment(table, table, size)
    assert total == exact_unitary_moment(rest, rest, size)


@pytest.mark.parametrize("powers", [(4,), (1, 2), (3, 0, 1, 2), (1,) * 6])
def test_one_row_is_a_point_of_the_complex_sphere(powers):
    found = exact_unitary_moment((powers,), (powers,), None).to_sympy(d)
    expected = prod(map(factorial, powers)) / sp.rf(d, sum(powers))
    assert sp.simplify(found - sp.expand_func(expected)) == 0


def test_phases_and_nothing():
    assert exact_unitary_moment((), (), 3) == 1
    assert exact_unitary_moment(((0,),), ((0,),), 3) == 1
    assert exact_unitary_moment(((1, 0),), ((0, 1),), 3) == 0
    assert exact_unitary_moment(((2,),), ((1,),), 3) == 0
    assert exact_unitary_moment(((1, 0), (0, 1)), ((2, 0), (0, 0)), 3) == 0


def test_predictions_grow():
    small, large = (tuple((p,) * 3 for _ in range(3)) for p in (1, 4))
    assert unitary_moment_seconds(small, small) < 0.1 < unitary_moment_seconds(large, large)
    huge = tuple((40,) * 40 for _ in range(40))
    assert unitary_moment_seconds(huge, huge) == float("inf")
