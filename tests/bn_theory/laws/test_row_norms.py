"""Row norms and Gram entries: theory notes, integrals over the circle, sum rules, small d."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from bn_theory import formula
from bn_theory.laws.row_norms.derive import (
    gram_moment,
    offdiagonal_second_moment,
    row_norm_covariance,
    row_norm_cumulant,
    row_norm_moment,
    row_norm_variance,
)
from bn_theory.notation import power_sum
from weingarten import HaarOrthogonal, expect
from weingarten.errors import CostLimitError, InvalidInputError
from weingarten.moments.conjugation import conjugation_moment

D, M, V = sp.symbols("d m v")


def on_circle(function):
    """Average a trigonometric polynomial over O(2): equally spaced angles are exact."""
    angles = 2 * np.pi * np.arange(64) / 64
    return np.mean([function(np.cos(x), np.sin(x)) for x in angles])


def gram_on_circle(cosine, sine, eigenvalues=(2.0, 1.0)):
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    return rotation @ np.diag(eigenvalues) @ rotation.T


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("forward.row_norm_variance", 2 * V / (D + 2)),
        ("forward.row_norm_covariance", -2 * V / ((D + 2) * (D - 1))),
        ("forward.offdiagonal_second_moment", D * V / ((D - 1) * (D + 2))),
    ],
)
def test_second_moments_agree_with_the_theory_notes(name, expected):
    assert sp.simplify(formula(name).derive() - expected) == 0
    for width in (2, 3, 7):
        assert formula(name).derive(width) == expected.subs(D, width)


@pytest.mark.parametrize("k", range(6))
def test_row_norm_moments_on_the_circle(k):
    exact = formula("forward.row_norm_moment").evaluate(eigenvalues=[2, 1], k=k)
    assert isinstance(exact, sp.Rational)
    assert float(exact) == pytest.approx(on_circle(lambda c, s: (2 * c * c + s * s) ** k))


@pytest.mark.parametrize("powers", [(1, 1), (2, 1), (3, 2), (0, 2), (4,)])
def test_joint_moments_on_the_circle(powers):
    exact = formula("forward.row_norm_joint").evaluate(eigenvalues=[2, 1], k=powers)

    def product(c, s):
        return np.prod(np.diag(gram_on_circle(c, s))[: len(powers)] ** np.array(powers))

    assert float(exact) == pytest.approx(on_circle(product))


@pytest.mark.parametrize(
    "indices", [((0, 1), (0, 1)), ((0, 0), (0, 1), (0, 1)), ((0, 1),) * 4, ((0, 1), (0, 0))]
)
def test_gram_moments_on_the_circle(indices):
    exact = formula("forward.gram_moments").evaluate(eigenvalues=[2, 1], indices=indices)
    mean = on_circle(lambda c, s: np.prod([gram_on_circle(c, s)[i, j] for i, j in indices]))
    assert float(exact) == pytest.approx(mean, abs=1e-14)


def test_symbolic_indices_agree_with_integers_wherever_they_coincide():
    i, j, k, m, n, o = sp.symbols("i j k m n o")
    general = gram_moment(D, [(i, j), (k, m), (n, o)])
    for labels in [(0, 0, 0, 0, 0, 0), (0, 1, 1, 2, 2, 0), (0, 0, 1, 2, 1, 2), (0, 1, 0, 0, 2, 2)]:
        indices = list(zip(labels[::2], labels[1::2], strict=True))
        at = general.subs(dict(zip((i, j, k, m, n, o), labels, strict=True)))
        assert sp.simplify(at - gram_moment(D, indices)) == 0
    with pytest.raises(CostLimitError, match="pass integers as indices"):
        gram_moment(D, [(i, j)] * 6)


def test_closed_forms_are_what_the_engine_says_of_expressions():
    size = sp.Symbol("d", integer=True, positive=True)
    haar, gram = HaarOrthogonal("W", size), sp.MatrixSymbol("G", size, size)
    rotated = haar * gram * haar.T
    power_sums = {size: D, **{sp.Trace(gram**k): power_sum(k) for k in range(1, 5)}}
    i, j, k, m, n, o = sp.symbols("i j k m n o", integer=True)
    for indices in ([(i, j), (k, m)], [(i, j), (k, m), (n, o)]):
        asked = sp.Mul(*(MatrixElement(rotated, *pair) for pair in indices))
        found = expect(asked, sp.Q.symmetric(gram)).xreplace(power_sums)
        assert sp.factor(found - gram_moment(D, indices)) == 0
    for k in (1, 4):
        found = expect(rotated[0, 0] ** k, sp.Q.symmetric(gram)).xreplace(power_sums)
        assert sp.factor(found - row_norm_moment(D, k)) == 0


def test_covariance_is_one_statement_for_all_patterns():
    covariance = formula("forward.gram_covariance")
    at = covariance.evaluate
    spectrum = {"eigenvalues": [4, 2, 1]}
    variance = formula("forward.row_norm_variance").evaluate(**spectrum)
    assert at(**spectrum, i=1, j=1, k=1, l=1) == variance
    assert at(**spectrum, i=0, j=0, k=1, l=1) == -variance / 2
    square = formula("forward.offdiagonal_second_moment").evaluate(**spectrum)
    assert at(**spectrum, i=0, j=2, k=2, l=0) == square
    assert at(**spectrum, i=0, j=2, k=1, l=0) == 0
    total = sum(
        at(**spectrum, i=i, j=j, k=i, l=j) for i in range(3) for j in range(3)
    )  # E tr (H - m)² = tr (G - m)²
    assert total == Fraction(42, 9)


def test_cumulants_agree_with_independent_integration():
    """Gauss quadrature on the sphere in three dimensions, exact for these polynomials."""
    eigenvalues = np.array([5.0, 2.0, 1.0])
    heights, weights = np.polynomial.legendre.leggauss(12)
    angles = 2 * np.pi * np.arange(24) / 24
    radius = np.sqrt(1 - heights**2)[:, None]
    norms = (
        eigenvalues[0] * heights[:, None] ** 2
        + eigenvalues[1] * (radius * np.cos(angles)) ** 2
        + eigenvalues[2] * (radius * np.sin(angles)) ** 2
    )
    mean = np.average(norms.mean(axis=1), weights=weights)
    central = [np.average(((norms - mean) ** k).mean(axis=1), weights=weights) for k in range(6)]
    expected = {
        2: central[2],
        3: central[3],
        4: central[4] - 3 * central[2] ** 2,
        5: central[5] - 10 * central[3] * central[2],
    }
    for k, value in expected.items():
        exact = formula("forward.row_norm_cumulant").evaluate(eigenvalues=[5, 2, 1], k=k)
        assert float(exact) == pytest.approx(value)
    assert row_norm_cumulant(D, 2) == 2 * sp.Symbol("t2") / (D * (D + 2))


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("forward.row_norm_moment", {"eigenvalues": [2, 1], "k": -1}, "k must be an integer >= 0"),
        ("forward.row_norm_joint", {"eigenvalues": [2, 1], "k": (1, 1, 1)}, "at most d = 2 rows"),
        ("forward.gram_moments", {"eigenvalues": [1], "indices": [(0, 1)]}, "smaller than d = 1"),
        ("forward.gram_moments", {"eigenvalues": [1], "indices": "ij"}, "indices must be"),
        ("forward.rectangular_step", {"d": 4, "rank": 5}, "rank must be at most d = 4"),
        ("forward.rectangular_step", {"d": 4}, "rank must be given"),
        ("forward.mean_removal", {"d": 4, "n": 5}, "n must be at most d = 4"),
        (
            "forward.mean_removal_moment",
            {"eigenvalues": [1, 2], "overlaps": [1], "k": 1},
            "as many as there are eigenvalues",
        ),
    ],
)
def test_bad_values_are_named(name, values, message):
    with pytest.raises(InvalidInputError, match=message):
        formula(name).evaluate(**values)


@pytest.mark.parametrize("width", [D, 2, 3, 6], ids=str)
@pytest.mark.parametrize(
    ("ask", "pairs"),
    [
        (row_norm_variance, ((0, 0), (0, 0))),
        (row_norm_covariance, ((0, 0), (1, 1))),
        (offdiagonal_second_moment, ((0, 1), (0, 1))),
    ],
)
def test_covariances_are_those_of_the_recursion_for_conjugated_entries(ask, pairs, width):
    joint, first, second = (
        conjugation_moment(indices, width) for indices in (pairs, pairs[:1], pairs[1:])
    )
    sums = {"p1": width * M, "p2": width * (V + M**2)}
    assert sp.factor((joint - first * second).subs(sums) - ask(width)) == 0


@pytest.mark.parametrize(
    ("name", "values", "label"),
    [
        ("forward.gram_mean", {"i": 0, "j": 5}, "j"),
        ("forward.gram_covariance", {"i": 0, "j": 1, "i2": 7, "j2": 0}, "i2"),
        ("forward.gram_moments", {"indices": ((0, 1), (9, 1))}, "indices"),
    ],
)
def test_a_row_that_is_not_there_is_named(name, values, label):
    with pytest.raises(InvalidInputError, match=f"^{label} must be smaller than d = 3"):
        formula(name).evaluate(eigenvalues=[3, 2, 1], **values)
