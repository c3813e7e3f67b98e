"""Sums and products put together at once are the objects that SymPy makes."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from weingarten.exact.assembling import assemble, assembled, keyed, linear_power, number_key

d, N = sp.Symbol("d"), sp.Symbol("N", integer=True, positive=True)
A = sp.MatrixSymbol("A", 3, 3)
NUMBERS = [sp.Integer(n) for n in (-30, -1, 2, 7, 10**20)] + [sp.Rational(-3, 7), sp.Rational(1, 2)]
TERMS = [
    d, N, d**2, d**-3, 2 * d, 3 * d**2, d * N, (d + 1) ** -1, (d - 2) ** -2, (N + 1) ** -1,
    sp.Trace(A), sp.Trace(A * A), 5 * sp.Trace(A), d - 4, d**2 + d + 1, -d, sp.Dummy("x"), A[0, 1],
]  # fmt: skip


@pytest.mark.parametrize("operation", [sp.Add, sp.Mul])
@given(st.lists(st.sampled_from(range(len(TERMS))), min_size=1, max_size=6, unique=True))
def test_the_arguments_stand_in_the_order_of_sympy(operation, chosen):
    # in a sum (product) these are made atoms, so that SymPy has nothing to combine
    terms = [sp.Function(f"f{k}")(TERMS[k]) for k in chosen]
    assert assemble(operation, terms).args == operation(*terms).args
    assert assemble(operation, [sp.Integer(5), *terms]) == operation(5, *terms)


@given(st.lists(st.sampled_from(TERMS + NUMBERS), min_size=2, max_size=2, unique=True))
def test_keys_are_ordered_as_sympy_compares(pair):
    one, two = pair
    assert (keyed(one)[0] < keyed(two)[0]) == (one.compare(two) < 0)


@pytest.mark.parametrize("symbol", [d, N])
@pytest.mark.parametrize("c", [-3, -1, 0, 1, 2])
@pytest.mark.parametrize("exponent", [-2, -1, 0, 1, 2, 5])
def test_linear_power(symbol, c, exponent):
    assert linear_power(symbol, c, exponent) == keyed((symbol + c) ** exponent)


def test_the_key_of_what_is_assembled():
    pieces = [number_key(sp.Rational(2, 3)), linear_power(d, 1, -2), linear_power(d, 0, 1)]
    assert assembled(sp.Mul, pieces) == keyed(sp.Rational(2, 3) * d / (d + 1) ** 2)
    assert assembled(sp.Add, []) == keyed(sp.Integer(0))
