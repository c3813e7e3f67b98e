"""Random expressions in one unitary matrix, of every construct, against integrals over U(1), U(2).

The oracle evaluates the SymPy tree at the nodes of an exact quadrature; it shares nothing with the
lowering. An average is right, or refused with InvalidInputError or CostLimitError.
"""

import random

import numpy as np
import pytest
import sympy as sp

from tests.unitary_oracle import exact_mean
from weingarten import CostLimitError, HaarUnitary, InvalidInputError, evaluate, expectation

d = sp.Symbol("d", integer=True, positive=True)
U = HaarUnitary("U", d)
A, B = (sp.MatrixSymbol(name, d, d) for name in "AB")
i = sp.Symbol("i", integer=True)
ARRAYS = {"A": np.array([[1 + 2j, -1], [3j, 2 - 1j]]), "B": np.array([[2, 1 - 1j], [-1j, 3]])}
#: No factor holds more entries of U than this.
_DEGREE = 14


def matrix(rng, depth):
    if depth == 0 or rng.random() < 0.45:
        return rng.choice([U, U.H, U.T, U.C, A, B, A.T, A.adjoint(), sp.Identity(d), U, U.H])
    inner = [matrix(rng, depth - 1) for _ in range(2)]
    return rng.choice(
        [
            lambda: sp.MatMul(*inner),
            lambda: sp.MatMul(*inner),
            lambda: sp.MatAdd(*inner),
            lambda: sp.HadamardProduct(*inner),
            lambda: sp.Transpose(inner[0]),
            lambda: sp.Adjoint(inner[0]),
            lambda: sp.MatPow(rng.choice([U, U.H]), rng.choice([2, -1])),
        ]
    )()


def bit(rng):
    return rng.randint(0, 1)


def scalar(rng, depth):
    leaves = [
        lambda: sp.Trace(matrix(rng, 2)),
        lambda: sp.Trace(matrix(rng, 2)),
        lambda: matrix(rng, 1)[bit(rng), bit(rng)],
        lambda: sp.Sum(matrix(rng, 1)[i, 0] * matrix(rng, 1)[bit(rng), i], (i, 0, d - 1)),
        lambda: rng.choice([sp.I, 2, sp.Rational(1, 3)]) * U[bit(rng), bit(rng)],
        lambda: sp.Trace(U[:1, :] * matrix(rng, 1) * U[:1, :].H),
        lambda: sp.Determinant(U),
    ]
    if depth == 0 or rng.random() < 0.65:
        return rng.choice(leaves)()
    inner = scalar(rng, depth - 1)
    return rng.choice([sp.re, sp.im, sp.conjugate, lambda x: sp.Abs(x) ** 2])(inner)


def question(seed):
    rng = random.Random(seed)
    return sp.Mul(*(scalar(rng, 2) for _ in range(rng.randint(1, 3))))


def answer(seed):
    """Return how a question was answered, after comparing the answer with the integral."""
    expr = question(seed)
    values = {sp.MatrixSymbol(name, 2, 2): array for name, array in ARRAYS.items()}
    fixed = expr.subs(d, 2)
    expected = exact_mean(fixed, HaarUnitary("U", 2), _DEGREE, values)
    try:
        results = [expectation(fixed, max_cost=10), expectation(expr, max_cost=10)]
    except (InvalidInputError, CostLimitError):
        return "refused"
    for found in results:
        if found.valid_for.subs(d, 2) == sp.true:
            value = evaluate(found.value.subs(d, 2), values)
            tolerance = 1e-9 * max(1.0, float(np.max(np.abs(expected))))
            assert np.allclose(value, expected, rtol=1e-9, atol=tolerance), expr
    return "right"


@pytest.mark.parametrize("block", range(4))
def test_questions(block):
    answers = [answer(seed) for seed in range(10 * block, 10 * block + 10)]
    assert answers.count("right") >= 8


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4, 44))
def test_many_questions(block):
    answers = [answer(seed) for seed in range(10 * block, 10 * block + 10)]
    assert answers.count("right") >= 7
