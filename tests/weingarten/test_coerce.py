"""Coercion at the edge: what is the same request becomes the same object, the rest an error."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from weingarten.coerce import as_dimension, as_index, as_integer, as_partition, as_power_matrix
from weingarten.errors import InvalidInputError

d = sp.Symbol("d")
THREES = [3, sp.Integer(3), np.int8(3), np.int64(3), np.uint32(3)]
NOT_INTEGERS = [
    *(3.0, "3", b"3", None, True, False, sp.true, np.True_, 3j, [3], (3,)),
    *(sp.Float(3), sp.Rational(1, 2), Fraction(3), Decimal(3), np.float64(3), d),
    *(sp.oo, sp.nan, sp.zoo, sp.pi, np.array([3])),
]


@pytest.mark.parametrize("three", THREES)
def test_integers_of_all_kinds_become_python_ints(three):
    for value in (as_integer(three, "x"), as_dimension(three), as_index(three, "x", 9)):
        assert value == 3
        assert type(value) is int
    assert as_partition([three, 1]) == (3, 1)
    assert as_power_matrix([[three]]) == ((3,),)


@pytest.mark.parametrize("value", NOT_INTEGERS, ids=repr)
def test_other_things_are_no_integers(value):
    with pytest.raises(InvalidInputError, match=r"^x must be an integer; got .*; pass an int$"):
        as_integer(value, "x")
    with pytest.raises(InvalidInputError, match=r"^parts must be a sequence of positive integers"):
        as_partition([value], "parts")
    with pytest.raises(InvalidInputError, match=r"^powers must be a rectangular matrix"):
        as_power_matrix([[value]])
    with pytest.raises(InvalidInputError, match=r"^i must be an integer >= 0; got"):
        as_index(value, "i", d)


def test_bounds():
    assert as_integer(-5, "x") == -5
    assert as_integer(0, "x", minimum=0) == 0
    message = "x must be an integer >= 1; got 0; pass an int >= 1"
    with pytest.raises(InvalidInputError, match=f"^{message}$") as error:
        as_integer(np.int64(0), "x", minimum=1)
    assert (error.value.argument, error.value.value) == ("x", 0)
    assert as_integer(10**30, "x") == 10**30


@pytest.mark.parametrize(
    "symbolic",
    [d, 2 * d, d + 1, d**2, sp.Symbol("n", integer=True, positive=True), sp.Symbol("N", real=True)],
)
def test_symbolic_dimensions_pass_unchanged(symbolic):
    assert as_dimension(symbolic) is symbolic


@pytest.mark.parametrize(
    "number", [sp.Integer(2) + 1, sp.Add(1, 2, evaluate=False), sp.factorial(3)]
)
def test_unevaluated_integers_are_evaluated(number):
    assert as_dimension(number) == int(number.doit())


@pytest.mark.parametrize(
    "bad",
    [
        *(value for value in NOT_INTEGERS if value is not d),
        *(0, -1, sp.Integer(0), sp.Integer(-4), sp.sqrt(2), sp.I),
        *(sp.Symbol("x", negative=True), sp.Symbol("x", zero=True), sp.Symbol("x", integer=False)),
        *(sp.Symbol("x", commutative=False), sp.Eq(d, 3), sp.Matrix([d])),
    ],
    ids=repr,
)
def test_what_cannot_be_a_dimension(bad):
    constraint = "d must be a positive integer or a SymPy expression with symbols"
    # of a symbol it is its assumptions, which do not print
    symbolic = isinstance(bad, sp.Symbol)
    why = ", and x is no (integer|(positive )?number)" if symbolic else ""
    with pytest.raises(InvalidInputError, match=f"^{constraint}{why}; got .*sympy.Sy") as error:
        as_dimension(bad)
    assert error.value.argument == "d"


@pytest.mark.parametrize(
    "parts", [(1, 2, 2), [2, 1, 2], np.array([2, 2, 1]), sp.Tuple(2, 2, 1), iter((1, 2, 2))]
)
def test_partitions_come_out_sorted(parts):
    result = as_partition(parts)
    assert result == (2, 2, 1)
    assert all(type(part) is int for part in result)


def test_the_empty_partition():
    assert as_partition(()) == as_partition([]) == ()


@pytest.mark.parametrize(
    "bad", ["21", "2,1", b"21", 3, None, d, (2, 0), (2, -1), ((2, 1),), {1: 2}, {1, 2}]
)
def test_what_cannot_be_a_partition(bad):
    with pytest.raises(InvalidInputError, match=r"^coset_type must be a sequence of positive int"):
        as_partition(bad)


def test_index_ranges():
    assert as_index(2, "i", 3) == 2
    assert as_index(10**6, "i", d) == 10**6
    with pytest.raises(InvalidInputError, match=r"^i must be smaller than the dimension 3; got 3"):
        as_index(3, "i", 3)
    with pytest.raises(InvalidInputError, match=r"^i must be an integer >= 0; got -1"):
        as_index(-1, "i", d)


@pytest.mark.parametrize(
    "powers",
    [
        [[2, 0], [0, 4]],
        ((2, 0), (0, 4)),
        np.array([[2, 0], [0, 4]]),
        np.array([[2, 0], [0, 4]], dtype=object),
        sp.Matrix([[2, 0], [0, 4]]),
        sp.ImmutableMatrix([[2, 0], [0, 4]]),
        [np.array([2, 0]), sp.Tuple(0, 4)],
    ],
)
def test_matrices_of_all_kinds_become_tuples(powers):
    result = as_power_matrix(powers)
    assert result == ((2, 0), (0, 4))
    assert all(type(power) is int for row in result for power in row)


@pytest.mark.parametrize(
    "bad",
    [
        *("2,0;0,2", b"20", 2, None, [2, 0], ["20", "02"], [[2, 0], [0, -2]], [[1.5]]),
        *(np.ones((2, 2)), np.ones((1, 1, 1), dtype=int)),
    ],
)
def test_what_cannot_be_powers(bad):
    message = "^powers must be a rectangular matrix of non-negative integers; got"
    with pytest.raises(InvalidInputError, match=message):
        as_power_matrix(bad)


def test_ragged_rows_are_said_to_be_ragged():
    with pytest.raises(InvalidInputError, match="the rows differ in length"):
        as_power_matrix([[1, 2], [3]])
