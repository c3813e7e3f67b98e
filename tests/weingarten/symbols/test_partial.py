"""Partial traces and transposes as SymPy nodes."""

import pickle

import numpy as np
import pytest
import sympy as sp

from weingarten import InvalidInputError, PartialTrace, PartialTranspose, evaluate

a, b = sp.symbols("a b", integer=True, positive=True)
R = sp.MatrixSymbol("R", 12, 12)
NODES = [
    PartialTrace(R, (2, 3, 2), (0, 2)),
    PartialTrace(R, (2, 6), 1),
    PartialTrace(R, (3, 4), ()),
    PartialTrace(R, (3, 4), (1, 0)),
    PartialTranspose(R, (2, 3, 2), 1),
    PartialTranspose(R, (3, 4), (0, 1)),
    PartialTrace(sp.MatrixSymbol("Q", a * b, a * b), (a, b), 0),
    PartialTranspose(sp.MatrixSymbol("Q", a * b, a * b), (a, b), 1),
]


@pytest.mark.parametrize("node", NODES, ids=str)
def test_nodes_are_citizens(node):
    assert node.func(*node.args) == node
    assert all(isinstance(arg, sp.Basic) for arg in node.args)
    assert pickle.loads(pickle.dumps(node)) == node
    names = {"PartialTrace": PartialTrace, "PartialTranspose": PartialTranspose}
    assert eval(sp.srepr(node), {**vars(sp), **names, "Str": sp.core.symbol.Str}) == node
    assert str(node).startswith(type(node).__name__)


@pytest.mark.parametrize("node", NODES[:6], ids=str)
def test_entries_are_the_values(node):
    value = np.random.default_rng(1).normal(size=(2, 12, 12))
    expected = evaluate(node, {R: value})
    found = [[evaluate(node[x, y], {R: value}) for y in range(node.cols)] for x in range(node.rows)]
    np.testing.assert_allclose(np.moveaxis(found, -1, 0), expected, atol=1e-12)


def test_values_by_hand():
    one, two = np.arange(4.0).reshape(2, 2), np.arange(9.0).reshape(3, 3)
    Q = sp.MatrixSymbol("Q", 6, 6)
    known = {Q: np.kron(one, two)}
    np.testing.assert_array_equal(evaluate(PartialTrace(Q, (2, 3), 0), known), one * 12)
    np.testing.assert_array_equal(evaluate(PartialTrace(Q, (2, 3), 1), known), 3 * two)
    flipped = evaluate(PartialTranspose(Q, (2, 3), 1), known)
    np.testing.assert_array_equal(flipped, np.kron(one, two.T))


@pytest.mark.parametrize(
    ("dims", "legs", "message"),
    [
        ((2, 5), 0, "must multiply to the numbers of rows and of columns"),
        ((2, 6), 2, "keep must be numbers of legs, from 0 to 1; got 2"),
        ((2, 6), (0, -1), "keep must be numbers of legs, from 0 to 1"),
        ((2, 6), "0", "must be numbers of legs"),
        ((2, 6), (0.5,), "must be numbers of legs"),
        (
            (2, 6),
            (1, 1),
            r"keep must name each leg once; got \(1, 1\); leave out what is named again",
        ),
        ((), 0, "must be one or more positive sizes"),
        ((-2, -6), 0, "must be one or more positive sizes"),
        (12, 0, "must be one or more positive sizes"),
    ],
)
def test_wrong_arguments(dims, legs, message):
    with pytest.raises(InvalidInputError, match=message):
        PartialTrace(R, dims, legs)


def test_a_scalar_is_no_matrix():
    with pytest.raises(InvalidInputError, match="must be a matrix"):
        PartialTranspose(a, (2, 6), 0)
