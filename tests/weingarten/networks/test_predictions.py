"""Predictions beside the steps that are taken, and requests that are refused before any."""

import time
from math import prod

import pytest
import sympy as sp
from sympy import Q, Trace, conjugate
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten import (
    CostLimitError,
    GaussianMatrix,
    GaussianOrthogonal,
    GaussianUnitary,
    HaarOrthogonal,
    HaarSymplectic,
    HaarUnitary,
    PartialTrace,
    PartialTranspose,
    RandomPermutation,
    SpecialOrthogonal,
    SpecialUnitary,
    Stiefel,
    UniformSphere,
    expect,
    expect_cost,
)
from weingarten.expectations.problems import Problem
from weingarten.networks import by_parts, join_sums
from weingarten.networks.methods import kernels, wick

a, b, c, d = sp.symbols("a b c d", integer=True, positive=True)
W, U, S = HaarOrthogonal("W", d), HaarUnitary("U", d), HaarSymplectic("S", 2 * d)
H, K = GaussianOrthogonal("H", d), GaussianUnitary("K", d)
G, Z = GaussianMatrix("G", d, d), GaussianMatrix("Z", d, d, field="complex")
P = RandomPermutation("P", d)
L = [sp.MatrixSymbol(f"L{k}", d, d) for k in range(12)]
A, B, *_ = L
A4, B4 = (sp.MatrixSymbol(name, 4, 4) for name in "AB")


x = UniformSphere("x", d)


def form(matrix):
    return (x.T * matrix * x)[0, 0]


def word(matrix, other, number):
    factors = [x for k in range(number) for x in (matrix, L[2 * k], other, L[2 * k + 1])]
    return Trace(sp.MatMul(*factors))


def reduced_power(power, dims=(a, b), keep=0, kind=PartialTrace):
    """Return the trace of a power of part of a pure state."""
    column = HaarUnitary("U", sp.Mul(*dims))[:, 0]
    return Trace(kind(column * column.H, dims, keep) ** power)


def minor(matrix, size):
    return sp.Matrix(size, size, lambda i, j: matrix[i, j]).det()


@pytest.mark.parametrize(
    ("expr", "given"),
    [
        (Trace((H * A) ** 8), True),
        (Trace((H * A) ** 8), Q.symmetric(A)),
        (Trace((H * A * H * B) ** 3), True),
        (Trace((H * A * H * B) ** 2) ** 2, True),
        (Trace((H * A) ** 2) ** 4, True),
        (Trace((K * A) ** 8), True),
        (Trace((K * A * K * B) ** 4), True),
        (Trace((G * A * G.T * B) ** 4), Q.symmetric(A)),
        (Trace(G * A * G.T * B) ** 6, True),
        (Trace((Z * A * Z.H * B) ** 5), True),
        (word(Z, Z.H, 4), True),
        (word(H, H, 3), True),
        # factors beside each other, and more of them than constants
        (Trace(H**2 * A) ** 4, True),
        (Trace(K**3 * A) ** 4, True),
        (Trace(K.T * K**2 * A) ** 4, True),
        (Trace(K * K.T * A * K * K.T * B) ** 2, True),
        (Trace(G * A * G.T) ** 4 * Trace(G[:2, :] * A * G[:2, :].T), True),
    ],
    ids=str,
)
def test_gaussian_products_are_joined_as_often_as_predicted(expr, given, monkeypatch):
    found = {"joins": 0}
    predicted = []
    join, predict = by_parts.canonical_product, wick._joins

    def joining(*args):
        found["joins"] += 1
        return join(*args)

    def predicting(job):
        predicted.append(predict(job))
        return predicted[-1]

    monkeypatch.setattr(by_parts, "canonical_product", joining)
    monkeypatch.setattr(wick, "_joins", predicting)
    expect(expr, given)
    ((joins, _),) = set(predicted)
    assert found["joins"] / 3 < joins < found["joins"] * 3


@pytest.mark.parametrize("size", [2, 3, 4])
def test_words_of_different_constants_leave_a_term_for_every_pair(size, monkeypatch):
    terms = []
    collect = join_sums._count_types

    def collecting(*args):
        terms.append(args[2])
        collect(*args)

    monkeypatch.setattr(join_sums, "_count_types", collecting)
    expr = word(U, U.H, size)
    expect(expr)
    assert len(set(terms)) == sp.factorial(size) ** 2
    least = join_sums._SECONDS_A_TERM * len(terms)
    (product,) = expect_cost(expr).products
    assert least < product.seconds < 4 * least + 0.02


@pytest.mark.parametrize(
    ("expr", "like"),
    [
        # many ways to cut words between two vectors, one of entries alone
        (x[0, 0] ** 4 * form(A) ** 4, x[0, 0] ** 2 * form(A) ** 5),
        (x[2, 0] ** 4 * (A * x)[2, 0] ** 4 * form(B) ** 2, x[2, 0] ** 8 * form(B) ** 2),
    ],
    ids=str,
)
def test_forms_between_vectors_are_predicted_from_the_terms_they_leave(expr, like):
    for asked in (expr, like):
        terms = len(sp.Add.make_args(sp.expand(expect(asked))))
        (product,) = expect_cost(asked).products
        assert terms * 1e-4 < product.seconds < terms * 1e-2 + 0.1


@pytest.mark.parametrize("size", [None, 3])
def test_partitions_of_the_two_sides_of_permutations_leave_as_many_terms_as_predicted(size):
    Q = RandomPermutation("Q", size or d)
    one, two = (sp.MatrixSymbol(name, size or d, size or d) for name in "XY")
    expr = Trace(Q * one * Q.T * two) ** 2
    values = len(expectation_terms(expr))
    (product,) = expect_cost(expr).products
    seconds = product.estimates["kernels"].seconds
    assert values / 3 < seconds / kernels._SECONDS_A_TERM < 3 * values


def expectation_terms(expr):
    """Return what is averaged apart, before any of it is merged."""
    (record,) = Problem(expr).answer(steps=True).records
    return [factor for inner in record.integral.averaged.values() for factor in inner]


def test_indices_of_symplectic_entries_that_exclude_each_other_are_seen_by_the_prediction():
    m = sp.Symbol("m", integer=True, positive=True)
    X, C = HaarSymplectic("X", 2 * m), sp.MatrixSymbol("C", 2 * m, 2 * m)
    # rows 0 and 1 are joined with rows m and m + 1, or with those of the two traces
    alone = prod(X[k % 2, k] for k in range(8)) * Trace(X * C) ** 2
    beside = (X[0, 0] * X[m, m]) ** 4 * Trace(X * C) ** 2
    assert expect(alone) == 0
    assert expect_cost(alone).seconds < 0.1
    assert expect_cost(beside).products[0].seconds > expect_cost(alone).products[0].seconds


def test_coefficients_in_several_sizes_are_predicted_to_be_factored():
    Q, inner = Stiefel("Q", a, b), sp.MatrixSymbol("X", b, b)
    outer = sp.MatrixSymbol("Y", a, a)
    bare, filled = Trace((Q * Q.T * outer) ** 3), Trace((Q * inner * Q.T * outer) ** 3)
    assert expect_cost(filled).products[0].collecting == 0
    assert expect_cost(bare).seconds > 3 * expect_cost(filled).seconds


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (Trace(U * A) * conjugate((A * U)[0, 0]), Trace(U * A) * conjugate((A * U * B)[0, 0])),
        (W[0, 0] ** 2, (A * W * B)[0, 0] * (B * W * A)[0, 1]),
    ],
    ids=str,
)
def test_longer_expressions_are_predicted_to_take_longer(short, long):
    assert expect_cost(short).seconds < expect_cost(long).seconds


def test_constants_conjugated_in_a_sum_leave_no_sum():
    # SymPy takes the entry of a product apart, and conjugates what it sums over one by one
    C = sp.MatrixSymbol("A", d, d)
    entry, square = (C * U)[0, 0], MatrixElement(C * C.H, 0, 0)
    assert expect(conjugate(entry) * entry) == square / d
    powers = expect_cost(conjugate(entry) ** 4 * entry**4)
    (product,) = powers.products
    assert product.method == "complex-forms"
    assert expect(conjugate(entry) ** 2 * entry**2) == 2 * square**2 / (d * (d + 1))
    assert expect(conjugate(C[0, 1]) * W[0, 0] ** 2) == conjugate(C[0, 1]) / d


@pytest.mark.parametrize(
    "expr",
    [
        reduced_power(40),
        word(U, U.H, 3) * conjugate(word(U, U.H, 3)),
        Trace((H * A) ** 14),
        Trace((H * A * H * B) ** 3) ** 2,
        sp.KroneckerProduct(*[P] * 6),
        Trace(SpecialOrthogonal("W", 4) * A4) ** 3 * Trace(SpecialOrthogonal("W", 4) * B4) ** 3,
        Trace(SpecialUnitary("U", 4) * A4) ** 4 * Trace(SpecialUnitary("U", 4) * B4) ** 4,
        Trace((S * S.T * sp.MatrixSymbol("X", 2 * d, 2 * d) * S * S) ** 4),
    ],
    ids=lambda x: str(x)[:60],
)
def test_long_requests_are_refused_before_they_start(expr):
    start = time.process_time()
    with pytest.raises(CostLimitError, match="needs about"):
        expect(expr, max_cost=2)
    assert time.process_time() - start < 2


def test_traces_of_parts_of_a_pure_state():
    assert sp.cancel(expect(reduced_power(2)) - (a + b) / (a * b + 1)) == 0
    cube = (a**2 + 3 * a * b + b**2 + 1) / ((a * b + 1) * (a * b + 2))
    assert sp.cancel(expect(reduced_power(3)) - cube) == 0
    for expr in (
        reduced_power(4),
        reduced_power(4, kind=PartialTranspose),
        reduced_power(3, (a, b, c), (0, 2)),
    ):
        assert sp.simplify(expect(expr) - expect(expr, method="bijections")) == 0


def test_high_powers_of_a_pure_state_take_one_product_for_each_partition(monkeypatch):
    joins = []
    join = by_parts.canonical_product
    monkeypatch.setattr(by_parts, "canonical_product", lambda *args: joins.append(1) or join(*args))
    value = expect(reduced_power(8))
    assert len(joins) < 150  # 8! = 40320
    # in one dimension nothing is left to trace over, and beside it the state is pure
    assert value.subs({a: 1, b: 7}) == 1
    assert value.subs({a: 5, b: 1}) == 1


def test_parts_of_a_real_state():
    vector = UniformSphere("x", a * b)
    part = PartialTrace(vector * vector.T, (a, b), 0)
    assert sp.cancel(expect(Trace(part**2)) - (a + b + 1) / (a * b + 2)) == 0
    fourth = Trace(part**4)
    by_sphere = expect(fourth, method="sphere")
    assert sp.simplify(by_sphere - expect(fourth, method="pairings")) == 0
    assert expect(Trace(part**6)).subs({a: 1, b: 5}) == 1


def test_forms_in_one_complex_vector():
    column = U[:, 0]
    forms = [(column.H * x * column)[0, 0] for x in (A, A, B)]
    assert sp.simplify(expect(prod(forms)) - expect(prod(forms), method="bijections")) == 0


@pytest.mark.parametrize(("matrix", "size", "value"), [
    (SpecialOrthogonal("W", 6), 4, sp.Rational(1, 15)),
    (SpecialOrthogonal("W", 4), 3, sp.Rational(1, 4)),
    (SpecialOrthogonal("W", 3), 3, 1),
])  # fmt: skip
def test_written_out_minors_of_special_orthogonal_matrices(matrix, size, value):
    assert expect(minor(matrix, size) ** 2) == value


def test_entries_beside_a_determinant_that_average_to_zero_are_not_written_out():
    V = HaarOrthogonal("V", 9)
    squares = prod(V[k, k] ** 2 for k in range(8)) * V[0, 0]
    assert expect(sp.Determinant(V) * squares, max_cost=1) == 0
    X = HaarUnitary("X", 9)
    assert expect(conjugate(sp.Determinant(X)) * X[0, 0] ** 9, max_cost=1) == 0
