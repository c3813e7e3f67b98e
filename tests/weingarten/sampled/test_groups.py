"""The sampler of U(d), and averages over it confirmed by its samples."""

import numpy as np
import pytest
import sympy as sp

from weingarten import (
    CostLimitError,
    HaarOrthogonal,
    HaarUnitary,
    RandomPermutation,
    confirm,
    estimate,
    evaluate,
    sample,
)
from weingarten.sampled.compact_groups import sample_unitary
from weingarten.sampled.groups import SAMPLERS
from weingarten.symbols.random_matrices import RandomMatrix

d = sp.Symbol("d", integer=True, positive=True)
U, W = HaarUnitary("U", d), HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
ARRAY = np.array([[1, 2j, 0], [1 - 1j, 0, 1], [0, 1, 3]])


def test_every_random_matrix_has_a_sampler():
    assert {law.ensemble.group for law in RandomMatrix.__subclasses__()} <= SAMPLERS.keys()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_samples_are_unitary_and_reproducible(size):
    drawn = sample_unitary(size, 50, np.random.default_rng(1))
    assert np.allclose(drawn @ drawn.conj().swapaxes(1, 2), np.eye(size))
    assert np.array_equal(drawn, sample_unitary(size, 50, np.random.default_rng(1)))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_eigenvalues_repel_as_those_of_haar_matrices(size):
    """E |tr U^k|² = min(k, d); QR without phases fails for every k (Diaconis & Evans 2001)."""
    drawn = sample_unitary(size, 40_000, np.random.default_rng(7))
    for k in range(1, 6):
        traces = np.trace(np.linalg.matrix_power(drawn, k), axis1=1, axis2=2)
        squares = np.abs(traces) ** 2
        error = squares.std() / 200
        assert abs(squares.mean() - min(k, size)) <= 5 * error + 1e-9
        assert abs(traces.mean()) <= 5 * traces.std() / 200


@pytest.mark.parametrize(
    "expr",
    [
        sp.Abs(U[0, 0]) ** 4,
        sp.Trace(U * A * U.H * A) ** 2,
        sp.re(sp.Trace(U * A)) ** 2 + sp.I * sp.Abs(U[0, 1]) ** 2,
        U * A * U.H,
        sp.Abs(sp.Trace(U * W * A)) ** 2,
        sp.Abs(sp.Determinant(U)) ** 2,
    ],
    ids=str,
)
def test_averages_are_confirmed(expr):
    assert confirm(expr, {d: 3, A: ARRAY}, samples=4000, rng=5)


def test_a_wrong_claim_is_rejected():
    real = 3 / (d * (d + 2))
    assert not confirm(sp.Abs(U[0, 0]) ** 4, {d: 3}, claim=real, samples=8000, rng=5)


def test_estimates_of_complex_means():
    found = estimate(sp.Trace(U * A * U.H), {d: 3, A: ARRAY}, samples=500, rng=3)
    assert np.isclose(found.mean, np.trace(ARRAY))
    assert np.iscomplexobj(estimate(U[0, 0], {d: 3}, samples=500, rng=3).mean)


def test_matrices_are_given_as_arrays():
    values = {d: 3, U: np.diag([1, 1j, -1])}
    assert evaluate(sp.Trace(U.H), values) == -1j
    assert evaluate(U.C[1, 1], values) == -1j
    assert np.array_equal(evaluate(U.H * U, values), np.eye(3))


def test_batches_that_do_not_fit_are_refused():
    for symbol in (HaarUnitary("U", 3), RandomPermutation("P", 3000)):
        with pytest.raises(CostLimitError, match="max_bytes=None"):
            sample(symbol, 10**9)
    assert sample(HaarUnitary("U", 3), 2, rng=0, max_bytes=None).shape == (2, 3, 3)
