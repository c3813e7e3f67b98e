"""Moments of W Λ Wᵀ against sums over all pairings, contractions, spheres and sampled matrices."""

from fractions import Fraction
from math import factorial, prod

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from weingarten import CostLimitError, InvalidInputError, conjugation_moment, diagonal_moment
from weingarten.calculus.gram import gram_inverse_by_type
from weingarten.combinatorics.pairings import coset_type, pairings
from weingarten.sampled.running_means import Estimate
from weingarten.sampled.sampling import sample_haar

d = sp.Symbol("d")
p1, p2, p3 = sp.symbols("p1:4")


def index_pairs(max_order, labels):
    label = st.integers(0, labels - 1)
    return st.lists(st.tuples(label, label), max_size=max_order)


def even_index_pairs(max_order, labels):
    """Pairs in which every label occurs an even number of times: closed walks."""
    walks = st.lists(st.integers(0, labels - 1), min_size=1, max_size=max_order)
    return walks.map(lambda walk: list(zip(walk, [*walk[1:], walk[0]], strict=True)))


def by_listing(indices, dimension):
    """Σ_{p,q} δ_p(i_1 j_1 …) Wg(p, q) Π tr Λ^parts of ct(q, p0), all pairings listed."""
    n = len(indices)
    labels = [label for pair in indices for label in pair]
    weights = gram_inverse_by_type(n, dimension)
    base = [(2 * a, 2 * a + 1) for a in range(n)]
    listed = list(pairings(n))
    powers = [sp.Mul(*(sp.Symbol(f"p{part}") for part in coset_type(q, base))) for q in listed]
    return sp.Add(
        *(
            weights[coset_type(p, q)] * power
            for p in listed
            if all(labels[a] == labels[b] for a, b in p)
            for q, power in zip(listed, powers, strict=True)
        )
    )


@settings(max_examples=40)
@given(
    st.one_of(index_pairs(3, 3), even_index_pairs(3, 3)),
    st.sampled_from([3, 4, 7, d, 2 * d + 1]),
)
def test_agrees_with_listing_all_pairings(indices, dimension):
    difference = conjugation_moment(indices, dimension) - by_listing(indices, dimension)
    assert sp.simplify(difference) == 0


@pytest.mark.parametrize("dimension", [2, 3, d])
@pytest.mark.parametrize(
    "indices", [[(0, 0)] * 4, [(0, 1)] * 4, [(0, 1), (0, 1), (0, 0), (1, 1)], [(0, 0), (1, 1)] * 2]
)
def test_order_four_agrees_with_listing(indices, dimension):
    difference = conjugation_moment(indices, dimension) - by_listing(indices, dimension)
    assert sp.simplify(difference) == 0


def traces(eigenvalues, order):
    return {f"p{k}": sp.Add(*(x**k for x in eigenvalues)) for k in range(1, order + 1)}


@settings(max_examples=15)
@given(even_index_pairs(4, 3), st.lists(st.integers(-3, 3), min_size=3, max_size=4))
def test_the_trace_of_one_more_factor(indices, eigenvalues):
    # Σ_i H_ii = p1 and Σ_ij H_ij² = p2 inside any average, with actual eigenvalues, also d < n
    size = len(eigenvalues)
    values = traces([sp.Integer(x) for x in eigenvalues], len(indices) + 2)

    def mean(pairs):
        return conjugation_moment(pairs, size).subs(values)

    known = mean(indices)
    assert sum(mean([*indices, (i, i)]) for i in range(size)) == values["p1"] * known
    squares = sum(mean([*indices, (i, j), (i, j)]) for i in range(size) for j in range(size))
    assert squares == values["p2"] * known


@given(index_pairs(5, 3), st.integers(3, 6))
def test_the_identity_is_invariant(indices, dimension):
    for size in (dimension, d):
        value = conjugation_moment(indices, size)
        at_identity = value.subs({f"p{k}": size for k in range(1, 6)})
        assert sp.cancel(at_identity) == int(all(i == j for i, j in indices))


@given(st.integers(0, 7), st.integers(-5, 5))
def test_in_one_dimension_nothing_is_random(order, eigenvalue):
    values = traces([sp.Integer(eigenvalue)], max(order, 1))
    expected = sp.Integer(eigenvalue) ** order
    assert conjugation_moment([(0, 0)] * order, 1).subs(values) == expected
    assert diagonal_moment(order, 1).subs(values) == expected


@settings(max_examples=30)
@given(even_index_pairs(5, 4), st.permutations(range(4)), st.data())
def test_only_coincidences_of_indices_matter(indices, names, data):
    shuffled = data.draw(st.permutations(indices))
    renamed = [(names[j], names[i]) for i, j in shuffled]
    for dimension in (4, d):
        same = conjugation_moment(renamed, dimension) - conjugation_moment(indices, dimension)
        assert sp.cancel(same) == 0


@pytest.mark.campaign
@given(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=1, max_size=4), st.integers(0, 8))
def test_diagonal_moments_are_those_of_a_unit_vector(eigenvalues, order):
    # k!/(d/2)_k [t^k] Π (1 - λ_i t)^{-1/2}, each factor by the binomial series
    series = [Fraction(1)] + [Fraction(0)] * order
    for x in eigenvalues:
        # coefficients of (1 - x t)^{-1/2}: x^m (2m-1)!!/(2m)!!
        factor = [Fraction(1)]
        for m in range(1, order + 1):
            factor.append(factor[-1] * x * Fraction(2 * m - 1, 2 * m))
        series = [sum(series[k - m] * factor[m] for m in range(k + 1)) for k in range(order + 1)]
    rising = prod((Fraction(len(eigenvalues) + 2 * m, 2) for m in range(order)), start=Fraction(1))
    expected = factorial(order) * series[order] / rising
    exact = [sp.Rational(x.numerator, x.denominator) for x in eigenvalues]
    values = traces(exact, max(order, 1))
    result = sp.Rational(expected.numerator, expected.denominator)
    assert diagonal_moment(order, len(exact)).subs(values) == result
    assert conjugation_moment([(0, 0)] * order, len(exact)).subs(values) == result


@pytest.mark.parametrize("order", range(9))
def test_both_forms_of_diagonal_moments_agree_symbolically(order):
    difference = diagonal_moment(order, d) - conjugation_moment([(0, 0)] * order, d)
    assert sp.simplify(difference) == 0


def test_published_variances():
    # theory F1 and F2: Var a_j = 2v/(d+2) and E H_12² = d v/((d-1)(d+2)), v = p2/d - p1²/d²
    v = p2 / d - p1**2 / d**2
    variance = conjugation_moment([(0, 0), (0, 0)], d) - (p1 / d) ** 2
    assert sp.simplify(variance - 2 * v / (d + 2)) == 0
    covariance = conjugation_moment([(0, 0), (1, 1)], d) - (p1 / d) ** 2
    assert sp.simplify(covariance + 2 * v / ((d + 2) * (d - 1))) == 0
    square = conjugation_moment([(0, 1), (1, 0)], d)
    assert sp.simplify(square - d * v / ((d - 1) * (d + 2))) == 0


def test_results_are_in_factored_form():
    assert str(conjugation_moment([(0, 1), (0, 1)], d)) == "(d*p2 - p1**2)/(d*(d - 1)*(d + 2))"
    assert str(conjugation_moment([(0, 0)], d)) == "p1/d"
    assert conjugation_moment([], d) == 1
    assert conjugation_moment([(0, 1)], d) == 0
    assert isinstance(conjugation_moment([], 3), sp.Expr)


@pytest.mark.parametrize("dimension", [3, 5])
def test_sampled_matrices_confirm(dimension):
    eigenvalues = np.linspace(-2.0, 0.5, dimension) ** 3
    w = sample_haar(dimension, 40_000, rng=dimension)
    h = np.einsum("bij,j,bkj->bik", w, eigenvalues, w)
    patterns = [
        [(0, 0)] * 3,
        [(0, 1), (1, 2), (2, 0)],
        [(0, 1), (0, 1), (2, 2)],
        [(0, 1)] * 4,
        [(0, 0), (1, 1), (2, 2)],
        [(0, 1), (1, 2), (0, 1), (1, 2)],
    ]
    for indices in patterns:
        exact = conjugation_moment(indices, dimension)
        value = float(exact.subs(traces(eigenvalues, len(indices))))
        estimate = Estimate.from_samples(np.prod([h[:, i, j] for i, j in indices], axis=0))
        assert abs(estimate.zscore(value)) < 4.5
        assert abs(estimate.zscore(0)) > 10  # the check has something to measure


@pytest.mark.parametrize(
    ("indices", "dimension", "argument"),
    [
        ([(0, 3)], 3, "indices"),
        ([(0, -1)], d, "indices"),
        ([(0, 1.0)], d, "indices"),
        ([(0, sp.Symbol("i"))], d, "indices"),
        ([(0, 1, 2)], d, "indices"),
        ([0, 1], d, "indices"),
        (["01"], d, "indices"),
        ("01", d, "indices"),
        (None, d, "indices"),
        ([(0, 0)], 0, "d"),
        ([(0, 0)], 2.0, "d"),
        ([(0, 0)], "d", "d"),
    ],
)
def test_bad_input_is_named(indices, dimension, argument):
    with pytest.raises(InvalidInputError) as error:
        conjugation_moment(indices, dimension)
    assert error.value.argument == argument


@pytest.mark.parametrize(("k", "dimension", "argument"), [(-1, d, "k"), (1.0, d, "k"), (1, 0, "d")])
def test_diagonal_moments_name_bad_input(k, dimension, argument):
    with pytest.raises(InvalidInputError) as error:
        diagonal_moment(k, dimension)
    assert error.value.argument == argument


def test_hopeless_requests_are_refused():
    with pytest.raises(CostLimitError):
        conjugation_moment([(0, 0)] * 60, d)
    with pytest.raises(CostLimitError):
        diagonal_moment(150, d)


@pytest.mark.parametrize("name", ["p1", "p2", "p17"])
def test_the_dimension_is_no_power_sum(name):
    for d in (sp.Symbol(name), 2 * sp.Symbol(name, positive=True) + 1):
        for call in (
            lambda d=d: conjugation_moment([(0, 0)], d),
            lambda d=d: diagonal_moment(1, d),
        ):
            with pytest.raises(InvalidInputError, match="d must not be named like the power sums"):
                call()
    assert diagonal_moment(1, sp.Symbol("p")) == sp.Symbol("p1") / sp.Symbol("p")
