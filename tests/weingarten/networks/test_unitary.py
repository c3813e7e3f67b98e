"""Averages over U(d): exact integration at d = 1, 2, the Gram matrix, invariance, sampling."""

import random
from fractions import Fraction
from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
import sympy as sp

from tests.unitary_oracle import exact_mean
from weingarten import (
    CostLimitError,
    HaarOrthogonal,
    HaarUnitary,
    InvalidInputError,
    derivation,
    evaluate,
    expect,
    expect_einsum,
    expectation,
)

d = sp.Symbol("d", integer=True, positive=True)
i, j, k, m = sp.symbols("i j k m", integer=True)
U, V = HaarUnitary("U", d), HaarUnitary("V", d)
A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
conj, Abs, Trace = sp.conjugate, sp.Abs, sp.Trace

CONSTANTS = {
    "A": np.array([[1 + 2j, -1, 2], [3j, 2 - 1j, 1], [1, 0, -1j]]),
    "B": np.array([[2, 1 - 1j, 0], [-1j, 3, 1], [2j, 1, 1]]),
}


def at(expr, size):
    """Return an expression at an integer dimension, and the arrays for its constants."""
    fixed = expr.subs(d, size)
    values = {
        sp.MatrixSymbol(name, size, size): array[:size, :size] for name, array in CONSTANTS.items()
    }
    return fixed, values


def check(expr, size, degree):
    """Compare the average for an integer size, and the symbolic one if it holds, with integrals."""
    fixed, values = at(expr, size)
    expected = exact_mean(fixed, U.subs(d, size), degree, values)
    assert np.allclose(evaluate(expect(fixed), values), expected, atol=1e-9)
    found = expectation(expr)
    if found.valid_for.subs(d, size) == sp.true:
        assert np.allclose(evaluate(*at(found.value, size)), expected, atol=1e-9)


# --- against exact integration -----------------------------------------------------------------

EXPRESSIONS = [
    (Abs(U[0, 0]) ** 2, 2),
    (Abs(U[0, 0]) ** 8, 8),
    (U[0, 0] * conj(U[0, 0]) ** 2, 3),
    (Trace(U * A * U.H * B), 2),
    (Trace(U * A * U.H * B) ** 2, 4),
    (Trace(U * A * U.T * B) * conj(Trace(U * B * U.T * A)), 4),
    (Trace(U.C * A * U.T * B), 2),
    (Trace(U * A) ** 2 * conj(Trace(U * B)) ** 2, 4),
    (Abs(Trace(U)) ** 6, 6),
    (Abs(Trace(U**2)) ** 2, 4),
    (Trace(U**2) * conj(Trace(U)) ** 2, 4),
    (Abs(Trace(U * A)) ** 4, 4),
    (sp.re(Trace(U * A)) ** 2, 2),
    (sp.im(U[0, 0]) ** 2 * sp.re(U[0, 0]) ** 2, 4),
    (Trace(U.I * A * U * B), 2),
    (Trace(U * A * U**-1 * B * U * U.H), 4),
    (U * A * U.H, 2),
    (U.C * A * U.T, 2),
    (U.T * A * U.C, 2),
    (U * A * U.H * B * U * B * U.H, 4),
    (sp.HadamardProduct(U, U.C), 2),
    (Trace(sp.HadamardProduct(U, A) * sp.HadamardProduct(U, B).adjoint()), 2),
    (sp.Sum(U[i, i] * conj(U[i, 0]), (i, 0, d - 1)), 2),
    (sp.Sum(Abs(U[i, 0]) ** 4, (i, 0, d - 1)), 4),
    (Trace(U[:1, :] * A * U[:1, :].H), 2),
    (conj(Trace(U * A * U.H * B)), 2),
    (Trace((U * A * U.T).adjoint() * U * B * U.T), 4),
    (Trace(U * A) * conj(Trace(A * U)) + 3 * sp.I * Abs(U[0, 0]) ** 2, 2),
]


@pytest.mark.parametrize(("expr", "degree"), EXPRESSIONS, ids=lambda x: str(x)[:60])
@pytest.mark.parametrize("size", [1, 2])
def test_averages_are_integrals(expr, degree, size):
    check(expr, size, degree)


def word(rng):
    """Return a trace of a random word, and how many factors and conjugates stand in it."""
    letters = rng.choices([U, U.H, U.T, U.C, A, B, A.T, A.adjoint(), B], k=rng.randint(1, 5))
    plain = sum(letter in (U, U.T) for letter in letters)
    others = sum(letter in (U.H, U.C) for letter in letters)
    return Trace(sp.MatMul(*letters)), plain, others


def random_product(rng):
    """Return a random product with as many factors as conjugates, at most three of them."""
    while True:
        total, plain, others = sp.Integer(1), 0, 0
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.6:
                factor, more, less = word(rng)
            else:
                entry = U[rng.randint(0, 1), rng.randint(0, 1)]
                flag = rng.random() < 0.5
                factor, more, less = (conj(entry), 0, 1) if flag else (entry, 1, 0)
            if rng.random() < 0.3:
                factor, more, less = conj(factor), less, more
            total, plain, others = total * factor, plain + more, others + less
        if plain == others and 1 <= plain <= 3:
            return total, 2 * plain


@pytest.mark.parametrize("seed", range(40))
def test_random_products_are_integrals(seed):
    expr, degree = random_product(random.Random(seed))
    check(expr, 2, degree)


@pytest.mark.parametrize("seed", range(20))
def test_moments_of_entries_are_integrals(seed):
    rng = random.Random(seed)
    degree = rng.randint(1, 4)
    places = [(rng.randint(0, 1), rng.randint(0, 1)) for _ in range(degree)]
    rows, columns = [a for a, _ in places], [b for _, b in places]
    rng.shuffle(rows)
    rng.shuffle(columns)
    expr = sp.Mul(*(U[a, b] for a, b in places))
    expr *= conj(sp.Mul(*(U[a, b] for a, b in zip(rows, columns, strict=True))))
    check(expr, 2, 2 * degree)


# --- against the inverse of the Gram matrix ----------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
def test_entries_against_the_gram_inverse(n):
    orders = list(permutations(range(n)))

    def cycles(s):
        return len(sp.combinatorics.Permutation(list(s)).full_cyclic_form)

    gram = sp.Matrix(
        len(orders),
        len(orders),
        lambda a, b: d ** cycles([orders[a].index(x) for x in orders[b]]),
    )
    weights = gram.inv()
    rng = random.Random(n)
    for _ in range(12):
        one, two = ([rng.randint(0, 1) for _ in range(n)] for _ in range(2))
        rows, columns = rng.sample(one, n), rng.sample(two, n)
        expected = sum(
            weights[a, b]
            for (a, s), (b, t) in product(enumerate(orders), repeat=2)
            if all(one[x] == rows[s[x]] and two[x] == columns[t[x]] for x in range(n))
        )
        expr = sp.Mul(*(U[x, y] for x, y in zip(one, two, strict=True)))
        expr *= sp.Mul(*(conj(U[x, y]) for x, y in zip(rows, columns, strict=True)))
        assert sp.simplify(expect(expr) - expected) == 0


# --- identities --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 7))
def test_an_entry_has_the_moments_of_the_sphere(n):
    expected = sp.Mul(*(sp.Rational(x + 1) / (d + x) for x in range(n)))
    assert sp.simplify(expect(Abs(U[0, 0]) ** (2 * n)) - expected) == 0


@pytest.mark.parametrize("n", range(1, 5))
def test_traces_are_complex_gaussian(n):
    assert expect(Abs(Trace(U)) ** (2 * n)) == factorial(n)
    assert expect(Abs(Trace(U**2)) ** (2 * n)) == factorial(n) * 2**n if n < 3 else True


def test_small_dimensions_count_permutations_without_long_increasing_subsequences():
    # E |tr U|^2n is the number of permutations of n without an increasing subsequence above d
    assert [expect(Abs(Trace(HaarUnitary("U", 2))) ** (2 * n)) for n in range(6)] == [
        1, 1, 2, 5, 14, 42,
    ]  # fmt: skip
    assert [expect(Abs(Trace(HaarUnitary("U", 3))) ** (2 * n)) for n in range(6)] == [
        1, 1, 2, 6, 23, 103,
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, None])
def test_class_functions_do_not_depend_on_the_method(size):
    matrix = HaarUnitary("U", size or d)
    x, y, z = (Trace(matrix**n) for n in (1, 2, 3))
    for expr in (
        Abs(x * y) ** 2, y * z * conj(x) ** 3 * conj(y), y * conj(x) ** 2, Abs(z) ** 2, x * conj(y),
    ):  # fmt: skip
        assert expect(expr) == expect(expr, method="bijections")
        if size != 1:
            words = "unequal numbers" if expr == x * conj(y) else "eigenvalues"
            assert words in str(derivation(expr))


def test_class_functions_of_high_degree():
    assert expect(Abs(Trace(U)) ** 40) == factorial(20)
    # at d = 2 these are the Catalan numbers
    assert expect(Abs(Trace(HaarUnitary("U", 2))) ** 40) == sp.catalan(20)
    with pytest.raises(CostLimitError, match="class function of U of degree 4000"):
        expect(Abs(Trace(U)) ** 4000)


def test_unitarity_is_used_before_anything_is_averaged():
    assert expect(U * U.H) == expect(U.H * U) == expect(U.C * U.T) == sp.Identity(d)
    assert expect(Trace(U * A * U.H * U * B * U.H)) == expect(Trace(U * A * B * U.H))
    assert expect(sp.Sum(U[i, 0] * conj(U[i, 1]), (i, 0, d - 1))) == 0
    assert expect(sp.Sum(U[i, k] * conj(U[i, m]), (i, 0, d - 1))) == sp.KroneckerDelta(k, m)
    assert expect(U.I * U) == sp.Identity(d)
    # the transpose is no inverse
    assert expect(Trace(U * U.T)) == 0
    assert expect(Abs(Trace(U * U.T)) ** 2) == 2 * d / (d + 1)


def test_symbolic_indices_give_kronecker_deltas():
    found = expect(U[i, j] * conj(U[k, m]))
    assert found == sp.KroneckerDelta(i, k) * sp.KroneckerDelta(j, m) / d
    full = expect(U[i, 0] * U[j, 1] * conj(U[k, 0]) * conj(U[m, 1]))
    for values in product(range(2), repeat=4):
        put_in = dict(zip((i, j, k, m), values, strict=True))
        expr = U[i, 0] * U[j, 1] * conj(U[k, 0]) * conj(U[m, 1])
        assert sp.simplify(full.subs(put_in) - expect(expr.subs(put_in))) == 0


def test_unequal_numbers_average_to_zero():
    assert expect(U[0, 0]) == expect(U[0, 0] ** 2) == expect(Trace(U) ** 4 * conj(Trace(U))) == 0
    assert expect(U * A * U.T) == sp.ZeroMatrix(d, d)
    assert expectation(Trace(U) ** 2).valid_for == sp.true


def test_multiplication_by_a_fixed_matrix_changes_nothing():
    fixed = sp.ImmutableMatrix([[3, 4 * sp.I], [4 * sp.I, 3]]) / 5
    assert fixed.adjoint() * fixed == sp.eye(2)
    W = HaarUnitary("U", 2)
    for expr, _ in EXPRESSIONS[3:12]:
        plain, values = at(expr, 2)
        for moved in (fixed * W, W * fixed):
            there = plain.xreplace({W: moved})
            assert np.allclose(evaluate(expect(there), values), evaluate(expect(plain), values))


def test_independent_matrices():
    assert expect(Trace(U * A * V * B * V.H * U.H)) == Trace(A) * Trace(B) / d
    assert expect(Abs(Trace(U * V * A)) ** 2) == expect(Abs(Trace(U * A)) ** 2)
    W = HaarOrthogonal("W", d)
    assert expect(Trace(U * W * A * W.T * U.H * B)) == Trace(A) * Trace(B) / d
    assert expect(W[0, 0] ** 2 * Abs(U[0, 0]) ** 2) == 1 / d**2


def test_einsum():
    assert expect_einsum("ij,ij->", U, U.C) == d
    assert expect_einsum("ij,kj->ik", U, U.C) == sp.Identity(d)
    assert expect_einsum("ij,jk,lk->il", U, A, U.C) == Trace(A) / d * sp.Identity(d)
    assert expect_einsum("ij,ij,ij,ij->", U, U.C, U, U.C) == 2 * d / (d + 1)


# --- determinants ------------------------------------------------------------------------------


def test_determinants_are_phases():
    det = sp.Determinant
    assert expect(Abs(det(U)) ** 2) == 1
    assert expect(det(U) * conj(det(U)) * Abs(U[0, 0]) ** 2) == 1 / d
    assert expect(det(U * A * U.H)) == sp.Determinant(A)
    assert expect(det(U)) == expect(det(U) ** 2) == expect(det(U) * conj(U[0, 0])) * 0 == 0
    assert expect(1 / det(U) * det(U)) == 1
    found = expectation(det(U) * conj(U[0, 0] * U[1, 1]))
    assert (found.value, found.valid_for) == (0, d >= 3)


@pytest.mark.parametrize(
    "expr",
    [
        sp.Determinant(U) * conj(U[0, 0] * U[1, 1]),
        sp.Determinant(U) * conj(Trace(U)) ** 2,
        conj(sp.Determinant(U)) * Trace(U**2),
        sp.Determinant(U) ** 2 * conj(U[0, 0] * U[1, 1]) ** 2,
        sp.Determinant(U) * Trace(U) * conj(Trace(U)) ** 3,
        sp.Determinant(U.H) * U[0, 1] * U[1, 0],
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 2])
def test_determinants_are_integrals(expr, size):
    if size == 1 and expr.has(U[1, 1], U[1, 0]):
        with pytest.raises(InvalidInputError, match="index of U"):
            expr.subs(d, 1)
        return
    check(expr, size, 8)


# --- small dimensions, sampling ----------------------------------------------------------------


def test_small_d():
    found = expect(Abs(Trace(U)) ** 6, small_d=True)
    assert found.subs(d, 1) == 1
    assert found.subs(d, 2) == 5
    assert found.subs(d, 7) == 6


@pytest.mark.parametrize(
    "expr",
    [
        Trace(U * A * U.H * B) ** 2,
        Abs(U[0, 0]) ** 4 * Abs(U[1, 2]) ** 2,
        U[0, 0] * U[1, 1] * U[2, 2] * conj(U[0, 1] * U[1, 2] * U[2, 0]),
        Abs(Trace(U * A * U * B)) ** 2,
    ],
    ids=str,
)
def test_samples_agree(expr):
    """Gram-Schmidt of complex Gaussian matrices, drawn here, at d = 3."""
    rng = np.random.default_rng(2024)
    drawn = rng.normal(size=(40_000, 3, 3)) + 1j * rng.normal(size=(40_000, 3, 3))
    unitary = np.empty_like(drawn)
    for column in range(3):
        rest = drawn[:, :, column]
        for before in range(column):
            earlier = unitary[:, :, before]
            rest = rest - earlier * (earlier.conj() * rest).sum(1)[:, None]
        unitary[:, :, column] = rest / np.linalg.norm(rest, axis=1)[:, None]
    fixed, values = at(expr, 3)
    exact = evaluate(expect(fixed), values)
    found = evaluate(fixed, {**values, U.subs(d, 3): unitary})
    for part in (np.real, np.imag):
        spread = part(found).std() / np.sqrt(len(found))
        assert abs(part(found).mean() - part(exact)) <= 5 * spread + 1e-12


@pytest.mark.parametrize(
    ("expr", "degree"),
    [
        (U[0, 0] ** 2 * U[0, 1] * conj(U[0, 0]) ** 2 * conj(U[0, 1]), 6),
        ((U * A * U.H)[0, 0] ** 2, 4),
        ((U.H * A * U)[1, 1] * Abs(U[0, 1]) ** 2, 4),
        (U[1, i] * conj(U[1, j]) * Abs((U * A)[1, 0]) ** 2, 4),
        (Abs((U[0, :] * A)[0, 1]) ** 4, 4),
    ],
    ids=str,
)
def test_one_row_or_column_is_a_point_of_the_complex_sphere(expr, degree):
    put_in = [{i: a, j: b} for a in range(2) for b in range(2)] if expr.has(i) else [{}]
    for values in put_in:
        check(expr.subs(values), 2, degree)
    steps = str(derivation(expr))  # one vector alone has a shorter way still
    assert "complex sphere" in steps or "all its bijections are alike" in steps
    pairs = expect(expr, method="bijections")
    for found in (expect(expr, method=name) for name in ("auto", "complex-sphere")):
        assert all(sp.simplify(found.subs(x) - pairs.subs(x)) == 0 for x in put_in)


def test_values_are_exact():
    assert expect(Abs(HaarUnitary("U", 2)[0, 0]) ** 20) == sp.Rational(1, 11)
    assert expect(Abs(HaarUnitary("U", 3)[0, 0]) ** 6) == sp.Rational(Fraction(6, 60))


def test_moments_of_entries_of_high_degree():
    one = HaarUnitary("U", 2)
    expr = Abs(one[0, 0]) ** 16 * Abs(one[0, 1] * one[1, 0]) ** 8
    # with t = |U_00|² uniform: t^8 (1-t)^8
    assert expect(expr) == sp.integrate(k**8 * (1 - k) ** 8, (k, 0, 1))
    full = sp.Mul(*(Abs(U[a, b]) ** 4 for a in range(3) for b in range(3)))
    assert 0 < expect(full).subs(d, 3) == expect(full.subs(d, 3)) < 1
    assert "moments of entries" in str(derivation(full))


# --- what is known of constants ----------------------------------------------------------------


def test_hermitian_constants_are_their_own_adjoints():
    given = sp.Q.hermitian(A)
    assert expect(Abs(Trace(U * A)) ** 2) == Trace(A * sp.Adjoint(A)) / d
    assert expect(Abs(Trace(U * A)) ** 2, given) == Trace(A**2) / d
    assert expect((U * A * U.H).adjoint(), given) == Trace(A) / d * sp.Identity(d)
    assert expect(conj(Trace(U * A * U.H * B)), given) == Trace(A) * Trace(sp.Adjoint(B)) / d


def test_unitary_constants_cancel_with_their_adjoints():
    given = sp.Q.unitary(A)
    assert expect(Abs(Trace(U * A)) ** 2, given) == 1
    assert expect(Trace(U * A * B * sp.Adjoint(A) * U.H), given) == Trace(B)
    assert expect(U * A.adjoint() * A * U.H, given) == sp.Identity(d)
    both = sp.Q.unitary(A) & sp.Q.hermitian(A)
    assert expect(Trace(U * A * A * U.H * B), both) == Trace(B)
    # the transpose of a complex reflection is no inverse of it
    assert expect(Trace(U * A * A.T * U.H * B), both) == Trace(A * A.T) * Trace(B) / d


@pytest.mark.parametrize("seed", range(15))
def test_facts_change_no_value(seed):
    expr, _ = random_product(random.Random(seed))
    hermitian = np.array([[1, 2 - 1j], [2 + 1j, -1]])
    reflection = np.array([[0, 1j], [-1j, 0]])
    values = dict(zip((x.subs(d, 2) for x in (A, B)), (hermitian, reflection), strict=True))
    given = sp.Q.hermitian(A) & sp.Q.hermitian(B) & sp.Q.unitary(B)
    plain = expr.subs(d, 2)
    facts = given.subs(d, 2)
    assert np.allclose(evaluate(expect(plain, facts), values), evaluate(expect(plain), values))


def test_what_is_in_few_columns_holds_from_their_number():
    one = (U.H * A * U)[0, 0]
    two = one**2 * Abs((U.H * B * U)[0, 1]) ** 2
    assert expectation(one**3).valid_for == sp.true
    assert expectation(two).valid_for == (d >= 2)
    for size in (1, 2):
        check(one**3, size, 6)
    check(two, 2, 8)
