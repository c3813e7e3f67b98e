"""Polynomials in one row or column of W, against moments of the sphere written out by hand.

The oracle writes a form out in the coordinates u_1, …, u_d of a uniform unit vector, and uses
E Π u_i^{m_i} = Π (m_i - 1)!! / (d (d+2) ⋯): no pairings, no cumulants, no canonical forms.
"""

from math import comb, factorial, prod

import pytest
import sympy as sp
from sympy import KroneckerDelta, Q, Sum, Trace
from sympy.matrices.expressions.matexpr import MatrixElement

from tests.haar_oracle import ASSUMED, A, B, D, S, W, constants, d, evaluated, explicit
from weingarten import (
    CostLimitError,
    HaarOrthogonal,
    derivation,
    diagonal_moment,
    expect,
    expectation,
    moment,
)

i, j, k = sp.symbols("i j k", integer=True)
x, y = sp.MatrixSymbol("v", d, 1), sp.MatrixSymbol("y", d, 1)
NUMBERS = {"y": [[2], [1], [-1]]}


def entry(matrix, row, column):
    """Return an entry of a product as it stands: SymPy writes it out in nested sums."""
    return MatrixElement(matrix, sp.sympify(row), sp.sympify(column))


def fill(expr, size):
    """Put numbers in for d and the constants."""
    column = sp.ImmutableMatrix(NUMBERS["y"])[:size, :]
    return explicit(expr, size).xreplace({sp.MatrixSymbol("y", size, 1): column})


def over_the_sphere(polynomial, u):
    size, total = len(u), sp.Integer(0)
    for powers, c in sp.Poly(sp.expand(polynomial), *u).terms():
        if all(p % 2 == 0 for p in powers):
            top = prod(factorial(p) // 2 ** (p // 2) // factorial(p // 2) for p in powers)
            total += c * sp.Rational(top, prod(size + 2 * s for s in range(sum(powers) // 2)))
    return total


def quadratic(M, u):
    return (u.T * M * u)[0]


#: An expression, and the polynomial that it is in a row (or column) u of W.
ROWS = [
    (W[0, 0] ** 6, lambda u: u[0] ** 6),
    (entry(W * A * W.T, 0, 0) ** 4, lambda u, A: quadratic(A, u) ** 4),
    (entry(W * S * W.T, 0, 0) ** 5, lambda u, S: quadratic(S, u) ** 5),
    (
        entry(W * D * W.T, 0, 0) ** 3 * entry(W * S * W.T, 0, 0) ** 2,
        lambda u, D, S: quadratic(D, u) ** 3 * quadratic(S, u) ** 2,
    ),
    (
        entry(W * A * W.T, 0, 0) ** 2 * entry(W * B * W.T, 0, 0) ** 2,
        lambda u, A, B: quadratic(A, u) ** 2 * quadratic(B, u) ** 2,
    ),
    (
        entry(W * x, 0, 0) ** 2 * entry(W * y, 0, 0) ** 4,
        lambda u, v, y: u.dot(v) ** 2 * u.dot(y) ** 4,
    ),
    (
        entry(W * A * W.T, 0, 0) ** 2 * entry(W * x, 0, 0) * entry(W * y, 0, 0),
        lambda u, A, v, y: quadratic(A, u) ** 2 * u.dot(v) * u.dot(y),
    ),
    (
        entry(W * B * W.T, 0, 0) * entry(W * A * x, 0, 0) ** 2 * W[0, 0] ** 2,
        lambda u, B, A, v: quadratic(B, u) * u.dot(A * v) ** 2 * u[0] ** 2,
    ),
    (Sum(W[0, k], (k, 0, d - 1)) ** 6, lambda u: sum(u) ** 6),
    (Sum(W[0, k] ** 4, (k, 0, d - 1)) ** 3, lambda u: sum(z**4 for z in u) ** 3),
    (
        Sum(W[0, k] ** 4 * A[k, k], (k, 0, d - 1)) ** 2 * entry(W * x, 0, 0) ** 2,
        lambda u, A, v: sum(z**4 * A[n, n] for n, z in enumerate(u)) ** 2 * u.dot(v) ** 2,
    ),
    (
        Sum(W[0, k] ** 3 * x[k, 0], (k, 0, d - 1)) ** 2 * entry(W * D * W.T, 0, 0),
        lambda u, v, D: sum(z**3 * v[n] for n, z in enumerate(u)) ** 2 * quadratic(D, u),
    ),
]
COLUMNS = [
    (W[0, 0] ** 2 * W[1, 0] ** 4, lambda u: u[0] ** 2 * u[1] ** 4),
    (
        Sum(W[k, 0], (k, 0, d - 1)) ** 4 * W[1, 0] ** 2,
        lambda u: sum(u) ** 4 * u[1] ** 2,
    ),
    (entry(W.T * A * W, 0, 0) ** 3, lambda u, A: quadratic(A, u) ** 3),
    (
        Sum(W[k, 0] ** 2 * x[k, 0], (k, 0, d - 1)) ** 3,
        lambda u, v: sum(z**2 * v[n] for n, z in enumerate(u)) ** 3,
    ),
    (  # forms at one place, at another and at all
        Sum(W[k, 0] ** 4 * x[k, 0], (k, 0, d - 1)) ** 2 * W[0, 0] ** 2 * W[1, 0] ** 4,
        lambda u, v: sum(z**4 * v[n] for n, z in enumerate(u)) ** 2 * u[0] ** 2 * u[1] ** 4,
    ),
]


def by_hand(polynomial, size):
    names = polynomial.__code__.co_varnames[1 : polynomial.__code__.co_argcount]
    given = {symbol.name: matrix for symbol, matrix in constants(size).items()}
    given["y"] = sp.ImmutableMatrix(NUMBERS["y"])[:size, :]
    u = sp.Matrix(sp.symbols(f"u:{size}"))
    return over_the_sphere(polynomial(u, *(sp.Matrix(given[name]) for name in names)), u)


@pytest.mark.parametrize(("expr", "polynomial"), ROWS, ids=[str(n) for n in range(len(ROWS))])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_forms_in_a_row_match_the_sphere(expr, polynomial, size):
    found = expectation(expr, ASSUMED)
    assert found.valid_for == sp.true
    expected = by_hand(polynomial, size)
    assert sp.expand(evaluated(fill(found.value, size)) - expected) == 0
    at_size = expect(expr.subs(d, size), ASSUMED.subs(d, size))
    assert sp.expand(evaluated(fill(at_size, size)) - expected) == 0


@pytest.mark.parametrize(("expr", "polynomial"), COLUMNS, ids=list("01234"))
def test_forms_in_a_column_match_the_sphere(expr, polynomial):
    found = expectation(expr, ASSUMED)
    for size in (2, 3):
        expected = by_hand(polynomial, size)
        assert sp.expand(evaluated(fill(found.value, size)) - expected) == 0


PAIRED = [
    entry(x.T * W * y, 0, 0) ** 4,
    entry(x.T * W * A * W.T * x, 0, 0) ** 2 * entry(x.T * W * y, 0, 0) ** 2,
    entry(W * A * W.T, i, i) ** 3,
    entry(W * A * W.T, i, i) * W[i, j] * W[i, 0],
    W[0, i] ** 2 * W[0, j] ** 4,
    W[i, 0] ** 2 * W[j, 0] ** 2 * W[k, 0] ** 2,
    Sum(entry(W * A * W.T, k, k) ** 2, (k, 0, d - 1)),
    Sum(x[k, 0] * W[k, 0] ** 4 * W[k, 1] ** 2, (k, 0, d - 1)),
    entry(W[:, :2] * A[:2, :2] * W[:, :2].T, 0, 0) ** 3,
    Sum(W[0, k] ** 4, (k, 0, 1)) ** 2,
]


@pytest.mark.parametrize("expr", PAIRED, ids=str)
def test_the_slow_method_agrees(expr):
    quick, slow = (expect(expr, ASSUMED, method=name) for name in ("sphere", "pairings"))
    names = {t: sp.Dummy() for t in (quick - slow).atoms(Trace, Sum, KroneckerDelta)}
    assert sp.simplify((quick - slow).xreplace(names)) == 0


def test_symbolic_indices_coincide_or_not():
    value = expect(W[0, i] ** 2 * W[0, j] ** 4)
    assert sp.factor(value.subs(j, i).doit() - moment([[6]], d)) == 0
    apart = value.subs({i: 0, j: 1})
    assert sp.factor(apart - moment([[2, 4]], d)) == 0


def test_one_dimension_has_one_index():
    one = HaarOrthogonal("W", 1)
    column = sp.MatrixSymbol("A", 1, 1)
    found = expect(one[0, j] ** 2 * entry(one * column * one.T, 0, 0))
    assert found.subs(j, 0) == Trace(column)
    assert expect(one[i, j] * one[i, 0] * Sum(one[0, k] ** 2, (k, 0, 0))).subs({i: 0, j: 0}) == 1


def test_known_closed_forms():
    up = prod(d + 2 * s for s in range(7))
    lengths = Trace(x.T * x) ** 7 * Trace(y.T * y) ** 7
    assert expect(entry(x.T * W * y, 0, 0) ** 14) == 135135 * lengths / up
    named = {sp.Symbol(f"p{n}"): Trace(A**n) for n in range(1, 9)}
    found = expect(entry(W * A * W.T, 0, 0) ** 8, Q.symmetric(A))
    expected = sp.expand(diagonal_moment(8, d).as_numer_denom()[0].xreplace(named))
    assert sp.expand(sp.cancel(found * prod(d + 2 * s for s in range(8))) - expected) == 0


def test_only_the_symmetric_part_of_a_form_counts():
    """A = S + an antisymmetric matrix: the two directions of every word add up."""
    expr, size = entry(W * A * W.T, 0, 0) ** 6, 3
    given = constants(size)[sp.MatrixSymbol("A", size, size)]
    half = sp.ImmutableMatrix((given + given.T) / 2)
    values = [expect(expr).subs(d, size).xreplace({A.subs(d, size): m}) for m in (given, half)]
    expected = by_hand(lambda u, A: quadratic(A, u) ** 6, size)
    assert evaluated(values[0]) == evaluated(values[1]) == expected


def test_large_powers_of_one_entry():
    assert expect(HaarOrthogonal("W", 3)[0, 0] ** 10**6) == sp.Rational(1, 10**6 + 1)
    assert expect(HaarOrthogonal("W", 7)[0, 0] ** 4) == moment([[4]], 7)
    assert expect(HaarOrthogonal("W", 2)[0, 0] ** 100) == sp.Rational(comb(100, 50), 4**50)
    assert expect(W[i, 0] ** 600) == moment([[600]], d)
    for size in (d, 2):
        with pytest.raises(CostLimitError, match=r"degree 1000000 in one row .* digits"):
            expect(HaarOrthogonal("W", size)[0, 0] ** 10**6)
    assert expect(W[0, 0] ** (10**6 + 1)) == 0


def test_large_powers_of_several_entries_of_one_column():
    product = W[0, 0] ** 20 * W[1, 0] ** 20 * W[2, 0] ** 20
    assert expect(product) == moment([[20], [20], [20]], d)
    assert expect((W[0, 0] * W[1, 0]) ** 21) == 0
    first, second = entry(W * x, 0, 0) ** 20, entry(W * y, 0, 0) ** 20
    value = expect(first * second).subs({Trace(x.T * y): 0})
    separate = 654729075**2 * (Trace(x.T * x) * Trace(y.T * y)) ** 10
    assert sp.cancel(value * prod(d + 2 * s for s in range(20)) - separate) == 0


def test_too_many_words_are_refused_before_they_are_written():
    with pytest.raises(CostLimitError, match="polynomial of degree 80 in one row"):
        expect(entry(W * A * W.T, 0, 0) ** 40)
    assert expect(entry(W * A * W.T, 0, 0) ** 20, Q.symmetric(A)).has(Trace(A**20))


def test_validity_counts_the_named_indices():
    assert expectation(W[0, 0] ** 2 * W[0, 1] ** 2).valid_for == sp.Ge(d, 2)
    assert expectation(entry(W * A * W.T, 0, 0) ** 3).valid_for == sp.true
    assert expect(entry(W * A * W.T, 0, 0) ** 3, small_d=True) == expect(
        entry(W * A * W.T, 0, 0) ** 3
    )


def test_several_vectors_are_left_to_the_other_methods():
    two_rows = expect(entry(W * S * W.T, 0, 0) * entry(W * S * W.T, 1, 1), ASSUMED)
    plain = (d + 1) * Trace(S) ** 2 - 2 * Trace(S**2)
    assert sp.simplify(two_rows - plain / (d * (d - 1) * (d + 2))) == 0
    both = expect(entry(x.T * W * y, 0, 0) ** 2 * entry(y.T * W * x, 0, 0) ** 2)
    assert both.has(Trace(x.T * y))


def test_the_derivation_names_the_method():
    assert "uniform on the sphere" in str(derivation(entry(W * A * W.T, 0, 0) ** 2))
