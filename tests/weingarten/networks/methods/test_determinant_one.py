"""Powers of one trace over SO(d) and SU(d), against exact integrals and the determinant in full."""

import numpy as np
import pytest
import sympy as sp
from sympy import Determinant, MatrixSymbol, Trace

from tests.weingarten.networks.law_nodes import NODES
from weingarten import SpecialOrthogonal, SpecialUnitary, evaluate, expect

LAWS = {"SO(2)": SpecialOrthogonal, "SO(3)": SpecialOrthogonal, "SU(2)": SpecialUnitary}


def values_of(expr):
    rng = np.random.default_rng(5)
    constants = sorted((x for x in expr.atoms(MatrixSymbol) if x.name in "AB"), key=str)
    shapes = [tuple(map(int, constant.shape)) for constant in constants]
    return {
        constant: rng.integers(-2, 3, shape) + 1j * rng.integers(-2, 3, shape)
        for constant, shape in zip(constants, shapes, strict=True)
    }


@pytest.mark.parametrize("key", LAWS)
def test_powers_of_one_trace(key):
    size = int(key[3])
    X = LAWS[key]("X", size)
    A, B = MatrixSymbol("A", size, size), MatrixSymbol("B", 1 + size, size)
    for power in range(1, 9):
        arrays, weights = NODES[key](power)
        for trace in (Trace(X * A), Trace(X.T * B.T * B), Trace(X.H * A.T * A)):
            expr = trace**power
            values = values_of(expr)
            expected = weights @ evaluate(expr, {**values, X: arrays})
            scale = weights @ abs(evaluate(expr, {**values, X: arrays}))
            assert abs(complex(evaluate(expect(expr), values)) - expected) < 1e-9 * scale


def test_the_determinant_is_no_longer_written_out():
    A = MatrixSymbol("A", 6, 6)
    assert expect(Trace(SpecialUnitary("V", 6) * A) ** 12) == 132 * Determinant(A) ** 2
    assert expect(Trace(SpecialUnitary("V", 6) * A) ** 7) == 0
    assert expect(Trace(SpecialOrthogonal("R", 5) * MatrixSymbol("A", 5, 5)) ** 5) == Determinant(
        MatrixSymbol("A", 5, 5)
    )
    explicit = sp.ImmutableMatrix([[1, 2, 0], [0, 1, 3], [1, 0, 1]])
    assert expect(Trace(SpecialUnitary("V", 3) * explicit) ** 3) == 7


def test_both_ways_agree():
    # two constants with one value: no power of a trace, and the determinant in full
    R, A = SpecialOrthogonal("R", 3), MatrixSymbol("A", 3, 3)
    for power in (3, 5):
        quick = expect(Trace(R * A) ** power)
        slow = expect(Trace(R * A) ** (power - 1) * Trace(R * MatrixSymbol("B", 3, 3)))
        values = values_of(quick)
        both = {**values, MatrixSymbol("B", 3, 3): values[A]}
        assert np.isclose(complex(evaluate(quick, values)), complex(evaluate(slow, both)))
