"""Expressions of every kind that the package takes or returns, for the tests of their LaTeX."""

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import OneMatrix

from weingarten import HaarOrthogonal

d, n, m, t, x, z = sp.symbols("d n m t x z")
i, j, k, ell = sp.symbols("i j k l", integer=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V_1", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
X, C, y = sp.MatrixSymbol("X_0", d, n), sp.MatrixSymbol("C", n, n), sp.MatrixSymbol("y", d, 1)
lam = sp.IndexedBase("lambda")

EXPRESSIONS = {
    sp.digamma(d / 2): r"\psi\left(\frac{d}{2}\right)",
    sp.polygamma(1, d / 2) ** 2: r"\left[\psi^{(1)}\left(\frac{d}{2}\right)\right]^{2}",
    sp.harmonic(n) ** 2: r"H_{n}^{2}",
    sp.harmonic(n, 4 * k): r"H_{n}^{(4 k)}",
    sp.gamma(d / 2) / sp.gamma(d / 2 + 1): None,
    sp.loggamma(d) ** 2: None,
    OneMatrix(n, n): r"\mathbf{1}\mathbf{1}^{\top}",
    OneMatrix(n, 1): r"\mathbf{1}",
    X * OneMatrix(n, n) * X.T: r"X_{0} \mathbf{1}\mathbf{1}^{\top} X_{0}^{\top}",
    sp.ZeroMatrix(n, n) : "0",
    sp.Trace(W * A * W.T * B) ** 2: r"\mathrm{Tr}(W A W^{\top} B)^{2}",
    2 * d * sp.Trace(A): r"2 d\,\mathrm{Tr}(A)",
    sp.Trace(A + B) ** 3: r"\mathrm{Tr}(A + B)^{3}",
    (A * B).T: r"B^{\top} A^{\top}",
    W[0, 1] ** 2 * W[10, 11]: r"W_{0,1}^{2} W_{10,11}",
    W[i, j] ** 4: r"W_{i j}^{4}",
    V[0, j]: r"(V_{1})_{0,j}",
    MatrixElement(W * A * W.T, i, j): r"(W A W^{\top})_{i j}",
    (W * A * W.T)[0, 1]: None,
    W[:k, :]: r"W_{:k,\,:}",
    W[:k, 1:3] * C: None,
    W[:k, :] * A * W[:k, :].T: r"W_{:k,\,:} A W_{:k,\,:}^{\top}",
    sp.Trace(V[:k, :k]) ** 2: None,
    A.inv(): "A^{-1}",
    A.inv().T: r"A^{-\top}",
    sp.Adjoint(A * B): r"(A B)^{\dagger}",
    sp.conjugate(A): r"\overline{A}",
    sp.conjugate(z) ** 2: r"\overline{z}^{2}",
    sp.Abs(sp.Trace(A)) ** 2: None,
    sp.Determinant(A + B): r"\det(A + B)",
    sp.Permanent(A): r"\mathrm{perm}(A)",
    sp.FunctionMatrix(n, n, sp.Lambda((i, j), i - j)): r"[i - j]_{i,j=0}^{n - 1}",
    sp.FunctionMatrix(2, 3, sp.Lambda((i, j), i / (j + 1))) : None,
    sp.FunctionMatrix(n, n, sp.Lambda((i, j), i - j)) * i: None,
    sp.KroneckerDelta(i, j) ** 2: None,
    sp.KroneckerDelta(0, j) * sp.KroneckerDelta(i + 1, j): r"\delta_{0,j} \delta_{j,i + 1}",
    DiagMatrix(y): r"\mathrm{Diag}(y)",
    DiagonalMatrix(A): r"\mathrm{Diag}(\mathrm{diag}(A))",
    DiagonalOf(A * B): r"\mathrm{diag}(A B)",
    sp.HadamardProduct(A, B, W): r"A \circ B \circ W",
    A * sp.HadamardProduct(A, B): r"A (A \circ B)",
    sp.HadamardPower(A, 2): r"A^{\circ 2}",
    sp.KroneckerProduct(A, B): r"A \otimes B",
    sp.Sum(W[k, k] ** 2, (k, 0, d - 1)): r"\sum_{k=0}^{d - 1} W_{k k}^{2}",
    sp.Sum(W[k, k], (k, 0, d - 1)) * sp.Sum(A[k, k], (k, 0, d - 1)): None,
    sp.Sum(W[k, ell] ** 2, (k, 0, ell), (ell, 0, d - 1)) * k: None,
    sp.Sum(sp.Sum(W[k, ell], (k, 0, ell)) ** 2, (ell, 0, 3)): None,
    sp.Sum(A[k, k] + 1, (k, 0, d - 1)) / 2: r"\frac{1}{2} \sum_{k=0}^{d - 1} (A_{k k} + 1)",
    sp.Piecewise((1 / d, sp.Eq(d, 2)), (2 / (d + 1), True)): None,
    sp.Piecewise((1 / d, sp.Eq(d, 2)), (2 / (d + 1), True)) / d: None,
    sp.Integral(sp.Product(1 / sp.sqrt(1 + t * lam[k] / m), (k, 1, d)) / t, (t, 0, sp.oo)): None,
    sp.Integral(t / (t + 1), (t, 0, 1)) / 2: r"\frac{1}{2} \int_{0}^{1} \frac{t}{t + 1}\,dt",
    sp.Ge(d, 4): r"d \geq 4",
    2 * A + 3 * B / d: None,
    (d + 1) * A / (d + 2): None,
    -A * (B - W): None,
    (A * B) ** k: "(A B)^{k}",
    sp.BlockMatrix([[A, B], [B, A]]): None,
    sp.ImmutableMatrix([[1, W[0, 0]], [d / 2, 0]]): None,
    A.applyfunc(sp.sin): r"\sin_{\circ}(A)",
    A.applyfunc(sp.Lambda(d, d**2 + 1)): None,
    sp.Dummy("x") + x: None,
    lam[i] ** 2: r"\lambda_{i}^{2}",
    sp.I * d: r"\mathrm{i} d",
    sp.re(z) + sp.im(z): None,
    sp.factorial(2 * n) / sp.factorial(n) ** 2: None,
    y.T * W * y: None,
    sp.Symbol("α_1") + sp.Symbol("50%"): None,
    sp.Function("f")(x) ** 2: None,
    sp.O(d**-2, (d, sp.oo)): None,
}  # fmt: skip

a, b, c = sp.symbols("a b c")
#: Scalars whose LaTeX is read back and compared in value.
SCALARS = [
    (1 + 1 / a) / (b + 2 / c),
    -(a + b) / 2,
    -sp.Rational(3, 4) * a**2 / (b + 2),
    sp.Mul(-1, a + b, evaluate=False),
    sp.Mul(-sp.Rational(1, 2), a + b, evaluate=False),
    sp.Mul(2, a + b, evaluate=False) / c,
    c - sp.Mul(sp.Rational(1, 3), a + b, evaluate=False),
    ((a / (a + 2)) ** (b - 1) + 1) * (a - 1) / (2 * a),
    1 / sp.sqrt(a / 2 + 1),
    (a + 1) ** (-b / 2) / (1 + 1 / c),
    sp.sqrt(a) / (b * sp.sqrt(c)),
    2 ** (a / (b + c)) * sp.Rational(2, 3) ** a,
    sp.exp(-a / (b * (c + 1))) / a,
    sp.log(a / b + 1) ** 2 / (1 + sp.log(c) / a),
    (a / b) ** 2 * (b / c) ** -2,
    ((a + 1 / b) / (c - a / (b + c / (a + 3)))) ** 2,
    a * b / (c * (1 + a / (b * c))),
    (a**-2 + b**-1) / c,
    a ** (b**c) + (a**b) ** c,
    a ** sp.Rational(2, 3) / b ** sp.Rational(5, 2),
    0.5 * a - b / 4 - sp.Rational(1, 3),
]
