"""Every row of the tables: what a node lowers to has the values of the node, at samples.

The oracle is the numerical evaluator, which shares no code with the lowering.
"""

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.hadamard import HadamardPower
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from weingarten import HaarOrthogonal, InvalidInputError, evaluate, sample_haar
from weingarten.dispatch import ByType
from weingarten.networks import Lowering, Properties, expression
from weingarten.networks.lowering import RULES
from weingarten.networks.lowering.polynomials import MATRICES, SCALARS, MatrixRule, ScalarRule
from weingarten.networks.shapes import SHAPES, shape_of
from weingarten.symbols.normalised_traces import NormalizedTrace
from weingarten.symbols.partial import PartialTrace, PartialTranspose
from weingarten.symbols.points import OrthonormalColumns, Stiefel
from weingarten.symbols.random_matrices import RandomMatrix

W, V = HaarOrthogonal("W", 3), HaarOrthogonal("V", 3)
Q = Stiefel("Q", 3, 2)
A, B = sp.MatrixSymbol("A", 3, 3), sp.MatrixSymbol("B", 3, 2)
u = sp.MatrixSymbol("u", 3, 1)
k, n = sp.symbols("k n", integer=True)
x = sp.Symbol("x")
S = W * A * W.T
K = sp.MatrixSymbol("K", 6, 6)

#: For each node that has a row, one of its kind with something random in it if it can.
SCALAR_EXAMPLES = {
    sp.Add: sp.Add(W[0, 0] * x, A[0, 1], 2),
    sp.Mul: sp.Mul(W[0, 0], V[1, 2] + x, sp.Trace(A)),
    sp.Pow: (W[0, 0] + A[0, 1] * V[1, 1]) ** 3,
    MatrixElement: S[0, 2],
    sp.MatrixExpr: sp.MatMul(u.T, W, u),
    sp.MatrixBase: sp.ImmutableMatrix([[W[0, 1] * x]]),
    sp.Trace: sp.Trace(W * A * V),
    NormalizedTrace: NormalizedTrace(W * A * V) ** 2,
    DotProduct: DotProduct(u.T, W * A * u) * DotProduct(u, V[:, 0]),
    sp.Sum: sp.Sum((k + 1) * W[k, 0] * A[k, 2], (k, 1, 2)),
    sp.Product: sp.Product(W[k, 0] + k, (k, 0, 2)),
    sp.KroneckerDelta: sp.KroneckerDelta(n, 1),
    sp.Determinant: sp.Determinant(W * A),
    sp.Permanent: sp.Permanent(sp.Matrix(2, 2, lambda a, b: W[a, b])),
    sp.Piecewise: sp.Piecewise((W[0, 0], n < 1), (x * W[1, 1], True)),
    sp.conjugate: sp.conjugate(A[0, 1], evaluate=False) * W[0, 0] + 1,
    sp.re: sp.re(sp.Trace(A * W), evaluate=False),
    sp.im: sp.im(sp.Trace(A * W), evaluate=False),
}
MATRIX_EXAMPLES = {
    sp.MatAdd: W + A,
    sp.MatMul: W * A * V.T * B,
    sp.MatPow: sp.MatPow(W + A, 3),
    sp.Inverse: sp.Inverse(W * A),
    sp.Transpose: sp.Transpose(W * B),
    sp.Adjoint: sp.Adjoint(W * B),
    sp.HadamardProduct: sp.HadamardProduct(W, A, V),
    HadamardPower: HadamardPower(W, 3),
    DiagonalMatrix: DiagonalMatrix(W * B),
    DiagonalOf: DiagonalOf(W * A),
    DiagMatrix: DiagMatrix(W * u),
    sp.Identity: sp.Identity(3),
    sp.ZeroMatrix: sp.ZeroMatrix(3, 2),
    sp.OneMatrix: sp.OneMatrix(3, 2),
    sp.MatrixSymbol: B,
    RandomMatrix: W,
    OrthonormalColumns: Q,
    MatrixSlice: W[1:, ::2],
    sp.MatrixBase: sp.ImmutableMatrix([[W[0, 0], x], [1, W[1, 0]], [V[0, 0], 0]]),
    sp.BlockMatrix: sp.BlockMatrix([[W, B], [u.T, sp.ZeroMatrix(1, 2)]]),
    sp.KroneckerProduct: sp.KroneckerProduct(W[:2, :], B),
    PartialTrace: PartialTrace(sp.KroneckerProduct(W, A[:2, 1:]) * K, (3, 2), 0),
    PartialTranspose: PartialTranspose(K * sp.KroneckerProduct(A[:2, 1:], W), (2, 3), 1),
}


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(11)

    def array(rows, columns):
        return rng.normal(size=(rows, columns)) + 1j * rng.normal(size=(rows, columns))

    first, second = sample_haar(3, 2, rng=5)
    arrays = {A: array(3, 3), B: array(3, 2), u: array(3, 1), K: array(6, 6)}
    return {W: first, V: second, Q: first[:, :2], Q.whole: first, **arrays, x: 0.7 - 0.3j, n: 1}


def lowered(low, poly):
    return expression(poly, low.properties)


def test_every_row_has_an_example():
    nodes = [(type(rule), node) for rule in RULES for node in rule.nodes]
    examples = [
        *((ScalarRule, node) for node in SCALAR_EXAMPLES),
        *((MatrixRule, node) for node in MATRIX_EXAMPLES),
    ]
    assert sorted(nodes, key=str) == sorted(examples, key=str)
    assert set(SCALARS.rows().values()) == {r for r in RULES if isinstance(r, ScalarRule)}
    assert set(MATRICES.rows().values()) == {r for r in RULES if isinstance(r, MatrixRule)}
    assert SHAPES.rows().keys() <= MATRICES.rows().keys()


@pytest.mark.parametrize("node", SCALAR_EXAMPLES)
def test_a_scalar_lowers_to_its_value(node, values):
    expr = SCALAR_EXAMPLES[node]
    assert any(isinstance(part, node) for part in sp.preorder_traversal(expr))
    low = Lowering(Properties())
    found = evaluate(lowered(low, low.scalar(low.prepare(expr))), values)
    assert found == pytest.approx(evaluate(expr, values))


@pytest.mark.parametrize("node", SCALAR_EXAMPLES)
def test_a_constant_lowers_to_its_value(node, values):
    fixed = {W: sp.MatrixSymbol("W", 3, 3), V: sp.MatrixSymbol("V", 3, 3)}
    expr = SCALAR_EXAMPLES[node].xreplace(fixed)
    known = {fixed.get(key, key): value for key, value in values.items()}
    low = Lowering(Properties())
    found = evaluate(lowered(low, low.scalar(low.prepare(expr))), known)
    assert found == pytest.approx(evaluate(expr, known))


@pytest.mark.parametrize("node", MATRIX_EXAMPLES)
def test_entries_of_a_matrix_lower_to_their_values(node, values):
    matrix = MATRIX_EXAMPLES[node]
    assert MATRICES.find(type(matrix)) is MATRICES.rows()[node]
    expected = np.asarray(evaluate(matrix, values))
    assert tuple(map(int, shape_of(matrix))) == expected.shape
    for place in np.ndindex(expected.shape):
        low = Lowering(Properties())
        found = lowered(low, low.closed(low.entry(matrix, *map(sp.Integer, place))))
        assert evaluate(found, values) == pytest.approx(expected[place])


@pytest.mark.parametrize("node", MATRIX_EXAMPLES)
def test_a_matrix_lowers_to_its_values_under_sums(node, values):
    matrix = MATRIX_EXAMPLES[node]
    rows, columns = (int(size) for size in shape_of(matrix))
    left, right = sp.MatrixSymbol("l", rows, 1), sp.MatrixSymbol("r", columns, 1)
    rng = np.random.default_rng(3)
    known = values | {left: rng.normal(size=(rows, 1)), right: rng.normal(size=(columns, 1))}
    low = Lowering(Properties())
    form = sp.MatMul(left.T, matrix, right)
    found = lowered(low, low.closed(low.entry(form, sp.S.Zero, sp.S.Zero)))
    expected = known[left].T @ evaluate(matrix, values) @ known[right]
    assert evaluate(found, known) == pytest.approx(expected.item())


def test_a_node_without_a_row_is_refused():
    low = Lowering(Properties())
    with pytest.raises(InvalidInputError, match="must be polynomial in the random matrices; sin"):
        low.scalar(sp.sin(W[0, 0]))
    with pytest.raises(InvalidInputError, match="FunctionMatrix is not"):
        low.scalar(sp.Trace(sp.FunctionMatrix(3, 3, sp.Lambda((k, n), W[0, 0] + k * n))))


def test_the_nearest_row_is_found_whatever_the_order():
    assert issubclass(sp.Inverse, sp.MatPow)
    assert MATRICES.find(sp.Inverse) is not MATRICES.find(sp.MatPow)
    assert SCALARS.find(sp.MatMul) is SCALARS.rows()[sp.MatrixExpr]  # a Mul as well


def test_a_node_has_one_row():
    table = ByType()
    table.add([sp.Add], 1)
    with pytest.raises(ValueError, match="Add has a row already"):
        table.add([sp.Add], 2)
