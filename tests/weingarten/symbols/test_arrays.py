"""NumPy arrays as constants: matrix products, never products of entries; transposes of numbers."""

import operator

import numpy as np
import pytest
import sympy as sp

from weingarten import (
    HaarOrthogonal,
    InvalidInputError,
    confirm,
    expect,
    expect_einsum,
    parse_expression,
)

d = sp.Symbol("d", integer=True, positive=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", 3)
A = np.array([[1, 2, 3], [0, 1, 1], [2, 2, 5]])
M = sp.Matrix(A.tolist())
OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "matmul": operator.matmul,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("array", [A, A.astype(np.int16), A[::-1][::-1]], ids=["int", "short", "v"])
def test_operators_are_those_of_matrices(name, array):
    act = OPERATORS[name]
    explicit = V.as_explicit()
    assert sp.Matrix(act(V, array)) == act(explicit, M)
    assert sp.Matrix(act(array, V)) == act(M, explicit)
    assert isinstance(act(array, V), sp.MatrixExpr)


def test_slices_take_arrays():
    explicit = V.as_explicit()
    assert sp.Matrix(V[:2, :] * A) == explicit[:2, :] * M
    assert sp.Matrix(A @ V[:, :2]) == M * explicit[:, :2]


def test_expectations_with_arrays():
    assert expect(V * A * V.T) == sp.Rational(7, 3) * sp.eye(3)
    assert expect(sp.Trace(V * A) ** 2) == sp.Rational(int((A**2).sum()), 3)
    assert expect_einsum("ij,jk,lk->il", V, A, V) == sp.Rational(7, 3) * sp.eye(3)
    assert float(expect(V * (A / 2) * V.T)[0, 0]) == pytest.approx(7 / 6)
    assert confirm(sp.Trace(V * A * V.T * M) ** 2, samples=4000, rng=1)


def test_numbers_of_numpy_stay_numbers():
    assert V * np.int64(2) == 2 * V
    assert np.int64(2) * V == 2 * V
    assert V * A[0, 1] == 2 * V


def test_products_of_entries_are_refused():
    # NumPy takes V.T * A entry by entry, as V.T is an expression of SymPy
    for make in (lambda: V.T * A * V, lambda: expect(V.T * A)):
        with pytest.raises(InvalidInputError, match=r"entry by entry: write sympy.Matrix\(A\)"):
            make()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (A[0], "array must have two axes"),
        (np.ones((2, 3, 3)), "array must have two axes"),
        (np.full((3, 3), np.nan), "array must be finite"),
        (np.full((3, 3), -np.inf), "array must be finite"),
        (np.full((3, 3), "a"), "array must hold numbers"),
        (np.ones((3, 3), dtype=bool), "array must hold numbers"),
    ],
)
def test_other_arrays_are_refused(array, words):
    for make in (lambda: V * array, lambda: array + V, lambda: V[:2, :] @ array):
        with pytest.raises(InvalidInputError, match=words):
            make()


def test_shapes_have_to_fit():
    with pytest.raises(sp.matrices.exceptions.ShapeError):
        V * np.ones((2, 2))


def test_transposes_of_random_numbers():
    assert W[0, 0] == W[0, 0].T
    assert expect(W[0, 1].T * W[0, 1]) == 1 / d
    assert expect(sp.transpose(sp.Trace(W)) * sp.Trace(W)) == 1
    assert expect(parse_expression("tr(W).T*tr(W)", d=d)) == 1
    assert expect(parse_expression("(W[0,0]*2).T*W[0,0]", d=d)) == 2 / d
