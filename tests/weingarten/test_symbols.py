"""Every SymPy node is a citizen: args, rebuilding, printing, pickling, substitution."""

import pickle

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, expect
from weingarten.symbols import HaarElement, haar_symbols

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W = HaarOrthogonal("W", d)
NODES = [
    W,
    HaarOrthogonal("V", 3),
    HaarOrthogonal("U", 2 * d + 1),
    W[0, 1],
    W[i, j + 1],
    W.T[i, 0],
    sp.Trace(W),
    W * W.T,
    W[:2, :],
    sp.Sum(W[i, j] ** 2, (i, 0, d - 1)),
]


@pytest.mark.parametrize("node", NODES, ids=str)
def test_node_is_a_citizen(node):
    assert all(isinstance(arg, sp.Basic) for arg in node.args)
    assert node.func(*node.args) == node
    assert hash(node.func(*node.args)) == hash(node)
    assert pickle.loads(pickle.dumps(node)) == node
    scope = {**vars(sp), "HaarOrthogonal": HaarOrthogonal, "HaarElement": HaarElement}
    scope |= {"MatrixSlice": sp.matrices.expressions.MatrixSlice, "Str": sp.core.symbol.Str}
    assert eval(sp.srepr(node), scope) == node  # our own text
    assert sp.latex(node)
    assert sp.pretty(node)
    assert node.subs(d, 5).subs(d, 7) == node.subs(d, 5)
    assert node.xreplace({d: d}) == node


def test_assumptions():
    assert sp.ask(sp.Q.orthogonal(W))
    assert sp.ask(sp.Q.invertible(W))
    assert sp.ask(sp.Q.real_elements(W))
    assert not sp.ask(sp.Q.symmetric(W))
    assert W[0, 0].is_real
    assert W[0, 0].is_commutative
    assert not W.is_commutative
    assert sp.conjugate(W[0, 0]) == W[0, 0]


def test_inverse_and_powers():
    assert W.I == W.T
    assert W.inverse() == W.T
    assert (W**-1).doit() == W.T
    assert expect(W**-2 * W**2) == sp.Identity(d)


def test_equality_needs_name_and_size():
    assert HaarOrthogonal("W", d) == W
    assert HaarOrthogonal("W", sp.Symbol("d")) != W
    assert HaarOrthogonal("V", d) != W
    assert HaarOrthogonal("W", sp.Integer(3)) == HaarOrthogonal("W", 3)


def test_subs_of_dimension_reaches_entries_and_sums():
    assert W[0, 1].subs(d, 3) == HaarOrthogonal("W", 3)[0, 1]
    assert sp.Sum(W[i, i], (i, 0, 1)).subs(d, 3).atoms(HaarOrthogonal) == {HaarOrthogonal("W", 3)}
    assert sp.Trace(W).subs(d, 3) == sp.Trace(HaarOrthogonal("W", 3))


@pytest.mark.parametrize("index", [-1, 3, sp.Rational(1, 2), sp.Integer(7)])
def test_index_out_of_range(index):
    with pytest.raises(InvalidInputError, match="row index of W must be an integer from 0 to 2"):
        HaarOrthogonal("W", 3)[index, 0]


def test_negative_index_of_symbolic_size():
    with pytest.raises(InvalidInputError, match="must be an integer from 0 to d - 1; got -1"):
        W[-1, 0]


def test_index_leaves_the_range_on_substitution():
    with pytest.raises(InvalidInputError, match="got 5"):
        W[5, 0].subs(d, 3)


@pytest.mark.parametrize("size", [0, -2, 1.5, "d", sp.Rational(3, 2)])
def test_bad_size(size):
    with pytest.raises(InvalidInputError, match="must be a positive integer or a SymPy expression"):
        HaarOrthogonal("W", size)


@pytest.mark.parametrize("name", ["", 3, None])
def test_bad_name(name):
    with pytest.raises(InvalidInputError, match="name must be a non-empty string"):
        HaarOrthogonal(name, d)


def test_one_name_with_two_sizes():
    with pytest.raises(InvalidInputError, match="different sizes"):
        haar_symbols(sp.Trace(W) * sp.Trace(HaarOrthogonal("W", 3)))
