"""NumPy arrays as constants: matrix products, never products of entries; transposes of numbers."""

import operator

import numpy as np
import pytest
import sympy as sp

from weingarten import (
    HaarOrthogonal,
    HaarUnitary,
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
M_SYMBOL = sp.MatrixSymbol("M", d, d)
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


#: Expressions of SymPy's own classes that hold a random matrix.
COMPOUND = {
    "transpose": V.T, "multiple": 2 * V, "sum": V + V.T, "product": V * V, "inverse": V.I,
    "slice": V[:, :2].T, "power": V**2, "difference": V - V.T * V,
}  # fmt: skip


@pytest.mark.parametrize("operation", OPERATORS)
@pytest.mark.parametrize("name", COMPOUND)
def test_operators_of_compound_expressions_are_those_of_matrices(name, operation):
    expr, act = COMPOUND[name], OPERATORS[operation]
    explicit = sp.Matrix(expr)
    array = A[:2] if expr.shape == (2, 3) and operation in ("add", "sub") else A
    constant = sp.Matrix(array.tolist())
    found = act(expr, array)
    assert isinstance(found, sp.MatrixExpr)
    assert sp.expand(sp.Matrix(found) - act(explicit, constant)).is_zero_matrix
    if expr.shape == (3, 3) or operation in ("add", "sub"):
        found = act(array, expr)
        assert isinstance(found, sp.MatrixExpr)
        assert sp.expand(sp.Matrix(found) - act(constant, explicit)).is_zero_matrix


def test_expectations_of_transposes_with_arrays():
    squares = sp.Rational(int((A**2).sum()), 3)
    for product in (V.T * A, A * V.T, V.T @ A, A @ V.T):
        assert expect(sp.Trace(product) ** 2) == squares
    assert expect(sp.Trace((2 * V) * A) ** 2) == 4 * squares
    assert expect((V.T * A)[0, 0] ** 2) == sp.Rational(int((A[:, 0] ** 2).sum()), 3)
    assert expect((A * V.T)[0, 0] ** 2) == sp.Rational(int((A[0] ** 2).sum()), 3)
    both = expect(sp.Trace((V + V.T) * A) ** 2)
    assert both == expect(sp.Trace((V + V.T) * M) ** 2)
    assert expect(W.T * W) == sp.Identity(d)


def test_numbers_of_numpy_beside_compound_expressions():
    assert np.int64(2) * V.T == 2 * V.T
    assert V.T * np.int64(2) == 2 * V.T
    assert np.array(2) * V.T == 2 * V.T
    assert np.multiply(V.T, np.float64(0.5)) == 0.5 * V.T


def test_what_is_no_sum_or_product_is_refused():
    wrong = [
        lambda: np.divide(A, V.T),
        lambda: np.multiply.outer(V.T, A),
        lambda: np.add(V.T, A, out=np.zeros((3, 3))),
        lambda: np.sin(V.T),
    ]
    for make in wrong:
        with pytest.raises(InvalidInputError, match=r"array must be added to.*sympy.Matrix\(A\)"):
            make()
    with pytest.raises(InvalidInputError, match=r"write v\[:, None\] for|pass v\[:, None\]"):
        V.T * A[0]
    with pytest.raises(InvalidInputError, match="array must hold numbers"):
        V.T * np.full((3, 3), sp.Symbol("x"))


def test_expressions_without_random_matrices_are_left_to_numpy():
    plain = sp.MatrixSymbol("B", 3, 3)
    assert (plain.T * A).tolist() == [[plain[j, i] * A[i, j] for j in range(3)] for i in range(3)]
    assert (np.asarray(plain) == plain).all()
    assert np.sum([[plain[0, 0]]]) == plain[0, 0]
    assert not (A == V.T).any()


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
    assert sp.Trace(W) == sp.Trace(W).T
    assert (
        expect(sp.Trace(W * M_SYMBOL).T * sp.Trace(W * M_SYMBOL))
        == sp.Trace(M_SYMBOL * M_SYMBOL.T) / d
    )
    assert W[0, 0] == W[0, 0].T
    assert expect(W[0, 1].T * W[0, 1]) == 1 / d
    assert expect(sp.transpose(sp.Trace(W)) * sp.Trace(W)) == 1
    assert expect(parse_expression("tr(W).T*tr(W)", d=d)) == 1
    assert expect(parse_expression("(W[0,0]*2).T*W[0,0]", d=d)) == 2 / d


def test_adjoints_and_conjugates_of_compound_expressions():
    k = sp.Symbol("k", integer=True, positive=True)
    unitary = HaarUnitary("U", d)
    constant = sp.MatrixSymbol("B", d, k)
    product = unitary * constant
    assert constant.adjoint() * unitary.H == product.H
    assert product == product.H.H
    assert product.C.T == product.H
    assert expect(sp.Trace(product.H * product)) == sp.Trace(constant.H * constant)
    assert (
        unitary,
        unitary.H,
        unitary.H + unitary.C,
    ) == (unitary.H.H, unitary.T.C, (unitary + unitary.T).H)


def test_the_modulus_of_a_difference_has_no_preferred_order():
    unitary = HaarUnitary("U", 2)
    constant = sp.MatrixSymbol("A", 2, 2)
    first, second = sp.Trace(constant - unitary), sp.Trace(unitary - constant)
    square = sp.Trace(constant) * sp.Trace(constant.H) + 1
    assert expect(sp.Abs(first) ** 2) == expect(sp.Abs(second) ** 2) == square
    # over U(1) it is the mean of |1 - e^{iφ}|²; over U(2) of |1 - tr U + det U|²
    for size, mean in ((1, 2), (2, 3)):
        difference = sp.Identity(size) - HaarUnitary("U", size)
        assert expect(sp.Abs(sp.Determinant(difference)) ** 2) == mean
