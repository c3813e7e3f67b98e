"""Closed forms over U(d): vectors on a side, and one constant on each side.

The oracles: the sum over pairs of bijections, exact quadrature on U(2), and d = 1.
"""

import numpy as np
import pytest
import sympy as sp

from tests.unitary_oracle import exact_mean
from weingarten import HaarUnitary, evaluate, expect, expectation

d = sp.Symbol("d", integer=True, positive=True)
RNG = np.random.default_rng(2)


def scene(size):
    U = HaarUnitary("U", size)
    A, B = (sp.MatrixSymbol(name, size, size) for name in "AB")
    x, y = (sp.MatrixSymbol(name, size, 1) for name in "xy")
    return U, A, B, x, y


def form(U, x, y):
    return sp.Trace(sp.adjoint(x) * U * y)


FORMS = {
    "entry": lambda U, A, B, x, y, n: (U * A * U.H)[0, 0] ** n,
    "symbolic entry": lambda U, A, B, x, y, n: (U.H * A * U)[sp.Symbol("i"), sp.Symbol("i")] ** n,
    "bilinear": lambda U, A, B, x, y, n: sp.Abs(form(U, x, y)) ** (2 * n),
    "two vectors": lambda U, A, B, x, y, n: form(U, x, y) ** n * sp.conjugate(form(U, y, x)) ** n,
    "form": lambda U, A, B, x, y, n: sp.Trace(sp.adjoint(x) * U * A * U.H * x) ** n,
    "row and vector": lambda U, A, B, x, y, n: sp.Abs((U * y)[1, 0]) ** (2 * n),
}
WORDS = {
    "power": lambda U, A, B, n: sp.Trace(U * A * U.H * B) ** n,
    "cycles": lambda U, A, B, n: sp.Trace((U * A * U.H * B) ** 2) ** (n // 2),
    "turned": lambda U, A, B, n: sp.Trace(U.H * A * U * B) ** n,
    "equal": lambda U, A, B, n: sp.Trace(U * A * U.H * A) ** n,
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_are_the_sum_over_bijections(name):
    U, A, B, x, y = scene(d)
    expr = FORMS[name](U, A, B, x, y, 3)
    found = expectation(expr, method="complex-forms")
    other = expect(expr, method="bijections")
    assert sp.simplify(found.value - other) == 0
    row = 1 if name == "row and vector" else 0
    assert found.valid_for == sp.Ge(d, row + 1)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("n", [2, 3])
def test_forms_against_quadrature(name, n):
    symbolic, integer = (FORMS[name](*scene(size), n) for size in (d, 2))
    U, A, _, x, y = scene(2)
    values = {s: RNG.normal(size=s.shape) + 1j * RNG.normal(size=s.shape) for s in (A, x, y)}
    exact = exact_mean(integer, U, 2 * n, {**values, sp.Symbol("i"): 1})
    known = {sp.MatrixSymbol(s.name, d if s.rows == 2 else 1, d if s.cols == 2 else 1): v
             for s, v in values.items()}  # fmt: skip
    found = evaluate(expect(symbolic), {**known, d: 2, sp.Symbol("i"): 1})
    assert found == pytest.approx(complex(exact))


def test_high_powers_of_forms():
    U, A, _, x, y = scene(d)
    value = expect((U * A * U.H)[0, 0] ** 12)
    assert evaluate(value, {d: 1, A: np.array([[2.0]])}) == pytest.approx(2**12)
    assert expect((U * sp.Identity(d) * U.H)[0, 0] ** 12) == 1
    thirty = expect(sp.Abs(form(U, x, y)) ** 60)
    norms = sp.Trace(sp.adjoint(x) * x) * sp.Trace(sp.adjoint(y) * y)
    assert sp.simplify(thirty / norms**30 * sp.rf(d, 30) - sp.factorial(30)) == 0


@pytest.mark.parametrize("name", WORDS)
def test_words_are_the_sum_over_bijections(name):
    U, A, B, _, _ = scene(d)
    expr = WORDS[name](U, A, B, 4)
    found = expect(expr, method="zonal")
    other = expect(expr, method="bijections")
    assert sp.simplify(found - other) == 0


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("n", [4, 6])
def test_words_against_quadrature(name, n):
    U, A, B, _, _ = scene(2)
    values = {s: RNG.normal(size=(2, 2)) + 1j * RNG.normal(size=(2, 2)) for s in (A, B)}
    expr = WORDS[name](U, A, B, n)
    exact = exact_mean(expr, U, 2 * n, values)
    found = evaluate(expect(expr, method="zonal"), values)
    assert found == pytest.approx(complex(exact))


def test_words_to_the_twelfth_power():
    U, A, B, _, _ = scene(2)
    numbers = {A: np.diag([2.0, -1.0]), B: np.diag([1.0, 3.0])}
    twelve = sp.Trace(U * A * U.H * B) ** 12
    # tr = (2·1 - 3)(t) + (2·3 - 1)(1 - t) with t = |U_00|² uniform on [0, 1]
    t = sp.Symbol("t")
    exact = sp.integrate((-t + 5 * (1 - t)) ** 12, (t, 0, 1))
    assert evaluate(expect(twelve), numbers) == pytest.approx(float(exact))


def test_what_joins_no_plain_with_a_conjugated_factor():
    U, A, B, _, _ = scene(d)
    expr = sp.Abs(sp.Trace(U * A * U.T * B)) ** 4
    assert expect(expr) == expect(expr, method="bijections")
