"""What is remembered is one thing for one width, however it is written, and nobody can alter it."""

import numpy as np
import pytest
import sympy as sp

from bn_theory.laws.common.perturbation import layer_tensor_map, observable
from bn_theory.laws.common.sphere_means import sphere_kernel
from bn_theory.laws.contraction.derive import trace_series
from bn_theory.laws.shaping.derive_injection import column_sum_moment, injection_coefficients
from bn_theory.laws.stationary.derive_perturbations import characteristic
from weingarten.exact.dimension import Dimension

ASKED = {
    "layer_tensor_map": layer_tensor_map,
    "sphere_kernel": sphere_kernel,
    "column_sum_moment": lambda d: column_sum_moment(((2, 2), (4, 0), (0, 4)), d),
    "injection_coefficients": lambda d: injection_coefficients(6, d),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("kind", [sp.Integer, np.int64])
def test_a_width_is_one_width(ask, width, kind):
    first = ask(kind(width))  # at 2 the last two were refused, before the int was asked
    assert ask(width) is first


def test_a_small_width_is_known_as_small_however_it_is_written():
    for width in (2, 3):
        assert observable(sp.Integer(width)) == observable(width)


def test_nothing_remembered_can_be_altered():
    with pytest.raises(TypeError):
        layer_tensor_map(4)[0, 0] = 9
    with pytest.raises(TypeError):
        trace_series((2,), 2, Dimension(4))[2,] = 9
    with pytest.raises(ValueError, match="read-only"):
        characteristic(0.5)[2][:] = 9
