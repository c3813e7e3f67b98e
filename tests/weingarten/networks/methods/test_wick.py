"""The cost of Gaussian averages: usual ones are quick, long words are refused at once."""

import pytest
import sympy as sp
from sympy import Trace

from weingarten import (
    CostLimitError,
    GaussianMatrix,
    GaussianOrthogonal,
    GaussianUnitary,
    expect,
    expect_cost,
)

d, n = sp.symbols("d n", integer=True, positive=True)
G, Z = GaussianMatrix("G", d, n), GaussianMatrix("Z", d, n, field="complex")
H, K = GaussianOrthogonal("H", d), GaussianUnitary("H", d)
A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", n, n)
#: Different constants.
S = [sp.MatrixSymbol(f"S{k}", d, d) for k in range(12)]


@pytest.mark.parametrize(
    ("word", "length", "refused"),
    [
        (Trace((H * A) ** 16), 16, True),
        (Trace(sp.MatMul(*(x for k in range(12) for x in (H, S[k])))), 12, True),
        (Trace((G * B * G.T * A) ** 10), 20, True),
        (Trace((Z * B * Z.H * A) ** 12), 24, True),
        (Trace(H**60), 60, True),
        (Trace(H**8), 8, False),
        (Trace(K**20), 20, False),
        (Trace(G * B * G.T * A) ** 6, 12, False),
        (Trace(G * G.T) ** 20, 40, False),
        (G[0, 0] ** 40 * G[0, 1] ** 40, 80, False),
    ],
)
def test_long_words_are_refused_before_they_start(word, length, refused):
    seconds = expect_cost(word).seconds
    assert (seconds > 60) == refused
    if refused:
        with pytest.raises(CostLimitError, match=f"the average over {length} factors of"):
            expect(word)


def test_norms_are_chi_squared():
    # tr(G Gᵀ) is χ² with d n degrees of freedom, tr(Z Z*) a sum of d n exponential variables
    for power in (2, 4, 8):
        square = sp.Mul(*(d * n + 2 * k for k in range(power)))
        assert sp.expand(expect(Trace(G * G.T) ** power) - square) == 0
        exponential = sp.Mul(*(d * n + k for k in range(power)))
        assert sp.expand(expect(Trace(Z * Z.H) ** power) - exponential) == 0
    for power in (2, 4):
        # tr H² is twice a χ² with d (d + 1)/2 degrees of freedom
        freedom = d * (d + 1) / 2
        expected = 2**power * sp.Mul(*(freedom + 2 * k for k in range(power)))
        assert sp.expand(expect(Trace(H**2) ** power) - expected) == 0


def test_high_powers_take_no_recursion():
    assert expect(G[0, 0] ** 3000) == sp.factorial2(2999)
    assert expect(sp.Abs(Z[0, 0]) ** 2400) == sp.factorial(1200)
    # tr H is normal with variance 2 d, tr K with variance d
    assert expect(Trace(H) ** 200) == sp.factorial2(199) * (2 * d) ** 100
    assert expect(Trace(K) ** 200) == sp.factorial2(199) * d**100
