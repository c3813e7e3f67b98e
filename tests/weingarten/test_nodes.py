"""The nodes of an expression are those that SymPy walks through."""

import pytest
import sympy as sp
from sympy.stats import FiniteRV, Normal

from weingarten import HaarOrthogonal, HaarUnitary
from weingarten.nodes import nodes_of

d, k = sp.Symbol("d"), sp.Symbol("k", integer=True)
W, U = HaarOrthogonal("W", d), HaarUnitary("U", (2, d))
A = sp.MatrixSymbol("A", d, d)


@pytest.mark.parametrize(
    "expr",
    [
        d,
        sp.Trace(W * A * W.T) ** 2 + W[0, k],
        sp.Sum(W[k, k] ** 2, (k, 0, d - 1)),
        sp.ImmutableMatrix([[W[0, 0], d], [1, 2]]) * sp.MatrixSymbol("B", 2, 2),
        sp.conjugate(U[0, 1]) * U[0, 1],
        Normal("X", 0, d) * FiniteRV("Y", {1: sp.Rational(1, 2), 2: sp.Rational(1, 2)}),
        sp.Piecewise((W[0, 0], d > 3), (0, True)),
        sp.BlockMatrix([[W, A], [A, W]]),
    ],
)
def test_against_sympy(expr):
    found = nodes_of(expr)
    assert set(found) == set(sp.preorder_traversal(expr))
    assert found[0] is expr


def test_a_part_that_is_shared_is_walked_through_once():
    expr = d
    for _ in range(60):  # 2**60 nodes as a tree
        expr = sp.Function("f")(expr, expr)
    assert len(nodes_of(expr)) == 61


def test_an_explicit_matrix_that_can_change():
    assert W[0, 0] in nodes_of(sp.Matrix([[W[0, 0], 1]]))
