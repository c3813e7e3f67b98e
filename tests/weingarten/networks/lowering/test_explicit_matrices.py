"""Explicit, block, sliced and complex constants beside Haar matrices."""

import pytest
import sympy as sp
from sympy import Adjoint, BlockMatrix, HadamardProduct, Trace
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix

from weingarten import HaarOrthogonal, InvalidInputError, evaluate, expect, expect_einsum

d, n = sp.symbols("d n", integer=True, positive=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
W2, A2 = HaarOrthogonal("W", 2), sp.MatrixSymbol("A", 2, 2)
E = sp.ImmutableMatrix([[1, 2], [3, 4]])
half = sp.Rational(1, 2)


def entries(value):
    return sp.ImmutableMatrix(2, 2, lambda a, b: sp.expand(value[a, b]))


def test_an_explicit_matrix_times_a_symbol():
    value = expect(W2[0, 0] ** 2 * E * A2)
    assert entries(value) == sp.ImmutableMatrix(
        2, 2, lambda a, b: sum(E[a, t] * A2[t, b] for t in range(2)) / 2
    )


def test_einsums_with_an_explicit_operand():
    value = expect_einsum("ab,ba->a", E, A2)
    assert value.shape == (2, 1)
    for a in range(2):
        assert sp.expand(value[a, 0] - sum(E[a, t] * A2[t, a] for t in range(2))) == 0
    value = expect_einsum("ab,ca,ba,aa->ac", E, A2, W2, W2)
    for a in range(2):
        for c in range(2):
            assert sp.expand(value[a, c] - E[a, a] * A2[c, a] / 2) == 0


def test_sums_over_the_entries_of_an_explicit_matrix():
    i, j, k = sp.symbols("i j k", integer=True)
    total = sp.Sum(E[i, j] * W2[i, k] * W2[j, k], (i, 0, 1), (j, 0, 1))
    assert expect(total) == sp.Rational(5, 2)  # tr(E)/2 for each k


def test_block_matrices_of_integer_size():
    value = expect(BlockMatrix([[W2, A2], [A2, W2 * E * W2.T]]))
    assert value.shape == (4, 4)
    assert value[:2, :2] == sp.zeros(2, 2)
    assert value[0, 3] == A2[0, 1]
    assert value[2:, 2:] == sp.Rational(5, 2) * sp.eye(2)


def test_block_matrices_of_symbolic_size():
    block = BlockMatrix([[W, A], [B, W]])
    value = expect(block)
    assert (value.blocks[0, 1], value.blocks[1, 0]) == (A, B)
    assert isinstance(value.blocks[0, 0], sp.ZeroMatrix)
    assert expect(Trace(block**2)) == expect(Trace(block * block)) == 2 + 2 * Trace(A * B)
    squares = expect(block * block.T)
    assert squares.blocks[0, 0] == sp.Identity(d) + A * A.T
    assert isinstance(squares.blocks[0, 1], sp.ZeroMatrix)
    assert expect(Trace(2 * block + block.T)) == 0
    wrong = sp.MatMul(BlockMatrix([[W, A]]), sp.BlockMatrix([[A[: d - 1, :]], [A], [A[:1, :]]]))
    with pytest.raises(InvalidInputError, match="sizes"):
        expect(Trace(wrong))


def test_slices_count_their_elements():
    odd = HaarOrthogonal("W", 5)[::2, :]
    assert expect(Trace(odd * odd.T)) == 3
    three = HaarOrthogonal("W", 3)
    assert expect(three[::2, 1:] * three[::2, 1:].T) == sp.Rational(2, 3) * sp.eye(2)


def test_diagonal_matrices_take_vectors_only():
    with pytest.raises(InvalidInputError, match="vectors inside DiagMatrix"):
        expect(Trace(sp.MatMul(DiagMatrix(W), A)))


def test_adjoints_conjugate_complex_constants():
    product = HadamardProduct(W, A)
    assert expect(Trace(Adjoint(product) * product)) == Trace(A * Adjoint(A)) / d
    assert expect(Adjoint(W * A) * (W * A)) == Adjoint(A) * A
    real = expect(Trace(Adjoint(product) * product), sp.Q.real_elements(A))
    assert real == Trace(A * A.T) / d
    complex_ = sp.ImmutableMatrix([[sp.I, 1], [2, 1 - sp.I]])
    value = expect(Trace(Adjoint(W2 * complex_) * (W2 * complex_)))
    assert value == sum(abs(entry) ** 2 for entry in complex_)
    z = sp.Symbol("z")
    assert expect(Adjoint(z * W) * W) == sp.conjugate(z) * sp.Identity(d)


def test_conjugates_of_scalars():
    assert expect(sp.conjugate(Trace(W)) * Trace(W)) == 1
    assert expect(sp.Abs(Trace(W)) ** 2) == 1
    assert expect(sp.Abs(Trace(W * A)) ** 2) == Trace(A * Adjoint(A)) / d
    assert expect(sp.re(Trace(W)) ** 2) == 1
    assert expect(sp.im(Trace(W)) ** 2) == 0
    i = sp.Symbol("i", integer=True)
    value = expect(sp.conjugate(W[i, 0] * A[i, 0]) * W[i, 0])
    assert value == sp.conjugate(A[i, 0]) / d
    with pytest.raises(InvalidInputError, match="Abs is not"):
        expect(sp.Abs(Trace(W)) ** 3)


def test_long_matrix_results_are_not_simplified_by_sympy():
    words = [sp.MatrixSymbol(name, d, d) for name in "ABCDEF"]
    product = W
    for number, word in enumerate(words[:5]):
        product = product * word * (W.T if number % 2 == 0 else W)
    value = expect(product)
    assert isinstance(value, sp.MatAdd)
    assert value.shape == (d, d)


def test_slices_of_symbolic_size():
    assert expect((A * W * B * W.T)[1:, 1:]) == sp.MatMul(Trace(B) / d, A)[1:, 1:]
    assert expect(W[1:, :] * A * W[1:, :].T) == Trace(A) / d * sp.Identity(d - 1)
    assert expect(W[n:, :]) == sp.ZeroMatrix(d - n, d)


def test_an_entry_of_an_undetermined_block_is_refused():
    entry = sp.matrices.expressions.matexpr.MatrixElement(BlockMatrix([[W, A], [B, W]]), 1, 0)
    with pytest.raises(InvalidInputError, match="depends on the sizes"):
        expect(entry)


def test_hadamard_products_of_blocks():
    block = BlockMatrix([[W, A], [B, W]])
    assert expect(Trace(HadamardProduct(block, block))) == 2
    value = expect(HadamardProduct(block, block))
    assert value.blocks[0, 0] == sp.OneMatrix(d, d) / d
    assert value.blocks[0, 1] == HadamardProduct(A, A)


def test_rectangular_diagonals_and_results():
    five = HaarOrthogonal("W", 5)
    for part in (five[:, :3], five[:3, :]):
        assert expect(Trace(DiagonalMatrix(part) * DiagonalMatrix(part).T)) == sp.Rational(3, 5)
    tall = sp.MatrixSymbol("R", 5, 3)
    value = expect(Trace(DiagonalMatrix(tall) * tall.T) * five[0, 0] ** 2)
    assert value.doit() == sum(tall[t, t] ** 2 for t in range(3)) / 5
    assert expect(W[:2, :] * W.T).shape == (2, d)
    assert expect(W[:n, :] * A * W[:2, :].T).shape == (n, 2)


def test_slices_with_steps_of_constants():
    five = sp.MatrixSymbol("A", 5, 5)
    part = five[0:3:2, 0:3:2]  # 2×2; SymPy says 1×1
    value = expect(Trace(part * part.T) * W2[0, 0] ** 2)
    numbers = sp.ImmutableMatrix(5, 5, range(25))
    total = sum(numbers[a, b] ** 2 for a in (0, 2) for b in (0, 2))
    assert evaluate(value, {five: numbers}) == float(total) / 2
    three = sp.MatrixSymbol("A", 3, 3)
    corner = expect(Trace(sp.KroneckerProduct(W2, three[::2, ::2])) ** 2)
    assert corner == Trace(three[::2, ::2]) ** 2


def test_sizes_are_real():
    size = sp.Symbol("d")  # no assumptions
    V, C = HaarOrthogonal("V", size), sp.MatrixSymbol("C", size, size)
    assert expect(sp.Abs(Trace(V.T * V)) ** 2) == size**2
    assert expect(Trace(Adjoint(Trace(V.T * V) * C) * V * V.T)) == size * Trace(Adjoint(C))


def test_parts_of_explicit_matrices():
    i, j = sp.symbols("i j", integer=True)
    three = sp.ImmutableMatrix(3, 3, range(9))
    value = expect(sp.Sum(three[i, i], (i, 0, n - 1)) * W[0, 0] ** 2)
    assert value.subs(n, 2).doit() == 4 / d
    empty = sp.KroneckerDelta(j, 0) * W[j, 0] ** 2 * sp.Sum(A[i, i], (i, 0, j - 1))
    assert expect(empty) == 0
    assert expect(Trace(W[1:3, :] * A * W[1:3, :].T)) == 2 * Trace(A) / d


def test_results_are_cut_to_their_shape():
    three, C = HaarOrthogonal("W", 3), sp.MatrixSymbol("A", 3, 3)
    value = expect((C * three * C * three)[:, :2])
    assert value.shape == (3, 2)
    for a in range(3):
        for b in range(2):
            direct = sum(C[a, t] * C[b, t] for t in range(3)) / 3
            assert sp.expand(value[a, b].doit() - direct) == 0
    k = sp.Symbol("k", integer=True, positive=True)
    assert expect((A * W * A * W)[:k, :] * B).shape == (k, d)


@pytest.mark.parametrize(
    "expr",
    [
        A[:2, :2] * Trace(W) ** 2,
        (A * W)[:n, :] * B * (A * W)[:n, :].T,
        HadamardProduct(A, B)[:2, :] * W[0, 0] ** 2,
        A[:2, :] * W * A * W.T,
        W[:2, :] * B * W[:2, :].T + A[:2, :2],
        DiagonalMatrix(A)[:n, :] * W * A * W.T,
        A.T[:n, :] * W[0, 0] ** 2,
    ],
    ids=str,
)
def test_a_result_has_the_shape_of_the_expression(expr):
    assert expect(expr).shape == expr.shape


def test_stepped_slices_that_meet():
    three, C = HaarOrthogonal("W", 3), sp.MatrixSymbol("A", 3, 3)
    value = expect(Trace(C[:, ::2] * (C * three * C * three)[::2, :]))
    direct = sum(
        C[c, v] * C[v, a] * C[b, a] * (1 if b == c else 0)
        for c in range(3) for v in (0, 2) for a in range(3) for b in range(3)
    )  # fmt: skip
    numbers = sp.ImmutableMatrix([[1, 2, 0], [-1, 3, 1], [2, 1, 1]])
    assert evaluate(value, {C: numbers}) == pytest.approx(evaluate(direct / 3, {C: numbers}))
