"""Summaries of draws: merged in any pieces they are those of the whole, exactly enough."""

import math
from fractions import Fraction

import numpy as np
import pytest

from bn_theory.verification.summaries import EXTREMES, HEAD, Summary
from bn_theory.verification.tails import tail_index
from weingarten.errors import InvalidInputError


def merged(draws, cuts):
    parts = [Summary.of(part) for part in np.split(draws, cuts) if len(part)]
    total = parts[0]
    for part in parts[1:]:
        total = total.merged(part)
    return total


def exact(draws):
    """Mean and central sums by rational arithmetic."""
    values = [Fraction(float(x)) for x in draws]
    mean = sum(values) / len(values)
    return mean, [sum((x - mean) ** k for x in values) for k in (2, 3, 4)]


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("cuts", [[], [1], [1, 2, 3, 500], list(range(7, 1000, 7)), [990]])
def test_moments_are_those_of_rational_arithmetic(shift, cuts):
    draws = np.random.default_rng(0).exponential(size=1000) + shift
    column = merged(draws, cuts).column(0)
    mean, (second, third, fourth) = exact(draws)
    assert column.samples == 1000
    assert abs(Fraction(column.mean) - mean) <= Fraction(3e-16 * max(shift, 1))
    loss = 1e-13 * max(shift, 1)
    assert column.squares == pytest.approx(float(second), rel=loss)
    assert column.skewness == pytest.approx(float(third) / float(second) ** 1.5, rel=10 * loss)
    assert column.fourths == pytest.approx(float(fourth) / float(second) ** 2, rel=10 * loss)


def test_the_mean_of_many_pieces_loses_nothing():
    draws = 1 + 1e-8 * np.random.default_rng(1).standard_normal(4_000)
    found = merged(draws, list(range(1, 4_000)))
    mean = sum(map(Fraction, draws.tolist())) / len(draws)
    assert abs(Fraction(found.column(0).mean) - mean) <= Fraction(math.ulp(1.0))


def test_nothing_overflows_that_a_standard_error_survives():
    draws = 1e120 * np.random.default_rng(2).exponential(size=900)
    plain = merged(draws / 1e120, [300, 650]).column(0)
    column = merged(draws, [300, 650]).column(0)
    assert column.skewness == pytest.approx(plain.skewness)
    assert column.fourths == pytest.approx(plain.fourths)


@pytest.mark.parametrize("size", [3, 40, EXTREMES, EXTREMES + 1, 3000])
def test_the_tail_is_that_of_all_draws(size):
    draws = np.random.default_rng(size).standard_cauchy(size)
    column = merged(draws, list(range(100, size, 100))).column(0)
    count = max(math.isqrt(size), 5) + 1
    expected = np.sort(np.abs(draws - np.median(draws)))[-count:]
    np.testing.assert_array_equal(column.deviations, expected)
    assert (column.least, column.greatest) == (draws.min(), draws.max())


def test_the_tail_of_more_draws_than_are_kept():
    draws = np.random.default_rng(0).pareto(1.5, 200_000)
    whole, pieces = Summary.of(draws), merged(draws, list(range(4096, 200_000, 4096)))
    assert len(pieces.head) == HEAD
    assert len(pieces.lowest) == len(pieces.highest) == EXTREMES
    assert tail_index(pieces.column(0)) == pytest.approx(tail_index(whole.column(0)), rel=1e-12)
    assert tail_index(pieces.column(0)) == pytest.approx(1.5, rel=0.2)


def test_vectors_are_summarised_by_component():
    draws = np.random.default_rng(0).normal(size=(50, 2, 3))
    found = merged(draws, [20])
    np.testing.assert_allclose(found.estimate(1).mean, draws.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        found.estimate(1).stderr, draws.std(axis=0, ddof=1) / math.sqrt(50), rtol=1e-12
    )


def test_a_summary_goes_through_arrays():
    found = merged(np.random.default_rng(0).normal(size=(5000, 2)), [4096])
    back = Summary.from_arrays(found.arrays())
    assert back.shape == found.shape
    for name, array in found.arrays().items():
        np.testing.assert_array_equal(array, back.arrays()[name])


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        ([1.0, math.nan, 2.0], "finite numbers; got 'nan or infinity for 1 of 3 networks'"),
        ([math.inf, math.nan], "for 2 of 2 networks"),
        ([1j], "real numbers"),
        (["one"], "real numbers"),
        (3.0, "real numbers"),
    ],
)
def test_what_is_no_number_is_refused(draws, words):
    with pytest.raises(InvalidInputError, match=words):
        Summary.of(draws)


def test_draws_of_another_shape_are_refused():
    with pytest.raises(InvalidInputError, match="shape"):
        Summary.of(np.zeros((2, 3))).merged(Summary.of(np.zeros((2, 4))))
