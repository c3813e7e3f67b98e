"""Sampling the same expression, and the verdict on exact values."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagMatrix, DiagonalMatrix, DiagonalOf

from weingarten import HaarOrthogonal, InvalidInputError, confirm, estimate, evaluate, expect
from weingarten.sampled import draws
from weingarten.sampled.running_means import Estimate

d = sp.Symbol("d", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A, B, S = (sp.MatrixSymbol(name, d, d) for name in "ABS")
v = sp.MatrixSymbol("v", d, 1)
rng = np.random.default_rng(7)
VALUES = {d: 5, A: rng.normal(size=(5, 5)), B: rng.normal(size=(5, 5)), v: rng.normal(size=(5, 1))}
VALUES[S] = VALUES[A] + VALUES[A].T
H = sp.HadamardProduct

EXPRESSIONS = {
    "traces": sp.Trace(W * A * W.T * B) ** 2 + sp.Trace(W) ** 2,
    "entries": W[0, 0] ** 2 * W[1, 1] ** 2 + W[0, 1],
    "sum": sp.Sum(W[i, i], (i, 0, d - 1)) ** 2,
    "double sum": sp.Sum(W[i, j] ** 2 * A[i, j], (j, 0, i), (i, 0, d - 1)),
    "hadamard": H(W, W) * A * H(W, W).T,
    "hadamard power": sp.Trace(sp.HadamardPower(W, 4) * A),
    "diagonal": DiagonalMatrix(W * A * W.T) * B,
    "diagonal of": DiagonalOf(W * A * W.T),
    "diag matrix": sp.Trace(DiagMatrix(W * v) * A * DiagMatrix(W * v)),
    "slices": W[:2, :].T * W[:2, :] * A,
    "matrix power": sp.Trace(W**2 * A * W**-2 * B),
    "determinant": sp.Determinant(W) ** 2 * W[0, 0] ** 2 + sp.Determinant(W),
    "two matrices": W * V * A * V.T * W.T,
    "identity": (W + sp.Identity(d)) * A * (W.T - sp.OneMatrix(d, d)),
    "element of product": (W * S * W.T)[0, 1] ** 2,
    "one by one": v.T * W * A * W.T * v,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_confirm_every_construct(name):
    verdict = confirm(EXPRESSIONS[name], VALUES, samples=4000, rng=3)
    assert verdict, str(verdict)


@pytest.mark.parametrize("name", ["traces", "hadamard", "element of product", "slices"])
def test_confirm_rejects_a_wrong_coefficient(name):
    expr = EXPRESSIONS[name]
    wrong = expect(expr)
    wrong = wrong * sp.Rational(11, 10)
    assert not confirm(expr, VALUES, claim=wrong, samples=20_000, rng=3)


def test_below_the_range_of_the_symbolic_result():
    small = {d: 2, A: VALUES[A][:2, :2], B: VALUES[B][:2, :2]}
    assert confirm(sp.Trace(W * A * W.T * B) ** 3, small, samples=4000, rng=1)


def test_estimate_repeats_from_its_seed():
    one, two = (estimate(W[0, 0] ** 2, {d: 3}, samples=50, rng=11) for _ in range(2))
    assert one == two
    assert one.seed == 11
    assert one.samples == 50
    shape = estimate(W * A, VALUES, samples=10, rng=0).mean.shape
    assert shape == (5, 5)


def test_expression_without_random_matrix():
    result = estimate(sp.Trace(A), VALUES, samples=3, rng=0)
    assert result.mean == pytest.approx(np.trace(VALUES[A]))
    assert result.stderr == pytest.approx(0)


def test_evaluate_at_a_given_matrix():
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert evaluate(sp.Trace(W * W.T) + W[0, 1], {d: 2, W: turn}) == pytest.approx(3)
    piece = sp.Piecewise((1, i < 1), (0, True)) * sp.KroneckerDelta(i, 0)
    assert evaluate(piece, {i: 0}) == 1
    function = sp.FunctionMatrix(d, d, sp.Lambda((i, j), i - j))
    assert evaluate(function, {d: 2}).tolist() == [[0, -1], [1, 0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "value to every symbol"),
        ({d: 3, A: np.eye(2)}, r"must give A the shape \(3, 3\)"),
        ({d: 3, A: np.full((3, 3), np.nan)}, "must be finite"),
        ({"d": 3}, "SymPy symbols as keys"),
        (3, "must be a mapping"),
    ],
)
def test_bad_values(values, message):
    with pytest.raises(InvalidInputError, match=message):
        estimate(sp.Trace(W * A), values, samples=5)


def test_bad_samples():
    with pytest.raises(InvalidInputError, match="samples must be an integer >= 2"):
        estimate(W[0, 0], {d: 2}, samples=1)


@pytest.mark.parametrize(
    ("samples", "seed", "message"),
    [
        (10, -1, "rng must be None, an integer seed >= 0"),
        (10, "1", "rng must be None, an integer seed >= 0"),
        (10, 1.5, "rng must be None, an integer seed >= 0"),
        (0, 1, "samples must be an integer >= 2"),
        (-3, 1, "samples must be an integer >= 2"),
        (10.0, 1, "samples must be an integer >= 2"),
        ("10", 1, "samples must be an integer >= 2"),
        (True, 1, "samples must be an integer >= 2"),
    ],
)
def test_bad_samples_and_seeds(samples, seed, message):
    for call in (estimate, confirm):
        with pytest.raises(InvalidInputError, match=message):
            call(W[0, 0], {d: 2}, samples=samples, rng=seed)


def test_sizes_are_exact_integers_and_what_is_sampled_is_not_given():
    free = sp.Symbol("n")
    trace = sp.Trace(HaarOrthogonal("W", free))
    for size in (2.6, 3.0, 0, -1):
        with pytest.raises(InvalidInputError, match="must make n an exact integer >= 1"):
            estimate(trace, {free: size}, samples=5)
    with pytest.raises(InvalidInputError, match="must give n a number; got '3'"):
        estimate(trace, {free: "3"}, samples=5)
    with pytest.raises(InvalidInputError, match="must not fix what is sampled; got W"):
        estimate(sp.Trace(W), {d: 2, W: np.eye(2)}, samples=5)
    assert estimate(trace, {free: np.int64(3)}, samples=5, rng=np.int64(4)).seed == 4


def test_complex_means_have_an_error_for_each_part():
    c = sp.Symbol("c")
    expr = c * W[0, 0] ** 2 + sp.I * W[0, 0] * W[1, 1] + W[0, 1]
    result = estimate(expr, {d: 3, c: 2 + 3j}, samples=4000, rng=5)
    exact = (2 + 3j) / 3
    assert isinstance(result.mean, complex)
    score = result.zscore(exact)
    assert max(abs(score.real), abs(score.imag)) < 4
    # variances by hand at d = 3: Var W_00^2 = 1/5 - 1/9, E W_01^2 = 1/3, E W_00^2 W_11^2 = 2/15
    assert result.stderr.real == pytest.approx(np.sqrt((4 * 4 / 45 + 1 / 3) / 4000), rel=0.1)
    assert result.stderr.imag == pytest.approx(np.sqrt((9 * 4 / 45 + 2 / 15) / 4000), rel=0.1)


def test_confirm_of_complex_constants():
    given = {d: 3, A: rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))}
    square = sp.Trace(sp.Adjoint(A) * W * A * W.T)
    assert confirm(square, given, samples=2000, rng=2)
    mean = sp.Trace(A) * sp.Trace(sp.Adjoint(A)) / d
    assert confirm(square, given, claim=mean, samples=2000, rng=2)
    assert not confirm(square, given, claim=sp.Trace(A) ** 2 / d, samples=2000, rng=2)
    # wrong in the imaginary part alone
    assert not confirm(square, given, claim=mean + sp.I / 2, samples=2000, rng=2)


def test_a_claim_of_small_d():
    expr = sp.Trace(W) ** 6
    claim = expect(expr, small_d=True)
    assert isinstance(claim, sp.Piecewise)
    for size in (1, 2, 3):
        assert confirm(expr, {d: size}, claim=claim, samples=4000, rng=1)
    assert not confirm(expr, {d: 2}, claim=15, samples=4000, rng=1)


def test_what_does_not_vary_agrees_up_to_rounding_only():
    gap = sp.Trace(W * W.T) - d
    assert confirm(gap, {d: 30}, samples=50, rng=1)
    assert confirm(gap, {d: 30}, claim=0, samples=50, rng=1)
    assert not confirm(gap, {d: 30}, claim=sp.Rational(1, 10**9), samples=50, rng=1)
    assert confirm(sp.Determinant(W) ** 2, {d: 5}, claim=1, samples=50, rng=1)
    assert not confirm(sp.Trace(A), {d: 5, A: np.eye(5)}, claim=d + sp.Rational(1, 10**8), rng=1)


def test_small_values_are_tested_too():
    tiny = sp.Rational(1, 10**14) * W[0, 0] ** 2
    assert confirm(tiny, {d: 4}, samples=4000, rng=1)
    assert not confirm(tiny, {d: 4}, claim=sp.Rational(2, 10**14) / d, samples=4000, rng=1)


@pytest.mark.campaign
def test_the_threshold_is_a_level_over_all_entries():
    # at level erfc(1/√2) = 0.317 for all 25 entries together, most right matrices pass
    expr, seeds = W * A * W.T, range(60)
    passed = sum(bool(confirm(expr, VALUES, samples=40, rng=s, threshold=1)) for s in seeds)
    assert 0.5 < passed / len(seeds) < 0.95
    # with two samples the mean in standard errors has Cauchy's distribution
    passed = sum(bool(confirm(W[0, 0], {d: 9}, samples=2, rng=s, threshold=2)) for s in range(200))
    assert passed >= 180
    for bad in (0, -1, np.nan, np.inf, "5", None, 31, True):
        with pytest.raises(InvalidInputError, match="threshold must be a number of standard err"):
            confirm(W[0, 0], {d: 2}, samples=5, threshold=bad)


def test_a_heavy_tail_is_no_disagreement():
    # what makes up E W_00^k, k large, is in no sample: z exceeds any limit
    for power, seed in ((12, 3), (20, 0), (30, 0), (30, 5)):
        verdict = confirm(W[0, 0] ** power, {d: 50}, samples=400, rng=seed)
        assert not verdict.decided
        assert not verdict
        assert str(verdict).startswith("undecided")
        assert "the tail is too heavy for 400 samples" in str(verdict)
        assert verdict.estimate.heavy_tail
    # 1/W_00 has no mean: the estimate says what a verdict would
    found = estimate(1 / W[0, 0], {d: 3}, samples=2000, rng=0)
    assert found.heavy_tail
    assert str(found).endswith("seed=0, heavy_tail=True): the tail is too heavy for 2000 samples")
    assert "the tail is too heavy" in found._repr_html_()
    assert Estimate.merge([found, found]).heavy_tail
    # what does not vary but by rounding has no tail
    for light in (W * W.T, W[0, 0] ** 2, sp.Trace(W * W.T)):
        found = estimate(light, {d: 3}, samples=2000, rng=0)
        assert not found.heavy_tail
        assert "tail" not in str(found) + found._repr_html_()
    # E u^4 = 3/35 at d = 5; its tail is light, and the limit stays near the threshold
    plain = confirm(W[0, 0] ** 4, {d: 5}, samples=20_000, rng=1)
    assert plain
    assert plain.limit < 5.2


def test_a_matrix_without_entries_is_refused():
    for ask in (estimate, confirm):
        with pytest.raises(InvalidInputError, match="expr must have an entry"):
            ask(sp.zeros(0, 0), samples=10)


def test_claims_are_formulas_of_the_right_shape():
    with pytest.raises(InvalidInputError, match="claim must not be random"):
        confirm(W[0, 0], {d: 2}, claim=W[0, 0], samples=5)
    with pytest.raises(InvalidInputError, match=r"claim must have the shape \(5, 5\)"):
        confirm(W * A, VALUES, claim=0, samples=5)
    with pytest.raises(InvalidInputError, match="must be a SymPy expression, not text"):
        confirm(W[0, 0], {d: 2}, claim="0", samples=5)
    assert confirm(v.T * W * v, VALUES, claim=0, samples=100, rng=1)


def test_conditions_are_sampled():
    half = sp.Piecewise((W[0, 0] ** 2, W[0, 0] > 0), (0, True))
    assert confirm(half, {d: 3}, claim=sp.Rational(1, 6), samples=4000, rng=1)
    assert not confirm(half, {d: 3}, claim=sp.Rational(1, 5), samples=4000, rng=1)


class Slow(ThreadPoolExecutor):
    """An executor whose work takes a while."""

    def submit(self, fn, /, *args, **kwargs):
        def late():
            time.sleep(0.02)
            return fn(*args, **kwargs)

        return super().submit(late)


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_a_time_ends_the_sampling(monkeypatch, tmp_path, workers):
    monkeypatch.setattr(draws, "_BLOCK_SAMPLES", 500)
    with Slow(workers) if workers else contextlib.nullcontext() as executor:
        options = {"samples": 10**6, "rng": 3, "executor": executor}
        begun = time.monotonic()
        short = estimate(W[0, 0] ** 2, {d: 3}, seconds=0.1, **options)
        assert time.monotonic() - begun < 2
        assert 500 <= short.samples < 10**6
        assert short.samples % 500 == 0
        # the draws are the first ones of a longer run
        assert short == estimate(W[0, 0] ** 2, {d: 3}, samples=short.samples, rng=3)
        least = estimate(W[0, 0] ** 2, {d: 3}, seconds=0, **options)
        # what is being drawn is kept, too
        assert least.samples == 500 if executor is None else least.samples <= 32 * 500
        assert confirm(W[0, 0] ** 2, {d: 3}, seconds=0.05, rtol=1e-6, **options)
        # with a checkpoint the same call draws on
        path = tmp_path / "run.ckpt"
        counts = [
            estimate(W[0, 0] ** 2, {d: 3}, seconds=0.05, checkpoint=path, **options).samples
            for _ in range(2)
        ]
        assert counts[0] < counts[1]


def test_a_time_leaves_two_samples_at_least(monkeypatch):
    monkeypatch.setattr(draws, "_BLOCK_SAMPLES", 1)
    assert estimate(W[0, 0], {d: 3}, samples=10, seconds=0, rng=1).samples == 2
    for seconds in (-1, "1", float("nan"), True):
        with pytest.raises(InvalidInputError, match="seconds must be a number of seconds >= 0"):
            estimate(W[0, 0], {d: 3}, seconds=seconds)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_finite_is_no_verdict(seed):
    rare = sp.log(W[0, 0] + sp.Rational(3, 4))  # W[0, 0] is uniform between -1 and 1
    with pytest.raises(InvalidInputError, match="logarithm of what may be negative"):
        confirm(rare, {d: 3}, claim=0, samples=2, rng=seed)
    with pytest.raises(InvalidInputError, match="must be finite in every sample; got 'nan or inf"):
        estimate(sp.exp(1000 / W[0, 0]), {d: 3}, samples=50, rng=seed)
