"""How one layer moves the spectrum, against exact sums over the circle."""

import math

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.campaigns.power import power
from bn_theory.laws.contraction.derive import (
    contraction,
    contraction_rate,
    contraction_remainder,
    trace_series,
)
from weingarten.errors import InvalidInputError
from weingarten.exact.dimension import Dimension

D = sp.Symbol("d")


def exact_on_circle(delta, k, angles=4096):
    """Mean of v(G') or tr Δ'^k for G = diag(1+δ, 1-δ): the trapezoidal rule on the circle."""
    x = 2 * np.pi * np.arange(angles) / angles
    square = (delta * np.sin(2 * x)) ** 2 / (1 - (delta * np.cos(2 * x)) ** 2)
    return np.mean(square) if k == 2 else (np.mean(2 * square ** (k / 2)) if k % 2 == 0 else 0.0)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_contraction_on_the_circle_to_every_order(k):
    delta = sp.Rational(1, 5)
    for order in (2, 4, 6, 8, 10):
        sums = {f"t{j}": delta**j + (-delta) ** j for j in range(2, order + 1)}
        value = contraction(2, order, k).subs(sums)
        bound = contraction_remainder([0.2, -0.2], order, k)
        assert isinstance(value, sp.Rational)
        assert abs(float(value) - exact_on_circle(0.2, k)) <= bound * (1 + 1e-9) + 1e-16
    assert bound < 2e-5


@pytest.mark.campaign
def test_products_of_traces_on_the_circle():
    """At d = 2 tr Δ'² = 2δ² sin²/(1 - δ² cos²), and tr Δ'³ vanishes."""
    angles = 2 * np.pi * np.arange(512) / 512
    delta, order = 0.3, 9
    square = 2 * (delta * np.sin(angles)) ** 2 / (1 - (delta * np.cos(angles)) ** 2)
    for traces in ((2, 2), (4, 2), (2, 2, 2), (4, 4), (3, 2), (3, 3, 2)):
        found = sum(
            float(c) * math.prod(delta**j + (-delta) ** j for j in nu)
            for nu, c in trace_series(traces, order, Dimension(2)).items()
        )
        exact = 0.0
        if not any(k % 2 for k in traces):
            exact = float(np.mean(math.prod(2 * (square / 2) ** (k / 2) for k in traces)))
        assert abs(found - exact) < 30 * delta ** (order + 1), traces


def test_contraction_of_a_general_width_and_of_its_integers_agree():
    symbolic = contraction(D, 5, 3)
    for width in (5, 6, 9):
        assert sp.simplify(symbolic.subs(D, width) - contraction(width, 5, 3)) == 0
    assert sp.simplify(contraction_rate(D) - D / (D + 2)) == 0
    assert contraction(1, 4).subs({"t2": 0, "t3": 0, "t4": 0}) == 0


def test_the_remainder_of_the_contraction_is_quick_for_any_spectrum():
    near_one = contraction_remainder([1 / 3, 1 / 3, 1 / 3, 1e-9 - 1], order=4)
    assert near_one > 1e9
    # Σ_{s ≥ 3} (s+1) ρ^s at ρ = 1/2: 4 - 1 - 1 - 3/4, times tr Δ²/d = 1/4
    assert contraction_remainder([0.5, -0.5], order=4) == pytest.approx(1.25 / 4, rel=1e-14)
    assert contraction_remainder([0.0, 0.0], order=4) == 0
    with pytest.raises(InvalidInputError, match="closer to their mean"):
        formula("forward.contraction").evaluate(eigenvalues=[1e-8, 1, 1, 1], order=4)


@pytest.mark.campaign
def test_off_by_three_percent_is_rejected():
    for row in power(["forward.contraction"], samples=20_000, seed=4):
        assert row.passed, row.formula
        assert row.rejected, row.formula
