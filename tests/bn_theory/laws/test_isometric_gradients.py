"""Gradients at isometry, against moments of entries, limits by hand and draws."""

import numpy as np
import pytest
import sympy as sp

from bn_theory import formula
from bn_theory.laws.isometric_gradients.derive import (
    first_step,
    isometric_depth,
    isometric_recursion,
)
from bn_theory.networks.network_draws import fixed_gradient
from bn_theory.networks.simulate import backward, draw_weights, forward
from bn_theory.networks.spec import NetworkSpec
from weingarten.moments import moment
from weingarten.moments.conjugation import conjugation_moment

D, LAYERS = sp.symbols("d L")


@pytest.mark.parametrize("width", [D, 2, 3, 6], ids=str)
def test_the_recursion_at_isometry_is_that_of_moments(width):
    lost = width * conjugation_moment([(0, 0), (0, 0)], width)
    lost = lost.subs({"p1": 0, "p2": sp.Rational(1, 2)})
    expected = sp.eye(2) - lost * sp.ones(2, 2)
    assert (isometric_recursion(width) - expected).applyfunc(sp.factor).is_zero_matrix
    square = moment([[2]], width)
    top = first_step(width) - sp.Matrix([1 - square, 0])
    assert top.applyfunc(sp.factor).is_zero_matrix


def test_weight_and_state_gradients_have_one_norm_in_every_draw():
    spec = NetworkSpec(width=5, batch=5, depth=8)
    trace = forward(np.eye(5), draw_weights(spec, 4, np.random.default_rng(0)))
    steps = list(backward(trace, fixed_gradient(5, 5)))
    for step in steps[1:]:
        weight = np.linalg.norm(step.weight_gradient, axis=(-2, -1))
        assert np.allclose(np.log(weight) + step.weight_log_scale, step.log_scale)


def test_one_layer_loses_the_diagonal_and_many_leave_the_antisymmetric_part():
    """Of an isotropic gradient a layer takes d of d² entries; d(d-1)/2 are out of reach."""
    depth = isometric_depth(D)
    assert sp.simplify(depth.subs(LAYERS, 1) - (1 - 1 / D)) == 0
    for width in (2, 3, 10):
        far = isometric_depth(width).subs(LAYERS, 1000)
        assert abs(sp.N(far - sp.Rational(width - 1, 2 * width))) < 1e-12


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("backward.isometric_depth", {"d": 4, "depth": 3}),
        ("backward.weight_gradient", {"d": 4, "depth": 3}),
    ],
)
def test_off_by_three_percent_is_rejected(name, values):
    law = formula(name)
    assert law.verify(samples=40_000, seed=4, **values).passed
    wrong = law.with_expr(law.expr * sp.Rational(103, 100))
    assert not wrong.verify(samples=40_000, seed=4, **values).passed
