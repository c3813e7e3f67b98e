"""Expansions with normalised traces and the order of what is left out."""

import pickle

import numpy as np
import pytest
import sympy as sp

from weingarten import (
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    InvalidInputError,
    NormalizedTrace,
    RandomPermutation,
    asymptotic,
    evaluate,
    expect,
)

d = sp.Symbol("d", integer=True, positive=True)
U, W = HaarUnitary("U", d), HaarOrthogonal("W", d)
A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
tau = NormalizedTrace
WORD = sp.Trace(U * A * U.H * B * U * A * U.H * B) / d


def test_leading_order_is_free_probability():
    """Of free a and b, τ(abab) = τ(a²)τ(b)² + τ(a)²τ(b²) - τ(a)²τ(b)²."""
    free = tau(A**2) * tau(B) ** 2 + tau(A) ** 2 * tau(B**2) - tau(A) ** 2 * tau(B) ** 2
    assert sp.expand(asymptotic(WORD, 0, normalised=True) - free) == 0
    orthogonal = sp.Trace(W * A * W.T * B * W * A * W.T * B) / d
    assert sp.expand(asymptotic(orthogonal, 0, normalised=True) - free) == 0


def test_unitary_words_expand_in_powers_of_the_square():
    expansion = asymptotic(WORD, 6, normalised=True)
    powers = {sp.degree(term.as_independent(d)[1].subs(d, 1 / sp.Symbol("x")), sp.Symbol("x"))
              for term in sp.Add.make_args(sp.expand(expansion))}  # fmt: skip
    assert powers == {0, 2, 4, 6}


@pytest.mark.parametrize("order", [0, 2, 4])
def test_what_is_left_out_has_its_order(order):
    rest = []
    for size in (20, 40):
        rng = np.random.default_rng(5)
        values = {
            d: size,
            A: np.diag(rng.permutation(size) / size),
            B: np.diag(np.arange(size) / size),
        }
        exact = evaluate(expect(WORD), values)
        rest.append(abs(exact - evaluate(asymptotic(WORD, order, normalised=True), values)))
    assert rest[1] < rest[0] / 2 ** (order + 1)


def test_the_order_of_what_is_left_out():
    with_order = asymptotic(WORD, 3, normalised=True, remainder=True)
    assert with_order.getO() == sp.Order(d**-4, (d, sp.oo))
    assert sp.expand(with_order.removeO() - asymptotic(WORD, 3, normalised=True)) == 0
    whole = asymptotic(sp.Trace(U * A * U.H * B) / d, 3, normalised=True, remainder=True)
    assert whole == tau(A) * tau(B)
    entry = asymptotic(sp.Abs(U[0, 0]) ** 4, 3, remainder=True)
    assert entry.getO() == sp.Order(d**-4, (d, sp.oo))


def test_node():
    assert tau(A).func(*tau(A).args) == tau(A)
    assert pickle.loads(pickle.dumps(tau(A))) == tau(A)
    assert sp.latex(tau(A)) == r"\frac{1}{d} \operatorname{tr}\left(A\right)"
    assert tau(A).doit() == sp.Trace(A) / d
    assert expect(tau(U * A * U.H)) == sp.Trace(A) / d
    with pytest.raises(InvalidInputError, match="must be a square matrix"):
        tau(sp.MatrixSymbol("x", d, 1))


def test_the_size_2m_is_expanded_in_m():
    m = sp.Symbol("m", integer=True, positive=True)
    S = HaarSymplectic("S", 2 * m)
    A, B = (sp.MatrixSymbol(name, 2 * m, 2 * m) for name in "AB")
    # 2/(2m (2m+1))
    entry = asymptotic(sp.Abs(S[0, 0]) ** 4, 3, remainder=True)
    assert entry == 1 / (2 * m**2) - 1 / (4 * m**3) + sp.Order(m**-4, (m, sp.oo))
    word = asymptotic(sp.Trace(S * A * S.H * B), 1, remainder=True)
    assert word == sp.Trace(A) * sp.Trace(B) / (2 * m)
    squared = asymptotic(sp.Trace(S * A * S.H * B) ** 2, 2, remainder=True)
    assert squared.getO() == sp.Order(m**-3, (m, sp.oo))
    assert sp.expand(squared.removeO()).coeff(sp.Trace(A) ** 2 * sp.Trace(B) ** 2) == 1 / (4 * m**2)


def test_a_remainder_stands_beside_sums():
    P = RandomPermutation("P", d)
    A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
    expansion = asymptotic(sp.Trace(P * A * P.T * B), 2, remainder=True)
    exact = expect(sp.Trace(P * A * P.T * B))
    assert expansion.getO() == sp.Order(d**-3, (d, sp.oo))
    assert asymptotic(expansion.removeO() - exact, 2) == 0


def test_a_number_has_no_dimension():
    with pytest.raises(InvalidInputError, match="expr must have a symbolic dimension"):
        asymptotic(sp.Abs(HaarUnitary("U", 3)[0, 0]) ** 2, 2)
