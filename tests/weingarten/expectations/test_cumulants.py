"""Cumulants of odd spellings: against integrals by hand, and means that share no code with them."""

import numpy as np
import pytest
import sympy as sp
from sympy.utilities.iterables import multiset_partitions

from weingarten import (
    Budget,
    CostLimitError,
    HaarOrthogonal,
    HaarUnitary,
    InvalidInputError,
    covariance,
    cumulant,
    evaluate,
    expect,
    joint_cumulant,
    sample_haar,
    variance,
)
from weingarten.budget import DEFAULT_MAX_COST
from weingarten.expectations import cumulants

d = sp.Symbol("d", integer=True, positive=True)
W = HaarOrthogonal("W", d)
A = sp.MatrixSymbol("A", d, d)
x, y = (sp.MatrixSymbol(name, d, 1) for name in "xy")
rng = np.random.default_rng(3)
GIVEN = {d: 3, A: rng.normal(size=(3, 3)), x: rng.normal(size=(3, 1)), y: rng.normal(size=(3, 1))}
PLAIN = x.T * W * y


def lengths():
    return (float(np.sum(GIVEN[v] ** 2)) for v in (x, y))


def test_one_by_one_matrices_are_scalars():
    # xᵀWy is |x||y| times a coordinate u of the sphere: at d = 3 uniform on [-1, 1], and its
    # cumulants of order 2 and 4 are 1/3 and 1/5 - 3/9
    one, two = lengths()
    assert evaluate(variance(PLAIN), GIVEN) == pytest.approx(one * two / 3)
    assert evaluate(cumulant(PLAIN, 4), GIVEN) == pytest.approx(-2 * (one * two) ** 2 / 15)
    assert cumulant(PLAIN, 1) == 0
    # E W_00 xᵀWy = x_0 y_0 / d
    mixed = evaluate(covariance(PLAIN, W[0, 0]), GIVEN)
    assert mixed == pytest.approx(float(GIVEN[x][0, 0] * GIVEN[y][0, 0]) / 3)
    assert evaluate(joint_cumulant([PLAIN, sp.Trace(PLAIN)]), GIVEN) == pytest.approx(one * two / 3)
    explicit = sp.Matrix([[W[0, 0] + 2]])
    assert variance(explicit) == 1 / d
    assert cumulant(explicit, 1) == 2
    with pytest.raises(InvalidInputError, match="must be scalar"):
        variance(W * x)
    with pytest.raises(InvalidInputError, match="must be scalar"):
        variance(sp.Matrix([[W[0, 0], 1]]))


CONSTANTS = {
    "function": sp.exp(sp.Trace(A) / 9),
    "denominator": 1 / (2 + sp.Trace(A) ** 2),
    "modulus": sp.Abs(sp.Trace(A)),
    "conjugate": sp.conjugate(sp.Trace(A)) ** 2,
    "determinant": sp.Determinant(A),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_of_any_form(name):
    factor = CONSTANTS[name]
    value = evaluate(factor, GIVEN)
    spread = variance(factor * W[0, 0] + sp.Trace(A) * W[0, 1])
    expected = (value**2 + np.trace(GIVEN[A]) ** 2) / 3
    assert evaluate(spread, GIVEN) == pytest.approx(expected)


def test_the_imaginary_unit_makes_a_variance_a_spread():
    assert variance(W[0, 0] + sp.I * W[0, 1]) == 2 / d
    assert variance(sp.I * sp.Trace(W)) == covariance(sp.I * sp.Trace(W), sp.I * sp.Trace(W)) == 1
    assert covariance(W[0, 0], sp.I * W[0, 0]) == -sp.I / d
    matrix = sp.Matrix([[1, sp.I], [0, 2]])
    assert variance(sp.Trace(HaarOrthogonal("W", 2) * matrix)) == 3


def test_complex_constants_are_not_conjugated():
    c = sp.Symbol("c")
    given = {d: 3, c: 1 + 2j, A: GIVEN[A] + 1j * rng.normal(size=(3, 3))}
    entry = c * W[0, 0] + 1
    assert evaluate(variance(entry), given) == pytest.approx((1 + 2j) ** 2 / 3)
    modulus = evaluate(covariance(entry, sp.conjugate(entry)), given)
    assert modulus == pytest.approx(5 / 3)
    # E (tr AW)² = tr AAᵀ/d on samples
    turns = sample_haar(3, 20_000, rng=1)
    traces = np.trace(given[A] @ turns, axis1=1, axis2=2)
    exact = evaluate(variance(sp.Trace(A * W)), given)
    assert exact == pytest.approx(np.sum(given[A] ** 2) / 3)
    assert abs(np.mean(traces**2) - exact) < 5 * np.std(traces**2) / np.sqrt(len(traces))
    modulus = covariance(sp.Trace(A * W), sp.conjugate(sp.Trace(A * W)))
    assert evaluate(modulus, given) == pytest.approx(np.sum(abs(given[A]) ** 2) / 3)
    assert abs(np.mean(abs(traces) ** 2) - np.sum(abs(given[A]) ** 2) / 3) < 0.2


def test_moduli_of_random_scalars():
    # tr W is Gaussian to fourth order: E |tr W|^2 = 1, E |tr W|^4 = 3
    assert variance(sp.Abs(sp.Trace(W)) ** 2) == 2
    assert covariance(sp.conjugate(sp.Trace(W)), sp.Trace(W)) == 1


def test_products_of_means_are_collected_with_their_coefficients():
    s, t, z = sp.symbols("s t z")
    names = {s, t}
    value = (s / z + (z - 1) * (t + s * t) / (z + 1)) ** 2 * (1 + s) - z * s**2 * (s - t) + 3 * z
    found = cumulants._in_names(value, names)
    assert all(coefficient.free_symbols <= {z} for coefficient in found.values())
    assert all((product.free_symbols or names) <= names for product in found)
    assert sp.expand(sp.Add(*(k * c for k, c in found.items())) - value).equals(0)


def test_conjugates_make_a_variance_a_spread():
    spread = sp.Trace(A * A.H) / d
    assert variance(sp.Trace(W * A.H)) == variance(sp.conjugate(sp.Trace(W * A))) == spread
    assert variance(sp.Trace(W * A)) == sp.Trace(A * A.T) / d
    array = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    expr = sp.conjugate(sp.Trace(W * A)) * W[0, 0]
    value = evaluate(variance(expr).subs(d, 3), {sp.MatrixSymbol("A", 3, 3): array})
    assert np.isclose(value.imag, 0)
    assert value.real > 0


def test_a_variance_of_many_terms_says_what_it_takes():
    U, B = HaarUnitary("U", d), sp.MatrixSymbol("B", d, d)
    expr = sp.Trace((U * A * U.H * B) ** 2)
    budget = Budget(60)
    assert len(variance(expr, max_cost=budget).args) == 100
    predicted = sum(cost.seconds for cost in budget.predicted.values())
    assert 0.05 < predicted < 1


def test_cumulants_of_an_entry_are_those_of_its_law():
    for order in (2, 10, 40):
        found = cumulant(W[0, 0], order, max_cost=5)
        # a sign, and a number that is uniform between -1 and 1
        bernoulli = sp.bernoulli(order) * 2**order / order
        assert found.subs(d, 1) == bernoulli * (2**order - 1)
        assert found.subs(d, 3) == bernoulli


def test_cumulants_of_repeated_factors_are_sums_over_partitions():
    factors = [W[0, 0] ** 2, W[0, 0] ** 2, W[0, 1] ** 2, W[0, 0] * W[1, 1], W[0, 0] * W[1, 1]]
    total = sp.Add(*(
        (-1) ** (len(blocks) - 1)
        * sp.factorial(len(blocks) - 1)
        * sp.Mul(*(expect(sp.Mul(*(factors[k] for k in block))) for block in blocks))
        for blocks in multiset_partitions([*range(5)])
    ))  # fmt: skip
    assert sp.cancel(joint_cumulant(*factors) - total) == 0
    assert total != 0


def test_an_order_that_is_too_high_is_refused_at_once():
    with pytest.raises(CostLimitError, match="a cumulant of order 2000"):
        cumulant(W[0, 0], 2000)


def test_many_different_factors_are_predicted_before_they_are_listed():
    with pytest.raises(CostLimitError, match="a cumulant of 40 factors"):
        joint_cumulant(*(W[0, k] ** 2 for k in range(40)))
    # what was within reach of a sum over partitions stays so
    assert cumulants._recursion_seconds([1] * 11) < DEFAULT_MAX_COST
