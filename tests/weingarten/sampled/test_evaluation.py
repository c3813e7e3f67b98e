"""The evaluator, node by node, against formulas written by hand in NumPy, mpmath and fractions."""

from fractions import Fraction
from itertools import permutations
from math import comb, factorial, inf, lgamma, prod

import mpmath
import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from weingarten import (
    CostLimitError,
    HaarOrthogonal,
    InvalidInputError,
    evaluate,
    expect,
    expect_einsum,
    moment,
    sample_haar,
)

d = sp.Symbol("d", integer=True, positive=True)
i, j, k = sp.symbols("i j k", integer=True)
x, y = sp.symbols("x y")
W = HaarOrthogonal("W", d)
A, B, V, C = (
    sp.MatrixSymbol(name, *shape)
    for name, shape in {"A": (d, d), "B": (d, d), "v": (d, 1), "C": (2, 3)}.items()
)
lam = sp.IndexedBase("lam")
H, HP = sp.HadamardProduct, sp.HadamardPower
N = 4
rng = np.random.default_rng(5)


def complex_normal(*shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


a, b, v, c = complex_normal(N, N), complex_normal(N, N), complex_normal(N, 1), complex_normal(2, 3)
w, u = sample_haar(N, rng=1), rng.normal(size=N)
X, Y = 1.5 - 0.5j, 2.25
VALUES = {d: N, A: a, B: b, V: v, C: c, W: w, lam: u, x: X, y: Y}
eye, one = np.eye(N), np.ones((N, N))
E2 = sp.Matrix([[1, x], [y, sp.I]])
e2 = np.array([[1, X], [Y, 1j]])

NODES = {
    "entry": (A[1, 2] * W[0, 1], a[1, 2] * w[0, 1]),
    "indexed": (lam[2] ** 2, u[2] ** 2),
    "numbers": (sp.pi + sp.I / 3 + sp.Float(0.5) + sp.sqrt(2), np.pi + 1j / 3 + 0.5 + 2**0.5),
    "sum and product": (x * y + x - y / 7, X * Y + X - Y / 7),
    "power": (x**3 + y**-2 + y ** sp.Rational(1, 2), X**3 + Y**-2 + Y**0.5),
    "negative root": (sp.sqrt(-y), 1j * Y**0.5),
    "trace": (sp.Trace(A * B), sum(a[p, q] * b[q, p] for p in range(N) for q in range(N))),
    "determinant": (
        sp.Determinant(sp.MatrixSlice(A, (0, 2), (0, 2))),
        a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0],
    ),
    "permanent": (
        sp.Permanent(A),
        sum(prod(a[p, t[p]] for p in range(N)) for t in permutations(range(N))),
    ),
    "conjugate": (sp.conjugate(x) * sp.conjugate(sp.Trace(A)), np.conj(X) * np.conj(np.trace(a))),
    "modulus": (sp.Abs(sp.Trace(A)) ** 2, abs(np.trace(a)) ** 2),
    "parts": (sp.re(x) + 2 * sp.im(x) + sp.re(A[0, 0]), 1.5 - 1.0 + a[0, 0].real),
    "conjugate matrix": (A.conjugate() * B, np.conj(a) @ b),
    "adjoint": (sp.Adjoint(A) * B, np.conj(a.T) @ b),
    "adjoint of the random": (sp.Adjoint(H(W, A)) * H(W, A), np.conj((w * a).T) @ (w * a)),
    "transpose": (A.T * B, a.T @ b),
    "inverse": (A.I * B, np.linalg.solve(a, b)),
    "inverse Haar": (W.I, w.T),
    "matrix power": (sp.MatPow(A, 3), a @ a @ a),
    "negative matrix power": (sp.MatPow(A, -2), np.linalg.inv(a) @ np.linalg.inv(a)),
    "matrix sum": (2 * A + x * B - A.T, 2 * a + X * b - a.T),
    "hadamard": (H(A, B, A), a * b * a),
    "hadamard power": (HP(A, 3), a * a * a),
    "hadamard root": (HP(A, sp.Rational(1, 2)), np.sqrt(a)),
    "identity": (A + sp.Identity(d), a + eye),
    "zero": (sp.ZeroMatrix(d, 2), np.zeros((N, 2))),
    "one": (sp.OneMatrix(d, d) * A, one @ a),
    "diagonal matrix": (DiagonalMatrix(A), np.where(eye == 1, a, 0)),
    "diagonal": (DiagonalOf(A), np.array([[a[p, p]] for p in range(N)])),
    "diag": (DiagMatrix(V) * A, v * a),
    "diag of a row": (DiagMatrix(V.T) * A, v * a),
    "slice": (A[1:3, :2], a[1:3, :2]),
    "slice of a slice": (A[1:4, 1:][0:2, :], a[1:3, 1:]),
    "step that divides": (A[::2, ::2], a[::2, ::2]),
    "step that does not": (sp.MatrixSlice(A, (0, d, 3), (1, d, 2)), a[::3, 1::2]),
    "kronecker product": (sp.KroneckerProduct(A, C), np.kron(a, c)),
    "block matrix": (sp.BlockMatrix([[A, B], [B.T, A]]), np.block([[a, b], [b.T, a]])),
    "block diagonal": (
        sp.BlockDiagMatrix(A, C),
        np.block([[a, np.zeros((N, 3))], [np.zeros((2, N)), c]]),
    ),
    "explicit": (E2, e2),
    "explicit times": (E2 * C, e2 @ c),
    "function matrix": (
        sp.FunctionMatrix(d, 2, sp.Lambda((i, j), (i - j) * A[i, j] + sp.KroneckerDelta(i, j))),
        np.array([[(p - q) * a[p, q] + (p == q) for q in range(2)] for p in range(N)]),
    ),
    "function matrix with its own index inside": (
        sp.FunctionMatrix(d, d, sp.Lambda((i, j), B[i, j] + sp.Sum(i * A[i, j], (i, 0, j)))),
        np.array(
            [[b[p, q] + sum(t * a[t, q] for t in range(q + 1)) for q in range(N)] for p in range(N)]
        ),
    ),
    "delta": (sp.Sum(sp.KroneckerDelta(i, 2) * A[i, 0], (i, 0, d - 1)), a[2, 0]),
    "double sum": (
        sp.Sum(A[i, j] * sp.conjugate(A[i, j]), (j, 0, i), (i, 0, d - 1)),
        sum(abs(a[p, q]) ** 2 for p in range(N) for q in range(p + 1)),
    ),
    "sums of one index": (
        sp.Sum(A[i, 0] * sp.Sum(B[0, i], (i, 0, 1)), (i, 0, d - 1)),
        sum(a[:, 0]) * (b[0, 0] + b[0, 1]),
    ),
    "empty sum": (sp.Sum(A[i, 0], (i, 3, 2)) + y, Y),
    "reversed sum": (sp.Sum(i * y, (i, 4, 1)), -(2 + 3) * Y),
    "indexed product": (sp.Product(lam[i], (i, 0, d - 1)), prod(u)),
    "piecewise": (sp.Piecewise((1 / (d - 4), d > 4), (x, sp.Eq(d, 4)), (y, True)), X),
    "piecewise of several": (sp.Piecewise((x, (d < 4) | ~(y > 0)), (y, (d >= 4) & (y > 2))), Y),
    "scalar in brackets": ((V.T * V) * (V.T * A * V), (v.T @ v) * (v.T @ a @ v)),
    "functions": (sp.exp(y) + sp.gamma(y) + sp.cos(x), np.exp(Y) + mpmath.gamma(Y) + np.cos(X)),
    "integral": (sp.Integral(k * y, (k, 0, 2)), 2 * Y),
}


@pytest.mark.parametrize("name", NODES)
def test_every_node(name):
    expr, right = NODES[name]
    value = evaluate(expr, VALUES)
    right = np.asarray(right, dtype=complex)
    assert np.shape(value) == right.shape
    assert np.allclose(value, right, rtol=1e-12, atol=1e-12)


def test_samples_come_first():
    batch, turns = complex_normal(6, N, N), sample_haar(N, 6, rng=2)
    given = {**VALUES, A: batch, W: turns}
    for name, (expr, _) in NODES.items():
        if not expr.has(A, W):
            continue
        together = evaluate(expr, given)
        single = [evaluate(expr, {**VALUES, A: m, W: t}) for m, t in zip(batch, turns, strict=True)]
        assert np.allclose(together, np.array(single), rtol=1e-11, atol=1e-11), name


def test_real_stays_real():
    real = {d: N, A: a.real, W: w, x: 2, y: Fraction(1, 3)}
    for expr in (x + y, sp.Trace(A), A * W, sp.conjugate(x) * sp.Trace(A), sp.sqrt(x), A[0, 0]):
        assert not np.iscomplexobj(evaluate(expr, real))
    assert isinstance(evaluate(sp.Abs(x), {x: 3 + 4j}), float)
    assert evaluate(x * sp.I, {x: 2}) == 2j


def test_results_of_expect():
    spectrum = {lam: u, d: N}
    mean = expect(sp.Sum(lam[i] * W[0, i] ** 2, (i, 0, d - 1)) ** 2)
    assert evaluate(mean, spectrum) == pytest.approx((2 * sum(u**2) + sum(u) ** 2) / (N * (N + 2)))
    function = evaluate(expect_einsum("ij,ik,il->jkl", W, W, A * 0 + sp.OneMatrix(d, d)), VALUES)
    assert [function(0, 0, 1), function(0, 1, 1)] == [1, 0]
    cubed = expect_einsum("ia,ib,ja,jb->ijab", W, W, W, W)
    entry = evaluate(cubed, {d: 5})
    same = expect(W[0, 0] ** 4).subs(d, 5)
    assert entry(1, 1, 2, 2) == pytest.approx(float(same))
    with pytest.raises(InvalidInputError, match="must be 4, one for each variable"):
        entry(1, 1)


def test_sizes_with_functions():
    mean = expect(W[::2, :] * W.T)
    assert np.array_equal(evaluate(mean, {d: 5}), np.eye(5)[::2])
    n = sp.Symbol("n", integer=True, positive=True)
    one = sp.OneMatrix(sp.binomial(n, 2), sp.Max(n, 5) + sp.floor(n / 3))
    assert np.shape(evaluate(one, {n: 4})) == (6, 6)


def test_small_dimensions_by_piecewise():
    mean = expect(sp.Trace(W) ** 6, small_d=True)
    # E (tr W)^6 on O(2): half the rotations, (2 cos)^6 has mean 20; at d = 1 it is 1
    assert [evaluate(mean, {d: n}) for n in (1, 2, 7)] == [1, 10, 15]


@pytest.mark.parametrize(
    ("expr", "value", "right"),
    [
        (moment([[400]], d), 5, Fraction(prod(range(1, 400, 2)), prod(range(5, 405, 2)))),
        (sp.gamma(x) / sp.gamma(x - 1), 10**6, 10**6 - 1),
        (sp.factorial(x) / sp.factorial(x - 3), 3000, 3000 * 2999 * 2998),
        (
            sp.binomial(x, 600) / sp.binomial(x, 598),
            2000,
            Fraction(comb(2000, 600), comb(2000, 598)),
        ),
        (sp.RisingFactorial(x, 250) / 2**1600, 7, Fraction(factorial(256), factorial(6) * 2**1600)),
        (x**400 / (x + 1) ** 400 / 10, 10, Fraction(10**399, 11**400)),
        (sp.exp(x) * sp.exp(1 - x), 5000, mpmath.e),
        (sp.harmonic(x), 10**6, mpmath.harmonic(10**6)),
        (sp.polygamma(2, x), 10**8, -(mpmath.mpf(10) ** -16) - mpmath.mpf(10) ** -24),
        (sp.loggamma(x), 10**9, lgamma(10**9)),
        ((10**30 + x) - 10**30 * sp.cos(0) * x / 3, 3, 3),
        (10**x, 400, inf),
        (-(10**x), 400, -inf),
        (10**-x, 400, 0),
    ],
)
def test_huge_factors_cancel(expr, value, right):
    symbol = d if expr.has(d) else x
    assert evaluate(expr, {symbol: value}) == pytest.approx(float(right), rel=1e-14, abs=0)
    assert right == 0 or float(right) != 0


def test_huge_factors_beside_samples():
    tiny = np.full((3, 2, 2), 1e-200)
    square = sp.MatrixSymbol("A", 2, 2)
    assert np.allclose(evaluate(10**500 * square[0, 1] / 10**290, {square: tiny}), 1e10)
    assert np.allclose(evaluate(sp.I * 10**500 / 10**290 * square, {square: tiny * 1j}), -1e10)
    assert evaluate(sp.Determinant(A) / 10**400, {d: 200, A: 100 * np.eye(200)}) == pytest.approx(1)


def test_sampled_conditions_and_functions():
    draws = sample_haar(2, 50, rng=3)
    first = draws[:, 0, 0]
    given = {d: 2, W: draws}
    positive = sp.Piecewise((W[0, 0], W[0, 0] > 0), (d, W[0, 1] > 0), (-1, True))
    right = np.where(first > 0, first, np.where(draws[:, 0, 1] > 0, 2, -1))
    assert np.array_equal(evaluate(positive, given), right)
    assert np.allclose(evaluate(sp.exp(W[0, 0]), given), np.exp(first))
    assert np.allclose(evaluate(sp.sqrt(W[0, 0]), given) ** 2, first)


@pytest.mark.parametrize(
    ("expr", "values", "message"),
    [
        (W[0, 0] + x, {d: 2, W: np.eye(2)}, "value to every symbol; got x; add an entry for x"),
        (x, {sp.Symbol("x", positive=True): 1}, "use the x of the expression as key"),
        (sp.Trace(A), {d: 2.6, A: np.eye(3)}, "must give d an exact integer.*2.6; pass an int"),
        (sp.Trace(A), {d: 3.0, A: np.eye(3)}, "must give d an exact integer"),
        (sp.Trace(A), {d: "3", A: np.eye(3)}, "must give d a number; got '3'; pass an int"),
        (x, {x: "1"}, "must give x a number"),
        (x, {x: None}, "must give x a number"),
        (x, {x: True}, "must give x a number"),
        (x, {x: y}, "must give x a number"),
        (x, {x: np.nan}, "must be finite; got nan"),
        (x, {x: complex(1, np.inf)}, "must be finite"),
        (x, {x: sp.oo}, "must be finite"),
        (d, {d: 0}, "must give d a positive number"),
        (d, {d: 2 + 1j}, "must give d an exact integer"),
        (sp.Symbol("r", real=True), {sp.Symbol("r", real=True): 1j}, "must give r a real number"),
        (A, {d: 2, A: [["a", "b"], ["c", "d"]]}, "must give A an array of numbers"),
        (A, {d: 2, A: 3}, "must give A an array of numbers"),
        (A, {d: 2, A: [[1, 2], [3]]}, "must give A an array of numbers"),
        (V, {d: 2, V: [1, 2]}, r"must give v the shape \(2, 1\)"),
        (x, {3: 1}, "SymPy symbols as keys"),
        (x, {sp.Integer(3): 1}, "SymPy symbols as keys"),
        (A[i, 0], {d: 2, A: np.eye(2), i: 2}, "must keep indices inside the matrix"),
        (lam[2], {lam: [1, 2]}, "must keep indices inside"),
        (A[i, 0], {d: 2, A: np.eye(2), i: 0.5}, "must give i an exact integer"),
        (sp.Sum(k, (k, 0, x)), {x: 1.5}, "must make x an exact integer; got 1.5"),
        (1 / x, {x: 0}, "must not divide by zero"),
        (sp.gamma(x), {x: -1}, "must be built from nodes with a numerical rule"),
        (sp.zoo, {}, "must be finite"),
        (sp.Function("f")(x), {x: 1}, "value to every symbol"),
        (sp.MatrixSlice(A, (2, 0, -1), (0, d)), {d: 3, A: np.eye(3)}, "slices with steps >= 1"),
        (DiagMatrix(A), {d: 3, A: np.eye(3)}, "vectors in DiagMatrix"),
        (sp.Piecewise((1, x > 0), (0, True)), {x: 1j}, "must be real where they are ordered"),
    ],
)
def test_refusals(expr, values, message):
    with pytest.raises(InvalidInputError, match=message):
        evaluate(expr, values)


def test_sizes_without_assumptions_have_to_be_exact():
    free = sp.Symbol("n")
    matrix = sp.MatrixSymbol("M", free, free)
    for size, shown in ((2.6, r"2\.6"), (3.0, r"3\.0"), (0, "0;")):
        with pytest.raises(InvalidInputError, match=f"make n an exact integer >= 1; got {shown}"):
            evaluate(matrix, {free: size, matrix: np.eye(3)})
    assert evaluate(1 / free, {free: 2.5}) == pytest.approx(0.4)


def test_matrices_beyond_memory_are_refused():
    with pytest.raises(CostLimitError, match="a 1000000 x 1000000 matrix needs about 8e"):
        evaluate(sp.Trace(sp.Identity(d) * sp.OneMatrix(d, d)), {d: 10**6})
