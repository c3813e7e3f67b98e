"""The recursion on trace words and the tensors near isometry, against independent computations."""

from fractions import Fraction
from itertools import product
from time import process_time

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.diagonal import DiagonalMatrix

from bn_theory import formula
from bn_theory.laws.common.invariants import canonical_trace, layer_map, trace_words
from bn_theory.laws.common.recursions import closed_form, iterate
from bn_theory.laws.isometric_gradients.derive import isometric_depth
from bn_theory.laws.isometric_moments.derive import (
    isometric_moment,
    isometric_moment_at,
    isometric_moment_limit,
    isotropic_start,
)
from tests.bn_theory.laws.invariants_by_hand import layer_map_by_hand
from tests.tiers import heavy
from weingarten import GaussianMatrix, expect
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.sampled.sampling import sample_haar

D, M = sp.symbols("d L")


def _parts(matrix):
    return (matrix + matrix.swapaxes(-1, -2)) / 2, (matrix - matrix.swapaxes(-1, -2)) / 2


def _value(word, symmetric, skew):
    total = 1.0
    for trace in word:
        matrix = np.eye(symmetric.shape[-1])
        for letter in trace:
            matrix = matrix @ (symmetric if letter == "S" else skew)
        total = total * np.trace(matrix, axis1=-2, axis2=-1)
    return total


@pytest.mark.parametrize("degree", [(2, 0), (0, 2), (4, 0), (2, 2), (2, 4), heavy((4, 2))])
def test_layer_map_agrees_with_sampled_conjugations(degree):
    width, rng = 5, np.random.default_rng(sum(degree))
    matrix = rng.standard_normal((width, width)) / 2
    matrix -= np.eye(width) * np.trace(matrix) / width
    weight = sample_haar(width, size=(40_000,), rng=rng)
    rotated = weight @ matrix @ weight.swapaxes(-1, -2)
    rotated = rotated * (1 - np.eye(width))
    words, transfer = layer_map(*degree, width)
    start = np.array([_value(word, *_parts(matrix)) for word in words])
    predicted = np.array(transfer.tolist(), dtype=float) @ start
    for word, expected in zip(words, predicted, strict=True):
        draws = _value(word, *_parts(rotated))
        error = draws.std() / len(draws) ** 0.5
        assert abs(draws.mean() - expected) <= 5 * error + 1e-9 * abs(expected)


@pytest.mark.parametrize("degree", [(2, 0), (0, 2), (2, 2), (4, 0), (0, 4), (0, 6)])
def test_the_isotropic_start_is_what_the_engine_says_of_a_gaussian_matrix(degree):
    size = sp.Symbol("d", integer=True, positive=True)
    gaussian = GaussianMatrix("A", size, size)
    symmetric = (gaussian + gaussian.T) / 2
    letters = {"S": symmetric - DiagonalMatrix(symmetric), "B": (gaussian - gaussian.T) / 2}
    half = sum(degree) // 2
    norms = sp.Mul(*(D**2 + 2 * i for i in range(half)))  # E‖A‖^(2 half)
    for word in trace_words(*degree):
        traces = (sp.Trace(sp.MatMul(*(letters[x] for x in letters_))) for letters_ in word)
        asked = expect(sp.Mul(*traces)).xreplace({size: D})
        assert sp.factor(asked / norms - isotropic_start(word, D)) == 0


def test_antisymmetric_words_are_invariant():
    for degree in (2, 4):
        _, transfer = layer_map(0, degree, D)
        assert transfer == sp.eye(transfer.rows)


@pytest.mark.parametrize(
    "degree", [(2, 2), (4, 0), (1, 4), (0, 6), (2, 4), heavy((4, 2)), heavy((6, 0))]
)
def test_the_layer_map_is_that_of_a_sum_over_pairings_by_hand(degree):
    for width in (6, 9):
        assert layer_map(*degree, width) == layer_map_by_hand(*degree, width)


@pytest.mark.parametrize("width", [1, 2, heavy(3), heavy(4), heavy(5)])
def test_at_a_small_width_both_give_the_same_numbers(width):
    """Words depend on one another there, so that matrices may differ."""
    matrix = np.random.default_rng(width).standard_normal((width, width))
    matrix -= np.eye(width) * np.trace(matrix) / width
    for degree in ((2, 2), (4, 0), (2, 4), (6, 0)):
        words, transfer = layer_map(*degree, width)
        start = np.array([_value(word, *_parts(matrix)) for word in words])
        found, expected = (
            np.array(x.tolist(), dtype=float) @ start
            for x in (transfer, layer_map_by_hand(*degree, width)[1])
        )
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_trace_words_count_invariants():
    # necklaces of two letters up to reversal, and their products
    assert [len(trace_words(s, 4 - s)) for s in range(5)] == [2, 0, 3, 0, 2]
    assert canonical_trace("SBS")[1] == 0


def test_first_moment_is_the_known_law():
    assert sp.simplify(isometric_moment(D, 1) - isometric_depth(D)) == 0


@pytest.mark.parametrize("width", [4, 7, 16])
def test_closed_form_agrees_with_the_iterated_recursion(width):
    for depth in (1, 2, 5):
        closed = isometric_moment(width, 2).subs(M, depth)
        assert abs(sp.N(closed - isometric_moment_at(width, 2, depth), 30)) < 1e-25
    symbolic = isometric_moment(D, 2).subs({D: width, M: 5})
    assert abs(sp.N(symbolic - isometric_moment_at(width, 2, 5), 30)) < 1e-25


def test_moments_are_those_of_a_law_on_the_unit_interval():
    for width, depth in product((2, 3, 4, 8), (1, 3)):
        first = isometric_moment_at(width, 1, depth)
        second = isometric_moment_at(width, 2, depth)
        assert first**2 < second < first


def test_limit_is_the_moment_of_the_antisymmetric_part():
    for k in (1, 2):
        limit = isometric_moment_limit(D, k)
        assert abs(limit.subs(D, 4) - sp.N(isometric_moment_at(4, k, 200))) < 1e-12
    # a Beta law: the share of d(d-1)/2 of the d² entries
    a, b = D * (D - 1) / 2, D**2
    third = sp.prod([(a / 2 + i) / (b / 2 + i) for i in range(3)])
    assert sp.simplify(isometric_moment_limit(D, 3) - third) == 0


def test_fixed_gradient_of_dimension_two_by_exact_integration():
    # O(2) as rotations and reflections: degree-4 averages over the angle are exact sums
    gradient = np.array([[1.0, 2.0], [0.0, 1.0]])
    angles = np.arange(16) * 2 * np.pi / 16
    c, s = np.cos(angles), np.sin(angles)
    total = 0.0
    for reflect in (1, -1):
        orthogonal = np.array([[c, -reflect * s], [s, reflect * c]]).transpose(2, 0, 1)
        a = gradient @ orthogonal.transpose(0, 2, 1)
        total += np.mean((a[:, 0, 1] ** 2 + a[:, 1, 0] ** 2) ** 2) / 2
    exact = isometric_moment_at(2, 2, 1, sp.Matrix([[1, 2], [0, 1]]))
    assert abs(float(exact) - total / np.sum(gradient**2) ** 2) < 1e-12


def test_fixed_gradient_matters_and_is_confirmed():
    law = formula("backward.isometric_moment")
    given = {"d": 2, "depth": 3, "gradient": [[1, 2], [0, 1]]}
    assert law.evaluate(**given) != law.evaluate(d=2, depth=3)
    assert law.verify(samples=10_000, seed=3, **given).passed
    with pytest.raises(InvalidInputError, match="gradient must be left out of a conjecture"):
        law.with_expr(law.expr * 2).evaluate(**given)
    with pytest.raises(InvalidInputError, match="gradient must be a d×d matrix"):
        law.evaluate(d=3, depth=3, gradient=[[1, 2], [0, 1]])


def test_values_are_exact_and_orders_are_limited():
    value = formula("backward.isometric_moment(2)").evaluate(d=4, depth=5)
    assert isinstance(value, sp.Rational)
    assert formula("backward.isometric_moment").evaluate(d=4, depth=5, k=1) == formula(
        "backward.isometric_depth"
    ).evaluate(d=4, depth=5)
    with pytest.raises(InvalidInputError, match="k must be an integer >= 1 and <= 3"):
        formula("backward.isometric_moment").evaluate(d=4, depth=5, k=4)
    with pytest.raises(CostLimitError):
        isometric_moment(D, 4)


@pytest.mark.campaign
def test_integers_give_rationals_at_every_order():
    law = formula("backward.isometric_moment(3)")
    value = law.evaluate(d=4, depth=5)
    assert isinstance(value, sp.Rational)
    closed = isometric_moment(4, 3).subs(M, 5)
    assert abs(sp.N(closed - value, 30)) < 1e-25
    with pytest.raises(CostLimitError, match="pass an integer d="):
        law.evaluate(d=D, depth=30)


@pytest.mark.parametrize("order", [1, 2])
def test_a_symbolic_width_gives_a_rational_function_at_an_integer_depth(order):
    law = formula("backward.isometric_moment").at(k=order)
    value = law.evaluate(d=D, depth=4)
    assert value.is_rational_function(D)
    for width in (4, 9):
        assert value.subs(D, width) == law.evaluate(d=width, depth=4)


def test_a_wrong_diagonal_is_noticed():
    # planted: forgetting to remove the diagonal leaves the invariants unchanged
    words, transfer = layer_map(4, 0, 5)
    assert transfer != sp.eye(len(words))
    start = sp.Matrix([Fraction(1), Fraction(1, 2)])
    kept = closed_form(sp.eye(2), start, sp.Matrix([[1, 0]]), M)
    assert kept == 1


@pytest.mark.slow
def test_third_moment():
    law = formula("backward.isometric_moment(3)")
    for values in ({"d": 4, "depth": 2}, {"d": 6, "depth": 5}):
        verdict = law.verify(samples=20_000, seed=1, **values)
        assert verdict.passed, verdict


# ------------------------------------------------------------------ near isometry


@pytest.mark.campaign
def test_a_large_fixed_gradient_against_its_definition():
    """One layer removes the diagonal of ΓOᵀ: E‖∇‖⁴ = E(‖Γ‖² - Σ_i (ΓOᵀ)_ii²)², O Haar."""
    law = formula("backward.isometric_moment")
    started = process_time()
    gradient = np.random.default_rng(3).integers(-9, 9, (100, 100))
    value = float(law.evaluate(d=100, depth=1, gradient=gradient))
    assert process_time() - started < 60
    small = gradient[:3, :3]
    exact = float(law.evaluate(d=3, depth=1, gradient=small))
    frames = np.asarray(sample_haar(3, size=(200_000,), rng=np.random.default_rng(4)))
    kept = 1 - np.sum(np.einsum("ij,nij->ni", small, frames) ** 2, axis=1) / np.sum(small**2)
    assert abs(np.mean(kept**2) - exact) < 4 * np.std(kept**2) / len(kept) ** 0.5
    frames = np.asarray(sample_haar(100, size=(400,), rng=np.random.default_rng(5)))
    kept = 1 - np.sum(np.einsum("ij,nij->ni", gradient, frames) ** 2, axis=1) / np.sum(gradient**2)
    assert abs(np.mean(kept**2) - value) < 4 * np.std(kept**2) / len(kept) ** 0.5


@pytest.mark.parametrize("rows", [[[1, 1], [1, 0]], [[2, 1, 0], [0, 1, 3], [1, 0, -1]]])
def test_many_steps_by_factors_are_many_steps(rows):
    """Fibonacci's factor is irreducible, as is that of degree 3; rationals have a denominator."""
    size = len(rows)
    matrix = sp.Matrix(rows) * sp.Rational(2, 3)
    start, seen = sp.Matrix([1] + [2] * (size - 1)), sp.Matrix([[1] * size, [0] * (size - 1) + [5]])
    for steps in (200, 201, 333):
        assert iterate(matrix, start, seen, steps) == seen * matrix**steps * start
    # what repeats a factor, and what does nothing, go step by step or at once
    jordan = sp.Matrix([[1, 1], [0, 1]])
    assert iterate(jordan, sp.Matrix([0, 1]), sp.Matrix([[1, 0]]), 300)[0] == 300
    assert iterate(sp.zeros(2, 2), sp.Matrix([1, 1]), sp.eye(2), 300) == sp.zeros(2, 1)


def test_ten_thousand_layers_of_the_published_width():
    """The exact recursion in a second; in the limit of depth 1/4 of the moment is conserved."""
    law = formula("backward.isometric_moment")
    deep, deeper = (law.evaluate(d=100, depth=depth) for depth in (9_999, 10_000))
    limit = isometric_moment_limit(100, 2)
    assert 0 < deeper - limit < deep - limit < sp.Rational(1, 10**50)
    with pytest.raises(CostLimitError, match="steps of a recursion"):
        law.evaluate(d=100, depth=10**7 - 1)
