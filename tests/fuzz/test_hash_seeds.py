"""The same answers under every hash seed, and the right ones."""

import os
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp

from tests.fuzz.harness import PREAMBLE
from tests.fuzz.reader import Reader
from tests.tiers import heavy
from weingarten import expect

SIZE = 2
A, B = (sp.MatrixSymbol(name, SIZE, SIZE) for name in "AB")
VALUES = {A: np.array([[[1, 2], [0, 3]]]), B: np.array([[[2, -1], [1, 1]]])}

PROGRAM = """
from itertools import combinations
d = Symbol("d", integer=True, positive=True)
twins = [Symbol("m", integer=True), Dummy("m", integer=True), Symbol("m", integer=True,
         nonnegative=True), Dummy("m", integer=True)]
def trees(d):
    W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
    A, B = MatrixSymbol("A", d, d), MatrixSymbol("B", d, d)
    BW, AW, BWA, AWB = B*W, A*W, B*W*A, A*W*B
    last = d - 1
    def over(m, weight, matrix, column):
        return Sum(weight*MatrixElement(matrix, m, column), (m, 0, last))
    a, b = Dummy("m", integer=True), Dummy("m", integer=True)
    yield over(a, a + 1, BW, 0)*over(b, (b + 1)**2, AW, 0)
    yield over(a, a + 1, BWA, a)*over(b, (b + 3)**2, AWB, b)
    for a, b in combinations(twins, 2):
        yield over(a, a + 1, BW, 0)*over(b, (b + 1)**2, AW, 0)
    m, s = twins[:2]
    yield W[m, s]*W[s, m]*A[m, s] + W[m, m]*W[s, s]*A[s, m]
    yield Sum(W[m, 0]*W[s, 0]*A[m, s]*twins[2], (m, 0, last), (s, 0, last))
    yield Trace(W*A*V*B*W.T*A*V.T)*Trace(W*B*V)*Trace(A*V.T*W.T)
    yield W*A*W.T*B*HadamardProduct(W, A)*W.T
"""
PRINTED = PROGRAM + "print(*(expect(t) for n in (2, d) for t in trees(n)), sep='\\n')"


def started(seed):
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + PRINTED],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "seeds", [heavy(range(3)), pytest.param(range(3, 12), marks=pytest.mark.slow)]
)
def test_results_do_not_depend_on_the_hash_seed(seeds):
    first, *others = [process.communicate()[0] for process in map(started, seeds)]
    assert first.count("\n") > 20
    assert all(other == first for other in others)


@pytest.fixture(scope="module")
def asked():
    space: dict[str, object] = {}
    exec(PREAMBLE + PROGRAM, space)
    return list(space["trees"](sp.Integer(SIZE)))


@pytest.mark.parametrize(("number", "right"), [(0, 9), (1, 261), *((n, 9) for n in range(2, 8))])
def test_products_of_sums_over_indices_of_one_name(asked, number, right):
    value = Reader(VALUES, {})(expect(asked[number]))
    assert np.allclose(value, right)
