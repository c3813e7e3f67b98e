"""Jacobians at isometry: dense maps of A, the circle, Beta laws, what the notes checked."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.laws.isometric_jacobian import derive
from tests.sampled_once import sampled_once
from weingarten.errors import InvalidInputError

LIMIT = formula("backward.isometric_log_limit")
WIDE = formula("backward.isometric_wide_batch")
D, N, L = sp.symbols("d n L")


def test_the_numbers_of_the_notes():
    assert float(LIMIT.evaluate(d=4)) == pytest.approx(-1.0929, abs=5e-5)
    assert float(WIDE.evaluate(d=4, n=9, depth=3)) == pytest.approx(0.79630, abs=5e-6)


def test_the_forms_of_the_notes():
    q = D / (D + 2)
    stated = 1 - D / N + (D - 1) / (2 * N) * (1 + q ** (L - 1))
    assert sp.simplify(WIDE.expr - stated) == 0
    # a square batch is the law of depth
    depth = formula("backward.isometric_depth")
    assert WIDE.evaluate(d=5, n=5, depth=4) == depth.evaluate(d=5, depth=4)


@pytest.mark.parametrize("d", [2, 3, 7, 200])
def test_the_limit_is_the_mean_log_of_a_beta_variable(d):
    kept, whole = d * (d - 1) / 4, d * d / 2
    exact = mpmath.digamma(kept) - mpmath.digamma(whole)
    assert float(LIMIT.evaluate(d=d)) == pytest.approx(float(exact), rel=1e-12)
    # and Jensen: below the log of the mean share
    assert exact < math.log(kept / whole)


def rotations(d, depth, rng):
    return [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(depth)]


def dense(weights):
    """The Jacobian on A: offdiag and rotation, layer by layer."""
    d = len(weights[0])
    off = np.diag(1 - np.eye(d).ravel())
    total = np.eye(d * d)
    for weight in weights[::-1]:
        total = np.kron(weight.T, weight.T) @ off @ total
    return total


@pytest.mark.parametrize(("d", "depth"), [(3, 2), (4, 3), (6, 3), (5, 4)])
def test_spectrum_and_volume_of_dense_maps(d, depth):
    weights = rotations(d, depth, np.random.default_rng(d))
    found = np.linalg.svd(dense(weights), compute_uv=False)
    # each layer but the first takes d - 1 directions more from the symmetric part, while it has any
    kept, zeros = d * (d - 1) // 2, d
    ones = kept + max(0, kept - (depth - 1) * (d - 1))
    assert np.allclose(found[:ones], 1, atol=1e-12)
    assert found[ones] < 1 - 1e-6
    assert np.allclose(found[-zeros:], 0, atol=1e-12)
    assert found[-zeros - 1] > 1e-9
    volume = sum(math.log(abs(np.linalg.det(weight**2))) for weight in weights[1:])
    assert np.log(found[:-zeros]).sum() == pytest.approx(volume, abs=1e-7)
    assert list(formula("backward.jacobian_spectrum").evaluate(d=d, depth=depth)) == [1, 1, 0, 0]


def test_the_volume_on_the_circle():
    # W∘W has determinant cos² - sin² of its angle: the mean of log|cos 2θ| is -log 2
    angles = (np.arange(4001) + 0.5) * np.pi / 4001
    assert np.log(np.abs(np.cos(2 * angles))).mean() == pytest.approx(-math.log(2), abs=1e-3)
    weights = rotations(2, 2, np.random.default_rng(1))
    cosine = np.cos(2 * math.acos(weights[1][0, 0]))
    assert np.linalg.svd(dense(weights), compute_uv=False)[1] == pytest.approx(abs(cosine))


def test_the_second_moments_behind_the_volume_agree_at_every_width():
    assert derive.jacobian_volume(D) == 0
    assert [derive.jacobian_volume(d) for d in (2, 3, 9)] == [0, 0, 0]


def test_fewer_samples_than_units_are_refused():
    with pytest.raises(InvalidInputError, match="n must be at least d = 5"):
        WIDE.evaluate(d=5, n=4, depth=1)


@pytest.mark.parametrize(
    ("name", "values", "samples", "scale"),
    [
        ("backward.isometric_log_limit", {"d": 6}, 4_000, 1.03),
        ("backward.isometric_wide_batch", {"d": 6, "n": 8, "depth": 4}, 4_000, 1.03),
        ("backward.jacobian_spectrum", {"d": 4, "depth": 3}, 20, 1.0001),
    ],
)
def test_a_wrong_coefficient_is_rejected(name, values, samples, scale):
    entry = sampled_once(formula(name))
    wrong = entry.with_expr(entry.expr * sp.Rational(str(scale)))
    assert entry.verify(samples, seed=5, **values).word == "pass"
    assert wrong.verify(samples, seed=5, **values).word == "rejected"


def test_a_wrong_volume_is_rejected():
    entry = formula("backward.jacobian_volume")
    wrong = entry.with_expr(-sp.Rational(1, 10**4))
    assert entry.verify(20, seed=5, d=4, depth=3).word == "pass"
    assert wrong.verify(20, seed=5, d=4, depth=3).word == "rejected"
