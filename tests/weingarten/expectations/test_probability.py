"""sympy.stats reaches the engine."""

import pytest
import sympy as sp
from sympy import stats
from sympy.stats import E, Expectation, Variance

from tests.tiers import heavy_apart
from weingarten import (
    HaarOrthogonal,
    InvalidInputError,
    confirm,
    derivation,
    estimate,
    expect,
    expect_einsum,
)

d = sp.Symbol("d", integer=True, positive=True)
W, V = HaarOrthogonal("W", d), HaarOrthogonal("V", d)
A = sp.MatrixSymbol("A", d, d)


def test_expectation_of_scalars():
    assert E(sp.Trace(W) ** 2) == 1
    assert E(W[0, 0] ** 4 + 2 * sp.Trace(W * A) ** 2) == expect(
        W[0, 0] ** 4 + 2 * sp.Trace(W * A) ** 2
    )
    assert Expectation(sp.Trace(W) ** 4).doit() == 3
    assert E(sp.Trace(W * V) ** 2) == 1


def test_expectation_of_matrices():
    assert E(W * A * W.T) == sp.Trace(A) / d * sp.Identity(d)


def test_variance_of_a_trace():
    assert Variance(sp.Trace(W)).rewrite(Expectation).doit() == 1


X = stats.Normal("X", 0, 1)
Y = stats.Poisson("Y", 3)
Z = stats.Exponential("Z", 2)
x = sp.MatrixSymbol("x", d, 1)
k = sp.Symbol("k", integer=True)

# moments by hand: E X^2, X^4 = 1, 3; E Y, Y^2 = 3, 12; E Z = 1/2, E Z^2 = 1/2
INDEPENDENT = {
    "scalar": (X**2 * W[0, 0] ** 2, 1 / d),
    "sum": ((X + W[0, 0]) ** 4, 3 + 6 / d + 3 / (d * (d + 2))),
    "discrete": (Y**2 * Z * W[0, 0] ** 2 + Y, 6 / d + 3),
    "power of a sum": ((X + Y * W[0, 0]) ** 2, 1 + 12 / d),
    "only the rest": (X**4, 3),
    "product of sums": ((X + 1) * (X + 2), 3),
    "under a sum": (sp.Sum((X + k) * W[k, 0] ** 2, (k, 0, d - 1)), (d - 1) / 2),
    "function": (sp.exp(X * sp.Trace(A)) * W[0, 0] ** 2, sp.exp(sp.Trace(A) ** 2 / 2) / d),
    "in a matrix": (sp.Trace(sp.Matrix([[X, 1], [1, X]]) ** 2) * W[0, 0] ** 2, 4 / d),
}


@pytest.mark.parametrize("name", heavy_apart(INDEPENDENT, "function".__eq__))
def test_other_random_symbols_are_averaged(name):
    expr, mean = INDEPENDENT[name]
    assert sp.simplify(expect(expr) - mean) == 0
    if not expr.has(sp.Sum):  # which SymPy tries to telescope first
        assert sp.simplify(E(expr) - mean) == 0


def test_random_coefficients_of_matrices():
    assert expect(X**2 * W * A * W.T + X * A) == sp.Trace(A) / d * sp.Identity(d)
    assert expect(sp.Matrix([[X * W[0, 0], Y], [X**2, 1]])) == sp.Matrix([[0, 3], [1, 1]])
    assert expect_einsum(",ij,ij->", X**2, W, W) == d
    assert expect_einsum(",ia,ib,ic->iabc", X, W, W, W).expr == 0


def test_variances_and_what_follows_from_expectations():
    assert sp.simplify(stats.variance(X + W[0, 0]) - 1 - 1 / d) == 0
    assert stats.covariance(X * W[0, 0], X * W[0, 0]) == 1 / d
    assert sp.simplify(stats.correlation(W[0, 0] ** 2, W[0, 1] ** 2) + 1 / (d - 1)) == 0
    assert stats.moment(W[0, 0], 4) == 3 / (d * (d + 2))
    assert stats.skewness(W[0, 0]) == 0
    assert sp.simplify(stats.kurtosis(W[0, 0]) - 3 * d / (d + 2)) == 0


def test_random_symbols_are_sampled():
    # E (X + W_00)^4 = 3 + 6/3 + 3/15 at d = 3
    quartic = (X + W[0, 0]) ** 4
    assert confirm(quartic, {d: 3}, claim=sp.Rational(26, 5), samples=40_000, rng=1)
    assert not confirm(quartic, {d: 3}, claim=6, samples=40_000, rng=1)
    spread = stats.Normal("X", 0, sp.Symbol("s", positive=True))
    given = {d: 3, sp.Symbol("s", positive=True): 2}
    assert confirm(spread**2 * W[0, 0] ** 2, given, claim=sp.Rational(4, 3), samples=9000, rng=1)
    with pytest.raises(InvalidInputError, match="random symbols that SymPy can sample; X is none"):
        estimate(spread * W[0, 0], {d: 3}, samples=5)


@pytest.mark.campaign
def test_random_vectors_are_sampled():
    pair = stats.Normal("P", [0, 1], [[1, sp.Rational(1, 2)], [sp.Rational(1, 2), 1]])
    assert confirm(pair[0] * pair[1] * W[0, 0] ** 2, {d: 3}, samples=9000, rng=1)


ensemble = stats.GaussianOrthogonalEnsemble("G", d)
parent = stats.Normal("X", 0, 1)
poisson, wiener = stats.PoissonProcess("N", 3), stats.WienerProcess("B")


@pytest.mark.parametrize(
    ("expr", "name"),
    [
        (stats.Cauchy("C", 0, 1) * W[0, 0] ** 2, "C"),
        (stats.Pareto("R", 1, 1) * W[0, 0] ** 2, "R"),
        (sp.Trace(ensemble * W * A * W.T), "G"),
        (sp.Trace(ensemble * W) ** 2, "G"),
        (ensemble * sp.Trace(W) ** 2, "G"),
        (poisson(2) * poisson(3) * W[0, 0] ** 2, r"N\(2\), N\(3\)"),
        (wiener(1) * wiener(2) * W[0, 0] ** 2, r"B\(1\), B\(2\)"),
        (stats.Normal("N", parent, 1) * parent * W[0, 0] ** 2, "N"),
    ],
)
def test_what_sympy_cannot_average_is_refused_by_name(expr, name):
    with pytest.raises(InvalidInputError, match=f"SymPy can average; {name} is none"):
        expect(expr)


def test_a_constant_of_the_same_name_stays_a_constant():
    same = sp.Symbol("X")
    mean = expect(sp.exp(X * same) * (X + same) * W[0, 0] ** 2)
    # E e^{Xs} = e^{s²/2} and E X e^{Xs} = s e^{s²/2}
    assert sp.simplify(mean - 2 * same * sp.exp(same**2 / 2) / d) == 0


def test_steps_show_the_mean_of_the_rest():
    steps = derivation(3 * X**2 * W[0, 0] ** 2)
    assert "E[3*X**2] E[W[0, 0]**2]" in str(steps)
    assert str(steps).endswith("E = 3/d")
    assert r"\mathbb{E}_{X}\left[3 X^{2}\right]\,\mathbb{E}_{W}" in steps.latex()


def test_values_of_processes():
    coin = stats.BernoulliProcess("C", p=sp.Rational(1, 3))
    assert expect(coin[1] * coin[2] ** 2 * W[0, 0] ** 2) == 1 / (9 * d)
    assert expect((poisson(2) + wiener(3) ** 2) * W[0, 0] ** 2) == 9 / d
    assert expect(poisson(2) * W[0, 0] ** 2 + poisson(3)) == 6 / d + 9


def test_one_name_is_one_random_symbol():
    with pytest.raises(InvalidInputError, match="must not use the name X for different random sym"):
        expect(X**2 * stats.Normal("X", 0, 2) * W[0, 0] ** 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: E(W[0, 0] ** 2, W[0, 0] > 0), "condition must not be given"),
        (lambda: stats.given(W[0, 0], W[0, 0] > 0), "condition must not be given"),
        (lambda: E(W[0, 0] ** 2, numsamples=10), "numsamples must not be given"),
        (lambda: stats.sample(W[0, 0]), "numsamples must not be given, nor sample called"),
        (lambda: stats.sample(W), "numsamples must not be given, nor sample called"),
        (lambda: stats.P(W[0, 0] > 0), "condition has no exact probability"),
        (lambda: stats.where(W[0, 0] > 0), "condition has no exact probability"),
        (lambda: stats.density(W), "expr has no density"),
        (lambda: stats.density(W[0, 0]), "expr has no density"),
        (lambda: stats.entropy(W[0, 0]), "expr has no density"),
        (lambda: stats.cdf(W[0, 0]), "expr has no distribution function"),
        (lambda: stats.characteristic_function(W[0, 0]), "expr has no distribution function"),
        (lambda: stats.variance(W * x), "expr must not be a power of a vector"),
        (lambda: stats.covariance(W * x, W * x), "expr must not be a power of a vector"),
    ],
)
def test_what_sympy_stats_cannot_have_is_refused(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()
