"""A power of a Haar matrix between constants: beside pairings, sampling, and what is known."""

import pytest
import sympy as sp
from sympy import MatrixSymbol, Trace

import weingarten as wn
from weingarten import expect

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W, U = wn.HaarOrthogonal("W", d), wn.HaarUnitary("U", d)
A = MatrixSymbol("A", d, d)


@pytest.mark.parametrize(
    "expr",
    [
        Trace(W**4 * A),
        Trace(W**3 * A) * Trace(W),
        Trace(W**3 * A) * Trace(W**3),
        Trace(W**3 * A) * Trace(W) ** 3,
        Trace(A * W**4 * A.T * A),
        (W**4)[0, 0] * Trace(W**2),
        (W**4)[0, 1],
        (W**4)[i, j],
        (A * W**4)[i, 0],
    ],
    ids=str,
)
def test_the_sum_over_pairings_is_the_same(expr):
    assert [step.method for step in wn.derivation(expr).steps] == ["characters"]
    assert sp.simplify(expect(expr) - expect(expr, method="pairings")) == 0
    for size in (2, 3):
        small = expr.xreplace({d: sp.Integer(size)})
        assert sp.simplify(expect(small) - expect(small, method="pairings")) == 0


@pytest.mark.parametrize("power", [1, 2])
def test_short_powers_show_what_is_joined(power):
    expr = Trace(W**power * A) * Trace(W**power)
    assert [step.method for step in wn.derivation(expr).steps] != ["characters"]


def test_long_powers():
    assert expect(W**1000) == sp.Identity(d) / d
    assert expect(Trace(W**40 * A)) == Trace(A) / d
    assert expect(Trace(U**30 * A) * sp.conjugate(Trace(U**30))) == 30 * Trace(A) / d
    assert expect(Trace(U**30 * A) * sp.conjugate(Trace(U**15))) == 0


@pytest.mark.parametrize(
    ("matrix", "size"),
    [
        (wn.SpecialOrthogonal, 2),
        (wn.SpecialOrthogonal, 3),
        (wn.SpecialUnitary, 2),
        (wn.SpecialUnitary, 3),
        (wn.HaarSymplectic, 2),
        (wn.HaarSymplectic, 4),
    ],
)
def test_other_groups_are_sampled(matrix, size):
    R, B = matrix("R", size), MatrixSymbol("B", size, size)
    numbers = {B: sp.Matrix(size, size, lambda row, column: row + 2 * column + 1)}
    for expr in (Trace(R**3 * B), Trace(R**4 * B), Trace(R**3 * B) * Trace(R)):
        assert wn.confirm(expr, numbers, samples=4000, rng=1)


def test_permutations_and_circular_ensembles_commute_with_more():
    P = wn.RandomPermutation("P", 4)
    B = MatrixSymbol("B", 4, 4)
    # an average of P³ is no multiple of the unit matrix: (1, …, 1) is kept
    value = expect(Trace(P**3 * B))
    ones = sp.ones(4, 4)
    assert value.subs(B, ones).doit() == 4


def test_two_powers_between_constants_are_not_one():
    expr = Trace(W**3 * A * W**3 * A)
    with pytest.raises(wn.InvalidInputError, match="characters"):
        expect(expr, method="characters")
