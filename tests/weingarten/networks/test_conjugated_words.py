"""Trace words of conjugated constants with diagonals, class by class, beside sums over pairings."""

import numpy as np
import pytest
import sympy as sp
from sympy import Eq, HadamardProduct, Identity, Q, Trace
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from tests.fuzz.nodes import haar_nodes
from tests.haar_oracle import evaluated
from weingarten import HaarOrthogonal, derivation, expect
from weingarten.combinatorics.compatible_pairings import coset_type_codes
from weingarten.networks import Averager, Lowering, Properties
from weingarten.networks.choosing import choose, method_called
from weingarten.networks.word_classes import word_classes

d = sp.Symbol("d", integer=True, positive=True)


def words(size):
    """Return expressions in H = W S Wᵀ, K = W B Wᵀ with Bᵀ = -B, G = W A Wᵀ, and what is known."""
    W = HaarOrthogonal("W", size)
    A, B, S = (sp.MatrixSymbol(name, size, size) for name in "ABS")
    H, K, G = (W * x * W.T for x in (S, B, A))
    D, E = DiagonalMatrix(H), DiagMatrix(DiagonalOf(G))
    return {
        "one diagonal": Trace(D * K * D * K),
        "two diagonals": Trace(D * K * E * G),
        "Hadamard": Trace(HadamardProduct(H, Identity(size)) * K * G) * Trace(D),
        "chains": Trace(D * K * H * K * E) * Trace(H),
        "transposes": Trace(D * G * D * G.T),
        "signs": Trace(D * K * G * E),
        "without diagonals removed": Trace((H - D) * K * (H - D) * K),
    }, Q.symmetric(S) & Eq(B.T, -B)


@pytest.mark.parametrize("name", words(d)[0])
@pytest.mark.parametrize("size", [d, sp.Integer(2), sp.Integer(3)], ids=str)
def test_it_is_what_the_pairings_give(name, size):
    expressions, facts = words(size)
    found, pairs = (expect(expressions[name], facts, method=x) for x in ("words", "pairings"))
    assert sp.factor(found - pairs) == 0


VALUES = {
    "A": [[1, 2, 0], [0, -1, 3], [1, 1, 2]],
    "B": [[0, 2, -1], [-2, 0, 3], [1, -3, 0]],
    "S": [[1, 2, 0], [2, -1, 1], [0, 1, 3]],
}


def test_it_is_what_a_quadrature_gives():
    expressions, facts = words(sp.Integer(3))
    nodes, weights = haar_nodes(3, 8)
    S, B = (nodes @ np.array(VALUES[x], float) @ np.swapaxes(nodes, 1, 2) for x in "SB")
    rest = S - np.einsum("kii,ij->kij", S, np.eye(3))
    exact = weights @ np.trace(rest @ B @ rest @ B, axis1=1, axis2=2)
    found = expect(expressions["without diagonals removed"], facts, method="words")
    numbers = {sp.MatrixSymbol(x, 3, 3): sp.ImmutableMatrix(rows) for x, rows in VALUES.items()}
    assert float(evaluated(found.xreplace(numbers))) == pytest.approx(exact, abs=1e-9)


def test_it_is_chosen_where_many_pairings_would_be_listed():
    W = HaarOrthogonal("W", d)
    B, S = sp.MatrixSymbol("B", d, d), sp.MatrixSymbol("S", d, d)
    D, K = DiagonalMatrix(W * S * W.T), W * B * W.T
    expr, facts = Trace(D * K * D * K * D), Q.symmetric(S) & Eq(B.T, -B)
    assert method_called("words").words in str(derivation(expr, facts))


def test_what_hangs_on_rows_as_well_is_left_to_others():
    W = HaarOrthogonal("W", d)
    A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
    for expr in (
        Trace(W * A * W.T * B) ** 2,
        Trace(W * A) ** 4,
        (W * A * W.T)[0, 1] * (W * B * W.T)[0, 1],
        Trace(DiagonalMatrix(W * A * W.T) * W * B * W.T * A) * Trace(W * B),
    ):
        lowering = Lowering(Properties())
        averager = Averager(lowering)
        averager.average(lowering.scalar(lowering.prepare(expr)))
        for record in averager.records:
            assert method_called("words").offer(record.job) is None
            assert choose(record.job).method.name != "words"


@pytest.mark.parametrize("letters", [((1, 3),), ((1, 2), (-1, 2)), ((0, 2), (1, 1)), ((-1, 3),)])
def test_classes_are_closed(letters):
    """The sums by class do not depend on the pairing that stands for its class."""
    found = word_classes(letters)
    assert found.pairings.shape[1] == 2 * sum(number for _, number in letters)
    for pairing, name, sign in zip(found.pairings, found.word_of, found.sign_of, strict=True):
        again = np.zeros_like(found.sums[name])
        np.add.at(
            again, (found.word_of, coset_type_codes(pairing, found.pairings)), found.sign_of * sign
        )
        assert np.array_equal(again, found.sums[name])
