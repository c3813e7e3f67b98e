"""sympy.stats reaches the engine."""

import sympy as sp
from sympy.stats import E, Expectation, Variance

from weingarten import HaarOrthogonal, expect

d = sp.Symbol("d", integer=True, positive=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A = sp.MatrixSymbol("A", d, d)


def test_expectation_of_scalars():
    assert E(sp.Trace(W) ** 2) == 1
    assert E(W[0, 0] ** 4 + 2 * sp.Trace(W * A) ** 2) == expect(
        W[0, 0] ** 4 + 2 * sp.Trace(W * A) ** 2
    )
    assert Expectation(sp.Trace(W) ** 4).doit() == 3
    assert E(sp.Trace(W * V) ** 2) == 1


def test_expectation_of_matrices():
    assert E(W * A * W.T) == sp.Trace(A) / d * sp.Identity(d)


def test_variance_of_a_trace():
    assert Variance(sp.Trace(W)).rewrite(Expectation).doit() == 1
