"""Sampling the same expression, and the verdict on exact values."""

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from weingarten import HaarOrthogonal, InvalidInputError, confirm, estimate, evaluate, expect

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B, S = (sp.MatrixSymbol(name, d, d) for name in "ABS")
v = sp.MatrixSymbol("v", d, 1)
rng = np.random.default_rng(7)
VALUES = {d: 5, A: rng.normal(size=(5, 5)), B: rng.normal(size=(5, 5)), v: rng.normal(size=(5, 1))}
VALUES[S] = VALUES[A] + VALUES[A].T
H = sp.HadamardProduct

EXPRESSIONS = {
    "traces": sp.Trace(W * A * W.T * B) ** 2 + sp.Trace(W) ** 2,
    "entries": W[0, 0] ** 2 * W[1, 1] ** 2 + W[0, 1],
    "sum": sp.Sum(W[i, i], (i, 0, d - 1)) ** 2,
    "double sum": sp.Sum(W[i, j] ** 2 * A[i, j], (j, 0, i), (i, 0, d - 1)),
    "hadamard": H(W, W) * A * H(W, W).T,
    "hadamard power": sp.Trace(sp.HadamardPower(W, 4) * A),
    "diagonal": DiagonalMatrix(W * A * W.T) * B,
    "diagonal of": DiagonalOf(W * A * W.T),
    "diag matrix": sp.Trace(DiagMatrix(W * v) * A * DiagMatrix(W * v)),
    "slices": W[:2, :].T * W[:2, :] * A,
    "matrix power": sp.Trace(W**2 * A * W**-2 * B),
    "determinant": sp.Determinant(W) ** 2 * W[0, 0] ** 2 + sp.Determinant(W),
    "two matrices": W * V * A * V.T * W.T,
    "identity": (W + sp.Identity(d)) * A * (W.T - sp.OneMatrix(d, d)),
    "element of product": (W * S * W.T)[0, 1] ** 2,
    "one by one": v.T * W * A * W.T * v,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_confirm_every_construct(name):
    verdict = confirm(EXPRESSIONS[name], VALUES, samples=4000, rng=3)
    assert verdict, str(verdict)


@pytest.mark.parametrize("name", ["traces", "hadamard", "element of product", "slices"])
def test_confirm_rejects_a_wrong_coefficient(name):
    expr = EXPRESSIONS[name]
    wrong = expect(expr)
    wrong = wrong * sp.Rational(11, 10)
    assert not confirm(expr, VALUES, claim=wrong, samples=20_000, rng=3)


def test_below_the_range_of_the_symbolic_result():
    small = {d: 2, A: VALUES[A][:2, :2], B: VALUES[B][:2, :2]}
    assert confirm(sp.Trace(W * A * W.T * B) ** 3, small, samples=4000, rng=1)


def test_estimate_repeats_from_its_seed():
    one, two = (estimate(W[0, 0] ** 2, {d: 3}, samples=50, rng=11) for _ in range(2))
    assert one == two
    assert one.seed == 11
    assert one.samples == 50
    shape = estimate(W * A, VALUES, samples=10, rng=0).mean.shape
    assert shape == (5, 5)


def test_expression_without_random_matrix():
    result = estimate(sp.Trace(A), VALUES, samples=3, rng=0)
    assert result.mean == pytest.approx(np.trace(VALUES[A]))
    assert result.stderr == pytest.approx(0)


def test_evaluate_at_a_given_matrix():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert evaluate(sp.Trace(W * W.T) + W[0, 1], {d: 2, W: turn}) == pytest.approx(3)
    piece = sp.Piecewise((1, i < 1), (0, True)) * sp.KroneckerDelta(i, 0)
    assert evaluate(piece, {i: 0}) == 1
    function = sp.FunctionMatrix(d, d, sp.Lambda((i, j), i - j))
    assert evaluate(function, {d: 2}).tolist() == [[0, -1], [1, 0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "value to every symbol"),
        ({d: 3, A: np.eye(2)}, r"must give A the shape \(3, 3\)"),
        ({d: 3, A: np.full((3, 3), np.nan)}, "must be finite"),
        ({"d": 3}, "SymPy symbols as keys"),
        (3, "must be a mapping"),
    ],
)
def test_bad_values(values, message):
    with pytest.raises(InvalidInputError, match=message):
        estimate(sp.Trace(W * A), values, samples=5)


def test_bad_samples():
    with pytest.raises(InvalidInputError, match="samples must be an integer >= 2"):
        estimate(W[0, 0], {d: 2}, samples=1)
