"""Every SymPy node is a citizen: args, rebuilding, printing, pickling, substitution."""

import pickle
import re

import pytest
import sympy as sp

from weingarten import HaarOrthogonal, InvalidInputError, asymptotic, expect
from weingarten.symbols.random_matrices import RandomEntry, RandomSlice, random_matrices

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
    W[1::2, i],
    HaarOrthogonal("V", 5)[::2, -3:],
    sp.Sum(W[i, j] ** 2, (i, 0, d - 1)),
]


@pytest.mark.parametrize("node", NODES, ids=str)
def test_node_is_a_citizen(node):
    assert all(isinstance(arg, sp.Basic) for arg in node.args)
    assert node.func(*node.args) == node
    assert hash(node.func(*node.args)) == hash(node)
    assert pickle.loads(pickle.dumps(node)) == node
    scope = {**vars(sp), "HaarOrthogonal": HaarOrthogonal, "RandomEntry": RandomEntry}
    scope |= {"RandomSlice": RandomSlice, "Str": sp.core.symbol.Str}
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


@pytest.mark.parametrize(
    "index", [True, None, "a", 1.0, [0, 1], sp.nan, sp.oo, sp.I, sp.MatrixSymbol("A", 3, 3), {}]
)
def test_what_is_no_index(index):
    with pytest.raises(InvalidInputError, match="row index of W must be an integer from 0 to d"):
        W[index, 0]
    with pytest.raises(InvalidInputError, match="column index of W must be an integer from 0 to d"):
        W[:, index]


@pytest.mark.parametrize("key", [(0, 1, 2), (0,), -1, 9, None, "a", i, 1.0])
def test_an_index_is_a_pair(key):
    with pytest.raises(InvalidInputError, match="index of V must be a pair"):
        HaarOrthogonal("V", 3)[key]


def test_a_single_number_counts_along_the_rows():
    V = HaarOrthogonal("V", 3)
    assert [V[n] for n in range(9)] == [V[a, b] for a in range(3) for b in range(3)]


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_slices_choose_what_python_chooses(size):
    V = HaarOrthogonal("V", size)
    bounds = [None, *range(-size - 1, size + 2)]
    for piece in (slice(a, b, c) for a in bounds for b in bounds for c in (None, 1, 2, 3)):
        numbers = list(range(size))[piece]
        inside = all(-size <= b <= size for b in (piece.start, piece.stop) if b is not None)
        if not numbers or not inside:
            with pytest.raises(InvalidInputError, match="slice of V must"):
                V[piece, :]
            continue
        rows, columns = V[piece, :], V[:, piece]
        assert rows.shape == columns.shape[::-1] == (len(numbers), size)
        assert [rows[k, 0] for k in range(len(numbers))] == [V[n, 0] for n in numbers]
        assert [columns[0, k] for k in range(len(numbers))] == [V[0, n] for n in numbers]
        with pytest.raises(InvalidInputError, match="must be an integer from 0 to"):
            rows[len(numbers), 0]
        for again in (slice(1, None), slice(None, None, 2), slice(-1, None)):
            if numbers[again]:
                twice = rows[again, :]
                assert [twice[k, 0] for k in range(twice.shape[0])] == [
                    V[n, 0] for n in numbers[again]
                ]


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        (slice(5), "must lie within the 3 rows; got ':5'; give bounds from 0 to 3"),
        (slice(-4, None), "must lie within the 3 rows; got '-4:'"),
        (slice(2, 1), "must choose at least one row; got '2:1'; give start < stop"),
        (slice(3, None), "must choose at least one row; got '3:'"),
        (slice(None, None, -1), "must have a positive step; got '::-1'; reorder by"),
        (slice(None, None, 0), "must have a positive step; got '::0'"),
        (slice(None, 1.5), "must have integer bounds; got ':1.5'; pass integers"),
        (slice("a", None), "must have integer bounds; got 'a:'"),
        (slice(None, True), "must have integer bounds; got ':True'"),
    ],
)
def test_slices_out_of_range(piece, words):
    with pytest.raises(InvalidInputError, match=f"row slice of V {re.escape(words)}"):
        HaarOrthogonal("V", 3)[piece, :]


def test_symbolic_slices():
    k, r = sp.symbols("k r", integer=True, positive=True)
    assert W[:k, 1 : r + 1].shape == (k, r)
    assert W[::2, :].shape == (sp.ceiling(d / 2), d)
    assert W[: 2 * k, :].subs({d: 4, k: 2}).shape == (4, 4)
    assert W[1:k, :][1:, :r] == W[2:k, :r]
    with pytest.raises(InvalidInputError, match="row slice of W must lie within the d rows"):
        W[: d + 1, :]
    with pytest.raises(InvalidInputError, match="row slice of W must lie within the 3 rows"):
        W[:5, :].subs(d, 3)


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


def test_a_haar_matrix_has_one_size():
    with pytest.raises(InvalidInputError, match=r"d must be one size.*got \(3, 5\)"):
        HaarOrthogonal("W", 3, 5)


def test_one_name_with_two_sizes():
    with pytest.raises(InvalidInputError, match="different sizes"):
        random_matrices(sp.Trace(W) * sp.Trace(HaarOrthogonal("W", 3)))


def test_sizes_that_print_alike_are_told_apart():
    bare = sp.Symbol("d")
    texts = ["Symbol('d', integer=True, positive=True)", "Symbol('d')"]
    with pytest.raises(InvalidInputError, match="different sizes") as caught:
        random_matrices(sp.Trace(W) * sp.Trace(HaarOrthogonal("W", bare)))
    assert all(text in str(caught.value) for text in texts)
    with pytest.raises(InvalidInputError, match="have to be equal") as caught:
        expect(sp.Trace(W * sp.MatrixSymbol("A", bare, bare)))
    assert all(text in str(caught.value) for text in texts)
    with pytest.raises(InvalidInputError, match="symbol of the expression") as caught:
        asymptotic(W[0, 0] ** 4, 2, bare)
    assert all(text in str(caught.value).replace('"', "") for text in texts)
