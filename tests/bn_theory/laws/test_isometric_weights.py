"""Gradients by weights and the tangent kernel: the circle, dense kernels, the notes' numbers."""

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.laws.isometric_weights import derive
from tests.sampled_once import sampled_once
from weingarten.errors import InvalidInputError

BIAS = formula("backward.orthogonality_bias")
STEP = formula("backward.gap_after_step")
MEAN = formula("backward.tangent_kernel_mean")
VARIANCE = formula("backward.tangent_kernel_variance")
D, L, ETA = sp.symbols("d L eta")
HALF = sp.Rational(1, 2)


def test_the_numbers_of_the_notes():
    assert [float(x) for x in BIAS.evaluate(d=8, depth=12)] == pytest.approx(
        [0.03758, 0.4375], abs=5e-6
    )
    assert float(STEP.expr.subs({D: 8, L: 12, ETA: 0.2})) == pytest.approx(3.758e-4, rel=1e-4)
    assert float(MEAN.evaluate(d=8, depth=12)) == pytest.approx(7.2872, abs=5e-5)
    assert float(MEAN.evaluate(d=6, depth=6)) == pytest.approx(3.8700, abs=5e-5)
    assert float(VARIANCE.evaluate(d=6, depth=6)) == pytest.approx(0.2899, abs=5e-5)


def test_the_forms_of_the_notes():
    q = D / (D + 2)
    sym, anti = BIAS.expr
    assert sp.simplify(sym - (1 - 1 / D) * q ** (L - 1) / 2) == 0
    assert sp.simplify(anti - (1 - 1 / D) / 2) == 0
    assert sp.simplify(STEP.expr - ETA**2 * (1 - 1 / D) * q ** (L - 1) / D) == 0
    assert sp.simplify(MEAN.expr - (1 - 1 / D) / 2 * (L + (D + 2) / 2 * (1 - q**L))) == 0


@pytest.mark.parametrize("depth", [1, 2, 5, 9])
def test_on_the_circle(depth):
    """For d = 2, S is a vector whose squared length each layer multiplies by cos² of an angle.

    With Γ on the unit sphere of four dimensions, b and s_1 are squares of two coordinates.
    """
    shrunk = HALF ** (depth - 1)
    square, cross = sp.Rational(1, 8), sp.Rational(1, 24)
    assert list(BIAS.evaluate(d=2, depth=depth)) == [shrunk / 4, sp.Rational(1, 4)]
    total = sum(HALF**m for m in range(depth))
    second = depth**2 * square + 2 * depth * total * cross
    for low in range(depth):
        for high in range(low, depth):
            weight = 1 if low == high else 2
            second += weight * HALF ** (high - low) * sp.Rational(3, 8) ** low * square
    assert VARIANCE.evaluate(d=2, depth=depth) == second - ((depth + total) / 4) ** 2
    # φ = log(1 + η²(s+b)/2) - log(1 + η²(b-s)/2) = η² s - η⁴ b s/2 + …
    step = sp.Rational(1, 10)
    exact = step**2 * shrunk / 4 - step**4 * shrunk * cross / 2
    assert STEP.evaluate(d=2, depth=depth, eta=step, order=4) == exact


@pytest.mark.parametrize("d", [4, 7])
def test_the_closed_forms_agree_with_the_recursion(d):
    fourth = derive.gap_after_step(D, 4)
    for depth in (1, 2, 6):
        at = {D: d, L: depth, ETA: sp.Rational(1, 5)}
        exact = VARIANCE.evaluate(d=d, depth=depth)
        assert float(abs(sp.N(VARIANCE.expr.subs(at), 30) - sp.N(exact, 30))) < 1e-25
        exact = STEP.evaluate(d=d, depth=depth, eta=sp.Rational(1, 5), order=4)
        assert float(abs(sp.N(fourth.subs(at), 30) - sp.N(exact, 30))) < 1e-25


def dense_kernel(d, depth, rng):
    """Θ on A, from the map of one layer alone: offdiag, then the rotation by W."""
    identity, kernel = np.eye(d * d), np.zeros((d * d, d * d))
    off = (identity - np.diag(np.eye(d).ravel())) @ identity
    carried = identity
    for _ in range(depth):
        weight = np.linalg.qr(rng.standard_normal((d, d)))[0]
        carried = np.kron(weight.T, weight.T) @ off @ carried
        kernel += carried.T @ carried
    return kernel


@pytest.mark.parametrize(("d", "depth"), [(5, 6), (4, 3), (6, 2), (5, 1)])
def test_the_multiplicities_of_the_kernel(d, depth):
    found = np.linalg.eigvalsh(dense_kernel(d, depth, np.random.default_rng(2)))
    # each layer but the first takes d - 1 directions more from the symmetric part, while it has any
    kept = d * (d - 1) // 2
    assert np.sum(found > depth - 1e-9) == kept + max(0, kept - (depth - 1) * (d - 1))
    assert np.sum(found < 1e-9) == d
    entry = formula("backward.tangent_kernel_spectrum")
    assert list(entry.evaluate(d=d, depth=depth)) == [depth, depth, 0, 0]


@pytest.mark.campaign
def test_the_mean_is_the_mean_trace_of_dense_kernels():
    d, depth, rng = 4, 5, np.random.default_rng(3)
    traces = np.array([np.trace(dense_kernel(d, depth, rng)) for _ in range(3000)]) / d**2
    error = traces.std() / np.sqrt(len(traces))
    assert abs(traces.mean() - float(MEAN.evaluate(d=d, depth=depth))) < 4 * error


def test_the_kernel_becomes_the_projector_on_rotations():
    # Θ/L of an isotropic Γ: the share d(d-1)/2 of d² directions, its variance that of a Beta law
    limit = float(MEAN.evaluate(d=6, depth=2000)) / 2000
    assert limit == pytest.approx(15 / 36, abs=2e-3)
    beta = 15 * 21 * 2 / (36**2 * 38)
    spread = float(VARIANCE.evaluate(d=6, depth=1000)) / 1000**2
    assert spread == pytest.approx(beta, rel=0.02)


def test_the_remainder_of_a_step_holds():
    """Against d = 2, where the gap is known in b and s, averaged over the sphere by samples."""
    points = np.random.default_rng(4).standard_normal((400_000, 4))
    squares = (points / np.linalg.norm(points, axis=1, keepdims=True)) ** 2
    b, s = squares[:, 0], squares[:, 1]
    for eta in (0.1, 0.5):
        gap = np.log1p(eta**2 * (s + b) / 2) - np.log1p(eta**2 * (b - s) / 2)
        for order in (2, 4):
            stated = eta**2 * s - (eta**4 * b * s / 2 if order == 4 else 0)
            apart = abs((gap - stated).mean())
            assert apart <= derive.gap_after_step_remainder(2, eta, order)
    assert derive.gap_after_step_remainder(2, 1.0) == float("inf")


def test_a_step_that_is_too_long_is_refused():
    with pytest.raises(InvalidInputError, match="eta must be smaller"):
        STEP.evaluate(d=8, depth=12, eta=0.2)
    with pytest.raises(InvalidInputError, match="eta"):
        STEP.evaluate(d=8, depth=2, eta=-1, order=4)
    assert STEP.evaluate(d=8, depth=12, eta=0.2, order=4) > 0


def test_symbols_stay_symbols():
    assert MEAN.evaluate(d=3, depth=L).free_symbols == {L}
    assert STEP.evaluate(d=4, depth=2, eta=ETA) == 3 * ETA**2 / 24
    assert VARIANCE.evaluate(depth=2, d=D).free_symbols == {D}


@pytest.mark.parametrize(
    ("name", "values", "samples"),
    [
        ("backward.orthogonality_bias", {"d": 4, "depth": 3}, 20_000),
        ("backward.gap_after_step", {"d": 4, "depth": 3, "eta": 0.05}, 20_000),
        ("backward.tangent_kernel_mean", {"d": 8, "depth": 6}, 2_000),
        ("backward.tangent_kernel_variance", {"d": 3, "depth": 4}, 40_000),
        ("backward.tangent_kernel_spectrum", {"d": 3, "depth": 4}, 20),
    ],
)
def test_a_wrong_coefficient_is_rejected(name, values, samples):
    entry = sampled_once(formula(name))
    scale = sp.Rational(110 if "variance" in name else 103, 100)
    wrong = entry.with_expr(entry.expr * scale)
    assert entry.verify(samples, seed=5, **values).word == "pass"
    assert wrong.verify(samples, seed=5, **values).word == "rejected"


@pytest.mark.parametrize(("order", "remedy"), [(2, "pass order=4"), (4, "take a smaller step")])
def test_a_step_that_is_too_large_is_told_what_is_left_to_do(order, remedy):
    with pytest.raises(InvalidInputError, match=f"eta must be smaller.*{remedy}"):
        STEP.evaluate(d=8, depth=2, eta=0.9, order=order)
