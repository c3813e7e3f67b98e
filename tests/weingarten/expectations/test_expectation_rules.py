"""Each lowering rule against explicit expansion into entries, at d = 2 and 3."""

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from tests.haar_oracle import ASSUMED, EXPLICIT, A, B, C, D, R, S, V, W, agrees, d, v, x
from tests.tiers import heavy_apart
from weingarten import confirm, moment

i, j = sp.symbols("i j", integer=True)
H = sp.HadamardProduct
one = sp.OneMatrix(d, 1)

SCALARS = {
    "trace word": sp.Trace(W * A * W.T * B) ** 2,
    "trace squared": sp.Trace(W * A) ** 2 * sp.Trace(W) ** 2,
    "trace fourth": sp.Trace(W) ** 4,
    "long word": sp.Trace(W * A * W * B * W.T * C * W.T * A),
    "transposed word": sp.Trace((W * A * W.T).T * B * W * C * W.T),
    "powers": sp.Trace(W**2 * A * W.T * B * W.T),
    "power of a product": sp.Trace((W * A) ** 2 * (W.T * B) ** 2),
    "symmetric": sp.Trace(W * S * W.T * A) ** 2,
    "symmetric both": sp.Trace(W * S * W.T * S) * sp.Trace(W * S * W.T) * sp.Trace(W * S),
    "symmetric fourth": sp.Trace(W * S * W.T * S) ** 2,
    "diagonal": sp.Trace(W * D * W.T * A * D) ** 2,
    "diagonal chain": sp.Trace(W * D * W.T * D * A) * sp.Trace(D * W * A * W.T),
    "orthogonal": sp.Trace(W * R * A * R.T * W.T * B) * sp.Trace(R * W * R.T * W),
    "hadamard": sp.Trace(H(W, W) * A * H(W, A).T * W),
    "hadamard cube": sp.Trace(H(W, W, W) * W.T * A),
    "hadamard power": sp.Trace(H(W, A) * B * sp.HadamardPower(W, 3).T),
    "diagonal part": sp.Trace(DiagonalMatrix(W * A * W.T) * B * W * A * W.T),
    "diagonal of": sp.Trace(DiagonalOf(W * A * W.T) * DiagonalOf(W * B * W.T).T),
    "diag matrix": sp.Trace(DiagMatrix(W * v) * A * DiagMatrix(W * v)),
    "sum over entries": sp.Sum(W[i, j] ** 2 * A[i, j], (i, 0, d - 1), (j, 0, d - 1)) ** 2,
    "sum of a column": sp.Sum(W[i, 0] ** 4 * A[i, i], (i, 0, d - 1)) * W[1, 1] ** 2,
    "partial sum": sp.Sum(W[i, i], (i, 0, 1)) ** 2 * W[1, 1] ** 2,
    "shifted sum": sp.Sum(W[i, 0] * W[i + 1, 1], (i, 0, d - 2)) ** 2,
    "shifted start": sp.Sum(W[i, 0] ** 2, (i, 1, d - 1)) ** 2,
    "nested sum": sp.Sum(sp.Sum(W[i, j], (j, 0, i)) ** 2, (i, 0, d - 1)),
    "weighted sum": sp.Sum((i + 1) * W[i, 0] ** 2, (i, 0, d - 1)) ** 2,
    "ones": (one.T * W * one)[0, 0] ** 4,
    "vector form": (v.T * W * A * W.T * v)[0, 0] ** 2,
    "slice of rows": sp.Trace(W[:2, :] * A * W[:2, :].T * B[:2, :2]) * sp.Trace(W[:2, :2]) ** 2,
    "slice square": sp.Trace(W[:, :1] * W[:, :1].T * A) ** 2,
    "slice of a product": sp.Trace((W * A * W.T)[:1, :] * B[:, 1:2]) ** 2,
    "slice of columns": sp.Trace(W[:, 1:2].T * A * W[:, 1:2]) * sp.Trace(W[:, 1:] * W[:, 1:].T * B),
    "late slice": sp.Trace(W[1:2, :] * A * W[1:2, :].T) ** 2,
    "entries": (W[0, 0] * W[1, 1] - W[0, 1] * W[1, 0]) ** 2 * W[0, 0] ** 2,
    "entry of product": (W * A * W.T)[0, 1] ** 2 * (W * A)[0, 0] * W[0, 0],
    "coefficients": (x * W[0, 0] + sp.sqrt(2) * sp.Trace(A) * sp.Trace(W * A) + 1) ** 2,
    "constants of an expression": sp.Trace(A * B) * sp.Trace(W * B * A * W.T) + A[0, 1] * x,
    "two matrices": sp.Trace(W * A * V * B * W.T * C * V.T),
    "two matrices squared": sp.Trace(W * A * V * B) ** 2 * W[0, 0] ** 2,
    "commutator": sp.Trace(W * V * W.T * V.T),
    "determinant squared": sp.Determinant(W * A) ** 2 * W[0, 0] ** 2,
    "determinant times entries": sp.Determinant(W) * W[0, 0] * W[1, 1] * (1 + sp.Trace(W)),
    "determinant of inverse": sp.Determinant(W.T) * sp.Determinant(W) ** -1 * sp.Trace(W) ** 2,
    "minor": sp.Determinant(W[:2, :2]) ** 2,
    "odd": sp.Trace(W * A) ** 3 + W[0, 0],
}
MATRICES = {
    "conjugation": W * A * W.T,
    "conjugation twice": W * A * W.T * B * W * C * W.T,
    "word": W * A * W * B,
    "with trace": sp.Trace(W * A) * W * B,
    "hadamard": H(W, W) * A * H(W, W).T,
    "hadamard mixed": H(W * A * W.T, W * B * W.T),
    "hadamard with constant": H(W * A * W.T, B) + 2 * A,
    "diagonal": DiagonalMatrix(W * A * W.T) * B,
    "diagonal twice": DiagonalMatrix(W * A * W.T) * B * DiagonalMatrix(W * A * W.T),
    "diagonal of": DiagonalOf(W * A * H(W, B).T),
    "diag of column": DiagMatrix(W * v) * A * DiagMatrix(W * v),
    "column": W * A * W.T * v,
    "row": v.T * W * A * W.T,
    "outer": W * v * v.T * W.T,
    "slice": W[:2, :] * A * W[:2, :].T,
    "projector": W[:, :1] * W[:, :1].T * A,
    "scaled": (W[0, 0] * W + x * sp.Identity(d)) ** 2,
    "one by one": v.T * W * A * W.T * v,
    "zero": W * A,
    "hadamard power": sp.HadamardPower(W, 2) * A,
    "late slice": W[1:, :] * A * W[1:, :].T,
    "late slice of entries": W[0, 0] * W[1:, :] + W[1, 0] * W[1:, :],
    "hadamard square of a constant": H(A, A) * W[0, 0] ** 2,
    "free entries": A[0, 1] * W[0, 0] * W,
}
#: Of these the direct average takes half a second at size 3.
LONG = {
    "conjugation twice", "long word", "power of a product", "symmetric", "symmetric both",
    "symmetric fourth", "two matrices", "two matrices squared",
}  # fmt: skip


def asked(names):
    """Return pairs of a name and a size."""
    pairs = [(name, size) for name in names for size in (2, 3)]
    return heavy_apart(pairs, lambda pair: pair[1] == 3 and pair[0] in LONG)


@pytest.mark.parametrize(("name", "size"), asked(SCALARS))
def test_scalar_rule(name, size):
    assert agrees(SCALARS[name], size, moment)


@pytest.mark.parametrize(("name", "size"), asked(MATRICES))
def test_matrix_rule(name, size):
    assert agrees(MATRICES[name], size, moment)


NUMBERS = {
    sp.MatrixSymbol(name, d, len(rows[0]) if len(rows[0]) < 3 else d): np.array(rows, dtype=float)
    for name, rows in EXPLICIT.items()
} | {d: 3, x: 0.5}
#: A slice that neither starts at 0 nor has an integer size needs an integer d.
WITH_SYMBOLIC_SIZE = {k: e for k, e in SCALARS.items() if k != "slice of columns"}


@pytest.mark.parametrize("expr", [*WITH_SYMBOLIC_SIZE.values(), *MATRICES.values()], ids=str)
def test_sampling_confirms_every_rule(expr):
    verdict = confirm(expr, NUMBERS, assumptions=ASSUMED, samples=400, rng=5)
    assert verdict, str(verdict)
