"""Bound indices are never the user's symbols: no capture, no leak, one meaning for each name."""

import pytest
import sympy as sp
from sympy import HadamardProduct, KroneckerProduct, Sum, Trace

from weingarten import HaarOrthogonal, derivation, expect, expect_einsum

d = sp.Symbol("d", integer=True, positive=True)
i, j, k, l, m, r, s = sp.symbols("i j k l m r s", integer=True)  # noqa: E741
W = HaarOrthogonal("W", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)


def written_at(value, size, numbers):
    """Return a scalar at an integer dimension with numbers for entries, sums written out."""
    fixed = value.subs(d, size).doit()
    table = {
        sp.MatrixSymbol(name, size, size)[a, b]: number
        for name, rows in numbers.items()
        for a, row in enumerate(rows)
        for b, number in enumerate(row)
    }
    return sp.nsimplify(fixed.xreplace(table)) if table else fixed


NUMBERS = {"A": [[1, 2], [0, 3]], "B": [[2, -1], [1, 1]]}


def test_an_index_of_the_user_is_not_captured_by_a_sum():
    value = expect(Sum(W[i, 0] ** 2 * A[i, k], (i, 0, d - 1)))
    assert value.subs(d, 3).doit().expand() == sp.expand(
        sum(sp.MatrixSymbol("A", 3, 3)[a, k] for a in range(3)) / 3
    )
    value = expect(W[k, 0] * Trace(A * HadamardProduct(A, B) * W.T))
    a, b = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 2)
    at_one = value.subs({d: 2, k: 1}).doit().expand()
    assert at_one == sum(a[1, t] * a[t, 0] * b[t, 0] for t in range(2)) / 2


def test_an_index_of_the_user_is_not_captured_by_a_matrix():
    value = expect(W[i, j] * W)
    assert value[r, s].doit().subs({i: 0, j: 1, r: 0, s: 1, d: 5}) == sp.Rational(1, 5)
    assert value[r, s].doit().subs({i: 0, j: 1, r: 1, s: 1, d: 5}) == 0
    value = expect(W[i, j] * (A * W * A))
    assert sp.simplify(value[r, s] - A[r, i] * A[j, s] / d) == 0


def test_an_index_of_the_user_is_not_captured_by_a_lambda():
    value = expect_einsum("ij,ij,ik,il,im->klm", W, W, A, A, A)
    a = sp.MatrixSymbol("A", 2, 2)
    assert value(0, 1, 1).subs(d, 2).doit() == sum(a[t, 0] * a[t, 1] ** 2 for t in range(2))
    value = expect_einsum("ij,ij->i", W, A * A[k, l])  # one free index: a column
    assert value.shape == (d, 1)
    assert value.free_symbols.isdisjoint(sp.symbols("i j", integer=True))


@pytest.mark.parametrize("name", ["k", "l", "i", "_row", "W"])
def test_a_dimension_may_have_any_name(name):
    size = sp.Symbol(name)
    V = HaarOrthogonal("V", size)
    C = sp.MatrixSymbol("C", size, size)
    value = expect(Trace(V * C * HadamardProduct(V, V) * V.T))
    assert value.free_symbols <= {size, C}
    three = value.subs(size, 2).doit()
    c = sp.MatrixSymbol("C", 2, 2)
    assert sp.expand(three) == sum(c[a, b] for a in range(2) for b in range(2)) / 2


def test_free_symbols_of_results_come_from_the_input():
    v = sp.MatrixSymbol("v", d, 1)
    two, C = HaarOrthogonal("W", 2), sp.MatrixSymbol("C", 2, 2)
    for expr in (
        A[1:3, 1:3] * Trace(W) ** 2,
        v[1:3, :] * W[0, 0] ** 2,
        KroneckerProduct(C, two * C * two.T),
        Sum(W[k, l] ** 2, (k, 0, d - 1), (l, 0, k)),
        W[i, j] * W,
    ):
        assert expect(expr).free_symbols <= expr.free_symbols
    assert expect(A[1:3, 1:3] * Trace(W) ** 2) == A[1:3, 1:3]
    assert expect(Sum(W[k, l] ** 2, (k, 0, d - 1), (l, 0, k))) == k + 1
    kron = expect(KroneckerProduct(C, two * C * two.T))
    assert kron[0, 0] == C[0, 0] * Trace(C) / 2
    assert kron[0, 1] == 0


def test_nested_sums_have_distinct_names():
    lam = sp.IndexedBase("lam")
    value = expect(Sum(lam[i] * W[0, i] ** 2, (i, 0, d - 1)) ** 2)

    def at(expr):
        return expr.subs(d, 3).doit().subs({lam[n]: n + 1 for n in range(3)})

    assert at(value) == sp.Rational(64, 15)
    names = {"d": d, "lam": lam, "k": k, "l": l}
    assert at(sp.sympify(str(value), locals=names)) == sp.Rational(64, 15)


def test_printed_results_read_back():
    inputs = (
        Sum(W[i, 0] ** 2 * A[i, k], (i, 0, d - 1)) * Sum(B[l, k] * W[0, l] ** 2, (l, 0, d - 1)),
        Sum((i + 1) ** 2 * A[i, i] * W[i, 0] ** 2, (i, 0, d - 1)) ** 2,
        W[k, 0] * Trace(A * HadamardProduct(A, B) * W.T) * Trace(W) ** 2,
        Sum(W[i, j] ** 2 / (i + j + 1), (i, 0, j), (j, 0, d - 1)),
    )
    known = {"d": d, "A": A, "B": B, "k": k, "l": l, "m": m, "n": sp.Symbol("n", integer=True)}
    for expr in inputs:
        value = expect(expr)
        back = sp.sympify(str(value), locals=known)
        difference = (value - back).subs({d: 2, k: 1, l: 0}).doit()
        assert sp.expand(difference) == 0, value


def test_derivations_name_the_output_apart():
    text = str(derivation(W[i, j] * W))
    assert "E[W[i, j]*W[i, j]]" not in text
    assert "W[i, j]*W[k, l]" in text


def test_inner_limits_do_not_reach_outer_ones():
    # the index of an inner sum is free in the limits of an outer one
    assert expect(Sum(W[k, l] ** 2 * l, (k, 0, d - 1), (l, 0, k))) == sp.factor(k * (k + 1) / 2)
    assert expect(Sum(Sum(W[k, 0] ** 2, (k, 0, d - 1)) * k, (k, 0, 2))) == 3
