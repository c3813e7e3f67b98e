"""Indices of several legs: Kronecker products, partial traces and transposes, one letter a leg.

The oracles: the same average written out in entries of a matrix without legs, exact quadrature on
U(2), and samples.
"""

import numpy as np
import pytest
import sympy as sp

from tests.unitary_oracle import exact_mean
from weingarten import (
    HaarOrthogonal,
    HaarUnitary,
    InvalidInputError,
    PartialTrace,
    PartialTranspose,
    UniformSphere,
    evaluate,
    expect,
    expect_einsum,
    expectation,
    sample_haar,
)

a, b, c = sp.symbols("a b c", integer=True, positive=True)
K, one = sp.KroneckerProduct, sp.Identity
LAWS = [HaarUnitary, HaarOrthogonal]
RNG = np.random.default_rng(4)


def pure(U):
    return U[:, 0] * U[:, 0].H


def written_out(node, law, dims):
    """Return the mean trace of a node in the entries of a plain matrix, by SymPy's arithmetic."""
    plain = law("U", int(sp.Mul(*dims)))
    state = sp.ImmutableMatrix(plain[:, 0].as_explicit())
    conjugate = state.applyfunc(sp.conjugate)
    return expect(sp.expand(node(sp.ImmutableMatrix(state * conjugate.T))))


def entries(node):
    """Return a node on legs as an explicit matrix."""
    return sp.ImmutableMatrix(*node.shape, lambda x, y: node[x, y])


@pytest.mark.parametrize("law", LAWS)
def test_purity_of_a_bipartite_state(law):
    found = expect(sp.Trace(PartialTrace(pure(law("U", (a, b))), (a, b), 0) ** 2))
    shift = 0 if law is HaarUnitary else 1
    assert sp.simplify(found - (a + b + shift) / (a * b + 1 + shift)) == 0
    other = expect(sp.Trace(PartialTrace(pure(law("U", (a, b))), (a, b), keep=1) ** 2))
    assert sp.simplify(found - other) == 0


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("dims", [(2, 2), (3, 1)])
def test_symbolic_legs_are_right_at_numbers(law, dims):
    sizes = dict(zip((a, b), dims, strict=True))
    for node, power in (
        (lambda x, legs: PartialTrace(x, legs, 0), 2),
        (lambda x, legs: PartialTranspose(x, legs, 1), 2),
    ):
        symbolic = expect(sp.Trace(node(pure(law("U", (a, b))), (a, b)) ** power))
        integer = expect(sp.Trace(node(pure(law("U", dims)), dims) ** power))
        exact = written_out(
            lambda state, node=node, power=power: (entries(node(state, dims)) ** power).trace(),
            law,
            dims,
        )
        assert sp.nsimplify(symbolic.subs(sizes)) == integer == exact


def test_a_state_of_three_parts():
    dims = (a, b, c)
    state = pure(HaarUnitary("U", dims))
    two = expect(sp.Trace(PartialTrace(state, dims, keep=(0, 2)) ** 2))
    assert sp.simplify(two - (a * c + b) / (a * b * c + 1)) == 0
    nested = PartialTrace(PartialTrace(state, dims, (0, 2)), (a, c), 1)
    once = PartialTrace(state, dims, 2)
    difference = expect(sp.Trace(nested**2)) - expect(sp.Trace(once**2))
    assert sp.simplify(difference) == 0


def constants(*shapes):
    symbols = [sp.MatrixSymbol(name, *shape) for name, shape in zip("ABR", shapes, strict=True)]
    values = {
        x: RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
        for x, shape in zip(symbols, shapes, strict=True)
    }
    return symbols, values


SCENE, NUMBERS = constants((2, 2), (3, 3), (6, 6))
A, B, R = SCENE
V = HaarUnitary("V", 2)
LOCAL = [
    K(V, one(3)) * R * sp.adjoint(K(V, one(3))),
    K(V, B) * R * sp.adjoint(K(V, B)),
    K(A, B) * K(V, one(3)) * R * sp.adjoint(K(V, B)) * K(A, one(3)),
    PartialTrace(K(V, B) * R * sp.adjoint(K(V, B)), (2, 3), 1),
    PartialTrace(K(V, B) * R * sp.adjoint(K(V, B)), (2, 3), 0),
    PartialTranspose(K(V, B) * R * sp.adjoint(K(V, B)), (2, 3), 0),
    PartialTranspose(K(V, B) * PartialTranspose(R, (2, 3), 1) * sp.adjoint(K(V, B)), (2, 3), 1),
    K(V * A * V.H, B),
    sp.Trace(K(V, one(3)) * R * sp.adjoint(K(V, one(3))) * R),
    sp.Trace(K(V, B) * R * sp.adjoint(K(V, B)) * PartialTranspose(R, (2, 3), 0)),
    sp.Trace(K(V, B) * R) * sp.conjugate(sp.Trace(K(V, B) * R)),
    (K(V, B) * R * sp.adjoint(K(V, B)))[3, 1],
    K(one(3), V) * R * sp.adjoint(K(one(3), V)),
]


@pytest.mark.parametrize("expr", LOCAL, ids=range(len(LOCAL)))
def test_local_unitaries_against_quadrature(expr):
    exact = exact_mean(expr, V, 2, NUMBERS)
    np.testing.assert_allclose(evaluate(expect(expr), NUMBERS), exact, atol=1e-10)


@pytest.mark.parametrize("expr", LOCAL[:11], ids=range(11))
def test_symbolic_sizes_against_quadrature(expr):
    sizes = {2: a, 3: b, 6: a * b}

    def symbolic(node):
        if isinstance(node, HaarUnitary):
            return HaarUnitary(node.name, a)
        if isinstance(node, sp.MatrixSymbol):
            return sp.MatrixSymbol(node.name, *(sizes[int(x)] for x in node.shape))
        if isinstance(node, sp.Identity):
            return sp.Identity(sizes[int(node.shape[0])])
        if isinstance(node, PartialTrace | PartialTranspose):
            return type(node)(symbolic(node.arg), (a, b), node.args[2])
        return node.func(*map(symbolic, node.args)) if node.args else node

    value = expect(symbolic(expr))
    known = {sp.MatrixSymbol(x.name, *map(sizes.get, x.shape)): v for x, v in NUMBERS.items()}
    exact = exact_mean(expr, V, 2, NUMBERS)
    np.testing.assert_allclose(evaluate(value, {**known, a: 2, b: 3}), exact, atol=1e-10)


def test_results_are_written_with_legs():
    A, B = sp.MatrixSymbol("A", a, a), sp.MatrixSymbol("B", b, b)
    R = sp.MatrixSymbol("R", a * b, a * b)
    U, V = HaarUnitary("U", (a, b)), HaarUnitary("V", a)
    local = K(V, one(b))
    assert str(expect(U * K(A, B) * U.H)) == "(Trace(A)*Trace(B)/(a*b))*I"
    twirled = expect(local * R * sp.adjoint(local))
    assert twirled == sp.MatMul(1 / a, K(one(a), PartialTrace(R, (a, b), 1)))
    assert expect(PartialTrace(U * R * U.H, (a, b), 0)) == sp.MatMul(sp.Trace(R) / a, one(a))
    purity = expect(sp.Trace(local * R * sp.adjoint(local) * R))
    assert purity == sp.Trace(PartialTrace(R, (a, b), 1) ** 2) / a


def test_one_letter_a_leg():
    R = sp.MatrixSymbol("R", a * b, a * b)
    U = HaarUnitary("U", (a, b))
    assert expect_einsum("abcd,abcd->", U, U.C) == a * b
    assert expect_einsum("abcd,cdef,ahef->bh", U, R, U.C) == sp.MatMul(sp.Trace(R) / b, one(b))
    assert expect_einsum("acxy,bdxy->abcd", U, U.C).expr.has(sp.KroneckerDelta)
    C, D = sp.MatrixSymbol("C", b, a), sp.MatrixSymbol("D", a, b)
    assert expect_einsum("aIxy,ABxy,BA,cI->ac", U, U.C, C, D).shape == (a, a)
    Q = HaarOrthogonal("O", (2, 3))
    fourth = expect_einsum("abcd,abcd,abcd,abcd->", Q, Q, Q, Q)
    assert fourth == 36 * expect(HaarOrthogonal("O", 6)[0, 0] ** 4)
    legs = expect_einsum("abcd,efcd->abef", Q, Q)
    assert [legs(1, 2, 1, 2), legs(1, 2, 0, 2), legs(1, 2, 1, 0)] == [1, 0, 0]


def test_one_letter_a_leg_against_samples():
    U = HaarUnitary("U", (2, 3))
    draws = sample_haar(6, 20000, group="U", rng=8).reshape(-1, 2, 3, 2, 3)
    drawn = np.einsum(
        "sabcd,sabef,sghcd,sghef->s", draws, draws.conj(), draws.conj(), draws, optimize=True
    )
    assert np.allclose(drawn, 6)  # U Uᴴ = 1 whatever the legs
    exact = expect_einsum("abcd,aecf,gecf,gbcd->", U, U.C, U, U.C)
    drawn = np.einsum(
        "sabcd,saecf,sgecf,sgbcd->s", draws, draws.conj(), draws, draws.conj(), optimize=True
    )
    z = (drawn.mean() - complex(exact)) / (drawn.std() / np.sqrt(len(drawn)))
    assert abs(z) < 4


def test_wrong_legs_are_refused():
    R = sp.MatrixSymbol("R", a * b, a * b)
    U = HaarUnitary("U", (a, b))
    with pytest.raises(
        InvalidInputError, match="give 2 letters, or 4 for its legs, to U; got 'abc'"
    ):
        expect_einsum("abc,abcd->", U, U.C)
    with pytest.raises(InvalidInputError, match="must give 2 letters to R"):
        expect_einsum("ijkl,kl->ij", R, R)
    with pytest.raises(InvalidInputError, match="legs that multiply to its shape"):
        expect_einsum("abcd,abc,d->", U, R, sp.MatrixSymbol("x", b, 1))
    with pytest.raises(InvalidInputError, match="one size"):
        HaarUnitary("U", 6, (2, 2))
    with pytest.raises(InvalidInputError, match="one or more positive sizes"):
        HaarUnitary("U", (a, 0))
    with pytest.raises(InvalidInputError, match="Haar matrices of different sizes"):
        expect(sp.Trace(HaarUnitary("U", (2, 3)) * HaarUnitary("U", (3, 2)).H))


def _of_parts(a, b, A, B):
    """Expressions in which an index that is read by legs runs over its first b values."""
    x, k = UniformSphere("x", a * b), sp.Symbol("k", integer=True)
    state, product = x * x.T, K(B, one(b))
    U = HaarUnitary("U", (a, b))
    return {
        "slices": sp.Trace(A[:b, :] * product[:, :b]),
        "transpose": sp.Trace(PartialTranspose(A, (a, b), 0)[:b, :b] * A[:b, :b]),
        "state transposed": sp.Trace(PartialTranspose(state, (a, b), 0)[:b, :b] * A[:b, :b]),
        "state traced": sp.Trace(PartialTrace(state, (a, b), 1) * A[:b, :b]),
        "sum": sp.Sum(x[k, 0] ** 2, (k, 0, b - 1)) * sp.Trace(A * state * product),
        "unitary": sp.Trace(U[:b, :] * product * U[:b, :].H * A[:b, :b]),
    }


@pytest.mark.parametrize(
    "name", ["slices", "transpose", "state transposed", "state traced", "sum", "unitary"]
)
def test_an_index_on_legs_may_run_over_a_part(name):
    draw = np.random.default_rng(5)
    constants = sp.MatrixSymbol("A", a * b, a * b), sp.MatrixSymbol("B", a, a)
    found = expect(_of_parts(a, b, *constants)[name])
    for m, n in ((2, 2), (2, 3), (3, 2)):
        size = m * n
        A, B = (draw.integers(-3, 4, (k, k)) for k in (size, m))
        product, top = np.kron(B, np.eye(n, dtype=int)), A[:n, :n]
        turned = A.reshape(m, n, m, n).swapaxes(0, 2).reshape(size, size)[:n, :n]
        form = product @ A
        expected = {
            "slices": np.trace(A[:n] @ product[:, :n]),
            "transpose": np.trace(turned @ top),
            "state transposed": np.trace(top) / size,
            "state traced": np.trace(top) / n,
            "sum": (n * np.trace(form) + 2 * np.trace(form[:n, :n])) / (size * (size + 2)),
            "unitary": np.trace(top) * np.trace(B) / m,
        }[name]
        values = dict(zip((a, b, *constants), (m, n, A, B), strict=True))
        assert complex(evaluate(found, values)) == pytest.approx(expected)


def test_purities_of_one_column_hold_from_the_smallest_sizes():
    for law in LAWS:
        found = expectation(sp.Trace(PartialTrace(pure(law("U", (a, b))), (a, b), 0) ** 3))
        assert found.valid_for == sp.true
        assert found.value.subs({a: 1, b: 1}) == 1
        assert found.value.subs({a: 2, b: 1}) == 1
