"""Objects that print alike are told apart, in every process in the same way."""

import os
import subprocess
import sys

import pytest
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from weingarten import HaarOrthogonal, expect

PROGRAM = """
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement
from weingarten import HaarOrthogonal, expect
W = HaarOrthogonal("W", 2)
A, B = sp.MatrixSymbol("A", 2, 2), sp.MatrixSymbol("B", 2, 2)
numbers = {A: sp.ImmutableMatrix([[1, 2], [0, 3]]), B: sp.ImmutableMatrix([[2, -1], [1, 1]])}
m, n = sp.Symbol("m", integer=True), sp.Dummy("m", integer=True)
columns = (sp.Sum((m + 1) * MatrixElement(B * W, m, 0), (m, 0, 1))
           * sp.Sum((n + 1)**2 * MatrixElement(A * W, n, 0), (n, 0, 1)))
diagonals = (sp.Sum((m + 1) * MatrixElement(B * W * A, m, m), (m, 0, 1))
             * sp.Sum((n + 3)**2 * MatrixElement(A * W * B, n, n), (n, 0, 1)))
for expr in (columns, diagonals):
    value = expect(expr)
    print(value)
    print(sp.expand(value.xreplace(numbers).doit()))
d = sp.Symbol("d", integer=True, positive=True)
W = HaarOrthogonal("W", d)
A, B, C = (sp.MatrixSymbol(name, d, d) for name in "ABC")
print(expect(sp.HadamardProduct(A * W * B, C * W * A, B)))
print(expect(sp.Trace(W * A * W.T * B) * sp.Trace(W * C * W.T * A)))
"""


@pytest.fixture(scope="module")
def outputs():
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    found = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    return found


@pytest.mark.campaign
def test_results_do_not_depend_on_the_hash_seed(outputs):
    assert len(set(outputs)) == 1


@pytest.mark.campaign
def test_indices_of_one_name(outputs):
    lines = outputs[0].splitlines()
    # E W_pr W_qs = δ_pq δ_rs / 2, summed by hand
    A, B = [[1, 2], [0, 3]], [[2, -1], [1, 1]]
    columns = sum(
        (m + 1) * (n + 1) ** 2 * B[m][p] * A[n][p] / sp.Integer(2)
        for m in range(2)
        for n in range(2)
        for p in range(2)
    )
    diagonals = sum(
        (m + 1) * (n + 3) ** 2 * B[m][p] * A[q][m] * A[n][p] * B[q][n] / sp.Integer(2)
        for m in range(2)
        for n in range(2)
        for p in range(2)
        for q in range(2)
    )
    assert (columns, diagonals) == (9, 261)
    assert lines[1] == "9"
    assert lines[3] == "261"


def test_indices_that_differ_in_assumptions_only():
    W = HaarOrthogonal("W", 3)
    A = sp.MatrixSymbol("A", 3, 3)
    plain, whole = sp.Symbol("i"), sp.Symbol("i", integer=True)
    value = expect(
        MatrixElement(A, plain, whole) * W[whole, 0] * MatrixElement(A, whole, plain) * W[whole, 0]
    )
    assert value == A[plain, whole] * A[whole, plain] / 3
    value = expect(W[plain, 0] * W[whole, 0])
    assert value == sp.KroneckerDelta(plain, whole) / 3


def test_dummies_of_one_name():
    d = sp.Symbol("d", integer=True, positive=True)
    W, A = HaarOrthogonal("W", d), sp.MatrixSymbol("A", d, d)
    one, two = sp.Dummy("i", integer=True), sp.Dummy("i", integer=True)
    value = expect(W[one, 0] ** 2 * W[two, 0] ** 2 * A[one, two])
    assert value.subs({one: 0, two: 0}) == 3 * A[0, 0] / (d * (d + 2))
    assert value.subs({one: 0, two: 1}) == A[0, 1] / (d * (d + 2))
