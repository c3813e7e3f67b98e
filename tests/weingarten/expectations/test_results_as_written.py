"""Results as a person would write them: outer products, numbers, traces of blocks, no leftovers."""

import numpy as np
import pytest
import sympy as sp
from sympy import BlockDiagMatrix, BlockMatrix, Identity, Trace, ZeroMatrix
from sympy.matrices.expressions.dotproduct import DotProduct

from weingarten import (
    HaarOrthogonal,
    HaarUnitary,
    NormalizedTrace,
    PartialTrace,
    PartialTranspose,
    UniformSphere,
    asymptotic,
    evaluate,
    expect,
    latex,
    wg_table,
)

d, k = sp.symbols("d k", integer=True, positive=True)
a, b = sp.symbols("a b", integer=True, positive=True)
W, U = HaarOrthogonal("W", d), HaarUnitary("U", d)
A = sp.MatrixSymbol("A", d, d)
x, y = sp.MatrixSymbol("x", d, 1), sp.MatrixSymbol("y", d, 1)
E, F = sp.MatrixSymbol("E", k, k), sp.MatrixSymbol("F", d - k, d - k)
P = BlockDiagMatrix(Identity(k), ZeroMatrix(d - k, d - k))


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        (x * x.T + U, x * x.T),
        (U * y + x, x),
        ((U * x + y) * (U * x + y).H, Trace(x.H * x) / d * Identity(d) + y * y.H),
        (W[0, 0] ** 2 * x * y.T, x * y.T / d),
    ],
)
def test_outer_products_stay_outer_products(expr, value):
    assert expect(expr) == value


def test_a_matrix_of_one_entry_holds_a_number():
    assert expect(Identity(1)) == sp.ImmutableMatrix([[1]])
    for constant in (x.T * y, x.T * y + x.T * W * y):
        assert expect(constant) == sp.ImmutableMatrix([[Trace(x.T * y)]])
    blocks = BlockMatrix([[U, x], [x.T, Identity(1)]])
    assert expect(blocks * blocks.H).blocks[1, 1] == sp.ImmutableMatrix([[Trace(x.H * x) + 1]])


def test_traces_of_block_matrices_are_those_of_their_blocks():
    assert expect(Trace(W * P * W.T * A)) == k * Trace(A) / d
    assert expect(W * P * W.T) == k / d * Identity(d)
    assert expect(Trace(W * P * W.T * BlockDiagMatrix(E, F).T)) == k * (Trace(E) + Trace(F)) / d
    squared = expect(Trace((W * BlockDiagMatrix(E, F) * W.T) ** 2))
    assert sp.expand(squared - Trace(E**2) - Trace(F**2)) == 0
    moved = expect((W * P * W.T + P) ** 2)
    assert len(moved.args) == 3  # I, P and P^2
    # at k = 1, (1/3) I + (2/3 + 1) P
    assert np.allclose(evaluate(moved, {d: 3, k: 1}), np.diag([2, 1 / 3, 1 / 3]))


def test_a_random_projection_is_a_point_of_the_sphere_for_rank_one():
    # E (vT A v)^2 = ((tr A)^2 + tr A A^T + tr A^2) / d (d + 2)
    found = expect(Trace((W * P * W.T * A) ** 2)).subs(k, 1)
    entries = sp.Matrix(3, 3, [1, 2, 0, -1, 3, 1, 4, 0, 2])
    traces = entries.trace() ** 2 + (entries * entries.T).trace() + (entries**2).trace()
    assert evaluate(found, {d: 3, A: entries}) == pytest.approx(float(traces) / 15)
    # two projections of one rank: E tr (W P W^T P)^2 at d = 3, k = 1 is E W_00^4
    both = expect(Trace((W * P * W.T * P) ** 2))
    assert both.subs({d: 3, k: 1}) == expect(HaarOrthogonal("W", 3)[0, 0] ** 4) == sp.Rational(1, 5)


def test_traces_of_transposes_on_legs_merge():
    X, M = HaarUnitary("X", (a, b)), sp.MatrixSymbol("M", a * b, a * b)
    B = sp.MatrixSymbol("B", a, a)
    found = expect(Trace(PartialTrace(X * M * X.H, (a, b), 0) * B))
    assert found == Trace(B) * Trace(M) / a


def test_dot_products():
    s = UniformSphere("s", d)
    assert expect(DotProduct(s, s)) == 1
    assert expect(DotProduct(s, x) ** 2) == Trace(x.T * x) / d
    assert expect(DotProduct(x.T, W * y) ** 2) == Trace(x.T * x) * Trace(y.T * y) / d


def test_partial_traces_and_transposes_in_latex():
    M = sp.MatrixSymbol("M", a * b, a * b)
    assert latex(PartialTrace(M, (a, b), 0)) == r"\mathrm{Tr}_{1}(M)"
    assert latex(PartialTranspose(M, (a, b), 0)) == r"M^{\top_{0}}"
    assert latex(PartialTranspose(M * M, (a, b), 0)) == r"(M^{2})^{\top_{0}}"


def test_an_expansion_that_begins_later_is_its_order_alone():
    word = NormalizedTrace((W * A * W.T * A) ** 2)
    assert asymptotic(word, 2, remainder=True) == sp.Order(d**-3, (d, sp.oo))


def test_a_table_too_long_to_count_prints():
    assert "B_200^2 functions" in str(wg_table(200, d, group="permutation"))


def test_complex_numbers_are_multiplied_out():
    assert expect(((1 + sp.I) * U) * ((1 + sp.I) * U).H) == 2 * Identity(d)
